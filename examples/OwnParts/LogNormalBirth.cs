using Engram.Learning.Births;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace OwnParts;

/// <summary>
/// Every life draws weights of its own, of the same signs: W = μ ∘ exp(σ ε), ε standard normal. μ is the
/// meta-learned W; the spread σ of each neuron is meta-learned too. With σ = 0 all lives begin alike.
/// </summary>
public sealed record LogNormalBirth : IBirth
{
    [Setting(0, 10, "Spread of the logarithms of the weights over lives, before meta-training.")]
    public double Spread { get; init; } = 0.1;

    public Parts Parts(LayerShape layer) => new() { Parameters = [ParameterPart.PerNeuron("spread", start: Spread)] };

    public Var Weights(in LayerBirth birth)
    {
        // The same numbers whenever this life is lived, and constants of the meta-gradient.
        Var noise = birth.Noise("weight", birth.Layer.Outputs, birth.Layer.Inputs);
        return birth.Weights * (birth.Parameter("spread").Column() * noise).Exp();
    }
}
