using System.Collections.Immutable;

namespace Engram.Studio.Runs;

/// <summary>A run in the list.</summary>
/// <param name="Name">Its name below the root.</param>
/// <param name="Group">The group that it is of; empty for none.</param>
/// <param name="State">How far it has come, as recipes write such words.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
internal sealed record RunCard(string Name, string Group, string State, string? Problem)
{
    /// <summary>The recipe's own name.</summary>
    public string Recipe { get; init; } = string.Empty;

    /// <summary>The task family.</summary>
    public string Task { get; init; } = string.Empty;

    /// <summary>The learner.</summary>
    public string Learner { get; init; } = string.Empty;

    /// <summary>The seed.</summary>
    public string Seed { get; init; } = string.Empty;

    /// <summary>Outer steps done.</summary>
    public long OuterStep { get; init; }

    /// <summary>Outer steps in all; null where it is not known.</summary>
    public long? OuterSteps { get; init; }

    /// <summary>Seconds of meta-training.</summary>
    public double? Seconds { get; init; }

    /// <summary>The running loss, or error, of meta-training.</summary>
    public double? Running { get; init; }

    /// <summary>Whether numbers are errors in percent rather than losses.</summary>
    public bool InPercent { get; init; }

    /// <summary>What the evaluation found.</summary>
    public double? Result { get; init; }

    /// <summary>Its standard error over lifetimes.</summary>
    public double? StandardError { get; init; }

    /// <summary>When its metrics were written last, in milliseconds since 1970.</summary>
    public long Changed { get; init; }

    /// <summary>The running loss or error over meta-training, evenly spread; null where it is no number.</summary>
    public ImmutableArray<double?> Spark { get; init; } = [];
}

/// <summary>Something beside runs that has a page: a comparison, or a reproduction with its report.</summary>
/// <param name="Name">Its name below the root.</param>
/// <param name="Folder">Its folder.</param>
internal sealed record FolderEntry(string Name, string Folder);
