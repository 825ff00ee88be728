using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>The numbers of the plastic layers at one moment of a lifetime, or their adjoints.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class PlasticState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int firstLayer;

    /// <summary>Takes zeros for a network's plastic layers from an arena.</summary>
    public PlasticState(NetworkSpec network, Arena arena)
    {
        firstLayer = network.FrozenLayers;
        Weights = [.. network.Layers.Skip(firstLayer).Select(l => arena.Allocate<T>(l.WeightRows, l.WeightColumns))];
        Biases = [.. network.Layers.Skip(firstLayer).Select(l => arena.Allocate<T>(1, l.WeightRows))];
    }

    /// <summary>W, [out, in] each, first plastic layer first.</summary>
    public Tensor<T>[] Weights { get; }

    /// <summary>b, [1, out] each.</summary>
    public Tensor<T>[] Biases { get; }

    /// <summary>Copies another state.</summary>
    public void CopyFrom(PlasticState<T> other)
    {
        for (int j = 0; j < Weights.Length; j++)
        {
            Weights[j].CopyFrom(other.Weights[j]);
            Biases[j].CopyFrom(other.Biases[j]);
        }
    }

    /// <summary>Copies the values of a tape.</summary>
    public void CopyFrom(Tape<T> tape, PlasticVariables variables)
    {
        for (int j = 0; j < Weights.Length; j++)
        {
            Weights[j].CopyFrom(tape.ValueOf(variables.Weights[j]));
            Biases[j].CopyFrom(tape.ValueOf(variables.Biases[j]));
        }
    }

    /// <summary>Copies the initial weights and biases of a lifetime.</summary>
    public void CopyFrom(MetaParameters<T> parameters)
    {
        for (int j = 0; j < Weights.Length; j++)
        {
            Weights[j].CopyFrom(parameters[$"layer{firstLayer + j}.weight"]);
            Biases[j].CopyFrom(parameters[$"layer{firstLayer + j}.bias"]);
        }
    }

    /// <summary>Leaves on a tape that read these numbers.</summary>
    public PlasticVariables On(Tape<T> tape) => new([.. Weights.Select(tape.Leaf)], [.. Biases.Select(tape.Leaf)]);

    /// <summary>Stops at a number that is not finite.</summary>
    /// <exception cref="NonFiniteException">There is one.</exception>
    public void CheckFinite(int innerStep, string quantityOfWeights, string quantityOfBiases)
    {
        for (int j = 0; j < Weights.Length; j++)
        {
            Finite.Check(Weights[j], quantityOfWeights, firstLayer + j, innerStep);
            Finite.Check(Biases[j], quantityOfBiases, firstLayer + j, innerStep);
        }
    }
}

/// <summary>Stops at numbers that are not finite.</summary>
internal static class Finite
{
    /// <summary>Checks every element.</summary>
    /// <exception cref="NonFiniteException">One is not finite.</exception>
    public static void Check<T>(Tensor<T> tensor, string quantity, int layer, int innerStep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < tensor.Rows; r++)
        {
            foreach (T value in tensor.Row(r))
            {
                if (!T.IsFinite(value))
                {
                    throw new NonFiniteException(quantity, layer, innerStep);
                }
            }
        }
    }
}
