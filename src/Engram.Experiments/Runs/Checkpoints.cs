using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>The checkpoints of a run: <c>checkpoint-STEP.safetensors</c> in its folder, of which the last two are kept.</summary>
internal static class Checkpoints
{
    private const string Prefix = "checkpoint-";
    private const string Extension = ".safetensors";
    private const int Kept = 2;

    /// <summary>How long a reader tries again where checkpoints go while it reads them.</summary>
    private static readonly TimeSpan LongestChase = TimeSpan.FromSeconds(30);

    /// <summary>Checkpoints of the run in a folder, newest first.</summary>
    public static ImmutableArray<string> In(string folder) => !Directory.Exists(folder) ? [] :
    [
        .. Directory.EnumerateFiles(folder, Prefix + "*" + Extension).OrderByDescending(p => Path.GetFileName(p), StringComparer.Ordinal),
    ];

    /// <summary>Whether there are any in a folder; none where it may not be looked at.</summary>
    public static bool AreIn(string folder) =>
        Directory.Exists(folder)
            && Directory.EnumerateFiles(folder, Prefix + "*" + Extension, new EnumerationOptions { IgnoreInaccessible = true }).Any();

    /// <summary>Reads the newest checkpoint that is whole; where the run goes on meanwhile and deletes what is read, again with what is
    /// there.</summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="folder">The run's folder.</param>
    /// <param name="read">Reads one file.</param>
    /// <param name="report">Told of each damaged checkpoint that was passed over.</param>
    /// <returns>What was read; the default where there is no checkpoint at all.</returns>
    /// <exception cref="EngramException">There are checkpoints, and none is whole.</exception>
    public static T? Read<T>(string folder, Func<string, T> read, Action<string>? report = null)
    {
        var clock = Stopwatch.StartNew();
        T? result;
        while (!TryRead(folder, read, report, isLast: clock.Elapsed > LongestChase, out result))
        {
        }

        return result;
    }

    // False where a checkpoint went while it was read: the run goes on meanwhile, and there are newer ones.
    private static bool TryRead<T>(string folder, Func<string, T> read, Action<string>? report, bool isLast, out T? result)
    {
        ImmutableArray<string> paths = In(folder);
        result = default;
        var failures = new List<EngramException>();
        foreach (string path in paths)
        {
            try
            {
                result = read(path);
                foreach (EngramException failure in failures)
                {
                    report?.Invoke($"{failure.Message} Resuming from {Path.GetFileName(path)}, the one before.");
                }

                return true;
            }
            catch (EngramException failure)
            {
                if (!isLast && !File.Exists(path))
                {
                    return false;
                }

                failures.Add(failure);
            }
        }

        return failures.Count == 0
            ? true
            : throw new EngramException(
                $"Found no checkpoint in '{folder}' that can be read: {string.Join(" ", failures.Select(f => f.Message))} Start the run " +
                $"afresh under another name.", failures[0]);
    }

    /// <summary>Where the checkpoint after a step goes.</summary>
    public static string PathOf(string folder, long step) =>
        Path.Combine(folder, Prefix + step.ToString("D10", CultureInfo.InvariantCulture) + Extension);

    /// <summary>The step after which a checkpoint was written, by its name; 0 where that does not say.</summary>
    public static long StepOf(string path) =>
        long.TryParse(
            Path.GetFileNameWithoutExtension(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step : 0;

    /// <summary>Deletes all checkpoints but the newest two.</summary>
    public static void Prune(string folder)
    {
        foreach (string path in In(folder).Skip(Kept))
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes all checkpoints, of a run that nobody will go on with.</summary>
    public static void Clear(string folder)
    {
        foreach (string path in In(folder))
        {
            File.Delete(path);
        }
    }

    /// <summary>Deletes a checkpoint that turned out to be damaged, and those after the one in use.</summary>
    public static void DropAfter(string folder, long step)
    {
        string last = PathOf(folder, step);
        foreach (string path in In(folder).Where(p => string.CompareOrdinal(Path.GetFileName(p), Path.GetFileName(last)) > 0))
        {
            File.Delete(path);
        }
    }
}
