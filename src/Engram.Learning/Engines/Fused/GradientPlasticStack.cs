using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Fused;

/// <summary>
/// Plastic layers under gradient descent: W ← W − α ∘ δᵀa, b ← b − α ∘ Σ δ, with δ_i = (δ_{i+1} W_{i+1}) ∘ σ'(z_i) from the batch's loss.
/// </summary>
/// <remarks>
/// Second order differentiates δ too: with S = −α ∘ G', ∂δ_i = S_i aᵀ, then ē_i = ∂δ_i ∘ σ', ∂δ_{i+1} += W_{i+1} ē_i up to the output, the
/// loss's Hessian there, and down
/// again as ∂z; G = G' + ∂zᵀa + δᵀē. That is nine products a step, six in the first plastic layer. First order stops at ∂α = −G' ∘ δᵀa.
/// Coefficients are held negated, so that
/// the stores of local rules serve.
/// </remarks>
internal sealed unsafe class GradientPlasticStack<TLanes, T> : PlasticStack<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly GradientLearnerSpec learner;
    private readonly bool perSynapse;
    private readonly bool crossEntropy;
    private readonly PartScratch[] scratch;
    private readonly Blocks<T>[] echo;
    private readonly Tensor<T>[] naturalEcho;
    private readonly int outputs;

    public GradientPlasticStack(
        ParameterLayout layout, GradientLearnerSpec learner, LifetimePlan plan, WorkerTeam team, Arena arena, bool differentiate)
        : base(layout, plan, team, arena, differentiate, biasesLearn: true)
    {
        this.learner = learner;
        perSynapse = learner.FixedInnerRate is null;
        crossEntropy = learner.Objective == Objective.CrossEntropy;
        outputs = layout.Network.Outputs;
        int widest = Layers.Max(l => l.Outputs);
        scratch = [.. Enumerable.Range(0, team.Parts).Select(_ => new PartScratch(outputs, plan.Width, widest, arena))];
        echo = [.. Layers.Select(l => Blocks<T>.Allocate(arena, 1, l.Outputs, plan.Width))];
        naturalEcho = [.. Layers.Select(l => arena.Allocate<T>(plan.BatchSize, l.Inputs))];
    }

    /// <inheritdoc/>
    public override bool StreamReachesFrozenLayers => learner.Order == GradientOrder.Second;

    public override void Begin(MetaParameters<T> parameters, LifeTensors<T>? start)
    {
        base.Begin(parameters, start);
        foreach (PlasticLayer<T> layer in Layers)
        {
            if (learner.FixedInnerRate is { } rate)
            {
                layer.RowPlasticity.Fill(T.CreateChecked(-rate));
                continue;
            }

            Tensor<T> plasticity = parameters[layer.PlasticityParameter];
            for (int r = 0; r < layer.Outputs; r++)
            {
                RowKernels<TLanes, T>.Scale(-T.One, plasticity.RowPointer(r), layer.Plasticity.RowPointer(r), layer.Plasticity.Stride);
            }

            RowKernels<TLanes, T>.Scale(
                -T.One, parameters[layer.BiasPlasticityParameter].Pointer, layer.RowPlasticity.Pointer, layer.RowPlasticity.Stride);
        }
    }

    public override void Learn(int part, in StepContext step, in StepData<T> data)
    {
        PartScratch mine = scratch[part];
        OutputDelta(mine, data);
        if (!step.Known)
        {
            BackpropagateDelta(part, step, data, mine);
        }

        for (int j = 0; j < Layers.Length; j++)
        {
            PlasticLayer<T> layer = Layers[j];
            T* delta = DeltaOf(j, data, mine);
            if (perSynapse)
            {
                Change<PerSynapse<TLanes, T>>(part, layer, step, delta, layer.Plasticity);
            }
            else
            {
                Change<PerRow<TLanes, T>>(part, layer, step, delta, layer.RowPlasticity);
            }
        }
    }

    public override void BeginAdjoint(int part)
    {
        foreach (PlasticLayer<T> layer in Layers)
        {
            (int first, int end) = Rows(part, layer.Outputs);
            for (int r = first; r < end; r++)
            {
                layer.RowGradient.Pointer[r] = T.Zero;
                layer.PlasticityGradient.Slice(r, 1).Clear();
                if (perSynapse)
                {
                    RowKernels<TLanes, T>.Multiply(
                        layer.Plasticity.RowPointer(r), layer.Adjoint.RowPointer(r), layer.Scaled.RowPointer(r), layer.Weights.Stride);
                }
                else
                {
                    RowKernels<TLanes, T>.Scale(
                        layer.RowPlasticity.Pointer[r], layer.Adjoint.RowPointer(r), layer.Scaled.RowPointer(r), layer.Weights.Stride);
                }
            }
        }

        Team.Barrier();
    }

    public override void Adjoint(int part, in StepContext step, in StepData<T> data, T* below, bool gateBelow)
    {
        PartScratch mine = scratch[part];
        OutputDelta(mine, data);
        for (int j = 0; j < Layers.Length; j++)
        {
            PlasticityAdjoint(part, Layers[j], step.Slot, DeltaOf(j, data, mine));
        }

        if (learner.Order == GradientOrder.First)
        {
            return;
        }

        for (int j = 0; j < Layers.Length; j++)
        {
            DeltaAdjoint(part, j, step, data, mine, below);
        }

        Team.Barrier();
        for (int j = 1; j < Layers.Length; j++)
        {
            PlasticLayer<T> layer = Layers[j];
            (int first, int end) = Rows(part, layer.Outputs);
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, Accumulate<TLanes, T>>(
                first, end, Plan.Width, new Summands(layer.Inputs), layer.History[step.Slot].Pointer, layer.Weights.Stride, echo[j - 1][0],
                    Plan.Width, new(layer.PostGradient[0], Plan.Width));
            GateRows(layer, first, end, data.Activity(j), layer.PostGradient[0], echo[j][0]);
            if (j + 1 < Layers.Length)
            {
                CopyNatural(part, layer.Outputs, echo[j][0], naturalEcho[j + 1]);
            }

            Team.Barrier();
        }

        OutputAdjoint(mine, data);
        BackpropagateActivity(part, step, data, mine.OutputGradient, below, gateBelow);
        for (int j = 0; j < Layers.Length; j++)
        {
            if (perSynapse)
            {
                WeightAdjoint<PerSynapse<TLanes, T>>(part, j, step.Slot, data, mine, Layers[j].Plasticity);
            }
            else
            {
                WeightAdjoint<PerRow<TLanes, T>>(part, j, step.Slot, data, mine, Layers[j].RowPlasticity);
            }
        }

        Team.Barrier();
    }

    public override void Finish(MetaParameters<T> gradient, bool fromBirth)
    {
        base.Finish(gradient, fromBirth);
        if (!perSynapse)
        {
            return;
        }

        foreach (PlasticLayer<T> layer in Layers)
        {
            Tensor<T> plasticity = gradient[layer.PlasticityParameter];
            for (int r = 0; r < layer.Outputs; r++)
            {
                RowKernels<TLanes, T>.Scale(-T.One, layer.PlasticityGradient.RowPointer(r), plasticity.RowPointer(r), plasticity.Stride);
            }

            RowKernels<TLanes, T>.Scale(
                -T.One, layer.RowGradient.Pointer, gradient[layer.BiasPlasticityParameter].Pointer, layer.RowGradient.Stride);
        }
    }

    private T* DeltaOf(int j, in StepData<T> data, PartScratch mine) => j == Layers.Length - 1 ? mine.Delta : data.Delta(j);

    /// <summary>δ of the layers below the output; complete in all parts when it returns.</summary>
    private void BackpropagateDelta(int part, in StepContext step, in StepData<T> data, PartScratch mine)
    {
        for (int j = Layers.Length - 1; j > 0; j--)
        {
            PlasticLayer<T> layer = Layers[j];
            (int first, int end) = Rows(part, layer.Inputs);
            T* gate = Layers[j - 1].Activation == Activation.Relu ? data.Activity(j - 1) : null;
            LayerKernels<TLanes, T>.InputGradient(
                first, end, layer.Outputs, WeightsBefore(layer, step), DeltaOf(j, data, mine), gate, data.Delta(j - 1), Plan.Width);
            Team.Barrier();
        }
    }

    /// <summary>δ of the output: ∂ℓ/∂ŷ of the batch, gated where the output is rectified. Every part computes all of it.</summary>
    private void OutputDelta(PartScratch mine, in StepData<T> data)
    {
        T* output = data.Activity(Layers.Length - 1);
        int count = outputs * Plan.Width;
        if (crossEntropy)
        {
            OutputSignals<T>.Softmax(output, mine.Probability, outputs, Plan.BatchSize, Plan.Width);
            OutputSignals<T>.Error(mine.Probability, data.Targets, mine.Delta, Plan.Width);
        }
        else
        {
            OutputSignals<T>.Error(output, data.Targets, mine.Delta, Plan.Width);
        }

        RowKernels<TLanes, T>.Scale(-Curvature, mine.Delta, mine.Delta, count);
        GateRows(Top, 0, outputs, output, mine.Delta, mine.Delta);
    }

    /// <summary>What the loss's mean puts before (ŷ − y): 2 / (n K) for squared error, 1 / n for cross-entropy.</summary>
    private T Curvature => T.CreateChecked(crossEntropy ? 1.0 / Plan.BatchSize : 2.0 / ((double)Plan.BatchSize * outputs));

    private void Change<TPlasticity>(int part, PlasticLayer<T> layer, in StepContext step, T* delta, Tensor<T> plasticity)
        where TPlasticity : struct, IPlasticityLayout<TLanes, T>
    {
        (int first, int end) = Rows(part, layer.Outputs);
        Tensor<T> presynaptic = layer.Presynaptic[step.Slot];
        T* before = WeightsBefore(layer, step).Pointer;
        T* decay = layer.Decay.RowPointer(step.Slot);
        T* biasBefore = BiasBefore(layer, step).Pointer;
        T* biasAfter = step.Record ? layer.BiasHistory.RowPointer(step.Slot + 1) : layer.Bias.Pointer;
        if (step.Ends)
        {
            // Without coefficients of their own for synapses, nobody reads U either.
            if (perSynapse)
            {
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, RecordedUpdate<TLanes, T>>(
                    first, end, layer.Inputs, new Summands(Plan.BatchSize), delta, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                    new(before, decay, layer.Updates[step.Slot].Pointer, layer.Weights.Stride));
            }

            return;
        }

        T* after = WeightsAfter(layer, step).Pointer;
        for (int r = first; r < end; r++)
        {
            biasAfter[r] = T.FusedMultiplyAdd(
                layer.RowPlasticity.Pointer[r], RowKernels<TLanes, T>.Sum(delta + ((nint)r * Plan.Width), Plan.BatchSize), biasBefore[r]);
        }

        if (step.Record)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, RecordedPlasticStep<TPlasticity, TLanes, T>>(
                first, end, layer.Inputs, new Summands(Plan.BatchSize), delta, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(before, after, plasticity.Pointer, decay, layer.Updates[step.Slot].Pointer, layer.Weights.Stride));
        }
        else
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, PlasticStep<TPlasticity, TLanes, T>>(
                first, end, layer.Inputs, new Summands(Plan.BatchSize), delta, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(before, after, plasticity.Pointer, decay, layer.Weights.Stride));
        }
    }

    /// <summary>∂α += G' ∘ U, and the same for the bias; this part's rows.</summary>
    private void PlasticityAdjoint(int part, PlasticLayer<T> layer, int slot, T* delta)
    {
        if (!perSynapse)
        {
            return;
        }

        (int first, int end) = Rows(part, layer.Outputs);
        if (end > first)
        {
            RowKernels<TLanes, T>.AccumulateProduct(
                layer.Adjoint.RowPointer(first), layer.Updates[slot].RowPointer(first), layer.PlasticityGradient.RowPointer(first),
                    (end - first) * layer.Weights.Stride);
        }

        for (int r = first; r < end; r++)
        {
            layer.RowGradient.Pointer[r] += layer.BiasAdjoint.Pointer[r] * RowKernels<TLanes, T>.Sum(
                delta + ((nint)r * Plan.Width), Plan.BatchSize);
        }
    }

    /// <summary>∂δ of this part's rows as far as the update itself makes it, ē of the first layer, and Sᵀδ into ∂x of the layer
    /// below.</summary>
    private void DeltaAdjoint(int part, int j, in StepContext step, in StepData<T> data, PartScratch mine, T* below)
    {
        PlasticLayer<T> layer = Layers[j];
        int width = Plan.Width;
        T* input = j == 0 ? data.Input : data.Activity(j - 1);
        (int first, int end) = Rows(part, layer.Outputs);
        for (int r = first; r < end; r++)
        {
            mine.RowRates[r] = layer.RowPlasticity.Pointer[r] * layer.BiasAdjoint.Pointer[r];
        }

        PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBias<TLanes, T>>(
            first, end, width, new Summands(layer.Inputs), layer.Scaled.Pointer, layer.Weights.Stride, input, width,
                new(layer.PostGradient[0], width, mine.RowRates));
        if (j == 0)
        {
            GateRows(layer, first, end, data.Activity(0), layer.PostGradient[0], echo[0][0]);
            if (Layers.Length > 1)
            {
                CopyNatural(part, layer.Outputs, echo[0][0], naturalEcho[1]);
            }
        }

        T* sum = j > 0 ? Layers[j - 1].InputGradient[0] : below;
        if (sum != null)
        {
            (int firstInput, int endInput) = Rows(part, layer.Inputs);
            PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Overwrite<TLanes, T>>(
                firstInput, endInput, width, new Summands(layer.Outputs), layer.Scaled.Pointer, layer.Weights.Stride,
                    DeltaOf(j, data, mine), width, new(sum, width));
        }
    }

    /// <summary>∂L/∂z of the output: the loss's Hessian on ē. Every part computes all of it.</summary>
    private void OutputAdjoint(PartScratch mine, in StepData<T> data)
    {
        T* source = echo[^1][0];
        if (crossEntropy)
        {
            OutputSignals<T>.SoftmaxJacobian(mine.Probability, source, mine.OutputGradient, Curvature, outputs, Plan.BatchSize, Plan.Width);
        }
        else
        {
            RowKernels<TLanes, T>.Scale(Curvature, source, mine.OutputGradient, outputs * Plan.Width);
        }

        GateRows(Top, 0, outputs, data.Activity(Layers.Length - 1), mine.OutputGradient, mine.OutputGradient);
    }

    /// <summary>G = G' + ∂zᵀa + δᵀē and S before the step, and ∂b; this part's rows.</summary>
    private void WeightAdjoint<TPlasticity>(int part, int j, int slot, in StepData<T> data, PartScratch mine, Tensor<T> plasticity)
        where TPlasticity : struct, IPlasticityLayout<TLanes, T>
    {
        PlasticLayer<T> layer = Layers[j];
        (int first, int end) = Rows(part, layer.Outputs);
        T* gradient = layer == Top ? mine.OutputGradient : layer.PreActivationGradient[0];
        Tensor<T> presynaptic = layer.Presynaptic[slot];

        // Both outer products in one: the second run of summands starts where δ and ē lie, seen from ∂z and a.
        var sum = j == 0
            ? new Summands(Plan.BatchSize)
            : new Summands(
                Plan.BatchSize, 2, (nint)(DeltaOf(j, data, mine) - gradient), (nint)(naturalEcho[j].Pointer - presynaptic.Pointer));
        PanelProduct<TLanes, T>.Run<LeftByRows<T>, AdjointStep<TPlasticity, TLanes, T>>(
            first, end, layer.Inputs, sum, gradient, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
            new(layer.Adjoint.Pointer, plasticity.Pointer, layer.Decay.RowPointer(slot), layer.Scaled.Pointer, layer.Weights.Stride));
        for (int r = first; r < end; r++)
        {
            layer.BiasAdjoint.Pointer[r] += RowKernels<TLanes, T>.Sum(gradient + ((nint)r * Plan.Width), Plan.BatchSize);
        }
    }

    private sealed class PartScratch
    {
        public PartScratch(int outputs, int width, int widest, Arena arena)
        {
            Delta = arena.Allocate<T>(outputs, width).Pointer;
            Probability = arena.Allocate<T>(outputs, width).Pointer;
            OutputGradient = arena.Allocate<T>(outputs, width).Pointer;
            RowRates = arena.Allocate<T>(1, widest).Pointer;
        }

        public T* Delta { get; }

        public T* Probability { get; }

        public T* OutputGradient { get; }

        /// <summary>S of the bias, by row.</summary>
        public T* RowRates { get; }
    }
}
