using System.Collections.Immutable;
using Engram.Learning.Births;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>Settings: a recurrent network (Elman 1990) whose readout learns by the delta rule.</summary>
public sealed record ElmanSpec : LearnerSpec
{
    [Setting(0, 10, "Size of the recurrent weights before meta-training: about their spectral radius.")]
    public double Radius { get; init; } = 0.9;

    [Setting(0, 1e3, "Rate of the delta rule before meta-training.")]
    public double Rate { get; init; } = 0.1;

    public override ILearner Create(NetworkSpec network)
    {
        if (network.PlasticLayers != 2 || network.Layers[^2] is not LinearSpec)
        {
            throw new EngramException(
                $"Found {network.PlasticLayers} plastic layers for the learner 'elman', expected 2 fully connected "
                + "ones: the recurrent layer and the readout; set network.plastic-layers.");
        }

        return Birth is PointBirth
            ? new ElmanLearner(network, this)
            : throw new EngramException(
                "Found a birth for the learner 'elman', whose lives all begin alike; leave out learner.birth.");
    }
}

/// <summary>
/// h ← tanh(W x + R h + b), ŷ = V h + c, V ← V + η (y − ŷ)ᵀh / n. What lasts from one inner step to the next are the
/// activity h, a mean over the batch, and V; everything else is meta-learned, the rate η among it.
/// </summary>
internal sealed class ElmanLearner : ILearner
{
    private readonly NetworkSpec network;
    private readonly ElmanSpec spec;
    private readonly int hidden, readout, units;
    private readonly StateLayout states;

    public ElmanLearner(NetworkSpec network, ElmanSpec spec)
    {
        (this.network, this.spec) = (network, spec);
        (hidden, readout, units) = (network.Layers.Length - 2, network.Layers.Length - 1, network.Layers[^2].Outputs);
        Parameters =
        [
            .. Enumerable.Range(0, network.Layers.Length).SelectMany(network.ParametersOf),
            new($"layer{hidden}.recurrent", "recurrent-weights", hidden, [units, units])
            {
                Start = new NormalStart(0, spec.Radius / Math.Sqrt(units)),
            },
            new($"layer{readout}.rate", "delta-rate", readout, [1]) { Start = spec.Rate },
        ];
        states = new StateLayout(
        [
            new($"layer{hidden}.activity", StateRoles.Activity, hidden, [units]),
            new($"layer{readout}.weight", StateRoles.Weights, readout, network.Layers[readout].WeightShape),
        ]);
    }

    public ImmutableArray<ParameterSpec> Parameters { get; }

    public ImmutableArray<StateSpec> State => states.Specs;

    public LifeBirth Birth(in BirthInputs inputs)
    {
        MetaVars meta = inputs.Meta;
        Var weights = meta[$"layer{readout}.weight"];
        Var silence = weights.Tape.Constant(1, units, 0);

        // The layers below the recurrent one are the same for the whole life: engines compute them once.
        return new LifeBirth(new LifeState(states, [silence, weights]), x =>
        {
            for (int i = 0; i < hidden; i++)
            {
                x = network.Layers[i].Forward(x, meta[$"layer{i}.weight"], meta[$"layer{i}.bias"]);
            }

            return x;
        });
    }

    public LifeState Step(in StepInputs inputs)
    {
        (LifeState state, MetaVars meta) = (inputs.State, inputs.Meta);
        Var activity = Activity(state, meta, inputs.Input);
        Var error = spec.Objective.Error(Answer(state, meta, activity), inputs.Target, inputs.Mask);
        Var change = error.Transpose().MatMul(activity) / inputs.Input.Rows;
        inputs.Show($"layer{hidden}.activity", activity);
        inputs.Show("error", error);
        Var learnt = state[$"layer{readout}.weight"] + (meta[$"layer{readout}.rate"] * change);
        return state
            .With($"layer{hidden}.activity", activity.Mean(axis: 0))
            .With($"layer{readout}.weight", learnt);
    }

    public Var Output(in OutputInputs inputs) =>
        Answer(inputs.State, inputs.Meta, Activity(inputs.State, inputs.Meta, inputs.Input));

    private Var Activity(LifeState state, MetaVars meta, Var x) =>
        (x.MatMul(meta[$"layer{hidden}.weight"].Transpose())
            + state[$"layer{hidden}.activity"].MatMul(meta[$"layer{hidden}.recurrent"].Transpose())
            + meta[$"layer{hidden}.bias"]).Tanh();

    private Var Answer(LifeState state, MetaVars meta, Var activity) =>
        activity.MatMul(state[$"layer{readout}.weight"].Transpose()) + meta[$"layer{readout}.bias"];
}
