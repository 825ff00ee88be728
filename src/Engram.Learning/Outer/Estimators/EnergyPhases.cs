using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer.Estimators;

/// <summary>Descends a learner's energy plus β times the query loss on one lifetime, and differentiates that sum by the meta-parameters
/// where it stands.</summary>
/// <remarks>Features are computed once a lifetime, over stream and query; steps see the plastic layers alone.</remarks>
internal sealed class EnergyPhases : IDisposable
{
    private readonly ParameterLayout layout;
    private readonly IEnergyLearner learner;
    private readonly Arena fixedArena = new(), lifeArena = new();
    private readonly Tape<float> birthTape = new(), stepTape = new();
    private readonly StateAtEnd end;
    private MetaParameters<float>? parameters;
    private Lifetime<float>? life;
    private Var[] meta = [];
    private Var features;
    private Tensor<float> seen, featureAdjoint;
    private bool whole;

    public EnergyPhases(ParameterLayout layout, IEnergyLearner learner)
    {
        (this.layout, this.learner) = (layout, learner);
        (FreeState, Nudged) = (new LifeTensors<float>(layout, fixedArena), new LifeTensors<float>(layout, fixedArena));
        end = new StateAtEnd(FreeState);
    }

    /// <summary>Where the free phase stands.</summary>
    public LifeTensors<float> FreeState { get; }

    /// <summary>Where a nudged phase stands.</summary>
    public LifeTensors<float> Nudged { get; }

    /// <summary>Copies the state at the end of a life of so many steps to where the free phase begins.</summary>
    public StateAtEnd Free(int innerSteps)
    {
        end.LastStep = innerSteps - 1;
        return end;
    }

    /// <summary>Computes the features of a lifetime.</summary>
    public void Begin(MetaParameters<float> parameters, Lifetime<float> life, bool whole)
    {
        (this.parameters, this.life, this.whole) = (parameters, life, whole);
        birthTape.Clear();
        lifeArena.Reset();
        meta = Bind(birthTape);
        LifeBirth birth = learner.Birth(new BirthInputs(new MetaVars(layout.Index, meta), LifeNoise.On(birthTape, lifeArena, life.Noise)));
        int rows = life.StreamInputs.Rows, queries = life.QueryInputs.Rows;
        Tensor<float> inputs = lifeArena.Allocate<float>(rows + queries, layout.Network.Inputs);
        inputs.Slice(0, rows).CopyFrom(life.StreamInputs);
        inputs.Slice(rows, queries).CopyFrom(life.QueryInputs);
        features = birth.Features(birthTape.Leaf(inputs));
        seen = birthTape.ValueOf(features);
        featureAdjoint = lifeArena.Allocate<float>(seen.Rows, seen.Columns);
    }

    /// <summary>Steps down E + β L.</summary>
    /// <exception cref="Numerics.Text.NonFiniteException">A state is not finite.</exception>
    public void Descend(LifeTensors<float> state, int steps, double beta)
    {
        for (int t = 0; t < steps && life!.InnerSteps > 0; t++)
        {
            (int first, int rows) =
                whole ? (0, life.StreamInputs.Rows) : (t % life.InnerSteps * life.BatchSize, life.BatchSize);
            stepTape.Clear();
            Var[] leaves = Bind(stepTape);
            LifeState before = state.On(stepTape);
            (Var sum, _, _) = Record(leaves, before, beta, first, rows);
            Var[] down = stepTape.Gradient(sum, before.Values.AsSpan());
            var values = new MetaVars(layout.Index, leaves);
            state.CopyFrom(
                stepTape, new LifeState(layout.State, [.. down.Select((g, i) => before[i] - learner.AtRate(values, i, g))]));
            state.CheckFinite(t, "nudged ");
        }
    }

    /// <summary>gradient ← gradient + factor ∂(E + β L)/∂θ at a state, but for what goes through the features, which is kept.</summary>
    public void AddPartial(LifeTensors<float> state, double beta, double factor, MetaParameters<float> gradient)
    {
        stepTape.Clear();
        Var[] leaves = Bind(stepTape);
        (Var sum, Var stream, Var query) = Record(leaves, state.On(stepTape), beta, 0, life!.StreamInputs.Rows);
        Var?[] found = stepTape.VectorJacobianProduct([sum], [stepTape.Constant(factor)], [.. leaves, stream, query]);
        for (int i = 0; i < leaves.Length; i++)
        {
            Add(stepTape, found[i], gradient[i]);
        }

        int rows = life.StreamInputs.Rows;
        Add(stepTape, found[^2], featureAdjoint.Slice(0, rows));
        Add(stepTape, found[^1], featureAdjoint.Slice(rows, life.QueryInputs.Rows));
    }

    /// <summary>Adds what goes through the features, of all points so far.</summary>
    public void AddThroughFeatures(MetaParameters<float> gradient)
    {
        Var?[] found = birthTape.VectorJacobianProduct([features], [birthTape.Leaf(featureAdjoint)], meta);
        for (int i = 0; i < meta.Length; i++)
        {
            Add(birthTape, found[i], gradient[i]);
        }
    }

    public void Dispose()
    {
        fixedArena.Dispose();
        lifeArena.Dispose();
        birthTape.Dispose();
        stepTape.Dispose();
    }

    // E + β L, and the features that it is of; those of the query are a leaf that nothing depends on where β is 0.
    private (Var Sum, Var Stream, Var Query) Record(Var[] leaves, LifeState state, double beta, int first, int rows)
    {
        Lifetime<float> lived = life!;
        var values = new MetaVars(layout.Index, leaves);
        Var stream = stepTape.Leaf(seen.Slice(first, rows));
        Var query = stepTape.Leaf(seen.Slice(lived.StreamInputs.Rows, lived.QueryInputs.Rows));
        Var? mask = lived.StreamMask.IsEmpty ? null : stepTape.Leaf(lived.StreamMask.Slice(first, rows));
        Var energy = learner.Energy(
            new StepInputs(state, values, stream, stepTape.Leaf(lived.StreamTargets.Slice(first, rows)), mask, StopOnTape.Instance, null));
        if (beta == 0)
        {
            return (energy, stream, query);
        }

        Objective objective = layout.Learner.Objective;
        Var? asked = lived.QueryMask.IsEmpty ? null : stepTape.Leaf(lived.QueryMask);
        Var loss = objective.Loss(
            learner.Output(new OutputInputs(state, values, query)), stepTape.Leaf(lived.QueryTargets), asked,
            Query.Count(lived, objective));
        return (energy + (loss * beta), stream, query);
    }

    private Var[] Bind(Tape<float> tape) => [.. layout.Parameters.Select((_, i) => tape.Leaf(parameters![i]))];

    private static void Add(Tape<float> tape, Var? value, Tensor<float> sum)
    {
        if (value is { } found)
        {
            Perturbation.Add(sum, tape.ValueOf(found), 1);
        }
    }
}
