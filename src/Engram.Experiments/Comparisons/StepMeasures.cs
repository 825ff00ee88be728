using System.Collections.Immutable;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Experiments.Comparisons;

/// <summary>How a method's directions and feedback stand to the true gradient and to W in one layer.</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="AngleDegrees">Angle between the method's direction of W and ∂L/∂W on the same batch, by backpropagation, in
/// degrees.</param>
/// <param name="NormRatio">‖direction‖ / ‖∂L/∂W‖.</param>
/// <param name="FeedbackAngleDegrees">Angle between B and Wᵀ, in degrees; NaN where there is no B, or not of that shape.</param>
/// <param name="FeedbackNormRatio">‖B‖ / ‖W‖; NaN likewise.</param>
public sealed record LayerMeasures(int Layer, double AngleDegrees, double NormRatio, double FeedbackAngleDegrees, double FeedbackNormRatio);

/// <summary>What a method reports of itself in one layer.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Value">The number.</param>
public sealed record OwnMeasure(string Name, int Layer, double Value);

/// <summary>Measures some of an epoch's steps, and means over them.</summary>
/// <remarks>The true gradient is that of backpropagation on the same pass and the same weights. Where a method has not all synapses of a
/// fully connected network, the gradient is that of those it has. Means are over the steps in which a number is defined; sums travel in
/// checkpoints.</remarks>
internal sealed class StepMeasures : IStepObserver, IDisposable
{
    private const int Quantities = 4;
    private readonly LayerDirections<float> truth;
    private readonly ICreditAssignment<float> backpropagation;
    private readonly double[] sums;
    private readonly long[] counts;
    private readonly SortedDictionary<(string Name, int Layer), (double Sum, long Count)> own = [];

    public StepMeasures(SupervisedNetwork<float> network)
    {
        truth = new LayerDirections<float>(network.Spec);
        backpropagation = new BackpropagationSpec().Create(network, new RandomStream(0));
        (sums, counts) = (new double[Quantities * network.Layers.Length], new long[Quantities * network.Layers.Length]);
    }

    public void Observe(SupervisedNetwork<float> network, ICreditAssignment<float> method, in CreditStep<float> step, bool directed)
    {
        if (directed)
        {
            Compare(network, method, step);
        }

        foreach (MethodMeasure measure in method.Measures())
        {
            (double sum, long count) = own.GetValueOrDefault((measure.Name, measure.Layer));
            own[(measure.Name, measure.Layer)] = double.IsFinite(measure.Value) ? (sum + measure.Value, count + 1) : (sum, count);
        }
    }

    /// <summary>Means of what was measured since they were last taken; none where no step was.</summary>
    public (ImmutableArray<LayerMeasures> Layers, ImmutableArray<OwnMeasure> Own) Take()
    {
        double Mean(int layer, int quantity) =>
            counts[(layer * Quantities) + quantity] is var n and > 0 ? sums[(layer * Quantities) + quantity] / n : double.NaN;
        ImmutableArray<LayerMeasures> layers = counts.All(c => c == 0) ? []
            : [.. Enumerable.Range(0, sums.Length / Quantities)
                .Select(l => new LayerMeasures(l, Mean(l, 0), Mean(l, 1), Mean(l, 2), Mean(l, 3)))];
        ImmutableArray<OwnMeasure> means =
            [.. own.Where(o => o.Value.Count > 0).Select(o => new OwnMeasure(o.Key.Name, o.Key.Layer, o.Value.Sum / o.Value.Count))];
        Array.Clear(sums);
        Array.Clear(counts);
        own.Clear();
        return (layers, means);
    }

    /// <summary>The sums, for a checkpoint inside an epoch.</summary>
    public MeasureSums Save() =>
        new([.. sums], [.. counts], [.. own.Select(o => new OwnSum(o.Key.Name, o.Key.Layer, o.Value.Sum, o.Value.Count))]);

    /// <summary>Goes on from sums.</summary>
    public void Restore(MeasureSums saved)
    {
        if (saved.Sums.Length != sums.Length || saved.Counts.Length != counts.Length)
        {
            throw new EngramException(
                $"Found measures of {saved.Sums.Length} numbers in a checkpoint, expected {sums.Length}; it is damaged, use an earlier " +
                $"one.");
        }

        saved.Sums.CopyTo(sums);
        saved.Counts.CopyTo(counts);
        own.Clear();
        foreach (OwnSum o in saved.Own)
        {
            own[(o.Name, o.Layer)] = (o.Sum, o.Count);
        }
    }

    public void Dispose()
    {
        backpropagation.Dispose();
        truth.Dispose();
    }

    private void Compare(SupervisedNetwork<float> network, ICreditAssignment<float> method, in CreditStep<float> step)
    {
        backpropagation.Step(step with { Directions = truth, Phase = 0 });
        method.Restrict(truth);
        for (int layer = 0; layer < network.Layers.Length; layer++)
        {
            Add(layer, 0, step.Directions.Weights(layer), truth.Weights(layer));
            Tensor<float> b = layer == 0 ? default : method.Feedback(layer), w = network.Layers[layer].Weights;
            if (!b.IsEmpty && (b.Rows, b.Columns) == (w.Rows, w.Columns))
            {
                Add(layer, 2, b, w);
            }
        }
    }

    // Angle and ratio of norms in one pass without a copy, to some 1e-6°: products of floats are exact in doubles, and neither overflow nor
    // vanish.
    private void Add(int layer, int quantity, Tensor<float> u, Tensor<float> v)
    {
        double dot = 0, uu = 0, vv = 0;
        for (int r = 0; r < u.Rows; r++)
        {
            ReadOnlySpan<float> a = u.Row(r), b = v.Row(r);
            for (int i = 0; i < a.Length; i++)
            {
                (double x, double y) = (a[i], b[i]);
                dot += x * y;
                uu += x * x;
                vv += y * y;
            }
        }

        double lengths = Math.Sqrt(uu) * Math.Sqrt(vv);
        Add(layer, quantity, lengths == 0 ? double.NaN : Math.Acos(Math.Clamp(dot / lengths, -1, 1)) * 180 / Math.PI);
        Add(layer, quantity + 1, Math.Sqrt(uu) / Math.Sqrt(vv));
    }

    private void Add(int layer, int quantity, double value)
    {
        if (double.IsFinite(value))
        {
            sums[(layer * Quantities) + quantity] += value;
            counts[(layer * Quantities) + quantity]++;
        }
    }
}

/// <summary>Sums of measures inside an epoch.</summary>
internal sealed record MeasureSums(ImmutableArray<double> Sums, ImmutableArray<long> Counts, ImmutableArray<OwnSum> Own);

/// <summary>Sum of one of a method's own measures.</summary>
internal sealed record OwnSum(string Name, int Layer, double Sum, long Count);
