using System.Collections.Immutable;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reports;

/// <summary>The figures of lifetimes in a report: those that lie there already, and the rest drawn.</summary>
/// <param name="Blocks">What stands on the page.</param>
/// <param name="Commands">The commands that draw them.</param>
/// <param name="Reused">How many were there.</param>
/// <param name="Drawn">How many were drawn.</param>
internal sealed record ReportFigures(ImmutableArray<HtmlBlock> Blocks, ImmutableArray<string> Commands, int Reused, int Drawn)
{
    private static readonly ReportFigures Nothing = new([], [], 0, 0);

    /// <summary>Gathers them. Those that are drawn are written into the folder too, for the next time.</summary>
    public static ReportFigures Gather(IReadOnlyList<TrainedRun> runs, string folder, ReportOptions options)
    {
        if (runs.Count == 0 || options.Figures.Count == 0)
        {
            return Nothing;
        }

        string[] missing = [.. options.Figures.Where(f => SavedFigure.Read(folder, f, runs, options.Lifetimes) is null)];
        if (missing.Length > 0 && Draw(runs, missing, folder, options) is { } why)
        {
            return Nothing with { Blocks = [new HtmlNotice($"There are no figures of lifetimes: {why}")] };
        }

        SavedFigure[] figures =
            [.. options.Figures.Select(f => SavedFigure.Read(folder, f, runs, options.Lifetimes)).OfType<SavedFigure>()];
        return new ReportFigures(
            [.. figures.SelectMany(Blocks)], [.. CommandsOf(runs, figures)], options.Figures.Count - missing.Length, missing.Length);

        static HtmlBlock[] Blocks(SavedFigure f) =>
        [
            new HtmlFigure(f.Svg, f.Description) { Csv = f.Csv, FileName = f.Name + ".csv" },
            new HtmlDetails($"Numbers of {f.Name}", [ReportTables.Summary(f.Summary)]),
        ];
    }

    // Why they cannot be drawn; null where they are.
    private static string? Draw(IReadOnlyList<TrainedRun> runs, string[] names, string folder, ReportOptions options)
    {
        ImmutableArray<DrawnFigure> drawn;
        try
        {
            drawn = RunAnalyzer.Draw(runs, names, new AnalysisOptions
            { Lifetimes = options.Lifetimes ?? new AnalysisOptions().Lifetimes, Work = options.Work });
        }
        catch (EngramException e)
        {
            // A learner whose lifetimes explode, or runs that no picture has room for, is something to report.
            options.Work.Note?.Invoke(e.Message);
            return e.Message;
        }

        foreach (DrawnFigure figure in drawn)
        {
            RunAnalyzer.Write(folder, figure);
        }

        return null;
    }

    // One command draws all figures of as many lifetimes.
    private static IEnumerable<string> CommandsOf(IReadOnlyList<TrainedRun> runs, SavedFigure[] figures)
    {
        const string All = "all";
        string[] names = [.. runs.Select(r => ReportCommands.RunName(r.Name))];
        foreach (IGrouping<int, SavedFigure> same in figures.GroupBy(f => f.Lifetimes))
        {
            string[] drawn = [.. same.Select(f => f.Name)];
            foreach (string figure in RunFigures.Named(All).Order(StringComparer.Ordinal)
                .SequenceEqual(drawn.Order(StringComparer.Ordinal)) ? [All] : drawn)
            {
                yield return ReportCommands.Of("analyze", names, FormattableString.Invariant($"--figure {figure} --lifetimes {same.Key}"));
            }
        }
    }
}
