using System.Collections.Immutable;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>Lion (Chen et al. 2023): θ ← θ − r sign(β₁ m + (1 − β₁) g), then m ← β₂ m + (1 − β₂) g.</summary>
public sealed record LionOptimizer : IMetaOptimizer
{
    [Setting(0, 1, "β₁, share of the mean gradient in the direction of the step.", BelowMaximum = true)]
    public double Share { get; init; } = 0.9;

    [Setting(0, 1, "β₂, decay of the mean gradient.", BelowMaximum = true)]
    public double Decay { get; init; } = 0.99;

    // All that is remembered stands in the moments: they start at zero, and are saved and resumed by themselves.
    public ImmutableArray<string> Moments => ["mean"];

    public void Update(
        OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments)
    {
        (float rate, float share, float decay) = ((float)step.Rate, (float)Share, (float)Decay);
        for (int r = 0; r < parameter.Rows; r++)
        {
            Span<float> p = parameter.Row(r), g = gradient.Row(r), m = moments[0].Row(r);
            for (int c = 0; c < p.Length; c++)
            {
                // What is not finite is left to the trainer, which stops there; Math.Sign would throw.
                float direction = (share * m[c]) + ((1 - share) * g[c]);
                p[c] -= direction > 0 ? rate : direction < 0 ? -rate : direction;
                m[c] = (decay * m[c]) + ((1 - decay) * g[c]);
            }
        }
    }
}
