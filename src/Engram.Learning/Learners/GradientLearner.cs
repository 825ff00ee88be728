using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>W ← W − α ∘ ∂ℓ/∂W and b ← b − α_b ∘ ∂ℓ/∂b, with ∂ℓ/∂W recorded so that the meta-gradient goes through it, or stopped.</summary>
internal sealed class GradientInnerStep : InnerStep
{
    private readonly GradientLearnerSpec learner;
    private readonly ImmutableArray<(int Weights, int Biases)> rates;

    /// <summary>Finds the learner's parameters in the layout.</summary>
    public GradientInnerStep(ParameterLayout layout, GradientLearnerSpec learner)
        : base(layout)
    {
        this.learner = learner;
        rates = [.. Enumerable.Range(Network.FrozenLayers, Network.PlasticLayers)
            .Select(i => (layout.IndexOf($"layer{i}.alpha"), layout.IndexOf($"layer{i}.alpha_bias")))];
    }

    /// <inheritdoc/>
    public override PlasticVariables Advance(PlasticVariables before, ReadOnlySpan<Var> meta, Var input, Var target, IStop stop)
    {
        Var loss = Loss(Output(before, input), target);
        Var[] gradient = loss.Tape.Gradient(loss, before.All);
        int layers = PlasticLayers.Length;
        var weights = new Var[layers];
        var biases = new Var[layers];
        for (int j = 0; j < layers; j++)
        {
            weights[j] = Descend(before.Weights[j], gradient[j], rates[j].Weights, meta, stop);
            biases[j] = Descend(before.Biases[j], gradient[layers + j], rates[j].Biases, meta, stop);
        }

        return new PlasticVariables([.. weights], [.. biases]);
    }

    private Var Descend(Var parameter, Var gradient, int rate, ReadOnlySpan<Var> meta, IStop stop)
    {
        Var g = learner.Order == GradientOrder.First ? stop.Stop(gradient) : gradient;
        return parameter - (learner.FixedInnerRate is { } fixedRate ? g * fixedRate : meta[rate] * g);
    }
}
