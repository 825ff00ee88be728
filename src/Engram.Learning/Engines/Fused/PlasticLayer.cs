using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;

namespace Engram.Learning.Engines.Fused;

/// <summary>What the engine holds of one plastic layer. Matrices [out, in] share one stride.</summary>
internal sealed unsafe class PlasticLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Takes all memory that does not depend on what is differentiated.</summary>
    public PlasticLayer(ParameterLayout layout, int index, LifetimePlan plan, Arena arena, bool differentiate, bool biasesLearn)
    {
        LayerSpec spec = layout.Network.Layers[index];
        WeightParameter = layout.IndexOf($"layer{index}.weight");
        BiasParameter = layout.IndexOf($"layer{index}.bias");
        PlasticityParameter = layout.IndexOf($"layer{index}.alpha");
        BiasPlasticityParameter = layout.IndexOf($"layer{index}.alpha_bias");
        (Index, Inputs, Outputs, Activation) = (index, spec.Inputs, spec.Outputs, spec.Activation);
        Weights = arena.Allocate<T>(Outputs, Inputs);
        Bias = arena.Allocate<T>(1, Outputs);
        Plasticity = arena.Allocate<T>(Outputs, Inputs);
        RowPlasticity = arena.Allocate<T>(1, Outputs);
        int slots = plan.SegmentSteps;
        Post = Blocks<T>.Allocate(arena, layout.Dynamics.Fused is LocalFusedForm ? slots : 0, Outputs, plan.Width);
        Decay = arena.Allocate<T>(slots, Outputs);
        Presynaptic = Tensors(arena, slots, plan.BatchSize, Inputs);
        if (!differentiate)
        {
            return;
        }

        Checkpoints = Tensors(arena, plan.Segments, Outputs, Inputs);
        History = [default, .. Tensors(arena, slots - 1, Outputs, Inputs)];
        Updates = Tensors(arena, slots, Outputs, Inputs);
        Adjoint = arena.Allocate<T>(Outputs, Inputs);
        Scaled = arena.Allocate<T>(Outputs, Inputs);
        PlasticityGradient = arena.Allocate<T>(Outputs, Inputs);
        RowGradient = arena.Allocate<T>(1, Outputs);
        BiasAdjoint = arena.Allocate<T>(1, Outputs);
        InputGradient = Blocks<T>.Allocate(arena, 1, Outputs, plan.Width);
        PreActivationGradient = Blocks<T>.Allocate(arena, 1, Outputs, plan.Width);
        PostGradient = Blocks<T>.Allocate(arena, 1, Outputs, plan.Width);
        if (biasesLearn)
        {
            BiasCheckpoints = arena.Allocate<T>(plan.Segments, Outputs);
            BiasHistory = arena.Allocate<T>(slots + 1, Outputs);
        }
    }

    /// <summary>The layer's place in the network.</summary>
    public int Index { get; }

    /// <summary>Position of W among the meta-parameters.</summary>
    public int WeightParameter { get; }

    /// <summary>Position of b among the meta-parameters.</summary>
    public int BiasParameter { get; }

    /// <summary>Position of α among the meta-parameters, or −1.</summary>
    public int PlasticityParameter { get; }

    /// <summary>Position of the bias's α among the meta-parameters, or −1.</summary>
    public int BiasPlasticityParameter { get; }

    public int Inputs { get; }

    public int Outputs { get; }

    public Activation Activation { get; }

    /// <summary>W now.</summary>
    public Tensor<T> Weights { get; }

    /// <summary>b now, [1, out].</summary>
    public Tensor<T> Bias { get; }

    /// <summary>m α, [out, in].</summary>
    public Tensor<T> Plasticity { get; }

    /// <summary>m α where it is one per row or fewer; α of the bias for gradient learners.</summary>
    public Tensor<T> RowPlasticity { get; }

    /// <summary>p by slot; none for gradient learners, whose δ lies with the segment's activity.</summary>
    public Blocks<T> Post { get; }

    /// <summary>d by slot, [slots, out]; zeros for rules without decay.</summary>
    public Tensor<T> Decay { get; }

    /// <summary>The layer's input by slot, examples as rows: [n, in].</summary>
    public Tensor<T>[] Presynaptic { get; }

    /// <summary>W at the start of each segment.</summary>
    public Tensor<T>[] Checkpoints { get; } = [];

    /// <summary>b at the start of each segment.</summary>
    public Tensor<T> BiasCheckpoints { get; }

    /// <summary>W by slot in the segment that is replayed; before the first it is the segment's checkpoint.</summary>
    public Tensor<T>[] History { get; } = [];

    /// <summary>b by slot in the segment that is replayed.</summary>
    public Tensor<T> BiasHistory { get; }

    /// <summary>U by slot in the segment that is replayed.</summary>
    public Tensor<T>[] Updates { get; } = [];

    /// <summary>G = ∂L/∂W at the current step.</summary>
    public Tensor<T> Adjoint { get; }

    /// <summary>S = m α ∘ G.</summary>
    public Tensor<T> Scaled { get; }

    /// <summary>∂L/∂α so far, without m.</summary>
    public Tensor<T> PlasticityGradient { get; }

    /// <summary>∂L/∂α by row so far, without m; of the bias for gradient learners.</summary>
    public Tensor<T> RowGradient { get; }

    /// <summary>∂L/∂b at the current step (gradient learners), or so far (local rules, whose b stands still).</summary>
    public Tensor<T> BiasAdjoint { get; }

    /// <summary>∂L/∂x of the layer's output at the current step.</summary>
    public Blocks<T> InputGradient { get; }

    /// <summary>∂L/∂z at the current step.</summary>
    public Blocks<T> PreActivationGradient { get; }

    /// <summary>∂L/∂p at the current step; ∂L/∂δ for gradient learners.</summary>
    public Blocks<T> PostGradient { get; }

    /// <summary>Takes several matrices of one shape.</summary>
    public static Tensor<T>[] Tensors(Arena arena, int count, int rows, int columns)
    {
        var result = new Tensor<T>[count];
        for (int i = 0; i < count; i++)
        {
            result[i] = arena.Allocate<T>(rows, columns);
        }

        return result;
    }
}
