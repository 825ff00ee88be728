using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Experiments.Sweeps;

/// <summary>One setting that a sweep tries.</summary>
/// <param name="Name">Its name, such as <c>trial-001</c>; its runs' folders add the seed.</param>
/// <param name="Settings">What is varied, as <c>key.path=value</c>.</param>
/// <param name="Runs">Names of its runs below the sweep's folder.</param>
public sealed record SweepTrial(string Name, ImmutableArray<string> Settings, ImmutableArray<string> Runs);

/// <summary>A sweep with its trials drawn: <c>sweep.json</c>, all that going on with it needs besides its runs.</summary>
/// <param name="Format">The form of the file.</param>
/// <param name="Spec">The sweep.</param>
/// <param name="OuterSteps">Length of meta-training.</param>
/// <param name="Trials">The trials.</param>
public sealed record SweepPlan(int Format, SweepSpec Spec, long OuterSteps, ImmutableArray<SweepTrial> Trials)
{
    private const string FileName = FolderKind.SweepPlan;
    private const string CommandLine = "--set";
    private static readonly string[] OwnKeys = ["name", "meta-training.seed"];

    /// <summary>Whether there is a sweep in a folder.</summary>
    public static bool IsSweep(string folder) => FolderKind.IsSweep(folder);

    /// <summary>The folder of a sweep that is there.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="name">Its name below the root, or a path.</param>
    /// <exception cref="EngramException">There is nothing of that name, or a run or group that is no sweep.</exception>
    public static string Find(RunStore store, string name)
    {
        string folder = store.Find(name);
        return IsSweep(folder)
            ? folder
            : throw new EngramException(
                $"Found the {(RunGroup.IsGroup(folder) ? "group of runs" : "run")} '{name}', which is not a sweep (there is no " +
                $"{FileName} in it), expected one to resume; resume it with 'engram train --resume {store.RunOption(folder)}', or start " +
                $"a sweep under another name.");
    }

