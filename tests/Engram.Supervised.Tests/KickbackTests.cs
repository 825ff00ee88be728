using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;

namespace Engram.Supervised.Tests;

/// <summary>What is known of Kickback beyond what every method is held to.</summary>
public class KickbackTests
{
    private static readonly SupervisedNetworkSpec OneOutput = Regression([5, 9, 8, 7, 1]);

    /// <summary>The case of Balduzzi et al. 2014, theorem 3, that holds at any depth.</summary>
    [Fact]
    public void Directions_WhereNoWeightIsNegative_HaveTheSignsOfTheGradient()
    {
        using Bench kickback = new(OneOutput, new KickbackSpec(), examples: 1),
            truth = new(OneOutput, new BackpropagationSpec(), examples: 1);
        MakePositive(kickback, truth);
        _ = kickback.Step();
        _ = truth.Step();
        for (int l = 0; l < 4; l++)
        {
            double[] found = kickback.Directions.Weights(l).ToArray(), gradient = truth.Directions.Weights(l).ToArray();
            Assert.Contains(gradient, g => g != 0);
            Assert.Equal(gradient.Select(Math.Sign), found.Select(Math.Sign));
        }

        Assert.All(kickback.Method.Measures(), m => Assert.Equal(100, m.Value));
    }

    [Fact]
    public void Directions_OfTheLastTwoLayers_AreTheGradient()
    {
        using Bench kickback = new(OneOutput, new KickbackSpec()), truth = new(OneOutput, new BackpropagationSpec());
        Share(kickback, truth);
        _ = kickback.Step();
        _ = truth.Step();
        Assert.Equal(truth.Directions.Weights(3).ToArray(), kickback.Directions.Weights(3).ToArray());
        Assert.True(
            truth.Directions.Weights(2).ToArray().Zip(kickback.Directions.Weights(2).ToArray(), (a, b) => Math.Abs(a - b)).Max() < 1e-15);
        Assert.NotEqual(truth.Directions.Weights(1).ToArray(), kickback.Directions.Weights(1).ToArray());
    }

    [Fact]
    public void Directions_OfCoherentUnitsBelowEqualOutputWeights_AreAMultipleOfTheGradient()
    {
        // I_j = Σ w_jk v = v τ_j at the last layer but one, whatever the signs of w.
        using Bench kickback = new(OneOutput, new KickbackSpec(), examples: 1),
            truth = new(OneOutput, new BackpropagationSpec(), examples: 1);
        kickback.Network.Layers[3].Weights.Fill(0.4);
        Share(kickback, truth);
        _ = kickback.Step();
        _ = truth.Step();
        Assert.Contains(kickback.Network.Layers[2].Weights.ToArray(), w => w < 0);
        double[] found = kickback.Directions.Weights(1).ToArray(), gradient = truth.Directions.Weights(1).ToArray();
        Assert.Contains(gradient, g => g != 0);
        Assert.All(found.Zip(gradient), p => Assert.Equal(p.Second, 0.4 * p.First, 1e-13));
    }

    [Fact]
    public void Directions_OfMixedWeightsThatOutweighInfluences_HaveTheSignsOfTheGradient()
    {
        // Influences of the units above from 0.5 to 1: positive weights of more than twice the negative ones decide the sign. All units are
        // active; what they send to the first of the seven above is negative.
        using Bench kickback = new(OneOutput, new KickbackSpec(), examples: 1),
            truth = new(OneOutput, new BackpropagationSpec(), examples: 1);
        kickback.Network.Layers[0].Biases.Fill(5);
        kickback.Network.Layers[1].Biases.Fill(20);
        Tensor<double> output = kickback.Network.Layers[3].Weights, middle = kickback.Network.Layers[2].Weights;
        for (int k = 0; k < 7; k++)
        {
            output[0, k] = 0.5 + (k / 12.0);
            kickback.Network.Layers[2].Biases[0, k] = 50;
            for (int j = 0; j < 8; j++)
            {
                middle[k, j] = k == 0 ? -0.3 - (0.01 * j) : 0.1 + (0.01 * (j + k));
            }
        }

        Share(kickback, truth);
        _ = kickback.Step();
        _ = truth.Step();
        double[] found = kickback.Directions.Weights(1).ToArray(), gradient = truth.Directions.Weights(1).ToArray();
        Assert.Contains(gradient, g => g != 0);
        Assert.Equal(gradient.Select(Math.Sign), found.Select(Math.Sign));
        Assert.NotEqual(gradient[0] / found[0], gradient[^1] / found[^1], 1e-3);
    }

