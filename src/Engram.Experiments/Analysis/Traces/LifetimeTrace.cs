using System.Collections.Immutable;
using Engram.Learning.Lives;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>What of a lifetime is measured; what nobody asks for costs nothing.</summary>
[Flags]
public enum TraceParts
{
    /// <summary>Only the outcome.</summary>
    None = 0,

    /// <summary>The network's answers to the query after every inner step: loss, error, each task's loss, interference.</summary>
    Outputs = 1,

    /// <summary>Every inner step's updates: their size, and their direction against the gradient's.</summary>
    Updates = 2,

    /// <summary>What a readout makes of the features at the beginning of life.</summary>
    Readout = 4,

    /// <summary>Singular values of all that a life has changed.</summary>
    AccumulatedChange = 8,

    /// <summary>Where feedback weights point after every inner step, and how far they have come from birth.</summary>
    Feedback = 16,

    /// <summary>All of it.</summary>
    All = Outputs | Updates | Readout | AccumulatedChange | Feedback,
}

/// <summary>What was seen of one layer during one lifetime of T inner steps. A frozen layer has updates of size 0, and no direction:
/// NaN.</summary>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="IsPlastic">Whether it changes in life.</param>
public sealed record LayerTrace(int Layer, bool IsPlastic)
{
    /// <summary>
    /// cos(ΔW, −∂ℓ/∂W) of each inner step, ℓ the batch's loss at the weights before it; with the biases in the same vector where the
    /// learner changes them.
    /// NaN where one of the two is zero, such as in a layer that is frozen or does not move.
    /// </summary>
    public ImmutableArray<double> Alignment { get; init; } = [];

    /// <summary>The angle between the two in degrees, 0 … 180.</summary>
    public ImmutableArray<double> AlignmentAngleDegrees { get; init; } = [];

    /// <summary>‖ΔW‖ of each inner step, Euclidean over all weights; biases do not count.</summary>
    public ImmutableArray<double> UpdateNorm { get; init; } = [];

    /// <summary>‖ΔW‖ / ‖W‖, W before the step.</summary>
    public ImmutableArray<double> RelativeUpdate { get; init; } = [];

    /// <summary>Singular values of W after the last inner step less W before the first; null for a frozen layer.</summary>
    public Spectrum? AccumulatedChange { get; init; }

    /// <summary>
    /// The angle in degrees between B, from the output to this layer, and the way back (W_L ⋯ W_{i+1})ᵀ through the weights of that moment:
    /// at birth and after each inner step, T + 1 values. 0 is backpropagation's direction. Empty where no single B leads here, or
    /// convolutions lie above.
    /// </summary>
    public ImmutableArray<double> FeedbackAngleDegrees { get; init; } = [];

    /// <summary>‖B_t − B_0‖ / ‖B_0‖, T + 1 values: 0 for a B that stands still. Empty where there is none.</summary>
    public ImmutableArray<double> FeedbackChange { get; init; } = [];
}

/// <summary>What was seen of one lifetime: plain numbers, from which every figure is made. Arrays of what was not asked for are
/// empty.</summary>
/// <param name="Index">Which lifetime.</param>
/// <param name="Outcome">What the engine says came of it.</param>
public sealed record LifetimeTrace(ulong Index, LifetimeOutcome Outcome)
{
    /// <summary>Which task each inner step belongs to, T of them.</summary>
    public ImmutableArray<int> StreamTasks { get; init; } = [];

    /// <summary>Query loss before the first inner step and after each: T + 1 values.</summary>
    public ImmutableArray<double> QueryLoss { get; init; } = [];

    /// <summary>Share of query examples that are answered right, T + 1 values; NaN in regression.</summary>
    public ImmutableArray<double> QueryAccuracy { get; init; } = [];

    /// <summary>For each task, the loss on its query examples, T + 1 values.</summary>
    public ImmutableArray<ImmutableArray<double>> TaskLoss { get; init; } = [];

    /// <summary>The tasks in the order in which they are learnt; empty where their batches are mixed.</summary>
    public ImmutableArray<int> TaskOrder { get; init; } = [];

    /// <summary>How many inner steps have passed when each task of <see cref="TaskOrder"/> has been learnt.</summary>
    public ImmutableArray<int> TaskEnds { get; init; } = [];

    /// <summary>
    /// For the second task learnt and each after it: mean squared change of the outputs on query examples of the tasks learnt before, from
    /// just before that task's
    /// data to just after. Empty where tasks are mixed, which leaves it undefined.
    /// </summary>
    public ImmutableArray<double> Interference { get; init; } = [];

    /// <summary>Error on the query of a linear readout fitted to the whole stream, on the features of the network as it is born; null where
    /// it was not asked for.</summary>
    public ReadoutScore? InitialFeatures { get; init; }

    /// <summary>Every layer of the network, input side first.</summary>
    public ImmutableArray<LayerTrace> Layers { get; init; } = [];
}
