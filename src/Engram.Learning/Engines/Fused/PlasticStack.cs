using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Fused;

/// <summary>One inner step, as the stack of plastic layers sees it.</summary>
/// <param name="Slot">The step's place in its segment.</param>
/// <param name="Record">Whether weights go from history slot to history slot and updates are kept, for the adjoint.</param>
/// <param name="Known">Whether the layers' activity is already there and only plasticity is to be replayed.</param>
/// <param name="Ends">Whether the state after the step is not asked for: it is the last of a segment that is replayed.</param>
internal readonly record struct StepContext(int Slot, bool Record, bool Known, bool Ends = false);

/// <summary>Where a step's data lie.</summary>
/// <param name="input">x of the last frozen layer, [units][width].</param>
/// <param name="activity">x of every plastic layer, [units][width] each, from its segment's memory.</param>
/// <param name="deltas">δ of every plastic layer but the last, for gradient learners, from its segment's memory.</param>
/// <param name="targets">y, [n, K].</param>
internal readonly unsafe struct StepData<T>(T* input, T*[] activity, T*[] deltas, Tensor<T> targets)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Input { get; } = input;

    public T* Activity(int layer) => activity[layer];

    public T* Delta(int layer) => deltas[layer];

    public Tensor<T> Targets { get; } = targets;
}

