using Engram.Figures.Summaries;
using Engram.Numerics.Memory;

namespace Engram.Figures.Tests;

public class TensorNumbersTests
{
    [Fact]
    public void ToDoubles_TwoTensors_AreRowAfterRow()
    {
        using var arena = new Arena();
        Tensor<float> first = arena.Allocate<float>(2, 3), second = arena.Allocate<float>(1, 2);
        Fill(first, 1);
        Fill(second, 7);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], TensorNumbers.ToDoubles(first, second));
    }

    // Four lanes and what is left of them.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(11)]
    public void Sums_OfAnyLength_ArePlainOnes(int length)
    {
        double[] x = [.. Enumerable.Range(1, length).Select(i => (double)i)];
        double[] y = [.. x.Select(v => 3 - v)];

        Assert.Equal(x.Zip(y, (a, b) => a * b).Sum(), TensorNumbers.Dot(x, y));
        Assert.Equal(Math.Sqrt(x.Sum(v => v * v)), TensorNumbers.Norm(x), 1e-12);
        double[] expected = [.. x.Zip(y, (a, b) => b - (2 * a))];
        TensorNumbers.AddMultiple(y, -2, x);
        Assert.Equal(expected, y);
    }

    // Squares of the first overflow, of the second underflow.
    [Theory]
    [InlineData(3e200, 4e200, 5e200)]
    [InlineData(-3e-200, 4e-200, 5e-200)]
    [InlineData(0, 0, 0)]
    public void Norm_OfAnySize_IsTheEuclideanOne(double first, double second, double norm)
    {
        Assert.Equal(norm, TensorNumbers.Norm([first, second]), 1e-15 * norm);
        _ = TensorNumbers.ScaledNorm([first, second], out double largest);
        Assert.Equal(Math.Abs(second), largest);
    }

    [Fact]
    public void ScaledNorm_NoValues_IsUndefined()
    {
        Assert.True(double.IsNaN(TensorNumbers.ScaledNorm([], out double largest)));
        Assert.Equal(0, largest);
        Assert.Equal(0, TensorNumbers.Norm([]));
    }

    [Fact]
    public void ExpectSameShape_OtherRowsOrColumns_SaysBoth()
    {
        using var arena = new Arena();
        Tensor<double> tensor = arena.Allocate<double>(2, 3);
        TensorNumbers.ExpectSameShape(tensor, arena.Allocate<double>(2, 3), "other");

        foreach ((int rows, int columns) in new[] { (1, 3), (2, 4) })
        {
            Tensor<double> other = arena.Allocate<double>(rows, columns);
            Exception error = Assert.Throws<ArgumentException>("other", () => TensorNumbers.ExpectSameShape(tensor, other, "other"));
            Assert.StartsWith($"Found tensors of 2×3 and {rows}×{columns}, expected one shape.", error.Message, StringComparison.Ordinal);
        }
    }

    private static void Fill(Tensor<float> tensor, float from)
    {
        for (int r = 0; r < tensor.Rows; r++)
        {
            for (int c = 0; c < tensor.Columns; c++)
            {
                tensor[r, c] = from++;
            }
        }
    }
}
