using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Tasks.Supervised;

/// <summary>Regression of an arm's torques on its motion: inputs (q₁, q₂, q̇₁, q̇₂, q̈₁, q̈₂), targets τ₁ (and τ₂).</summary>
/// <remarks>
/// States are independent and uniform, from the split of the seed that is named after the split. Inputs are divided by the standard
/// deviation of their distribution, half their range / √3.
/// Targets are standardized, each by its mean and standard deviation over the training examples, so that the mean squared error of a
/// training split is the normalised one: MSE / variance.
/// </remarks>
internal sealed class TwoLinkDynamics : ISupervisedProblem
{
    /// <summary>Width of an input.</summary>
    internal const int Numbers = 6;

    private readonly Table[] tables;

    /// <summary>Draws all examples.</summary>
    /// <exception cref="EngramException">A setting is out of its range.</exception>
    public TwoLinkDynamics(TwoLinkArmSpec spec)
    {
        spec.Validate();
        Shape = spec.KnownShape;
        RandomStream random = new RandomStream(spec.StateSeed).Split("two-link arm");
        (double[] States, double[] Torques)[] drawn =
        [
            Draw(spec, random.Split("train"), spec.TrainExamples),
            Draw(spec, random.Split("validation"), spec.ValidationExamples),
            Draw(spec, random.Split("test"), spec.TestExamples),
        ];
        var (mean, deviation) = (new double[spec.Outputs], new double[spec.Outputs]);
        for (int k = 0; k < spec.Outputs; k++)
        {
            IEnumerable<double> torques = drawn[0].Torques.Where((_, i) => i % spec.Outputs == k);
            mean[k] = torques.Average();
            deviation[k] = Math.Sqrt(torques.Average(t => (t - mean[k]) * (t - mean[k])));
        }

        double[] largest = [spec.LargestAngle, spec.LargestAngle, spec.LargestVelocity, spec.LargestVelocity, spec.LargestAcceleration,
            spec.LargestAcceleration];
        tables =
        [
            .. drawn.Select(d => new Table(
                spec.Outputs,
                [.. d.States.Select((s, i) => (float)(s * Math.Sqrt(3) / largest[i % Numbers]))],
                [.. d.Torques.Select((t, i) => (float)((t - mean[i % spec.Outputs]) / deviation[i % spec.Outputs]))])),
        ];
    }

    /// <inheritdoc/>
    public ExampleShape Shape { get; }

    /// <inheritdoc/>
    public ILabelledExamples Examples(ExampleSplit split) => tables[(int)split];

    private static (double[] States, double[] Torques) Draw(TwoLinkArmSpec spec, RandomStream random, int count)
    {
        var (states, torques) = (new double[count * Numbers], new double[count * spec.Outputs]);
        for (int i = 0; i < count; i++)
        {
            Span<double> s = states.AsSpan(i * Numbers, Numbers);
            for (int j = 0; j < Numbers; j++)
            {
                s[j] = (j < 2 ? spec.LargestAngle : j < 4 ? spec.LargestVelocity
                    : spec.LargestAcceleration) * ((2 * random.NextUniform()) - 1);
            }

            (double shoulder, double elbow) = spec.Arm.Torques((s[0], s[1]), (s[2], s[3]), (s[4], s[5]));
            torques[i * spec.Outputs] = shoulder;
            if (spec.Outputs == 2)
            {
                torques[(i * 2) + 1] = elbow;
            }
        }

        return (states, torques);
    }

    private sealed class Table(int outputs, float[] states, float[] torques) : ILabelledExamples
    {
        public int Count => torques.Length / outputs;

        public void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets)
        {
            for (int n = 0; n < examples.Length; n++)
            {
                states.AsSpan(examples[n] * Numbers, Numbers).CopyTo(inputs.Row(n));
                torques.AsSpan(examples[n] * outputs, outputs).CopyTo(targets.Row(n));
            }
        }
    }
}
