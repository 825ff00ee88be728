using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;

namespace Engram.Learning.Engines.Tape;

/// <summary>The plain engine: frozen layers once over everything, inner steps one by one on a small tape, forward and in the reverse
/// scan.</summary>
/// <remarks>
/// Runs every learner, rule and option. States are kept every ⌈√T⌉ inner steps, and recomputed between, so that memory grows
/// with √T. In the reverse scan a step is recorded again from the state before it, and multiplied with the adjoint of the state after it.
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class TapeLifetimeEngine<T> : ILifetimeEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tape<T> birthTape = new();
    private readonly Tape<T> stepTape = new();
    private readonly ILearner learner;
    private readonly int states;

    /// <summary>Makes an engine for a learner on a network.</summary>
    public TapeLifetimeEngine(ParameterLayout layout)
    {
        Layout = layout;
        learner = layout.Dynamics;
        states = layout.State.Specs.Length;
    }

    /// <inheritdoc/>
    public ParameterLayout Layout { get; }

    /// <summary>Bytes taken for states, their adjoints and the features of the lifetime.</summary>
    internal long ReservedBytes => arena.ReservedBytes;

    /// <inheritdoc/>
    public LifetimeOutcome Live(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null,
            LifeTensors<T>? start = null)
    {
        Query.CheckLayout(parameters, Layout);
        lifetime.Validate(Layout.Network);
        arena.Reset();
        birthTape.Clear();
        Var[] meta = Bind(birthTape, parameters);
        LifeBirth birth = learner.Birth(new BirthInputs(new MetaVars(Layout.Index, meta), LifeNoise.On(birthTape, arena, lifetime.Noise)));
        Var features = birth.Features(AllInputs(lifetime));
        var scan = new Scan(parameters, lifetime, birthTape.ValueOf(features));

        int steps = lifetime.InnerSteps;
        int interval = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(steps)));
        var checkpoints = new List<LifeTensors<T>>();
        var state = new LifeTensors<T>(Layout, arena);
        LifeTensors<T> seen = state.With(parameters);
        if (start is null)
        {
            state.CopyFrom(birthTape, birth.State);
        }
        else
        {
            state.CopyFrom(start);
        }

        observer?.OnState(-1, seen);
        for (int t = 0; t < steps; t++)
        {
            if (metaGradient is not null && t % interval == 0)
            {
                var kept = new LifeTensors<T>(Layout, arena);
                kept.CopyFrom(state);
                checkpoints.Add(kept);
            }

            ActivityProbe<T>? probe = observer is { WantsActivity: true } ? new ActivityProbe<T>(stepTape) : null;
            Advance(scan, t, state, state, probe);
            state.CheckFinite(t);
            probe?.Hand(t, observer!);
            observer?.OnState(t, seen);
        }

        if (metaGradient is null)
        {
            return JudgeQuery(scan, state, null, null, default);
        }

        Query.CheckLayout(metaGradient, Layout);
        metaGradient.Clear();
        var adjoint = new LifeTensors<T>(Layout, arena);
        Tensor<T> featureAdjoint = arena.Allocate<T>(scan.Features.Rows, scan.Features.Columns);
        LifetimeOutcome outcome = JudgeQuery(scan, state, metaGradient, adjoint, featureAdjoint);
        LifeTensors<T>[] between = [.. Enumerable.Range(0, Math.Min(interval, steps)).Select(_ => new LifeTensors<T>(Layout, arena))];
        for (int segment = checkpoints.Count - 1; segment >= 0; segment--)
        {
            int first = segment * interval;
            int last = Math.Min(first + interval, steps) - 1;
            between[0].CopyFrom(checkpoints[segment]);
            for (int t = first; t < last; t++)
            {
                Advance(scan, t, between[t - first], between[t - first + 1], null);
            }

            for (int t = last; t >= first; t--)
            {
                Reverse(scan, t, between[t - first], adjoint, metaGradient, featureAdjoint);
                adjoint.CheckFinite(t, "meta-gradient of ");
            }
        }

        // Back through the frozen layers and, unless the life went on from somewhere, through birth.
        Var[] bornState = start is null ? [.. birth.State.Values] : [];
        Var[] seeds = [.. Enumerable.Range(0, bornState.Length).Select(i => birthTape.Leaf(adjoint[i])), birthTape.Leaf(featureAdjoint)];
        Var?[] gradient = birthTape.VectorJacobianProduct([.. bornState, features], seeds, meta);
        Accumulate(birthTape, gradient, metaGradient);
        Query.CheckFinite(metaGradient);
        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        birthTape.Dispose();
        stepTape.Dispose();
    }

    // The stream and the query as one batch.
    private Var AllInputs(Lifetime<T> lifetime)
    {
        Tensor<T> inputs = arena.Allocate<T>(lifetime.StreamInputs.Rows + lifetime.QueryInputs.Rows, Layout.Network.Inputs);
        inputs.Slice(0, lifetime.StreamInputs.Rows).CopyFrom(lifetime.StreamInputs);
        inputs.Slice(lifetime.StreamInputs.Rows, lifetime.QueryInputs.Rows).CopyFrom(lifetime.QueryInputs);
        return birthTape.Leaf(inputs);
    }

    private LifeState Record(Scan scan, int t, LifeState before, Var[] meta, Var input, IStepProbe? probe) => learner.Step(new StepInputs(
        before, new MetaVars(Layout.Index, meta), input, stepTape.Leaf(scan.TargetOf(t)), scan.MaskOf(t) is { IsEmpty: false } mask
            ? stepTape.Leaf(mask) : null, StopOnTape.Instance, probe));

    private void Advance(Scan scan, int t, LifeTensors<T> before, LifeTensors<T> after, IStepProbe? probe)
    {
        stepTape.Clear();
        Var[] meta = Bind(stepTape, scan.Parameters);
        after.CopyFrom(stepTape, Record(scan, t, before.On(stepTape), meta, stepTape.Leaf(scan.InputOf(t)), probe));
    }

    // The adjoint of the state after step t becomes the adjoint of the state before it.
    private void Reverse(
        Scan scan, int t, LifeTensors<T> before, LifeTensors<T> adjoint, MetaParameters<T> metaGradient, Tensor<T> featureAdjoint)
    {
        stepTape.Clear();
        Var[] meta = Bind(stepTape, scan.Parameters);
        LifeState begin = before.On(stepTape);
        Var input = stepTape.Leaf(scan.InputOf(t));
        LifeState end = Record(scan, t, begin, meta, input, null);
        Var?[] gradient =
            stepTape.VectorJacobianProduct(end.Values.AsSpan(), adjoint.On(stepTape).Values.AsSpan(), [.. begin.Values, input, .. meta]);
        Distribute(gradient, adjoint, metaGradient, scan.InputOf(t, featureAdjoint));
    }

    private LifetimeOutcome JudgeQuery(
        Scan scan, LifeTensors<T> state, MetaParameters<T>? metaGradient, LifeTensors<T>? adjoint, Tensor<T> featureAdjoint)
    {
        stepTape.Clear();
        Lifetime<T> lifetime = scan.Lifetime;
        Var[] meta = Bind(stepTape, scan.Parameters);
        LifeState end = state.On(stepTape);
        Var input = stepTape.Leaf(scan.QueryOf(scan.Features));
        Var output = learner.Output(new OutputInputs(end, new MetaVars(Layout.Index, meta), input));
        Objective objective = Layout.Learner.Objective;
        Var? asked = lifetime.QueryMask.IsEmpty ? null : stepTape.Leaf(lifetime.QueryMask);
        var loss = objective.Loss(output, stepTape.Leaf(lifetime.QueryTargets), asked, Query.Count(lifetime, objective));
        LifetimeOutcome outcome = Query.Judge(stepTape.ValueOf(output), lifetime, stepTape.ScalarOf(loss), objective);
        if (metaGradient is not null && adjoint is not null)
        {
            Var?[] gradient = stepTape.VectorJacobianProduct([loss], [stepTape.Constant(1)], [.. end.Values, input, .. meta]);
            Distribute(gradient, adjoint, metaGradient, scan.QueryOf(featureAdjoint));
        }

        return outcome;
    }

    // A gradient with respect to the states, the input and, after those, the meta-parameters.
    private void Distribute(Var?[] gradient, LifeTensors<T> adjoint, MetaParameters<T> metaGradient, Tensor<T> inputAdjoint)
    {
        adjoint.CopyFrom(stepTape, gradient.AsSpan(0, states + 1), inputAdjoint);
        Accumulate(stepTape, gradient.AsSpan(states + 1), metaGradient);
    }

    private static void Accumulate(Tape<T> tape, ReadOnlySpan<Var?> gradient, MetaParameters<T> metaGradient)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            if (gradient[i] is { } found)
            {
                Tensor<T> value = tape.ValueOf(found);
                for (int r = 0; r < value.Rows; r++)
                {
                    Span<T> target = metaGradient[i].Row(r);
                    Span<T> source = value.Row(r);
                    for (int c = 0; c < target.Length; c++)
                    {
                        target[c] += source[c];
                    }
                }
            }
        }
    }

    private static Var[] Bind(Tape<T> tape, MetaParameters<T> parameters) =>
        [.. parameters.Layout.Parameters.Select((_, i) => tape.Leaf(parameters[i]))];

    /// <summary>What stays the same from step to step of one lifetime.</summary>
    /// <param name="Parameters">The meta-parameters.</param>
    /// <param name="Lifetime">The stream and the query.</param>
    /// <param name="Features">What steps and query see: rows of the stream, then of the query.</param>
    private sealed record Scan(MetaParameters<T> Parameters, Lifetime<T> Lifetime, Tensor<T> Features)
    {
        public Tensor<T> InputOf(int t) => InputOf(t, Features);

        public Tensor<T> InputOf(int t, Tensor<T> rows) => rows.Slice(t * Lifetime.BatchSize, Lifetime.BatchSize);

        public Tensor<T> TargetOf(int t) => InputOf(t, Lifetime.StreamTargets);

        public Tensor<T> MaskOf(int t) => Lifetime.StreamMask.IsEmpty ? default : InputOf(t, Lifetime.StreamMask);

        public Tensor<T> QueryOf(Tensor<T> rows) => rows.Slice(Lifetime.StreamInputs.Rows, Lifetime.QueryInputs.Rows);
    }
}
