using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Figures.Text;
using Engram.Numerics.Text;
using Engram.Studio.Http;
using Engram.Studio.Runs;
using Engram.Tasks.Splits;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>Answers about runs: which there are, what each is, how its meta-training went, how several differ.</summary>
internal sealed class RunAnswers(RunIndex index, MetricsShelf shelf)
{
    /// <summary>How many runs are compared at once, at most.</summary>
    public const int MostCompared = 24;

    private const int MostPoints = 2000;

    /// <summary>The list.</summary>
    public Reply List(IQueryCollection asked)
    {
        _ = new RequestQuery(asked);
        return Reply.Json(
            new RunsPayload(
                Path.GetFullPath(index.Store.Root), RunEnvironment.InformationalVersion, index.Cards(), index.Comparisons().Length,
                index.Reports().Length),
            StudioJson.Default.RunsPayload);
    }

    /// <summary>One run.</summary>
    public Reply Details(IQueryCollection asked)
    {
        var query = new RequestQuery(asked, "run");
        (string folder, RunCard card) = Find(index, query.Text("run"));
        Recipe recipe = RunDirectory.ReadRecipe(folder);
        RunEnvironment e = RunDirectory.ReadEnvironment(folder);
        RunResult? result = RunDirectory.ReadResult(folder, out _);
        return Reply.Json(
            new RunPayload(
                card,
                recipe.Description ?? string.Empty,
                recipe.Expected is { } expected
                    ? $"{Numbers.Short(expected.Value)}{(expected.IsError ? " % error" : string.Empty)} ({expected.Source})" : string.Empty,
                result?.Message ?? string.Empty,
                [.. recipe.Values.All.Select(v => new SettingPayload(v.Key.Path, v.Text))],
                [
                    new("recipe", e.Recipe),
                    new("made", string.Create(CultureInfo.InvariantCulture, $"{e.Created:yyyy-MM-dd HH:mm:ss} UTC")),
                    new("Engram", e.Commit is null ? e.Version : $"{e.Version}+{e.Commit}"),
                    new("processor",
                        string.Create(
                        CultureInfo.InvariantCulture, $"{e.Processor}, {e.Processors} processors, vectors of {e.VectorBits} bits")),
                    new("system", $"{e.OperatingSystem}, {e.Runtime}"),
                    new("threads", e.Threads.ToString(CultureInfo.InvariantCulture)),
                ],
                [.. RunDirectory.CheckpointsOf(folder).Select(c => new FileInfo(c)).Where(f => f.Exists)
                    .Select(f => new CheckpointPayload(f.Name, f.Length))],
                result?.Evaluation is { } found ? [.. ResultOf(found)] : [],
                AxisOf([recipe]),
                card.Group.Length == 0 ? [] : [.. index.Cards().Where(c => c.Group == card.Group).Select(c => c.Name)],
                [.. Enum.GetValues<Split>().Select(s => RecipeSchema.Name(s))
                    .OrderByDescending(s => s == RecipeSchema.Name(recipe.Evaluation.Split))]),
            StudioJson.Default.RunPayload);
    }

    /// <summary>A part of a run's curve, thinned to what a picture shows.</summary>
    public Reply Curve(IQueryCollection asked)
    {
        var query = new RequestQuery(asked, "run", "quantity", "from", "to", "points");
        (string folder, RunCard card) = Find(index, query.Text("run"));
        string quantity = query.OneOf("quantity", "loss", "error", "gradient");
        long from = query.Number("from", 0, 0, long.MaxValue), to = query.Number("to", long.MaxValue, 0, long.MaxValue);
        int points = (int)query.Number("points", 600, 2, MostPoints);
        return Reply.Json(
            shelf.Read(Path.Combine(folder, MetricsLog.FileName), columns => PayloadOf(card.Name, quantity, columns, from, to, points)),
            StudioJson.Default.CurvePayload);
    }

