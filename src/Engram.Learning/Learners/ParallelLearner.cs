using System.Collections.Immutable;
using System.Globalization;
using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;

namespace Engram.Learning.Learners;

/// <summary>Feedforward drive, feedback and plasticity at once, in Euler steps of all layers.</summary>
/// <remarks>
/// Parameters, state, pathways and rules are the local learner's. Rates begin every presentation at 0; they are no state of a life. What is
/// the same at every step (the first layer's drive as long as its weights stand still, everything once it has settled at dt = τ) is
/// recorded again and computed once: engines that compile find equal parts.
/// </remarks>
internal sealed class ParallelLearner(NetworkSpec network, ParallelLearnerSpec learner, PresentationTime time)
    : LocalLearner(network, learner)
{
    /// <inheritdoc/>
    public override FusedForm? Fused => null;

    private bool IsSegregated => learner.Drive == FeedforwardDrive.Segregated;

    private bool IsPreFeedback => learner.Presynaptic == PresynapticActivity.PreFeedback;

    /// <inheritdoc/>
    public override LifeState Step(in StepInputs inputs)
    {
        int layers = PlasticLayers.Length;
        Var? present = inputs.Mask is { } mask ? Objectives.Present(mask) : null;
        (Var input, MetaVars meta) = (inputs.Input, inputs.Meta);
        Var[] silence = [.. PlasticLayers.Select(l => input.Tape.Constant(input.Rows, l.Outputs, 0))];
        Var none = input.Tape.Constant(inputs.Target.Rows, inputs.Target.Columns, 0);

        // What feedback reaches, what it does not reach, and what was there when the signal came.
        Var[] rates = silence, basal = silence, trace = silence;
        Var signal = none;
        var feedback = new FeedbackStep?[layers];
        LifeState state = inputs.State;
        for (int step = 1; step <= time.Steps; step++)
        {
            StepInputs now = inputs.With(state);
            Var[] from = IsSegregated ? basal : rates;
            LifeState weights = state;
            Var[] drive = [.. Enumerable.Range(0, layers)
                .Select(j => PlasticLayers[j].Forward(j == 0 ? input : from[j - 1], weights[j], Biases(weights, meta, j)))];
            Var[] target = drive;
            if (step > time.Before)
            {
                trace = step == time.Before + 1 ? rates : trace;
                signal = Signal(learner.ClosedLoop ? rates[^1] : IsSegregated ? basal[^1] : trace[^1], now);
                (target, feedback) = WithFeedback(drive, rates, signal, present, now);
            }

            rates = [.. target.Select((to, j) => Follow(rates[j], to, step))];
            basal = !IsSegregated ? rates : ReferenceEquals(target, drive) ? rates
                : [.. drive.Select((to, j) => Follow(basal[j], to, step))];
            Show(inputs, rates, signal, step);
            if (step > time.Steps - time.Plastic)
            {
                Var[] pre = IsPreFeedback && step > time.Before ? IsSegregated ? basal : trace : rates;
                state = Learn(
                    now, new LayerActivities([input, .. pre.SkipLast(1)], rates, feedback, signal, present), time.Share);
            }
        }

        // Before the signal is what a layer does by itself, as two phases have it.
        Var[] alone = IsSegregated ? basal : time.Before > 0 ? trace : rates;
        Show(inputs, [input, .. alone], signal, feedback, rates);
        return state;
    }

    // Where rates are driven to, and what feedback does in that: all of it by what is there before the step.
    private (Var[] Target, FeedbackStep?[] Feedback) WithFeedback(Var[] drive, Var[] rates, Var signal, Var? present, in StepInputs now)
    {
        var target = new Var[drive.Length];
        var feedback = new FeedbackStep?[drive.Length];
        var above = ImmutableArray<AfterFeedback>.Empty;
        for (int j = drive.Length - 1; j >= 0; j--)
        {
            (target[j], feedback[j]) = WithFeedback(j, drive[j], signal, present, above, now);
            above = above.Add(new AfterFeedback(Network.FrozenLayers + j, rates[j]));
        }

        return (target, feedback);
    }

    private Var Follow(Var rate, Var target, int step) =>
        time.Follow == 1 ? target : step == 1 ? target * time.Follow : rate + ((target - rate) * time.Follow);

    private void Show(in StepInputs inputs, Var[] rates, Var signal, int step)
    {
        string at = step.ToString(CultureInfo.InvariantCulture);
        for (int j = 0; j < rates.Length; j++)
        {
            inputs.Show($"layer{Network.FrozenLayers + j}.rate.{at}", rates[j]);
        }

        inputs.Show($"signal.{at}", signal);
    }
}