/// <summary>
/// The plastic layers: an inner step and its adjoint, fused. Every part of the team calls with its own number, owns the same rows of every
/// matrix throughout, and
/// meets the others only where one layer's output is the next one's input.
/// </summary>
internal abstract unsafe class PlasticStack<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected PlasticStack(ParameterLayout layout, LifetimePlan plan, WorkerTeam team, Arena arena, bool differentiate, bool biasesLearn)
    {
        (Layout, Plan, Team, BiasesLearn) = (layout, plan, team, biasesLearn);
        NetworkSpec network = layout.Network;
        Layers = new PlasticLayer<T>[network.PlasticLayers];
        for (int j = 0; j < Layers.Length; j++)
        {
            Layers[j] = new PlasticLayer<T>(layout, network.FrozenLayers + j, plan, arena, differentiate, biasesLearn);
        }
    }

    public PlasticLayer<T>[] Layers { get; }

    /// <summary>Whether the frozen layers get a gradient from the stream, and not from the query alone.</summary>
    public virtual bool StreamReachesFrozenLayers => true;

    protected ParameterLayout Layout { get; }

    protected LifetimePlan Plan { get; }

    protected WorkerTeam Team { get; }

    protected bool BiasesLearn { get; }

    protected PlasticLayer<T> Top => Layers[^1];

    /// <summary>The values of a state now.</summary>
    public Tensor<T> StateOf(StateSpec state)
    {
        PlasticLayer<T> layer = Layers[state.Layer - Layout.Network.FrozenLayers];
        return state.Role switch
        {
            StateRoles.Weights => layer.Weights,
            StateRoles.Biases => layer.Bias,
            _ => throw new NotSupportedException($"No fused form of the state '{state.Name}'."),
        };
    }

    /// <summary>Takes the first state, and what the learner derives from other meta-parameters. One thread.</summary>
    public virtual void Begin(MetaParameters<T> parameters, LifeTensors<T>? start)
    {
        foreach (PlasticLayer<T> layer in Layers)
        {
            layer.Weights.CopyFrom(parameters[layer.WeightParameter]);
            layer.Bias.CopyFrom(parameters[layer.BiasParameter]);
        }

        for (int i = 0; start is not null && i < Layout.State.Specs.Length; i++)
        {
            StateOf(Layout.State.Specs[i]).CopyFrom(start[i]);
        }
    }

    /// <summary>Keeps the weights at the start of a segment.</summary>
    public void Checkpoint(int part, int segment)
    {
        foreach (PlasticLayer<T> layer in Layers)
        {
            CopyRows(part, layer.Weights, layer.Checkpoints[segment]);
            if (BiasesLearn && part == 0)
            {
                layer.Bias.Row(0).CopyTo(layer.BiasCheckpoints.Row(segment));
            }
        }
    }

    /// <summary>Lets the history begin with the weights at the start of a segment.</summary>
    public void Restore(int part, int segment)
    {
        foreach (PlasticLayer<T> layer in Layers)
        {
            if (part == 0)
            {
                layer.History[0] = layer.Checkpoints[segment];
            }

            if (BiasesLearn && part == 0)
            {
                layer.BiasCheckpoints.Row(segment).CopyTo(layer.BiasHistory.Row(0));
            }
        }

        Team.Barrier();
    }

    /// <summary>Starts the adjoint from ∂L/∂W and ∂L/∂b of the query, which are already in the layers.</summary>
    public abstract void BeginAdjoint(int part);

    /// <summary>One inner step.</summary>
    public void Step(int part, in StepContext step, in StepData<T> data)
    {
        CopyPresynaptic(part, Layers[0], step.Slot, data.Input);
        for (int j = 0; j < Layers.Length; j++)
        {
            PlasticLayer<T> layer = Layers[j];
            (int first, int end) = Rows(part, layer.Outputs);
            T* output = data.Activity(j);
            if (!step.Known)
            {
                T* input = j == 0 ? data.Input : data.Activity(j - 1);
                LayerKernels<TLanes, T>.Forward(
                    first, end, layer.Inputs, WeightsBefore(layer, step), BiasBefore(layer, step), layer.Activation, input, output,
                    Plan.Width);
            }

            if (j + 1 < Layers.Length)
            {
                CopyPresynaptic(part, Layers[j + 1], step.Slot, output);
            }

            if (!step.Known)
            {
                Team.Barrier();
            }
        }

        if (step.Known)
        {
            Team.Barrier();
        }

        Learn(part, step, data);
    }

    /// <summary>The weight updates of an inner step whose activity and presynaptic copies are there.</summary>
    public abstract void Learn(int part, in StepContext step, in StepData<T> data);

    /// <summary>The adjoint of a recorded step. ∂L/∂x of the last frozen layer goes to <paramref name="below"/> (gated), unless that is
    /// null.</summary>
    public abstract void Adjoint(int part, in StepContext step, in StepData<T> data, T* below, bool gateBelow);

    /// <summary>Writes the gradients that have been gathered. One thread.</summary>
    /// <param name="gradient">Where they go.</param>
    /// <param name="fromBirth">Whether the life began at birth; else what it went on from is a constant, and no gradient reaches the
    /// meta-parameters that states are born from.</param>
    public virtual void Finish(MetaParameters<T> gradient, bool fromBirth)
    {
        foreach (PlasticLayer<T> layer in Layers)
        {
            if (fromBirth)
            {
                gradient[layer.WeightParameter].CopyFrom(layer.Adjoint);
            }

            if (fromBirth || !BiasesLearn)
            {
                gradient[layer.BiasParameter].CopyFrom(layer.BiasAdjoint);
            }
        }
    }

    /// <summary>The rows of a matrix with that many that belong to a part.</summary>
    protected (int First, int End) Rows(int part, int rows) => WorkerTeam.Share(rows, part, Team.Parts);

    protected static Tensor<T> WeightsBefore(PlasticLayer<T> layer, in StepContext step) =>
        step.Record ? layer.History[step.Slot] : layer.Weights;

    protected static Tensor<T> WeightsAfter(PlasticLayer<T> layer, in StepContext step) =>
        step.Record ? layer.History[step.Slot + 1] : layer.Weights;

    protected Tensor<T> BiasBefore(PlasticLayer<T> layer, in StepContext step) =>
        BiasesLearn && step.Record ? layer.BiasHistory.Slice(step.Slot, 1) : layer.Bias;

    /// <summary>Copies this part's units of a block into the rows-are-examples form that outer products read.</summary>
    protected void CopyPresynaptic(int part, PlasticLayer<T> layer, int slot, T* block) =>
        CopyNatural(part, layer.Inputs, block, layer.Presynaptic[slot]);

    /// <summary>destination[example, unit] = block[unit, example], for this part's units.</summary>
    protected void CopyNatural(int part, int units, T* block, Tensor<T> destination)
    {
        (int first, int end) = Rows(part, units);
        Transposition.Copy(
            block + ((nint)first * Plan.Width), Plan.Width, end - first, Plan.BatchSize, destination.Pointer + first, destination.Stride);
    }

    /// <summary>∂L/∂z = ∂L/∂x gated by x where the layer is rectified.</summary>
    protected void GateRows(PlasticLayer<T> layer, int first, int end, T* output, T* gradient, T* result)
    {
        nint offset = (nint)first * Plan.Width;
        int count = (end - first) * Plan.Width;
        if (count == 0)
        {
            return;
        }

        if (layer.Activation == Activation.Relu)
        {
            RowKernels<TLanes, T>.Gate(output + offset, gradient + offset, result + offset, count);
        }
        else if (gradient != result)
        {
            new ReadOnlySpan<T>(gradient + offset, count).CopyTo(new Span<T>(result + offset, count));
        }
    }

    /// <summary>
    /// ∂L/∂z down the forward path of a step: adds W_jᵀ ∂z_j to what ∂L/∂x of the layer below holds already, and gates it. Ends with all
    /// parts past every layer but
    /// the first plastic one.
    /// </summary>
    protected void BackpropagateActivity(int part, in StepContext step, in StepData<T> data, T* top, T* below, bool gateBelow)
    {
        T* above = top;
        int width = Plan.Width;
        for (int j = Layers.Length - 1; j >= 0; j--)
        {
            PlasticLayer<T> layer = Layers[j];
            T* sum = j > 0 ? Layers[j - 1].InputGradient[0] : below;
            if (sum == null)
            {
                return;
            }

            (int first, int end) = Rows(part, layer.Inputs);
            PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Accumulate<TLanes, T>>(
                first, end, width, new Summands(layer.Outputs), WeightsBefore(layer, step).Pointer, layer.Weights.Stride, above, width,
                    new(sum, width));
            if (j > 0)
            {
                above = Layers[j - 1].PreActivationGradient[0];
                GateRows(Layers[j - 1], first, end, data.Activity(j - 1), sum, above);
                Team.Barrier();
            }
            else if (gateBelow && end > first)
            {
                nint offset = (nint)first * width;
                RowKernels<TLanes, T>.Gate(data.Input + offset, below + offset, below + offset, (end - first) * width);
            }
        }
    }

    private void CopyRows(int part, Tensor<T> source, Tensor<T> destination)
    {
        (int first, int end) = Rows(part, source.Rows);
        int count = (end - first) * source.Stride;
        new ReadOnlySpan<T>(source.RowPointer(first), count).CopyTo(new Span<T>(destination.RowPointer(first), count));
    }
}
