using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Kickback: one signed number, the output's error, reaches every unit, and each weighs it by how much it kicks the active units
/// of the next layer.</summary>
/// <remarks>
/// <para>Equation: ε_j = β τ_j, β = ∂L/∂ŷ, τ_j = Σ_k w_jk over the units k of the next layer that are active (the output always is); ∂W_ij
/// = ε_j x_i 1[j active], likewise b. Hidden units are rectified.
/// The gradient has I_j = Σ_k w_jk I_k instead of τ_j, over the same units, with I = 1 of the output: a unit's influence. Reports the
/// coherence of every hidden layer: the share, in %, of its active
/// units (over the batch) that are coherent, τ_j &gt; 0.</para>
/// <para>Signs: at the last hidden layer I = τ, so the update is the gradient. Below it, in a layer whose units are coherent and influence
/// the output positively above, an update has the gradient's
/// sign wherever a unit's positive weights to active units outweigh its negative ones by more than their influences differ: Σ w⁺ / Σ |w⁻|
/// &gt; max I_k / min I_k. So they have it throughout where no weight
/// above the first layer is negative, and at the last layer but one where coherent units meet equal output weights. Coherence alone is not
/// enough: weights 2 and −1.5 to units of influence 0.1 and 1 sum to
/// τ = 0.5 and to I = −1.3.</para>
/// <para>β is one number, so a network has one output. Several are so many networks side by side that share nothing but the input: hidden
/// units fall into as many groups, W between groups is 0 and stays,
/// and each group hears of its output's error alone. Any objective has such errors; theirs is squared error, of one output or two.</para>
/// <para>Initial W: drawn as usual, those that stay in groups √groups times as large, so that activities keep their variance. For a
/// coherent start the weights that a unit sends to the next layer are moved
/// together until their mean is σ / √a, σ their standard deviation and a half the units of that layer, as many as are active to begin with;
/// weights to the output are made positive; and biases take away
/// what that adds to the next layer's mean, for inputs of mean 0 and variance 1 (networks without biases keep it). More than nine of ten
/// active units are coherent then; larger means make activities
/// swing together from example to example, which costs more coherence than they bring. Source: Balduzzi, Vanchinathan and Buhmann 2014,
/// definitions 3 and 4, theorem 3.
/// Deviations: all units are positive rectifiers; the two outputs of their robot data are two networks here; the start, as positive units
/// alone cannot be made coherent by signs.</para>
/// </remarks>
public sealed record KickbackSpec : CreditAssignmentSpec
{
    /// <summary>Whether initial weights are made coherent; else they stay as drawn.</summary>
    [Setting("Whether initial weights are moved until almost all units are coherent; else they stay as drawn.")]
    public bool CoherentStart { get; init; } = true;

    /// <summary>With several outputs weights between groups have no direction, so the last layer's is not the whole gradient; the method
    /// makes that claim itself, output by output.</summary>
    public override bool LastLayerDescendsLoss => false;

    /// <inheritdoc/>
    public override void Validate(SupervisedNetworkSpec network)
    {
        base.Validate(network);
        for (int l = 0; l < network.Layers.Length; l++)
        {
            LayerSpec layer = network.Layers[l];
            if (l + 1 < network.Layers.Length
                && (layer is not LinearSpec || layer.Activation != Activation.Relu || layer.Outputs < network.Outputs))
            {
                throw new EngramException(
                    $"Found {LayerWords.Of(layer)} as hidden layer {l} under Kickback, expected a fully connected layer of rectified " +
                    $"units, at least {network.Outputs}, one for each output; set network.activation to relu and widths to match, or " +
                    $"take a comparison that is so, such as arm-kickback.");
            }
        }
    }

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) => new Kickback<T>(network, this);
}

