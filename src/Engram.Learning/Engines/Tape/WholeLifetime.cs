using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;

namespace Engram.Learning.Engines.Tape;

/// <summary>A whole lifetime on one tape: the definition of what engines compute, with nothing clever about it.</summary>
/// <param name="Meta">Every meta-parameter, in the order of the layout.</param>
/// <param name="States">Everything that changes in life, before the first inner step and after each.</param>
/// <param name="Output">The network's output on the query.</param>
/// <param name="Loss">The objective on the query.</param>
internal sealed record WholeLifetime(Var[] Meta, ImmutableArray<LifeState> States, Var Output, Var Loss)
{
    /// <summary>Records a lifetime.</summary>
    /// <param name="tape">Where it is recorded.</param>
    /// <param name="noise">Where the life's noise is kept.</param>
    /// <param name="layout">Learner and network.</param>
    /// <param name="parameters">The meta-parameters.</param>
    /// <param name="lifetime">The lifetime.</param>
    /// <param name="stop">What makes quantities constants.</param>
    /// <param name="start">What it goes on from, a constant; null for birth.</param>
    /// <param name="probe">Sees what steps show, by step; null for nobody.</param>
    public static WholeLifetime Record<T>(
        Tape<T> tape, Arena noise, ParameterLayout layout, MetaParameters<T> parameters, Lifetime<T> lifetime, IStop stop,
            LifeTensors<T>? start = null, Func<int, IStepProbe?>? probe = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ILearner learner = layout.Dynamics;
        Var[] values = [.. layout.Parameters.Select((_, i) => tape.Leaf(parameters[i]))];
        var meta = new MetaVars(layout.Index, values);
        LifeBirth birth = learner.Birth(new BirthInputs(meta, LifeNoise.On(tape, noise, lifetime.Noise)));
        LifeState state = Apart(start?.On(tape) ?? birth.State);
        var states = ImmutableArray.CreateBuilder<LifeState>();
        states.Add(state);
        int n = lifetime.BatchSize;
        for (int t = 0; t < lifetime.InnerSteps; t++)
        {
            Var input = birth.Features(tape.Leaf(lifetime.StreamInputs.Slice(t * n, n)));
            Var? mask = lifetime.StreamMask.IsEmpty ? null : tape.Leaf(lifetime.StreamMask.Slice(t * n, n));
            state = learner.Step(
                new StepInputs(state, meta, input, tape.Leaf(lifetime.StreamTargets.Slice(t * n, n)), mask, stop, probe?.Invoke(t)));
            state = Apart(state);
            states.Add(state);
        }

        var output = learner.Output(new OutputInputs(state, meta, birth.Features(tape.Leaf(lifetime.QueryInputs))));
        Objective objective = layout.Learner.Objective;
        Var? asked = lifetime.QueryMask.IsEmpty ? null : tape.Leaf(lifetime.QueryMask);
        Var loss = objective.Loss(output, tape.Leaf(lifetime.QueryTargets), asked, Query.Count(lifetime, objective));
        return new WholeLifetime(values, states.ToImmutable(), output, loss);
    }

    // States are apart from each other, as they are where each is a leaf of a step's own tape: a learner's inner gradient by one does not
    // go through another.
    private static LifeState Apart(LifeState state) => new(state.Layout, [.. state.Values.Select(v => v + 0.0)]);
}

/// <summary>An engine that keeps a whole lifetime on one tape: what the step-wise engines are tested against.</summary>
/// <remarks>Its memory grows with the number of inner steps times the size of everything computed in one.</remarks>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class WholeLifetimeEngine<T> : ILifetimeEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tape<T> tape = new();
    private readonly Arena arena = new();

    /// <summary>Makes an engine for a learner on a network.</summary>
    public WholeLifetimeEngine(ParameterLayout layout) => Layout = layout;

    /// <inheritdoc/>
    public ParameterLayout Layout { get; }

    /// <inheritdoc/>
    public LifetimeOutcome Live(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null,
            LifeTensors<T>? start = null)
    {
        Query.CheckLayout(parameters, Layout);
        lifetime.Validate(Layout.Network);
        tape.Clear();
        arena.Reset();
        List<ActivityProbe<T>>? shown = observer is { WantsActivity: true } ? [] : null;
        WholeLifetime whole =
            WholeLifetime.Record(tape, arena, Layout, parameters, lifetime, StopOnTape.Instance, start, shown is null ? null : _ =>
        {
            shown.Add(new ActivityProbe<T>(tape));
            return shown[^1];
        });
        var state = new LifeTensors<T>(Layout, arena);
        LifeTensors<T> seen = state.With(parameters);
        for (int t = 0; t < whole.States.Length; t++)
        {
            state.CopyFrom(tape, whole.States[t]);
            state.CheckFinite(t - 1);
            if (t > 0)
            {
                shown?[t - 1].Hand(t - 1, observer!);
            }

            observer?.OnState(t - 1, seen);
        }

        LifetimeOutcome outcome = Query.Judge(tape.ValueOf(whole.Output), lifetime, tape.ScalarOf(whole.Loss), Layout.Learner.Objective);
        if (metaGradient is not null)
        {
            Query.CheckLayout(metaGradient, Layout);
            Var[] gradient = tape.Gradient(whole.Loss, whole.Meta);
            for (int i = 0; i < gradient.Length; i++)
            {
                metaGradient[i].CopyFrom(tape.ValueOf(gradient[i]));
            }

            Query.CheckFinite(metaGradient);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tape.Dispose();
        arena.Dispose();
    }
}

/// <summary>Gathers what a step shows, for an observer.</summary>
internal sealed class ActivityProbe<T>(Tape<T> tape) : IStepProbe
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly OrderedDictionary<string, Var> shown = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void Show(string name, Var value) => shown[name] = value;

    /// <summary>Hands it over.</summary>
    public void Hand(int innerStep, ILifetimeObserver<T> observer) =>
        observer.OnActivity(innerStep, shown.ToDictionary(s => s.Key, s => tape.ValueOf(s.Value), StringComparer.Ordinal));
}
