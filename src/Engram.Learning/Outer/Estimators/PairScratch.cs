using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>What a slot needs to live pairs with, and backpropagation for what does not evolve.</summary>
internal sealed class PairScratch(
    EvolutionEstimator spec, Perturbation perturbation, EstimationContext context, ILifetimeEngine<float> engine) : IDisposable
{
    private readonly MetaParameters<float> moved = new(context.Layout);
    private MetaParameters<float>? exact;

    /// <summary>ε of the pair.</summary>
    public MetaParameters<float> Noise { get; } = new(context.Layout);

    /// <summary>Draws ε.</summary>
    public void Draw(RandomStream random) => perturbation.Draw(Noise, random);

    /// <summary>Lives a part of a life with θ ± σ ∘ ε.</summary>
    /// <exception cref="NonFiniteException">It diverged: a number is not finite, or the loss above the highest.</exception>
    public LifetimeOutcome Live(
        MetaParameters<float> parameters, int sign, Lifetime<float> part, ILifetimeObserver<float>? observer = null,
            LifeTensors<float>? start = null)
    {
        perturbation.Move(moved, parameters, Noise, sign);
        LifetimeOutcome outcome = engine.Live(moved, part, null, observer, start);
        return spec.Checked(outcome);
    }

    /// <summary>Adds the exact gradient of what does not evolve, by a life with θ; <paramref name="ofPair"/> where everything
    /// evolves.</summary>
    public LifetimeOutcome AddExact(
        MetaParameters<float> parameters, Lifetime<float> lifetime, MetaParameters<float> gradient, LifetimeOutcome ofPair)
    {
        if (perturbation.Others.IsEmpty)
        {
            return ofPair;
        }

        exact ??= new MetaParameters<float>(context.Layout);
        LifetimeOutcome outcome = engine.Live(parameters, lifetime, exact);
        foreach (int i in perturbation.Others)
        {
            gradient[i].CopyFrom(exact[i]);
        }

        return outcome;
    }

    /// <summary>The mean of a pair's outcomes.</summary>
    public static LifetimeOutcome Mean(LifetimeOutcome plus, LifetimeOutcome minus) =>
        new((plus.QueryLoss + minus.QueryLoss) / 2, (plus.QueryAccuracy + minus.QueryAccuracy) / 2);

    public void Dispose()
    {
        moved.Dispose();
        exact?.Dispose();
        Noise.Dispose();
    }
}
