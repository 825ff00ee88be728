using System.Numerics;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer.Estimators;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Parameters;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>What direction B has before meta-training.</summary>
public enum FeedbackStart
{
    /// <summary>Random: Kaiming normal, as the paper has it.</summary>
    Random,

    /// <summary>
    /// That of the path back from the output through the initial W, B_i ∝ (W_L ⋯ W_{i+1})ᵀ, as large as random ones: feedback then points
    /// down the error from the first lifetime on.
    /// A start alone: W and B are learnt apart from there.
    /// </summary>
    Aligned,
}

/// <summary>What initial α stand for.</summary>
public enum PlasticityUnit
{
    /// <summary>α itself, the same in every layer.</summary>
    Synapse,

    /// <summary>The sum of α over a neuron's inputs: α is that, divided by the layer's fan-in, so that widths differ less.</summary>
    Neuron,
}

/// <summary>Where meta-parameters start. W and B are Kaiming normal (std √(2 / fan_in)) unless <see cref="Feedback"/> says otherwise; b = c
/// = 0.</summary>
public sealed record InitializationSpec
{
    /// <summary>Direction of B.</summary>
    public FeedbackStart Feedback { get; init; }

    /// <summary>Factor on the standard deviation of B.</summary>
    public double FeedbackScale { get; init; } = 1;

    /// <summary>Initial β of hidden plastic layers.</summary>
    public double HiddenFeedbackStrength { get; init; } = 0.5;

    /// <summary>Initial β of the output layer.</summary>
    public double ReadoutFeedbackStrength { get; init; } = 0.5;

    /// <summary>Initial α (weights and biases) of hidden plastic layers.</summary>
    public double HiddenPlasticity { get; init; }

    /// <summary>
    /// Initial α (weights and biases) of hidden plastic layers below the last one; null for <see cref="HiddenPlasticity"/>.
    /// Small, it lets the last two plastic layers learn first, and those below them join when it pays.
    /// </summary>
    public double? LowerPlasticity { get; init; }

    /// <summary>Initial α (weights and biases) of the output layer; also <see cref="Granularity.Network"/>'s one α.</summary>
    public double ReadoutPlasticity { get; init; }

    /// <summary>What <see cref="HiddenPlasticity"/>, <see cref="LowerPlasticity"/> and <see cref="ReadoutPlasticity"/> stand for.</summary>
    public PlasticityUnit PlasticityUnit { get; init; }

    /// <summary>Initial values of other parameters, by name or role: of what rules, pathways and learners declare; what is not there starts
    /// as its declaration says.</summary>
    public NamedNumbers Starts { get; init; } = NamedNumbers.None;

    /// <summary>Initial value of one α, in <see cref="PlasticityUnit"/>.</summary>
    internal double PlasticityOf(ParameterSpec alpha, NetworkSpec network) =>
        ByLayer(alpha, network, LowerPlasticity, HiddenPlasticity, ReadoutPlasticity);

    /// <summary>
    /// What holds for one α: <paramref name="readout"/> in the output layer and for <see cref="Granularity.Network"/>'s one α,
    /// <paramref name="hidden"/> in the last hidden layer,
    /// <paramref name="lower"/>, or where it is null <paramref name="hidden"/>, below.
    /// </summary>
    internal static double ByLayer(ParameterSpec alpha, NetworkSpec network, double? lower, double hidden, double readout)
    {
        int last = network.Layers.Length - 1;
        return alpha.Layer < 0 || alpha.Layer == last ? readout : alpha.Layer == last - 1 ? hidden : lower ?? hidden;
    }

    /// <summary>Checks that every number is finite, and the scale not negative.</summary>
    /// <exception cref="EngramException">One is not.</exception>
    public void Validate()
    {
        MetaTrainingSpec.Expect(
            nameof(FeedbackScale), FeedbackScale, double.IsFinite(FeedbackScale) && FeedbackScale >= 0, "a finite number from 0");
        foreach ((string what, double value) in (ReadOnlySpan<(string, double)>)[
            (nameof(HiddenFeedbackStrength), HiddenFeedbackStrength),
            (nameof(ReadoutFeedbackStrength), ReadoutFeedbackStrength),
            (nameof(HiddenPlasticity), HiddenPlasticity),
            (nameof(LowerPlasticity), LowerPlasticity ?? HiddenPlasticity),
            (nameof(ReadoutPlasticity), ReadoutPlasticity)])
        {
            MetaTrainingSpec.Expect(what, value, double.IsFinite(value), "a finite number");
        }

        foreach ((string what, double value) in Starts.Items)
        {
            MetaTrainingSpec.Expect("start of " + what, value, float.IsFinite((float)value), "a number that is finite in single precision");
        }
    }
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

