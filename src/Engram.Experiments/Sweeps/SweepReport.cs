using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Figures;
using Engram.Figures.Files;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Sweeps;

/// <summary>The files of a sweep's result.</summary>
/// <param name="Csv">A row for each trial.</param>
/// <param name="Json">The same with the best settings.</param>
/// <param name="Figure">Validation loss against each key that was varied.</param>
/// <param name="Runs">A row for each network of each trial.</param>
public sealed record SweepFiles(string Csv, string Json, FigureFiles Figure, string Runs);

/// <summary>Writes what came of a sweep.</summary>
public static class SweepReport
{
    private const string Name = "sweep-results";
    private const double MapWidth = 120;

    /// <summary>Writes <c>sweep-results.csv</c>, <c>.json</c>, <c>sweep-runs.csv</c> and <c>sweep-figure.svg</c> with its numbers, each
    /// whole or not at all.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="spec">The sweep.</param>
    /// <param name="outcomes">The outcomes, the best first.</param>
    /// <exception cref="EngramException">A file cannot be written.</exception>
    public static SweepFiles Write(string folder, SweepSpec spec, ImmutableArray<SweepOutcome> outcomes)
    {
        string csv = Path.Combine(folder, Name + ".csv"), json = Path.Combine(folder, Name + ".json");
        string runs = Path.Combine(folder, "sweep-runs.csv");
        AtomicFile.WriteText(csv, Csv(spec, outcomes));
        AtomicFile.WriteText(runs, RunExport.Csv(Runs(folder, outcomes)));
        AtomicFile.WriteText(json, Json(folder, spec, outcomes).ToJsonString(RunEnvironment.Json) + "\n");
        return new SweepFiles(csv, json, FigureWriter.Write(folder, "sweep-figure", Draw(spec, outcomes)), runs);
    }

    /// <summary>A row for each network: its trial, its seed, what is varied, and what came of it on both splits.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="outcomes">The outcomes, in the order of the rows.</param>
    /// <exception cref="EngramException">A run cannot be read.</exception>
    public static ImmutableArray<ImmutableArray<(string Column, object? Value)>> Runs(string folder, ImmutableArray<SweepOutcome> outcomes)
    {
        bool errors = outcomes.Any(o => o.ValidationErrorPercent is not null);
        return [.. outcomes.SelectMany(o => o.Trial.Runs, (o, run) => Row(o, run))];

        ImmutableArray<(string, object?)> Row(SweepOutcome outcome, string run)
        {
            string own = Path.Combine(folder, run);
            Validation? validation = ValidationLog.Read(own).FirstOrDefault(v => v.OuterStep == outcome.OuterSteps);
            EvaluationSummary? test = RunDirectory.ReadResult(own, out _)?.Evaluation;
            return
            [
                ("trial", outcome.Trial.Name), ("run", run), ("seed", RunDirectory.ReadEnvironment(own).Seed),
                    ("outerSteps", outcome.OuterSteps), ("finished", outcome.Finished),
                ("validationLoss", validation?.QueryLoss), ("validationStandardError", validation?.StandardError),
                    ("testLoss", test?.QueryLoss), ("testStandardError", test?.StandardError),
                .. errors ? [("validationErrorPercent", validation?.QueryErrorPercent), ("testErrorPercent", test?.QueryErrorPercent)]
                    : ((string, object?)[])[],
                .. outcome.Trial.Settings.Select(s => s.Split('=', 2)).Select(p => (p[0], (object?)p[1])),
            ];
        }
    }

    /// <summary>The outcomes as JSON: the best settings, and a row for each trial.</summary>
    public static JsonObject Json(ImmutableArray<SweepOutcome> outcomes) => new()
    {
        ["best"] = outcomes[0].Finished ? new JsonArray([.. outcomes[0].Trial.Settings.Select(s => (JsonNode)s)]) : null,
        ["trials"] = new JsonArray([.. outcomes.Select(o => (JsonNode)Trial(o))]),
    };

