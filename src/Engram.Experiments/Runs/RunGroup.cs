using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>One run of a group.</summary>
/// <param name="Name">Name of its folder, where a slash becomes a hyphen.</param>
/// <param name="RecipeName">The recipe's name, as the command line names it.</param>
/// <param name="Recipe">The recipe.</param>
public sealed record GroupMember(string Name, string RecipeName, Recipe Recipe);

/// <summary>Several runs that are compared: a folder with a folder for each, held for writing by this process.</summary>
/// <remarks>
/// In it: <c>group.json</c>, a run's folder for each member, and their comparison: a figure and its numbers. Every member has its recipe
/// from the start, so a group
/// goes on as it was begun whatever becomes of the files that its recipes came from, and a damaged <c>group.json</c> is made anew from the
/// folders.
/// </remarks>
public sealed class RunGroup : IDisposable
{
    private const string FileName = "group.json";

    private RunLock? ownership;

    private RunGroup(string folder, RunLock held, GroupFile file)
    {
        (Folder, ownership, Name, Members) = (folder, held, file.Name, file.Members);
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Name of the group of recipes.</summary>
    public string Name { get; }

    /// <summary>Names of the runs, which are the names of their folders too where a slash becomes a hyphen.</summary>
    public ImmutableArray<string> Members { get; private set; }

    /// <summary>Makes a group in a folder that is new or empty, or that has runs of it from a process that was killed here, and takes
    /// it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of the group: of recipes, or of the one that all runs have.</param>
    /// <param name="members">The runs, each of another name.</param>
    /// <param name="threads">Threads, for the record.</param>
    /// <exception cref="EngramException">There is one already, or anything else but some of its runs, or the folder cannot be written
    /// to.</exception>
    public static RunGroup Create(string folder, string name, IReadOnlyCollection<GroupMember> members, int threads) =>
        Create(folder, name, members, threads, null);

    /// <summary>Makes a group with a plan of its own, which is there before the group is: whatever ends the process, what is a group can be
    /// gone on with by its plan, and what is none yet is begun again.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of the group.</param>
    /// <param name="members">The runs, each of another name.</param>
    /// <param name="threads">Threads, for the record.</param>
    /// <param name="plan">Name and text of the plan's file; null for a group without one.</param>
    /// <inheritdoc cref="Create(string, string, IReadOnlyCollection{GroupMember}, int)" path="/exception"/>
    internal static RunGroup Create(
        string folder, string name, IReadOnlyCollection<GroupMember> members, int threads, (string File, string Text)? plan)
    {
        RunDirectory.MakeFolder(folder);
        RunDirectory.ExpectUnused(
            folder, [.. members.Select(m => Path.GetFileName(FolderOf(folder, m.Name))), .. plan is { File: var own } ? [own]
            : (string[])[]]);
        RunLock held = RunLock.Take(folder);
        try
        {
            if (IsGroup(folder) || RunDirectory.IsRun(folder))
            {
                throw RunDirectory.Taken(folder);
            }

            AtomicFile.RemoveLeftovers(folder);
            if (plan is { } written)
            {
                RunManifest.WriteSealed(folder, written.File, written.Text);
            }

            foreach (GroupMember member in members)
            {
                // One that is there was left by a process that was killed here, before group.json.
                Make(folder, member, threads);
            }

            var file = new GroupFile(RunEnvironment.NewestFormat, name, [.. members.Select(m => m.Name)]);
            Write(folder, file);
            return new RunGroup(folder, held, file);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a group, which is made, or gets the runs that it has not yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of a group that is made.</param>
    /// <param name="members">Runs that it has afterwards, among others; one that is there must have that recipe.</param>
    /// <param name="threads">Threads, for the record.</param>
    /// <param name="note">Told of a damaged <c>group.json</c> that was made anew; null for nobody.</param>
    /// <exception cref="EngramException">A run of that name has another recipe, there is a run rather than a group, or another process is
    /// at it.</exception>
    public static RunGroup OpenOrCreate(
        string folder, string name, IReadOnlyCollection<GroupMember> members, int threads, Action<string>? note = null)
    {
        if (!IsGroup(folder))
        {
            return Create(folder, name, members, threads);
        }

        RunGroup group = Open(folder, note);
        try
        {
            foreach (GroupMember member in members)
            {
                group.Add(member, threads);
            }

            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>Takes a group that is there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Told of a damaged <c>group.json</c> that was made anew, and of files that are not as they were written; null for
    /// nobody.</param>
    /// <exception cref="EngramException">There is none, another process is at it, or it is of a newer version.</exception>
    public static RunGroup Open(string folder, Action<string>? note = null)
    {
        RunLock held = RunLock.Take(folder);
        try
        {
            FolderKind.ExpectRegularFiles(folder);
            AtomicFile.RemoveLeftovers(folder);
            GroupFile file = Read(folder, out string? problem);
            string[] sealedFiles = problem is null ? [FileName, FolderKind.SweepPlan] : [FolderKind.SweepPlan];
            foreach (string change in RunManifest.ProblemsOf(folder, [], sealedFiles))
            {
                note?.Invoke(change);
            }

            if (problem is not null)
            {
                note?.Invoke($"{problem} It is rebuilt from the {file.Members.Length} runs in the folder.");
                Write(folder, file);
            }

            return new RunGroup(folder, held, file);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a group for a moment, which is made where there is none, and lets go of it: several processes work on its runs, each
    /// of which one process has.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of a group that is made.</param>
    /// <param name="members">Runs that it has afterwards, among others; one that is there must have that recipe.</param>
    /// <param name="threads">Threads, for the record.</param>
    /// <param name="note">Told of a damaged <c>group.json</c> that was made anew; null for nobody.</param>
    /// <param name="stop">Ends waiting for the group.</param>
    /// <exception cref="EngramException">A run of that name has another recipe, or the group another plan, or there is a run rather than a
    /// group.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public static RunGroup Share(
        string folder, string name, IReadOnlyCollection<GroupMember> members, int threads, Action<string>? note, CancellationToken stop) =>
        Share(folder, name, members, threads, note, null, stop);

    /// <summary>The same for a group with a plan of its own.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of a group that is made.</param>
    /// <param name="members">Its runs.</param>
    /// <param name="threads">Threads, for the record.</param>
    /// <param name="note">Told of a damaged <c>group.json</c> that was made anew; null for nobody.</param>
    /// <param name="plan">Name and text of the plan's file, which must be that of a group that is there; null for a group without
    /// one.</param>
    /// <param name="stop">Ends waiting for the group.</param>
    /// <exception cref="EngramException">A run of that name has another recipe, or the group another plan.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    internal static RunGroup Share(
        string folder, string name, IReadOnlyCollection<GroupMember> members, int threads, Action<string>? note,
        (string File, string Text)? plan, CancellationToken stop)
    {
        bool made = false;
        RunGroup group = RunLock.Waiting(TakeOrMake, stop);
        group.Release();
        return made || plan is not { } own ? group : group.WithPlan(own);

        RunGroup TakeOrMake()
        {
            if (!IsGroup(folder))
            {
                try
                {
                    RunGroup mine = Create(folder, name, members, threads, plan);
                    made = true;
                    return mine;
                }
                catch (EngramException) when (IsGroup(folder))
                {
                    // Another process has made it meanwhile.
                }
            }

            return OpenOrCreate(folder, name, members, threads, note);
        }
    }

    /// <summary>Whether there is a group in a folder.</summary>
    public static bool IsGroup(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Folders of a group's runs.</summary>
    /// <exception cref="EngramException">There is no group, or it cannot be read.</exception>
    public static ImmutableArray<string> RunsOf(string folder) => [.. Read(folder, out _).Members.Select(m => FolderOf(folder, m))];

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
    public void Dispose() => Release();

    /// <summary>Lets go of the group: other processes may take it.</summary>
    internal void Release()
    {
        ownership?.Dispose();
        ownership = null;
    }

    /// <summary>Takes the group again, to write into its folder, where it was let go of.</summary>
    /// <param name="stop">Ends the waiting for another process.</param>
    /// <exception cref="EngramException">Another process does not let go of it.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    internal void Retake(CancellationToken stop) => ownership ??= RunLock.TakeWaiting(Folder, stop);

    private RunGroup WithPlan((string File, string Text) plan)
    {
        string path = Path.Combine(Folder, plan.File);
        return File.Exists(path) && RegularFile.ReadText(path, JsonForms.MostBytes) == plan.Text ? this
            : throw new EngramException(
                $"Found '{path}' other than what is to be tried now, expected the same; choose another name with --run.");
    }

    private static string FolderOf(string folder, string member) => Path.Combine(folder, member.Replace('/', '-'));

    private static void Make(string folder, GroupMember member, int threads)
    {
        string path = FolderOf(folder, member.Name);
        if (!RunDirectory.IsRun(path))
        {
            RunDirectory.Create(path, member.Recipe, RunEnvironment.Here(member.RecipeName, member.Recipe.Seed, threads)).Dispose();
        }
        else if (!RunDirectory.ReadRecipe(path).TrainsAs(member.Recipe))
        {
            throw new EngramException(
                $"Found the run '{path}' with another recipe than '{member.RecipeName}' is now, expected the same; choose another name " +
                $"with --run, or delete that run.");
        }
    }

    private void Add(GroupMember member, int threads)
    {
        Make(Folder, member, threads);
        if (!Members.Contains(member.Name))
        {
            Members = Members.Add(member.Name);
            Write(Folder, new GroupFile(RunEnvironment.NewestFormat, Name, Members));
        }
    }

    /// <summary>What a group was made as; null where its file is damaged, which is made anew once the group is opened.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    internal static string? NameOf(string folder) => Parse(Path.Combine(folder, FileName))?.Name;

    private static void Write(string folder, GroupFile file) =>
        RunManifest.WriteSealed(folder, FileName, RunsJson.Group.Write(file) + "\n");

    private static GroupFile Read(string folder, out string? problem)
    {
        string path = Path.Combine(folder, FileName);
        GroupFile? file = Parse(path);
        if ((file?.Format ?? JsonForms.FormatOf(path)) is { } format && format > RunEnvironment.NewestFormat)
        {
            throw new EngramException(
                $"Found runs of format {format} in '{folder}'; this is Engram {RunEnvironment.InformationalVersion}, which reads " +
                $"formats up to {RunEnvironment.NewestFormat}. Use a newer version.");
        }

        bool whole = file is not null && file.Members.All(m => RunDirectory.IsRun(FolderOf(folder, m)));
        problem = whole ? null : $"Found '{path}' damaged, or without a run that it names.";
        return whole ? file! : FromRuns(folder, problem!);
    }

    private static GroupFile? Parse(string path) => RunsJson.Group.ParseOrNull(JsonForms.ReadBytes(path));

    private static GroupFile FromRuns(string folder, string problem)
    {
        ImmutableArray<string> runs = [.. Directory.EnumerateDirectories(folder).Where(RunDirectory.IsRun).Select(f => Path.GetFileName(f))
            .Order(StringComparer.Ordinal)];
        return runs.IsEmpty
            ? throw new EngramException(
                $"{problem} There is no run in '{folder}' to rebuild it from; delete the folder, or train under another name with --run.")
            : new GroupFile(RunEnvironment.NewestFormat, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), runs);
    }
}
