using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>A key whose value differs between runs.</summary>
/// <param name="Key">The key's path.</param>
/// <param name="Values">Its value in each run; null where it has no meaning there.</param>
public sealed record RunDifference(string Key, ImmutableArray<string?> Values);

/// <summary>Runs side by side: where their recipes and circumstances differ, and what came of them.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Differences">Every key whose value is not the same in all, names and descriptions left out.</param>
public sealed record RunComparison(ImmutableArray<RunSummary> Runs, ImmutableArray<RunDifference> Differences)
{
    /// <summary>Compares runs.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="folders">Their folders, at least two.</param>
    /// <exception cref="EngramException">There are fewer than two, or one cannot be read.</exception>
    public static RunComparison Of(RunStore store, IReadOnlyList<string> folders)
    {
        if (folders.Count < 2)
        {
            throw new EngramException($"Found {folders.Count} run to compare, expected two or more, or a group; 'engram runs' lists them.");
        }

        return new RunComparison([.. folders.Select(store.Summarize)], DifferencesOf(folders));
    }

    /// <summary>Where the recipes and circumstances of runs differ.</summary>
    /// <param name="folders">The runs' folders.</param>
    /// <exception cref="EngramException">One cannot be read.</exception>
    internal static ImmutableArray<RunDifference> DifferencesOf(IReadOnlyList<string> folders)
    {
        // As their recipes have them: a run of a program of one's own is compared too.
        ImmutableArray<RunSetting>[] settings = [.. folders.Select(RunSettings.Read)];
        var runs = folders.Select(
            (f, i) =>
            (Values: settings[i].ToDictionary(v => v.Key, v => v.Text, StringComparer.Ordinal),
            Environment: RunDirectory.ReadEnvironment(f))).ToList();
        var rows = RunSettings.Differing(settings)
            .Select(key => new RunDifference(key, [.. runs.Select(r => r.Values.GetValueOrDefault(key))]))
            .Concat(
            [
                new RunDifference(
                    "engram",
                    [.. runs.Select(
                    r => r.Environment.Commit is { } commit ? $"{r.Environment.Version}+{commit}" : r.Environment.Version)]),
                new RunDifference("vector width", [.. runs.Select(r => $"{r.Environment.VectorBits} bits")]),
            ]);
        return [.. rows.Where(d => d.Values.Distinct(StringComparer.Ordinal).Count() > 1)];
    }
}
