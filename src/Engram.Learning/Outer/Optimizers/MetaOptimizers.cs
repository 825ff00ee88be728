using System.Collections.Immutable;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Optimizers;

/// <summary>Where an optimizer is.</summary>
/// <param name="Update">Which update this is since the moments were last zero, from 1.</param>
/// <param name="Rate">The tensor's rate, its schedule's factor included.</param>
public readonly record struct OptimizerStep(long Update, double Rate);

/// <summary>
/// A meta-optimizer: a pure step over explicit state. All it remembers stands in its moments, tensors of the parameters' shape that start
/// at zero,
/// so that every optimizer is saved and resumed the same way.
/// </summary>
/// <remarks>
/// Each new element may depend only on that element of parameter, gradient and moments: the trainer hands over any rows, in any order, on
/// any thread,
/// and the bits must not depend on it. One instance serves all trainers at once and keeps no state: a record whose properties with
/// <see cref="SettingAttribute"/> are keys of recipes.
/// </remarks>
public interface IMetaOptimizer
{
    /// <summary>Names of the moments in checkpoints: lower case, words joined by underscores. May be empty.</summary>
    ImmutableArray<string> Moments { get; }

    /// <summary>Updates some rows of one parameter and its moments in place.</summary>
    /// <param name="step">Where the optimizer is.</param>
    /// <param name="parameter">The values, [rows, columns].</param>
    /// <param name="gradient">The meta-gradient, [rows, columns]; clipped already, not changed.</param>
    /// <param name="moments">The moments, [rows, columns] each, in the order of <see cref="Moments"/>.</param>
    void Update(OptimizerStep step, Tensor<float> parameter, Tensor<float> gradient, ReadOnlySpan<Tensor<float>> moments);
}

/// <summary>The meta-optimizers there are, by name.</summary>
public static class MetaOptimizers
{
    /// <summary>All optimizers; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IMetaOptimizer> Registry { get; } = BuiltIn();

    private static Registry<IMetaOptimizer> BuiltIn()
    {
        var registry = new Registry<IMetaOptimizer>("meta-optimizer");
        registry.Register(
            "adam", new AdamOptimizer(), "Adam, β₁ = 0.9, β₂ = 0.999, ε = 1e-8, with bias correction: θ ← θ − r m̂ / (√v̂ + ε)");
        registry.Register("sgd", new GradientDescentOptimizer(), "plain gradient descent: θ ← θ − r g");
        registry.Register("momentum", new MomentumOptimizer(), "gradient descent with momentum 0.9: u ← 0.9 u + g, θ ← θ − r u");
        return registry;
    }
}
