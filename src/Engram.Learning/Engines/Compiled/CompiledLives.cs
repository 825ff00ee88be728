using System.Numerics;
using Engram.Learning.Engines.Fused;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Programs;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Compiled;

/// <summary>The programs and the memory of lifetimes of one shape, and the order in which they are run.</summary>
internal sealed unsafe class CompiledLives<TLanes, T> : IDisposable
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int FeatureColumns = 96;
    private readonly ParameterLayout layout;
    private readonly WorkerTeam team;
    private readonly Arena arena;
    private readonly LifeShape shape;
    private readonly int stepsPerBlock, segmentSteps, segments, keptSegments, blocks, queryBlocks, keptBlocks, columns;
    private readonly StepPrograms<TLanes, T> step;
    private readonly QueryPrograms<TLanes, T> query;
    private readonly BirthPrograms<TLanes, T> birth;
    private readonly Tensor<T>[] noise, born, bornGradient, blockInputs, features, loss, outputs, seed;
    private readonly Tensor<T> queryFeatures, blockAdjoint;
    private readonly Tensor<T>[] queryFeatureAdjoint, stepAdjoint;
    private readonly Tensor<T>[][] checkpoints, current, history, adjoints, kept, recorded, blockKept;
    private readonly Tensor<T>[] shown;
    private readonly (Tensor<T>[] State, LifeTensors<T> Seen)[] seen;
    private readonly MovingRows<TLanes, T>? moving;
    private readonly ConvolutionStack<TLanes, T>? convolutions;
    private readonly Tensor<T>[] inputAdjoint = [];
    private ILifeNoise? drawn;

    /// <summary>Records a learner's programs and takes all memory.</summary>
    public CompiledLives(ParameterLayout layout, Lifetime<T> lifetime, bool differentiate, WorkerTeam team, long budgetBytes, Arena arena)
    {
        (this.layout, this.team, this.arena) = (layout, team, arena);
        shape = ShapeOf(lifetime, differentiate);
        shape = shape with { Moving = shape.Moving < 0 ? -1 : (int)BitOperations.RoundUpToPowerOf2((uint)shape.Moving + 1) };
        int n = shape.Batch, steps = shape.Steps;
        stepsPerBlock = Math.Max(1, Math.Min(FeatureColumns / n, Math.Max(1, steps)));
        columns = stepsPerBlock * n;
        blocks = (steps + stepsPerBlock - 1) / stepsPerBlock;
        queryBlocks = (shape.Queries + columns - 1) / columns;
        birth = new BirthPrograms<TLanes, T>(layout, columns, team, arena);
        step = new StepPrograms<TLanes, T>(layout, birth.Units, n, shape.StreamMask, shape.Moving >= 0, team, arena);
        query = new QueryPrograms<TLanes, T>(layout, birth.Units, shape.Queries, shape.QueryMask, team, arena);
        segmentSteps = LifetimePlan.StepsOfASegment(steps);
        segments = (steps + segmentSteps - 1) / segmentSteps;
        (keptSegments, keptBlocks) = differentiate ? Affordable(budgetBytes) : (0, 0);
        using (var measure = Arena.Measuring())
        {
            _ = Convolutions(measure, budgetBytes);
            MemoryLimit.Expect(
                Bytes(differentiate) + measure.ReservedBytes, "one lifetime",
                "lower the width of the network, the length of the lifetime or its batch size.");
        }

        convolutions = Convolutions(arena, budgetBytes);
        inputAdjoint = convolutions is not null && differentiate ? [arena.Allocate<T>(birth.InputUnits, columns)] : [];
        noise = [.. birth.NoiseLeaves.Select(l => arena.Allocate<T>(l.Leaf.Rows, l.Leaf.Columns))];
        born = [.. birth.Born.Select(Allocate)];
        blockInputs = [.. Enumerable.Range(0, blocks + queryBlocks).Select(_ => arena.Allocate<T>(birth.InputUnits, columns))];
        features = [.. Enumerable.Range(0, blocks + queryBlocks).Select(_ => arena.Allocate<T>(birth.Units, columns + 64))];
        queryFeatures = arena.Allocate<T>(birth.Units, shape.Queries);
        (loss, outputs, seed) =
            ([arena.Allocate<T>(1, 1)], [arena.Allocate<T>(shape.Queries, layout.Network.Outputs)], [arena.Allocate<T>(1, 1)]);
        moving = step.Standing.IsEmpty ? null : new MovingRows<TLanes, T>(
            step.Standing, layout.State.Specs, steps, shape.Moving, layout.Network.Outputs, differentiate, team, arena);
        Tensor<T>[] first = States();
        Tensor<T>[] Further() => [.. first.Select((s, i) => step.Standing.Contains(i) ? s : arena.Allocate<T>(s.Rows, s.Columns))];
        current = [first, Further()];
        history = Repeat(differentiate ? segmentSteps + 1 : 0, Further);
        checkpoints = Repeat(differentiate ? segments : 0, Further);
        adjoints = Repeat(differentiate ? 2 : 0, States);
        bornGradient = differentiate ? [.. birth.Born.Select(b => arena.Allocate<T>(b.Rows, b.Columns))] : [];
        queryFeatureAdjoint = differentiate ? [arena.Allocate<T>(birth.Units, shape.Queries)] : [];
        stepAdjoint = differentiate ? [arena.Allocate<T>(birth.Units, n)] : [];
        blockAdjoint = differentiate ? arena.Allocate<T>(birth.Units, columns) : default;
        kept = Repeat(
            differentiate ? (keptSegments * segmentSteps) + (keptSegments < segments ? segmentSteps : 0) : 0, () =>
            [.. step.Kept.Select(Allocate)]);
        recorded = Repeat(differentiate ? segmentSteps : 0, () => [.. step.Recorded.Select(Allocate)]);
        blockKept = Repeat(keptBlocks, () => [.. birth.Kept.Select(Allocate)]);
        shown = [.. step.ShownNodes.Select(s => arena.Allocate<T>(s.Rows, s.Columns))];
        seen = [.. current.Concat(checkpoints).Select(s => (s, new LifeTensors<T>(layout, s, null)))];
    }

    /// <summary>Bytes taken.</summary>
    public long ReservedBytes => arena.ReservedBytes;

    /// <summary>Terms of the query's loss, where some are missing; else 1.</summary>
    public double Count { get; set; }

    /// <summary>The query's loss times <see cref="Count"/>.</summary>
    public double Loss => double.CreateChecked(loss[0][0, 0]);

    /// <summary>The answers, [queries, K].</summary>
    public Tensor<T> Outputs => outputs[0];

    /// <summary>Whether the state that life ended with is finite.</summary>
    public bool IsStateFinite { get; private set; }

    /// <summary>Whether the programs are those of a lifetime.</summary>
    public bool Fits(Lifetime<T> lifetime, bool differentiate)
    {
        LifeShape wanted = ShapeOf(lifetime, shape.Differentiates || differentiate);
        bool hasRoom = wanted.Moving >= 0 && wanted.Moving <= shape.Moving;
        bool standsNowhere = shape.Moving >= 0 && step.Standing.IsEmpty;
        return (hasRoom || standsNowhere ? wanted with { Moving = shape.Moving } : wanted) == shape;
    }

    /// <summary>Draws what a life is born with, and finds the rows that its targets move.</summary>
    /// <exception cref="EngramException">There is noise to be drawn, and nobody to draw it.</exception>
    public void Draw(Lifetime<T> lifetime)
    {
        moving?.Find(lifetime.StreamTargets);
        drawn = lifetime.Noise;
        for (int i = 0; i < noise.Length; i++)
        {
            LifeNoise.Fill(drawn, birth.NoiseLeaves[i].Name, noise[i]);
        }
    }

    /// <summary>Compiles the programs that a life will need; before it, by one thread.</summary>
    public void Compile(bool differentiate, bool shows)
    {
        _ = (birth.Birth, keptBlocks > 0 ? birth.ForwardAndKeep : null, keptBlocks < blocks + queryBlocks ? birth.Forward : null);
        _ = (shows ? step.Show : null, differentiate && keptSegments > 0 ? step.AdvanceAndKeep : null, !differentiate
            || keptSegments < segments ? step.Advance : null);
        if (!differentiate)
        {
            _ = query.Judge;
            return;
        }

        _ = (query.Reverse, step.Reverse, keptSegments > 0 ? step.Record : null, keptSegments < segments ? step.RecordAll : null);
        if (segmentSteps > 1)
        {
            _ = (keptSegments > 0 ? step.Replay : null, keptSegments < segments ? step.ReplayAll : null);
        }

        _ = (birth.BirthReverse, keptBlocks > 0 ? birth.Reverse : null, keptBlocks < blocks + queryBlocks ? birth.ReverseAll : null);
    }

    /// <summary>Tells convolutions where their weights and gradients lie; before a life, by one thread.</summary>
    public void BindConvolutions(Tensor<T>[] meta, Tensor<T>[] metaGradient)
    {
        for (int i = 0; i < birth.Convolutions.Length; i++)
        {
            (_, int weights, int biases) = birth.Convolutions[i];
            convolutions!.Bind(
                i, From(weights, meta, born), From(biases, meta, born), From(weights, metaGradient, bornGradient),
                From(biases, metaGradient, bornGradient));
        }
    }

    /// <summary>One part's share of a lifetime; all parts call.</summary>
    public void Live(
        int part,
            Tensor<T>[] meta, Tensor<T>[] metaGradient, Lifetime<T> lifetime, LifeTensors<T>? start, bool differentiate,
                ILifetimeObserver<T>? observer, MetaParameters<T> parameters)
    {
        Tensor<T>[] state = differentiate && segments > 0 ? checkpoints[0] : current[0];
        BoundProgram<TLanes, T> begin = birth.Birth;
        begin.Bind(part, begin.Places(Kinds.Meta), meta);
        begin.Bind(part, begin.Places(Kinds.Noise), noise);
        begin.Bind(part, begin.Places(Kinds.State), state);
        begin.Bind(part, begin.Places(Kinds.Born), born);
        begin.Run(part);
        if (start is not null)
        {
            team.Barrier();
            for (int i = 0; part == 0 && i < state.Length; i++)
            {
                state[i].CopyFrom(start[i]);
            }
        }

        if (convolutions is not null)
        {
            team.Barrier();
            convolutions.Forward(part, lifetime.StreamInputs, lifetime.QueryInputs);
        }

        LayOut(part, lifetime);
        for (int block = 0; block < blocks + queryBlocks; block++)
        {
            RunFeatures(part, block, meta);
        }

        Observe(part, -1, state, observer, parameters);
        for (int t = 0; t < shape.Steps; t++)
        {
            bool opens = differentiate && (t + 1) % segmentSteps == 0 && t + 1 < shape.Steps;
            Tensor<T>[] next = opens ? checkpoints[(t + 1) / segmentSteps] : ReferenceEquals(state, current[0]) ? current[1] : current[0];
            bool keeps = differentiate && t / segmentSteps >= segments - keptSegments;
            if (observer is { WantsActivity: true })
            {
                // What is shown is for lives that are looked at: it is computed apart.
                BindStep(part, step.Show, meta, t, state, lifetime);
                step.Show.Bind(part, step.Show.Places(Kinds.Shown), shown);
                step.Show.Run(part);
            }

            BoundProgram<TLanes, T> program = keeps ? step.AdvanceAndKeep : step.Advance;
            moving?.Save(part, t, state);
            BindStep(part, program, meta, t, state, lifetime);
            program.Bind(part, program.Places(Kinds.After), next);
            program.Bind(part, program.Places(Kinds.Kept), keeps ? KeptOf(t) : []);
            program.Run(part);
            state = next;
            ObserveActivity(part, t, observer);
            Observe(part, t, state, observer, parameters);
        }

        RunQuery(part, meta, metaGradient, lifetime, state, differentiate);
        team.Barrier();
        if (part == 0)
        {
            // A feature that is not finite would reach no row that stands still.
            IsStateFinite = Array.TrueForAll(state, RowKernels<TLanes, T>.IsFinite);
            for (int block = 0; moving is not null && block < blocks; block++)
            {
                IsStateFinite &= RowKernels<TLanes, T>.IsFinite(ColumnsOf(features[block], 0, columns));
            }
        }

        if (differentiate)
        {
            GoBack(part, meta, metaGradient, lifetime, start is null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private static Tensor<T> From(int source, Tensor<T>[] meta, Tensor<T>[] born) =>
        source >= 0 ? meta[source] : -1 - source < born.Length ? born[-1 - source] : default;

    private ConvolutionStack<TLanes, T>? Convolutions(Arena memory, long budgetBytes) =>
        birth.Convolutions.Length == 0 ? null : new ConvolutionStack<TLanes, T>(
        [.. birth.Convolutions.Select(c => c.Layer)], shape.Steps * shape.Batch, shape.Queries, team, memory, budgetBytes,
            shape.Differentiates);

    private static LifeShape ShapeOf(Lifetime<T> lifetime, bool differentiate) =>
        new(lifetime.InnerSteps, lifetime.BatchSize, lifetime.QueryInputs.Rows, !lifetime.StreamMask.IsEmpty, !lifetime.QueryMask.IsEmpty,
            differentiate, MovingRows<TLanes, T>.Count(lifetime, CheckpointsOf(lifetime.InnerSteps)));

    private static int CheckpointsOf(int steps)
    {
        int ofASegment = LifetimePlan.StepsOfASegment(steps);
        return ofASegment + ((steps + ofASegment - 1) / ofASegment);
    }

    private static Tensor<T>[][] Repeat(int count, Func<Tensor<T>[]> take)
    {
        var result = new Tensor<T>[count][];
        for (int i = 0; i < count; i++)
        {
            result[i] = take();
        }

        return result;
    }

    private static long BytesOf(GraphNode node) =>
        (long)sizeof(
        T) * (node.IsMatrix ? (long)node.StoredRows * Tensor<T>.StrideFor(node.StoredColumns) : Tensor<T>.StrideFor((int)node.Count));

    private Tensor<T> Allocate(GraphNode node) =>
        node.IsMatrix ? arena.Allocate<T>(node.StoredRows, node.StoredColumns) : arena.Allocate<T>(1, (int)node.Count);

    private Tensor<T>[] States() => [.. layout.State.Specs.Select(s => arena.Allocate<T>(s.Rows, s.Columns))];

    private long StateBytes => layout.State.Specs.Sum(s => BytesOf(s, s.Rows));

    // Of the states that lie elsewhere at each time.
    private long FlowBytes => StateBytes - StandingBytes(layout.Network.Outputs);

    // Of some rows of each of the states that lie in one place.
    private long StandingBytes(int rows)
    {
        long bytes = 0;
        foreach (int i in step.Standing)
        {
            bytes += BytesOf(layout.State.Specs[i], rows);
        }

        return bytes;
    }

    private static long BytesOf(StateSpec state, int rows) => (long)sizeof(T) * rows * Tensor<T>.StrideFor(state.Columns);

    private double Bytes(bool differentiate)
    {
        double keptBytes = step.Kept.Sum(BytesOf), recordedBytes = step.Recorded.Sum(BytesOf), blockBytes = birth.Kept.Sum(BytesOf);
        double held = (double)(blocks + queryBlocks) * ((double)birth.InputUnits + birth.Units) * columns * sizeof(T);
        double wayBack = (2.0 * StateBytes) + ((segmentSteps + segments + 1.0) * FlowBytes) + SavedBytes
            + (keptBytes * (keptSegments + 1) * segmentSteps) + (recordedBytes * segmentSteps) + (blockBytes * keptBlocks);
        return held + StateBytes + FlowBytes + (differentiate ? wayBack : 0);
    }

    private long SavedBytes => StandingBytes(Math.Max(0, shape.Moving));

    // As much of the last segments and blocks as the budget holds, the same share of both.
    private (int Segments, int Blocks) Affordable(long budgetBytes)
    {
        double needed = ((double)FlowBytes * (segments + segmentSteps + 1)) + SavedBytes;
        double all = ((double)step.Kept.Sum(BytesOf) * shape.Steps) + ((double)birth.Kept.Sum(BytesOf) * (blocks + queryBlocks));
        double share = all <= 0 ? 1 : Math.Clamp((budgetBytes - needed) / all, 0, 1);
        return ((int)(share * segments), (int)(share * (blocks + queryBlocks)));
    }

    private Tensor<T>[] KeptOf(int t)
    {
        int segment = t / segmentSteps, slot = t % segmentSteps, first = segments - keptSegments;
        return kept[segment >= first ? ((segment - first) * segmentSteps) + slot : (keptSegments * segmentSteps) + slot];
    }

    // Examples become columns; a last block that is not full has its first example again and again.
    private void LayOut(int part, Lifetime<T> lifetime)
    {
        (int first, int end) = WorkerTeam.Share(blocks + queryBlocks, part, team.Parts, 1);
        for (int block = first; block < end; block++)
        {
            bool asks = block >= blocks;
            int row = (asks ? block - blocks : block) * columns, rows = asks ? shape.Queries : shape.Steps * shape.Batch;
            int count = Math.Min(columns, rows - row);
            Tensor<T> source = convolutions is not null ? convolutions.Features.Slice(asks ? shape.Steps * shape.Batch : 0, rows) : asks
                ? lifetime.QueryInputs : lifetime.StreamInputs;
            Tensor<T> target = blockInputs[block];
            Transposition.Copy(source.RowPointer(row), source.Stride, count, source.Columns, target.Pointer, target.Stride);
            for (int unit = 0; count < columns && unit < target.Rows; unit++)
            {
                new Span<T>(target.RowPointer(unit) + count, columns - count).Fill(*target.RowPointer(unit));
            }
        }
    }

    private void BindFeatures(int part, BoundProgram<TLanes, T> program, int block, Tensor<T>[] meta)
    {
        program.Bind(part, program.Places(Kinds.Meta), meta);
        program.Bind(part, program.Places(Kinds.Noise), noise);
        program.Bind(part, program.Places(Kinds.Born), born);
        program.Bind(part, program.Places(Kinds.Input)[0], blockInputs[block]);
        if (KeepsBlock(block))
        {
            program.Bind(part, program.Places(Kinds.Kept), blockKept[block - FirstKeptBlock]);
        }
    }

    private int FirstKeptBlock => blocks + queryBlocks - keptBlocks;

    private bool KeepsBlock(int block) => block >= FirstKeptBlock;

    private void RunFeatures(int part, int block, Tensor<T>[] meta)
    {
        BoundProgram<TLanes, T> program = KeepsBlock(block) ? birth.ForwardAndKeep : birth.Forward;
        BindFeatures(part, program, block, meta);
        program.Bind(part, program.Places(Kinds.Features)[0], features[block]);
        program.Run(part);
        if (block >= blocks)
        {
            team.Barrier();
            int first = (block - blocks) * columns;
            CopyColumns(part, features[block], 0, queryFeatures, first, Math.Min(columns, shape.Queries - first));
        }
    }

    private void CopyColumns(int part, Tensor<T> source, int from, Tensor<T> target, int to, int count)
    {
        (int first, int end) = WorkerTeam.Share(source.Rows, part, team.Parts);
        for (int unit = first; unit < end; unit++)
        {
            new ReadOnlySpan<T>(source.RowPointer(unit) + from, count).CopyTo(new Span<T>(target.RowPointer(unit) + to, count));
        }
    }

    private void BindStep(int part, BoundProgram<TLanes, T> program, Tensor<T>[] meta, int t, Tensor<T>[] state, Lifetime<T> lifetime)
    {
        int n = shape.Batch;
        program.Bind(part, program.Places(Kinds.Meta), meta);
        program.Bind(part, program.Places(Kinds.State), state);
        program.Bind(part, program.Places(Kinds.Input)[0], ColumnsOf(features[t / stepsPerBlock], t % stepsPerBlock * n, n));
        program.Bind(part, program.Places(Kinds.Target)[0], lifetime.StreamTargets.Slice(t * n, n));
        if (shape.StreamMask)
        {
            program.Bind(part, program.Places(Kinds.Mask)[0], lifetime.StreamMask.Slice(t * n, n));
        }
    }

    private static Tensor<T> ColumnsOf(Tensor<T> tensor, int first, int count) =>
        new(tensor.Pointer + first, tensor.Rows, count, tensor.Stride);

    private void Observe(int part, int t, Tensor<T>[] state, ILifetimeObserver<T>? observer, MetaParameters<T> parameters)
    {
        if (observer is not null)
        {
            Show(part, t, state, observer, parameters);
        }
    }

    private void Show(int part, int t, Tensor<T>[] state, ILifetimeObserver<T> observer, MetaParameters<T> parameters)
    {
        team.Barrier();
        if (part == 0)
        {
            LifeTensors<T> found = Array.Find(seen, s => ReferenceEquals(s.State, state)).Seen;
            found.CheckFinite(t);
            observer.OnState(t, found.With(parameters));
        }

        team.Barrier();
    }

    private void ObserveActivity(int part, int t, ILifetimeObserver<T>? observer)
    {
        if (observer is not { WantsActivity: true })
        {
            return;
        }

        team.Barrier();
        if (part == 0)
        {
            var named = new Dictionary<string, Tensor<T>>(StringComparer.Ordinal);
            for (int i = 0; i < shown.Length; i++)
            {
                named[step.ShownNames[i]] = shown[i];
            }

            observer.OnActivity(t, named);
        }
    }

    private void RunQuery(int part, Tensor<T>[] meta, Tensor<T>[] metaGradient, Lifetime<T> lifetime, Tensor<T>[] state, bool differentiate)
    {
        BoundProgram<TLanes, T> program = differentiate ? query.Reverse : query.Judge;
        program.Bind(part, program.Places(Kinds.Meta), meta);
        program.Bind(part, program.Places(Kinds.State), state);
        program.Bind(part, program.Places(Kinds.Input)[0], queryFeatures);
        program.Bind(part, program.Places(Kinds.Target)[0], lifetime.QueryTargets);
        program.Bind(part, program.Places(Kinds.Output), outputs);
        program.Bind(part, program.Places(Kinds.Loss), loss);
        if (shape.QueryMask)
        {
            program.Bind(part, program.Places(Kinds.Mask)[0], lifetime.QueryMask);
        }

        if (differentiate)
        {
            if (part == 0)
            {
                seed[0][0, 0] = T.CreateChecked(1 / Count);
            }

            program.Bind(part, program.Places(Kinds.Seed), seed);
            program.Bind(part, program.Places(Kinds.Before), adjoints[0]);
            program.Bind(part, program.Places(Kinds.MetaGradient), metaGradient);
            program.Bind(part, program.Places(Kinds.InputAdjoint), queryFeatureAdjoint);
        }

        program.Run(part);
    }

    private void GoBack(int part, Tensor<T>[] meta, Tensor<T>[] metaGradient, Lifetime<T> lifetime, bool fromBirth)
    {
        if (part == 0)
        {
            foreach (Tensor<T> tensor in bornGradient)
            {
                tensor.Clear();
            }

            convolutions?.FeatureGradient.Clear();
        }

        bool leadsOn = birth.HasFeatureGradient;
        team.Barrier();
        for (int block = blocks; leadsOn && query.ReachesInput && block < blocks + queryBlocks; block++)
        {
            int first = (block - blocks) * columns, count = Math.Min(columns, shape.Queries - first);
            ClearColumns(part, count);
            CopyColumns(part, ColumnsOf(queryFeatureAdjoint[0], first, count), 0, blockAdjoint, 0, count);
            ReverseFeatures(part, block, meta, metaGradient);
            team.Barrier();
        }

        int at = 0;
        if (moving is not null)
        {
            team.Barrier();
            moving.CopyAll(part, adjoints[0], adjoints[1]);
        }

        for (int segment = segments - 1; segment >= 0; segment--)
        {
            int first = segment * segmentSteps, last = Math.Min(first + segmentSteps, shape.Steps) - 1;
            bool known = segment >= segments - keptSegments;
            Restore(part, last + 1, first, last, at);
            for (int t = first; t <= last; t++)
            {
                int slot = t - first;
                BoundProgram<TLanes, T> replay = t < last ? (known ? step.Replay : step.ReplayAll) : known ? step.Record : step.RecordAll;
                BindStep(part, replay, meta, t, slot == 0 ? checkpoints[segment] : history[slot], lifetime);
                replay.Bind(part, replay.Places(Kinds.After), history[slot + 1]);
                replay.Bind(part, replay.Places(Kinds.Kept), KeptOf(t));
                replay.Bind(part, replay.Places(Kinds.Recorded), recorded[slot]);
                replay.Run(part);
            }

            BoundProgram<TLanes, T> reverse = step.Reverse;
            for (int t = last; t >= first; t--)
            {
                int slot = t - first;
                if (t < last)
                {
                    Restore(part, t + 1, t, t, at);
                }

                BindStep(part, reverse, meta, t, slot == 0 ? checkpoints[segment] : history[slot], lifetime);
                reverse.Bind(part, reverse.Places(Kinds.Kept), KeptOf(t));
                reverse.Bind(part, reverse.Places(Kinds.Recorded), recorded[slot]);
                reverse.Bind(part, reverse.Places(Kinds.Adjoint), adjoints[at]);
                reverse.Bind(part, reverse.Places(Kinds.Before), adjoints[1 - at]);
                reverse.Bind(part, reverse.Places(Kinds.MetaGradient), metaGradient);
                reverse.Bind(part, reverse.Places(Kinds.InputAdjoint), stepAdjoint);
                reverse.Run(part);
                at = 1 - at;
                if (leadsOn && step.ReachesInput)
                {
                    GatherFeatures(part, t, meta, metaGradient);
                }
            }
        }

        team.Barrier();
        if (convolutions is not null && leadsOn)
        {
            convolutions.Backward(part, lifetime.StreamInputs, lifetime.QueryInputs);
            team.Barrier();
        }

        if (!fromBirth && part == 0)
        {
            foreach (Tensor<T> tensor in adjoints[at])
            {
                tensor.Clear();
            }
        }

        BoundProgram<TLanes, T> program = birth.BirthReverse;
        program.Bind(part, program.Places(Kinds.Meta), meta);
        program.Bind(part, program.Places(Kinds.Noise), noise);
        program.Bind(part, program.Places(Kinds.Adjoint), adjoints[at]);
        program.Bind(part, program.Places(Kinds.BornGradient), bornGradient);
        program.Bind(part, program.Places(Kinds.MetaGradient), metaGradient);
        program.Run(part);
    }

    // Once all parts have reversed a step, its rows are made equal in both adjoints, and the state goes back to what it was before others.
    private void Restore(int part, int reversed, int first, int last, int at)
    {
        if (moving is null)
        {
            return;
        }

        team.Barrier();
        if (reversed < shape.Steps)
        {
            moving.CatchUp(part, reversed, adjoints[at], adjoints[1 - at]);
        }

        for (int t = last; t >= first; t--)
        {
            moving.Restore(part, t, current[0]);
        }
    }

    // Adjoints of a block's features gather until the first of its steps has been reversed.
    private void GatherFeatures(int part, int t, Tensor<T>[] meta, Tensor<T>[] metaGradient)
    {
        int n = shape.Batch, slot = t % stepsPerBlock;
        team.Barrier();
        if (t == shape.Steps - 1)
        {
            ClearColumns(part, (slot + 1) * n);
        }

        CopyColumns(part, stepAdjoint[0], 0, blockAdjoint, slot * n, n);
        if (slot == 0)
        {
            ReverseFeatures(part, t / stepsPerBlock, meta, metaGradient);
        }
    }

    private void ClearColumns(int part, int from)
    {
        (int first, int end) = WorkerTeam.Share(blockAdjoint.Rows, part, team.Parts);
        for (int unit = first; unit < end; unit++)
        {
            new Span<T>(blockAdjoint.RowPointer(unit) + from, columns - from).Clear();
        }
    }

    private void ReverseFeatures(int part, int block, Tensor<T>[] meta, Tensor<T>[] metaGradient)
    {
        BoundProgram<TLanes, T> program = KeepsBlock(block) ? birth.Reverse : birth.ReverseAll;
        BindFeatures(part, program, block, meta);
        program.Bind(part, program.Places(Kinds.Adjoint)[0], blockAdjoint);
        program.Bind(part, program.Places(Kinds.MetaGradient), metaGradient);
        program.Bind(part, program.Places(Kinds.BornGradient), bornGradient);
        program.Bind(part, program.Places(Kinds.InputAdjoint), inputAdjoint);
        program.Run(part);
        if (convolutions is not null)
        {
            team.Barrier();
            HandDown(part, block);
            team.Barrier();
        }
    }

    // The adjoint of what the last convolution puts out, back through its activation: columns of a block become rows.
    private void HandDown(int part, int block)
    {
        bool asks = block >= blocks, gated = birth.Convolutions[^1].Layer.Activation == Activation.Relu;
        int row = (asks ? block - blocks : block) * columns, stream = shape.Steps * shape.Batch;
        int count = Math.Min(columns, (asks ? shape.Queries : stream) - row), to = row + (asks ? stream : 0);
        Tensor<T> adjoint = inputAdjoint[0], gradient = convolutions!.FeatureGradient;
        (int first, int end) = WorkerTeam.Share(adjoint.Rows, part, team.Parts);
        Transposition.Copy(adjoint.RowPointer(first), adjoint.Stride, end - first, count, gradient.RowPointer(to) + first, gradient.Stride);
        for (int r = to; gated && r < to + count; r++)
        {
            T* feature = convolutions.Features.RowPointer(r), value = gradient.RowPointer(r);
            for (int unit = first; unit < end; unit++)
            {
                value[unit] = feature[unit] > T.Zero ? value[unit] : T.Zero;
            }
        }
    }
}

/// <summary>What programs and memory are made for.</summary>
/// <param name="Steps">Inner steps.</param>
/// <param name="Batch">Examples of a step.</param>
/// <param name="Queries">Questions.</param>
/// <param name="StreamMask">Whether targets of the stream may be missing.</param>
/// <param name="QueryMask">Whether targets of the query may be missing.</param>
/// <param name="Differentiates">Whether there is a way back.</param>
/// <param name="Moving">Where most targets are 0, how many may be not; else −1.</param>
internal readonly record struct LifeShape(
    int Steps, int Batch, int Queries, bool StreamMask, bool QueryMask, bool Differentiates, int Moving);