    /// <summary>α of hidden plastic layers below the last one; null for <see cref="HiddenPlasticity"/>.</summary>
    public double? LowerPlasticity { get; init; }

    /// <summary>α of the output layer.</summary>
    public double ReadoutPlasticity { get; init; } = 1e-8;

    /// <summary>β.</summary>
    public double FeedbackStrength { get; init; } = 1e-4;

    /// <summary>Rates of single parameters or of roles, by name; they go before all others.</summary>
    public NamedNumbers Named { get; init; } = NamedNumbers.None;

    /// <summary>The rate of one meta-parameter: that of its name, or else the one that it declares, or that of its role, or that of W;
    /// <see cref="Granularity.Network"/>'s one α has the output layer's.</summary>
    public double For(ParameterSpec parameter, NetworkSpec network) => Named.Find(parameter) ?? parameter.Rate ?? parameter.Role switch
    {
        ParameterRoles.FeedforwardWeights or ParameterRoles.Biases => Feedforward,
        ParameterRoles.FeedbackWeights or ParameterRoles.FeedbackBiases => Feedback,
        ParameterRoles.Plasticity => InitializationSpec.ByLayer(parameter, network, LowerPlasticity, HiddenPlasticity, ReadoutPlasticity),
        ParameterRoles.FeedbackStrength => FeedbackStrength,
        _ => Feedforward,
    };

    /// <summary>Checks that every rate is finite and not negative; 0 keeps a group where it starts.</summary>
    /// <exception cref="EngramException">One is not.</exception>
    public void Validate()
    {
        foreach ((string what, double value) in (ReadOnlySpan<(string, double)>)[
            (nameof(Feedforward), Feedforward),
            (nameof(Feedback), Feedback),
            (nameof(HiddenPlasticity), HiddenPlasticity),
            (nameof(LowerPlasticity), LowerPlasticity ?? HiddenPlasticity),
            (nameof(ReadoutPlasticity), ReadoutPlasticity),
            (nameof(FeedbackStrength), FeedbackStrength)])
        {
            MetaTrainingSpec.Expect("rate " + what, value, double.IsFinite(value) && value >= 0, "a finite number from 0");
        }

        foreach ((string what, double value) in Named.Items)
        {
            MetaTrainingSpec.Expect("rate " + what, value, double.IsFinite(value) && value >= 0, "a finite number from 0");
        }
    }
}

/// <summary>How the rates change while meta-training goes on: each is multiplied by a factor of the outer step.</summary>
public abstract record RateSchedule
{
    /// <summary>The factor at an outer step.</summary>
    public abstract double Factor(long outerStep, long outerSteps);

    /// <summary>Whether the factor depends on how many outer steps there will be; if so, a run cannot be resumed with another number of
    /// them.</summary>
    public virtual bool DependsOnOuterSteps => true;

    /// <summary>Checks the settings' ranges.</summary>
    /// <exception cref="EngramException">One is out of its range.</exception>
    public virtual void Validate()
    {
    }
}

/// <summary>factor = 1.</summary>
[SettingsName("constant", "ConstantSchedule")]
public sealed record ConstantSchedule : RateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long outerStep, long outerSteps) => 1;

    /// <inheritdoc/>
    public override bool DependsOnOuterSteps => false;
}

/// <summary>Linear from 0 over <paramref name="WarmupSteps"/>, then half a cosine from 1 down to <paramref name="Floor"/>, which the outer
/// step after the last would have.</summary>
[SettingsName("cosine", "CosineSchedule")]
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
        return Floor + ((1 - Floor) * 0.5 * (1 + DeterministicMath.Cos(Math.PI * progress)));
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        MetaTrainingSpec.Expect(nameof(WarmupSteps), WarmupSteps, WarmupSteps >= 0, "0 or more");
        MetaTrainingSpec.Expect(nameof(Floor), Floor, Floor is >= 0 and <= 1, "0 to 1");
    }
}

