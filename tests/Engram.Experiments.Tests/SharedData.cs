namespace Engram.Experiments.Tests;

/// <summary>Finds data that lies beside the repository.</summary>
internal static class SharedData
{
    /// <summary>The folder of that name in <c>../shared</c> beside the repository's root; null where there is none.</summary>
    public static string? Find(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string found = Path.Combine(folder.FullName, "..", "shared", name);
            if (File.Exists(Path.Combine(folder.FullName, "Engram.slnx")))
            {
                return Directory.Exists(found) ? Path.GetFullPath(found) : null;
            }
        }

        return null;
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
