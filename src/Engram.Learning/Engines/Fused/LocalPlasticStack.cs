using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Fused;

/// <summary>
/// Plastic layers under Oja's or Hebb's rule with direct feedback: f = φ(B s + c), p = (1 − β) x + β f, W ← W + m α ∘ (pᵀa − d 1ᵀ ∘ W).
/// </summary>
/// <remarks>
/// The adjoint is DESIGN.md section 2.1, with U = pᵀa − d W kept from the replay instead of computed again, so that a step costs seven
/// products, forward, replay and
/// backward together. Its plain form is TapeLifetimeEngine.
/// </remarks>
internal sealed unsafe class LocalPlasticStack<TLanes, T> : PlasticStack<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LocalLearnerSpec learner;
    private readonly bool decays;
    private readonly bool perSynapse;
    private readonly bool error;
    private readonly bool crossEntropy;
    private readonly bool fromPost;
    private readonly Pathway[] pathways;
    private readonly PartScratch[] scratch;
    private readonly int outputs;
    private readonly int sharedPlasticity;

    public LocalPlasticStack(
        ParameterLayout layout, LocalFusedForm form, LifetimePlan plan, WorkerTeam team, Arena arena, bool differentiate)
        : base(layout, plan, team, arena, differentiate, biasesLearn: false)
    {
        learner = form.Learner;
        decays = form.Rule.Decays;
        perSynapse = learner.Granularity == Granularity.Synapse;
        error = learner.Signal == FeedbackSignal.Error;
        crossEntropy = learner.Objective == Objective.CrossEntropy;
        fromPost = learner.Presynaptic == PresynapticActivity.PostFeedback;
        outputs = layout.Network.Outputs;
        sharedPlasticity = layout.IndexOf("network.alpha");
        pathways = [.. Layers.Select(
            (l, j) => new Pathway(layout, l, j, learner.HasFeedback(layout.Network, l.Index), fromPost, outputs, plan, arena))];
        scratch = [.. Enumerable.Range(0, team.Parts).Select(_ => new PartScratch(outputs, plan, arena))];
    }

    public override void Begin(MetaParameters<T> parameters, LifeTensors<T>? start)
    {
        base.Begin(parameters, start);
        foreach (Pathway path in pathways)
        {
            PlasticLayer<T> layer = path.Layer;
            T multiplier = T.CreateChecked(Multiplier(layer));
            Tensor<T> plasticity = parameters[sharedPlasticity >= 0 ? sharedPlasticity : layer.PlasticityParameter];
            if (perSynapse)
            {
                for (int r = 0; r < layer.Outputs; r++)
                {
                    RowKernels<TLanes, T>.Scale(
                        multiplier, plasticity.RowPointer(r), layer.Plasticity.RowPointer(r), layer.Plasticity.Stride);
                }
            }
            else
            {
                for (int r = 0; r < layer.Outputs; r++)
                {
                    layer.RowPlasticity[0, r] = multiplier * plasticity[0, plasticity.Columns == 1 ? 0 : r];
                }
            }

            if (path.HasFeedback)
            {
                path.Weights = parameters[path.WeightParameter];
                path.Bias = parameters[path.BiasParameter];
                path.Strength = parameters[path.StrengthParameter][0, 0];
            }
        }
    }

    public override void Learn(int part, in StepContext step, in StepData<T> data)
    {
        PartScratch mine = scratch[part];
        ReadSignal(mine, data);
        foreach (Pathway path in pathways)
        {
            Activate(part, path, step.Slot, data, mine);
        }

        if (fromPost)
        {
            for (int j = 1; j < pathways.Length; j++)
            {
                CopyNatural(part, Layers[j].Inputs, Layers[j - 1].Post[step.Slot], pathways[j].PostPresynaptic[step.Slot]);
            }

            Team.Barrier();
        }

        foreach (Pathway path in pathways)
        {
            if (perSynapse)
            {
                Change<PerSynapse<TLanes, T>>(part, path, step, path.Layer.Plasticity);
            }
            else
            {
                Change<PerRow<TLanes, T>>(part, path, step, path.Layer.RowPlasticity);
            }
        }
    }

    public override void BeginAdjoint(int part)
    {
        foreach (Pathway path in pathways)
        {
            PlasticLayer<T> layer = path.Layer;
            (int first, int end) = Rows(part, layer.Outputs);
            int count = (end - first) * layer.Weights.Stride;
            new Span<T>(layer.PlasticityGradient.RowPointer(first), count).Clear();
            if (count > 0 && perSynapse)
            {
                RowKernels<TLanes, T>.Multiply(
                    layer.Plasticity.RowPointer(first), layer.Adjoint.RowPointer(first), layer.Scaled.RowPointer(first), count);
            }

            for (int r = first; r < end; r++)
            {
                layer.RowGradient.Pointer[r] = T.Zero;
                path.StrengthGradient.Pointer[r] = T.Zero;
                path.BiasGradient.Pointer[r] = T.Zero;
                path.WeightGradient.Slice(r, 1).Clear();
                if (!perSynapse)
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
        ReadSignal(mine, data);
        for (int j = Layers.Length - 1; j >= 0; j--)
        {
            PostAdjoint(part, j, step, data, mine);
        }

        // Everything that reads another part's rows of S comes before this barrier: S is overwritten at the end of the step.
        for (int j = 0; j < Layers.Length; j++)
        {
            (int first, int end) = Rows(part, Layers[j].Inputs);
            if (j == 0 && below != null)
            {
                PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Overwrite<TLanes, T>>(
                    first, end, Plan.Width, new Summands(Layers[0].Outputs), Layers[0].Scaled.Pointer, Layers[0].Weights.Stride,
                        Layers[0].Post[step.Slot], Plan.Width, new(below, Plan.Width));
            }
            else if (j > 0 && !fromPost)
            {
                PresynapticAdjoint(Layers[j], step.Slot, first, end, new(Layers[j - 1].InputGradient[0], Plan.Width));
            }
        }

        Team.Barrier();
        OutputAdjoint(mine, step, data);
        BackpropagateActivity(part, step, data, mine.OutputGradient, below, gateBelow);
        foreach (PlasticLayer<T> layer in Layers)
        {
            WeightAdjoint(part, layer, step.Slot, layer == Top ? mine.OutputGradient : layer.PreActivationGradient[0]);
        }

        Team.Barrier();
    }

    public override void Finish(MetaParameters<T> gradient, bool fromBirth)
    {
        base.Finish(gradient, fromBirth);
        Tensor<T> shared = sharedPlasticity >= 0 ? gradient[sharedPlasticity] : default;
        if (!shared.IsEmpty)
        {
            shared.Clear();
        }

        foreach (Pathway path in pathways)
        {
            PlasticLayer<T> layer = path.Layer;
            T multiplier = T.CreateChecked(Multiplier(layer));
            Tensor<T> target = shared.IsEmpty ? gradient[layer.PlasticityParameter] : shared;
            T total = T.Zero;
            for (int r = 0; r < layer.Outputs; r++)
            {
                if (perSynapse)
                {
                    RowKernels<TLanes, T>.Scale(multiplier, layer.PlasticityGradient.RowPointer(r), target.RowPointer(r), target.Stride);
                }
                else if (learner.Granularity == Granularity.Neuron)
                {
                    target[0, r] = multiplier * layer.RowGradient[0, r];
                }
                else
                {
                    total += layer.RowGradient[0, r];
                }
            }

            if (learner.Granularity is Granularity.Layer or Granularity.Network)
            {
                target[0, 0] = (shared.IsEmpty ? T.Zero : target[0, 0]) + (multiplier * total);
            }

            if (path.HasFeedback)
            {
                gradient[path.WeightParameter].CopyFrom(path.WeightGradient);
                gradient[path.BiasParameter].CopyFrom(path.BiasGradient);
                double strength = 0;
                foreach (T value in path.StrengthGradient.Row(0))
                {
                    strength += double.CreateChecked(value);
                }

                gradient[path.StrengthParameter][0, 0] = T.CreateChecked(strength);
            }
        }
    }

    private double Multiplier(PlasticLayer<T> layer) => layer == Top ? 1 : learner.HiddenPlasticityMultiplier;

    private void ReadSignal(PartScratch mine, in StepData<T> data)
    {
        T* output = data.Activity(Layers.Length - 1);
        int count = outputs * Plan.Width;
        if (!error)
        {
            OutputSignals<T>.Target(data.Targets, mine.RawSignal, Plan.Width);
        }
        else if (crossEntropy)
        {
            OutputSignals<T>.Softmax(output, mine.Probability, outputs, Plan.BatchSize, Plan.Width);
            OutputSignals<T>.Error(mine.Probability, data.Targets, mine.RawSignal, Plan.Width);
            RowKernels<TLanes, T>.Scale(T.One / T.CreateChecked(Plan.BatchSize), mine.RawSignal, mine.RawSignal, count);
        }
        else
        {
            OutputSignals<T>.Error(output, data.Targets, mine.RawSignal, Plan.Width);
        }

        new ReadOnlySpan<T>(mine.RawSignal, count).CopyTo(new Span<T>(mine.Signal, count));
        if (learner.RectifiedSignal)
        {
            RowKernels<TLanes, T>.TimesSign(mine.RawSignal, mine.RawSignal, mine.Signal, count);
        }
    }

    /// <summary>f and p of this part's rows, and d.</summary>
    private void Activate(int part, Pathway path, int slot, in StepData<T> data, PartScratch mine)
    {
        PlasticLayer<T> layer = path.Layer;
        (int first, int end) = Rows(part, layer.Outputs);
        T* output = data.Activity(path.Position);
        T* post = layer.Post[slot];
        int width = Plan.Width;
        nint offset = (nint)first * width;
        int count = (end - first) * width;
        if (count == 0)
        {
            return;
        }

        if (path.HasFeedback)
        {
            T* feedback = path.Feedback[slot];
            if (learner.RectifiedFeedback)
            {
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBiasRectify<TLanes, T>>(
                    first, end, width, new Summands(outputs), path.Weights.Pointer, path.Weights.Stride, mine.Signal, width,
                        new(feedback, width, path.Bias.Pointer));
            }
            else
            {
                PanelProduct<TLanes, T>.Run<LeftByRows<T>, AddBias<TLanes, T>>(
                    first, end, width, new Summands(outputs), path.Weights.Pointer, path.Weights.Stride, mine.Signal, width,
                        new(feedback, width, path.Bias.Pointer));
            }

            if (learner.FeedbackTimesSign)
            {
                RowKernels<TLanes, T>.TimesSign(output + offset, feedback + offset, post + offset, count);
                RowKernels<TLanes, T>.Mix(path.Strength, output + offset, post + offset, post + offset, count);
            }
            else
            {
                RowKernels<TLanes, T>.Mix(path.Strength, output + offset, feedback + offset, post + offset, count);
            }
        }
        else
        {
            // A clamped output takes the signal as its activity (before any |s|); a hidden layer that feedback does not reach keeps its
            // own.
            T* source = layer == Top ? mine.RawSignal : output;
            new ReadOnlySpan<T>(source + offset, count).CopyTo(new Span<T>(post + offset, count));
        }

        if (decays)
        {
            T* decay = layer.Decay.RowPointer(slot);
            for (int r = first; r < end; r++)
            {
                T* row = post + ((nint)r * width);
                decay[r] = RowKernels<TLanes, T>.Dot(row, row, Plan.BatchSize);
            }
        }
    }

    private Tensor<T> RulePresynaptic(PlasticLayer<T> layer, int slot) =>
        fromPost && layer != Layers[0] ? pathways[layer.Index - Layers[0].Index].PostPresynaptic[slot] : layer.Presynaptic[slot];

    private void Change<TPlasticity>(int part, Pathway path, in StepContext step, Tensor<T> plasticity)
        where TPlasticity : struct, IPlasticityLayout<TLanes, T>
    {
        PlasticLayer<T> layer = path.Layer;
        (int first, int end) = Rows(part, layer.Outputs);
        Tensor<T> presynaptic = RulePresynaptic(layer, step.Slot);
        T* post = layer.Post[step.Slot];
        T* before = WeightsBefore(layer, step).Pointer;
        T* decay = layer.Decay.RowPointer(step.Slot);
        nint stride = layer.Weights.Stride;
        if (step.Ends)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, RecordedUpdate<TLanes, T>>(
                first, end, layer.Inputs, new Summands(Plan.BatchSize), post, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(before, decay, layer.Updates[step.Slot].Pointer, stride));
            return;
        }

        T* after = WeightsAfter(layer, step).Pointer;
        if (step.Record)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, RecordedPlasticStep<TPlasticity, TLanes, T>>(
                first, end, layer.Inputs, new Summands(Plan.BatchSize), post, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(before, after, plasticity.Pointer, decay, layer.Updates[step.Slot].Pointer, stride));
        }
        else
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, PlasticStep<TPlasticity, TLanes, T>>(
                first, end, layer.Inputs, new Summands(Plan.BatchSize), post, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(before, after, plasticity.Pointer, decay, stride));
        }
    }

    /// <summary>Rows of whole tiles, few enough to stay in the nearest cache.</summary>
    private static int TileRows => TLanes.Accumulators == 24 ? 8 : 12;

    /// <summary>∂α, ∂p, and what of ∂p goes to β, B, c, the signal and x; this part's rows.</summary>
    private void PostAdjoint(int part, int j, in StepContext step, in StepData<T> data, PartScratch mine)
    {
        Pathway path = pathways[j];
        PlasticLayer<T> layer = path.Layer;
        (int first, int end) = Rows(part, layer.Outputs);
        int width = Plan.Width;
        int slot = step.Slot;
        T* input = j == 0 ? data.Input : fromPost ? Layers[j - 1].Post[slot] : data.Activity(j - 1);
        T* gradient = layer.PostGradient[0];
        Overwrite<TLanes, T> product = new(gradient, width);
        for (int group = first; group < end; group += TileRows)
        {
            // The same rows of S twice, product and dot, while they are in the nearest cache.
            int last = Math.Min(group + TileRows, end);
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, Overwrite<TLanes, T>>(
                group, last, width, new Summands(layer.Inputs), layer.Scaled.Pointer, layer.Weights.Stride, input, width, product);
            for (int r = group; r < last; r++)
            {
                path.Dots.Pointer[r] = decays
                    ? RowKernels<TLanes, T>.Dot(layer.Scaled.RowPointer(r), layer.History[slot].RowPointer(r), layer.Weights.Stride)
                    : T.Zero;
            }
        }

        if (fromPost && j + 1 < Layers.Length)
        {
            PresynapticAdjoint(Layers[j + 1], slot, first, end, new(gradient, width));
        }

        T* output = data.Activity(j);
        T* post = layer.Post[slot];
        for (int r = first; r < end; r++)
        {
            nint row = (nint)r * width;
            if (decays)
            {
                RowKernels<TLanes, T>.AddScaled(T.CreateChecked(-2) * path.Dots.Pointer[r], post + row, gradient + row, width);
            }

            if (!path.HasFeedback)
            {
                T own = layer == Top ? T.Zero : T.One;
                RowKernels<TLanes, T>.Scale(own, gradient + row, layer.InputGradient[0] + row, width);
                continue;
            }

            RowKernels<TLanes, T>.Scale(T.One - path.Strength, gradient + row, layer.InputGradient[0] + row, width);
            T* feedback = path.Feedback[slot] + row;
            T* fed = path.FeedbackGradient[0] + row;
            if (learner.FeedbackTimesSign)
            {
                RowKernels<TLanes, T>.TimesSign(output + row, feedback, fed, width);
                path.StrengthGradient.Pointer[r] += RowKernels<TLanes, T>.DotDifference(gradient + row, fed, output + row, Plan.BatchSize);
                RowKernels<TLanes, T>.TimesSign(output + row, gradient + row, fed, width);
                RowKernels<TLanes, T>.Scale(path.Strength, fed, fed, width);
            }
            else
            {
                path.StrengthGradient.Pointer[r] += RowKernels<TLanes, T>.DotDifference(
                    gradient + row, feedback, output + row, Plan.BatchSize);
                RowKernels<TLanes, T>.Scale(path.Strength, gradient + row, fed, width);
            }

            if (learner.RectifiedFeedback)
            {
                RowKernels<TLanes, T>.Gate(feedback, fed, fed, width);
            }

            path.BiasGradient.Pointer[r] += RowKernels<TLanes, T>.Sum(fed, Plan.BatchSize);
            if (outputs <= 4)
            {
                T* weights = path.WeightGradient.RowPointer(r);
                for (int k = 0; k < outputs; k++)
                {
                    weights[k] += RowKernels<TLanes, T>.Dot(fed, mine.Signal + ((nint)k * width), Plan.BatchSize);
                }
            }
        }

        if (path.HasFeedback && outputs > 4)
        {
            Transposition.Copy(mine.Signal, width, outputs, Plan.BatchSize, mine.NaturalSignal.Pointer, mine.NaturalSignal.Stride);
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, Accumulate<TLanes, T>>(
                first, end, outputs, new Summands(Plan.BatchSize), path.FeedbackGradient[0], width, mine.NaturalSignal.Pointer,
                    mine.NaturalSignal.Stride,
                new(path.WeightGradient.Pointer, path.WeightGradient.Stride));
        }
    }

    /// <summary>∂a += Sᵀ p, rows [first, end).</summary>
    private void PresynapticAdjoint(PlasticLayer<T> layer, int slot, int first, int end, in Accumulate<TLanes, T> sum) =>
        PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Accumulate<TLanes, T>>(
            first, end, Plan.Width, new Summands(layer.Outputs), layer.Scaled.Pointer, layer.Weights.Stride, layer.Post[slot], Plan.Width,
                sum);

    /// <summary>∂L/∂z of the output, from what reached it directly and through the signal. Every part computes all of it.</summary>
    private void OutputAdjoint(PartScratch mine, in StepContext step, in StepData<T> data)
    {
        int width = Plan.Width;
        int count = outputs * width;
        T* gradient = mine.OutputGradient;
        new ReadOnlySpan<T>(Top.InputGradient[0], count).CopyTo(new Span<T>(gradient, count));
        if (error && !(crossEntropy && learner.DetachedSignal))
        {
            T* signal = mine.SignalGradient;
            new Span<T>(signal, count).Clear();
            foreach (Pathway path in pathways)
            {
                if (path.HasFeedback)
                {
                    PanelProduct<TLanes, T>.Run<LeftByColumns<T>, Accumulate<TLanes, T>>(
                        0, outputs, width, new Summands(path.Layer.Outputs), path.Weights.Pointer, path.Weights.Stride,
                            path.FeedbackGradient[0], width, new(signal, width));
                }
            }

            if (learner.RectifiedSignal)
            {
                RowKernels<TLanes, T>.TimesSign(mine.RawSignal, signal, signal, count);
            }

            if (!pathways[^1].HasFeedback)
            {
                RowKernels<TLanes, T>.AddScaled(T.One, Top.PostGradient[0], signal, count);
            }

            if (crossEntropy)
            {
                OutputSignals<T>.SoftmaxJacobian(
                    mine.Probability, signal, signal, T.One / T.CreateChecked(Plan.BatchSize), outputs, Plan.BatchSize, width);
            }

            RowKernels<TLanes, T>.AddScaled(-T.One, signal, gradient, count);
        }

        GateRows(Top, 0, outputs, data.Activity(Layers.Length - 1), gradient, gradient);
    }

    /// <summary>G and S before the step, ∂α and ∂b; this part's rows.</summary>
    private void WeightAdjoint(int part, PlasticLayer<T> layer, int slot, T* gradient)
    {
        (int first, int end) = Rows(part, layer.Outputs);
        Tensor<T> presynaptic = layer.Presynaptic[slot];
        var sum = new Summands(Plan.BatchSize);
        T* decay = layer.Decay.RowPointer(slot);
        if (perSynapse)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, SynapseAdjointStep<TLanes, T>>(
                first, end, layer.Inputs, sum, gradient, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(layer.Adjoint.Pointer, layer.Plasticity.Pointer, decay, layer.Scaled.Pointer, layer.Updates[slot].Pointer,
                    layer.PlasticityGradient.Pointer, layer.Weights.Stride));
        }
        else
        {
            for (int r = first; r < end; r++)
            {
                layer.RowGradient.Pointer[r] += RowKernels<TLanes, T>.Dot(
                    layer.Adjoint.RowPointer(r), layer.Updates[slot].RowPointer(r), layer.Weights.Stride);
            }

            PanelProduct<TLanes, T>.Run<LeftByRows<T>, AdjointStep<PerRow<TLanes, T>, TLanes, T>>(
                first, end, layer.Inputs, sum, gradient, Plan.Width, presynaptic.Pointer, presynaptic.Stride,
                new(layer.Adjoint.Pointer, layer.RowPlasticity.Pointer, decay, layer.Scaled.Pointer, layer.Weights.Stride));
        }

        for (int r = first; r < end; r++)
        {
            layer.BiasAdjoint.Pointer[r] += RowKernels<TLanes, T>.Sum(gradient + ((nint)r * Plan.Width), Plan.BatchSize);
        }
    }

    /// <summary>The feedback pathway of one layer.</summary>
    private sealed class Pathway
    {
        public Pathway(
            ParameterLayout layout, PlasticLayer<T> layer, int position, bool hasFeedback, bool fromPost, int outputs, LifetimePlan plan,
            Arena arena)
        {
            (Layer, Position, HasFeedback) = (layer, position, hasFeedback);
            WeightParameter = layout.IndexOf($"layer{layer.Index}.feedback0.weight");
            BiasParameter = layout.IndexOf($"layer{layer.Index}.feedback0.bias");
            StrengthParameter = layout.IndexOf($"layer{layer.Index}.beta");
            Feedback = Blocks<T>.Allocate(arena, hasFeedback ? plan.SegmentSteps : 0, layer.Outputs, plan.Width);
            FeedbackGradient = Blocks<T>.Allocate(arena, 1, layer.Outputs, plan.Width);
            WeightGradient = arena.Allocate<T>(layer.Outputs, outputs);
            BiasGradient = arena.Allocate<T>(1, layer.Outputs);
            StrengthGradient = arena.Allocate<T>(1, layer.Outputs);
            Dots = arena.Allocate<T>(1, layer.Outputs);
            PostPresynaptic = fromPost && position > 0 ? PlasticLayer<T>.Tensors(arena, plan.SegmentSteps, plan.BatchSize, layer.Inputs)
                : [];
        }

        public PlasticLayer<T> Layer { get; }

        public int Position { get; }

        public bool HasFeedback { get; }

        public int WeightParameter { get; }

        public int BiasParameter { get; }

        public int StrengthParameter { get; }

        public Tensor<T> Weights { get; set; }

        public Tensor<T> Bias { get; set; }

        public T Strength { get; set; }

        public Blocks<T> Feedback { get; }

        public Blocks<T> FeedbackGradient { get; }

        public Tensor<T> WeightGradient { get; }

        public Tensor<T> BiasGradient { get; }

        /// <summary>∂L/∂β by row; summed at the end, in order.</summary>
        public Tensor<T> StrengthGradient { get; }

        /// <summary>Σ S ∘ W by row, W before the step.</summary>
        public Tensor<T> Dots { get; }

        public Tensor<T>[] PostPresynaptic { get; }
    }

    /// <summary>What each part computes for itself: the signal is small, and waiting for another part to compute it costs more.</summary>
    private sealed class PartScratch(int outputs, LifetimePlan plan, Arena arena)
    {
        public T* RawSignal { get; } = arena.Allocate<T>(outputs, plan.Width).Pointer;

        public T* Signal { get; } = arena.Allocate<T>(outputs, plan.Width).Pointer;

        public T* Probability { get; } = arena.Allocate<T>(outputs, plan.Width).Pointer;

        public T* SignalGradient { get; } = arena.Allocate<T>(outputs, plan.Width).Pointer;

        public T* OutputGradient { get; } = arena.Allocate<T>(outputs, plan.Width).Pointer;

        public Tensor<T> NaturalSignal { get; } = arena.Allocate<T>(plan.BatchSize, outputs);
    }
}
