using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Threads;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Tests;

/// <summary>Fast kernels against plain loops, at every vector width.</summary>
public class LayerKernelTests
{
    public static TheoryData<VectorWidth, int> Widths()
    {
        var data = new TheoryData<VectorWidth, int>();
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            foreach (int examples in new[] { 1, 7, 16, 50 })
            {
                data.Add(width, examples);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Dense_EveryOperation_EqualsPlainLoops(VectorWidth width, int examples)
    {
        const int Inputs = 37, Outputs = 21, Capacity = 50;
        using var team = new WorkerTeam(2);
        using var arena = new Arena();
        using var map = LayerOperator<float>.For(new LinearSpec(Inputs, Outputs, Activation.Identity), Capacity, team, width);
        var random = new RandomStream(4);
        Tensor<float> w = Random(Outputs, Inputs), b = Random(1, Outputs), h = Part(Random(Inputs, Capacity)),
            delta = Part(Random(Outputs, Capacity));
        Tensor<float> z = Part(Random(Outputs, Capacity)), below = Part(Random(Inputs, Capacity)), dw = Random(Outputs, Inputs),
            db = Random(1, Outputs);
        map.Forward(w, b, h, z);
        map.Transport(w, delta, below);
        map.WeightGradient(delta, h, dw);
        map.BiasGradient(delta, db);

        Near((o, n) => Enumerable.Range(0, Inputs).Sum(i => (double)w[o, i] * h[i, n]) + b[0, o], z);
        Near((i, n) => Enumerable.Range(0, Outputs).Sum(o => (double)w[o, i] * delta[o, n]), below);
        Near((o, i) => Enumerable.Range(0, examples).Sum(n => (double)delta[o, n] * h[i, n]), dw);
        Near((_, o) => Enumerable.Range(0, examples).Sum(n => (double)delta[o, n]), db);
        map.Forward(w, default, h, z);
        Near((o, n) => Enumerable.Range(0, Inputs).Sum(i => (double)w[o, i] * h[i, n]), z);

        Tensor<float> Random(int rows, int columns)
        {
            Tensor<float> made = arena.Allocate<float>(rows, columns);
            for (int r = 0; r < rows; r++)
            {
                random.FillNormal(made.Row(r), 1);
            }

            return made;
        }

        unsafe Tensor<float> Part(Tensor<float> whole) => new(whole.Pointer, whole.Rows, examples, whole.Stride);
    }

    [Fact]
    public void Dense_WrongShape_IsRefused()
    {
        using var team = new WorkerTeam(1);
        using var arena = new Arena();
        using var map = LayerOperator<float>.For(new LinearSpec(3, 2, Activation.Identity), 4, team);
        Tensor<float> w = arena.Allocate<float>(2, 3), h = arena.Allocate<float>(3, 4), z = arena.Allocate<float>(2, 4);

        Assert.Throws<ArgumentException>(() => map.Forward(h, default, h, z));
        Assert.Throws<ArgumentException>(() => map.Forward(w, default, z, z));
        Assert.Throws<ArgumentException>(() => map.Transport(w, h, z));
        Assert.Throws<ArgumentException>(() => map.WeightGradient(z, h, z));
        Assert.Throws<ArgumentException>(() => map.BiasGradient(h, w));
    }

    [Theory]
    [InlineData(VectorWidth.Scalar)]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Bits512)]
    public void Tanh_Floats_AreWithinFourTenMillionths(VectorWidth width)
    {
        using var team = new WorkerTeam(1);
        using var arena = new Arena();
        SupervisedNetworkSpec spec = new([new LinearSpec(1, 1, Activation.Tanh), new LinearSpec(1, 1, Activation.Identity)]);
        using var network = new SupervisedNetwork<float>(spec, 1, new RandomStream(1), team, width);
        Tensor<float> x = arena.Allocate<float>(1, 40_001);
        for (int i = 0; i < x.Columns; i++)
        {
            x[0, i] = (i - 20_000) * 6e-4f;
        }

        float[] z = x.ToArray();
        network.Layers[0].Activate(x);
        float[] h = x.ToArray();

        Assert.All(z.Zip(h), p => Assert.Equal(Math.Tanh(p.First), p.Second, 4e-7));
        Assert.All(h, v => Assert.InRange(v, -1, 1));
        Assert.Equal(0, h[20_000]);
        (x[0, 0], x[0, 1], x[0, 2]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        network.Layers[0].Activate(x);
        Assert.Equal([float.NaN, 1, -1], new[] { x[0, 0], x[0, 1], x[0, 2] });
    }

    private static void Near(Func<int, int, double> expected, Tensor<float> found)
    {
        for (int r = 0; r < found.Rows; r++)
        {
            for (int c = 0; c < found.Columns; c++)
            {
                Assert.Equal(expected(r, c), found[r, c], 2e-5);
            }
        }
    }
}
