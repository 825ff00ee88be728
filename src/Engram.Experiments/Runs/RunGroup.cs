using System.Collections.Immutable;
using System.Text.Json;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>Several runs that are compared: a folder with a folder for each, held for writing by this process.</summary>
/// <remarks>In it: <c>group.json</c>, a run's folder for each member, and their comparison: a figure and its numbers.</remarks>
public sealed class RunGroup : IDisposable
{
    private const string FileName = "group.json";

    private readonly RunLock ownership;

    private RunGroup(string folder, RunLock held, GroupFile file)
    {
        (Folder, ownership, Name, Members, Settings) = (folder, held, file.Name, file.Members, file.Settings);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Name of the group of recipes.</summary>
    public string Name { get; }

    /// <summary>Names of the recipes, which are the names of their folders too where a slash becomes a hyphen.</summary>
    public ImmutableArray<string> Members { get; }

    /// <summary>What is set over each recipe, as <c>key.path=value</c>.</summary>
    public ImmutableArray<string> Settings { get; }

    /// <summary>Makes a group in a folder that has none yet, and takes it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of the group of recipes.</param>
    /// <param name="members">Names of the recipes, without the group's.</param>
    /// <param name="settings">What is set over each recipe, as <c>key.path=value</c>.</param>
    /// <exception cref="EngramException">There is one already, or the folder cannot be written to.</exception>
    public static RunGroup Create(string folder, string name, IEnumerable<string> members, IEnumerable<string> settings)
    {
        RunDirectory.MakeFolder(folder);
        RunLock held = RunLock.Take(folder);
        try
        {
            if (IsGroup(folder) || RunDirectory.IsRun(folder))
            {
                throw new EngramException($"Found a run in '{folder}' already, expected none; go on with it with --resume, or choose another name with --run.");
            }

            var file = new GroupFile(RunEnvironment.NewestFormat, name, [.. members], [.. settings]);
            AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(file, RunEnvironment.Json) + "\n");
            return new RunGroup(folder, held, file);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a group that is there.</summary>
    /// <exception cref="EngramException">There is none, another process is at it, or it is of a newer version.</exception>
    public static RunGroup Open(string folder)
    {
        RunLock held = RunLock.Take(folder);
        try
        {
            return new RunGroup(folder, held, Read(folder));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is a group in a folder.</summary>
    public static bool IsGroup(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Folders of a group's runs.</summary>
    /// <exception cref="EngramException">There is no group, or it cannot be read.</exception>
    public static ImmutableArray<string> RunsOf(string folder) => [.. Read(folder).Members.Select(m => FolderOf(folder, m))];

    /// <summary>How far the group in a folder has come: as far as the run that is furthest behind.</summary>
    public static RunState StateOf(string folder)
    {
        if (RunLock.IsHeld(folder))
        {
            return RunState.Running;
        }

        ImmutableArray<RunState> states = [.. RunsOf(folder).Select(RunDirectory.StateOf)];
        return states.All(s => s == RunState.Finished) ? RunState.Finished
            : states.All(s => s is RunState.Finished or RunState.Diverged) ? RunState.Diverged
            : RunState.Interrupted;
    }

    /// <summary>Folder of one member's run.</summary>
    public string FolderOf(string member) => FolderOf(Folder, member);

    /// <inheritdoc/>
    public void Dispose() => ownership.Dispose();

    private static string FolderOf(string folder, string member) => Path.Combine(folder, member.Replace('/', '-'));

    private static GroupFile Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            GroupFile? file = JsonSerializer.Deserialize<GroupFile>(File.ReadAllBytes(path), RunEnvironment.Json);
            if (file is null || file.Members.IsDefaultOrEmpty || file.Settings.IsDefault || file.Members.Any(m => m.Contains("..", StringComparison.Ordinal)))
            {
                throw new EngramException($"Found no list of runs in '{path}', expected one; the file is damaged.");
            }

            return file.Format <= RunEnvironment.NewestFormat
                ? file
                : throw new EngramException($"Found runs of format {file.Format} in '{folder}'; this is Engram {RunEnvironment.InformationalVersion}, which reads formats up to {RunEnvironment.NewestFormat}. Use a newer version.");
        }
        catch (JsonException e)
        {
            throw new EngramException($"Found text in '{path}' that is not what Engram writes there, expected JSON; the file is damaged.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{path}': {e.Message}", e);
        }
    }

    private sealed record GroupFile(int Format, string Name, ImmutableArray<string> Members, ImmutableArray<string> Settings);
}
