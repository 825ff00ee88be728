using System.Numerics;

namespace Engram.Learning;

/// <summary>Where meta-parameters start. W and B are Kaiming normal (std √(2 / fan_in)); b = c = 0.</summary>
public sealed record InitializationSpec
{
    /// <summary>Factor on the standard deviation of B.</summary>
    public double FeedbackScale { get; init; } = 1;

    /// <summary>Initial β of hidden plastic layers.</summary>
    public double HiddenFeedbackStrength { get; init; } = 0.5;

    /// <summary>Initial β of the output layer.</summary>
    public double ReadoutFeedbackStrength { get; init; } = 0.5;

    /// <summary>Initial α (weights and biases) of hidden plastic layers.</summary>
    public double HiddenPlasticity { get; init; }

    /// <summary>Initial α (weights and biases) of the output layer; also <see cref="Granularity.Network"/>'s one α.</summary>
    public double ReadoutPlasticity { get; init; }
}

/// <summary>Rates of the meta-optimizer, by group of meta-parameters.</summary>
public sealed record MetaRates
{
    /// <summary>W and b.</summary>
    public double Feedforward { get; init; } = 1e-4;

    /// <summary>B and c.</summary>
    public double Feedback { get; init; } = 1e-4;

    /// <summary>α of hidden plastic layers.</summary>
    public double HiddenPlasticity { get; init; } = 1e-8;

    /// <summary>α of the output layer.</summary>
    public double ReadoutPlasticity { get; init; } = 1e-8;

    /// <summary>β.</summary>
    public double FeedbackStrength { get; init; } = 1e-4;
}

/// <summary>How the rates change while meta-training goes on: each is multiplied by a factor of the outer step.</summary>
public abstract record RateSchedule
{
    /// <summary>The factor at an outer step.</summary>
    public abstract double Factor(long outerStep, long outerSteps);
}

/// <summary>factor = 1.</summary>
public sealed record ConstantSchedule : RateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long outerStep, long outerSteps) => 1;
}

/// <summary>Linear from 0 over <paramref name="WarmupSteps"/>, then half a cosine from 1 down to <paramref name="Floor"/> at the last outer step.</summary>
public sealed record CosineSchedule(long WarmupSteps, double Floor) : RateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long outerStep, long outerSteps)
    {
        if (outerStep < WarmupSteps)
        {
            return (outerStep + 1.0) / WarmupSteps;
        }

        double progress = Math.Min(1, (outerStep - WarmupSteps) / (double)Math.Max(1, outerSteps - WarmupSteps));
        return Floor + ((1 - Floor) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }
}

/// <summary>factor = <paramref name="Decay"/> to the number of whole periods of <paramref name="PeriodSteps"/> that have passed.</summary>
public sealed record StepSchedule(long PeriodSteps, double Decay) : RateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long outerStep, long outerSteps) => Math.Pow(Decay, outerStep / PeriodSteps);
}

/// <summary>How meta-parameters are learnt between lives.</summary>
public sealed record MetaTrainingSpec
{
    /// <summary>How many outer steps.</summary>
    public long OuterSteps { get; init; } = 20_000;

    /// <summary>Lifetimes whose meta-gradients are averaged for one outer step.</summary>
    public int LifetimesPerOuterStep { get; init; } = 1;

    /// <summary>Name of the meta-optimizer in its registry.</summary>
    public string Optimizer { get; init; } = "adam";

    /// <summary>Rates by group.</summary>
    public MetaRates Rates { get; init; } = new();

    /// <summary>What multiplies the rates as meta-training goes on.</summary>
    public RateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>Longest meta-gradient (Euclidean norm over all meta-parameters) that is not scaled down; null for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Outer steps after which the optimizer's moments start afresh, as the authors' code does every 1,000; null for never.</summary>
    public long? RestartEvery { get; init; }
}

/// <summary>Where meta-training takes its lifetimes from.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface ILifetimeSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The lifetime of that index: always the same numbers for the same index. It is written into the buffers of
    /// <paramref name="slot"/> and stays valid until the next call for that slot; different slots may be filled by different threads at once.
    /// </summary>
    Lifetime<T> Get(ulong index, int slot);
}