    /// <summary>The same with what it cost and what is at an edge, as the file has it.</summary>
    /// <param name="folder">The sweep's folder.</param>
    /// <param name="spec">The sweep.</param>
    /// <param name="outcomes">The outcomes, the best first.</param>
    public static JsonObject Json(string folder, SweepSpec spec, ImmutableArray<SweepOutcome> outcomes)
    {
        JsonObject json = Json(outcomes);
        json["cost"] = SweepsJson.Node(SweepCost.Of(folder, spec, outcomes));
        json["bestLessNext"] = BestLessNext(outcomes) is { } difference ? SweepsJson.Node(difference) : null;
        return json;
    }

    /// <summary>Validation loss of the best setting less that of the next that came to the end, over networks of the same seeds; null where
    /// there are fewer than two, or no next.</summary>
    public static PairedDifference? BestLessNext(ImmutableArray<SweepOutcome> outcomes) =>
        outcomes.Where(o => o.Finished).Take(2).ToArray() is [var best, var next]
            ? PairedDifference.OverSeeds(Networks(best), Networks(next)) : null;

    private static IEnumerable<(ulong Seed, double Loss)> Networks(SweepOutcome outcome) =>
        outcome.ValidationOfNetworks.Select((loss, i) => ((ulong)i + 1, loss));

    private static JsonObject Trial(SweepOutcome o)
    {
        var trial = new JsonObject
        {
            ["trial"] = o.Trial.Name,
            ["settings"] =
                new JsonObject(o.Trial.Settings.Select(s => s.Split('=', 2)).Select(p => KeyValuePair.Create(p[0], (JsonNode?)p[1]))),
            ["outerSteps"] = o.OuterSteps,
            ["finished"] = o.Finished,
            ["networks"] = o.Validation.Count,
            ["diverged"] = o.Diverged,
            ["validationLoss"] = FigureJson.Number(o.Validation.Mean),
            ["validationStandardError"] = FigureJson.Number(o.Validation.StandardError),
            ["testLoss"] = o.Test is { } test ? FigureJson.Number(test.Mean) : null,
            ["testStandardError"] = o.Test is { } error ? FigureJson.Number(error.StandardError) : null,
        };
        foreach ((string name, double? value) in Errors(o).Where(e => e.Value is not null))
        {
            trial[name] = FigureJson.Number(value!.Value);
        }

        return trial;
    }

    /// <summary>Columns that only classification has.</summary>
    private static (string Column, double? Value)[] Errors(SweepOutcome o) =>
    [
        ("validationErrorPercent", o.ValidationErrorPercent?.Mean),
        ("validationErrorStandardErrorPercent", o.ValidationErrorPercent?.StandardError),
        ("testErrorPercent", o.TestErrorPercent?.Mean),
        ("testErrorStandardErrorPercent", o.TestErrorPercent?.StandardError),
    ];

