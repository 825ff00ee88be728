using System.Collections.Immutable;

namespace Engram.Studio.Pages;

/// <summary>Something in a list, with a line about it.</summary>
internal sealed record ListedItem(string Name, string Title, string Line, string State, int Good, int Bad, int Open);

/// <summary>A list.</summary>
internal sealed record ListedPayload(ImmutableArray<ListedItem> Items);

/// <summary>What came of a reproduction.</summary>
internal sealed record ReproductionPayload(
    string Name, string Title, string Source, string Scale, string Recipes, string Command, string Engram, TablePayload Cells,
        TablePayload Contrasts, ImmutableArray<string> Notes, ImmutableArray<string> Pictures, string Meaning);

/// <summary>A run of a comparison, and its epochs.</summary>
internal sealed record EpochsPayload(
    string Run, string Method, double Rate, ulong Seed, string State,
    ImmutableArray<int> Epochs, ImmutableArray<double?> Validation, ImmutableArray<double?> Training);

/// <summary>What came of a comparison of methods, or has come of it so far.</summary>
internal sealed record ComparisonPayload(
    string Name, string Title, string Description, string Metric, string State, int Ended, int Planned, TablePayload Methods,
        TablePayload Claims, ImmutableArray<EpochsPayload> Runs, ImmutableArray<string> Labels, ImmutableArray<string> Pictures);
