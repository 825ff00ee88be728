using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reports;
using Engram.Experiments.Reproduction;
using Engram.Experiments.Runs;
using Engram.Experiments.Styling;
using Engram.Figures;
using Engram.Figures.Files;
using Engram.Figures.Summaries;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Sequences;

/// <summary>Writes what came of classes in sequence: <c>report.html</c>, <c>.md</c>, <c>.csv</c>, <c>.json</c>, and the curve as SVG and
/// CSV.</summary>
public static class SequenceReport
{
    /// <summary>Name of the figure.</summary>
    public const string CurveName = "classes";

    /// <summary>Headings of the table of methods; <c>&gt;</c> aligns to the right.</summary>
    public static ImmutableArray<string> Headings(SequenceResult result) =>
    [
        "Method", ">Networks", .. result.Protocol.Classes.Select(n => string.Create(CultureInfo.InvariantCulture, $">{n}")),
        ">± s.e.", ">i.i.d. order", ">Factor", ">Class means on its features", ">Parameters", ">Plastic", ">Lifetimes each",
    ];

    /// <summary>Headings of what others published.</summary>
    public static ImmutableArray<string> PublishedHeadings { get; } = ["Published", ">600 classes, %", "Source"];

    /// <summary>Writes the files, each whole or not at all.</summary>
    /// <param name="folder">The reproduction's folder.</param>
    /// <param name="result">The result.</param>
    /// <param name="command">The command that repeats it.</param>
    /// <exception cref="EngramException">A file cannot be written.</exception>
    public static ReproductionFiles Write(string folder, SequenceResult result, string command)
    {
        Figure curve = Curve(result);
        var files = new ReproductionFiles(
            Path.Combine(folder, "report.html"), Path.Combine(folder, "report.md"), Path.Combine(folder, "report.csv"),
            Path.Combine(folder, "report.json"), [FigureWriter.Write(folder, CurveName, curve)]);
        AtomicFile.WriteText(files.Csv, Csv(result));
        AtomicFile.WriteText(files.Json, Json(result, command).ToJsonString(RunEnvironment.Json) + "\n");
        AtomicFile.WriteText(files.Markdown, Markdown(result, command));
        Page(result, curve, command).Write(files.Html);
        return files;
    }

    /// <summary>The methods, then the controls, as rows of text.</summary>
    public static IEnumerable<ImmutableArray<string>> Rows(SequenceResult result) =>
        Methods(result).Select(m => (ImmutableArray<string>)
        [
            m.Label,
            m.Networks.Length.ToString(CultureInfo.InvariantCulture) + (m.Diverged > 0 ? $" ({m.Diverged} diverged)" : string.Empty),
            .. result.Protocol.Classes.Select(n => Percent(Mean(m, n, Ordering.Continual))),
            Numbers.Error(Mean(m, result.Protocol.Classes[^1], Ordering.Continual)?.StandardError),
            Percent(Mean(m, result.Protocol.Classes[^1], Ordering.Iid)),
            m.Factors.IsEmpty ? "–" : string.Join(", ", m.Factors.Select(f => Numbers.Short(f))),
            Percent(m.OfMeans),
            m.Parameters,
            m.Plastic,
            m.Lifetimes > 0 ? m.Lifetimes.ToString("N0", CultureInfo.InvariantCulture) : "–",
        ]);

    /// <summary>What was published, as rows of text.</summary>
    public static IEnumerable<ImmutableArray<string>> PublishedRows() =>
        PublishedSequences.All.Select(p => (ImmutableArray<string>)[p.Method, p.Percent, p.Source]);

    /// <summary>How the numbers are to be read, in sentences.</summary>
    public static ImmutableArray<string> Notes(SequenceResult result)
    {
        SequenceProtocol p = result.Protocol;
        string diverged = string.Join(", ", Methods(result).Select(m => (m.Label, Lives: m.Networks.Sum(n => n.Sum(x => x.Diverged))))
            .Where(m => m.Lives > 0).Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Label} {m.Lives}")));
        return
        [
            string.Create(CultureInfo.InvariantCulture,
                $"Right answers in percent. Each number is the mean over networks of means over {p.Orders} orders. Each order draws " +
                $"classes, the {p.Shots} drawings of each that are learnt once, one at a time, and the {p.Queries} that are asked about."),
            "± s.e. is of the last column of classes, over networks; of one network, over orders, and then it says nothing of other " +
                "networks.",
            "i.i.d. order: the same drawings in random order, the oracle.",
            string.Create(CultureInfo.InvariantCulture,
                $"Factor: what all plasticity is multiplied by, the one number that is chosen: of {string.Join(", ", p.Factors)} the " +
                $"best on {p.ValidationClasses} classes of meta-validation. No image of a test class chooses anything."),
            "Class means: the nearest mean of what was learnt of each class. The two controls do nothing else. On random features: " +
                "of networks before meta-training.",
            "The answer is the largest of as many outputs as there are classes. Parameters are all that is meta-learned; plastic are " +
                "weights and biases that change in life at the most classes.",
            .. diverged.Length > 0 ? [$"Lives that diverged and are left out: {diverged}."] : Array.Empty<string>(),
        ];
    }

