using System.Collections.Concurrent;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Tests;

/// <summary>Lifetimes that are one number each: the point that a <see cref="ToyEngine"/> wants every meta-parameter at.</summary>
internal sealed class ToySource : IMetaTrainingSource<float>, IDisposable
{
    private readonly Arena arena = new();
    private readonly Lifetime<float>[] slots;

    internal ToySource(int slots = 16)
    {
        this.slots = [.. Enumerable.Range(0, slots).Select(_ => new Lifetime<float>(
            0, 1, arena.Allocate<float>(0, 3), arena.Allocate<float>(0, 1), arena.Allocate<float>(1, 3), arena.Allocate<float>(1, 1)))];
    }

    internal ConcurrentBag<ulong> Asked { get; } = [];

    public Lifetime<float> Get(ulong index, int slot)
    {
        Asked.Add(index);
        slots[slot].QueryTargets[0, 0] = (float)TargetOf(index);
        return slots[slot];
    }

    public void Dispose() => arena.Dispose();

    internal static double TargetOf(ulong index) => (float)new RandomStream(99).Split(index).NextNormal();
}

/// <summary>Query loss ½ Σ (θ − target)² over all meta-parameters: an engine whose meta-gradient, θ − target, is known.</summary>
internal sealed class ToyEngine(ParameterLayout layout) : ILifetimeEngine<float>
{
    public ParameterLayout Layout { get; } = layout;

    /// <summary>Stands in for the gradient of one lifetime, if its target is the key.</summary>
    internal Dictionary<float, float> Injected { get; init; } = [];

    internal bool Disposed { get; private set; }

    public LifetimeOutcome Live(
        MetaParameters<float> parameters, Lifetime<float> lifetime, MetaParameters<float>? metaGradient = null,
            ILifetimeObserver<float>? observer = null, LifeTensors<float>? start = null)
    {
        float target = lifetime.QueryTargets[0, 0];
        double loss = 0;
        for (int i = 0; i < Layout.Parameters.Length; i++)
        {
            for (int r = 0; r < parameters[i].Rows; r++)
            {
                Span<float> row = parameters[i].Row(r);
                for (int c = 0; c < row.Length; c++)
                {
                    float difference = row[c] - target;
                    loss += 0.5 * difference * difference;
                    if (metaGradient is not null)
                    {
                        metaGradient[i][r, c] = Injected.GetValueOrDefault(target, difference);
                    }
                }
            }
        }

        return new LifetimeOutcome(loss, double.NaN);
    }

    public void Dispose() => Disposed = true;
}

/// <summary>Small layouts and trainers for tests.</summary>
internal static class Toy
{
    internal static ParameterLayout Layout { get; } =
        ParameterLayout.For(NetworkSpec.Feedforward([3, 21, 17, 1], 2), new LocalLearnerSpec());

    internal static MetaTrainingSpec Spec { get; } = new()
    {
        OuterSteps = 40,
        Rates = new MetaRates
        { Feedforward = 0.01, Feedback = 0.02, HiddenPlasticity = 0.003, ReadoutPlasticity = 0.004, FeedbackStrength = 0.05 },
    };

    internal static MetaTrainer Trainer(
        ToySource source, MetaTrainingSpec? spec = null, int threads = 1, ulong seed = 1, Dictionary<float, float>? injected = null,
        FrozenParameters? frozen = null) =>
        new(Layout, new InitializationSpec(), spec ?? Spec, source, seed, threads, (layout, _) => new ToyEngine(layout)
        { Injected = injected ?? [] }, frozen);

    internal static float[] Numbers(MetaParameters<float> parameters) =>
        [.. Enumerable.Range(0, parameters.Layout.Parameters.Length).SelectMany(i => parameters[i].ToArray())];
}
