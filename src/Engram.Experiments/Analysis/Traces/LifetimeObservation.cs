using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>Watches one lifetime and turns what it sees into a <see cref="LifetimeTrace"/>.</summary>
internal sealed class LifetimeObservation<T> : ILifetimeObserver<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NetworkSpec network;
    private readonly Objective objective;
    private readonly bool biasesLearn;
    private readonly Lifetime<T> lifetime;
    private readonly int[] streamTasks;
    private readonly TraceParts parts;
    private readonly Arena arena;
    private readonly Tensor<T> streamFeatures;
    private readonly Tensor<T> queryFeatures;
    private readonly Tensor<T>[] initial;
    private readonly Tensor<T>[] weights;
    private readonly Tensor<T>[] biases;
    private readonly LayerLog[] layers;
    private readonly QueryLog<T> query;
    private readonly FeedbackLog<T>? feedback;
    private ReadoutScore? initialFeatures;

    public LifetimeObservation(
        MetaParameters<T> parameters, Lifetime<T> lifetime, ReadOnlySpan<int> streamTasks, ReadOnlySpan<int> queryTasks, TraceParts parts,
            Arena arena)
    {
        bool learns = (parts & (TraceParts.Updates | TraceParts.Readout)) != TraceParts.None,
            asks = (parts & (TraceParts.Outputs | TraceParts.Readout)) != TraceParts.None;
        if ((learns && !lifetime.StreamMask.IsEmpty) || (asks && !lifetime.QueryMask.IsEmpty))
        {
            throw new EngramException(
                "Found lifetimes in which targets are missing, expected all targets: this figure cannot leave examples out yet; 'engram " +
                "evaluate' and 'engram export --life' can.");
        }

        network = parameters.Layout.Network;
        objective = parameters.Layout.Learner.Objective;
        StateLayout state = parameters.Layout.State;
        biasesLearn = state.Specs.Any(s => s.Role == StateRoles.Biases);
        IEnumerable<int> plastic = Enumerable.Range(network.FrozenLayers, network.PlasticLayers);
        if (plastic.FirstOrDefault(i => state.IndexOf($"layer{i}.weight") < 0, -1) is >= 0 and var lacking)
        {
            const string Remedy = "'engram export --life' shows all that it has.";
            throw new EngramException(
                $"Found a learner without the state 'layer{lacking}.weight', expected W of every plastic layer; {Remedy}");
        }

        (this.lifetime, this.streamTasks, this.parts, this.arena) = (lifetime, streamTasks.ToArray(), parts, arena);
        bool needsStream = (parts & (TraceParts.Updates | TraceParts.Readout)) != TraceParts.None;
        streamFeatures = needsStream ? Features(parameters, lifetime.StreamInputs) : default;
        queryFeatures = Features(parameters, lifetime.QueryInputs);
        initial = Copies(network.Layers.Skip(network.FrozenLayers).Select(l => (l.WeightRows, l.WeightColumns)));
        weights = Copies(network.Layers.Skip(network.FrozenLayers).Select(l => (l.WeightRows, l.WeightColumns)));
        biases = Copies(network.Layers.Skip(network.FrozenLayers).Select(l => (1, l.WeightRows)));
        layers = [.. Enumerable.Range(0, network.PlasticLayers).Select(_ => new LayerLog())];
        feedback = parts.HasFlag(TraceParts.Feedback) ? new FeedbackLog<T>(parameters) : null;
        query = new QueryLog<T>(objective, lifetime.QueryTargets, queryTasks, this.streamTasks);
    }

    /// <inheritdoc/>
    public void OnState(int innerStep, LifeTensors<T> state)
    {
        ReadOnlySpan<Tensor<T>> seenWeights = state.Weights, seenBiases = state.Biases;
        Arena.Mark mark = arena.Position;
        if (innerStep < 0)
        {
            Copy(seenWeights, initial);
            if (parts.HasFlag(TraceParts.Readout))
            {
                initialFeatures = FitReadout(seenWeights, seenBiases);
            }
        }
        else if (parts.HasFlag(TraceParts.Updates))
        {
            MeasureUpdates(innerStep, seenWeights, seenBiases);
        }

        if (parts.HasFlag(TraceParts.Outputs))
        {
            query.Add(innerStep + 1, FeedforwardPass.RunPlastic(network, seenWeights, seenBiases, queryFeatures, arena)[^1]);
        }

        feedback?.Add(state);
        Copy(seenWeights, weights);
        Copy(seenBiases, biases);
        arena.Release(mark);
    }

    /// <summary>All that was seen.</summary>
    public LifetimeTrace Finish(ulong index, LifetimeOutcome outcome)
    {
        var result = ImmutableArray.CreateBuilder<LayerTrace>();
        for (int i = 0; i < network.FrozenLayers; i++)
        {
            result.Add(Frozen(i));
        }

        for (int j = 0; j < layers.Length; j++)
        {
            Arena.Mark mark = arena.Position;
            result.Add(layers[j].ToTrace(network.FrozenLayers + j) with
            {
                FeedbackAngleDegrees = feedback?.AnglesOf(j) ?? [],
                FeedbackChange = feedback?.ChangesOf(j) ?? [],
                AccumulatedChange = parts.HasFlag(TraceParts.AccumulatedChange)
                    ? Spectrum.Of(WeightUpdates.Difference(initial[j], weights[j], arena)) : null,
            });
            arena.Release(mark);
        }

        return query.ToTrace(index, outcome)
            with
        { StreamTasks = [.. streamTasks], InitialFeatures = initialFeatures, Layers = result.ToImmutable() };
    }

    private static void Copy(ReadOnlySpan<Tensor<T>> source, Tensor<T>[] target)
    {
        for (int j = 0; j < target.Length; j++)
        {
            target[j].CopyFrom(source[j]);
        }
    }

    private void MeasureUpdates(int innerStep, ReadOnlySpan<Tensor<T>> weightsAfter, ReadOnlySpan<Tensor<T>> biasesAfter)
    {
        int first = innerStep * lifetime.BatchSize;
        (Tensor<T>[] weightGradients, Tensor<T>[] biasGradients) = BatchGradient.Of<T>(
            network, objective, weights, biases, streamFeatures.Slice(first, lifetime.BatchSize),
                lifetime.StreamTargets.Slice(first, lifetime.BatchSize), arena);
        for (int j = 0; j < layers.Length; j++)
        {
            Tensor<T> change = WeightUpdates.Difference(weights[j], weightsAfter[j], arena);
            ReadOnlySpan<Tensor<T>> update = biasesLearn ? [change, WeightUpdates.Difference(biases[j], biasesAfter[j], arena)] : [change];
            ReadOnlySpan<Tensor<T>> gradient = biasesLearn ? [weightGradients[j], biasGradients[j]] : [weightGradients[j]];

            // The angle with the gradient is 180° less the one with its negative.
            layers[j].Add(
                -Alignment.Cosine(update, gradient), 180 - Alignment.AngleDegrees(update, gradient),
                WeightUpdates.Size(weights[j], weightsAfter[j]));
        }
    }

    private ReadoutScore FitReadout(ReadOnlySpan<Tensor<T>> weights, ReadOnlySpan<Tensor<T>> biases)
    {
        ReadOnlySpan<LayerSpec> hidden = network.Layers.AsSpan()[network.FrozenLayers..^1];
        Tensor<T> stream = streamFeatures, asked = queryFeatures;
        if (hidden.Length > 0)
        {
            stream = FeedforwardPass.Run(hidden, weights[..^1], biases[..^1], streamFeatures, arena)[^1];
            asked = FeedforwardPass.Run(hidden, weights[..^1], biases[..^1], queryFeatures, arena)[^1];
        }

        return LinearReadout.Fit(stream, lifetime.StreamTargets).Score(asked, lifetime.QueryTargets);
    }

    private LayerTrace Frozen(int layer)
    {
        if (!parts.HasFlag(TraceParts.Updates))
        {
            return new LayerTrace(layer, IsPlastic: false);
        }

        ImmutableArray<double> undefined = [.. Enumerable.Repeat(double.NaN, lifetime.InnerSteps)];
        ImmutableArray<double> none = [.. new double[lifetime.InnerSteps]];
        return new LayerTrace(layer, IsPlastic: false)
        { Alignment = undefined, AlignmentAngleDegrees = undefined, UpdateNorm = none, RelativeUpdate = none };
    }

    private Tensor<T> Features(MetaParameters<T> parameters, Tensor<T> inputs) => LifeAnswers.Features(parameters, lifetime, inputs, arena);

    private Tensor<T>[] Copies(IEnumerable<(int Rows, int Columns)> shapes) =>
        [.. shapes.Select(s => arena.Allocate<T>(s.Rows, s.Columns))];

    private sealed class LayerLog
    {
        private readonly ImmutableArray<double>.Builder cosines = ImmutableArray.CreateBuilder<double>();
        private readonly ImmutableArray<double>.Builder angles = ImmutableArray.CreateBuilder<double>();
        private readonly ImmutableArray<double>.Builder norms = ImmutableArray.CreateBuilder<double>();
        private readonly ImmutableArray<double>.Builder relative = ImmutableArray.CreateBuilder<double>();

        public void Add(double cosine, double angle, UpdateSize size)
        {
            cosines.Add(cosine);
            angles.Add(angle);
            norms.Add(size.Norm);
            relative.Add(size.Relative);
        }

        public LayerTrace ToTrace(int layer) => new(layer, IsPlastic: true)
        {
            Alignment = cosines.ToImmutable(),
            AlignmentAngleDegrees = angles.ToImmutable(),
            UpdateNorm = norms.ToImmutable(),
            RelativeUpdate = relative.ToImmutable(),
        };
    }
}
