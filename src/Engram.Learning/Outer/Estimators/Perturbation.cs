using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>Which meta-parameters evolve, and with which σ.</summary>
internal sealed class Perturbation
{
    private readonly double[] sigmas;

    /// <exception cref="EngramException">A name means no parameter, a σ is no number above 0, or nothing is left to evolve.</exception>
    public Perturbation(EvolutionEstimator spec, EstimationContext context)
    {
        ParameterLayout layout = context.Layout;
        NamedNumbers bySetting = ReadSigmas(spec.Sigmas), evolving = new([.. Split(spec.Evolves).Select(n => (n, 0.0))]);
        bySetting.Validate(layout, "estimator's sigmas");
        evolving.Validate(layout, "names of what evolves");
        bool Evolves(ParameterSpec p) => spec.Evolves is null || evolving.Find(p) is not null;
        var learnt = layout.Parameters.Index().Where(p => !context.Frozen.Contains(p.Item)).ToLookup(p => Evolves(p.Item), p => p.Index);
        (Evolving, Others) = ([.. learnt[true]], [.. learnt[false]]);
        if (Evolving.IsEmpty)
        {
            throw new SettingException(
                $"Found nothing that evolves ('{spec.Evolves}'), expected one meta-parameter at least that is not frozen; change " +
                $"evolves or what is frozen.", nameof(spec.Evolves));
        }

        sigmas = [.. layout.Parameters.Select(p => bySetting.Find(p) ?? spec.Sigma)];
    }

    /// <summary>Positions of the parameters that evolve.</summary>
    public ImmutableArray<int> Evolving { get; }

    /// <summary>Positions of those that are learnt by backpropagation.</summary>
    public ImmutableArray<int> Others { get; }

    /// <summary>Draws ε for everything that evolves.</summary>
    public void Draw(MetaParameters<float> noise, RandomStream random)
    {
        foreach (int i in Evolving)
        {
            for (int r = 0; r < noise[i].Rows; r++)
            {
                random.FillNormal(noise[i].Row(r), 1);
            }
        }
    }

    /// <summary>moved ← θ + factor σ ∘ ε; what does not evolve is θ.</summary>
    public void Move(MetaParameters<float> moved, MetaParameters<float> parameters, MetaParameters<float> noise, double factor)
    {
        moved.CopyFrom(parameters);
        foreach (int i in Evolving)
        {
            Add(moved[i], noise[i], factor * sigmas[i]);
        }
    }

    /// <summary>step ← factor σ ∘ noise; zero for what does not evolve.</summary>
    public void Step(MetaParameters<float> step, MetaParameters<float> noise, double factor)
    {
        step.Clear();
        foreach (int i in Evolving)
        {
            Add(step[i], noise[i], factor * sigmas[i]);
        }
    }

    /// <summary>gradient ← difference / 2σ ∘ noise; zero for what does not evolve.</summary>
    public void Estimate(MetaParameters<float> gradient, Func<int, Tensor<float>> noise, double difference)
    {
        gradient.Clear();
        foreach (int i in Evolving)
        {
            Add(gradient[i], noise(i), difference / (2 * sigmas[i]));
        }
    }

    /// <summary>sum ← sum + factor summand.</summary>
    public static void Add(Tensor<float> sum, Tensor<float> summand, double factor)
    {
        for (int r = 0; r < sum.Rows; r++)
        {
            Span<float> to = sum.Row(r), from = summand.Row(r);
            for (int c = 0; c < to.Length; c++)
            {
                to[c] = (float)(to[c] + (factor * from[c]));
            }
        }
    }

    private static string[] Split(string? list) =>
        list?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static NamedNumbers ReadSigmas(string? text)
    {
        var found = ImmutableArray.CreateBuilder<(string Name, double Value)>();
        foreach (string item in Split(text))
        {
            string[] words = item.Split((char[])[' ', ':'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2 || !NumberText.TryRead(words[1], out double sigma)
                || !((float)sigma > 0 && float.IsFinite((float)sigma)))
            {
                throw new SettingException(
                    $"Found '{item}' among the estimator's sigmas, expected a name and a number above 0, such as 'plasticity 1e-5'.",
                        nameof(EvolutionEstimator.Sigmas));
            }

            found.Add((words[0], sigma));
        }

        return new NamedNumbers(found.ToImmutable());
    }
}
