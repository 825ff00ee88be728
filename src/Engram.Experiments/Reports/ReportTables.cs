using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Summaries;
using Engram.Figures.Text;
using Engram.Learning.Learners;
using Engram.Tasks.Data;

namespace Engram.Experiments.Reports;

/// <summary>The tables of a report.</summary>
internal static class ReportTables
{
    private const string None = "–";

    private static readonly HtmlColumn[] ErrorColumns = [">Query error, %", ">± s.e."];

    /// <summary>What the loss on the query is called.</summary>
    public static string Loss(ImmutableArray<ReportedRun> runs) =>
        runs.Select(r => Loss(r.Recipe)).Distinct(StringComparer.Ordinal).ToArray() is [var one] ? one : "Query loss";

    /// <summary>What a recipe's query loss is called.</summary>
    public static string Loss(Recipe recipe) =>
        recipe.Learner.Objective == Objective.MeanSquaredError ? "Query MSE" : "Query loss (cross-entropy)";

    /// <summary>A row for each learner: its mean over networks, or over lifetimes of its only one, beside what its recipe
    /// expects.</summary>
    public static HtmlTable Learners(ImmutableArray<ReportedRun> runs)
    {
        bool expected = runs.Any(r => r.Recipe.Expected is not null);
        bool errors = runs.Any(r => r.Recipe.IsClassification);
        ImmutableArray<HtmlColumn> columns = ["Learner", "Stream", ">Plastic layers", "Gradient's order", .. errors ? ErrorColumns : [],
            ">" + Loss(runs), ">± s.e.", "Mean over", .. expected ? (HtmlColumn[])[">Expected", ">± s.e.", "Source"] : []];
        return new HtmlTable(
            columns, [.. runs.GroupBy(r => r.Label, StringComparer.Ordinal).Select(g => Learner([.. g], errors, expected))])
        {
            Caption = "Learners: error after learning in life, in lifetimes that meta-training never saw.",
        };
    }

    /// <summary>A row for each pair of learners that were tested on the same lifetimes; no table where there is none.</summary>
    public static IEnumerable<HtmlBlock> PairedDifferences(ImmutableArray<ReportedRun> runs, DataContext data)
    {
        ImmutableArray<LearnerDifference> found = LearnerDifference.Of(ResultsOf(runs), data);
        return found.IsEmpty
            ? []
            : [new HtmlTable(
                [.. LearnerDifference.Headings.Select(h => (HtmlColumn)h)],
                [.. LearnerDifference.Rows(found).Select(r => (ImmutableArray<HtmlCell>)[.. r.Select(c => (HtmlCell)c)])])
                { Caption = LearnerDifference.Meaning }];
    }

    /// <summary>Results of the runs that have one, with their folders.</summary>
    public static IEnumerable<RunResult> ResultsOf(ImmutableArray<ReportedRun> runs) =>
        runs.Select(r => r.Result is { } result ? result with { Folder = r.Trained.Folder } : null).OfType<RunResult>();

    /// <summary>A row for each network.</summary>
    public static HtmlTable Networks(ImmutableArray<ReportedRun> runs) => Networks(runs, runs.Any(r => r.Recipe.IsClassification));

    private static HtmlTable Networks(ImmutableArray<ReportedRun> runs, bool errors) => new(
        ["Run", "Learner", ">Seed", "State", .. errors ? ErrorColumns : [], ">" + Loss(runs), ">± s.e.", ">Lifetimes", ">Outer steps",
            ">Lifetimes of meta-training", ">Its time"],
        [
            .. runs.Select(r => (ImmutableArray<HtmlCell>)
            [
                r.Name,
                r.Label,
                r.Recipe.Seed.ToString(CultureInfo.InvariantCulture),
                new HtmlCell(r.StateText, r.State == RunState.Finished ? HtmlTone.Plain : HtmlTone.Bad),
                .. errors ? (HtmlCell[])[r.Result?.Evaluation?.QueryErrorPercent is { } error ? Numbers.Short(error) : None,
                    Numbers.Error(r.Result?.Evaluation?.ErrorStandardErrorPercent)] : [],
                r.Result?.Evaluation is { } e ? Numbers.Short(e.QueryLoss) : None,
                Numbers.Error(r.Result?.Evaluation?.StandardError),
                r.Result?.Evaluation?.Lifetimes.ToString(CultureInfo.InvariantCulture) ?? None,
                r.Trained.OuterStepsDone.ToString("N0", CultureInfo.InvariantCulture),
                (r.Trained.OuterStepsDone * r.Recipe.MetaTraining.LifetimesPerOuterStep).ToString("N0", CultureInfo.InvariantCulture),
                Numbers.Duration(TimeSpan.FromSeconds(r.Trained.Mean.ElapsedSeconds)),
            ]),
        ])
    {
        Caption = "Networks: standard errors are over lifetimes.",
    };

