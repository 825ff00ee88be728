using System.Collections.Immutable;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Optimizers;

/// <summary>Gradient descent: θ ← θ − r g.</summary>
public sealed record GradientDescentOptimizer : IMetaOptimizer
{
    /// <inheritdoc/>
    public ImmutableArray<string> Moments => [];

    /// <inheritdoc/>
    public void Update(OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments)
    {
        for (int r = 0; r < parameter.Rows; r++)
        {
            Descend((float)step.Rate, parameter.Row(r), gradient.Row(r));
        }
    }

    /// <summary>p ← p − rate d.</summary>
    internal static void Descend(float rate, Span<float> parameter, ReadOnlySpan<float> direction)
    {
        for (int i = 0; i < parameter.Length; i++)
        {
            parameter[i] -= rate * direction[i];
        }
    }
}

/// <summary>Gradient descent with momentum μ: u ← μ u + g, θ ← θ − r u.</summary>
/// <remarks>Source: Polyak 1964.</remarks>
public sealed record MomentumOptimizer : IMetaOptimizer
{
    private static readonly ImmutableArray<string> Velocity = ["velocity"];

    /// <summary>μ.</summary>
    [Setting(0, 1, "μ, the share of the step before that goes on.", BelowMaximum = true)]
    public double Momentum { get; init; } = 0.9;

    /// <inheritdoc/>
    public ImmutableArray<string> Moments => Velocity;

    /// <inheritdoc/>
    public void Update(OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments)
    {
        float momentum = (float)Momentum;
        for (int r = 0; r < parameter.Rows; r++)
        {
            Span<float> velocity = moments[0].Row(r);
            ReadOnlySpan<float> g = gradient.Row(r);
            for (int i = 0; i < velocity.Length; i++)
            {
                velocity[i] = (momentum * velocity[i]) + g[i];
            }

            GradientDescentOptimizer.Descend((float)step.Rate, parameter.Row(r), velocity);
        }
    }
}
