using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Numerics.Tests;

public sealed unsafe class LocallyConnectedTests : IDisposable
{
    private readonly Arena arena = new();

    public static TheoryData<int, int, int, int, int, int, int, int, int> Shapes => new()
    {
        // channels, height, width, output channels, kernel, stride, padding, examples, parts
        { 1, 3, 3, 1, 3, 1, 0, 1, 1 },
        { 2, 5, 4, 3, 3, 2, 1, 7, 2 },
        { 9, 6, 7, 10, 2, 3, 1, 17, 3 },
        { 3, 7, 9, 9, 3, 1, 1, 50, 2 },
        { 12, 4, 3, 16, 4, 1, 3, 5, 2 },
        { 7, 2, 2, 5, 3, 2, 2, 33, 4 },
        { 28, 4, 4, 12, 3, 1, 0, 64, 5 },
    };

    public void Dispose() => arena.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Kernels_OfAnyWidthAndAnyNumberOfParts_AgreeWithTheReferenceAndInEveryBit(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding, int examples, int parts)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding);
        Results reference = Reference(shape, examples);
        Results scalar = Run<Lanes1<float>>(shape, examples, 1);
        Close(reference.Output, scalar.Output);
        Close(reference.InputGradient, scalar.InputGradient);
        Close(reference.WeightGradient, scalar.WeightGradient);
        foreach (Results other in (Results[])[Run<Lanes1<float>>(shape, examples, parts), Run<Lanes128<float>>(shape, examples, parts),
            Run<Lanes256<float>>(shape, examples, parts), Run<Lanes512<float>>(shape, examples, parts)])
        {
            Assert.Equal(scalar.Output, other.Output);
            Assert.Equal(scalar.InputGradient, other.InputGradient);
            Assert.Equal(scalar.WeightGradient, other.WeightGradient);
        }
    }

    /// <summary>z is linear in x and in W, so ⟨g, z(x, W)⟩ = ⟨∂x, x⟩ = ⟨∂W, W⟩.</summary>
    [Theory]
    [MemberData(nameof(Shapes))]
    public void ReferenceGradients_AreTheTransposesOfForward(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding, int examples, int parts)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding);
        (Tensor<double> x, Tensor<double> w, Tensor<double> above) = (Random<double>(shape.Inputs, examples, 1),
            Random<double>(shape.Outputs, shape.PatchSize, (ulong)parts), Random<double>(shape.Outputs, examples, 3));
        (Tensor<double> z, Tensor<double> below, Tensor<double> gradient) = (arena.Allocate<double>(shape.Outputs, examples),
            arena.Allocate<double>(shape.Inputs, examples), arena.Allocate<double>(w.Rows, w.Columns));
        LocallyConnectedReference.Forward(shape, x, w, new double[shape.Outputs], z);
        LocallyConnectedReference.InputGradient(shape, above, w, below);
        LocallyConnectedReference.WeightGradient(shape, above, x, gradient);
        double expected = Dot(z, above);
        Assert.Equal(expected, Dot(x, below), 1e-9 * (1 + Math.Abs(expected)));
        Assert.Equal(expected, Dot(w, gradient), 1e-9 * (1 + Math.Abs(expected)));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Reference_WithTheSameWeightsEverywhere_IsAConvolution(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding, int examples, int parts)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding);
        (Tensor<double> x, Tensor<double> w, Tensor<double> b) = (Random<double>(examples, shape.Inputs, 1),
            Random<double>(outputs, shape.PatchSize, (ulong)parts), Random<double>(1, outputs, 3));
        Tensor<double> expected = arena.Allocate<double>(examples, shape.Outputs);
        ConvolutionReference.Forward(shape, x, w, b.Row(0), expected);
        (Tensor<double> columns, Tensor<double> everywhere, Tensor<double> found) = (arena.Allocate<double>(shape.Inputs, examples),
            arena.Allocate<double>(shape.Outputs, shape.PatchSize), arena.Allocate<double>(shape.Outputs, examples));
        double[] biases = [.. Enumerable.Range(0, shape.Outputs).Select(row => b[0, row % outputs])];
        Transposition.Plain(x.Pointer, x.Stride, x.Rows, x.Columns, columns.Pointer, columns.Stride);
        for (int row = 0; row < everywhere.Rows; row++)
        {
            w.Row(row % outputs).CopyTo(everywhere.Row(row));
        }

        LocallyConnectedReference.Forward(shape, columns, everywhere, biases, found);
        for (int n = 0; n < examples; n++)
        {
            for (int i = 0; i < shape.Outputs; i++)
            {
                Assert.Equal(expected[n, i], found[i, n], 1e-12 * shape.PatchSize);
            }
        }
    }

    [Fact]
    public void Reference_OnACaseWorkedByHand_IsWhatTheHandSays()
    {
        // One row of pixels 1 2 3 under kernels of 2 × 2, stride 2, padding 1: position 0 sees (·, 1) below padding, position 1 sees (2,
        // 3).
        var shape = new ConvolutionShape(1, 1, 3, 1, 2, 2, 1);
        Assert.Equal((1, 2), (shape.OutputHeight, shape.OutputWidth));
        (Tensor<double> x, Tensor<double> w, Tensor<double> z) =
            (arena.Allocate<double>(3, 1), arena.Allocate<double>(2, 4), arena.Allocate<double>(2, 1));
        x.CopyFrom([1, 2, 3]);
        w.CopyFrom([7, 7, 10, 100, 7, 7, 1000, 10000]);
        LocallyConnectedReference.Forward(shape, x, w, [0.25, 0.5], z);
        Assert.Equal([100.25, 32000.5], z.ToArray());
    }

    private static double Dot(Tensor<double> a, Tensor<double> b) => a.ToArray().Zip(b.ToArray(), (x, y) => x * y).Sum();

    private static void Close(float[] expected, float[] found)
    {
        float scale = expected.Max(MathF.Abs);
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found),
            pair =>
            Assert.True(MathF.Abs(pair.First - pair.Second) <= 2e-5f * scale, $"{pair.First} and {pair.Second}, of at most {scale}"));
    }

    private Results Reference(ConvolutionShape shape, int examples)
    {
        Inputs random = Draw(shape, examples);
        Results results = Allocate(shape, examples);
        LocallyConnectedReference.Forward(shape, random.X, random.Weights, random.Bias.Row(0), results.Z);
        LocallyConnectedReference.InputGradient(shape, random.Above, random.Weights, results.Below);
        LocallyConnectedReference.WeightGradient(shape, random.Above, random.X, results.Gradient);
        return results;
    }

    private Results Run<TLanes>(ConvolutionShape shape, int examples, int parts)
        where TLanes : unmanaged, ILanes<TLanes, float>
    {
        Inputs random = Draw(shape, examples);
        Results results = Allocate(shape, examples);
        Tensor<float> scratch = arena.Allocate<float>(1, LocallyConnectedKernels<TLanes, float>.Scratch(shape, examples));
        for (int part = 0; part < parts; part++)
        {
            new Span<float>(scratch.Pointer, scratch.Stride).Fill(float.NaN);
            LocallyConnectedKernels<TLanes, float>.Forward(
                shape, part, parts, random.X, random.Weights, random.Bias.Pointer, results.Z, scratch.Pointer);
            LocallyConnectedKernels<TLanes, float>.InputGradient(
                shape, part, parts, random.Above, random.Weights, results.Below, scratch.Pointer);
            LocallyConnectedKernels<TLanes, float>.WeightGradient(
                shape, part, parts, random.Above, random.X, results.Gradient, scratch.Pointer);
        }

        return results;
    }

    // Poisoned: nothing of what was there may reach a result.
    private Results Allocate(ConvolutionShape shape, int examples)
    {
        var results = new Results(
            arena.Allocate<float>(shape.Outputs, examples), arena.Allocate<float>(shape.Inputs, examples),
            arena.Allocate<float>(shape.Outputs, shape.PatchSize));
        results.Z.Fill(float.NaN);
        results.Below.Fill(float.NaN);
        results.Gradient.Fill(float.NaN);
        return results;
    }

    private Inputs Draw(ConvolutionShape shape, int examples) => new(
        Random<float>(shape.Inputs, examples, 1), Random<float>(shape.Outputs, shape.PatchSize, 2), Random<float>(1, shape.Outputs, 3),
            Random<float>(shape.Outputs, examples, 4));

    // The slack behind every row is poisoned too.
    private Tensor<T> Random<T>(int rows, int columns, ulong seed)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> tensor = arena.Allocate<T>(rows, columns);
        var random = new RandomStream(seed);
        for (int r = 0; r < rows; r++)
        {
            new Span<T>(tensor.RowPointer(r), tensor.Stride).Fill(T.NaN);
            random.FillNormal(tensor.Row(r), 1);
        }

        return tensor;
    }

    private sealed record Inputs(Tensor<float> X, Tensor<float> Weights, Tensor<float> Bias, Tensor<float> Above);

    private sealed record Results(Tensor<float> Z, Tensor<float> Below, Tensor<float> Gradient)
    {
        public float[] Output => Z.ToArray();

        public float[] InputGradient => Below.ToArray();

        public float[] WeightGradient => Gradient.ToArray();
    }
}