    /// <summary>What the runs ran on: a column for each machine, version and number of threads.</summary>
    public static HtmlTable Environments(ImmutableArray<ReportedRun> runs)
    {
        var places = runs.GroupBy(r => r.Trained.Environment with { Recipe = "", Seed = 0, Created = default }).ToList();
        (string Name, Func<RunEnvironment, string> Value)[] rows =
        [
            ("Engram", e => e.Version),
            ("Commit", e => e.Commit ?? None),
            ("Processor", e => e.Processor),
            ("Logical processors", e => e.Processors.ToString(CultureInfo.InvariantCulture)),
            ("Vectors", e => $"{e.VectorBits.ToString(CultureInfo.InvariantCulture)} bits"),
            ("Threads", e => e.Threads.ToString(CultureInfo.InvariantCulture)),
            ("Operating system", e => e.OperatingSystem),
            ("Runtime", e => e.Runtime),
        ];
        return new HtmlTable(
            ["What", .. places.Select(p => (HtmlColumn)(places.Count == 1 ? "Value" : string.Join(", ", p.Select(r => r.Name))))],
            [
                .. rows.Select(row => (ImmutableArray<HtmlCell>)[row.Name, .. places.Select(p => (HtmlCell)row.Value(p.Key))]),
                ["Begun (UTC)", .. places.Select(p => (HtmlCell)Begun([.. p.Select(r => r.Trained.Environment.Created)]))],
            ])
        {
            Caption = "Environment.",
        };
    }

    /// <summary>What the learners' recipes differ in, a column for each; null where there is one learner.</summary>
    public static HtmlTable? Differences(ImmutableArray<ReportedRun> runs)
    {
        Recipe[] recipes = [.. runs.DistinctBy(r => r.Label, StringComparer.Ordinal).Select(r => r.Recipe)];
        if (recipes.Length < 2)
        {
            return null;
        }

        var values = recipes.Select(
            r => r.Values.All.Where(v => Analyses.IsOfTheLearner(v.Key)).ToDictionary(v => v.Key.Path, v => v.Text, StringComparer.Ordinal))
            .ToList();
        ImmutableArray<ImmutableArray<HtmlCell>> rows =
        [
            .. RecipeSchema.PathsIn([.. recipes.Select(r => r.Values)])
                .Select(path => (Path: path, Texts: values.Select(v => v.GetValueOrDefault(path, None)).ToArray()))
                .Where(row => row.Texts.Distinct(StringComparer.Ordinal).Count() > 1)
                .Select(
                    row =>
                    (ImmutableArray<HtmlCell>)[row.Path,
                    .. row.Texts.Select(t => new HtmlCell(t, t == None ? HtmlTone.Muted : HtmlTone.Plain))]),
        ];
        return new HtmlTable(["Key", .. runs.Select(r => r.Label).Distinct(StringComparer.Ordinal).Select(HtmlColumn.FromString)], rows)
        {
            Caption = "What the recipes differ in; all values are below.",
        };
    }

    /// <summary>The numbers behind a figure.</summary>
    public static HtmlTable Summary(ImmutableArray<SummaryRow> rows) => new(
        ["Learner", "Quantity", "Where", ">Value", ">± s.e."],
        [.. rows.Select(
            r => (ImmutableArray<HtmlCell>)[r.Learner, r.Quantity, r.Where, Numbers.Measured(r.Value), Numbers.Error(r.StandardError)])]);

    private static ImmutableArray<HtmlCell> Learner(ReportedRun[] networks, bool errors, bool expected)
    {
        (ReportedRun first, EvaluationSummary[] measured) =
            (networks[0], [.. networks.Select(n => n.Result?.Evaluation).OfType<EvaluationSummary>()]);
        string over = measured.Length switch
        {
            0 => "no network that has ended",
            1 => string.Create(CultureInfo.InvariantCulture, $"{measured[0].Lifetimes} lifetimes"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{measured.Length} networks"),
        };
        int diverged = networks.Count(n => n.State == RunState.Diverged);
        over += diverged > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {diverged} diverged") : "";
        ExpectedResult? goal = first.Recipe.Expected;
        return
        [
            first.Label,
            first.Ordering,
            first.Recipe.Network.PlasticLayers.ToString(CultureInfo.InvariantCulture),
            first.Order,
            .. errors ? Cells(
                [.. measured.Select(m => (m.QueryErrorPercent ?? double.NaN, m.ErrorStandardErrorPercent ?? double.NaN))],
                goal is { IsError: true } ? goal : null) : [],
            .. Cells([.. measured.Select(m => (m.QueryLoss, m.StandardError))], goal is { IsError: false } ? goal : null),
            over,
            .. expected
                ? (HtmlCell[])[Numbers.Short(goal?.Value) + (goal is { IsError: true } ? " %" : ""), Numbers.Error(goal?.StandardError),
                goal?.Source ?? None] : [],
        ];
    }

    /// <summary>Mean over networks and its standard error, or those of the only network, coloured by what is expected of it.</summary>
    private static HtmlCell[] Cells((double Value, double StandardError)[] networks, ExpectedResult? goal)
    {
        if (networks.Length == 0 || double.IsNaN(networks[0].Value))
        {
            return [None, None];
        }

        MeanAndError found = Statistics.MeanAndError([.. networks.Select(n => n.Value)]);
        HtmlTone tone = goal?.Tolerance is { } tolerance ? (Math.Abs(found.Mean - goal.Value) <= tolerance ? HtmlTone.Good : HtmlTone.Bad)
            : HtmlTone.Plain;
        return [new HtmlCell(Numbers.Short(found.Mean), tone),
            Numbers.Error(networks.Length == 1 ? networks[0].StandardError : found.StandardError)];
    }

    private static string Begun(DateTimeOffset[] times)
    {
        (string first, string last) = (Text(times.Min()), Text(times.Max()));
        return first == last ? first : $"{first} to {last}";

        static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }
}
