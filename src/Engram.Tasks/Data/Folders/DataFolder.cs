namespace Engram.Tasks.Data.Folders;

/// <summary>The folder that data sets lie in, one folder for each by its name.</summary>
/// <param name="Root">The folder.</param>
public sealed record DataFolder(string Root)
{
    /// <summary>The environment variable that says where data sets lie.</summary>
    public const string Variable = "ENGRAM_DATA";

    /// <summary>Where images that were read are kept if the folder may not be written to: a folder of the user's; null for
    /// nowhere.</summary>
    public string? OtherCache { get; init; } = UserFolder("cache");

    /// <summary>Where images that were read are kept in their final form, in the order in which they are tried.</summary>
    public IEnumerable<string> CacheFolders =>
        OtherCache is { } other ? [Path.Combine(Root, "cache"), other] : [Path.Combine(Root, "cache")];

    /// <summary><c>$ENGRAM_DATA</c>, else <c>engram/data</c> in the user's folder for programs' data, else <c>data</c> in the working
    /// folder.</summary>
    public static DataFolder Default() => new(
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root ? root
        : UserFolder("data") ?? "data");

    /// <summary>The folder of a data set.</summary>
    public string FolderOf(string name) => Path.Combine(Root, name);

    private static string? UserFolder(string leaf) =>
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } data
            ? Path.Combine(data, "engram", leaf) : null;
}
