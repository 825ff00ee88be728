using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Learning.Engines.Fused;

/// <summary>How a lifetime of a given shape is cut into blocks and segments, and how much of it stays in memory.</summary>
/// <remarks>
/// <para>Activity is kept in <b>blocks</b>, units-major: [units][width], a column an example, the width padded to 64 bytes. A plastic
/// step's block holds its
/// batch. A frozen block holds one batch, or several where batches are small, so that frozen layers run at full width.</para>
/// <para>Inner steps are cut into <b>segments</b> of about √(T / 12). Forward, the plastic weights at each segment's start are kept;
/// backward, a segment is
/// replayed from there with its weights and updates recorded. √(T / 2) would take the least memory; a shorter segment's replay stays in the
/// last-level cache, which is worth
/// 3 % of the paper's lifetime.
/// Activity stays in memory for as many of the last segments as the budget allows; the others' is recomputed in the replay.</para>
/// <para>Nothing here depends on the number of threads, because sums are cut where segments are.</para>
/// </remarks>
internal sealed record LifetimePlan
{
    private LifetimePlan()
    {
    }

    /// <summary>T.</summary>
    public int InnerSteps { get; private init; }

    /// <summary>n.</summary>
    public int BatchSize { get; private init; }

    /// <summary>Columns of a plastic block, n padded.</summary>
    public int Width { get; private init; }

    /// <summary>Inner steps in a frozen block.</summary>
    public int StepsPerBlock { get; private init; }

    /// <summary>Real columns of a frozen block.</summary>
    public int FrozenColumns => StepsPerBlock * BatchSize;

    /// <summary>Columns of a frozen block, padded.</summary>
    public int FrozenWidth { get; private init; }

    /// <summary>Inner steps in a segment (the last may have fewer).</summary>
    public int SegmentSteps { get; private init; }

    /// <summary>Frozen blocks in a segment.</summary>
    public int SegmentBlocks => (SegmentSteps + StepsPerBlock - 1) / StepsPerBlock;

    /// <summary>How many segments.</summary>
    public int Segments { get; private init; }

    /// <summary>How many of the last segments keep their activity.</summary>
    public int KeptSegments { get; private init; }

    /// <summary>Examples in the query.</summary>
    public int Queries { get; private init; }

    /// <summary>Columns of a query block, all real but in the last one.</summary>
    public int QueryWidth { get; private init; }

    /// <summary>Query blocks.</summary>
    public int QueryBlocks => (Queries + QueryWidth - 1) / QueryWidth;

    /// <summary>Inner steps of a segment, about √(T / 12).</summary>
    public static int StepsOfASegment(int innerSteps) =>
        Math.Clamp((int)Math.Round(Math.Sqrt(innerSteps / 12.0)), 1, Math.Max(1, innerSteps));

    /// <summary>Plans a lifetime.</summary>
    /// <param name="layers">The network's layers; its convolutions have memory of their own.</param>
    /// <param name="innerSteps">T.</param>
    /// <param name="batchSize">n.</param>
    /// <param name="queries">Examples in the query.</param>
    /// <param name="budgetBytes">What checkpoints, the replayed segment and kept activity may take together.</param>
    /// <param name="differentiate">Whether a meta-gradient will be asked for; without one nothing is kept.</param>
    public static LifetimePlan For<T>(FusedLayers layers, int innerSteps, int batchSize, int queries, long budgetBytes, bool differentiate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Tensor<T>.StrideFor(batchSize);
        int grouped = layers.Frozen.Length == 0 ? 1 : Math.Max(1, 32 / batchSize);
        int steps = StepsOfASegment(innerSteps);
        steps = (steps + grouped - 1) / grouped * grouped;
        int segments = (innerSteps + steps - 1) / steps;
        int frozenWidth = Tensor<T>.StrideFor(grouped * batchSize);
        int blocks = steps / grouped;
        long frozenUnits = layers.Inputs + layers.Frozen.Sum(l => (long)l.Outputs);
        long plasticUnits = layers.Plastic.Sum(l => (long)l.Outputs);
        int element = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        long activity = element * ((frozenUnits * blocks * frozenWidth) + (plasticUnits * steps * width));
        long weights = layers.Plastic.Sum(l => (long)l.Outputs * Tensor<T>.StrideFor(l.Inputs)) * element;
        long needed = weights * (segments + (2L * steps));
        int kept = differentiate ? (int)Math.Clamp((budgetBytes - needed) / Math.Max(1, activity), 0, segments) : 0;
        return new LifetimePlan
        {
            InnerSteps = innerSteps,
            BatchSize = batchSize,
            Width = width,
            StepsPerBlock = grouped,
            FrozenWidth = frozenWidth,
            SegmentSteps = steps,
            Segments = segments,
            KeptSegments = kept,
            Queries = queries,
            QueryWidth = Tensor<T>.StrideFor(Math.Min(queries, 32)),
        };
    }

    /// <summary>First inner step of a segment.</summary>
    public int FirstStep(int segment) => segment * SegmentSteps;

    /// <summary>Inner steps of that segment.</summary>
    public int StepsIn(int segment) => Math.Min(SegmentSteps, InnerSteps - FirstStep(segment));
}
