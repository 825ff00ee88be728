using Engram.Numerics.Autodiff;

namespace Engram.Learning.Learners;

/// <summary>What a lifetime is judged by, and what a gradient learner descends.</summary>
public enum Objective
{
    /// <summary>Regression: squared error, mean over examples and outputs.</summary>
    MeanSquaredError,

    /// <summary>Classification: cross-entropy of the softmax, mean over examples; targets are one-hot.</summary>
    CrossEntropy,
}

/// <summary>Objectives on a tape.</summary>
public static class Objectives
{
    /// <summary>What masked logits are lowered by: below any other, and finite in every element type.</summary>
    private const double Excluded = 1e9;

    /// <summary>The objective of outputs [n, K] against targets [n, K], 1×1.</summary>
    public static Var Loss(this Objective objective, Var outputs, Var targets) => objective switch
    {
        Objective.MeanSquaredError => outputs.MeanSquaredError(targets),
        Objective.CrossEntropy => outputs.CrossEntropy(targets),
        _ => throw new InvalidOperationException($"Found no way to compute the objective {objective}."),
    };

    /// <summary>The objective where some targets are missing, 1×1.</summary>
    /// <remarks>
    /// Squared error: Σ m ∘ (x − y)² / count. Cross-entropy: outputs whose mask is 0 are left out of the softmax, and examples whose whole
    /// mask is 0 out of the sum, which is over count.
    /// </remarks>
    /// <param name="objective">The objective.</param>
    /// <param name="outputs">[n, K].</param>
    /// <param name="targets">[n, K].</param>
    /// <param name="mask">m, [n, K], 1 or 0; null where all are there.</param>
    /// <param name="count">What the sum is divided by; null for n K, or n in cross-entropy.</param>
    public static Var Loss(this Objective objective, Var outputs, Var targets, Var? mask, double? count = null)
    {
        if (mask is not { } there)
        {
            return objective.Loss(outputs, targets);
        }

        if (objective == Objective.MeanSquaredError)
        {
            return (there * (outputs - targets).Square()).Sum() / (count ?? ((double)outputs.Rows * outputs.Columns));
        }

        Var logits = outputs + (((there - 1) * Excluded) * Present(there));
        return (there * targets * logits.LogSoftmax()).Sum() / -(count ?? outputs.Rows);
    }

    /// <summary>What is wrong with outputs, [n, K]: y − x, in classification y − softmax(x); zero where the target is missing.</summary>
    /// <remarks>It points where the objective falls: −∂ℓ/∂x of each example, n K / 2 times that of the mean squared error and n times that
    /// of the mean cross-entropy.</remarks>
    /// <param name="objective">The objective.</param>
    /// <param name="outputs">x, [n, K].</param>
    /// <param name="targets">y, [n, K].</param>
    /// <param name="mask">Which targets there are, [n, K], 1 or 0; null where all are.</param>
    public static Var Error(this Objective objective, Var outputs, Var targets, Var? mask = null)
    {
        var error = targets - (objective == Objective.CrossEntropy ? Softmax(outputs, mask) : outputs);
        return mask is { } there ? there * error : error;
    }

    /// <summary>softmax of the outputs, those whose mask is 0 left out; of an example without any target, of all outputs.</summary>
    internal static Var Softmax(Var outputs, Var? mask) =>
        mask is { } there ? (outputs + (((there - 1) * Excluded) * Present(there))).Softmax() : outputs.Softmax();

    /// <summary>Whether examples have a target at all, [n, 1]: 1 or 0.</summary>
    internal static Var Present(Var mask) => mask.Sum(axis: 1).Step();
}