    [Fact]
    public void Directions_OfACoherentNetwork_MayHaveTheWrongSign()
    {
        // A known limit: weights 2 and −1.5 to units of influence 0.1 and 1: τ = 0.5, I = −1.3.
        SupervisedNetworkSpec spec = Regression([1, 1, 2, 1]);
        using Bench kickback = new(spec, new KickbackSpec(), examples: 1), truth = new(spec, new BackpropagationSpec(), examples: 1);
        kickback.Network.Layers[0].Biases.Fill(5);
        kickback.Network.Layers[1].Biases.Fill(50);
        (kickback.Network.Layers[1].Weights[0, 0], kickback.Network.Layers[1].Weights[1, 0]) = (2, -1.5);
        (kickback.Network.Layers[2].Weights[0, 0], kickback.Network.Layers[2].Weights[0, 1]) = (0.1, 1);
        Share(kickback, truth);
        _ = kickback.Step();
        _ = truth.Step();
        Assert.All(kickback.Method.Measures(), m => Assert.Equal(100, m.Value));
        Assert.Equal(truth.Directions.Weights(0)[0, 0] * 0.5 / -1.3, kickback.Directions.Weights(0)[0, 0], 1e-12);
    }

    [Theory]
    [InlineData(1, WeightInitialization.Kaiming)]
    [InlineData(2, WeightInitialization.Kaiming)]
    [InlineData(1, WeightInitialization.Glorot)]
    public void CoherentStart_MakesNineUnitsOfTenCoherent(int outputs, WeightInitialization initialization)
    {
        SupervisedNetworkSpec wide = Regression([6, 60, 60, 60, 60, outputs]) with { Initialization = initialization };
        double[] made = Coherence(new KickbackSpec()), drawn = Coherence(new KickbackSpec { CoherentStart = false });
        Assert.True(
            made[..^1].Average() > Math.Max(90, 10 + drawn[..^1].Average()), $"{made[..^1].Average()}%, as drawn {drawn[..^1].Average()}%");
        Assert.All(made, share => Assert.InRange(share, 85, 100));
        Assert.Equal(100, made[^1]);

        double[] Coherence(KickbackSpec spec)
        {
            using var bench = new Bench(wide, spec, examples: 40, biases: 0);
            _ = bench.Step();
            return [.. bench.Method.Measures().Select(m => m.Value)];
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    public void Start_Activities_KeepTheirSizeThroughTheLayers(int outputs, bool coherent)
    {
        // Kaiming's: E h² stays 1. What units share grows with depth, so the bounds are wide; groups that are not scaled would lose half of
        // it in each.
        SupervisedNetworkSpec wide = Regression([100, 100, 100, 100, 100, outputs]) with { Initialization = WeightInitialization.Kaiming };
        using var bench = new Bench(wide, new KickbackSpec { CoherentStart = coherent }, examples: 100, biases: 0);
        bench.Network.Forward(bench.Pass);
        for (int l = 1; l < 5; l++)
        {
            double[] h = bench.Pass.Activity(l).ToArray();
            Assert.InRange(h.Average(v => v * v), 0.6, coherent ? 2.5 : 1.6);
            Assert.InRange(h.Count(v => v > 0) / (double)h.Length, 0.35, 0.65);
        }
    }

    [Fact]
    public void Restrict_OfTwoOutputs_LeavesTheGradientOfWhatThereIs()
    {
        SupervisedNetworkSpec spec = Regression([5, 9, 6, 2]);
        using Bench kickback = new(spec, new KickbackSpec()), truth = new(spec, new BackpropagationSpec());
        Share(kickback, truth);
        _ = kickback.Step();
        _ = truth.Step();
        Assert.NotEqual(truth.Directions.Weights(2).ToArray(), kickback.Directions.Weights(2).ToArray());
        kickback.Method.Restrict(truth.Directions);
        Assert.Equal(truth.Directions.Weights(2).ToArray(), kickback.Directions.Weights(2).ToArray());
        Assert.DoesNotContain(0, truth.Directions.Weights(0).ToArray().Where((_, i) => kickback.Directions.Weights(0).ToArray()[i] != 0));
    }

    [Fact]
    public void Networks_OfTwoOutputs_ShareNothingButTheInput()
    {
        SupervisedNetworkSpec spec = Regression([5, 9, 6, 2]);
        using var bench = new Bench(spec, new KickbackSpec());
        _ = bench.Step();
        bench.Network.Forward(bench.Pass);
        double[] before = bench.Pass.Activity(3).ToArray();

        // Units 0 to 2 of layer 1 belong to output 0: what they get changes output 0 alone.
        bench.Network.Layers[1].Biases[0, 1] += 5;
        bench.Network.Forward(bench.Pass);
        double[] after = bench.Pass.Activity(3).ToArray();
        int n = before.Length / 2;
        Assert.NotEqual(before[..n], after[..n]);
        Assert.Equal(before[n..], after[n..]);
        Tensor<double> direction = bench.Directions.Weights(1);
        Assert.All(Enumerable.Range(0, 5), c => Assert.Equal(0, direction[5, c]));
        Assert.Contains(Enumerable.Range(5, 4), c => direction[5, c] != 0);
    }

    [Fact]
    public void Kickback_WithoutRectifiers_IsRefusedInWords() => Assert.Equal(
        "Found a fully connected layer of 4 units with the activation tanh as hidden layer 0 under Kickback, expected a fully connected " +
            "layer of rectified units, at least 1, one for each output; set network.activation to relu and widths to match, or take a " +
            "comparison that is so, such as arm-kickback.",
        Assert.Throws<EngramException>(() => new KickbackSpec().Validate(SupervisedNetworkSpec.Dense([5, 4, 1], Activation.Tanh))).Message);

    [Fact]
    public void Kickback_OnImagesOrWithFewerUnitsThanOutputs_IsRefusedInWords()
    {
        var image = new ConvolutionShape(1, 9, 8, 10, 3, 2, 1);
        Assert.Contains(
            "Found a convolution of 10 × 5 × 4 units with the activation relu as hidden layer 0",
            Refusal(new ConvolutionSpec(image, Activation.Relu)), StringComparison.Ordinal);
        Assert.Contains(
            "Found a locally connected layer of 10 × 5 × 4 units", Refusal(new LocallyConnectedSpec(image, Activation.Relu)),
            StringComparison.Ordinal);
        Assert.Contains(
            "Found a fully connected layer of 2 units with the activation relu as hidden layer 0",
            Refusal(new LinearSpec(5, 2, Activation.Relu)), StringComparison.Ordinal);

        static string Refusal(LayerSpec hidden) =>
            Assert.Throws<EngramException>(
                () =>
                new KickbackSpec()
                .Validate(new SupervisedNetworkSpec([hidden, new LinearSpec(hidden.Outputs, 3, Activation.Identity)]))).Message;
    }

    private static SupervisedNetworkSpec Regression(int[] widths) => SupervisedNetworkSpec.Dense(widths, Activation.Relu)
        with
    { Objective = Objective.MeanSquaredError };

    private static void MakePositive(Bench kickback, Bench truth)
    {
        for (int l = 1; l < 4; l++)
        {
            Tensor<double> w = kickback.Network.Layers[l].Weights;
            for (int r = 0; r < w.Rows; r++)
            {
                foreach (ref double weight in w.Row(r))
                {
                    weight = Math.Abs(weight);
                }
            }
        }

        Share(kickback, truth);
    }

    private static void Share(Bench from, Bench to)
    {
        for (int l = 0; l < from.Network.Layers.Length; l++)
        {
            to.Network.Layers[l].Weights.CopyFrom(from.Network.Layers[l].Weights);
            to.Network.Layers[l].Biases.CopyFrom(from.Network.Layers[l].Biases);
        }
    }
}
