using Engram.Experiments.Analysis;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Experiments.Tests;

public sealed class SpectrumTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Fact]
    public void Of_HandWorked_Agrees()
    {
        // (3 0; 4 5): AᵀA = (25 20; 20 25) has the eigenvalues 45 and 5.
        Spectrum found = Spectrum.Of(arena.Values(2, 3.0, 0, 4, 5));
        Assert.Equal(Math.Sqrt(45), found.SingularValues[0], 1e-14);
        Assert.Equal(Math.Sqrt(5), found.SingularValues[1], 1e-14);

        // p = ¾, ¼.
        Assert.Equal(Math.Exp(-(0.75 * Math.Log(0.75)) - (0.25 * Math.Log(0.25))), found.EffectiveRank, 1e-14);
        Assert.Equal(50.0 / 45, found.StableRank, 1e-14);
    }

    [Fact]
    public void Of_Diagonal_GivesItsAbsoluteValuesInOrder() =>
        Assert.Equal([3, 2, 0], Spectrum.Of(arena.Values(3, 2f, 0, 0, 0, 0, 0, 0, 0, -3f)).SingularValues.AsEnumerable());

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(3, 5)]
    [InlineData(5, 3)]
    public void Of_RankOne_HasRankOne(int rows, int columns)
    {
        Tensor<double> matrix = arena.Allocate<double>(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                matrix[i, j] = (i + 1.0) * (j - 1.5);
            }
        }

        Spectrum found = Spectrum.Of(matrix);
        Assert.Equal(Math.Min(rows, columns), found.SingularValues.Length);
        Assert.Equal(1, found.EffectiveRank, 1e-12);
        Assert.Equal(1, found.StableRank, 1e-12);
        Assert.Equal(1, found.RankAbove(1e-10));
    }

    [Fact]
    public void Of_Identity_HasFullRank()
    {
        Tensor<double> matrix = arena.Allocate<double>(6, 6);
        for (int i = 0; i < 6; i++)
        {
            matrix[i, i] = 1e-8;
        }

        Spectrum found = Spectrum.Of(matrix);
        Assert.Equal(6, found.EffectiveRank, 1e-12);
        Assert.Equal(6, found.StableRank, 1e-12);
    }

    [Fact]
    public void Of_ZerosOrUndefined_HasNoRank()
    {
        Spectrum zero = Spectrum.Of(arena.Allocate<double>(2, 3));
        Assert.Equal([0, 0], zero.SingularValues.AsEnumerable());
        Assert.True(double.IsNaN(zero.EffectiveRank) && double.IsNaN(zero.StableRank));
        Assert.Equal(0, zero.RankAbove(0.1));
        Spectrum undefined = Spectrum.Of(arena.Values(2, 1.0, double.NaN));
        Assert.True(double.IsNaN(undefined.SingularValues[0]) && double.IsNaN(undefined.EffectiveRank));
    }

    [Fact]
    public void Of_ConstructedMatrix_GivesBackItsSingularValuesHoweverSmall()
    {
        // A = Q₁ diag(σ) Q₂ with rotations Q: the values are known, over twelve orders of magnitude.
        double[] sigmas = [1e6, 30, 1, 1e-3, 1e-6];
        for (ulong seed = 1; seed <= 10; seed++)
        {
            Tensor<double> matrix = arena.Allocate<double>(5, 8);
            for (int i = 0; i < 5; i++)
            {
                matrix[i, i] = sigmas[i];
            }

            var random = new RandomStream(seed);
            for (int k = 0; k < 60; k++)
            {
                // Rotating columns only keeps small values exact to working precision.
                (int p, int q) = (random.NextInt32(8), random.NextInt32(8));
                (double sine, double cosine) = Math.SinCos(random.NextUniform() * 6);
                for (int i = 0; i < 5 && p != q; i++)
                {
                    (matrix[i, p], matrix[i, q]) =
                        ((cosine * matrix[i, p]) - (sine * matrix[i, q]), (sine * matrix[i, p]) + (cosine * matrix[i, q]));
                }
            }

            Spectrum found = Spectrum.Of(matrix);
            for (int i = 0; i < 5; i++)
            {
                Assert.True(
                    Math.Abs((found.SingularValues[i] / sigmas[i]) - 1) < 1e-12, $"seed {seed}: {found.SingularValues[i]} for {sigmas[i]}");
            }
        }
    }

    [Fact]
    public void Of_RowsThatDependOnEachOther_Settles()
    {
        // Each pass takes what is left of such rows down by another sixteen digits, until their squares underflow.
        for (ulong seed = 1; seed <= 20; seed++)
        {
            Tensor<double> few = arena.Normal(seed, 3, 40);
            Tensor<double> mix = arena.Normal(seed + 100, 30, 3);
            Tensor<double> matrix = arena.Allocate<double>(30, 40);
            MatrixProduct.Multiply(mix, false, few, false, matrix);

            Spectrum found = Spectrum.Of(matrix);

            Assert.True(found.RankAbove(1e-12) == 3, $"seed {seed}: rank {found.RankAbove(1e-12)}");
        }
    }

    [Fact]
    public void Of_RandomMatrix_KeepsTheNormAndIsThatOfTheTranspose()
    {
        Tensor<double> matrix = arena.Normal(7, 40, 61);
        Tensor<double> turned = arena.Allocate<double>(61, 40);
        for (int i = 0; i < 40; i++)
        {
            for (int j = 0; j < 61; j++)
            {
                turned[j, i] = matrix[i, j];
            }
        }

        Spectrum found = Spectrum.Of(matrix);
        Assert.Equal(matrix.ToArray().Sum(v => v * v), found.SingularValues.Sum(s => s * s), 1e-9);
        Spectrum other = Spectrum.Of(turned);
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(found.SingularValues[i], other.SingularValues[i], 1e-11);
        }
    }
}
