using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Engram.Learning.Lives;

/// <summary>What of a life is recorded; what nobody asks for takes no memory.</summary>
[Flags]
public enum LifeParts
{
    /// <summary>Only the outcome, and the answers at birth and at the end.</summary>
    None = 0,

    /// <summary>What is shown: <c>stream.input</c>, <c>stream.target</c>, <c>query.input</c>, <c>query.target</c>, and masks where some
    /// targets are missing.</summary>
    Examples = 1,

    /// <summary>Everything that changes in life, at every moment that is kept: <c>state.NAME</c>, such as
    /// <c>state.layer3.weight</c>.</summary>
    States = 2,

    /// <summary>What the learner shows of each inner step: <c>step.NAME</c>, such as <c>step.signal</c>, <c>step.layer3.activity</c> and
    /// <c>step.layer3.feedback</c>.</summary>
    Activities = 4,

    /// <summary>What the network answers to the query at every moment that is kept: <c>answers.output</c>, and
    /// <c>answers.loss</c>.</summary>
    Answers = 8,

    /// <summary>Activities of the frozen layers: <c>stream.layerI.activity</c> and <c>query.layerI.activity</c>; the last one alone where a
    /// life is born with weights of its own.</summary>
    Features = 16,

    /// <summary>All of it.</summary>
    All = Examples | States | Activities | Answers | Features,
}

/// <summary>How a life is recorded.</summary>
public sealed record LifeRecorderOptions
{
    /// <summary>What of it.</summary>
    public LifeParts Parts { get; init; } = LifeParts.All;

    /// <summary>Inner steps from one moment that is kept to the next, 1 or more; birth and the end of life are always kept.</summary>
    public int Every { get; init; } = 1;

    /// <summary>Bytes that the record may take, 1 or more; what needs more is refused before the life begins. Null for as many as the
    /// machine has.</summary>
    public long? MemoryBytes { get; init; }
}

/// <summary>An array of numbers of a record, row-major.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class RecordedTensor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    internal RecordedTensor(string name, ImmutableArray<int> shape, byte[] bytes) => (Name, Shape, Bytes) = (name, shape, bytes);

    /// <summary>Its name, such as <c>state.layer3.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Its shape; of states and answers the first size is that of moments, of what a step shows one less.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>The numbers as this machine has them in memory.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The numbers.</summary>
    public ReadOnlySpan<T> Values => MemoryMarshal.Cast<byte, T>(Bytes.Span);

    /// <summary>The numbers at one place of the first size: those of one moment, of one inner step, of one example.</summary>
    /// <param name="index">The place, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public ReadOnlySpan<T> At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Shape[0]);
        int size = Values.Length / Shape[0];
        return Values.Slice(index * size, size);
    }
}

/// <summary>One life, step by step: numbers that stay when the engine goes on to the next.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="InnerSteps">T, how many inner steps it has.</param>
/// <param name="BatchSize">n, examples in a batch.</param>
/// <param name="Moments">How many inner steps are done at each moment that is kept: 0, every, 2 every, …, T.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="QueryLoss">The objective on the query at every moment that is kept; only at birth and at the end where
/// <see cref="LifeParts.Answers"/> was not asked for.</param>
/// <param name="Tensors">What was recorded, by name; docs/INTERCHANGE.md has names and shapes.</param>
public sealed record LifeRecord<T>(
    int InnerSteps,
    int BatchSize,
    ImmutableArray<int> Moments,
    LifetimeOutcome Outcome,
    ImmutableArray<double> QueryLoss,
    IReadOnlyDictionary<string, RecordedTensor<T>> Tensors)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
