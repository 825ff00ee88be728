using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>What sign symmetry takes for the magnitudes of feedback weights.</summary>
public enum FeedbackMagnitude
{
    /// <summary>Random, drawn once (frSF).</summary>
    Fixed,

    /// <summary>Random, drawn anew for each batch (brSF).</summary>
    BatchRandom,

    /// <summary>All the same (uSF).</summary>
    Unit,
}

/// <summary>Sign symmetry: feedback weights have the signs of W and magnitudes of their own.</summary>
/// <remarks>
/// Equation: B = (M ∘ sign W)ᵀ, δ_l = (B_{l+1} δ_{l+1}) ∘ σ'(z_l), ∂W_l = δ_l h_{l−1}ᵀ, ∂b_l = Σ δ_l. Shapes: M as W. Signs follow W at
/// every step.
/// Source: Liao, Leibo and Poggio 2016, section 3 (uSF, frSF, brSF). Deviations: unit magnitudes are the standard deviation that W starts
/// with instead of 1, so that errors keep
/// their size without batch manhattan or normalisation; random ones are |w| of W's initial distribution when fixed, and uniform of the same
/// mean square when drawn for
/// each batch; a weight of 0 counts as positive.
/// </remarks>
public sealed record SignSymmetrySpec : CreditAssignmentSpec
{
    /// <summary>Where magnitudes come from.</summary>
    [Setting(
        "Where magnitudes come from: all the same (unit), random and drawn once (fixed), or drawn anew for each batch (batch-random).")]
    public FeedbackMagnitude Magnitude { get; init; } = FeedbackMagnitude.Unit;

    /// <summary>What magnitudes are multiplied by.</summary>
    [Setting(0, 1e6, "What magnitudes are multiplied by.")]
    public double FeedbackScale { get; init; } = 1;

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new SignSymmetry<T>(network, this, random);
}

/// <summary>Sign symmetry at work.</summary>
internal sealed class SignSymmetry<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SupervisedNetwork<T> network;
    private readonly SignSymmetrySpec spec;
    private readonly FeedbackWeights<T> feedback;
    private readonly ErrorTransport<T> transport;
    private readonly double[] deviations;
    private readonly SharedRows rows;
    private readonly Action<int, int> follow;
    private RandomStream draws;
    private int layer;

    public SignSymmetry(SupervisedNetwork<T> network, SignSymmetrySpec spec, RandomStream random)
    {
        (this.network, this.spec) = (network, spec);
        deviations = [.. network.Spec.Layers.Select(
            l => spec.FeedbackScale * WeightInitializers.StandardDeviation(l.WeightColumns, l.FanOut, network.Spec.Initialization))];
        feedback = new FeedbackWeights<T>(network.Spec, random, spec.FeedbackScale);
        transport = new ErrorTransport<T>(network);
        rows = new SharedRows(network.Team);
        follow = Follow;
        Memory = spec.Magnitude == FeedbackMagnitude.Fixed ? feedback.Memory : [];
    }

    /// <summary>Fixed magnitudes, with whatever signs; the others are made anew at each step.</summary>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        for (layer = 1; layer < network.Layers.Length; layer++)
        {
            draws = step.Random.Split((ulong)layer);
            rows.Run(feedback[layer].Rows, 4 * feedback[layer].Count, follow);
        }

        transport.Descend(step.Pass, feedback.All, step.Directions);
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => feedback[layer];

    /// <inheritdoc/>
    public void Dispose()
    {
        feedback.Dispose();
        transport.Dispose();
    }

    private void Follow(int first, int end)
    {
        T unit = T.CreateTruncating(deviations[layer]), step = T.CreateTruncating(deviations[layer] * Math.Sqrt(3) / (1UL << 24));
        for (int r = first; r < end; r++)
        {
            Span<T> magnitudes = feedback[layer].Row(r);
            if (spec.Magnitude == FeedbackMagnitude.Unit)
            {
                magnitudes.Fill(unit);
            }
            else if (spec.Magnitude == FeedbackMagnitude.BatchRandom)
            {
                Draw(draws.Split((ulong)r), magnitudes, step);
            }

            ReadOnlySpan<T> weights = network.Layers[layer].Weights.Row(r);
            CopySigns(magnitudes, weights);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopySigns(Span<T> magnitudes, ReadOnlySpan<T> weights)
    {
        int i = 0;
        for (; i + Vector<T>.Count <= magnitudes.Length; i += Vector<T>.Count)
        {
            Vector.CopySign(new Vector<T>(magnitudes[i..]), new Vector<T>(weights[i..])).CopyTo(magnitudes[i..]);
        }

        for (; i < magnitudes.Length; i++)
        {
            magnitudes[i] = T.CopySign(magnitudes[i], weights[i]);
        }
    }

    // Uniform in [0, √3 deviation): two of 24 bits from each word.
    private static void Draw(RandomStream random, Span<T> magnitudes, T step)
    {
        for (int i = 0; i < magnitudes.Length; i += 2)
        {
            ulong bits = random.NextUInt64();
            magnitudes[i] = step * T.CreateTruncating((int)(bits >> 40));
            if (i + 1 < magnitudes.Length)
            {
                magnitudes[i + 1] = step * T.CreateTruncating((int)(bits & 0xFFFFFF));
            }
        }
    }
}