    private static string Csv(SweepSpec spec, ImmutableArray<SweepOutcome> outcomes)
    {
        var text = new StringBuilder(
            "rank,trial,outerSteps,finished,networks,diverged,validationLoss,validationStandardError,testLoss,testStandardError");
        bool errors = outcomes.Any(o => o.ValidationErrorPercent is not null);
        text.Append(string.Concat(spec.Vary.Select(a => "," + CsvText.Field(a.Key))))
            .AppendJoin("", errors ? Errors(outcomes[0]).Select(e => "," + e.Column) : []).Append('\n');
        for (int i = 0; i < outcomes.Length; i++)
        {
            SweepOutcome o = outcomes[i];
            text.Append(
                string.Create(
                CultureInfo.InvariantCulture,
                $"{i + 1},{CsvText.Field(o.Trial.Name)},{o.OuterSteps},{(o.Finished ? "true" : "false")},{o.Validation.Count}," +
                    $"{o.Diverged},{o.Validation.Mean:R},{o.Validation.StandardError:R},{o.Test?.Mean:R},{o.Test?.StandardError:R}"));
            foreach (string setting in o.Trial.Settings)
            {
                text.Append(',').Append(CsvText.Field(setting.Split('=', 2)[1]));
            }

            text.AppendJoin("", errors ? Errors(o).Select(e => "," + e.Value?.ToString("R", CultureInfo.InvariantCulture)) : [])
                .Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What came of a sweep: a grid of two keys as a map, others by each key; keys whose best value is at an end of what was tried
    /// are named below.</summary>
    internal static Figure Draw(SweepSpec spec, ImmutableArray<SweepOutcome> outcomes)
    {
        bool map = spec is { Search: SweepSearch.Grid, Vary.Length: 2 };
        return new Figure
        {
            Title = "Validation loss of every setting",
            Description = map
                ? "Each cell is a setting at the outer step where it was given up, or at the end of meta-training; hatched where it " +
                    "diverged."
                : "Each mark is a setting at the outer step where it was given up, or at the end of meta-training; error bars: one " +
                    "standard error over networks or, of one network, over lifetimes. Settings that diverged are left out.",
            TitleShown = true,
            Size = map ? FigureSize.PaperColumn with { WidthMillimetres = MapWidth } : FigureSize.PaperPage,
            Columns = map ? 1 : Math.Min(2, spec.Vary.Length),
            SharedY = !map,
            Panels = map ? [Map(spec.Vary[0], spec.Vary[1], outcomes)] : [.. spec.Vary.Select((axis, i) => Panel(axis, i, outcomes))],
            Notes = outcomes[0].Finished ? [.. SweepCost.EdgesOf(spec, outcomes[0].Trial.Settings).Select(e => $"At the edge: {e}")] : [],
        };
    }

    // Values as they were written, numbers rising: a grid has few, at any distances.
    private static Panel Map(SweepAxis across, SweepAxis up, ImmutableArray<SweepOutcome> outcomes)
    {
        string[] columns = ValuesOf(0), rows = ValuesOf(1);
        double[] values = [.. rows.SelectMany(
            r =>
            columns.Select(c => outcomes.FirstOrDefault(o => ValueOf(o, 0) == c && ValueOf(o, 1) == r)?.Validation.Mean ?? double.NaN))];
        return new Panel(
            new Axis(across.Key) { Categories = [.. columns] },
            new Axis(up.Key) { Categories = [.. rows] },
            [new HeatMap("Query loss, meta-validation", [.. values], columns.Length)
                { ColorAxis = new Axis("Query loss, meta-validation") { Scale = AxisScale.Logarithmic }, ValuesShown = true }])
        {
            WhenEmpty = "Every setting diverged.",
        };

        string[] ValuesOf(int position) => [.. outcomes.Select(o => ValueOf(o, position)).Distinct(StringComparer.Ordinal)
            .OrderBy(v => double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
                : double.PositiveInfinity).ThenBy(v => v, StringComparer.Ordinal)];
    }

    private static string ValueOf(SweepOutcome outcome, int position) => outcome.Trial.Settings[position].Split('=', 2)[1];

    private static Panel Panel(SweepAxis axis, int position, ImmutableArray<SweepOutcome> outcomes)
    {
        string[] categories = axis.Values.IsEmpty ? [] : [.. axis.Values.Distinct(StringComparer.Ordinal)];
        SweepOutcome[] drawn = [.. outcomes.Where(o => double.IsFinite(o.Validation.Mean))];
        return new Panel(
            new Axis(axis.Key) { Scale = axis.IsLogarithmic ? AxisScale.Logarithmic : AxisScale.Linear, Categories = [.. categories] },
            new Axis("Query loss, meta-validation") { Scale = AxisScale.Logarithmic },
            [
                Marks("to the end", drawn.Where(o => o.Finished)),
                Marks("given up", drawn.Where(o => !o.Finished)),
            ]);

        LineSeries Marks(string name, IEnumerable<SweepOutcome> some)
        {
            SweepOutcome[] all = [.. some];
            double[] errors = [.. all.Select(o => double.IsFinite(o.Validation.StandardError) ? o.Validation.StandardError : 0)];
            return new LineSeries(name, [.. all.Select(o => X(ValueOf(o, position)))], [.. all.Select(o => o.Validation.Mean)])
            {
                Joined = false,
                Markers = true,
                ErrorBars = true,
                Low = [.. all.Select((o, i) => o.Validation.Mean - errors[i])],
                High = [.. all.Select((o, i) => o.Validation.Mean + errors[i])],
            };
        }

        double X(string value) =>
            categories.Length > 0 ? Array.IndexOf(categories, value) : double.Parse(value, CultureInfo.InvariantCulture);
    }
}
