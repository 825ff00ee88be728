using Engram.Numerics.Autodiff;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests;

public sealed class ConvolutionTests : IDisposable
{
    private readonly Arena arena = new();

    public static TheoryData<int, int, int, int, int, int, int> Shapes => new()
    {
        // channels, height, width, output channels, kernel, stride, padding
        { 1, 3, 3, 1, 3, 1, 0 },
        { 2, 5, 4, 3, 3, 2, 1 },
        { 3, 6, 7, 2, 2, 3, 1 },
        { 1, 4, 4, 2, 1, 2, 0 },
        { 2, 7, 5, 4, 4, 1, 3 },
    };

    public void Dispose() => arena.Dispose();

    [Fact]
    public void Forward_OnACaseWorkedByHand_IsWhatTheHandSays()
    {
        // 1 2 3        kernel 1  0     positions: 1 − 5, 2 − 6; 4 − 8, 5 − 9, and the bias 10.
        // 4 5 6               0 −1
        // 7 8 9
        Tensor<double> z = arena.Allocate<double>(1, 4);
        var shape = new ConvolutionShape(1, 3, 3, 1, 2, 1, 0);
        ConvolutionReference.Forward(shape, Of(1, [1, 2, 3, 4, 5, 6, 7, 8, 9]), Of(1, [1, 0, 0, -1]), [10], z);
        Assert.Equal([6.0, 6, 6, 6], z.ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Forward_AsAProductOfPatches_AgreesWithTheReference(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding);
        shape.Validate();
        (Tensor<double> x, Tensor<double> w, Tensor<double> b) =
            (Random(3, shape.Inputs, 1), Random(outputs, shape.PatchSize, 2), Random(1, outputs, 3));
        Tensor<double> expected = arena.Allocate<double>(3, shape.Outputs);
        Tensor<double> found = arena.Allocate<double>(3, shape.Outputs);
        ConvolutionReference.Forward(shape, x, w, b.Row(0), expected);
        Convolution.Forward(shape, x, w, b, found);
        Equal(expected, found);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Tape_OnAConvolution_HasTheReferencesGradients(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding)
    {
        var shape = new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding);
        (Tensor<double> x, Tensor<double> w, Tensor<double> g) =
            (Random(2, shape.Inputs, 1), Random(outputs, shape.PatchSize, 2), Random(2, shape.Outputs, 3));
        using var tape = new Tape<double>();
        (Var input, Var weights) = (tape.Leaf(x), tape.Leaf(w));
        Var z = input.GatherPatches(shape).MatMul(weights.Transpose()).ChannelsFirst(2);
        Var?[] found = tape.VectorJacobianProduct([z], [tape.Leaf(g)], [input, weights]);
        Tensor<double> inputGradient = arena.Allocate<double>(2, shape.Inputs);
        Tensor<double> weightGradient = arena.Allocate<double>(outputs, shape.PatchSize);
        ConvolutionReference.InputGradient(shape, g, w, inputGradient);
        ConvolutionReference.WeightGradient(shape, g, x, weightGradient);
        Equal(inputGradient, tape.ValueOf(found[0]!.Value));
        Equal(weightGradient, tape.ValueOf(found[1]!.Value));
    }

    [Fact]
    public void ChannelsLast_UndoesChannelsFirst()
    {
        using var tape = new Tape<double>();
        Tensor<double> rows = Random(6, 4, 5);
        Assert.Equal(rows.ToArray(), tape.ValueOf(tape.Leaf(rows).ChannelsFirst(2).ChannelsLast(4)).ToArray());
    }

    [Theory]
    [InlineData(1, 2, 2, 1, 3, 1, 0, "kernel 3")]
    [InlineData(0, 2, 2, 1, 1, 1, 0, "channels 0")]
    [InlineData(1, 2, 2, 1, 2, 0, 0, "stride 0")]
    [InlineData(1, 2, 2, 1, 2, 1, 2, "padding 2")]
    [InlineData(65_536, 255, 255, 1, 255, 1, 0, "4,261,478,400 synapses a unit")]
    [InlineData(65_536, 100, 100, 1, 3, 1, 0, "655,360,000 numbers an image")]
    [InlineData(256, 1, 1, 65_536, 255, 1, 254, "4,261,478,400 numbers an image")]
    [InlineData(1, 65_536, 65_536, 1, 1, 1, 0, "numbers an image")]
    public void Validate_OfAGeometryThatCannotBe_SaysWhich(
        int channels, int height, int width, int outputs, int kernel, int stride, int padding, string named)
    {
        EngramException wrong =
            Assert.Throws<EngramException>(new ConvolutionShape(channels, height, width, outputs, kernel, stride, padding).Validate);
        Assert.Contains(named, wrong.Message, StringComparison.Ordinal);
    }

    private static void Equal(Tensor<double> expected, Tensor<double> found)
    {
        double[] a = expected.ToArray();
        double[] b = found.ToArray();
        Assert.Equal(a.Length, b.Length);
        Assert.All(a.Zip(b), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    private Tensor<double> Of(int rows, double[] values)
    {
        Tensor<double> tensor = arena.Allocate<double>(rows, values.Length / rows);
        tensor.CopyFrom(values);
        return tensor;
    }

    private Tensor<double> Random(int rows, int columns, ulong seed)
    {
        Tensor<double> tensor = arena.Allocate<double>(rows, columns);
        var random = new RandomStream(seed);
        for (int r = 0; r < rows; r++)
        {
            random.FillNormal(tensor.Row(r), 1);
        }

        return tensor;
    }
}
