using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

/// <summary>Layers on images in supervised networks; that their gradients are gradients is for the conformance test of methods.</summary>
public class LocalLayerTests
{
    private static readonly ConvolutionShape First = new(1, 9, 8, 10, 3, 2, 1);
    private static readonly ConvolutionShape Second = new(10, 5, 4, 9, 2, 1, 0);

    public static TheoryData<string> Methods => ["backprop", "feedback-alignment", "weight-mirrors", "dtp", "ao-sdtp"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_OneThreadOrThree_GivesTheSameBits(string method)
    {
        using SupervisedTrainer one = Trainer(method, 1), three = Trainer(method, 3);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(one.Step(), three.Step());
        }

        for (int l = 0; l < one.Network.Layers.Length; l++)
        {
            Assert.Equal(one.Network.Layers[l].Weights.ToArray(), three.Network.Layers[l].Weights.ToArray());
            Assert.Equal(one.Network.Layers[l].Biases.ToArray(), three.Network.Layers[l].Biases.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Training_EveryVectorWidth_GivesTheSameBits(string method)
    {
        using SupervisedTrainer plain = Trainer(method, 1, VectorWidth.Scalar);
        SupervisedStepReport[] expected = [.. Enumerable.Range(0, 4).Select(_ => plain.Step())];
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Except([VectorWidth.Scalar]))
        {
            using SupervisedTrainer wide = Trainer(method, 1, width);
            Assert.Equal(expected, Enumerable.Range(0, 4).Select(_ => wide.Step()));
            for (int l = 0; l < plain.Network.Layers.Length; l++)
            {
                Assert.Equal(plain.Network.Layers[l].Weights.ToArray(), wide.Network.Layers[l].Weights.ToArray());
                Assert.Equal(plain.Network.Layers[l].Biases.ToArray(), wide.Network.Layers[l].Biases.ToArray());
            }
        }
    }

    [Fact]
    public void Forward_OfLayersOnImages_IsWhatTheirPlainLoopsSay()
    {
        var convolution = new ConvolutionSpec(First, Activation.Identity);
        var local = new LocallyConnectedSpec(Second, Activation.Identity);
        using var team = new WorkerTeam(2);
        using var network = new SupervisedNetwork<double>(new SupervisedNetworkSpec([convolution, local])
        { Objective = Objective.MeanSquaredError }, 21, new RandomStream(4), team);
        using var pass = new ForwardPass<double>(network.Spec, 21);
        using var arena = new Arena();
        Tensor<double> x = arena.Allocate<double>(19, convolution.Inputs), y = arena.Allocate<double>(19, local.Outputs);
        var random = new RandomStream(9);
        for (int n = 0; n < 19; n++)
        {
            random.FillNormal(x.Row(n), 1);
        }

        random.FillNormal(network.Layers[0].Biases.Row(0), 1);
        random.FillNormal(network.Layers[1].Biases.Row(0), 1);
        pass.Load(x, y);
        network.Forward(pass);
        Tensor<double> middle = arena.Allocate<double>(19, convolution.Outputs), below = arena.Allocate<double>(convolution.Outputs, 19),
            expected = arena.Allocate<double>(local.Outputs, 19);
        ConvolutionReference.Forward(First, x, network.Layers[0].Weights, network.Layers[0].Biases.Row(0), middle);
        for (int n = 0; n < 19; n++)
        {
            for (int i = 0; i < convolution.Outputs; i++)
            {
                below[i, n] = middle[n, i];
            }
        }

        LocallyConnectedReference.Forward(Second, below, network.Layers[1].Weights, network.Layers[1].Biases.Row(0), expected);
        Assert.True(expected.ToArray().Zip(pass.Activity(2).ToArray(), (a, b) => Math.Abs(a - b)).Max() < 1e-12);
    }

    [Fact]
    public void Network_OfImagesThatDoNotFit_IsRefused()
    {
        EngramException wrong = Assert.Throws<EngramException>(() => new SupervisedNetworkSpec(
            [new ConvolutionSpec(First, Activation.Tanh),
                new LocallyConnectedSpec(Second with { Channels = 5, Height = 10 }, Activation.Identity)]));
        Assert.Contains(
            "layer 1 on images of 5 × 10 × 4 after a convolution of 10 × 5 × 4 units with the activation tanh, expected", wrong.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Lifetimes_WithLocallyConnectedLayers_AreRefused() =>
        Assert.Contains(
            "locally connected",
            Assert.Throws<EngramException>(() => new NetworkSpec([new LocallyConnectedSpec(First, Activation.Identity)], 1)).Message,
            StringComparison.Ordinal);

    private static SupervisedTrainer Trainer(string method, int threads, VectorWidth? width = null)
    {
        var spec = new SupervisedNetworkSpec(
        [
            new LocallyConnectedSpec(First, Activation.Tanh), new ConvolutionSpec(Second, Activation.Tanh),
                new LinearSpec(Second.Outputs, 20, Activation.Tanh), new LinearSpec(20, 3, Activation.Identity),
        ]);
        return new SupervisedTrainer(spec, CreditAssignments.Registry.Get(method), new SupervisedTrainingSpec
        { BatchSize = 20 }, new Blobs(50, 72, 3, seed: 2), seed: 1, threads, width);
    }
}
