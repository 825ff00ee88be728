using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>What engines share about the end of a lifetime.</summary>
internal static class Query
{
    /// <summary>The outcome of outputs and their loss.</summary>
    /// <exception cref="NonFiniteException">The loss is not finite.</exception>
    public static LifetimeOutcome Judge<T>(Tensor<T> outputs, Lifetime<T> lifetime, double loss, Objective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!double.IsFinite(loss))
        {
            throw new NonFiniteException("query loss", -1, -1);
        }

        return new LifetimeOutcome(
            loss, objective == Objective.CrossEntropy ? Accuracy(outputs, lifetime.QueryTargets, lifetime.QueryMask) : double.NaN);
    }

    /// <summary>How many terms the query's loss is the mean of, where some are missing; null where all are there.</summary>
    /// <exception cref="EngramException">None is there.</exception>
    public static double? Count<T>(Lifetime<T> lifetime, Objective objective)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (lifetime.QueryMask.IsEmpty)
        {
            return null;
        }

        double count = 0;
        for (int r = 0; r < lifetime.QueryMask.Rows; r++)
        {
            int there = There(lifetime.QueryMask.Row(r));
            count += objective == Objective.CrossEntropy ? Math.Min(1, there) : there;
        }

        return count > 0 ? count : throw new EngramException("Found a query without any target, expected one at least.");
    }

    /// <summary>Checks every tensor of a meta-gradient.</summary>
    /// <exception cref="NonFiniteException">One is not finite.</exception>
    public static void CheckFinite<T>(MetaParameters<T> metaGradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < metaGradient.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = metaGradient.Layout.Parameters[i];
            Finite.Check(metaGradient[i], $"meta-gradient of {info.Name}", info.Layer, -1);
        }
    }

    /// <summary>Checks that parameters are of the layout that an engine runs.</summary>
    /// <exception cref="EngramException">They are not.</exception>
    public static void CheckLayout<T>(MetaParameters<T> parameters, ParameterLayout layout)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool same = ReferenceEquals(parameters.Layout, layout)
            || parameters.Layout.Parameters.Select(p => (p.Name, p.Rows, p.Columns))
                .SequenceEqual(layout.Parameters.Select(p => (p.Name, p.Rows, p.Columns)));
        if (!same)
        {
            throw new EngramException(
                $"Found meta-parameters of another layout ({parameters.Layout.Parameters.Length} tensors, {parameters.Layout.Count} " +
                $"numbers), expected the engine's ({layout.Parameters.Length} tensors, {layout.Count} numbers).");
        }
    }

    // The share of rows with a target whose largest output stands where the target's largest element stands; outputs without a target do
    // not count.
    private static double Accuracy<T>(Tensor<T> outputs, Tensor<T> targets, Tensor<T> mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int right = 0, asked = 0;
        for (int r = 0; r < outputs.Rows; r++)
        {
            ReadOnlySpan<T> there = mask.IsEmpty ? default : mask.Row(r);
            if (!there.IsEmpty && There(there) == 0)
            {
                continue;
            }

            asked++;
            right += Largest(outputs.Row(r), there) == Largest(targets.Row(r), there) ? 1 : 0;
        }

        return (double)right / asked;
    }

    private static int There<T>(ReadOnlySpan<T> mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = 0;
        foreach (T value in mask)
        {
            count += value > T.Zero ? 1 : 0;
        }

        return count;
    }

    private static int Largest<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int best = -1;
        for (int i = 0; i < values.Length; i++)
        {
            if (mask.IsEmpty || mask[i] > T.Zero)
            {
                best = best < 0 || values[i] > values[best] ? i : best;
            }
        }

        return best;
    }
}
