using System.Globalization;
using Engram.Learning.Networks;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Supervised.Training;

/// <summary>What a supervised training takes of memory, so that what does not fit is refused before it begins.</summary>
public static class SupervisedMemory
{
    /// <summary>Bytes of a training: network, directions, moments, what the method has of its own, a batch on its way, what an observer
    /// compares with, and a checkpoint that is being written.</summary>
    /// <param name="network">The network.</param>
    /// <param name="method">The method.</param>
    /// <param name="training">Batches and optimizers.</param>
    /// <param name="examples">Training examples: a batch has no more of them.</param>
    public static double BytesOf(SupervisedNetworkSpec network, CreditAssignmentSpec method, SupervisedTrainingSpec training, int examples)
    {
        double capacity = Tensor<float>.StrideFor(Math.Min(training.BatchSize, examples));
        double weights = network.Layers.Sum(l => (double)l.WeightRows * (l.WeightColumns + 1));
        int moments = MetaOptimizers.Registry.Get(training.Optimizer).Moments.Length,
            ownMoments = MetaOptimizers.Registry.Get(training.OwnOptimizer).Moments.Length;

        // Values, direction, the true gradient and moments; values and moments again in a checkpoint. What a method has of its own has no
        // true gradient.
        double numbers = (weights * (4 + (2 * moments))) + (method.OwnNumbers(network) * (3 + (2 * Math.Max(moments, ownMoments))));

        // Activities, the true gradient's and the method's errors, its targets, guesses and noise, and what operators turn; patches of
        // images side by side.
        double units = network.Layers.Sum(l => 6.0 * ((double)l.Inputs + l.Outputs)),
            patches = network.Layers.Sum(l => l is ConvolutionSpec { Geometry: { } g } ? 2.0 * g.PatchSize * g.Positions : 0);
        return sizeof(float) * (numbers + (capacity * (units + patches)));
    }

    /// <summary>Refuses trainings that do not fit into memory side by side.</summary>
    /// <param name="network">The network.</param>
    /// <param name="method">The method.</param>
    /// <param name="training">Batches and optimizers.</param>
    /// <param name="examples">Training examples.</param>
    /// <param name="atOnce">How many run at once.</param>
    /// <exception cref="EngramException">They do not fit.</exception>
    public static void Expect(
        SupervisedNetworkSpec network, CreditAssignmentSpec method, SupervisedTrainingSpec training, int examples, int atOnce) =>
        MemoryLimit.Expect(
        atOnce * BytesOf(network, method, training, examples),
        string.Create(CultureInfo.InvariantCulture,
            $"{atOnce} network(s) at once of {network.Layers.Sum(l => (double)l.WeightRows * l.WeightColumns):N0} weights, on batches " +
            $"of {training.BatchSize}"),
        "lower the widths, training.batch-size or --threads.");
}
