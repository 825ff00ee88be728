using System.Globalization;
using Engram.Learning.Networks;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>What a plastic layer hears of the layer below it.</summary>
public enum FeedforwardDrive
{
    /// <summary>Its rate r_{i−1}, feedback and all.</summary>
    Mixed,

    /// <summary>The rate u_{i−1} of a compartment of its own that feedback does not reach: τ u̇_i = −u_i + φ(W_i u_{i−1} + b_i).</summary>
    Segregated,
}

/// <summary>When in a presentation weights change.</summary>
public enum PlasticTime
{
    /// <summary>From its beginning to its end, before the signal too.</summary>
    Always,

    /// <summary>As long as the signal is there.</summary>
    WithSignal,

    /// <summary>In its last step of time alone.</summary>
    AtEnd,
}

/// <summary>
/// Feedforward drive, feedback and plasticity at once, in continuous time: τ ṙ_i = −r_i + (1 − β_i) φ(W_i r_{i−1} + b_i) + β_i φ(B_i s +
/// c_i), τ_W Ẇ = the rule's change by r_i and r_{i−1}.
/// </summary>
/// <remarks>
/// <para>A presentation shows the input from its beginning, when all rates are 0, and the signal from <see cref="BeforeSignal"/> on. Until
/// then no feedback arrives (β = 0). Time goes in Euler steps of all layers at once: all rates at t + dt follow from those at t; the
/// weights follow from the new rates. An answer is the settled output without a signal, as of every other learner.</para>
/// <para>With dt = τ for as many steps as there are plastic layers, before the signal and with it, and weights that change at the end, it
/// is the learner of two phases: with <see cref="FeedforwardDrive.Segregated"/> always, with <see cref="FeedforwardDrive.Mixed"/> where no
/// layer above one that feedback changes listens to it (its β is 1, or it is clamped).</para>
/// <para>Source: Lindsey and Litwin-Kumar 2020, section 8.3, which names it as an extension. Rates are mixed, not voltages.</para>
/// </remarks>
[SettingsName("parallel")]
public sealed record ParallelLearnerSpec : LocalLearnerSpec
{
    private const double SettlingTimes = 1;
    private const double MostSteps = 10_000;

    /// <summary>Presynaptic activity that is as mixed as the rates are: what the equation has.</summary>
    public ParallelLearnerSpec() => Presynaptic = PresynapticActivity.PostFeedback;

    /// <summary>τ of the rates.</summary>
    [Setting(0, 1e9, "Time constant of the rates (τ).", AboveMinimum = true, Unit = "ms")]
    public double TimeConstant { get; init; } = 10;

    /// <summary>dt, at most τ.</summary>
    [Setting(0, 1e9, "An Euler step of time (dt), at most the time constant of the rates.", AboveMinimum = true, Unit = "ms")]
    public double TimeStep { get; init; } = 10;

    /// <summary>How long the input is there before the signal; null for (L + 1) τ, L the number of plastic layers.</summary>
    [Setting(0, 1e9, "How long the input is there before the signal; none for (plastic layers + 1) time constants.", Unit = "ms")]
    public double? BeforeSignal { get; init; }

    /// <summary>How long both are there; null for (L + 1) τ.</summary>
    [Setting(0, 1e9, "How long input and signal are there together; none for (plastic layers + 1) time constants.", AboveMinimum = true,
        Unit = "ms")]
    public double? WithSignal { get; init; }

    /// <summary>τ_W; null for the time in which weights change, so that settled rates change them once by the rule.</summary>
    [Setting(0, 1e12, "Time constant of the weights (τ_W); none for the time in which they change, so that a presentation counts as "
        + "one update.", AboveMinimum = true, Unit = "ms")]
    public double? WeightTimeConstant { get; init; }

    /// <summary>When weights change.</summary>
    [Setting("When in a presentation weights change.")]
    public PlasticTime PlasticTime { get; init; } = PlasticTime.WithSignal;

