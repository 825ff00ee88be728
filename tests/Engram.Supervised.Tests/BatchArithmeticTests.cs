using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Threads;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Tests;

/// <summary>Loops that methods share against plain ones, at every vector width and on several threads.</summary>
public class BatchArithmeticTests
{
    private const int Rows = 300, Capacity = 120;

    public static TheoryData<VectorWidth, int> Widths()
    {
        var data = new TheoryData<VectorWidth, int>();
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            foreach (int examples in new[] { 1, 16, 37, Capacity })
            {
                data.Add(width, examples);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Everything_EveryWidth_EqualsPlainLoops(VectorWidth width, int examples)
    {
        // Three threads have enough to do here to share it.
        using var team = new WorkerTeam(3);
        using var arena = new Arena();
        BatchArithmetic<float> arithmetic = BatchArithmetic<float>.For(team, Rows, width);
        Tensor<float> x = Random(1), y = Random(2), h = Random(3), b = arena.Allocate<float>(1, Rows), found = Random(4),
            sums = arena.Allocate<float>(1, Rows);
        var random = new RandomStream(5);
        random.FillNormal(b.Row(0), 1);

        arithmetic.Add(x, 0.3f, y, found);
        Same((r, c) => MathF.FusedMultiplyAdd(0.3f, y[r, c], x[r, c]), found);

        found.CopyFrom(x);
        arithmetic.Blend(0.9f, found, 0.3f, y);
        Same((r, c) => MathF.FusedMultiplyAdd(0.9f, x[r, c], 0.3f * y[r, c]), found);

        double squares = arithmetic.Difference(-2, x, y, Activation.Tanh, h, found);
        Same((r, c) => (-2 * (x[r, c] - y[r, c])) * (1 - (h[r, c] * h[r, c])), found);
        Assert.Equal(x.ToArray().Zip(y.ToArray()).Sum(p => Math.Pow((double)p.First - p.Second, 2)), squares, 1e-6 * Rows * examples);

        found.CopyFrom(x);
        squares = arithmetic.Difference(0.5f, found, default, Activation.Relu, h, found);
        Same((r, c) => h[r, c] > 0 ? 0.5f * x[r, c] : 0, found);
        Assert.Equal(x.ToArray().Sum(v => (double)v * v), squares, 1e-6 * Rows * examples);

        found.CopyFrom(x);
        arithmetic.Activate(Activation.Relu, b, found);
        Same((r, c) => Math.Max(0, x[r, c] + b[0, r]), found);

        arithmetic.SumRows(x, sums);
        for (int r = 0; r < Rows; r++)
        {
            Assert.Equal(x.Row(r).ToArray().Sum(v => (double)v), sums[0, r], 1e-5);
        }

        Tensor<float> dots = arena.Allocate<float>(1, examples), factors = arena.Allocate<float>(1, examples);
        arithmetic.ColumnDots(x, y, dots);
        for (int c = 0; c < examples; c++)
        {
            float dot = 0;
            for (int r = 0; r < Rows; r++)
            {
                dot = MathF.FusedMultiplyAdd(x[r, c], y[r, c], dot);
            }

            Assert.Equal(dot, dots[0, c]);
        }

        random.FillNormal(factors.Row(0), 1);
        arithmetic.ScaleColumns(x, factors, found);
        Same((r, c) => factors[0, c] * x[r, c], found);
        found.CopyFrom(x);
        arithmetic.AddScaledColumns(found, factors, y);
        Same((r, c) => MathF.FusedMultiplyAdd(factors[0, c], y[r, c], x[r, c]), found);

        unsafe Tensor<float> Random(ulong seed)
        {
            Tensor<float> whole = arena.Allocate<float>(Rows, Capacity), part = new(whole.Pointer, Rows, examples, whole.Stride);
            var stream = new RandomStream(seed);
            for (int r = 0; r < Rows; r++)
            {
                stream.FillNormal(part.Row(r), 1);
            }

            return part;
        }
    }

    [Fact]
    public void Difference_EveryWidthAndThreads_SumsToTheSameBits()
    {
        using var arena = new Arena();
        Tensor<float> x = arena.Allocate<float>(Rows, Capacity), found = arena.Allocate<float>(Rows, Capacity);
        var random = new RandomStream(1);
        for (int r = 0; r < Rows; r++)
        {
            random.FillNormal(x.Row(r), 1);
        }

        var sums = new HashSet<double>();
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            foreach (int threads in new[] { 1, 3 })
            {
                using var team = new WorkerTeam(threads);
                sums.Add(BatchArithmetic<float>.For(team, Rows, width).Difference(1, x, default, Activation.Identity, default, found));
            }
        }

        Assert.Single(sums);
    }

    [Fact]
    public void Everything_OfAnotherShape_IsRefused()
    {
        using var team = new WorkerTeam(1);
        using var arena = new Arena();
        BatchArithmetic<float> arithmetic = BatchArithmetic<float>.For(team, 4, VectorWidths.Current);
        Tensor<float> x = arena.Allocate<float>(3, 4), y = arena.Allocate<float>(4, 3), row = arena.Allocate<float>(1, 4);

        Assert.Throws<ArgumentException>(() => arithmetic.Add(x, 1, y, x));
        Assert.Throws<ArgumentException>(() => arithmetic.Blend(1, x, 1, y));
        Assert.Throws<ArgumentException>(() => arithmetic.Difference(1, x, y, Activation.Identity, default, x));
        Assert.Throws<ArgumentException>(() => arithmetic.Activate(Activation.Relu, row, x));
        Assert.Throws<ArgumentException>(() => arithmetic.SumRows(x, row));
        Assert.Throws<ArgumentException>(() => arithmetic.ColumnDots(x, y, row));
        Assert.Throws<ArgumentException>(() => arithmetic.AddScaledColumns(x, y, x));
        Assert.Throws<ArgumentException>(() => arithmetic.ScaleColumns(x, row, y));
    }

    private static void Same(Func<int, int, float> expected, Tensor<float> found)
    {
        for (int r = 0; r < found.Rows; r++)
        {
            for (int c = 0; c < found.Columns; c++)
            {
                Assert.Equal(expected(r, c), found[r, c]);
            }
        }
    }
}
