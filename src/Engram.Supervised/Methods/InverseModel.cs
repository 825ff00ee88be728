using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>The learnt inverse of one layer: g(y) = σ(Vᵀ y + c), or with auxiliary outputs z = σ(R h) beside the layer's own, g([y, z]) =
/// σ(Vᵀ y + V_zᵀ z + c).</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
internal sealed class InverseModel<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly SupervisedLayer<T> layer, below;
    private readonly SupervisedLayer<T>? auxiliary;
    private readonly int index;
    private readonly Tensor<T> biases, weightDirection, biasDirection, auxiliaryWeights, auxiliaryDirection;
    private readonly Tensor<T> noisy, output, guess, error, features, part;

    /// <summary>Makes the inverse of a layer, its weights drawn as those of a layer that leads the other way.</summary>
    /// <param name="network">The network.</param>
    /// <param name="index">Index of the layer, from 1.</param>
    /// <param name="auxiliaryOutputs">Length of z; 0 for none.</param>
    /// <param name="random">Where initial values come from.</param>
    public InverseModel(SupervisedNetwork<T> network, int index, int auxiliaryOutputs, RandomStream random)
    {
        (this.network, this.index, layer, below) = (network, index, network.Layers[index], network.Layers[index - 1]);
        LayerSpec spec = layer.Spec;
        (Weights, weightDirection) =
            (arena.Allocate<T>(spec.WeightRows, spec.WeightColumns), arena.Allocate<T>(spec.WeightRows, spec.WeightColumns));
        (biases, biasDirection) = (arena.Allocate<T>(1, spec.Inputs), arena.Allocate<T>(1, spec.Inputs));
        WeightInitializers.Fill(Weights, spec.FanOut, spec.WeightColumns, network.Spec.Initialization, random.Split(Name("weight")));
        (noisy, guess, error) = (arena.Allocate<T>(spec.Inputs, network.Capacity), arena.Allocate<T>(spec.Inputs, network.Capacity),
            arena.Allocate<T>(spec.Inputs, network.Capacity));
        output = arena.Allocate<T>(spec.Outputs, network.Capacity);
        Parameters =
        [
            new MethodParameter<T>(Name("weight"), index, Weights, weightDirection, ParameterPace.Own),
            new MethodParameter<T>(Name("bias"), index, biases, biasDirection, ParameterPace.Own),
        ];
        if (auxiliaryOutputs > 0)
        {
            var readout = new LinearSpec(spec.Inputs, auxiliaryOutputs, below.Spec.Activation);
            Tensor<T> fixedWeights = arena.Allocate<T>(auxiliaryOutputs, spec.Inputs);
            WeightInitializers.Fill(fixedWeights, readout, network.Spec.Initialization, random.Split("auxiliary.weight"));
            auxiliary = network.MakeLayer(readout, fixedWeights, default);
            (auxiliaryWeights, auxiliaryDirection) =
                (arena.Allocate<T>(auxiliaryOutputs, spec.Inputs), arena.Allocate<T>(auxiliaryOutputs, spec.Inputs));
            WeightInitializers.Fill(
                auxiliaryWeights, auxiliaryOutputs, spec.Inputs, network.Spec.Initialization, random.Split(Name("auxiliary")));
            (features, part) = (arena.Allocate<T>(auxiliaryOutputs, network.Capacity), arena.Allocate<T>(spec.Inputs, network.Capacity));
            Memory = [new MethodTensor<T>("auxiliary.weight", fixedWeights)];
            Parameters =
                Parameters.Add(new MethodParameter<T>(Name("auxiliary"), index, auxiliaryWeights, auxiliaryDirection, ParameterPace.Own));
        }
    }

    /// <summary>V, of W's shape.</summary>
    public Tensor<T> Weights { get; }

    /// <summary>V, c and V_z, with their directions.</summary>
    public ImmutableArray<MethodParameter<T>> Parameters { get; }

    /// <summary>R.</summary>
    public ImmutableArray<MethodTensor<T>> Memory { get; } = [];

    /// <summary>Inverse loss of the step's batch; NaN until it has been learnt from.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>A step begins.</summary>
    public void Forget() => Loss = double.NaN;

    /// <summary>z of the batch, kept for the calls of <see cref="Apply"/> that follow.</summary>
    public void ReadFeatures(ForwardPass<T> pass) => auxiliary?.Forward(pass.Activity(index), pass.Current(features));

    /// <summary>result = g(y), with the z that was read last.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="above">y, [out, n].</param>
    /// <param name="result">[in, n].</param>
    public void Apply(ForwardPass<T> pass, Tensor<T> above, Tensor<T> result)
    {
        layer.Map.Transport(Weights, above, result);
        if (auxiliary is not null)
        {
            auxiliary.Map.Transport(auxiliaryWeights, pass.Current(features), pass.Current(part));
            network.Arithmetic.Add(result, T.One, pass.Current(part), result);
        }

        network.Arithmetic.Activate(below.Spec.Activation, biases, result);
    }

    /// <summary>Fills the directions with the gradients of the inverse loss.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="noise">ε of every unit there is, of standard deviation 1; null for none.</param>
    /// <param name="deviation">What ε is multiplied by.</param>
    public void Learn(ForwardPass<T> pass, NoiseBatch<T>? noise, double deviation)
    {
        Tensor<T> x = pass.Current(noisy), y = pass.Current(output), delta = pass.Current(error);
        if (noise is null)
        {
            x.CopyFrom(pass.Activity(index));
        }
        else
        {
            network.Arithmetic.Add(pass.Activity(index), T.CreateTruncating(deviation), noise.For(x.Rows), x);
        }

        layer.Forward(x, y);
        for (int n = 0; n < y.Columns && index == network.Layers.Length - 1 && network.Spec.Objective == Objective.CrossEntropy; n++)
        {
            _ = Softmax<T>.Column(y, y, n);
        }

        auxiliary?.Forward(x, pass.Current(features));
        Loss = Reconstruct(pass);
        layer.Map.WeightGradient(y, delta, weightDirection);
        network.Arithmetic.SumRows(delta, biasDirection);
        auxiliary?.Map.WeightGradient(pass.Current(features), delta, auxiliaryDirection);
    }

    /// <summary>That the directions are gradients of the inverse loss, as <see cref="Learn"/> left it.</summary>
    public IEnumerable<GradientClaim<T>> Claims(ForwardPass<T> pass)
    {
        // Features of the noisy activity, which targets have overwritten since.
        auxiliary?.Forward(pass.Current(noisy), pass.Current(features));
        return Parameters.Select(p => new GradientClaim<T>($"inverse loss by {p.Name}", p.Values, p.Direction, () => Reconstruct(pass)));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        auxiliary?.Map.Dispose();
        arena.Dispose();
    }

    private double Reconstruct(ForwardPass<T> pass)
    {
        Tensor<T> found = pass.Current(guess);
        Apply(pass, pass.Current(output), found);
        T factor = T.CreateTruncating(2.0 / pass.Examples);
        return network.Arithmetic.Difference(
            factor, found, pass.Activity(index), below.Spec.Activation, found, pass.Current(error)) / pass.Examples;
    }

    private string Name(string what) => $"layer{index}.inverse.{what}";
}
