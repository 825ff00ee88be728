using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>What engines share about the end of a lifetime.</summary>
internal static class Query
{
    /// <summary>The outcome of outputs and their loss.</summary>
    /// <exception cref="NonFiniteException">The loss is not finite.</exception>
    public static LifetimeOutcome Judge<T>(Tensor<T> outputs, Tensor<T> targets, double loss, Objective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!double.IsFinite(loss))
        {
            throw new NonFiniteException("query loss", -1, -1);
        }

        return new LifetimeOutcome(loss, objective == Objective.CrossEntropy ? Accuracy(outputs, targets) : double.NaN);
    }

    /// <summary>Checks every tensor of a meta-gradient.</summary>
    /// <exception cref="NonFiniteException">One is not finite.</exception>
    public static void CheckFinite<T>(MetaParameters<T> metaGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < metaGradient.Layout.Parameters.Length; i++)
        {
            ParameterInfo info = metaGradient.Layout.Parameters[i];
            Finite.Check(metaGradient[i], $"meta-gradient of {info.Name}", info.Layer, -1);
        }
    }

    /// <summary>Checks that parameters are of the layout that an engine runs.</summary>
    /// <exception cref="EngramException">They are not.</exception>
    public static void CheckLayout<T>(MetaParameters<T> parameters, ParameterLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool same = ReferenceEquals(parameters.Layout, layout)
            || parameters.Layout.Parameters.Select(p => (p.Name, p.Rows, p.Columns)).SequenceEqual(layout.Parameters.Select(p => (p.Name, p.Rows, p.Columns)));
        if (!same)
        {
            throw new EngramException($"Found meta-parameters of another layout ({parameters.Layout.Parameters.Length} tensors, {parameters.Layout.Count} numbers), expected the engine's ({layout.Parameters.Length} tensors, {layout.Count} numbers).");
        }
    }

    // The share of rows whose largest output stands where the target's largest element stands.
    private static double Accuracy<T>(Tensor<T> outputs, Tensor<T> targets)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int right = 0;
        for (int r = 0; r < outputs.Rows; r++)
        {
            right += Largest(outputs.Row(r)) == Largest(targets.Row(r)) ? 1 : 0;
        }

        return (double)right / outputs.Rows;
    }

    private static int Largest<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }
}
