using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Optimizers;

/// <summary>Adam.</summary>
/// <remarks>
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − r / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), elementwise in float32; t counts from
/// 1.
/// Source: Kingma and Ba 2015, algorithm 1.
/// </remarks>
public sealed record AdamOptimizer : IMetaOptimizer
{
    private static readonly ImmutableArray<string> Both = ["first_moment", "second_moment"];

    /// <summary>β₁, decay of the mean gradient.</summary>
    [Setting(0, 1, "β₁, decay of the mean gradient.", BelowMaximum = true)]
    public double FirstDecay { get; init; } = 0.9;

    /// <summary>β₂, decay of the mean squared gradient.</summary>
    [Setting(0, 1, "β₂, decay of the mean squared gradient.", BelowMaximum = true)]
    public double SecondDecay { get; init; } = 0.999;

    /// <summary>ε, added to the root.</summary>
    [Setting(0, 1e6, "ε, added to the root of the mean squared gradient.", AboveMinimum = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public ImmutableArray<string> Moments => Both;

    /// <inheritdoc/>
    public void Update(OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments)
    {
        float rate = (float)(step.Rate / (1 - DeterministicMath.Power(FirstDecay, step.Update)));
        float rootScale = (float)(1 / Math.Sqrt(1 - DeterministicMath.Power(SecondDecay, step.Update)));
        for (int r = 0; r < parameter.Rows; r++)
        {
            UpdateRow(rate, rootScale, parameter.Row(r), gradient.Row(r), moments[0].Row(r), moments[1].Row(r));
        }
    }

    private void UpdateRow(
        float rate, float rootScale, Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
    {
        (float firstDecay, float firstShare) = ((float)FirstDecay, (float)(1 - FirstDecay));
        (float secondDecay, float secondShare, float epsilon) = ((float)SecondDecay, (float)(1 - SecondDecay), (float)Epsilon);

        // The vector loop and the scalar loop do the same IEEE operations in the same order, so the width of a vector changes no bit.
        Span<Vector<float>> p = MemoryMarshal.Cast<float, Vector<float>>(parameter);
        ReadOnlySpan<Vector<float>> g = MemoryMarshal.Cast<float, Vector<float>>(gradient)[..p.Length];
        Span<Vector<float>> m = MemoryMarshal.Cast<float, Vector<float>>(first)[..p.Length];
        Span<Vector<float>> v = MemoryMarshal.Cast<float, Vector<float>>(second)[..p.Length];
        Vector<float> rates = new(rate), rootScales = new(rootScale), epsilons = new(epsilon);
        Vector<float> firstDecays = new(firstDecay), firstShares = new(firstShare), secondDecays = new(secondDecay),
            secondShares = new(secondShare);
        for (int i = 0; i < p.Length; i++)
        {
            Vector<float> mean = (m[i] * firstDecays) + (g[i] * firstShares);
            Vector<float> square = (v[i] * secondDecays) + (g[i] * g[i] * secondShares);
            p[i] -= mean * rates / ((Vector.SquareRoot(square) * rootScales) + epsilons);
            m[i] = mean;
            v[i] = square;
        }

        for (int i = p.Length * Vector<float>.Count; i < parameter.Length; i++)
        {
            first[i] = (first[i] * firstDecay) + (gradient[i] * firstShare);
            second[i] = (second[i] * secondDecay) + (gradient[i] * gradient[i] * secondShare);
            parameter[i] -= first[i] * rate / ((MathF.Sqrt(second[i]) * rootScale) + epsilon);
        }
    }
}
