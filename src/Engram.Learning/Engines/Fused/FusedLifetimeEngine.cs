using System.Numerics;
using Engram.Learning.Engines.Compiled;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Programs;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Fused;

/// <summary>
/// The engine that lifetimes run on: frozen layers of a segment as one batch, plastic steps fused, a reverse scan from checkpoints, and no
/// allocation
/// once a lifetime of that shape has been lived.
/// </summary>
/// <remarks>See <see cref="LifetimePlan"/> for what is kept and what is computed again. The plain form it must match is
/// TapeLifetimeEngine.</remarks>
internal sealed unsafe class FusedLifetimeEngine<TLanes, T> : ILifetimeEngine<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const long BlockBytes = 16 << 20;
    private readonly FusedLayers layers;
    private readonly WorkerTeam team;
    private readonly long budgetBytes;
    private readonly Action<int> forward;
    private readonly Action<int> backward;
    private Workspace? workspace;
    private MetaParameters<T>? boundParameters;
    private MetaParameters<T>? boundGradient;
    private Lifetime<T>? lifetime;
    private ILifetimeObserver<T>? observer;
    private LifeTensors<T>? observed;
    private ILifetimeEngine<T>? other;
    private NonFiniteException? found;
    private bool searching;

    public FusedLifetimeEngine(ParameterLayout layout, int threads, long budgetBytes)
    {
        Layout = layout;
        layers = new FusedLayers(layout.Network);
        this.budgetBytes = budgetBytes;
        team = new WorkerTeam(threads);
        forward = Forward;
        backward = Backward;
    }

    public ParameterLayout Layout { get; }

    /// <summary>Bytes of native memory that the engine holds.</summary>
    public long ReservedBytes => workspace?.Arena.ReservedBytes ?? 0;

    /// <summary>Bytes that lifetimes of a shape take, found by taking them from an arena that only measures; infinite where an int does not
    /// count them.</summary>
    public double BytesFor(Lifetime<T> shape, bool differentiate)
    {
        using var measure = Arena.Measuring(BlockBytes);
        try
        {
            _ = new Workspace(Layout, layers, PlanFor(shape, differentiate), team, measure, budgetBytes, differentiate);
            return measure.ReservedBytes;
        }
        catch (OverflowException)
        {
            return double.PositiveInfinity;
        }
    }

    /// <inheritdoc/>
    public LifetimeOutcome Live(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null,
            LifeTensors<T>? start = null)
    {
        if (lifetime.IsMasked || observer is { WantsActivity: true })
        {
            // Kernels by hand have neither masks nor names for what they compute.
            return (other ??= Other()).Live(parameters, lifetime, metaGradient, observer, start);
        }

        if (lifetime.BatchSize == 1 && KernelCompiler.IsSupported)
        {
            // Of one example they fill a lane of many. They know best, though, where a number was not finite.
            try
            {
                return (other ??= Other()).Live(parameters, lifetime, metaGradient, observer, start);
            }
            catch (NonFiniteException)
            {
                LiveByHand(parameters, lifetime, metaGradient, null, start);
                throw;
            }
        }

        return LiveByHand(parameters, lifetime, metaGradient, observer, start);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        other?.Dispose();
        team.Dispose();
        workspace?.Arena.Dispose();
    }

    private LifetimeOutcome LiveByHand(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient, ILifetimeObserver<T>? observer,
            LifeTensors<T>? start)
    {

        lifetime.Validate(Layout.Network);
        Query.CheckLayout(parameters, Layout);
        if (metaGradient is not null)
        {
            Query.CheckLayout(metaGradient, Layout);
        }

        Prepare(lifetime, metaGradient is not null);
        Bind(parameters, metaGradient);
        (this.lifetime, this.observer) = (lifetime, observer);
        if (observer is not null)
        {
            observed = workspace!.Observed.With(parameters);
        }

        try
        {
            workspace!.Plastic.Begin(parameters, start);
            team.Run(forward);
            LifetimeOutcome outcome = QueryOutcome();
            if (!double.IsFinite(outcome.QueryLoss))
            {
                throw Locate(parameters, start);
            }

            if (metaGradient is not null)
            {
                metaGradient.Clear();
                team.Run(backward);
                workspace.Plastic.Finish(metaGradient, fromBirth: start is null);
                Check(metaGradient);
            }

            return outcome;
        }
        catch (NonFiniteException)
        {
            // What is not finite may stand in buffers that kernels add to, times zero: the next life begins with new ones.
            workspace!.Arena.Dispose();
            workspace = null;
            throw;
        }
        finally
        {
            (this.lifetime, this.observer, observed) = (null, null, null);
        }
    }

    private ILifetimeEngine<T> Other() =>
        KernelCompiler.IsSupported ? new CompiledLifetimeEngine<TLanes, T>(Layout, team, budgetBytes) : new TapeLifetimeEngine<T>(Layout);

    private void Prepare(Lifetime<T> shape, bool differentiate)
    {
        if (workspace is { } current
            && (current.Plan.InnerSteps, current.Plan.BatchSize, current.Plan.Queries) == (shape.InnerSteps, shape.BatchSize,
                shape.QueryInputs.Rows)
            && (current.Differentiates || !differentiate))
        {
            return;
        }

        workspace?.Arena.Dispose();
        workspace = null;
        LifetimePlan plan = PlanFor(shape, differentiate);
        MemoryLimit.Expect(
            BytesFor(shape, differentiate), "one lifetime",
            "lower the width of the network, the length of the lifetime or its batch size.");
        workspace = new Workspace(Layout, layers, plan, team, new Arena(BlockBytes), budgetBytes, differentiate);
        (boundParameters, boundGradient) = (null, null);
    }

    private LifetimePlan PlanFor(Lifetime<T> shape, bool differentiate) =>
        LifetimePlan.For<T>(layers, shape.InnerSteps, shape.BatchSize, shape.QueryInputs.Rows, budgetBytes, differentiate);

    private void Bind(MetaParameters<T> parameters, MetaParameters<T>? gradient)
    {
        if (boundParameters == parameters && boundGradient == gradient)
        {
            return;
        }

        Workspace memory = workspace!;
        for (int i = 0; i < Layout.Network.FrozenLayers; i++)
        {
            int weight = Layout.IndexOf($"layer{i}.weight");
            int bias = Layout.IndexOf($"layer{i}.bias");
            Tensor<T> weightGradient = gradient is null ? default : gradient[weight];
            Tensor<T> biasGradient = gradient is null ? default : gradient[bias];
            if (i < layers.Convolutions.Length)
            {
                memory.Convolutions!.Bind(i, parameters[weight], parameters[bias], weightGradient, biasGradient);
                continue;
            }

            int dense = i - layers.Convolutions.Length;
            memory.Frozen.Bind(dense, parameters[weight], parameters[bias], weightGradient, biasGradient);
            memory.QueryFrozen.Bind(dense, parameters[weight], parameters[bias], weightGradient, biasGradient);
        }

        (boundParameters, boundGradient) = (parameters, gradient);
    }

    private void Forward(int part)
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        memory.Convolutions?.Forward(part, lifetime!.StreamInputs, lifetime.QueryInputs);
        Observe(part, -1);
        for (int segment = 0; segment < plan.Segments; segment++)
        {
            SegmentStore store = memory.StoreOf(segment);
            RunFrozen(part, segment, store);
            if (memory.Differentiates)
            {
                memory.Plastic.Checkpoint(part, segment);
            }

            int steps = plan.StepsIn(segment);
            for (int slot = 0; slot < steps; slot++)
            {
                memory.Plastic.Step(part, new StepContext(slot, Record: false, Known: false), DataOf(segment, slot, store));
                Observe(part, plan.FirstStep(segment) + slot);
            }
        }

        team.Barrier();
        RunQuery(part);
    }

    /// <summary>The frozen layers over a segment's stream; complete in all parts when it returns.</summary>
    private void RunFrozen(int part, int segment, SegmentStore store)
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        int steps = plan.StepsIn(segment);
        int blocks = (steps + plan.StepsPerBlock - 1) / plan.StepsPerBlock;
        (int first, int end) = WorkerTeam.Share(blocks, part, team.Parts, 1);
        Tensor<T> inputs = memory.Convolutions is { } features ? features.Features : lifetime!.StreamInputs;
        for (int block = first; block < end; block++)
        {
            int firstStep = plan.FirstStep(segment) + (block * plan.StepsPerBlock);
            int columns = Math.Min(plan.StepsPerBlock, plan.InnerSteps - firstStep) * plan.BatchSize;
            Transposition.Copy(
                inputs.RowPointer(firstStep * plan.BatchSize), inputs.Stride, columns, inputs.Columns, store.Frozen[0][block],
                plan.FrozenWidth);
        }

        memory.Frozen.Forward(part, store.Frozen, blocks);
        if (plan.StepsPerBlock > 1)
        {
            Blocks<T> source = store.Frozen[^1];
            for (int block = first; block < end; block++)
            {
                int lastSlot = Math.Min(steps, (block + 1) * plan.StepsPerBlock);
                for (int slot = block * plan.StepsPerBlock; slot < lastSlot; slot++)
                {
                    CopyColumns(
                        source[block] + ((slot % plan.StepsPerBlock) * plan.BatchSize), plan.FrozenWidth, memory.StepInputs[slot],
                        plan.Width, source.Units, plan.BatchSize);
                }
            }
        }

        team.Barrier();
    }

    private StepData<T> DataOf(int segment, int slot, SegmentStore store)
    {
        LifetimePlan plan = workspace!.Plan;
        T* input = plan.StepsPerBlock == 1 ? store.Frozen[^1][slot] : workspace.StepInputs[slot];
        int row = (plan.FirstStep(segment) + slot) * plan.BatchSize;
        return new StepData<T>(input, store.Plastic[slot], store.Deltas[slot], lifetime!.StreamTargets.Slice(row, plan.BatchSize));
    }

    private void RunQuery(int part)
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        (int first, int end) = WorkerTeam.Share(plan.QueryBlocks, part, team.Parts, 1);
        Tensor<T> inputs = memory.Convolutions is { } features ? features.Features.Slice(plan.InnerSteps * plan.BatchSize, plan.Queries)
            : lifetime!.QueryInputs;
        for (int block = first; block < end; block++)
        {
            int row = block * plan.QueryWidth;
            Transposition.Copy(
                inputs.RowPointer(row), inputs.Stride, Math.Min(plan.QueryWidth, inputs.Rows - row), inputs.Columns,
                memory.QueryActivity[0][block], plan.QueryWidth);
        }

        memory.QueryFrozen.Forward(part, memory.QueryFrozenActivity, plan.QueryBlocks);
        memory.QueryPlastic.Forward(part, memory.QueryPlasticActivity, plan.QueryBlocks);
    }

    /// <summary>The loss on the query, and ∂L/∂z of the output in its blocks. One thread.</summary>
    private LifetimeOutcome QueryOutcome()
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        Tensor<T> targets = lifetime!.QueryTargets;
        int outputs = targets.Columns;
        bool classes = Layout.Learner.Objective == Objective.CrossEntropy;
        double loss = 0;
        int right = 0;
        for (int block = 0; block < plan.QueryBlocks; block++)
        {
            int row = block * plan.QueryWidth;
            int columns = Math.Min(plan.QueryWidth, plan.Queries - row);
            T* output = memory.QueryActivity[^1][block];
            T* gradient = memory.QueryGradient[block];
            Tensor<T> wanted = targets.Slice(row, columns);
            if (classes)
            {
                OutputSignals<T>.Softmax(output, gradient, outputs, columns, plan.QueryWidth);
                for (int c = 0; c < columns; c++)
                {
                    (double exampleLoss, bool isRight) = ClassLoss(output + c, wanted.Row(c), plan.QueryWidth);
                    loss += exampleLoss;
                    right += isRight ? 1 : 0;
                }
            }
            else
            {
                new ReadOnlySpan<T>(output, outputs * plan.QueryWidth).CopyTo(new Span<T>(gradient, outputs * plan.QueryWidth));
            }

            OutputSignals<T>.Error(gradient, wanted, gradient, plan.QueryWidth);
            if (!classes)
            {
                for (int k = 0; k < outputs; k++)
                {
                    for (int c = 0; c < columns; c++)
                    {
                        double difference = double.CreateChecked(gradient[(k * plan.QueryWidth) + c]);
                        loss += difference * difference;
                    }
                }
            }

            T scale = T.CreateChecked(classes ? -1.0 / plan.Queries : -2.0 / ((double)plan.Queries * outputs));
            bool gated = Layout.Network.Layers[^1].Activation == Activation.Relu;
            for (int k = 0; k < outputs; k++)
            {
                for (int c = 0; c < plan.QueryWidth; c++)
                {
                    nint i = ((nint)k * plan.QueryWidth) + c;
                    gradient[i] = c < columns && !(gated && output[i] <= T.Zero) ? scale * gradient[i] : T.Zero;
                }
            }
        }

        return classes
            ? new LifetimeOutcome(loss / plan.Queries, right / (double)plan.Queries)
            : new LifetimeOutcome(loss / ((double)plan.Queries * outputs), double.NaN);
    }

    private static (double Loss, bool Right) ClassLoss(T* output, ReadOnlySpan<T> target, int width)
    {
        double max = double.NegativeInfinity;
        int best = 0;
        for (int k = 0; k < target.Length; k++)
        {
            double value = double.CreateChecked(output[(nint)k * width]);
            if (value > max || double.IsNaN(value))
            {
                (max, best) = (value, k);
            }
        }

        double sum = 0;
        double dot = 0;
        for (int k = 0; k < target.Length; k++)
        {
            double value = double.CreateChecked(output[(nint)k * width]) - max;
            sum += Math.Exp(value);
            dot += double.CreateChecked(target[k]) * value;
        }

        return (Math.Log(sum) - dot, target[best] > T.Zero);
    }

    private void Backward(int part)
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        NetworkSpec network = Layout.Network;
        bool hasFrozen = layers.Frozen.Length > 0;
        bool hasBelow = network.FrozenLayers > 0;
        bool gateBelow = hasBelow && network.Layers[network.FrozenLayers - 1].Activation == Activation.Relu;
        bool gateFeatures = layers.Convolutions.Length > 0 && layers.Convolutions[^1].Activation == Activation.Relu;
        if (part == 0)
        {
            foreach (PlasticLayer<T> layer in memory.Plastic.Layers)
            {
                layer.Adjoint.Clear();
                layer.BiasAdjoint.Clear();
            }

            memory.Convolutions?.FeatureGradient.Clear();
        }

        team.Barrier();
        memory.QueryPlastic.Backward(
            part, memory.QueryPlasticActivity, memory.QueryGradient, plan.QueryBlocks, plan.QueryWidth, hasBelow ? memory.QueryBelow
            : null, gateBelow);
        if (hasFrozen)
        {
            memory.QueryFrozen.Backward(
                part, memory.QueryFrozenActivity, memory.QueryBelow, plan.QueryBlocks, plan.QueryWidth, memory.QueryFeatureGradient,
                gateFeatures);
        }

        CopyFeatureGradient(
            part, memory.QueryFeatureGradient ?? memory.QueryBelow, plan.QueryBlocks, plan.QueryWidth, plan.InnerSteps * plan.BatchSize,
            plan.Queries);
        memory.Plastic.BeginAdjoint(part);
        bool reach = hasBelow && memory.Plastic.StreamReachesFrozenLayers;
        for (int segment = plan.Segments - 1; segment >= 0; segment--)
        {
            SegmentStore store = memory.StoreOf(segment);
            bool kept = memory.Keeps(segment);
            int steps = plan.StepsIn(segment);
            if (!kept || plan.StepsPerBlock > 1)
            {
                RunFrozen(part, segment, store);
            }

            memory.Plastic.Restore(part, segment);
            for (int slot = 0; slot < steps; slot++)
            {
                memory.Plastic.Step(
                    part, new StepContext(slot, Record: true, Known: kept, Ends: slot == steps - 1), DataOf(segment, slot, store));
            }

            team.Barrier();
            for (int slot = steps - 1; slot >= 0; slot--)
            {
                T* below = !reach ? null : plan.StepsPerBlock == 1 ? memory.Below[slot] : memory.StepBelow[0];
                memory.Plastic.Adjoint(
                    part, new StepContext(slot, Record: true, Known: true), DataOf(segment, slot, store), below, gateBelow);
                if (reach && plan.StepsPerBlock > 1)
                {
                    Scatter(part, slot);
                }
            }

            if (reach)
            {
                int blocks = (steps + plan.StepsPerBlock - 1) / plan.StepsPerBlock;
                ClearUnusedColumns(part, steps, blocks);
                team.Barrier();
                if (hasFrozen)
                {
                    memory.Frozen.Backward(
                        part, store.Frozen, memory.Below, blocks, plan.FrozenColumns, memory.FeatureGradient, gateFeatures);
                }

                CopyFeatureGradient(
                    part, memory.FeatureGradient ?? memory.Below, blocks, plan.FrozenColumns, plan.FirstStep(segment) * plan.BatchSize,
                    steps * plan.BatchSize);
            }
        }

        if (memory.Convolutions is { } convolutions)
        {
            team.Barrier();
            convolutions.Backward(part, lifetime!.StreamInputs, lifetime.QueryInputs);
        }
    }

    /// <summary>Hands ∂L/∂z of the last convolution to the convolutions: columns of blocks become rows, this part's blocks.</summary>
    private void CopyFeatureGradient(int part, Blocks<T> source, int blocks, int columns, int firstRow, int rows)
    {
        if (workspace!.Convolutions is not { } convolutions)
        {
            return;
        }

        (int first, int end) = WorkerTeam.Share(layers.Inputs, part, team.Parts);
        for (int block = 0; block < blocks; block++)
        {
            int row = block * columns;
            Tensor<T> gradient = convolutions.FeatureGradient;
            Transposition.Copy(
                source[block] + ((nint)first * source.Width), source.Width, end - first, Math.Min(columns, rows - row),
                    gradient.RowPointer(firstRow + row) + first, gradient.Stride);
        }

        team.Barrier();
    }

    private void Scatter(int part, int slot)
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        (int first, int end) = WorkerTeam.Share(memory.Below.Units, part, team.Parts);
        T* destination = memory.Below[slot / plan.StepsPerBlock] + ((slot % plan.StepsPerBlock) * plan.BatchSize);
        CopyColumns(
            memory.StepBelow[0] + ((nint)first * plan.Width), plan.Width, destination + ((nint)first * plan.FrozenWidth), plan.FrozenWidth,
                end - first, plan.BatchSize);
    }

    /// <summary>A last block with fewer steps than fit has columns that belong to nobody: their gradient is zero.</summary>
    private void ClearUnusedColumns(int part, int steps, int blocks)
    {
        Workspace memory = workspace!;
        LifetimePlan plan = memory.Plan;
        int used = (steps - ((blocks - 1) * plan.StepsPerBlock)) * plan.BatchSize;
        if (part != 0 || used == plan.FrozenColumns)
        {
            return;
        }

        for (int unit = 0; unit < memory.Below.Units; unit++)
        {
            new Span<T>(memory.Below[blocks - 1] + ((nint)unit * plan.FrozenWidth) + used, plan.FrozenColumns - used).Clear();
        }
    }

    private static void CopyColumns(T* source, int strideSource, T* destination, int strideDestination, int units, int columns)
    {
        for (int unit = 0; unit < units; unit++)
        {
            new ReadOnlySpan<T>(source + ((nint)unit * strideSource), columns)
                .CopyTo(new Span<T>(destination + ((nint)unit * strideDestination), columns));
        }
    }

    private void Observe(int part, int step)
    {
        if (observer is null && !searching)
        {
            return;
        }

        team.Barrier();
        if (part == 0)
        {
            observer?.OnState(step, observed!);
            if (searching && found is null)
            {
                found = FirstNonFinite(step);
            }
        }

        team.Barrier();
    }

    /// <summary>Lives the lifetime again, looking after every step: where the first value that is not finite turned up.</summary>
    private NonFiniteException Locate(MetaParameters<T> parameters, LifeTensors<T>? start)
    {
        for (int i = 0; i < Layout.Parameters.Length; i++)
        {
            if (!RowKernels<TLanes, T>.IsFinite(parameters[i]))
            {
                return new NonFiniteException($"meta-parameters ({Layout.Parameters[i].Name})", Layout.Parameters[i].Layer, -1);
            }
        }

        searching = true;
        found = null;
        observer = null;
        try
        {
            workspace!.Plastic.Begin(parameters, start);
            workspace.Convolutions?.Search(true);
            team.Run(forward);
            return found ?? InQuery() ?? new NonFiniteException("query loss", -1, -1);
        }
        finally
        {
            searching = false;
            workspace!.Convolutions?.Search(false);
        }
    }

    /// <summary>The first fully connected layer whose activity at the query is not finite.</summary>
    private NonFiniteException? InQuery()
    {
        Workspace memory = workspace!;
        for (int i = 1; i < memory.QueryActivity.Length; i++)
        {
            Blocks<T> activity = memory.QueryActivity[i];
            if (!RowKernels<TLanes, T>.IsFinite(
                new Tensor<T>(activity[0], memory.Plan.QueryBlocks * activity.Units, activity.Width, activity.Width)))
            {
                return new NonFiniteException("activity at the query", layers.Convolutions.Length + i - 1, -1);
            }
        }

        return null;
    }

    private NonFiniteException? FirstNonFinite(int step)
    {
        if (workspace!.Convolutions is { NonFiniteLayer: >= 0 and var convolution })
        {
            return new NonFiniteException("activity of a convolution", convolution, -1);
        }

        foreach (PlasticLayer<T> layer in workspace!.Plastic.Layers)
        {
            if (!RowKernels<TLanes, T>.IsFinite(layer.Weights) || !RowKernels<TLanes, T>.IsFinite(layer.Bias))
            {
                return new NonFiniteException("plastic weights", layer.Index, step);
            }
        }

        return null;
    }

    private void Check(MetaParameters<T> gradient)
    {
        // From the output down, as errors go: layers below the one where a number overflowed are not finite either.
        for (int i = Layout.Parameters.Length - 1; i >= 0; i--)
        {
            if (!RowKernels<TLanes, T>.IsFinite(gradient[i]))
            {
                throw new NonFiniteException($"meta-gradient ({Layout.Parameters[i].Name})", Layout.Parameters[i].Layer, -1);
            }
        }
    }

    /// <summary>One segment's activity: a layer's blocks for the frozen layers, a block a slot and layer for the plastic ones and their
    /// δ.</summary>
    private sealed class SegmentStore
    {
        public SegmentStore(ParameterLayout layout, FusedLayers layers, LifetimePlan plan, Arena arena)
        {
            Frozen = new Blocks<T>[layers.Frozen.Length + 1];
            Frozen[0] = Blocks<T>.Allocate(arena, plan.SegmentBlocks, layers.Inputs, plan.FrozenWidth);
            for (int i = 0; i < layers.Frozen.Length; i++)
            {
                Frozen[i + 1] = Blocks<T>.Allocate(arena, plan.SegmentBlocks, layers.Frozen[i].Outputs, plan.FrozenWidth);
            }

            Plastic = ByLayer(layers.Plastic.Length);
            Deltas = ByLayer(layout.Dynamics.Fused is GradientFusedForm ? layers.Plastic.Length - 1 : 0);

            T*[][] ByLayer(int count)
            {
                var blocks = new T*[plan.SegmentSteps][];
                for (int slot = 0; slot < plan.SegmentSteps; slot++)
                {
                    blocks[slot] = new T*[count];
                    for (int j = 0; j < count; j++)
                    {
                        blocks[slot][j] = Blocks<T>.Allocate(arena, 1, layers.Plastic[j].Outputs, plan.Width)[0];
                    }
                }

                return blocks;
            }
        }

        public Blocks<T>[] Frozen { get; }

        public T*[][] Plastic { get; }

        public T*[][] Deltas { get; }
    }

    /// <summary>All memory of lifetimes of one shape.</summary>
    private sealed class Workspace
    {
        private readonly SegmentStore[] kept;
        private readonly SegmentStore? shared;

        public Workspace(
            ParameterLayout layout, FusedLayers layers, LifetimePlan plan, WorkerTeam team, Arena arena, long budgetBytes,
            bool differentiate)
        {
            (Plan, Differentiates, Arena) = (plan, differentiate, arena);
            Plastic = layout.Dynamics.Fused switch
            {
                LocalFusedForm local => new LocalPlasticStack<TLanes, T>(layout, local, plan, team, Arena, differentiate),
                GradientFusedForm gradient =>
                    new GradientPlasticStack<TLanes, T>(layout, gradient.Learner, plan, team, Arena, differentiate),
                _ => throw new NotSupportedException($"No fused form of {layout.Learner.GetType().Name}."),
            };
            (LayerSpec[] frozen, LayerSpec[] plastic) = (layers.Frozen, layers.Plastic);
            int units = layers.PlasticInputs;
            Frozen = new DenseStack<TLanes, T>(
                frozen, team, Arena, differentiate ? plan.SegmentBlocks : 0, plan.FrozenColumns, plan.FrozenWidth);
            QueryFrozen =
                new DenseStack<TLanes, T>(frozen, team, Arena, differentiate ? plan.QueryBlocks : 0, plan.QueryWidth, plan.QueryWidth);
            QueryPlastic =
                new DenseStack<TLanes, T>(plastic, team, Arena, differentiate ? plan.QueryBlocks : 0, plan.QueryWidth, plan.QueryWidth);
            for (int j = 0; j < plastic.Length; j++)
            {
                PlasticLayer<T> layer = Plastic.Layers[j];
                QueryPlastic.Bind(j, layer.Weights, layer.Bias, layer.Adjoint, layer.BiasAdjoint);
            }

            LayerSpec[] dense = [.. frozen, .. plastic];
            QueryActivity = new Blocks<T>[dense.Length + 1];
            QueryActivity[0] = Blocks<T>.Allocate(Arena, plan.QueryBlocks, layers.Inputs, plan.QueryWidth);
            for (int i = 0; i < dense.Length; i++)
            {
                QueryActivity[i + 1] = Blocks<T>.Allocate(Arena, plan.QueryBlocks, dense[i].Outputs, plan.QueryWidth);
            }

            QueryFrozenActivity = QueryActivity[..(frozen.Length + 1)];
            QueryPlasticActivity = QueryActivity[frozen.Length..];
            QueryGradient = Blocks<T>.Allocate(Arena, plan.QueryBlocks, plastic[^1].Outputs, plan.QueryWidth);
            QueryBelow = Blocks<T>.Allocate(Arena, differentiate ? plan.QueryBlocks : 0, units, plan.QueryWidth);
            Below = Blocks<T>.Allocate(Arena, differentiate ? plan.SegmentBlocks : 0, units, plan.FrozenWidth);
            StepInputs = Blocks<T>.Allocate(Arena, plan.StepsPerBlock > 1 ? plan.SegmentSteps : 0, units, plan.Width);
            StepBelow = Blocks<T>.Allocate(Arena, plan.StepsPerBlock > 1 ? 1 : 0, units, plan.Width);
            if (layers.Convolutions.Length > 0)
            {
                Convolutions = new ConvolutionStack<TLanes, T>(
                    layers.Convolutions, plan.InnerSteps * plan.BatchSize, plan.Queries, team, Arena, budgetBytes, differentiate);
                if (differentiate && frozen.Length > 0)
                {
                    QueryFeatureGradient = Blocks<T>.Allocate(Arena, plan.QueryBlocks, layers.Inputs, plan.QueryWidth);
                    FeatureGradient = Blocks<T>.Allocate(Arena, plan.SegmentBlocks, layers.Inputs, plan.FrozenWidth);
                }
            }

            kept = [.. Enumerable.Range(0, plan.KeptSegments).Select(_ => new SegmentStore(layout, layers, plan, Arena))];
            shared = plan.KeptSegments < plan.Segments ? new SegmentStore(layout, layers, plan, Arena) : null;
            Observed = new LifeTensors<T>(layout, [.. layout.State.Specs.Select(Plastic.StateOf)], null);
        }

        public Arena Arena { get; }

        public LifetimePlan Plan { get; }

        public bool Differentiates { get; }

        public PlasticStack<TLanes, T> Plastic { get; }

        /// <summary>The frozen convolutions, where there are any.</summary>
        public ConvolutionStack<TLanes, T>? Convolutions { get; }

        public DenseStack<TLanes, T> Frozen { get; }

        public DenseStack<TLanes, T> QueryFrozen { get; }

        public DenseStack<TLanes, T> QueryPlastic { get; }

        public Blocks<T>[] QueryActivity { get; }

        public Blocks<T>[] QueryFrozenActivity { get; }

        public Blocks<T>[] QueryPlasticActivity { get; }

        /// <summary>∂L/∂z of the output at the query.</summary>
        public Blocks<T> QueryGradient { get; }

        /// <summary>∂L/∂z of the last frozen layer (a convolution, perhaps) at the query.</summary>
        public Blocks<T> QueryBelow { get; }

        /// <summary>∂L/∂z of the last frozen layer over a segment.</summary>
        public Blocks<T> Below { get; }

        /// <summary>∂L/∂z of the last convolution at the query, where frozen layers lie between it and the plastic ones.</summary>
        public Blocks<T>? QueryFeatureGradient { get; }

        /// <summary>∂L/∂z of the last convolution over a segment, where frozen layers lie between it and the plastic ones.</summary>
        public Blocks<T>? FeatureGradient { get; }

        /// <summary>The plastic layers' input by slot, where a frozen block holds several steps.</summary>
        public Blocks<T> StepInputs { get; }

        /// <summary>∂L/∂z of the last frozen layer at one step, where a frozen block holds several.</summary>
        public Blocks<T> StepBelow { get; }

        /// <summary>What changes in life, as it stands in the plastic layers.</summary>
        public LifeTensors<T> Observed { get; }

        public bool Keeps(int segment) => segment >= Plan.Segments - Plan.KeptSegments;

        public SegmentStore StoreOf(int segment) => Keeps(segment) ? kept[segment - (Plan.Segments - Plan.KeptSegments)] : shared!;
    }
}