    /// <summary>What layers hear of the layer below.</summary>
    [Setting("What a layer hears of the one below: its rate, feedback and all, or a compartment that feedback does not reach.")]
    public FeedforwardDrive Drive { get; init; } = FeedforwardDrive.Mixed;

    /// <summary>Whether the error is that of the output's rate at each moment, s = y − r_L, which feedback itself changes; otherwise that
    /// of the output without feedback.</summary>
    /// <remarks>Without: the output's rate when the signal comes, held; with <see cref="FeedforwardDrive.Segregated"/> the rate of its
    /// compartment at each moment.</remarks>
    [Setting("Whether the error is that of the output's rate at each moment (s = y − r_L), which feedback itself changes.")]
    public bool ClosedLoop { get; init; }

    /// <inheritdoc/>
    public override ILearner Create(NetworkSpec network) => new ParallelLearner(network, this, Time(network.PlasticLayers));

    /// <summary>The steps of a presentation.</summary>
    /// <param name="plasticLayers">L.</param>
    /// <exception cref="EngramException">Settings contradict each other.</exception>
    public PresentationTime Time(int plasticLayers)
    {
        if (TimeStep > TimeConstant)
        {
            throw new EngramException(string.Create(CultureInfo.InvariantCulture,
                $"Found learner.time-step {TimeStep} ms with learner.time-constant {TimeConstant} ms, expected a step of at most the " +
                $"time constant: a longer one overshoots."));
        }

        double settled = (plasticLayers + SettlingTimes) * TimeConstant;
        int before = Steps(BeforeSignal ?? settled, "before-signal"), with = Steps(WithSignal ?? settled, "with-signal");
        if (before == 0 && Drive == FeedforwardDrive.Mixed && Presynaptic == PresynapticActivity.PreFeedback)
        {
            throw new EngramException(
                "Found learner.presynaptic pre-feedback with learner.before-signal 0, expected a time before the signal, from which " +
                "there is a trace; or learner.drive segregated.");
        }

        if (before == 0 && Drive == FeedforwardDrive.Mixed && Signal == FeedbackSignal.Error && !ClosedLoop)
        {
            throw new EngramException(
                "Found an error signal with learner.before-signal 0, expected a time before it in which the output gets its rate; or " +
                "learner.closed-loop true, or learner.drive segregated.");
        }

        if (ClosedLoop && Signal == FeedbackSignal.Target)
        {
            throw new EngramException(
                "Found learner.closed-loop true with learner.signal target, expected signal error: a target does not depend on the " +
                "output.");
        }

        int plastic = PlasticTime switch { PlasticTime.Always => before + with, PlasticTime.WithSignal => with, _ => 1 };
        double share = WeightTimeConstant is { } slow ? TimeStep / slow : 1.0 / plastic;
        return new PresentationTime(before, with, plastic, TimeStep == TimeConstant ? 1 : TimeStep / TimeConstant, share);
    }

    private int Steps(double time, string key)
    {
        double steps = Math.Round(time / TimeStep);
        return Math.Abs((steps * TimeStep) - time) > 1e-6 * Math.Max(time, TimeStep)
            ? throw new EngramException(string.Create(CultureInfo.InvariantCulture,
                $"Found learner.{key} {time} ms with learner.time-step {TimeStep} ms, expected a whole number of steps."))
            : steps > MostSteps
            ? throw new EngramException(string.Create(CultureInfo.InvariantCulture,
                $"Found learner.{key} {time} ms in steps of {TimeStep} ms, expected at most {MostSteps} steps; set a longer time-step."))
            : (int)steps;
    }
}

/// <summary>The Euler steps of a presentation.</summary>
/// <param name="Before">Steps before the signal.</param>
/// <param name="With">Steps with it.</param>
/// <param name="Plastic">In how many of them, the last ones, weights change.</param>
/// <param name="Follow">dt / τ: how far rates go to where they are driven in a step.</param>
/// <param name="Share">dt / τ_W: how much of the rule's change a step makes.</param>
public readonly record struct PresentationTime(int Before, int With, int Plastic, double Follow, double Share)
{
    /// <summary>All steps.</summary>
    public int Steps => Before + With;
}
