using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Numerics.Tests;

public sealed unsafe class ConvolutionKernelsTests : IDisposable
{
    private readonly Arena arena = new();

    public static TheoryData<int, int, int, int, int, int, int, int, int> Shapes => new()
    {
        // channels, height, width, output channels, kernel, stride, padding, images, parts
        { 1, 3, 3, 1, 3, 1, 0, 1, 1 },
        { 2, 5, 4, 3, 3, 2, 1, 7, 2 },
        { 9, 6, 7, 10, 2, 3, 1, 17, 3 },
        { 1, 8, 8, 5, 1, 2, 0, 30, 2 },
        { 10, 7, 9, 9, 3, 1, 1, 25, 2 },
        { 12, 7, 5, 24, 4, 1, 3, 5, 2 },
        { 8, 9, 9, 17, 3, 2, 0, 50, 3 },
        { 16, 4, 4, 8, 3, 1, 0, 64, 5 },
    };

    public void Dispose() => arena.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Kernels_OfAnyWidthAndAnyNumberOfParts_AgreeWithTheReferenceAndInEveryBit(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding, int images, int parts)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding);
        Results reference = Reference(shape, images);
        Results scalar = Run<Lanes1<float>>(shape, images, 1);
        Agree(
            reference, scalar,
            [Run<Lanes1<float>>(shape, images, parts), Run<Lanes128<float>>(shape, images, parts),
            Run<Lanes256<float>>(shape, images, parts), Run<Lanes512<float>>(shape, images, parts)]);
    }

    public static TheoryData<int, int, int, int, int, int, int> WinogradShapes => new()
    {
        // channels, height, width, output channels, padding, images, parts
        { 16, 4, 4, 16, 0, 16, 1 },
        { 20, 7, 7, 35, 1, 25, 2 },
        { 16, 5, 8, 17, 0, 50, 3 },
        { 33, 6, 5, 16, 2, 17, 5 },
        { 16, 9, 9, 40, 1, 64, 17 },
    };

    [Theory]
    [MemberData(nameof(WinogradShapes))]
    public void Winograd_OfAnyWidthAndAnyNumberOfParts_AgreesWithTheReferenceAndInEveryBit(
        int channels, int height, int width, int outputs, int padding, int images, int parts)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, 3, 1, padding);
        Assert.True(WinogradKernels<Lanes1<float>, float>.Pays(shape, images));
        Results reference = Reference(shape, images);
        Results scalar = Winograd<Lanes1<float>>(shape, images, 1);
        Agree(
            reference, scalar,
            [Winograd<Lanes1<float>>(shape, images, parts),
            Winograd<Lanes128<float>>(shape, images, parts), Winograd<Lanes256<float>>(shape, images, parts),
            Winograd<Lanes512<float>>(shape, images, parts)]);
    }

    [Theory]
    [InlineData(16, 16, 3, 1, 9, 16, true)]
    [InlineData(16, 16, 3, 2, 9, 16, false)]
    [InlineData(16, 16, 2, 1, 9, 16, false)]
    [InlineData(15, 16, 3, 1, 9, 16, false)]
    [InlineData(16, 15, 3, 1, 9, 16, false)]
    [InlineData(16, 16, 3, 1, 9, 15, false)]
    [InlineData(16, 16, 3, 1, 5, 16, true)] // nine of its tiles' sixteen positions are there
    [InlineData(16, 16, 3, 1, 3, 16, false)]
    public void Winograd_WhereTilesAreMostlyEdgeOrNotItsKernel_DoesNotPay(
        int channels, int outputs, int kernel, int stride, int side, int images, bool expected) =>
        Assert.Equal(
            expected,
            WinogradKernels<Lanes1<float>, float>.Pays(new ConvolutionShape(channels, side, side, outputs, kernel, stride, 0), images));

    private Results Winograd<TLanes>(ConvolutionShape shape, int images, int parts)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        Inputs random = Draw(shape, images);
        Tensor<float> Maps(int channels, int pixels)
        {
            Tensor<float> maps = ConvolutionKernels<TLanes, float>.AllocateMaps(arena, channels, pixels * images);
            new Span<float>(maps.Pointer, maps.Rows * maps.Stride).Fill(float.NaN);
            return maps;
        }

        (Tensor<float> x, Tensor<float> z) =
            (Maps(shape.Channels, shape.Height * shape.Width), Maps(shape.OutputChannels, shape.Positions));
        (Tensor<float> above, Tensor<float> below) =
            (Maps(shape.OutputChannels, shape.Positions), Maps(shape.Channels, shape.Height * shape.Width));
        ToMaps(random.Images, x);
        ToMaps(random.Above, above);
        int scratch = WinogradKernels<TLanes, float>.Scratch(shape);
        float* own = arena.Allocate<float>(1, scratch).Pointer;
        int columns = ConvolutionKernels<TLanes, float>.WeightColumns(shape);
        float* rows = arena.Allocate<float>(ConvolutionKernels<TLanes, float>.WeightRows(shape, images), columns).Pointer;
        Tensor<float> factors = WinogradKernels<TLanes, float>.AllocateFactors(arena, shape);
        Tensor<float> turned = WinogradKernels<TLanes, float>.AllocateTurnedFactors(arena, shape);
        float* sums = arena.Allocate<float>(1, WinogradKernels<TLanes, float>.Sums(shape)).Pointer;
        Tensor<float> weights = arena.Allocate<float>(shape.OutputChannels, shape.PatchSize);
        Tensor<float> bias = arena.Allocate<float>(1, shape.OutputChannels);
        for (int part = 0; part < parts; part++)
        {
            WinogradKernels<TLanes, float>.Transform(shape, part, parts, random.Weights, factors);
            WinogradKernels<TLanes, float>.TransformTurned(shape, part, parts, random.Weights, turned);
            ConvolutionKernels<TLanes, float>.LayOut(shape, images, part, parts, x, rows, own);
        }

        for (int part = 0; part < parts; part++)
        {
            new Span<float>(own, scratch).Fill(float.NaN);
            WinogradKernels<TLanes, float>.Forward(shape, images, part, parts, x, factors, random.Bias.Pointer, true, z, own);
            WinogradKernels<TLanes, float>.InputGradient(shape, images, part, parts, above, turned, x, below, own);
            WinogradKernels<TLanes, float>.WeightSums(shape, images, part, parts, above, rows, sums, own);
        }

        for (int part = 0; part < parts; part++)
        {
            WinogradKernels<TLanes, float>.WeightGradient(shape, images, part, parts, above, sums, weights, bias.Pointer);
        }

        return new Results(FromMaps(z, images), FromMaps(below, images), weights.ToArray(), bias.ToArray());
    }

    private static void Agree(Results reference, Results scalar, Results[] others)
    {
        Close(reference.Output, scalar.Output);
        Close(reference.InputGradient, scalar.InputGradient);
        Close(reference.WeightGradient, scalar.WeightGradient);
        Close(reference.BiasGradient, scalar.BiasGradient);
        foreach (Results other in others)
        {
            Assert.Equal(scalar.Output, other.Output);
            Assert.Equal(scalar.InputGradient, other.InputGradient);
            Assert.Equal(scalar.WeightGradient, other.WeightGradient);
            Assert.Equal(scalar.BiasGradient, other.BiasGradient);
        }
    }

    private static void Close(float[] expected, float[] found)
    {
        float scale = expected.Max(MathF.Abs);
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found),
            pair =>
            Assert.True(MathF.Abs(pair.First - pair.Second) <= 2e-5f * scale, $"{pair.First} and {pair.Second}, of at most {scale}"));
    }

    private Results Reference(ConvolutionShape shape, int images)
    {
        Inputs random = Draw(shape, images);
        Tensor<float> z = arena.Allocate<float>(images, shape.Outputs);
        Tensor<float> below = arena.Allocate<float>(images, shape.Inputs);
        Tensor<float> weights = arena.Allocate<float>(shape.OutputChannels, shape.PatchSize);
        ConvolutionReference.Forward(shape, random.Images, random.Weights, random.Bias.Row(0), z);
        ConvolutionReference.InputGradient(shape, random.Above, random.Weights, below);
        ConvolutionReference.WeightGradient(shape, random.Above, random.Images, weights);
        float[] bias = new float[shape.OutputChannels];
        for (int n = 0; n < images; n++)
        {
            for (int i = 0; i < shape.Outputs; i++)
            {
                bias[i / shape.Positions] += random.Above[n, i];
                z[n, i] = MathF.Max(0, z[n, i]);
            }

            for (int i = 0; i < shape.Inputs; i++)
            {
                below[n, i] = random.Images[n, i] > 0 ? below[n, i] : 0;
            }
        }

        return new Results(z.ToArray(), below.ToArray(), weights.ToArray(), bias);
    }

    private Results Run<TLanes>(ConvolutionShape shape, int images, int parts)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        Inputs random = Draw(shape, images);
        Tensor<float> Maps(int channels, int pixels) => ConvolutionKernels<TLanes, float>.AllocateMaps(arena, channels, pixels * images);
        (Tensor<float> x, Tensor<float> z) =
            (Maps(shape.Channels, shape.Height * shape.Width), Maps(shape.OutputChannels, shape.Positions));
        (Tensor<float> above, Tensor<float> below) =
            (Maps(shape.OutputChannels, shape.Positions), Maps(shape.Channels, shape.Height * shape.Width));
        ToMaps(random.Images, x);
        ToMaps(random.Above, above);
        int scratch = Math.Max(
            ConvolutionKernels<TLanes, float>.ForwardScratch(shape), ConvolutionKernels<TLanes, float>.InputGradientScratch(shape));
        float* own = arena.Allocate<float>(1, scratch).Pointer;
        int columns = ConvolutionKernels<TLanes, float>.WeightColumns(shape);
        float* rows = arena.Allocate<float>(ConvolutionKernels<TLanes, float>.WeightRows(shape, images), columns).Pointer;
        Tensor<float> sums = arena.Allocate<float>(shape.OutputChannels, shape.Kernel * shape.Kernel * Tensor<float>.StrideFor(columns));
        Tensor<float> weights = arena.Allocate<float>(shape.OutputChannels, shape.PatchSize);
        Tensor<float> bias = arena.Allocate<float>(1, shape.OutputChannels);
        for (int part = 0; part < parts; part++)
        {
            ConvolutionKernels<TLanes, float>.Forward(shape, images, part, parts, x, random.Weights, random.Bias.Pointer, true, z, own);
            ConvolutionKernels<TLanes, float>.InputGradient(shape, images, part, parts, above, random.Weights, x, below, own);
            ConvolutionKernels<TLanes, float>.LayOut(shape, images, part, parts, x, rows, own);
        }

        for (int part = 0; part < parts; part++)
        {
            ConvolutionKernels<TLanes, float>.WeightGradient(shape, images, part, parts, above, rows, sums, weights, bias.Pointer);
        }

        return new Results(FromMaps(z, images), FromMaps(below, images), weights.ToArray(), bias.ToArray());
    }

    private Inputs Draw(ConvolutionShape shape, int images) => new(
        Random(images, shape.Inputs, 1), Random(shape.OutputChannels, shape.PatchSize, 2), Random(1, shape.OutputChannels, 3),
            Random(images, shape.Outputs, 4));

    private Tensor<float> Random(int rows, int columns, ulong seed)
    {
        Tensor<float> tensor = arena.Allocate<float>(rows, columns);
        var random = new RandomStream(seed);
        for (int r = 0; r < rows; r++)
        {
            random.FillNormal(tensor.Row(r), 1);
        }

        return tensor;
    }

    // [n, C P] to [C, P n] and back. The slack behind every row is poisoned: nothing of it may reach a result.
    private static void ToMaps(Tensor<float> images, Tensor<float> maps)
    {
        int pixels = images.Columns / maps.Rows;
        for (int c = 0; c < maps.Rows; c++)
        {
            new Span<float>(maps.RowPointer(c), maps.Stride).Fill(float.NaN);
            for (int column = 0; column < maps.Columns; column++)
            {
                maps[c, column] = images[column % images.Rows, (c * pixels) + (column / images.Rows)];
            }
        }
    }

    private static float[] FromMaps(Tensor<float> maps, int images)
    {
        int pixels = maps.Columns / images;
        var result = new float[maps.Rows * maps.Columns];
        for (int i = 0; i < result.Length; i++)
        {
            (int n, int unit) = int.DivRem(i, maps.Rows * pixels);
            result[i] = maps[unit / pixels, (unit % pixels * images) + n];
        }

        return result;
    }

    private sealed record Inputs(Tensor<float> Images, Tensor<float> Weights, Tensor<float> Bias, Tensor<float> Above);

    private sealed record Results(float[] Output, float[] InputGradient, float[] WeightGradient, float[] BiasGradient);
}
