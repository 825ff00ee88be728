using System.Collections.Immutable;
using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Parameters;

/// <summary>Where a parameter starts before meta-training.</summary>
public abstract record ParameterStart
{
    /// <summary>Zeros.</summary>
    public static ParameterStart Zero { get; } = new ConstantStart(0);

    /// <summary>All elements the same.</summary>
    public static implicit operator ParameterStart(double value) => new ConstantStart(value);

    /// <summary>Writes the first values.</summary>
    /// <param name="values">What is overwritten.</param>
    /// <param name="random">A stream of the parameter's own.</param>
    public abstract void Fill<T>(Tensor<T> values, RandomStream random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>What is wrong with it for a shape, in words that follow "found a start"; null for nothing.</summary>
    internal abstract string? Fault(int elements);
}

/// <summary>All elements start at one value.</summary>
/// <param name="Value">The value.</param>
public sealed record ConstantStart(double Value) : ParameterStart
{
    /// <inheritdoc/>
    public override void Fill<T>(Tensor<T> values, RandomStream random) => values.Fill(T.CreateTruncating(Value));

    /// <inheritdoc/>
    internal override string? Fault(int elements) =>
        float.IsFinite((float)Value) ? null
        : FormattableString.Invariant($"of {Value}, expected a number that is finite in single precision");
}

/// <summary>Each element starts at a value of its own, row after row.</summary>
/// <param name="Values">The values.</param>
public sealed record ListedStart(ImmutableArray<double> Values) : ParameterStart
{
    /// <inheritdoc/>
    public override void Fill<T>(Tensor<T> values, RandomStream random)
    {
        for (int i = 0; i < Values.Length; i++)
        {
            values[i / values.Columns, i % values.Columns] = T.CreateTruncating(Values[i]);
        }
    }

    /// <inheritdoc/>
    public bool Equals(ListedStart? other) => other is not null && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => Values.Aggregate(Values.Length, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", Values)}]";

    /// <inheritdoc/>
    internal override string? Fault(int elements) => Values.Length != elements ? $"of {Values.Length} values, expected {elements}"
        : Values.FirstOrDefault(v => !double.IsFinite(v)) is var wrong && double.IsFinite(wrong) ? null
            : FormattableString.Invariant($"with {wrong} in it, expected finite numbers");
}

/// <summary>Elements start at independent normal numbers.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation, 0 or more.</param>
public sealed record NormalStart(double Mean, double Deviation) : ParameterStart
{
    /// <inheritdoc/>
    public override void Fill<T>(Tensor<T> values, RandomStream random)
    {
        for (int r = 0; r < values.Rows; r++)
        {
            random.FillNormal(values.Row(r), Deviation);
            foreach (ref T value in values.Row(r))
            {
                value += T.CreateTruncating(Mean);
            }
        }
    }

    /// <inheritdoc/>
    internal override string? Fault(int elements) => double.IsFinite(Mean) && double.IsFinite(Deviation) && Deviation >= 0 ? null
        : FormattableString.Invariant($"of mean {Mean} and deviation {Deviation}, expected finite numbers, the deviation from 0");
}

/// <summary>Elements start at independent normal numbers of mean 0, each with a standard deviation of its own, row after row.</summary>
/// <param name="Deviations">The standard deviations, 0 or more.</param>
public sealed record NormalStarts(ImmutableArray<double> Deviations) : ParameterStart
{
    /// <inheritdoc/>
    public override void Fill<T>(Tensor<T> values, RandomStream random)
    {
        for (int r = 0; r < values.Rows; r++)
        {
            Span<T> row = values.Row(r);
            random.FillNormal(row, 1);
            for (int c = 0; c < row.Length; c++)
            {
                row[c] *= T.CreateTruncating(Deviations[(r * values.Columns) + c]);
            }
        }
    }

    /// <inheritdoc/>
    public bool Equals(NormalStarts? other) => other is not null && Deviations.SequenceEqual(other.Deviations);

    /// <inheritdoc/>
    public override int GetHashCode() => Deviations.Aggregate(Deviations.Length, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() => $"normal, deviations [{string.Join(", ", Deviations)}]";

    /// <inheritdoc/>
    internal override string? Fault(int elements) => Deviations.Length != elements
        ? $"of {Deviations.Length} deviations, expected {elements}"
        : Deviations.Any(d => !double.IsFinite(d) || d < 0) ? "with a deviation that is not finite or below 0, expected numbers from 0"
        : null;
}
