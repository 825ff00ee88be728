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
/// Numbers are the shortest text that reads back to the same double. CSV: fields that need it are quoted as in RFC 4180, lines end in \n,
/// what is not known is empty.
/// Columns of query errors, in %, are there where one of the runs is classification. JSON: an array of objects under the same names; NaN
/// and infinities are the strings "NaN", "Infinity" and "-Infinity".
/// </remarks>
public static class RunExport
{
    /// <summary>A row for each run, with a column for each setting that is not the same in all.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="folders">The runs' folders.</param>
    /// <exception cref="Numerics.Text.EngramException">A run cannot be read.</exception>
    public static ImmutableArray<ImmutableArray<(string Column, object? Value)>> Runs(RunStore store, IEnumerable<string> folders)
    {
        var runs = folders.Select(
            f => (Run: store.Summarize(f), Settings: RunSettings.Read(f), Environment: RunDirectory.ReadEnvironment(f))).ToList();
        bool errors = runs.Any(r => IsClassification(r.Run)), labels = runs.Any(r => !r.Run.Tags.IsEmpty || r.Run.Note is not null);
        ImmutableArray<string> differing = RunSettings.Differing([.. runs.Select(r => r.Settings)]);
        return [.. runs.Select(r => Row(r.Run, r.Settings, r.Environment, errors, labels).AddRange(Columns(r.Settings, differing)))];
    }

    /// <summary>A row for each line of each run's metrics, with a column for each setting that is not the same in all.</summary>
    /// <inheritdoc cref="Runs" path="/param"/>
    /// <inheritdoc cref="Runs" path="/exception"/>
    public static ImmutableArray<ImmutableArray<(string Column, object? Value)>> Metrics(RunStore store, IEnumerable<string> folders)
    {
        var runs = folders.Select(f => (Folder: f, Settings: RunSettings.Read(f))).ToList();
        ImmutableArray<string> differing = RunSettings.Differing([.. runs.Select(r => r.Settings)]);
        var lines = runs.SelectMany(r => MetricsLog.Read(r.Folder), (r, m) => (r.Folder, r.Settings, Metrics: m)).ToList();
        bool errors = lines.Any(l => l.Metrics.QueryErrorPercent is not null);
        return
        [
            .. lines.Select(l => (ImmutableArray<(string, object?)>)
            [
                ("run", store.NameOf(l.Folder)), ("outerStep", l.Metrics.OuterStep), ("lifetimes", l.Metrics.Lifetimes),
                    ("queryLoss", l.Metrics.QueryLoss),
                ("runningQueryLoss", l.Metrics.RunningQueryLoss), ("gradientNorm", l.Metrics.GradientNorm),
                    ("elapsedSeconds", l.Metrics.ElapsedSeconds),
                .. errors ? [("queryErrorPercent", l.Metrics.QueryErrorPercent),
                    ("runningQueryErrorPercent", l.Metrics.RunningQueryErrorPercent)] : ((string, object?)[])[],
                .. Columns(l.Settings, differing),
            ]),
        ];
    }

