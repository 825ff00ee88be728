using Engram.Learning.Outer;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Text;

namespace Engram.Supervised.Training;

/// <summary>How a network is trained by a method: batches, optimizers, rates.</summary>
/// <remarks>θ ← (1 − s (1 − γ)) (1 − r λ) θ − (the optimizer's step of rate r), s the schedule's factor, which r has in it, γ the method's
/// own decay, λ the weight decay (decoupled, Loshchilov and Hutter 2019);
/// biases do not decay.</remarks>
public sealed record SupervisedTrainingSpec
{
    /// <summary>n, examples of a batch; the last of an epoch has what is left.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Passes through the training examples.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Name in <see cref="MetaOptimizers.Registry"/> of the optimizer of W and b.</summary>
    public string Optimizer { get; init; } = "adam";

    /// <summary>r, the rate of W and b.</summary>
    public double Rate { get; init; } = 1e-3;

    /// <summary>Name of the optimizer of a method's own parameters, such as inverse weights.</summary>
    public string OwnOptimizer { get; init; } = "adam";

    /// <summary>The rate of a method's own parameters.</summary>
    public double OwnRate { get; init; } = 1e-3;

    /// <summary>What multiplies both rates, and what decays take away, as training goes on, by steps.</summary>
    public RateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>λ.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Checks every setting's range, and that the names are registered.</summary>
    /// <exception cref="EngramException">One is out of it, or is no name there is.</exception>
    public void Validate()
    {
        MetaTrainingSpec.Expect(nameof(BatchSize), BatchSize, BatchSize >= 1, "1 or more");
        MetaTrainingSpec.Expect(nameof(Epochs), Epochs, Epochs >= 0, "0 or more");
        MetaTrainingSpec.Expect(nameof(Rate), Rate, Rate is >= 0 and < double.PositiveInfinity, "a finite number, 0 or more");
        MetaTrainingSpec.Expect(nameof(OwnRate), OwnRate, OwnRate is >= 0 and < double.PositiveInfinity, "a finite number, 0 or more");
        MetaTrainingSpec.Expect(
            nameof(WeightDecay), WeightDecay, WeightDecay >= 0 && Rate * WeightDecay < 1, "0 or more, and less than 1 / rate");
        Schedule.Validate();
        _ = MetaOptimizers.Registry.Get(Optimizer);
        _ = MetaOptimizers.Registry.Get(OwnOptimizer);
    }
}
