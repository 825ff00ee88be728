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
    /// <summary>Writes lifetimes as CSV, a row each, as <see cref="RunExport"/> writes numbers.</summary>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="lives">The lifetimes.</param>
    /// <exception cref="EngramException">It cannot be written.</exception>
    public static void WriteCsv(string path, IEnumerable<EvaluatedLife> lives) => AtomicFile.WriteText(path, RunExport.Csv(
    [
        .. lives.Select(l => (System.Collections.Immutable.ImmutableArray<(string, object?)>)
        [
            ("run", l.Run), ("seed", l.Seed), ("split", l.Split), ("index", l.Index), ("queryLoss", l.QueryLoss), ("queryAccuracy", l.QueryAccuracy),
        ]),
    ]));
}
