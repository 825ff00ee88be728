using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Adam.</summary>
/// <remarks>
/// m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − r / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), elementwise in float32; t counts from 1.
/// Source: Kingma and Ba 2015, algorithm 1.
/// </remarks>
public sealed record AdamOptimizer : IMetaOptimizer
{
    /// <summary>β₁, decay of the mean gradient.</summary>
    public double FirstDecay { get; init; } = 0.9;

    /// <summary>β₂, decay of the mean squared gradient.</summary>
    public double SecondDecay { get; init; } = 0.999;

    /// <summary>ε, added to the root.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public ImmutableArray<string> Moments { get; } = ["first_moment", "second_moment"];

    /// <inheritdoc/>
    public void Update(OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments)
    {
        var size = new Coefficients(
            (float)FirstDecay,
            (float)(1 - FirstDecay),
            (float)SecondDecay,
            (float)(1 - SecondDecay),
            (float)(step.Rate / (1 - DeterministicMath.Power(FirstDecay, step.Update))),
            (float)(1 / Math.Sqrt(1 - DeterministicMath.Power(SecondDecay, step.Update))),
            (float)Epsilon);
        for (int r = 0; r < parameter.Rows; r++)
        {
            UpdateRow(size, parameter.Row(r), gradient.Row(r), moments[0].Row(r), moments[1].Row(r));
        }
    }

    private static void UpdateRow(in Coefficients c, Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
    {
        // The vector loop and the scalar loop do the same IEEE operations in the same order, so the width of a vector changes no bit.
        Span<Vector<float>> p = MemoryMarshal.Cast<float, Vector<float>>(parameter);
        ReadOnlySpan<Vector<float>> g = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        Span<Vector<float>> m = MemoryMarshal.Cast<float, Vector<float>>(first);
        Span<Vector<float>> v = MemoryMarshal.Cast<float, Vector<float>>(second);
        for (int i = 0; i < p.Length; i++)
        {
            m[i] = (m[i] * c.FirstDecay) + (g[i] * c.FirstShare);
            v[i] = (v[i] * c.SecondDecay) + (g[i] * g[i] * c.SecondShare);
            p[i] -= m[i] * c.Rate / ((Vector.SquareRoot(v[i]) * c.RootScale) + new Vector<float>(c.Epsilon));
        }

        for (int i = p.Length * Vector<float>.Count; i < parameter.Length; i++)
        {
            first[i] = (first[i] * c.FirstDecay) + (gradient[i] * c.FirstShare);
            second[i] = (second[i] * c.SecondDecay) + (gradient[i] * gradient[i] * c.SecondShare);
            parameter[i] -= first[i] * c.Rate / ((MathF.Sqrt(second[i]) * c.RootScale) + c.Epsilon);
        }
    }

    private readonly record struct Coefficients(
        float FirstDecay, float FirstShare, float SecondDecay, float SecondShare, float Rate, float RootScale, float Epsilon);
}
