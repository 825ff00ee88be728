using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Figures.Rendering;
using Engram.Studio.Http;
using Engram.Studio.Runs;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>Figures of runs as the project's own module draws them: the same bytes as <c>engram analyze</c> writes, but for size and
/// colours.</summary>
internal sealed class FigureAnswers(RunIndex index, Workshop workshop, SiteSettings settings)
{
    private const string LearningCurves = "learning-curves";
    private const int MostLifetimes = 100;

    /// <summary>One figure.</summary>
    public async Task<Reply> DrawAsync(IQueryCollection asked, CancellationToken stop)
    {
        var query = new RequestQuery(asked, "run*", "figure", "lifetimes", "theme", "size");
        string figure = query.OneOf("figure", [LearningCurves, .. RunFigures.Registry.Names]);
        int lifetimes = (int)query.Number("lifetimes", 10, 1, MostLifetimes);
        FigureTheme theme = query.OneOf(
            "theme", "auto", "light", "dark") switch
        {
            "light" => FigureTheme.Light,
            "dark" => FigureTheme.Dark,
            _ =>
            FigureTheme.Automatic
        };
        FigureSize size = query.OneOf("size", "page", "column") == "page" ? FigureSize.PaperPage : FigureSize.PaperColumn;
        ImmutableArray<string> names = query.Texts("run");
        if (names.Length is < 1 or > RunAnswers.MostCompared)
        {
            throw new RequestException(
                StatusCodes.Status400BadRequest,
                string.Create(
                CultureInfo.InvariantCulture, $"Found {names.Length} runs for a figure, expected 1 to {RunAnswers.MostCompared}."));
        }

        (string Folder, RunCard Card)[] runs = [.. names.Distinct(StringComparer.Ordinal).Select(n => RunAnswers.Find(index, n))];
        string of =
            string.Join('\n', runs.Select(r => $"{r.Card.Name}\t{Newest(r.Folder)}\t{(figure == LearningCurves ? r.Card.OuterStep : 0)}"));
        return await workshop.MakeAsync(
            string.Create(CultureInfo.InvariantCulture, $"figure\n{figure}\n{lifetimes}\n{theme}\n{size.WidthMillimetres}\n{of}"),
            () => Reply.Svg(FigureSvg.Render(Draw(runs, figure, lifetimes, size, stop) with { Theme = theme })),
            stop).ConfigureAwait(false);
    }

    private Figure Draw(
        IReadOnlyList<(string Folder, RunCard Card)> runs, string figure, int lifetimes, FigureSize size, CancellationToken stop)
    {
        if (figure == LearningCurves)
        {
            return LearningCurveFigure.Of([.. runs.Select(r => (r.Folder, r.Card.Name))]) with { Size = size };
        }

        var opened = new List<TrainedRun>();
        try
        {
            opened.AddRange(runs.Select(r => TrainedRun.Open(r.Folder, null, r.Card.Name)));
            var options = new AnalysisOptions
            {
                Lifetimes = lifetimes,
                Size = size,
                Work = new TrainingOptions
                { Threads = settings.Threads, Store = settings.Store, Data = settings.Data with { Stop = stop }, Stop = stop }
            };
            return RunAnalyzer.Draw(opened, [figure], options)[0].Drawn.Figure;
        }
        finally
        {
            opened.ForEach(r => r.Dispose());
        }
    }

    private static string Newest(string folder) =>
        RunDirectory.CheckpointsOf(folder) is [var first, ..] ? $"{Path.GetFileName(first)} {File.GetLastWriteTimeUtc(first).Ticks}"
        : string.Empty;
}