    /// <summary>Writes rows to a file, in the form that its ending names: <c>.parquet</c>, <c>.json</c>, or CSV.</summary>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="rows">The rows, of the same columns.</param>
    /// <exception cref="Numerics.Text.EngramException">It cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ImmutableArray<(string Column, object? Value)>> rows)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".parquet":
                WriteParquet(path, rows);
                break;
            case ".json":
                AtomicFile.WriteText(path, Json(rows));
                break;
            default:
                AtomicFile.WriteText(path, Csv(rows));
                break;
        }
    }

    /// <summary>Writes rows as a Parquet file: whole numbers, numbers and truths as such, all else as text, what is not known as
    /// null.</summary>
    /// <inheritdoc cref="Write" path="/param"/>
    /// <inheritdoc cref="Write" path="/exception"/>
    public static void WriteParquet(string path, IReadOnlyList<ImmutableArray<(string Column, object? Value)>> rows) => ParquetFile.Write(
        path,
        rows.Count == 0 ? [] : [.. rows[0].Select((c, i) => ParquetColumn.Of(c.Column, [.. rows.Select(r => r[i].Value)]))],
        $"engram version {RunEnvironment.InformationalVersion}");

    /// <summary>What the columns of rows mean: the data dictionary, a row for each column.</summary>
    /// <param name="rows">Rows of any table that Engram exports.</param>
    public static ImmutableArray<ImmutableArray<(string Column, object? Value)>> Describe(
        IReadOnlyList<ImmutableArray<(string Column, object? Value)>> rows) =>
    [
        .. (rows.Count == 0 ? [] : rows[0].Select((c, i) => (c.Column, ParquetColumn.Of(c.Column, [.. rows.Select(r => r[i].Value)]).Kind)))
            .Select(c =>
        {
            ExportColumn meaning = ExportColumn.Of(c.Column);
            return (ImmutableArray<(string, object?)>)
                [("column", c.Column), ("type", RecipeSchema.Name(c.Kind)), ("unit", meaning.Unit), ("meaning", meaning.Meaning)];
        }),
    ];

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
        var array =
            new JsonArray([.. rows.Select(r => (JsonNode)new JsonObject(r.Select(c => KeyValuePair.Create(c.Column, Node(c.Value)))))]);
        return array.ToJsonString(RunEnvironment.Json) + "\n";
    }

    // What a setting's text says; in a column of its own, so that other programs need not take it apart.
    private static IEnumerable<(string Column, object? Value)> Columns(ImmutableArray<RunSetting> settings, ImmutableArray<string> keys)
    {
        var texts = settings.ToDictionary(s => s.Key, s => s.Text, StringComparer.Ordinal);
        return keys.Select(k => (k, texts.TryGetValue(k, out string? text) ? ValueOf(text) : null));
    }

    private static object? ValueOf(string text) => text switch
    {
        "none" => null,
        "true" or "false" => text == "true",
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => text,
    };

    private static bool IsClassification(RunSummary run) =>
        run.Result is { IsClassification: true } || run.LastMetrics?.QueryErrorPercent is not null;

    // From the recipe's text: a run of a program of one's own has it too.
    private static ImmutableArray<(string Column, object? Value)> Row(
        RunSummary run, ImmutableArray<RunSetting> settings, RunEnvironment environment, bool errors, bool labels)
    {
        EvaluationSummary? evaluation = run.Result?.Evaluation;
        object? Setting(string key) => settings.ValueOf(key) is { } text ? ValueOf(text) : null;
        return
        [
            ("run", run.Name),
            ("state", RecipeSchema.Name(run.State)),
            ("recipe", environment.Recipe),
            ("name", settings.ValueOf("name")),
            ("task", Setting("task.family")),
            ("ordering", Setting("task.ordering")),
            ("learner", Setting("learner.name")),
            ("plasticLayers", Setting("network.plastic-layers")),
            ("seed", environment.Seed),
            ("outerStepsDone", run.LastMetrics?.OuterStep ?? 0),
            ("outerSteps", run.OuterSteps),
            ("lifetimes", run.LastMetrics?.Lifetimes ?? 0),
            ("trainingSeconds", run.Result?.TrainingSeconds ?? run.LastMetrics?.ElapsedSeconds),
            ("runningQueryLoss", run.LastMetrics?.RunningQueryLoss),
            ("split", evaluation?.Split),
            ("evaluatedLifetimes", evaluation?.Lifetimes),
            ("queryLoss", evaluation?.QueryLoss),
            ("standardError", evaluation?.StandardError),
            ("expected", Setting("expected.value")),
            ("expectedSource", Setting("expected.source")),
            ("engram", environment.Version),
            ("commit", environment.Commit),
            ("vectorBits", environment.VectorBits),
            ("message", run.Result?.Message),
            .. labels ? [("tags", string.Join(' ', run.Tags)), ("note", run.Note)] : ((string, object?)[])[],
            .. errors
                ?
                [
                    ("runningQueryErrorPercent", run.LastMetrics?.RunningQueryErrorPercent),
                    ("queryErrorPercent", evaluation?.QueryErrorPercent),
                    ("errorStandardErrorPercent", evaluation?.ErrorStandardErrorPercent),
                    ("expectedMetric", Setting("expected.metric")),
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