    /// <summary>Draws the trials of a sweep and reads their recipes; nothing is written.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="settings">What is set in all of them, as <c>key.path=value</c>, over the sweep's own.</param>
    /// <returns>The plan, and the runs in its order.</returns>
    /// <exception cref="EngramException">A setting does not fit the recipe, or is one that the sweep makes itself or varies; the line names
    /// the place where it stands.</exception>
    public static (SweepPlan Plan, ImmutableArray<GroupMember> Members) Draw(SweepSpec spec, IEnumerable<string>? settings = null)
    {
        spec = spec with { Settings = [.. spec.Settings, .. settings ?? []] };
        string[] keys = [.. spec.Settings.Select(KeyOf)];
        if (keys.FirstOrDefault(OwnKeys.Contains) is { } own)
        {
            throw new EngramException(
                $"Found {own} among the settings of a sweep, expected none: it names its trials itself, and 'networks' says how many " +
                $"seeds each has. Remove it.");
        }

        if (keys.FirstOrDefault(k => spec.Vary.Any(a => a.Key == k)) is { } varied)
        {
            throw new EngramException(
                $"Found {varied} among the settings of a sweep that varies it, expected it in one of the two: its trials would not have " +
                $"what is set. Remove it from the settings, or from 'vary'.");
        }

        ImmutableArray<ImmutableArray<string>> choices = spec.Search == SweepSearch.Grid ? Grid(spec.Vary) : AtRandom(spec);
        var trials = ImmutableArray.CreateBuilder<SweepTrial>();
        var members = ImmutableArray.CreateBuilder<GroupMember>();
        foreach (ImmutableArray<string> choice in choices)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"trial-{trials.Count + 1:D3}");
            ImmutableArray<GroupMember> runs =
            [
                .. Enumerable.Range(1, spec.Networks).Select(seed => new GroupMember(
                    string.Create(CultureInfo.InvariantCulture, $"{name}-seed-{seed}"),
                    spec.Recipe,
                    Load(
                        spec, [.. spec.Settings, .. choice, $"name={name}",
                        string.Create(CultureInfo.InvariantCulture, $"meta-training.seed={seed}")]))),
            ];
            trials.Add(new SweepTrial(name, choice, [.. runs.Select(r => r.Name)]));
            members.AddRange(runs);
        }

        return (new SweepPlan(RunEnvironment.NewestFormat, spec, members[0].Recipe.MetaTraining.OuterSteps, trials.ToImmutable()),
            members.ToImmutable());
    }

    /// <summary>Reads the plan in a sweep's folder.</summary>
    /// <exception cref="EngramException">There is none, or it cannot be read.</exception>
    public static SweepPlan Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return SweepsJson.Plan.Read(path);
        }
        catch (EngramException e)
        {
            throw new EngramException(
                $"{e.Message.TrimEnd('.')}. Start the sweep again under another name; its runs can be looked at with 'engram runs'.", e);
        }
    }

    /// <summary>Makes the sweep's group, with this plan in it from the start.</summary>
    /// <inheritdoc cref="RunGroup.Create(string, string, IReadOnlyCollection{GroupMember}, int)"/>
    public RunGroup Make(string folder, string name, IReadOnlyCollection<GroupMember> members, int threads) =>
        RunGroup.Create(folder, name, members, threads, (FileName, SweepsJson.Plan.Write(this) + "\n"));

    /// <summary>Makes the sweep's group, or finds it made with this plan, and lets go of it for other processes.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="name">Name of a group that is made.</param>
    /// <param name="members">Its runs.</param>
    /// <param name="threads">Threads, for the record.</param>
    /// <param name="note">Told of a damaged <c>group.json</c> that was made anew; null for nobody.</param>
    /// <param name="stop">Ends waiting for the group.</param>
    /// <exception cref="EngramException">There is another sweep, or something else.</exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public RunGroup Share(
        string folder, string name, IReadOnlyCollection<GroupMember> members, int threads, Action<string>? note, CancellationToken stop) =>
        RunGroup.Share(folder, name, members, threads, note, (FileName, SweepsJson.Plan.Write(this) + "\n"), stop);

    // What is wrong with a setting is said of the place where it stands. Where a key is set twice the last one holds, and the other is left
    // out, so that no message is about it.
    private static Recipe Load(SweepSpec spec, IEnumerable<string> settings)
    {
        const string start = CommandLine + ": ";
        string[] last = [.. settings.GroupBy(KeyOf, StringComparer.Ordinal).Select(g => g.Last())];
        try
        {
            return RecipeReader.Load(spec.Recipe, last);
        }
        catch (EngramException e) when (e.Message.StartsWith(start, StringComparison.Ordinal))
        {
            string what = e.Message[start.Length..];
            string? place = last.Where(s => IsAbout(what, KeyOf(s))).Select(s => PlaceOf(s, spec)).FirstOrDefault();
            throw new EngramException($"{place ?? CommandLine}: {what}", e);
        }
    }

    private static string KeyOf(string setting) => setting.Split('=', 2)[0].Trim();

    private static string? PlaceOf(string setting, SweepSpec spec) =>
        spec.Places.TryGetValue(setting, out string? place) || spec.Places.TryGetValue(KeyOf(setting), out place) ? place : null;

    // How messages about a setting begin: with its key, with one that has no meaning here, with one that there is not, or with a section.
    private static bool IsAbout(string what, string key) =>
        what.StartsWith($"{key}: ", StringComparison.Ordinal)
        || what.StartsWith($"found {key}, ", StringComparison.Ordinal)
        || what.StartsWith($"found the unknown key {RecipeNode.Quote(key)}", StringComparison.Ordinal)
        || what.StartsWith($"found the section {RecipeNode.Quote(key)}", StringComparison.Ordinal);

    private static ImmutableArray<ImmutableArray<string>> Grid(ImmutableArray<SweepAxis> axes)
    {
        ImmutableArray<ImmutableArray<string>> rows = [[]];
        foreach (SweepAxis axis in axes)
        {
            ImmutableArray<string> values = axis.Values.IsEmpty
                ? [.. Enumerable.Range(0, axis.Points).Select(i => axis.At(i / (axis.Points - 1.0))).Distinct(StringComparer.Ordinal)]
                : axis.Values;
            rows = [.. rows.SelectMany(_ => values, (row, value) => row.Add($"{axis.Key}={value}"))];
        }

        return rows;
    }

    // A trial's draws depend on the seed, its number and the key alone: more trials leave the first ones as they are.
    private static ImmutableArray<ImmutableArray<string>> AtRandom(SweepSpec spec)
    {
        RandomStream root = new RandomStream(spec.Seed).Split("sweep");
        return [.. Enumerable.Range(0, spec.Trials)
            .Select(trial => spec.Vary.Select(axis => $"{axis.Key}={Draw(axis, root.Split((ulong)trial).Split(axis.Key))}")
            .ToImmutableArray())];

        static string Draw(SweepAxis axis, RandomStream random) =>
            axis.Values.IsEmpty ? axis.Draw(random.NextUniform()) : axis.Values[random.NextInt32(axis.Values.Length)];
    }
}
