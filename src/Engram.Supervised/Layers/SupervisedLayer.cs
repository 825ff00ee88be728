using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Layers;

/// <summary>One layer of a network that learns: its operator, its weights, its activation.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public abstract class SupervisedLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private protected SupervisedLayer(LayerOperator<T> map, Tensor<T> weights, Tensor<T> biases) =>
        (Map, Weights, Biases) = (map, weights, biases);

    /// <summary>What kind of layer it is.</summary>
    public LayerSpec Spec => Map.Spec;

    /// <summary>The linear map, for W or any other weights of its shape.</summary>
    public LayerOperator<T> Map { get; }

    /// <summary>W, [<see cref="LayerSpec.WeightRows"/>, <see cref="LayerSpec.WeightColumns"/>].</summary>
    public Tensor<T> Weights { get; }

    /// <summary>b, [1, <see cref="LayerSpec.WeightRows"/>].</summary>
    public Tensor<T> Biases { get; }

    /// <summary>h = σ(W h_below + b).</summary>
    /// <param name="input">h_below, [in, n].</param>
    /// <param name="output">h, [out, n].</param>
    public void Forward(Tensor<T> input, Tensor<T> output)
    {
        Map.Forward(Weights, Biases, input, output);
        Activate(output);
    }

    /// <summary>h = σ(z), in place; any matrix.</summary>
    public abstract void Activate(Tensor<T> units);

    /// <summary>δ ← δ ∘ σ'(z), in place.</summary>
    /// <param name="units">h = σ(z), of δ's shape.</param>
    /// <param name="delta">δ.</param>
    public abstract void Derive(Tensor<T> units, Tensor<T> delta);
}

/// <inheritdoc/>
internal sealed class SupervisedLayer<TLanes, T> : SupervisedLayer<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SharedRows rows;
    private readonly Action<int, int> activate, derive;
    private Tensor<T> units, delta;

    public SupervisedLayer(LayerOperator<T> map, Tensor<T> weights, Tensor<T> biases, WorkerTeam team)
        : base(map, weights, biases)
    {
        rows = new SharedRows(team);
        activate = (first, end) => ActivationKernels<TLanes, T>.Apply(Spec.Activation, units, first, end);
        derive = (first, end) => ActivationKernels<TLanes, T>.Derive(Spec.Activation, units, delta, first, end);
    }

    /// <inheritdoc/>
    public override void Activate(Tensor<T> units)
    {
        if (Spec.Activation != Activation.Identity)
        {
            this.units = units;
            rows.Run(units.Rows, 8 * units.Count, activate);
        }
    }

    /// <inheritdoc/>
    public override void Derive(Tensor<T> units, Tensor<T> delta)
    {
        Shapes.Expect(delta, units.Rows, units.Columns, nameof(delta));
        if (Spec.Activation != Activation.Identity)
        {
            (this.units, this.delta) = (units, delta);
            rows.Run(units.Rows, units.Count, derive);
        }
    }
}
