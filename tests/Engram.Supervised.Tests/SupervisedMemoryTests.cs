using Engram.Learning.Networks;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

public class SupervisedMemoryTests
{
    private static readonly SupervisedNetworkSpec Network = SupervisedNetworkSpec.Dense([1000, 800, 10], Activation.Tanh);

    [Fact]
    public void BytesOf_LargeNetwork_CountsWeightsMomentsAndWhatTheMethodHas()
    {
        // By hand: W and b are (1001 × 800) + (801 × 10) numbers. Values, direction, true gradient, two moments; values and moments copied
        // into a checkpoint: 8. A method's own as many as W, with
        // values, direction, two moments and the copies of three of them: 7.
        double weights = 808_810, own = 808_000;
        Assert.Equal(4 * ((8 * weights) + (7 * own)), Weights(new BackpropagationSpec(), new()), 1.0);

        // Without moments 4 and 3; random features and their inverse weights beside the inverses.
        Assert.Equal(
            4 * ((4 * weights) + (3 * own)), Weights(new BackpropagationSpec(), new() { Optimizer = "sgd", OwnOptimizer = "sgd" }), 1.0);
        Assert.Equal(
            4 * 7 * 2 * 50 * 800.0,
            Weights(new AuxiliaryTargetPropagationSpec
            { AuxiliaryOutputs = 50 }, new()) - Weights(new SimplifiedTargetPropagationSpec(), new()), 1.0);

        // What depends on the batch grows with it, up to as many examples as there are.
        Assert.Equal(Bytes(256, 1000) - Bytes(128, 1000), Bytes(384, 1000) - Bytes(256, 1000), 1.0);
        Assert.Equal(Bytes(128, 1000), Bytes(512, 128));

        static double Bytes(int batch, int examples) =>
            SupervisedMemory.BytesOf(Network, new BackpropagationSpec(), new SupervisedTrainingSpec { BatchSize = batch }, examples);
        static double Weights(CreditAssignmentSpec method, SupervisedTrainingSpec training)
        {
            // Twice the need of a batch less that of one twice as large: what does not depend on batches is left.
            double One(int batch) => SupervisedMemory.BytesOf(Network, method, training with { BatchSize = batch }, 100_000);
            return (2 * One(128)) - One(256);
        }
    }

    [Fact]
    public void Expect_MoreAtOnceThanFit_SaysHowMany()
    {
        double room = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        int fit = (int)(room / SupervisedMemory.BytesOf(Network, new BackpropagationSpec(), new(), 100));
        SupervisedMemory.Expect(Network, new BackpropagationSpec(), new(), 100, Math.Max(1, fit / 2));
        EngramException refused =
            Assert.Throws<EngramException>(() => SupervisedMemory.Expect(Network, new BackpropagationSpec(), new(), 100, (2 * fit) + 2));

        Assert.Contains(
            $"for {(2 * fit) + 2} network(s) at once of 808,000 weights, on batches of 64", refused.Message, StringComparison.Ordinal);
    }
}
