using Engram.Learning.Supervised;
using Engram.Numerics;

namespace Engram.Learning.Tests.Supervised;

/// <summary>What is known of Kickback beyond what every method is held to.</summary>
public class KickbackTests
{
    private static readonly SupervisedNetworkSpec OneOutput = Regression([5, 9, 8, 7, 1]);

    /// <summary>Source: Balduzzi et al. 2014, theorem 3.</summary>
    [Fact]
    public void Directions_InACoherentNetwork_HaveTheSignsOfTheGradient()
    {
        using Bench kickback = new(OneOutput, new KickbackSpec(), examples: 1), truth = new(OneOutput, new BackpropagationSpec(), examples: 1);
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
        for (int l = 0; l < 4; l++)
        {
            truth.Network.Layers[l].Weights.CopyFrom(kickback.Network.Layers[l].Weights);
        }

        _ = kickback.Step();
        _ = truth.Step();
        Assert.Equal(truth.Directions.Weights(3).ToArray(), kickback.Directions.Weights(3).ToArray());
        Assert.True(truth.Directions.Weights(2).ToArray().Zip(kickback.Directions.Weights(2).ToArray(), (a, b) => Math.Abs(a - b)).Max() < 1e-15);
        Assert.NotEqual(truth.Directions.Weights(1).ToArray(), kickback.Directions.Weights(1).ToArray());
    }

    [Fact]
    public void CoherentStart_MakesMoreUnitsCoherentThanChance()
    {
        SupervisedNetworkSpec wide = Regression([6, 60, 60, 60, 1]);
        double[] made = Coherence(new KickbackSpec()), drawn = Coherence(new KickbackSpec { CoherentStart = false });
        Assert.All(drawn, share => Assert.InRange(share, 20, 75));
        Assert.All(made.Zip(drawn), pair => Assert.True(pair.First > pair.Second + 10, $"{pair.First}% and {pair.Second}%"));
        Assert.Equal(100, made[^1]);

        double[] Coherence(KickbackSpec spec)
        {
            using var bench = new Bench(wide, spec, examples: 20);
            _ = bench.Step();
            return [.. bench.Method.Measures().Select(m => m.Value)];
        }
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
    public void Kickback_WithoutRectifiers_IsRefused() =>
        Assert.Contains("relu", Assert.Throws<EngramException>(() => new KickbackSpec().Validate(SupervisedNetworkSpec.Dense([5, 4, 1], Activation.Tanh))).Message, StringComparison.Ordinal);

    private static SupervisedNetworkSpec Regression(int[] widths) => SupervisedNetworkSpec.Dense(widths, Activation.Relu) with { Objective = Objective.MeanSquaredError };

    private static void MakePositive(Bench kickback, Bench truth)
    {
        for (int l = 0; l < 4; l++)
        {
            Tensor<double> w = kickback.Network.Layers[l].Weights;
            for (int r = 0; r < w.Rows && l > 0; r++)
            {
                foreach (ref double weight in w.Row(r))
                {
                    weight = Math.Abs(weight);
                }
            }

            truth.Network.Layers[l].Weights.CopyFrom(w);
        }
    }
}
