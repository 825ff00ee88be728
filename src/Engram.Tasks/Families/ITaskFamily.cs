using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Families;

/// <summary>The shape of a family's lifetimes.</summary>
/// <param name="InnerSteps">T.</param>
/// <param name="BatchSize">n.</param>
/// <param name="Inputs">Width of the input.</param>
/// <param name="Outputs">Width of the target.</param>
/// <param name="Queries">Examples in the query.</param>
public sealed record EpisodeShape(int InnerSteps, int BatchSize, int Inputs, int Outputs, int Queries)
{
    /// <summary>What an input is where it is an image, [channel][row][column]; null where it is not.</summary>
    public ImageShape? Image { get; init; }

    /// <summary>Whether some targets of the stream may be missing: episodes then have a <see cref="Episode{T}.StreamMask"/>.</summary>
    public bool MaskedStream { get; init; }

    /// <summary>Whether some targets of the query may not count: episodes then have a <see cref="Episode{T}.QueryMask"/>.</summary>
    public bool MaskedQuery { get; init; }

    /// <summary>Checks that buffers are of this shape.</summary>
    /// <exception cref="ArgumentException">They are of another.</exception>
    internal void ExpectBuffers<T>(Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (episode.Shape != this)
        {
            throw new ArgumentException($"Found buffers for {episode.Shape}, expected {this}.", nameof(episode));
        }
    }

    /// <summary>Checks that each tensor of an episode has no more numbers than a tensor can have.</summary>
    /// <param name="file">The file that gives this shape.</param>
    /// <exception cref="EngramException">One has more.</exception>
    internal void ExpectAddressable(string file)
    {
        double numbers =
            Math.Max((double)InnerSteps * BatchSize, Queries) * Math.Max(Tensor<float>.StrideFor(Inputs), Tensor<float>.StrideFor(Outputs));
        if (numbers > int.MaxValue)
        {
            throw new EngramException(
                $"Found lifetimes of {InnerSteps} inner steps of {BatchSize} examples, {Inputs} inputs and {Outputs} outputs from " +
                    $"'{file}', "
                + $"expected at most {int.MaxValue} numbers in a lifetime's inputs or targets; use fewer examples or outputs.");
        }
    }
}

/// <summary>Shape of an image.</summary>
/// <param name="Channels">1 for grey, 3 for RGB.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public sealed record ImageShape(int Channels, int Height, int Width);

/// <summary>The buffers of one episode: stream rows grouped by inner step, then the query.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class Episode<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();

    /// <summary>Makes buffers of that shape.</summary>
    /// <exception cref="EngramException">They do not fit into memory.</exception>
    public Episode(EpisodeShape shape)
    {
        double examples = ((double)shape.InnerSteps * shape.BatchSize) + shape.Queries;
        double masks = (shape.MaskedStream ? (double)shape.InnerSteps * shape.BatchSize : 0) + (shape.MaskedQuery ? shape.Queries : 0);
        MemoryLimit.Expect(
            ((examples * ((double)shape.Inputs + shape.Outputs)) + (masks * shape.Outputs)) * Unsafe.SizeOf<T>(),
            FormattableString.Invariant($"the {examples:N0} examples of one lifetime"),
            "lower the number of tasks or examples, or the size of inputs or outputs.");
        Shape = shape;
        StreamInputs = arena.Allocate<T>(shape.InnerSteps * shape.BatchSize, shape.Inputs);
        StreamTargets = arena.Allocate<T>(shape.InnerSteps * shape.BatchSize, shape.Outputs);
        QueryInputs = arena.Allocate<T>(shape.Queries, shape.Inputs);
        QueryTargets = arena.Allocate<T>(shape.Queries, shape.Outputs);
        StreamMask = shape.MaskedStream ? arena.Allocate<T>(shape.InnerSteps * shape.BatchSize, shape.Outputs) : default;
        QueryMask = shape.MaskedQuery ? arena.Allocate<T>(shape.Queries, shape.Outputs) : default;
        StreamTasks = new int[shape.InnerSteps];
        QueryTasks = new int[shape.Queries];
    }

    /// <summary>The shape.</summary>
    public EpisodeShape Shape { get; }

    /// <summary>[T n, inputs].</summary>
    public Tensor<T> StreamInputs { get; }

    /// <summary>[T n, outputs].</summary>
    public Tensor<T> StreamTargets { get; }

    /// <summary>[queries, inputs].</summary>
    public Tensor<T> QueryInputs { get; }

    /// <summary>[queries, outputs].</summary>
    public Tensor<T> QueryTargets { get; }

    /// <summary>
    /// Which targets of the stream there are, [T n, outputs]: 1 for a target, 0 for none, and a row of zeros for an example without one;
    /// empty unless <see cref="EpisodeShape.MaskedStream"/>. Where there is no target, <see cref="StreamTargets"/> holds a finite number
    /// that nobody heeds.
    /// </summary>
    public Tensor<T> StreamMask { get; }

    /// <summary>
    /// Which targets of the query count, [queries, outputs]: 1 or 0, and at least one 1; empty unless
    /// <see cref="EpisodeShape.MaskedQuery"/>.
    /// </summary>
    public Tensor<T> QueryMask { get; }

    /// <summary>Which of the lifetime's tasks (a sine, a class) each inner step belongs to.</summary>
    public int[] StreamTasks { get; }

    /// <summary>Which of the lifetime's tasks each query example belongs to.</summary>
    public int[] QueryTasks { get; }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}

/// <summary>A distribution over lifetimes.</summary>
public interface ITaskFamily
{
    /// <summary>Shape of every episode.</summary>
    EpisodeShape Shape { get; }

    /// <summary>Checks that a split has what its lifetimes need, such as classes enough; whoever binds a family to a split asks
    /// first.</summary>
    /// <exception cref="EngramException">It has not.</exception>
    void Check(Split split)
    {
    }

    /// <summary>
    /// Writes the episode of that seed, split and index into <paramref name="episode"/>, masks included where the shape has them: a pure
    /// function of the three. Allocates nothing.
    /// </summary>
    void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