    /// <summary>What is done otherwise in what was published, in sentences.</summary>
    public static ImmutableArray<string> Differences() =>
    [
        .. PublishedSequences.All.GroupBy(p => p.Differs, StringComparer.Ordinal)
            .Select(g => $"{string.Join("; ", g.Select(p => p.Method))}: {g.Key}."),
    ];

    /// <summary>One sentence on what the numbers of a scale mean.</summary>
    public static string MeaningOf(ReproductionPlan plan) => plan.Scale switch
    {
        ReproductionScale.Smoke => "A smoke run: it shows that everything runs; its numbers mean nothing.",
        ReproductionScale.Paper => "The published problem: images of 84×84.",
        _ => "A smaller problem than the published one: images of 28×28 and a smaller network.",
    };

    private sealed record Method(
        string Id, string Label, ImmutableArray<ImmutableArray<SequencePoint>> Networks, int Diverged, ImmutableArray<double> Factors,
        MeanAndError? OfMeans, string Parameters, string Plastic, long Lifetimes);

    private static IEnumerable<Method> Methods(SequenceResult result)
    {
        int most = result.Protocol.Classes[^1];
        foreach (SequenceCell cell in result.Cells.Where(c => c.Id != SequenceReproduction.PretrainedRow))
        {
            yield return new Method(
                cell.Id, cell.Label, [.. cell.Networks.Select(n => n.Points)], cell.Diverged, [.. cell.Networks.Select(n => n.Factor)],
                MeanOf([.. cell.Networks.Select(n => n.Means)], most, Ordering.Continual),
                    Count(cell.Networks.FirstOrDefault()?.Parameters),
                Count(cell.Networks.FirstOrDefault()?.Plastic), cell.Lifetimes);
        }

        foreach (SequenceCell cell in result.Cells.Where(c => c.Id == SequenceReproduction.PretrainedRow))
        {
            yield return new Method(
                "class-means-pretrained", "Control: class means, pretrained features", [.. cell.Networks.Select(n => n.Means)],
                    cell.Diverged,
                [], null, Count(cell.Networks.FirstOrDefault()?.Parameters), "0", cell.Lifetimes);
            yield return new Method(
                "class-means-random", "Control: class means, random features", [.. cell.Networks.Select(n => n.RandomMeans)], 0, [], null,
                Count(cell.Networks.FirstOrDefault()?.Parameters), "0", 0);
        }
    }

    private static MeanAndError? Mean(Method method, int classes, Ordering ordering) => MeanOf(method.Networks, classes, ordering);

    // Means over networks; of one network, over its lives.
    private static MeanAndError? MeanOf(ImmutableArray<ImmutableArray<SequencePoint>> networks, int classes, Ordering ordering)
    {
        SequencePoint[] points = [.. networks.Select(n => n.FirstOrDefault(p => p.Classes == classes && p.Ordering == ordering))
            .OfType<SequencePoint>().Where(p => !p.Percents.IsEmpty)];
        return points.Length switch
        {
            0 => null,
            1 => Statistics.MeanAndError(points[0].Percents.AsSpan()) with { Count = 1 },
            _ => Statistics.MeanAndError([.. points.Select(p => p.Percents.Average())]),
        };
    }

    private static string Percent(MeanAndError? mean) =>
        mean is { } found ? found.Mean.ToString("0.0", CultureInfo.InvariantCulture) : "–";

    private static string Count(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "–";

    private static Figure Curve(SequenceResult result)
    {
        Method[] methods = [.. Methods(result).Where(m => !m.Networks.IsEmpty)];
        int[] styles = MethodStyles.For([.. methods.Select(m => IdentityOf(result, m))]);
        return new Figure
        {
            Title = "Right answers after learning class after class",
            Description = "One line for each method, against the number of classes.",
            Size = FigureSize.PaperPage,
            Legend = LegendPlacement.Beside,
            Panels =
            [
                new Panel(
                    new Axis("Classes learnt in sequence") { Minimum = 0 },
                    new Axis("Right answers", "%") { Minimum = 0, Maximum = 100 },
                    [.. methods.Zip(styles, (m, style) => Line(result, m, style))]),
            ],
        };
    }

    private static Series Line(SequenceResult result, Method method, int style)
    {
        var points = result.Protocol.Classes.Select(n => (Classes: n, Mean: Mean(method, n, Ordering.Continual)))
            .Where(p => p.Mean is not null).Select(p => (p.Classes, Mean: p.Mean!.Value)).ToList();
        return new LineSeries(method.Label, [.. points.Select(p => (double)p.Classes)], [.. points.Select(p => p.Mean.Mean)])
        {
            Style = style,
            Markers = true,
            Low = [.. points.Select(p => p.Mean.Mean - Spread(p.Mean))],
            High = [.. points.Select(p => p.Mean.Mean + Spread(p.Mean))],
        };
    }

    private static double Spread(MeanAndError mean) => double.IsFinite(mean.StandardError) ? mean.StandardError : 0;

    private static string? IdentityOf(SequenceResult result, Method method) =>
        result.Cells.FirstOrDefault(c => c.Id == method.Id) is { } cell
            ? LearnerLooks.Identity(cell.Recipe.Learner, cell.Recipe.Network.PlasticLayers) : method.Id;

    private static string Csv(SequenceResult result)
    {
        var text = new StringBuilder("method,network,classes,order,life,percent\n");
        foreach (Method method in Methods(result))
        {
            foreach ((int network, ImmutableArray<SequencePoint> points) in method.Networks.Index())
            {
                foreach (SequencePoint point in points)
                {
                    foreach ((int life, double percent) in point.Percents.Index())
                    {
                        text.Append(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{CsvText.Field(method.Id)},{network + 1},{point.Classes},{RecipeSchema.Name(point.Ordering)},{life + 1}," +
                            $"{percent:R}\n"));
                    }
                }
            }
        }

        return text.ToString();
    }