/// <summary>Kickback at work.</summary>
internal sealed class Kickback<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly Tensor<T>[] active, kicks;
    private readonly double[] coherence;
    private readonly int[] activeOfUnit, coherentOfUnit;
    private readonly SharedRows rows;
    private readonly Action<int, int> weigh;
    private Tensor<T> weighedUnits, weighedError, weighedKick, weighedActive;

    public Kickback(SupervisedNetwork<T> network, KickbackSpec spec)
    {
        this.network = network;
        int hidden = network.Layers.Length - 1;
        active = [.. network.Layers.Select(l => arena.Allocate<T>(l.Spec.Outputs, network.Capacity))];
        kicks = [.. network.Layers.Take(hidden).Select(l => arena.Allocate<T>(l.Spec.Outputs, network.Capacity))];
        coherence = new double[hidden];
        int widest = network.Layers.Max(l => l.Spec.Outputs);
        (activeOfUnit, coherentOfUnit, rows, weigh) = (new int[widest], new int[widest], new SharedRows(network.Team), Weigh);
        active[hidden].Fill(T.One);

        // E x² of what a layer reads; of a rectified normal number of mean 0 it is half the variance, and its mean the deviation / √(2π).
        double square = 1;
        for (int l = 0; l <= hidden; l++)
        {
            LayerSpec shape = network.Layers[l].Spec;
            double deviation = WeightInitializers.StandardDeviation(shape.Inputs, shape.Outputs, network.Spec.Initialization);
            if (l > 0)
            {
                Part(network.Layers[l].Weights, Math.Sqrt(network.Spec.Outputs));
                if (spec.CoherentStart)
                {
                    Cohere(network.Layers[l], deviation * Math.Sqrt(network.Spec.Outputs), mean: Math.Sqrt(square / Math.PI));
                }
            }

            square *= deviation * deviation * shape.Inputs / 2;
        }
    }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        int last = network.Layers.Length - 1;
        step.Directions.Fill(last, network.Layers[last], pass.Error, pass.Activity(last));
        Part(step.Directions.Weights(last));
        for (int l = last - 1; l >= 0; l--)
        {
            Tensor<T> kick = pass.Current(kicks[l]), units = pass.Activity(l + 1);
            network.Layers[l + 1].Map.Transport(network.Layers[l + 1].Weights, pass.Current(active[l + 1]), kick);
            Weigh(l, units, pass.Error, kick, pass.Current(active[l]));
            step.Directions.Fill(l, network.Layers[l], kick, pass.Activity(l));
            if (l > 0)
            {
                Part(step.Directions.Weights(l));
            }
        }

        return Updates.Forward;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => network.Layers[layer].Weights;

    /// <inheritdoc/>
    public IEnumerable<MethodMeasure> Measures() => coherence.Select((share, l) => new MethodMeasure("coherence, %", l, share));

    /// <inheritdoc/>
    public void Restrict(LayerDirections<T> gradient)
    {
        for (int l = 1; l < network.Layers.Length; l++)
        {
            Part(gradient.Weights(l));
        }
    }

    /// <inheritdoc/>
    public IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step)
    {
        int last = network.Layers.Length - 1;
        Tensor<T> weights = network.Layers[last].Weights, direction = step.Directions.Weights(last);
        double Loss()
        {
            network.Forward(step.Pass);
            return step.Pass.Loss;
        }

        for (int k = 0; k < network.Spec.Outputs; k++)
        {
            yield return new GradientClaim<T>($"loss by W of output {k}", Own(weights, k), Own(direction, k), Loss);
        }

        yield return new GradientClaim<T>("loss by b of the output", network.Layers[last].Biases, step.Directions.Biases(last), Loss);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    /// <summary>The group of a unit: its output.</summary>
    private static int Group(int unit, int units, int groups) => (int)((long)unit * groups / units);

    /// <summary>The units of a group: [first, end).</summary>
    private static (int First, int End) Members(int group, int units, int groups)
    {
        return (FirstOf(group), FirstOf(group + 1));

        int FirstOf(int g) => (int)((((long)g * units) + groups - 1) / groups);
    }

    /// <summary>The weights of an output that come from its own group.</summary>
    private unsafe Tensor<T> Own(Tensor<T> weights, int output)
    {
        (int first, int end) = Members(output, weights.Columns, network.Spec.Outputs);
        return new Tensor<T>(weights.RowPointer(output) + first, 1, end - first, weights.Stride);
    }

    /// <summary>0 between units of two groups, in a matrix of W's shape; what is left is scaled, where there are groups.</summary>
    private void Part(Tensor<T> matrix, double scale = 1)
    {
        int groups = network.Spec.Outputs;
        for (int r = 0; r < matrix.Rows && groups > 1; r++)
        {
            (int first, int end) = Members(Group(r, matrix.Rows, groups), matrix.Columns, groups);
            Span<T> row = matrix.Row(r);
            row[..first].Clear();
            row[end..].Clear();
            for (int c = first; c < end && scale != 1; c++)
            {
                row[c] *= T.CreateTruncating(scale);
            }
        }
    }

    /// <summary>Moves the weights of every unit to its group of the layer's units until their mean is σ / √a, or makes a single one
    /// positive; biases take the mean of that away.</summary>
    /// <param name="layer">The layer above, its weights parted.</param>
    /// <param name="deviation">σ.</param>
    /// <param name="mean">Mean activity of the units below.</param>
    private void Cohere(SupervisedLayer<T> layer, double deviation, double mean)
    {
        int groups = network.Spec.Outputs;
        Tensor<T> weights = layer.Weights;
        for (int c = 0; c < weights.Columns; c++)
        {
            (int first, int end) = Members(Group(c, weights.Columns, groups), weights.Rows, groups);
            double sum = 0, wanted = deviation / Math.Sqrt(0.5 * (end - first));
            for (int r = first; r < end; r++)
            {
                sum += double.CreateTruncating(weights[r, c]);
            }

            for (int r = first; r < end; r++)
            {
                double kept = double.CreateTruncating(weights[r, c]), moved = end - first == 1 ? Math.Abs(kept) : kept
                    + wanted - (sum / (end - first));
                weights[r, c] = T.CreateTruncating(moved);
                if (network.Spec.Biases)
                {
                    layer.Biases[0, r] -= T.CreateTruncating(mean * (end - first == 1 ? moved : wanted));
                }
            }
        }
    }

    /// <summary>τ becomes ε = β τ of active units and 0 of others; notes which are active, and how many of them are coherent.</summary>
    private void Weigh(int layer, Tensor<T> units, Tensor<T> error, Tensor<T> kick, Tensor<T> activeUnits)
    {
        (weighedUnits, weighedError, weighedKick, weighedActive) = (units, error, kick, activeUnits);
        rows.Run(units.Rows, 4 * units.Count, weigh);
        long count = 0, coherent = 0;
        for (int j = 0; j < units.Rows; j++)
        {
            (count, coherent) = (count + activeOfUnit[j], coherent + coherentOfUnit[j]);
        }

        coherence[layer] = count == 0 ? double.NaN : 100.0 * coherent / count;
    }

    private void Weigh(int first, int end)
    {
        for (int j = first; j < end; j++)
        {
            (activeOfUnit[j], coherentOfUnit[j]) = WeighUnit(
                weighedUnits.Row(j), weighedError.Row(Group(j, weighedUnits.Rows, weighedError.Rows)), weighedKick.Row(j),
                    weighedActive.Row(j));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (int Active, int Coherent) WeighUnit(ReadOnlySpan<T> h, ReadOnlySpan<T> beta, Span<T> tau, Span<T> on)
    {
        Vector<T> counts = Vector<T>.Zero, coherent = Vector<T>.Zero;
        int n = 0;
        for (; n + Vector<T>.Count <= h.Length; n += Vector<T>.Count)
        {
            Vector<T> t = new(tau[n..]),
                one = Vector.ConditionalSelect(Vector.GreaterThan(new Vector<T>(h[n..]), Vector<T>.Zero), Vector<T>.One, Vector<T>.Zero);
            counts += one;
            coherent += Vector.ConditionalSelect(Vector.GreaterThan(t, Vector<T>.Zero), one, Vector<T>.Zero);
            one.CopyTo(on[n..]);
            Vector.ConditionalSelect(Vector.GreaterThan(one, Vector<T>.Zero), t * new Vector<T>(beta[n..]), Vector<T>.Zero)
                .CopyTo(tau[n..]);
        }

        // Sums of ones are exact.
        (int count, int kicks) = (int.CreateTruncating(Vector.Sum(counts)), int.CreateTruncating(Vector.Sum(coherent)));
        for (; n < h.Length; n++)
        {
            bool isActive = h[n] > T.Zero;
            count += isActive ? 1 : 0;
            kicks += isActive && tau[n] > T.Zero ? 1 : 0;
            on[n] = isActive ? T.One : T.Zero;
            tau[n] = isActive ? tau[n] * beta[n] : T.Zero;
        }

        return (count, kicks);
    }
}
