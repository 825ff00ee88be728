using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Tests.Kernels;

/// <summary>Every fast product against its plain reference, at every vector width, on sizes that hit every tile and tail.</summary>
public sealed class MatrixProductTests
{
    private static readonly int[] Sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65, 96, 113, 200];

    public static TheoryData<VectorWidth> Widths => [.. Enum.GetValues<VectorWidth>()];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Multiply_OfRandomShapesInFloat64_IsTheReference(VectorWidth width) => Compare<double>(width, 1e-13, 300);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Multiply_OfRandomShapesInFloat32_IsTheReference(VectorWidth width) => Compare<float>(width, 2e-5, 300);

    /// <summary>Rows that end in every remainder, columns of every number of registers up to nine of 256 bits, sums on both sides of where
    /// tiles change their form.</summary>
    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 5)]
    [InlineData(false, 200)]
    [InlineData(true, 200)]
    public void Multiply_AtEveryWidth_HasTheSameBits(bool transposeLeft, int depth)
    {
        using var arena = new Arena();
        var random = new Random(9);
        Tensor<float> a = transposeLeft ? Draw<float>(arena, random, depth, 27) : Draw<float>(arena, random, 27, depth);
        Tensor<float> b = Draw<float>(arena, random, depth, 72);
        foreach (int columns in Enumerable.Range(1, 9).Select(registers => (8 * registers) - (registers % 3)))
        {
            for (int rows = 1; rows <= 27; rows++)
            {
                Tensor<float> left = transposeLeft ? Corner(a, depth, rows) : Corner(a, rows, depth);
                float[] expected = Product(left, columns, VectorWidth.Scalar);
                foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
                {
                    Assert.Equal(expected, Product(left, columns, width));
                }
            }
        }

        float[] Product(Tensor<float> left, int columns, VectorWidth width)
        {
            Arena.Mark mark = arena.Position;
            Tensor<float> c = arena.Allocate<float>(transposeLeft ? left.Columns : left.Rows, columns);
            MatrixProduct.Multiply(left, transposeLeft, Corner(b, depth, columns), false, c, width: width);
            float[] product = c.ToArray();
            arena.Release(mark);
            return product;
        }

        static unsafe Tensor<float> Corner(Tensor<float> whole, int rows, int columns) => new(whole.Pointer, rows, columns, whole.Stride);
    }

    [Fact]
    public void Multiply_OfAViewWithoutPadding_TouchesNothingBeyondIt()
    {
        using var arena = new Arena();
        var random = new Random(3);
        Tensor<double> a = Draw<double>(arena, random, 3, 4);
        Tensor<double> b = Draw<double>(arena, random, 4, 5);
        Tensor<double> memory = arena.Allocate<double>(1, 16);
        memory.Fill(7);
        unsafe
        {
            var tight = new Tensor<double>(memory.Pointer, 3, 5, 5);
            MatrixProduct.Multiply(a, false, b, false, tight);
        }

        Assert.Equal(7, memory[0, 15]);
    }

    [Fact]
    public void Multiply_OfShapesThatDoNotFit_SaysSo()
    {
        using var arena = new Arena();
        var error = Assert.Throws<ArgumentException>(() =>
            MatrixProduct.Multiply(arena.Allocate<float>(2, 3), false, arena.Allocate<float>(4, 5), false, arena.Allocate<float>(2, 5)));
        Assert.Contains("2×3 and 4×5", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(40)]
    public void Summands_InBlocks_AreOneSum(int blocks)
    {
        using var arena = new Arena();
        var random = new Random(4);
        (int rows, int columns, int depth) = (13, 70, 5);
        Tensor<double> left = Draw<double>(arena, random, blocks * rows, depth);
        Tensor<double> right = Draw<double>(arena, random, blocks * depth, columns);
        Tensor<double> result = arena.Allocate<double>(rows, columns);
        unsafe
        {
            var sum = new Summands(depth, blocks, (nint)rows * left.Stride, (nint)depth * right.Stride);
            PanelProduct<Lanes256<double>, double>.Run<LeftByRows<double>, Overwrite<Lanes256<double>, double>>(
                0, rows, columns, sum, left.Pointer, left.Stride, right.Pointer, right.Stride, new(result.Pointer, result.Stride));
        }

        Tensor<double> expected = arena.Allocate<double>(rows, columns);
        for (int block = 0; block < blocks; block++)
        {
            MatrixProductReference.Multiply(
                left.Slice(block * rows, rows), false, right.Slice(block * depth, depth), false, expected, accumulate: true);
        }

        AssertClose(expected, result, 1e-13, "blocks");
    }

    /// <summary>All that is cut: runs, stretches of them, panels of columns, and more rows than have their sums kept.</summary>
    [Theory]
    [InlineData(170, 32, 32, 7)]
    [InlineData(170, 48, 300, 1)]
    [InlineData(10, 16, 7, 50)]
    [InlineData(161, 40, 130, 3)]
    [InlineData(9, 24, 5, 3)]
    public void Summands_InBlocksAtEveryWidth_HaveTheSameBits(int rows, int columns, int depth, int blocks)
    {
        using var arena = new Arena();
        var random = new Random(6);
        Tensor<float> left = Draw<float>(arena, random, blocks * rows, depth);
        Tensor<float> right = Draw<float>(arena, random, blocks * depth, columns);
        float[] expected = Product<Lanes1<float>>();
        Assert.Equal(expected, Product<Lanes128<float>>());
        Assert.Equal(expected, Product<Lanes256<float>>());
        Assert.Equal(expected, Product<Lanes512<float>>());

        unsafe float[] Product<TLanes>()
            where TLanes : unmanaged, ILanes<TLanes, float>
        {
            Tensor<float> result = arena.Allocate<float>(rows, columns);
            var sum = new Summands(depth, blocks, (nint)rows * left.Stride, (nint)depth * right.Stride);
            PanelProduct<TLanes, float>.Run<LeftByRows<float>, Accumulate<TLanes, float>>(
                0, rows, columns, sum, left.Pointer, left.Stride, right.Pointer, right.Stride, new(result.Pointer, result.Stride));
            return result.ToArray();
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(8, 8)]
    [InlineData(33, 300)]
    [InlineData(41, 7)]
    [InlineData(7, 41)]
    public void Transposition_OfAnyShape_IsThePlainOne(int rows, int columns)
    {
        Check<float>();
        Check<double>();

        unsafe void Check<T>()
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            using var arena = new Arena();
            Tensor<T> source = Draw<T>(arena, new Random(1), rows, columns);
            Tensor<T> fast = arena.Allocate<T>(columns, rows);
            Transposition.Copy(source.Pointer, source.Stride, rows, columns, fast.Pointer, fast.Stride);
            for (int r = 0; r < rows; r++)
            {
                for (int c = 0; c < columns; c++)
                {
                    Assert.Equal(source[r, c], fast[c, r]);
                }
            }
        }
    }

    private static void Compare<T>(VectorWidth width, double tolerance, int repetitions)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        for (int seed = 0; seed < repetitions; seed++)
        {
            using var arena = new Arena();
            var random = new Random(seed);
            int m = Sizes[random.Next(Sizes.Length)];
            int k = Sizes[random.Next(Sizes.Length)];
            int n = Sizes[random.Next(Sizes.Length)];
            (bool transposeLeft, bool transposeRight, bool accumulate) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0);
            Tensor<T> a = transposeLeft ? Draw<T>(arena, random, k, m) : Draw<T>(arena, random, m, k);
            Tensor<T> b = transposeRight ? Draw<T>(arena, random, n, k) : Draw<T>(arena, random, k, n);
            Tensor<T> expected = Draw<T>(arena, random, m, n);
            Tensor<T> found = arena.Allocate<T>(m, n);
            found.CopyFrom(expected);
            MatrixProductReference.Multiply(a, transposeLeft, b, transposeRight, expected, accumulate);
            MatrixProduct.Multiply(a, transposeLeft, b, transposeRight, found, accumulate, width);
            AssertClose(expected, found, tolerance, $"seed {seed}: {m}×{k}×{n}, {transposeLeft}, {transposeRight}, {accumulate}");
        }
    }

    private static Tensor<T> Draw<T>(Arena arena, Random random, int rows, int columns)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> tensor = arena.Allocate<T>(rows, columns);
        for (int r = 0; r < rows; r++)
        {
            foreach (ref T value in tensor.Row(r))
            {
                value = T.CreateChecked(random.NextDouble() - 0.5);
            }
        }

        return tensor;
    }

    private static void AssertClose<T>(Tensor<T> expected, Tensor<T> found, double tolerance, string what)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < expected.Rows; r++)
        {
            for (int c = 0; c < expected.Columns; c++)
            {
                double difference = Math.Abs(double.CreateChecked(expected[r, c] - found[r, c]));
                Assert.True(difference <= tolerance, $"{what}: [{r}, {c}] differs by {difference}");
            }
        }
    }
}
