using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;
using Engram.Supervised.Layers;

namespace Engram.Supervised;

/// <summary>A network with weights, and what it computes on a batch: what every method of credit assignment works on.</summary>
/// <remarks>
/// Batches stand with one example a column: h_l is [units, n]. Everything has the same bits for every number of threads. Not for use by
/// several threads at once.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public sealed class SupervisedNetwork<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly VectorWidth width;

    /// <summary>Makes a network with its initial weights.</summary>
    /// <param name="spec">Layers, objective, initialisation.</param>
    /// <param name="capacity">Most examples of a batch.</param>
    /// <param name="random">Where initial weights come from: each layer's from the split of its name.</param>
    /// <param name="team">The threads that share the work; not disposed of.</param>
    /// <param name="width">Vector width; null for <see cref="VectorWidths.Current"/>.</param>
    /// <exception cref="EngramException">It does not fit into memory, or has layers of a kind there is no operator for.</exception>
    public SupervisedNetwork(SupervisedNetworkSpec spec, int capacity, RandomStream random, WorkerTeam team, VectorWidth? width = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        double weights = spec.Layers.Sum(l => (double)l.WeightRows * l.WeightColumns),
            units = spec.Layers.Sum(l => (double)l.Outputs + l.Inputs) * capacity;

        // W, its direction, two moments and as much again for a method's own; activities, errors and what operators turn.
        MemoryLimit.Expect(
            ((8 * weights) + (4 * units)) * System.Runtime.CompilerServices.Unsafe.SizeOf<T>(),
            FormattableString.Invariant($"a network of {weights:N0} weights on batches of {capacity}"), "lower widths or the batch size.");
        (Spec, Capacity, Team, this.width) = (spec, capacity, team, width ?? VectorWidths.Current);
        var layers = ImmutableArray.CreateBuilder<SupervisedLayer<T>>(spec.Layers.Length);
        for (int i = 0; i < spec.Layers.Length; i++)
        {
            LayerSpec layer = spec.Layers[i];
            Tensor<T> w = arena.Allocate<T>(layer.WeightRows, layer.WeightColumns);
            WeightInitializers.Fill(w, layer, spec.Initialization, random.Split($"layer{i}.weight"));
            layers.Add(MakeLayer(layer, w, arena.Allocate<T>(1, layer.WeightRows)));
        }

        Layers = layers.MoveToImmutable();
        Arithmetic = BatchArithmetic<T>.For(team, spec.Layers.Max(l => Math.Max(l.Inputs, l.Outputs)), this.width);
    }

    /// <summary>Layers, objective, initialisation.</summary>
    public SupervisedNetworkSpec Spec { get; }

    /// <summary>Most examples of a batch.</summary>
    public int Capacity { get; }

    /// <summary>The threads that share the work.</summary>
    public WorkerTeam Team { get; }

    /// <summary>The layers, input first; layer l (from 0) turns activity l into activity l + 1.</summary>
    public ImmutableArray<SupervisedLayer<T>> Layers { get; }

    /// <summary>Loops over batches, on the network's threads.</summary>
    internal BatchArithmetic<T> Arithmetic { get; }

    /// <summary>A layer of the caller's own that shares the network's threads and vector width, such as one of an inverse model; the
    /// caller disposes of its <see cref="SupervisedLayer{T}.Map"/>.</summary>
    /// <param name="layer">What kind of layer.</param>
    /// <param name="weights">W, whose memory is the caller's.</param>
    /// <param name="biases">b, likewise; an empty view for none.</param>
    /// <param name="capacity">Most columns of a batch of its own; null for <see cref="Capacity"/>.</param>
    public SupervisedLayer<T> MakeLayer(LayerSpec layer, Tensor<T> weights, Tensor<T> biases, int? capacity = null)
    {
        LayerOperator<T> map = LayerOperator<T>.For(layer, capacity ?? Capacity, Team, width);
        return width switch
        {
            VectorWidth.Bits512 => new SupervisedLayer<Lanes512<T>, T>(map, weights, biases, Team),
            VectorWidth.Bits256 => new SupervisedLayer<Lanes256<T>, T>(map, weights, biases, Team),
            VectorWidth.Bits128 => new SupervisedLayer<Lanes128<T>, T>(map, weights, biases, Team),
            _ => new SupervisedLayer<Lanes1<T>, T>(map, weights, biases, Team),
        };
    }

    /// <summary>From the pass's inputs and targets to every activity, the predictions, the loss and the error at the output.</summary>
    public void Forward(ForwardPass<T> pass)
    {
        for (int i = 0; i < Layers.Length; i++)
        {
            Layers[i].Forward(pass.Activity(i), pass.Activity(i + 1));
        }

        pass.Compare(Spec.Objective);
    }

    /// <summary>From the pass's inputs and targets to predictions and loss, in the method's own way where it has one.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="method">The method that trains this network.</param>
    public void Answer(ForwardPass<T> pass, ICreditAssignment<T> method)
    {
        if (method.Predict(pass))
        {
            pass.Compare(Spec.Objective);
        }
        else
        {
            Forward(pass);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SupervisedLayer<T> layer in Layers)
        {
            layer.Map.Dispose();
        }

        arena.Dispose();
    }
}
