using Engram.Learning.Births;
using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Tests.Births;

/// <summary>What births reduce to, and what they draw.</summary>
public class BirthTests
{
    private static NetworkSpec Network { get; } = NetworkSpec.Feedforward([3, 5, 6, 2], 2);

    [Fact]
    public void Types_AsManyAsUnits_AreGaussian()
    {
        Parts parts = new TypesBirth { Types = 100 }.Parts(new LayerShape(0, [6, 5]));
        Assert.All(parts.Parameters, p => Assert.Equal("6 5", string.Join(' ', p.Shape)));
        ParameterLayout types = Layout(new TypesBirth { Types = 100 }), gaussian = Layout(new GaussianBirth());
        using var point = new RandomPoint(types, 3, 2, 2, 3);
        using var same = new MetaParameters<double>(gaussian);
        foreach (ParameterSpec spec in gaussian.Parameters)
        {
            string source = spec.Name.Replace(".weight_sigma", ".weight_type_sigma", StringComparison.Ordinal);
            bool isMean = spec.Name.EndsWith(".weight", StringComparison.Ordinal) && types.IndexOf(spec.Name + "_type_mean") >= 0;
            same[spec.Name].CopyFrom(point.Parameters[isMean ? spec.Name + "_type_mean" : source]);
        }

        double[][] expected = Born(gaussian, same, point.Lifetime), found = Born(types, point.Parameters, point.Lifetime);

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Types_OfTwo_JoinUnitsInBlocks()
    {
        ParameterLayout layout = Layout(new TypesBirth { Types = 2, Scale = 0 });
        using var parameters = new MetaParameters<double>(layout);
        using var point = new RandomPoint(layout, 3, 2, 2, 3);
        (parameters["layer1.weight_type_mean"][0, 0], parameters["layer1.weight_type_mean"][0, 1]) = (1, 2);
        (parameters["layer1.weight_type_mean"][1, 0], parameters["layer1.weight_type_mean"][1, 1]) = (3, 4);

        double[] weights = Born(layout, parameters, point.Lifetime)[0];

        // Six units on five: the first three are of one type, as are the first three of five.
        double[] low = [1, 1, 1, 2, 2], high = [3, 3, 3, 4, 4];
        Assert.Equal([.. low, .. low, .. low, .. high, .. high, .. high], weights);
    }

    [Fact]
    public void Genome_OfOneHiddenUnit_IsItsEquation()
    {
        var birth = new GenomeBirth { HiddenUnits = 1 };
        ParameterLayout layout = Layout(birth);
        using var point = new RandomPoint(layout, 3, 2, 2, 3);
        double[] g = point.Parameters["layer1.genome"].ToArray();

        double[] weights = Born(layout, point.Parameters, point.Lifetime)[0];

        // Three bits number six units, and five.
        Assert.Equal(9, g.Length);
        for (int j = 0; j < 6; j++)
        {
            for (int i = 0; i < 5; i++)
            {
                double z = g[6];
                for (int bit = 0; bit < 3; bit++)
                {
                    z += (g[bit] * Sign(j, bit)) + (g[3 + bit] * Sign(i, bit));
                }

                Assert.Equal(Math.Sqrt(2.0 / 5) * (g[8] + (g[7] * Math.Tanh(z))), weights[(j * 5) + i], 1e-12);
            }
        }

        Assert.Equal(30 / 9.0, birth.Compression(new LayerShape(1, [6, 5])), 1e-12);

        static int Sign(int unit, int bit) => ((unit >> bit) & 1) == 1 ? 1 : -1;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(64, 6)]
    [InlineData(65, 7)]
    public void Binary_OfSoManyUnits_HasSoManyBits(int units, int bits)
    {
        using var tape = new Tape<double>();

        Var codes = UnitCodes.Binary(tape, units);

        Assert.Equal((units, bits), (codes.Rows, codes.Columns));
        string[] rows = [.. Enumerable.Range(0, units).Select(u => string.Join(' ', tape.ValueOf(codes).Row(u).ToArray()))];
        Assert.Equal(units, rows.Distinct().Count());
    }

    [Fact]
    public void Sparse_OfSomeDensity_KeepsThatShareInEveryLife()
    {
        NetworkSpec wide = NetworkSpec.Feedforward([3, 80, 80, 2], 2);
        ParameterLayout layout = ParameterLayout.For(wide, new LocalLearnerSpec { Birth = new SparseBirth { Density = 0.3 } });
        using var point = new RandomPoint(layout, 3, 2, 2, 3);
        using var other = new RandomPoint(layout, 4, 2, 2, 3);

        double[] one = Born(layout, point.Parameters, point.Lifetime)[0];
        double[] two = Born(layout, other.Parameters, other.Lifetime with { Noise = null })[0];

        double share = one.Count(w => w != 0) / (double)one.Length;
        Assert.InRange(share, 0.3 - (4 * Math.Sqrt(0.3 * 0.7 / one.Length)), 0.3 + (4 * Math.Sqrt(0.3 * 0.7 / one.Length)));
        Assert.Equal(one.Select(w => w != 0), two.Select(w => w != 0));
        Assert.All(
            one.Zip(point.Parameters["layer1.weight"].ToArray()).Where(p => p.First != 0),
            p => Assert.Equal(p.Second / Math.Sqrt(0.3), p.First, 1e-14));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(64)]
    public void Genome_BeforeMetaTraining_HasNoShareThatAllSynapsesHave(int hiddenUnits)
    {
        NetworkSpec wide = NetworkSpec.Feedforward([3, 64, 64, 2], 2);
        ParameterLayout layout = ParameterLayout.For(wide, new LocalLearnerSpec { Birth = new GenomeBirth { HiddenUnits = hiddenUnits } });
        using var parameters = new MetaParameters<double>(layout);
        Initializer.Initialize(parameters, new InitializationSpec(), new RandomStream(5));
        using var point = new RandomPoint(layout, 3, 2, 2, 3);

        double[] weights = Born(layout, parameters, point.Lifetime)[0];

        double deviation = Math.Sqrt(weights.Average(w => w * w)), mean = weights.Average();
        Assert.InRange(deviation / Math.Sqrt(2.0 / 64), 0.1, 3);
        Assert.Equal(0, mean / deviation, 1e-9);
    }

    [Fact]
    public void Sparse_OfDensityOne_IsPoint() => Assert.True(new SparseBirth { Density = 1 }.IsPoint);

    private static ParameterLayout Layout(IBirth birth) => ParameterLayout.For(Network, new LocalLearnerSpec { Birth = birth });

    private static double[][] Born(ParameterLayout layout, MetaParameters<double> parameters, Lifetime<double> lifetime)
    {
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape");
        using ILife<double> life = engine.Begin(parameters, lifetime);
        return [.. life.State.Weights.Select(w => w.ToArray())];
    }
}
