using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Tests.Kernels;

public sealed class MatrixProductReferenceTests
{
    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, false, true)]
    [InlineData(true, true, true)]
    public void Multiply_InEveryTransposition_IsTheSumOfProducts(bool transposeLeft, bool transposeRight, bool accumulate)
    {
        using var arena = new Arena();
        var random = new Random(5);
        (int m, int k, int n) = (3, 5, 4);
        Tensor<double> a = Draw(transposeLeft ? (k, m) : (m, k));
        Tensor<double> b = Draw(transposeRight ? (n, k) : (k, n));
        Tensor<double> c = Draw((m, n));
        double[] before = c.ToArray();
        MatrixProductReference.Multiply(a, transposeLeft, b, transposeRight, c, accumulate);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double expected = accumulate ? before[(i * n) + j] : 0;
                for (int l = 0; l < k; l++)
                {
                    expected += (transposeLeft ? a[l, i] : a[i, l]) * (transposeRight ? b[j, l] : b[l, j]);
                }

                Assert.Equal(expected, c[i, j], 14);
            }
        }

        Tensor<double> Draw((int Rows, int Columns) shape)
        {
            Tensor<double> tensor = arena.Allocate<double>(shape.Rows, shape.Columns);
            tensor.CopyFrom([.. Enumerable.Range(0, shape.Rows * shape.Columns).Select(_ => random.NextDouble() - 0.5)]);
            return tensor;
        }
    }

    [Fact]
    public void Multiply_OfShapesThatDoNotFit_IsAnError()
    {
        using var arena = new Arena();
        Assert.Throws<ArgumentException>(() =>
            MatrixProductReference.Multiply(
                arena.Allocate<float>(2, 3), false, arena.Allocate<float>(2, 3), false, arena.Allocate<float>(2, 3)));
    }
}
