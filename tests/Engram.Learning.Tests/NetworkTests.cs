using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

public sealed class NetworkTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Fact]
    public void ConvolutionalNetwork_OfThePaper_HasItsSizes()
    {
        NetworkSpec network = new ConvolutionalNetwork().For(1, 84, 84, 1000, 2);
        Assert.Equal([41, 39, 19, 17, 8, 3], network.Layers.OfType<ConvolutionSpec>().Select(l => l.Shape.OutputHeight));
        Assert.Equal((1152, 128), (network.Layers[6].Inputs, network.Layers[6].Outputs));
        Assert.Equal((128, 1000, Activation.Identity), (network.Layers[7].Inputs, network.Layers[7].Outputs, network.Layers[7].Activation));
        ParameterLayout layout = ParameterLayout.For(network, new LocalLearnerSpec { Objective = Objective.CrossEntropy });
        Assert.Equal<int>([128, 128, 3, 3], layout.Parameters[layout.IndexOf("layer1.weight")].Shape);
        Assert.Equal<int>([128], layout.Parameters[layout.IndexOf("layer1.bias")].Shape);
    }

    [Theory]
    [InlineData(20, "convolution of 1×1 pixels")]
    [InlineData(2, "convolution of 2×2 pixels")]
    public void ConvolutionalNetwork_OfImagesTooSmall_SaysAtWhichLayer(int side, string expected)
    {
        EngramException wrong = Assert.Throws<EngramException>(() => new ConvolutionalNetwork().For(1, side, side, 5, 2));
        Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith("Layer ", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Network_WithAConvolutionThatDoesNotFit_IsRefused()
    {
        var first = new ConvolutionSpec(new ConvolutionShape(1, 4, 4, 2, 3, 1, 0), Activation.Relu);
        var same = new ConvolutionSpec(new ConvolutionShape(8, 1, 1, 2, 1, 1, 0), Activation.Relu);
        Assert.Contains(
            "channels, height and width", Assert.Throws<EngramException>(() => new NetworkSpec([first, same], 1)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "convolutions come first",
            Assert.Throws<EngramException>(() => new NetworkSpec([new LinearSpec(3, 8, Activation.Relu), same], 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FeedforwardPass_OfAConvolution_AgreesWithTheLifetimesOwn()
    {
        ParameterLayout layout = ParameterLayout.For(
            new ConvolutionalNetwork { Channels = 3, Strides = [2, 1], HiddenWidths = [6] }.For(2, 9, 8, 4, 1), new LocalLearnerSpec
            { Objective = Objective.CrossEntropy });
        using var point = new RandomPoint(layout, 3, 0, 1, 6);
        Tensor<double> output = FeedforwardPass.Run(point.Parameters, point.Lifetime.QueryInputs, arena)[^1];
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        double loss = 0;
        for (int q = 0; q < output.Rows; q++)
        {
            double[] row = output.Row(q).ToArray();
            double logarithm = Math.Log(row.Sum(Math.Exp));
            loss += row.Select((z, k) => point.Lifetime.QueryTargets[q, k] * (logarithm - z)).Sum() / output.Rows;
        }

        Assert.Equal(loss, engine.Live(point.Parameters, point.Lifetime).QueryLoss, 1e-12);
    }

    [Fact]
    public void PlasticConvolution_OnACaseWorkedByHand_ChangesByTheMeanOverPositions()
    {
        // One 1×1 kernel on an image of two pixels, 2 and 4: two positions, P = 2. W = 0.5, b = 0, so x = (1, 2), which are the outputs. No
        // feedback (β = 0): p = x, a = (2, 4).
        // Σ p a = 2 + 8 = 10 and d = 1 + 4 = 5; Oja with α = 0.1: ΔW = 0.1 (10 − 5 · 0.5) / 2 = 0.375.
        Assert.Equal(0.875, WeightAfterOneStep(new LocalLearnerSpec()), 1e-15);
    }

    [Fact]
    public void PlasticConvolution_UnderAGradientLearner_DescendsTheSumOverPositions()
    {
        // As above with target 0: ℓ = (1² + 2²) / 2, ∂ℓ/∂W = Σ x a = 10, ∂ℓ/∂b = 3: W = 0.5 − 0.01 · 10.
        Assert.Equal(0.4, WeightAfterOneStep(new GradientLearnerSpec { FixedInnerRate = 0.01 }), 1e-15);
    }

    /// <summary>The weight, 0.5 at first, of a 1×1 kernel after it saw two pixels, 2 and 4, once; α is 0.1 where a learner has one, targets
    /// are 0.</summary>
    private double WeightAfterOneStep(LearnerSpec learner)
    {
        var layer = new ConvolutionSpec(new ConvolutionShape(1, 1, 2, 1, 1, 1, 0), Activation.Identity);
        ParameterLayout layout = ParameterLayout.For(new NetworkSpec([layer], 1), learner);
        using var parameters = new MetaParameters<double>(layout);
        parameters["layer0.weight"].Fill(0.5);
        if (layout.IndexOf("layer0.alpha") >= 0)
        {
            parameters["layer0.alpha"].Fill(0.1);
        }

        Tensor<double> image = arena.Allocate<double>(1, 2);
        (image[0, 0], image[0, 1]) = (2, 4);
        Tensor<double> target = arena.Allocate<double>(1, 2);
        double after = double.NaN;
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        engine.Live(
            parameters, new Lifetime<double>(1, 1, image, target, image, target), null, new Watcher(weights => after = weights[0][0, 0]));
        return after;
    }

    private delegate void Seen(ReadOnlySpan<Tensor<double>> weights);

    private sealed class Watcher(Seen seen) : ILifetimeObserver<double>
    {
        public void OnState(int innerStep, LifeTensors<double> state) => seen(state.Weights);
    }
}
