using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>One episode: a stream of examples learnt from once, in order, then a query.</summary>
/// <remarks>
/// Rows of the stream are grouped by inner step: step t has rows t n … t n + n − 1. Targets have K columns; in classification they are
/// one-hot.
/// The tensors are views; whoever made them keeps them alive.
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="InnerSteps">T, the number of inner steps.</param>
/// <param name="BatchSize">n, examples in a batch.</param>
/// <param name="StreamInputs">[T n, inputs].</param>
/// <param name="StreamTargets">[T n, K].</param>
/// <param name="QueryInputs">[queries, inputs].</param>
/// <param name="QueryTargets">[queries, K].</param>
public sealed record Lifetime<T>(
    int InnerSteps,
    int BatchSize,
    Tensor<T> StreamInputs,
    Tensor<T> StreamTargets,
    Tensor<T> QueryInputs,
    Tensor<T> QueryTargets)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Which targets of the stream there are, [T n, K]: 1 for a target, 0 for none; empty where all are there. A row of zeros is an example
    /// without a target: no signal, and feedback is silent.
    /// </summary>
    public Tensor<T> StreamMask { get; init; }

    /// <summary>Which targets of the query count, [queries, K]: 1 or 0; empty where all do. The loss is the mean over those that
    /// count.</summary>
    public Tensor<T> QueryMask { get; init; }

    /// <summary>What the life is born with; null for a learner whose lives are all born alike.</summary>
    public ILifeNoise? Noise { get; init; }

    /// <summary>Whether some target may be missing.</summary>
    public bool IsMasked => !StreamMask.IsEmpty || !QueryMask.IsEmpty;

    /// <summary>Checks the shapes against each other and a network.</summary>
    /// <exception cref="EngramException">They do not fit.</exception>
    public void Validate(NetworkSpec network)
    {
        Expect("stream inputs", StreamInputs, InnerSteps * BatchSize, network.Inputs);
        Expect("stream targets", StreamTargets, InnerSteps * BatchSize, network.Outputs);
        Expect("query inputs", QueryInputs, QueryInputs.Rows, network.Inputs);
        Expect("query targets", QueryTargets, QueryInputs.Rows, network.Outputs);
        if (!StreamMask.IsEmpty)
        {
            Expect("stream mask", StreamMask, InnerSteps * BatchSize, network.Outputs);
        }

        if (!QueryMask.IsEmpty)
        {
            Expect("query mask", QueryMask, QueryInputs.Rows, network.Outputs);
        }

        if (InnerSteps < 0 || BatchSize < 1 || QueryInputs.Rows < 1)
        {
            throw new EngramException(
                $"Found a lifetime of {InnerSteps} inner steps of {BatchSize} examples and {QueryInputs.Rows} queries, expected 0 or " +
                $"more steps of 1 or more, and 1 or more queries.");
        }
    }

    /// <summary>Some consecutive inner steps, with the same query.</summary>
    internal Lifetime<T> Part(int firstStep, int steps)
    {
        int n = BatchSize;
        Tensor<T> Rows(Tensor<T> stream) => stream.IsEmpty ? stream : stream.Slice(firstStep * n, steps * n);
        return this
            with
        {
            InnerSteps = steps,
            StreamInputs = Rows(StreamInputs),
            StreamTargets = Rows(StreamTargets),
            StreamMask = Rows(StreamMask)
        };
    }

    private static void Expect(string what, Tensor<T> found, int rows, int columns)
    {
        if (found.Rows != rows || found.Columns != columns)
        {
            throw new EngramException($"Found {what} of {found.Rows}×{found.Columns}, expected {rows}×{columns}.");
        }
    }
}
