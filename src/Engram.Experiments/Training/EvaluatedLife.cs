using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Training;

/// <summary>What came of one lifetime of an evaluation.</summary>
/// <param name="Run">The run.</param>
/// <param name="Seed">The run's seed, which the lifetime has too.</param>
/// <param name="Split">Where the lifetime comes from, as recipes name it.</param>
/// <param name="Index">Which lifetime of the split.</param>
/// <param name="QueryLoss">The objective on its query.</param>
/// <param name="QueryAccuracy">Share of query examples that are answered right; null in regression.</param>
public sealed record EvaluatedLife(string Run, ulong Seed, string Split, int Index, double QueryLoss, double? QueryAccuracy)
{
    /// <summary>Where a run's evaluation lists them.</summary>
    internal static string FileIn(string folder) => Path.Combine(folder, FolderKind.EvaluatedLives);

    /// <summary>Lifetimes of a file that <see cref="WriteCsv"/> wrote, without their run's name; empty where there is none, or it is
    /// damaged.</summary>
    internal static ImmutableArray<EvaluatedLife> ReadCsv(string path)
    {
        const int numbers = 5;
        var lives = ImmutableArray.CreateBuilder<EvaluatedLife>();
        try
        {
            foreach (string line in File.Exists(path) ? RegularFile.ReadLines(path, JsonForms.MostBytes).Skip(1) : [])
            {
                // A run's name may hold a comma; what is behind it does not.
                string[] parts = line.Split(',')[^numbers..];
                lives.Add(new EvaluatedLife(
                    string.Empty,
                    ulong.Parse(parts[0], CultureInfo.InvariantCulture),
                    parts[1],
                    int.Parse(parts[2], CultureInfo.InvariantCulture),
                    double.Parse(parts[3], CultureInfo.InvariantCulture),
                    parts[4].Length == 0 ? null : double.Parse(parts[4], CultureInfo.InvariantCulture)));
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentOutOfRangeException or IOException
            or UnauthorizedAccessException or EngramException)
        {
            return [];
        }

        return lives.ToImmutable();
    }

    /// <summary>Writes lifetimes as CSV, a row each, or in the form that the file's ending names, as <see cref="RunExport"/> writes
    /// rows.</summary>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="lives">The lifetimes.</param>
    /// <exception cref="EngramException">It cannot be written.</exception>
    public static void WriteCsv(string path, IEnumerable<EvaluatedLife> lives) => RunExport.Write(path,
    [
        .. lives.Select(l => (ImmutableArray<(string, object?)>)
        [
            ("run", l.Run), ("seed", l.Seed), ("split", l.Split), ("index", l.Index), ("queryLoss", l.QueryLoss),
                ("queryAccuracy", l.QueryAccuracy),
        ]),
    ]);
}
