using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Gradient descent, with or without momentum μ: u ← μ u + g, θ ← θ − r u.</summary>
/// <remarks>Source: Polyak 1964 for the momentum.</remarks>
public sealed record GradientDescentOptimizer : IMetaOptimizer
{
    /// <summary>μ; 0 for none.</summary>
    public double Momentum { get; init; }

    /// <inheritdoc/>
    public ImmutableArray<string> Moments => Momentum == 0 ? [] : ["velocity"];

    /// <inheritdoc/>
    public void Update(OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments)
    {
        (float rate, float momentum) = ((float)step.Rate, (float)Momentum);
        for (int r = 0; r < parameter.Rows; r++)
        {
            Span<float> p = parameter.Row(r), u = gradient.Row(r);
            if (!moments.IsEmpty)
            {
                Span<float> g = u;
                u = moments[0].Row(r);
                for (int i = 0; i < u.Length; i++)
                {
                    u[i] = (momentum * u[i]) + g[i];
                }
            }

            for (int i = 0; i < p.Length; i++)
            {
                p[i] -= rate * u[i];
            }
        }
    }
}
