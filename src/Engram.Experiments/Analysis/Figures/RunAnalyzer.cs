using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Figures.Files;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>How to analyze runs.</summary>
public sealed record AnalysisOptions
{
    /// <summary>Lifetimes of each run.</summary>
    public int Lifetimes { get; init; } = 50;

    /// <summary>Size of figures.</summary>
    public FigureSize Size { get; init; } = FigureSize.PaperPage;

    /// <summary>Whether lines carry the numbers of single lifetimes.</summary>
    public bool Each { get; init; }

    /// <summary>Threads, who is told, and what ends it.</summary>
    public TrainingOptions Work { get; init; } = new();
}

/// <summary>A figure that has been drawn of runs.</summary>
/// <param name="Name">Its name in the registry.</param>
/// <param name="Drawn">The figure.</param>
/// <param name="Learners">What it shows.</param>
/// <param name="Lifetimes">Lifetimes of each run.</param>
public sealed record DrawnFigure(string Name, RunFigure Drawn, ImmutableArray<LearnerAnalysis> Learners, int Lifetimes)
{
    /// <summary>The command that draws it again.</summary>
    public string Command =>
        $"engram analyze {string.Join(' ', Learners.SelectMany(l => l.Runs).Select(r => ShellText.Quote(r.Name)))} --figure {Name} " +
        $"--lifetimes {Lifetimes}{SizeOption}";

    private string SizeOption =>
        Drawn.Figure.Size == new AnalysisOptions().Size ? string.Empty
        : string.Concat(FigureSize.Named.Where(n => n.Value == Drawn.Figure.Size).Select(n => $" --size {n.Key}"));
}

/// <summary>The three files of a figure of runs.</summary>
/// <param name="Svg">Path of the picture.</param>
/// <param name="Csv">Path of its numbers as a table.</param>
/// <param name="Json">Path of its numbers with what they mean, their summary, and how to draw it again.</param>
public sealed record RunFigureFiles(string Svg, string Csv, string Json);

/// <summary>Draws figures of runs: lives each run's lifetimes once, whatever the number of figures.</summary>
public static class RunAnalyzer
{
    private static readonly JsonSerializerOptions Readable = new()
    { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Draws figures.</summary>
    /// <param name="runs">The runs; they stay open as long as figures are in use.</param>
    /// <param name="figures">Names in <see cref="RunFigures.Registry"/>.</param>
    /// <param name="options">How.</param>
    /// <exception cref="EngramException">No runs, no figure of that name, fewer than one lifetime, a lifetime that diverges, or learners of
    /// different objectives.</exception>
    public static ImmutableArray<DrawnFigure> Draw(IReadOnlyList<TrainedRun> runs, IReadOnlyList<string> figures, AnalysisOptions options)
    {
        IRunFigure[] makers = [.. figures.Select(RunFigures.Registry.Get)];
        if (runs.Count == 0)
        {
            throw new EngramException("Found no runs to analyze, expected at least one; 'engram runs' lists them.");
        }

        if (runs.Select(r => r.Recipe.Learner.Objective).Distinct().Count() > 1)
        {
            throw new EngramException(
                "Found runs of regression and of classification, expected one kind in a picture; analyze them apart.");
        }

        TraceParts parts = makers.Aggregate(TraceParts.None, (all, m) => all | m.Needs);
        ImmutableArray<LearnerAnalysis> learners =
            Analyses.Gather(runs, parts == TraceParts.None ? 1 : options.Lifetimes, parts, options.Work);
        var request = new RunFigureRequest(learners)
        { Size = options.Size, Lifetimes = options.Lifetimes, Each = options.Each, Work = options.Work };
        return
        [
            .. makers.Select((maker, i) =>
            {
                RunFigure drawn = maker.Draw(request);
                return new DrawnFigure(figures[i], drawn
                    with { Figure = LearnerStyles.Apply(drawn.Figure, learners) }, learners, options.Lifetimes);
            }),
        ];
    }

    /// <summary>Writes a figure as SVG, CSV and JSON under its name.</summary>
    /// <param name="folder">Where to; made if need be.</param>
    /// <param name="figure">The figure.</param>
    /// <exception cref="EngramException">The folder cannot be written.</exception>
    public static RunFigureFiles Write(string folder, DrawnFigure figure)
    {
        FigureFiles files = FigureWriter.Write(folder, figure.Name, figure.Drawn.Figure);
        string path = Path.Combine(folder, figure.Name + ".json");
        AtomicFile.WriteText(path, Json(figure).ToJsonString(Readable) + "\n");
        return new RunFigureFiles(files.Svg, files.Csv, path);
    }

    /// <summary>A figure's numbers, their summary, what they are of, and how to draw it again.</summary>
    public static JsonObject Json(DrawnFigure figure) => new()
    {
        ["name"] = figure.Name,
        ["command"] = figure.Command,
        ["engram"] = RunEnvironment.InformationalVersion,
        ["lifetimes"] = figure.Lifetimes,
        ["runs"] = new JsonArray(
            [.. figure.Learners.SelectMany(
            l =>
            l.Runs.Select(
            r =>
            (JsonNode)new JsonObject { ["learner"] = l.Label, ["run"] = r.Name, ["seed"] = r.Seed,
            ["parameters"] = MetaParameterFingerprint.Of(r.Parameters), ["split"] = RecipeSchema.Name(l.Split) }))]),
        ["summary"] = new JsonArray([.. figure.Drawn.Summary.Select(s => (JsonNode)new JsonObject
        {
            ["learner"] = s.Learner,
            ["quantity"] = s.Quantity,
            ["where"] = s.Where,
            ["value"] = FigureJson.Number(s.Value),
            ["standardError"] = FigureJson.Number(s.StandardError),
        })]),
        ["figure"] = FigureJson.Of(figure.Drawn.Figure),
    };
}
