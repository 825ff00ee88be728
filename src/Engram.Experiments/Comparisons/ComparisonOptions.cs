using Engram.Experiments.Training;

namespace Engram.Experiments.Comparisons;

/// <summary>How to run a comparison: nothing here changes a result.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Threads, data, notes, and what stops it.</summary>
    public TrainingOptions Run { get; init; } = new();

    /// <summary>Told of progress, several times a second, from the threads that work; null for nobody.</summary>
    public Action<ComparisonProgress>? Progress { get; init; }
}
