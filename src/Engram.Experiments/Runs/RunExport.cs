using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Experiments.Recipes;
using Engram.Figures.Files;
using Engram.Figures.Text;
using Engram.Numerics.Files;

namespace Engram.Experiments.Runs;

/// <summary>Runs as rows of a table for other programs: what each was, and what came of it; or every line of their metrics.</summary>
/// <remarks>
/// Numbers are the shortest text that reads back to the same double. CSV: fields that need it are quoted as in RFC 4180, lines end in \n, what is not known is empty.
/// Columns of query errors, in %, are there where one of the runs is classification. JSON: an array of objects under the same names; NaN and infinities are the strings "NaN", "Infinity" and "-Infinity".
/// </remarks>
public static class RunExport
{
    /// <summary>A row for each run.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="folders">The runs' folders.</param>
    /// <exception cref="Numerics.Text.EngramException">A run cannot be read.</exception>
    public static ImmutableArray<ImmutableArray<(string Column, object? Value)>> Runs(RunStore store, IEnumerable<string> folders)
    {
        var runs = folders.Select(f => (Folder: f, Recipe: RunDirectory.ReadRecipe(f))).ToList();
        bool errors = runs.Any(r => r.Recipe.IsClassification);
        return [.. runs.Select(r => Row(store, r.Folder, r.Recipe, errors))];
    }

    /// <summary>A row for each line of each run's metrics.</summary>
    /// <inheritdoc cref="Runs" path="/param"/>
    /// <inheritdoc cref="Runs" path="/exception"/>
    public static ImmutableArray<ImmutableArray<(string Column, object? Value)>> Metrics(RunStore store, IEnumerable<string> folders)
    {
        var lines = folders.SelectMany(f => MetricsLog.Read(f), (f, m) => (Folder: f, Metrics: m)).ToList();
        bool errors = lines.Any(l => l.Metrics.QueryErrorPercent is not null);
        return
        [
            .. lines.Select(l => (ImmutableArray<(string, object?)>)
            [
                ("run", store.NameOf(l.Folder)), ("outerStep", l.Metrics.OuterStep), ("lifetimes", l.Metrics.Lifetimes), ("queryLoss", l.Metrics.QueryLoss),
                ("runningQueryLoss", l.Metrics.RunningQueryLoss), ("gradientNorm", l.Metrics.GradientNorm), ("elapsedSeconds", l.Metrics.ElapsedSeconds),
                .. errors ? [("queryErrorPercent", l.Metrics.QueryErrorPercent), ("runningQueryErrorPercent", l.Metrics.RunningQueryErrorPercent)] : ((string, object?)[])[],
            ]),
        ];
    }

    /// <summary>Rows as CSV, with the columns of the first as the head.</summary>
    public static string Csv(IReadOnlyList<ImmutableArray<(string Column, object? Value)>> rows)
    {
        var text = new StringBuilder();
        if (rows.Count > 0)
        {
            text.AppendJoin(',', rows[0].Select(c => CsvText.Field(c.Column))).Append('\n');
        }

        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(c => CsvText.Field(Text(c.Value)))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Rows as a JSON array.</summary>
    public static string Json(IReadOnlyList<ImmutableArray<(string Column, object? Value)>> rows)
    {
        var array = new JsonArray([.. rows.Select(r => (JsonNode)new JsonObject(r.Select(c => KeyValuePair.Create(c.Column, Node(c.Value)))))]);
        return array.ToJsonString(RunEnvironment.Json) + "\n";
    }

    private static ImmutableArray<(string Column, object? Value)> Row(RunStore store, string folder, Recipe recipe, bool errors)
    {
        RunEnvironment environment = RunDirectory.ReadEnvironment(folder);
        RunSummary run = store.Summarize(folder);
        EvaluationSummary? evaluation = run.Result?.Evaluation;
        return
        [
            ("run", run.Name),
            ("state", RecipeSchema.Name(run.State)),
            ("recipe", environment.Recipe),
            ("name", recipe.Name),
            ("task", recipe.TaskName),
            ("ordering", recipe.Values.All.FirstOrDefault(v => v.Key.Path == "task.ordering")?.Text),
            ("learner", recipe.LearnerName),
            ("plasticLayers", recipe.Network.PlasticLayers),
            ("seed", recipe.Seed),
            ("outerStepsDone", run.LastMetrics?.OuterStep ?? 0),
            ("outerSteps", recipe.MetaTraining.OuterSteps),
            ("lifetimes", run.LastMetrics?.Lifetimes ?? 0),
            ("trainingSeconds", run.Result?.TrainingSeconds ?? run.LastMetrics?.ElapsedSeconds),
            ("runningQueryLoss", run.LastMetrics?.RunningQueryLoss),
            ("split", evaluation?.Split),
            ("evaluatedLifetimes", evaluation?.Lifetimes),
            ("queryLoss", evaluation?.QueryLoss),
            ("standardError", evaluation?.StandardError),
            ("expected", recipe.Expected?.Value),
            ("expectedSource", recipe.Expected?.Source),
            ("engram", environment.Version),
            ("commit", environment.Commit),
            ("vectorBits", environment.VectorBits),
            ("message", run.Result?.Message),
            .. errors
                ?
                [
                    ("runningQueryErrorPercent", run.LastMetrics?.RunningQueryErrorPercent),
                    ("queryErrorPercent", evaluation?.QueryErrorPercent),
                    ("errorStandardErrorPercent", evaluation?.ErrorStandardErrorPercent),
                    ("expectedMetric", recipe.Expected?.Metric),
                ]
                : ((string, object?)[])[],
        ];
    }

    private static string Text(object? value) => value switch
    {
        null => string.Empty,
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static JsonNode? Node(object? value) => value switch
    {
        null => null,
        double number => FigureJson.Number(number),
        _ => JsonForms.Node(value),
    };
}
