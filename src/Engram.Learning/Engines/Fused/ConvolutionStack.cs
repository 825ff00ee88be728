using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Fused;

/// <summary>
/// The frozen convolutions of a lifetime: stream and query as one batch, forward to the features that the other layers read, backward from
/// their gradient.
/// </summary>
/// <remarks>
/// <para>Images are taken in chunks, each small enough that memory does not grow with the length of a life. The activity of as many of the
/// last chunks as the budget allows stays for
/// the way back; that of the others is computed again, but for the one that the way forward went through last.</para>
/// <para>Every part of the team calls the same methods with its own number. Nothing depends on how many parts there are.</para>
/// </remarks>
internal sealed unsafe class ConvolutionStack<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int MostImages = 64;
    private const long MostNumbers = 1L << 30;
    private readonly ConvolutionSpec[] specs;
    private readonly WorkerTeam team;
    private readonly int streamImages;
    private readonly int images;
    private readonly int chunkImages;
    private readonly int chunks;
    private readonly Tensor<T>[][] kept;
    private readonly Tensor<T>[] shared;
    private readonly Tensor<T>[] gradients = new Tensor<T>[2];
    private readonly Layer[] layers;
    private readonly T*[] scratch;
    private readonly T* rows;
    private readonly Tensor<T> sums;
    private readonly bool[] byWinograd;
    private readonly Tensor<T>[] factors;
    private readonly Tensor<T>[] turned;
    private readonly T* pointSums;
    private bool searches;

    /// <summary>Takes all memory.</summary>
    /// <param name="specs">The convolutions, first first.</param>
    /// <param name="streamImages">Images in the stream, T n.</param>
    /// <param name="queries">Images in the query.</param>
    /// <param name="team">Who computes.</param>
    /// <param name="arena">Where memory comes from.</param>
    /// <param name="budgetBytes">What activity kept for the way back may take.</param>
    /// <param name="differentiate">Whether <see cref="Backward"/> will be called.</param>
    public ConvolutionStack(
        ConvolutionSpec[] specs, int streamImages, int queries, WorkerTeam team, Arena arena, long budgetBytes, bool differentiate)
    {
        (this.specs, this.team, this.streamImages, images) = (specs, team, streamImages, streamImages + queries);
        (chunks, chunkImages) = Chunks(specs, images);
        layers = new Layer[specs.Length];
        Features = arena.Allocate<T>(images, specs[^1].Outputs);
        scratch = new T*[team.Parts];
        byWinograd = [.. specs.Select(s => WinogradKernels<TLanes, T>.Pays(s.Shape, chunkImages))];
        factors = [.. specs.Select(
            (s, i) => byWinograd[i] ? WinogradKernels<TLanes, T>.AllocateFactors(arena, s.Shape) : default)];
        turned = new Tensor<T>[specs.Length];
        int own = specs.Select((s, i) => Scratch(i)).Max();
        for (int part = 0; part < scratch.Length; part++)
        {
            scratch[part] = arena.Allocate<T>(1, own).Pointer;
        }

        long chunkBytes = Unsafe.SizeOf<T>() * chunkImages * UnitsOf(specs);
        kept = new Tensor<T>[differentiate ? (int)Math.Clamp(budgetBytes / chunkBytes, 0, chunks) : 0][];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = Store(arena);
        }

        shared = kept.Length < chunks ? Store(arena) : [];
        if (!differentiate)
        {
            return;
        }

        FeatureGradient = arena.Allocate<T>(images, specs[^1].Outputs);
        int largest = specs.Max(s => s.Shape.OutputChannels * MapStride(s.Shape.Positions));
        for (int i = 0; i < 2; i++)
        {
            gradients[i] = arena.Allocate<T>(1, largest);
        }

        rows = arena.Allocate<T>(
            1, specs.Max(
            s =>
            ConvolutionKernels<TLanes, T>.WeightRows(s.Shape, chunkImages) * Tensor<T>.StrideFor(
            ConvolutionKernels<TLanes, T>.WeightColumns(s.Shape)))).Pointer;
        sums = arena.Allocate<T>(
            specs.Max(s => s.Shape.OutputChannels),
            specs.Max(s => s.Shape.Kernel * s.Shape.Kernel * Tensor<T>.StrideFor(ConvolutionKernels<TLanes, T>.WeightColumns(s.Shape))));
        pointSums = arena.Allocate<T>(
            1, specs.Select((s, i) => byWinograd[i] ? WinogradKernels<TLanes, T>.Sums(s.Shape) : 0).Max()).Pointer;
        for (int i = 1; i < specs.Length; i++)
        {
            turned[i] = byWinograd[i] ? WinogradKernels<TLanes, T>.AllocateTurnedFactors(arena, specs[i].Shape) : default;
        }
    }

    /// <summary>Activity of the last convolution: [images, units], those of the stream first.</summary>
    public Tensor<T> Features { get; }

    /// <summary>∂L/∂z of the last convolution, for the caller to write: [images, units].</summary>
    public Tensor<T> FeatureGradient { get; }

    /// <summary>The first convolution in which a <see cref="Forward(int, Tensor{T}, Tensor{T})"/> that searched found activity that is not
    /// finite; −1 for none.</summary>
    public int NonFiniteLayer { get; private set; } = -1;

    /// <summary>Says whether the forward passes that follow look for activity that is not finite.</summary>
    public void Search(bool on) => (searches, NonFiniteLayer) = (on, -1);

    /// <summary>Sets where a layer's weights lie, and where its gradients go (nowhere, for a stack that only runs forward).</summary>
    public void Bind(int layer, Tensor<T> weights, Tensor<T> bias, Tensor<T> weightGradient, Tensor<T> biasGradient) =>
        layers[layer] = new Layer(weights, bias, weightGradient, biasGradient);

    /// <summary>Features of the whole lifetime; complete in all parts when it returns.</summary>
    /// <param name="part">The caller's part.</param>
    /// <param name="stream">[T n, pixels].</param>
    /// <param name="query">[queries, pixels].</param>
    public void Forward(int part, Tensor<T> stream, Tensor<T> query)
    {
        for (int i = 0; i < specs.Length; i++)
        {
            if (byWinograd[i])
            {
                WinogradKernels<TLanes, T>.Transform(specs[i].Shape, part, team.Parts, layers[i].Weights, factors[i]);
            }
        }

        for (int chunk = 0; chunk < chunks; chunk++)
        {
            (int first, int count) = Chunk(chunk);
            Tensor<T>[] activity = ActivityOf(chunk);
            Forward(part, first, count, activity, stream, query);
            ConvolutionShape last = specs[^1].Shape;
            (int c, int end) = WorkerTeam.Share(last.OutputChannels, part, team.Parts);
            for (; c < end; c++)
            {
                Transposition.Copy(
                    activity[^1].RowPointer(c), count, last.Positions, count, Features.RowPointer(first) + (c * last.Positions),
                    Features.Stride);
            }

            team.Barrier();
        }
    }

    /// <summary>Adds to the gradients of W and b what follows from <see cref="FeatureGradient"/>, which is complete when all parts
    /// call.</summary>
    /// <param name="part">The caller's part.</param>
    /// <param name="stream">[T n, pixels].</param>
    /// <param name="query">[queries, pixels].</param>
    public void Backward(int part, Tensor<T> stream, Tensor<T> query)
    {
        for (int i = 1; i < specs.Length; i++)
        {
            if (byWinograd[i])
            {
                WinogradKernels<TLanes, T>.TransformTurned(specs[i].Shape, part, team.Parts, layers[i].Weights, turned[i]);
            }
        }

        for (int chunk = chunks - 1; chunk >= 0; chunk--)
        {
            (int first, int count) = Chunk(chunk);
            Tensor<T>[] activity = ActivityOf(chunk);
            if (chunk < LastShared)
            {
                Forward(part, first, count, activity, stream, query);
            }

            Tensor<T> above = GradientMaps(specs.Length - 1, count);
            ConvolutionShape last = specs[^1].Shape;
            (int c, int end) = WorkerTeam.Share(last.OutputChannels, part, team.Parts);
            for (; c < end; c++)
            {
                Transposition.Copy(
                    FeatureGradient.RowPointer(first) + (c * last.Positions), FeatureGradient.Stride, count, last.Positions,
                    above.RowPointer(c), count);
            }

            for (int i = specs.Length - 1; i >= 0; i--)
            {
                ConvolutionShape shape = specs[i].Shape;
                Layer layer = layers[i];
                Tensor<T> input = Maps(activity[i], shape.Height * shape.Width, count);
                ConvolutionKernels<TLanes, T>.LayOut(shape, count, part, team.Parts, input, rows, scratch[part]);
                team.Barrier();
                if (byWinograd[i])
                {
                    WinogradKernels<TLanes, T>.WeightSums(shape, count, part, team.Parts, above, rows, pointSums, scratch[part]);
                }
                else
                {
                    ConvolutionKernels<TLanes, T>.WeightGradient(
                        shape, count, part, team.Parts, above, rows, sums, layer.WeightGradient, layer.BiasGradient.Pointer);
                }

                Tensor<T> own = above;
                if (i > 0)
                {
                    Tensor<T> below = GradientMaps(i - 1, count);
                    Tensor<T> gate = specs[i - 1].Activation == Activation.Relu ? input : default;
                    if (byWinograd[i])
                    {
                        WinogradKernels<TLanes, T>.InputGradient(
                            shape, count, part, team.Parts, above, turned[i], gate, below, scratch[part]);
                    }
                    else
                    {
                        ConvolutionKernels<TLanes, T>.InputGradient(
                            shape, count, part, team.Parts, above, layer.Weights, gate, below, scratch[part]);
                    }

                    above = below;
                }

                team.Barrier();
                if (byWinograd[i])
                {
                    // Nothing that this reads is written before all parts have met again: after the next layer's LayOut, or below.
                    WinogradKernels<TLanes, T>.WeightGradient(
                        shape, count, part, team.Parts, own, pointSums, layer.WeightGradient, layer.BiasGradient.Pointer);
                }
            }

            if (byWinograd[0])
            {
                team.Barrier();
            }
        }
    }

    private int Scratch(int layer)
    {
        ConvolutionShape shape = specs[layer].Shape;
        int direct = Math.Max(
            ConvolutionKernels<TLanes, T>.ForwardScratch(shape), ConvolutionKernels<TLanes, T>.InputGradientScratch(shape));
        return byWinograd[layer] ? Math.Max(direct, WinogradKernels<TLanes, T>.Scratch(shape)) : direct;
    }

    // No buffer of a chunk has more numbers than an int counts.
    private static (int Chunks, int Images) Chunks(ConvolutionSpec[] specs, int total)
    {
        int most = (int)Math.Clamp(MostNumbers / specs.Max(s => s.Shape.MostNumbers), 1, MostImages);
        int count = Math.Max(1, (total + most - 1) / most);
        return (count, Math.Max(1, (total + count - 1) / count));
    }

    private static long UnitsOf(ConvolutionSpec[] layers) => layers[0].Inputs + layers.Sum(s => (long)s.Outputs);

    private (int First, int Count) Chunk(int chunk)
    {
        int first = Math.Min(images, chunk * chunkImages);
        return (first, Math.Min(chunkImages, images - first));
    }

    /// <summary>The last chunk without memory of its own, whose activity the way forward leaves in the shared one.</summary>
    private int LastShared => chunks - kept.Length - 1;

    private bool Keeps(int chunk) => chunk >= chunks - kept.Length;

    private Tensor<T>[] ActivityOf(int chunk) => Keeps(chunk) ? kept[chunk - (chunks - kept.Length)] : shared;

    /// <summary>The convolutions over one chunk; complete in all parts when it returns.</summary>
    private void Forward(int part, int first, int count, Tensor<T>[] activity, Tensor<T> stream, Tensor<T> query)
    {
        Load(part, first, count, activity[0], stream, query);
        team.Barrier();
        for (int i = 0; i < specs.Length; i++)
        {
            ConvolutionShape shape = specs[i].Shape;
            Tensor<T> input = Maps(activity[i], shape.Height * shape.Width, count);
            Tensor<T> output = Maps(activity[i + 1], shape.Positions, count);
            bool rectify = specs[i].Activation == Activation.Relu;
            if (byWinograd[i])
            {
                WinogradKernels<TLanes, T>.Forward(
                    shape, count, part, team.Parts, input, factors[i], layers[i].Bias.Pointer, rectify, output, scratch[part]);
            }
            else
            {
                ConvolutionKernels<TLanes, T>.Forward(
                    shape, count, part, team.Parts, input, layers[i].Weights, layers[i].Bias.Pointer, rectify, output, scratch[part]);
            }

            team.Barrier();
            if (searches && part == 0)
            {
                Search(i, Maps(activity[i + 1], shape.Positions, count));
            }
        }
    }

    private void Search(int layer, Tensor<T> maps)
    {
        // What is not finite in a layer reaches the ones above, and may not show in a later chunk.
        for (int row = 0; row < maps.Rows && (NonFiniteLayer < 0 || layer < NonFiniteLayer); row++)
        {
            if (!RowKernels<TLanes, T>.IsFinite(maps.RowPointer(row), maps.Columns))
            {
                NonFiniteLayer = layer;
            }
        }
    }

    /// <summary>This part's pixels of a chunk of images, side by side.</summary>
    private void Load(int part, int first, int count, Tensor<T> maps, Tensor<T> stream, Tensor<T> query)
    {
        int pixels = specs[0].Shape.Height * specs[0].Shape.Width;
        (int firstPixel, int endPixel) = WorkerTeam.Share(pixels, part, team.Parts);
        int fromStream = Math.Clamp(streamImages - first, 0, count);
        for (int c = 0; c < specs[0].Shape.Channels; c++)
        {
            nint at = ((nint)c * pixels) + firstPixel;
            T* to = maps.RowPointer(c) + ((nint)firstPixel * count);
            if (fromStream > 0)
            {
                Transposition.Copy(stream.RowPointer(first) + at, stream.Stride, fromStream, endPixel - firstPixel, to, count);
            }

            if (fromStream < count)
            {
                Transposition.Copy(
                    query.RowPointer(first + fromStream - streamImages) + at, query.Stride, count - fromStream, endPixel - firstPixel, to
                    + fromStream, count);
            }
        }
    }

    private Tensor<T>[] Store(Arena arena) =>
    [
        ConvolutionKernels<TLanes, T>.AllocateMaps(
            arena, specs[0].Shape.Channels, specs[0].Shape.Height * specs[0].Shape.Width * chunkImages),
        .. specs.Select(s => ConvolutionKernels<TLanes, T>.AllocateMaps(arena, s.Shape.OutputChannels, s.Shape.Positions * chunkImages)),
    ];

    private int MapStride(int positions) => Tensor<T>.StrideFor((positions * chunkImages) + Tensor<T>.StrideFor(1));

    /// <summary>Maps of a chunk that may have fewer images than there is room for.</summary>
    private static Tensor<T> Maps(Tensor<T> room, int positions, int count) => new(room.Pointer, room.Rows, positions * count, room.Stride);

    /// <summary>∂L/∂z of a layer, in one of two places in turn.</summary>
    private Tensor<T> GradientMaps(int layer, int count)
    {
        ConvolutionShape shape = specs[layer].Shape;
        return new Tensor<T>(gradients[layer & 1].Pointer, shape.OutputChannels, shape.Positions * count, MapStride(shape.Positions));
    }

    private readonly record struct Layer(Tensor<T> Weights, Tensor<T> Bias, Tensor<T> WeightGradient, Tensor<T> BiasGradient);
}
