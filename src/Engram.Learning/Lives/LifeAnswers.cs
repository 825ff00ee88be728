using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;

namespace Engram.Learning.Lives;

/// <summary>What a network answers at one moment of a life.</summary>
public static class LifeAnswers
{
    /// <summary>The output at the query's inputs, [queries, K], and the objective there.</summary>
    /// <param name="parameters">The meta-parameters.</param>
    /// <param name="lifetime">The life whose query is asked.</param>
    /// <param name="state">Everything that changes in life, at that moment.</param>
    /// <param name="arena">Where the output is kept.</param>
    public static (Tensor<T> Output, double Loss) Of<T>(
        MetaParameters<T> parameters, Lifetime<T> lifetime, LifeTensors<T> state, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> features = Features(parameters, lifetime, lifetime.QueryInputs, arena);
        return OfFeatures(parameters, lifetime, state, features, arena);
    }

    /// <summary>The same of a query whose features are there already: those of one life are the same at each of its moments.</summary>
    /// <param name="parameters">The meta-parameters.</param>
    /// <param name="lifetime">The life whose query is asked.</param>
    /// <param name="state">Everything that changes in life, at that moment.</param>
    /// <param name="features">What <see cref="Features"/> gives for the query's inputs.</param>
    /// <param name="arena">Where the output is kept.</param>
    internal static (Tensor<T> Output, double Loss) OfFeatures<T>(
        MetaParameters<T> parameters, Lifetime<T> lifetime, LifeTensors<T> state, Tensor<T> features, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ParameterLayout layout = parameters.Layout;
        using var tape = new Tape<T>();
        var meta = new MetaVars(layout.Index, [.. layout.Parameters.Select((_, i) => tape.Leaf(parameters[i]))]);
        Var output = layout.Dynamics.Output(new OutputInputs(state.On(tape), meta, tape.Leaf(features)));
        Objective objective = layout.Learner.Objective;
        Var? asked = lifetime.QueryMask.IsEmpty ? null : tape.Leaf(lifetime.QueryMask);
        var loss = objective.Loss(output, tape.Leaf(lifetime.QueryTargets), asked, Query.Count(lifetime, objective));
        Tensor<T> kept = arena.Allocate<T>(output.Rows, output.Columns);
        kept.CopyFrom(tape.ValueOf(output));
        return (kept, tape.ScalarOf(loss));
    }

    /// <summary>What the plastic layers see of inputs in a life, [n, units]: the inputs through the frozen layers as that life was born
    /// with them.</summary>
    /// <param name="parameters">The meta-parameters.</param>
    /// <param name="lifetime">The life.</param>
    /// <param name="inputs">[n, inputs].</param>
    /// <param name="arena">Where the features are kept.</param>
    public static Tensor<T> Features<T>(MetaParameters<T> parameters, Lifetime<T> lifetime, Tensor<T> inputs, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ParameterLayout layout = parameters.Layout;
        if (layout.Learner.Birth.IsPoint)
        {
            Tensor<T>[] activities = FeedforwardPass.RunFrozen(parameters, inputs, arena);
            return activities.Length == 0 ? FeedforwardPass.Scaled(parameters, inputs, arena) : activities[^1];
        }

        using var tape = new Tape<T>();
        var meta = new MetaVars(layout.Index, [.. layout.Parameters.Select((_, i) => tape.Leaf(parameters[i]))]);
        Var features = layout.Dynamics.Birth(new BirthInputs(meta, LifeNoise.On(tape, arena, lifetime.Noise))).Features(tape.Leaf(inputs));
        Tensor<T> kept = arena.Allocate<T>(features.Rows, features.Columns);
        kept.CopyFrom(tape.ValueOf(features));
        return kept;
    }
}
