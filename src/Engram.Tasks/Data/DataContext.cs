using Engram.Tasks.Data.Folders;

namespace Engram.Tasks.Data;

/// <summary>How far reading or fetching a data set has come; at its end, as much is done as was expected.</summary>
/// <param name="Activity">What is done, such as "reading omniglot".</param>
/// <param name="Done">How much is done.</param>
/// <param name="Expected">How much there is; null where nobody knows.</param>
/// <param name="Unit">What is counted: "images", "bytes".</param>
public readonly record struct DataProgress(string Activity, long Done, long? Expected, string Unit);

/// <summary>Where data sets lie, and who is told what happens to them.</summary>
/// <param name="Folder">Where they lie.</param>
public sealed record DataContext(DataFolder Folder)
{
    /// <summary>Takes lines that the user should see; null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Takes how far it has come, from any thread, one call at a time; null for nobody.</summary>
    public Action<DataProgress>? Progress { get; init; }

    /// <summary>Ends reading and fetching.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The user's data folder, and nobody who is told.</summary>
    public static DataContext Default() => new(DataFolder.Default());
}

/// <summary>What is wanted of a data set.</summary>
/// <param name="Name">Name under which it is registered.</param>
/// <param name="Format">What its images are made into.</param>
/// <param name="Path">Folder, or archive, that its files lie in; null for its place in the data folder.</param>
public sealed record DatasetRequest(string Name, ImageFormat Format, string? Path = null);
