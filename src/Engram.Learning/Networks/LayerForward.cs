using Engram.Numerics;

namespace Engram.Learning;

/// <summary>What layers compute, on a tape.</summary>
internal static class LayerForward
{
    /// <summary>x = σ(x W ᵀ + b) of one layer: [n, in] → [n, out].</summary>
    public static Var Forward(this LayerSpec layer, Var input, Var weights, Var biases)
    {
        Var z = input.MatMul(weights.Transpose()) + biases;
        return layer.Activation switch
        {
            Activation.Relu => z.Relu(),
            Activation.Identity => z,
            _ => throw new InvalidOperationException($"Found no way to compute the activation {layer.Activation}."),
        };
    }

    /// <summary>The objective of outputs [n, K] against targets [n, K], 1×1.</summary>
    public static Var Loss(this Objective objective, Var outputs, Var targets) => objective switch
    {
        Objective.MeanSquaredError => outputs.MeanSquaredError(targets),
        Objective.CrossEntropy => outputs.CrossEntropy(targets),
        _ => throw new InvalidOperationException($"Found no way to compute the objective {objective}."),
    };
}