/// <summary>factor = <paramref name="Decay"/> to the number of whole periods of <paramref name="PeriodSteps"/> that have passed.</summary>
[SettingsName("step", "StepSchedule")]
public sealed record StepSchedule(long PeriodSteps, double Decay) : RateSchedule
{
    /// <inheritdoc/>
    public override double Factor(long outerStep, long outerSteps) => DeterministicMath.Power(Decay, outerStep / PeriodSteps);

    /// <inheritdoc/>
    public override bool DependsOnOuterSteps => false;

    /// <inheritdoc/>
    public override void Validate()
    {
        MetaTrainingSpec.Expect(nameof(PeriodSteps), PeriodSteps, PeriodSteps >= 1, "1 or more");
        MetaTrainingSpec.Expect(nameof(Decay), Decay, Decay is > 0 and <= 1, "above 0, at most 1");
    }
}

/// <summary>How meta-parameters are learnt between lives.</summary>
public sealed record MetaTrainingSpec
{
    /// <summary>How many outer steps.</summary>
    public long OuterSteps { get; init; } = 20_000;

    /// <summary>Lifetimes whose meta-gradients are averaged for one outer step.</summary>
    public int LifetimesPerOuterStep { get; init; } = 1;

    /// <summary>The meta-optimizer.</summary>
    [Setting("Meta-optimizer.")]
    public IMetaOptimizer Optimizer { get; init; } = new AdamOptimizer();

    /// <summary>What estimates the meta-gradient of a lifetime.</summary>
    [Setting("How the meta-gradient of a lifetime is found.")]
    public IMetaGradientEstimator Estimator { get; init; } = new BackpropagationEstimator();

    /// <summary>Rates by group.</summary>
    public MetaRates Rates { get; init; } = new();

    /// <summary>What multiplies the rates as meta-training goes on.</summary>
    public RateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>Longest meta-gradient (Euclidean norm over all meta-parameters) that is not scaled down; null for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Outer steps after which the optimizer's moments start afresh, as the authors' code does every 1,000; null for
    /// never.</summary>
    public long? RestartEvery { get; init; }

    /// <summary>Checks every setting's range, those of optimizer and estimator too.</summary>
    /// <exception cref="EngramException">One is out of it.</exception>
    public void Validate()
    {
        Expect(nameof(OuterSteps), OuterSteps, OuterSteps >= 0, "0 or more");
        Expect(nameof(LifetimesPerOuterStep), LifetimesPerOuterStep, LifetimesPerOuterStep >= 1, "1 or more");
        Expect(nameof(ClipNorm), ClipNorm ?? 1, ClipNorm is null or (> 0 and < double.PositiveInfinity),
            "a finite number above 0, or none");
        Expect(nameof(RestartEvery), RestartEvery ?? 1, RestartEvery is null or >= 1, "1 or more, or none");
        Rates.Validate();
        Schedule.Validate();
        SettingAttribute.Check(Optimizer, Optimizer.GetType().Name);
        SettingAttribute.Check(Estimator, Estimator.GetType().Name);
    }

    internal static void Expect<TValue>(string what, TValue found, bool holds, string expected)
    {
        if (!holds)
        {
            throw new SettingException($"Found {what} = {found}, expected {expected}.", what);
        }
    }
}

/// <summary>Where meta-training takes its lifetimes from.</summary>
/// <typeparam name="T">The element type.</typeparam>
public interface ILifetimeSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// The lifetime of that index: always the same numbers for the same index. It is written into the buffers of
    /// <paramref name="slot"/> and stays valid until the next call for that slot; different slots may be filled by different threads at
    /// once.
    /// </summary>
    Lifetime<T> Get(ulong index, int slot);
}

/// <summary>
/// Lifetimes that meta-parameters may be learnt from. Only sources bound to the meta-training split implement it, and
/// <see cref="MetaTrainer"/> takes
/// nothing else, so that code that meta-trains on a test split does not compile.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public interface IMetaTrainingSource<T> : ILifetimeSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
}