    private static string Markdown(SequenceResult result, string command)
    {
        var text = new StringBuilder(
            $"# {result.Plan.Table.Title}\n\n{MeaningOf(result.Plan)}\n\n`{command}`, Engram {RunEnvironment.InformationalVersion}.\n\n");
        MarkdownTable.Append(text, Headings(result), Rows(result));
        text.AppendJoin("\n", Notes(result).Select(n => "- " + n)).Append("\n\n## Published\n\n");
        MarkdownTable.Append(text, PublishedHeadings, PublishedRows());
        text.AppendJoin("\n", Differences().Select(n => "- " + n)).Append('\n');
        return text.ToString();
    }

    private static HtmlPage Page(SequenceResult result, Figure curve, string command) => new()
    {
        Title = $"600 classes in sequence: scale {RecipeSchema.Name(result.Plan.Scale)}",
        Lead = $"{MeaningOf(result.Plan)} Sources of the published numbers: {result.Plan.Table.Source}.",
        Sections =
        [
            new HtmlSection(
                "Right answers",
                [
                    Html(Headings(result), Rows(result), "Right answers in percent by the number of classes learnt, class after class."),
                    HtmlFigure.Of(curve, CurveName),
                    new HtmlList([.. Notes(result)]),
                ]),
            new HtmlSection(
                "Published",
                [
                    Html(PublishedHeadings, PublishedRows(), "After 600 classes of Omniglot, class after class."),
                    new HtmlList(Differences()),
                ]),
            new HtmlSection(
                "How it was made",
                [
                    new HtmlCode(command),
                    Html(
                        ["Method", "Recipe", ">Networks", ">Meta-training, s"],
                        result.Cells.Select(c => (ImmutableArray<string>)
                        [
                            c.Label, c.Recipe.Name, c.Networks.Length.ToString(CultureInfo.InvariantCulture),
                            c.TrainingSeconds.ToString("N0", CultureInfo.InvariantCulture),
                        ]), "Seconds are of all networks together."),
                    new HtmlList(
                        [result.Protocol.Text, .. result.Plan.WithoutRecipe.Select(r => $"No recipe for the cell {r}; it is left out.")]),
                ]),
        ],
    };

    private static HtmlTable Html(ImmutableArray<string> headings, IEnumerable<ImmutableArray<string>> rows, string caption) => new(
        [.. headings.Select(h => (HtmlColumn)h)],
        [.. rows.Select(r => (ImmutableArray<HtmlCell>)[.. r.Select(c => (HtmlCell)c)])])
    {
        Caption = caption,
    };

    private static JsonObject Json(SequenceResult result, string command) => new()
    {
        ["table"] = result.Plan.Table.Name,
        ["title"] = result.Plan.Table.Title,
        ["scale"] = RecipeSchema.Name(result.Plan.Scale),
        ["recipes"] = result.Plan.RecipeFolder,
        ["command"] = command,
        ["engram"] = RunEnvironment.InformationalVersion,
        ["protocol"] = result.Protocol.Text,
        ["methods"] = new JsonArray([.. Methods(result).Select(m => (JsonNode)new JsonObject
        {
            ["method"] = m.Id,
            ["label"] = m.Label,
            ["networks"] = m.Networks.Length,
            ["diverged"] = m.Diverged,
            ["lifetimesPerNetwork"] = m.Lifetimes,
            ["factors"] = new JsonArray([.. m.Factors.Select(f => (JsonNode)f)]),
            ["points"] = new JsonArray([.. m.Networks.SelectMany((points, network) => points.Select(p => (JsonNode)new JsonObject
            {
                ["network"] = network + 1,
                ["classes"] = p.Classes,
                ["order"] = RecipeSchema.Name(p.Ordering),
                ["diverged"] = p.Diverged,
                ["percents"] = new JsonArray([.. p.Percents.Select(v => (JsonNode)v)]),
            }))]),
        })]),
        ["published"] = new JsonArray([.. PublishedSequences.All.Select(p => (JsonNode)new JsonObject
        {
            ["method"] = p.Method,
            ["percent"] = p.Percent,
            ["source"] = p.Source,
            ["differs"] = p.Differs,
        })]),
    };
}
