using Engram.Experiments.Analysis;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Tests;

public sealed class AlignmentTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Fact]
    public void Cosine_HandWorked_Agrees()
    {
        Tensor<double> u = arena.Values(2, 0.0, 1, 0, 0);
        Tensor<double> v = arena.Values(2, 1.0, 1, 0, 0);
        Assert.Equal(1 / Math.Sqrt(2), Alignment.Cosine(u, v), 1e-15);
        Assert.Equal(45, Alignment.AngleDegrees(u, v), 1e-13);
        Assert.Equal(0.6, Alignment.Cosine(arena.Values(2, 3f, 4f), arena.Values(2, 2f, 0f)), 1e-15);
    }

    [Fact]
    public void Cosine_TwoLayersAsOneVector_Agrees()
    {
        // (0 1 0 0 | −1 0) and (1 1 0 0 | 1 0): 1 − 1 = 0.
        Tensor<double>[] u = [arena.Values(2, 0.0, 1, 0, 0), arena.Values(2, -1.0, 0)];
        Tensor<double>[] v = [arena.Values(2, 1.0, 1, 0, 0), arena.Values(2, 1.0, 0)];
        Assert.Equal(0, Alignment.Cosine<double>(u, v), 1e-15);
        Assert.Equal(90, Alignment.AngleDegrees<double>(u, v), 1e-13);
    }

    [Fact]
    public void Angle_OfZeros_IsUndefined()
    {
        Tensor<float> zero = arena.Allocate<float>(2, 2);
        Tensor<float> v = arena.Values(2, 1f, 2, 3, 4);
        Assert.True(double.IsNaN(Alignment.Cosine(zero, v)));
        Assert.True(double.IsNaN(Alignment.Cosine(v, zero)));
        Assert.True(double.IsNaN(Alignment.AngleDegrees(zero, zero)));
        Assert.True(double.IsNaN(Alignment.AngleDegrees(v, arena.Values(2, 1f, float.NaN, 3, 4))));
        Assert.True(double.IsNaN(Alignment.Cosine(v, arena.Values(2, 1f, float.PositiveInfinity, 3, 4))));
    }

    [Theory]
    [InlineData(1e-200)]
    [InlineData(1)]
    [InlineData(1e200)]
    public void Angle_Scale_DoesNotMatter(double scale)
    {
        Tensor<double> u = arena.Values(2, scale, scale);
        Assert.Equal(45, Alignment.AngleDegrees(u, arena.Values(2, 0.0, scale)), 1e-12);
        Assert.Equal(0, Alignment.AngleDegrees(u, u));
        Assert.Equal(180, Alignment.AngleDegrees(u, arena.Values(2, -scale, -scale)), 1e-12);
        Assert.Equal(-1, Alignment.Cosine(u, arena.Values(2, -scale, -scale)), 1e-15);
    }

    [Fact]
    public void Angle_Small_IsExact() =>
        Assert.Equal(1e-10 * 180 / Math.PI, Alignment.AngleDegrees(arena.Values(2, 1.0, 0), arena.Values(2, 1.0, 1e-10)), 1e-20);

    [Fact]
    public void Cosine_DifferentShapes_AreRefused() =>
        Assert.Throws<ArgumentException>(() => Alignment.Cosine(arena.Values(2, 1.0, 0), arena.Values(1, 1.0, 0)));
}
