namespace Engram.Experiments.Tests;

/// <summary>Finds data that lies beside the repository.</summary>
internal static class SharedData
{
    /// <summary>The folder of that name in <c>../shared</c> beside the repository's root; null where there is none.</summary>
    public static string? Find(string name)
    {
        string found = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", name));
        return Directory.Exists(found) ? found : null;
    }
}

/// <summary>A theory that needs a folder of <c>../shared</c>, and is skipped where it is absent.</summary>
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string folder)
    {
        Folder = folder;
        if (SharedData.Find(folder) is null)
        {
            Skip = $"no folder ../shared/{folder} beside the repository";
        }
    }

    public string Folder { get; }
}

/// <summary>A fact that needs a folder of <c>../shared</c>, and is skipped where it is absent.</summary>
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string folder)
    {
        Folder = folder;
        if (SharedData.Find(folder) is null)
        {
            Skip = $"no folder ../shared/{folder} beside the repository";
        }
    }

    public string Folder { get; }
}