    /// <summary>Runs side by side: recipes' differences, results, and differences over what they share.</summary>
    public Reply Compare(IQueryCollection asked)
    {
        var query = new RequestQuery(asked, "run*");
        ImmutableArray<string> names = [.. query.Texts("run").Distinct(StringComparer.Ordinal)];
        if (names.Length is < 2 or > MostCompared)
        {
            throw new RequestException(
                StatusCodes.Status400BadRequest,
                string.Create(CultureInfo.InvariantCulture, $"Found {names.Length} runs to compare, expected 2 to {MostCompared}."));
        }

        (string Folder, RunCard Card)[] runs = [.. names.Select(n => Find(index, n))];
        ImmutableArray<RunDifference> settings = RunComparison.DifferencesOf([.. runs.Select(r => r.Folder)]);
        Recipe[] recipes = [.. runs.Select(r => RunDirectory.ReadRecipe(r.Folder))];
        RunResult[] results = [.. runs.Select(r => RunDirectory.ReadResult(r.Folder, out _)).OfType<RunResult>()];
        string[] labels = LearningCurveFigure.LabelsOf([.. runs.Select(r => r.Card.Name)], recipes);
        string[] distinct = [.. labels.Distinct(StringComparer.Ordinal)];
        ImmutableArray<LearnerDifference> differences = LearnerDifference.Of(results);
        return Reply.Json(
            new ComparePayload(
                [.. runs.Select((r, i) => new ComparedPayload(r.Card, labels[i], Array.IndexOf(distinct, labels[i])))],
                AxisOf(recipes),
                ResultsOf(results),
                TablePayload.Of(
                    ["Setting", .. runs.Select(r => r.Card.Name)],
                    settings.Select(d => (ImmutableArray<string>)[d.Key, .. d.Values.Select(v => v ?? "–")])),
                TablePayload.Of(LearnerDifference.Headings, LearnerDifference.Rows(differences), LearnerDifference.Meaning),
                results.Length < 2 ? "Fewer than two of these runs have been evaluated, so there is nothing to pair yet."
                    : differences.IsEmpty
                        ? "These runs have no pairs: that takes recipes of the same task and evaluation, with seeds that are in both."
                        : string.Empty),
            StudioJson.Default.ComparePayload);
    }

    /// <summary>A run that is there and can be read.</summary>
    /// <exception cref="RequestException">There is none of that name, or it is damaged.</exception>
    public static (string Folder, RunCard Card) Find(RunIndex index, string name) =>
        index.FolderOf(name) is not { } folder || index.CardOf(name) is not { } card
            ? throw new RequestException(StatusCodes.Status404NotFound, $"There is no run '{CleanText.Line(name, 200)}'.")
        : RunDirectory.IsRun(folder) ? (folder, card)
        : throw new RequestException(StatusCodes.Status422UnprocessableEntity, card.Problem ?? "The run is damaged.");

    /// <summary>A part of a curve with what is around it.</summary>
    public static CurvePayload PayloadOf(string run, string quantity, MetricsColumns columns, long from, long to, int points) =>
        new(run, quantity, columns.Count == 0 ? 0 : columns.Steps[0], columns.Last?.OuterStep ?? 0, columns.HasErrors, columns.Generation,
            Runs.Curve.Of(columns, quantity, from, to, points));

    // The axis and the reference line of the project's own figure of learning curves.
    private static AxisPayload AxisOf(IReadOnlyList<Recipe> recipes)
    {
        Panel panel = GroupTraining.Curves([.. recipes.Select(r => (r.Name, r, ImmutableArray<MetricsLine>.Empty))]).Panels[0];
        ReferenceLine? reference = panel.ReferenceLines.FirstOrDefault();
        return new AxisPayload(panel.Y.Text, panel.Y.Scale == AxisScale.Logarithmic, reference?.Value, reference?.Label ?? string.Empty);
    }

    private static IEnumerable<SettingPayload> ResultOf(EvaluationSummary found)
    {
        yield return new("query loss", $"{Numbers.Short(found.QueryLoss)} ± {Numbers.Error(found.StandardError)}");
        if (found.QueryErrorPercent is { } error)
        {
            yield return new("query error", $"{Numbers.Short(error)} ± {Numbers.Error(found.ErrorStandardErrorPercent)} %");
        }

        yield return new(
            "over", string.Create(
            CultureInfo.InvariantCulture, $"{found.Lifetimes:N0} {found.Split} lifetimes; ± is one standard error over them"));
    }

    private static TablePayload ResultsOf(IReadOnlyList<RunResult> results)
    {
        ImmutableArray<SeedSummary> summaries = SeedSummary.Of(results);
        bool errors = summaries.Any(s => s.QueryErrorPercent is not null);
        return TablePayload.Of(
            ["Recipe", ">Networks", ">Query loss", ">± s.e.", .. errors ? (string[])[">Query error, %", ">± s.e."] : [], "± over",
                "Diverged"],
            summaries.Select(s => (ImmutableArray<string>)
            [
                s.Name,
                s.Seeds.Length.ToString(CultureInfo.InvariantCulture),
                Numbers.Measured(s.QueryLoss.Mean),
                Numbers.Error(s.QueryLoss.StandardError),
                .. errors ? (string[])[s.QueryErrorPercent is { } e ? Numbers.Measured(e.Mean) : "–",
                    Numbers.Error(s.QueryErrorPercent?.StandardError)] : [],
                s.ErrorIsOverNetworks ? "networks" : "lifetimes of one network",
                s.Diverged.IsEmpty ? "–" : $"{(s.Diverged.Length == 1 ? "seed" : "seeds")} {string.Join(", ", s.Diverged)}",
            ]));
    }
}
