using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Figures.Text;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram analyze</c>: draws figures of what happens in the lifetimes of runs.</summary>
internal static class AnalyzeCommand
{
    private const int SparklineWidth = 40, Margin = 2;

    internal sealed record JsonFigure(string Name, RunFigureFiles Files, IReadOnlyList<SummaryRow> Summary);

    public static Command Create(Output output, RunStore store)
    {
        Argument<string[]> runs = RunsArgument("; or files that 'engram export' wrote");
        var figure = new Option<string>("--figure")
        {
            HelpName = "name",
            Description = "What to draw: a name of 'engram list figures', or all but those that take long.",
            DefaultValueFactory = _ => "all",
        };
        figure.CompletionSources.Add([.. RunFigures.Registry.Names, "all"]);
        Option<int> lifetimes = LifetimesOption();
        var folder = new Option<string?>("--out")
        {
            Description =
            "Folder for the files. Default: 'figures' in the run's folder, or in the working folder for several runs or a " +
            "file."
        };
        Option<string> size = SizeOption();
        Option<int?> threads = TrainCommand.ThreadsOption();
        var each = new Option<bool>("--each")
        { Description = "Write the numbers of single lifetimes beside the means into the CSV, where a figure has lines over a life." };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "analyze", "Draws what happens in the lifetimes of runs: SVG, CSV and JSON.") { runs, figure, lifetimes, each, folder, size,
            threads, json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<string> figures = RunFigures.Named(parsed.GetValue(figure)!);
            using var stop = new StopSignal(output, StopSignal.Stopping);
            AnalysisOptions options = Options(output, parsed.GetValue(lifetimes), parsed.GetValue(size)!, parsed.GetValue(threads), stop)
                with
            { Each = parsed.GetValue(each) };
            string[] names = parsed.GetRequiredValue(runs);
            var opened = TrainedRun.OpenAll(store, names, output.Note);
            try
            {
                var clock = Stopwatch.StartNew();
                string target = parsed.GetValue(folder)
                    ?? (names is [var only] && !WeightExport.IsFile(store.FindTrained(only)) ? Path.Combine(store.Find(only), "figures")
                    : "figures");
                List<JsonFigure> written = [];
                foreach (DrawnFigure drawn in StopSignal.BeforeWriting(() => RunAnalyzer.Draw(opened, figures, options)))
                {
                    written.Add(new JsonFigure(drawn.Name, RunAnalyzer.Write(target, drawn), drawn.Drawn.Summary));
                    if (!parsed.GetValue(json))
                    {
                        Print(output, drawn);
                    }
                }

                if (parsed.GetValue(json))
                {
                    output.Json([.. written], CommandJson.Types.JsonFigureArray);
                }
                else
                {
                    output.Results.WriteLine(
                        string.Create(
                        CultureInfo.InvariantCulture,
                        $"{written.Count} {(written.Count == 1 ? "figure" : "figures")} of {opened.Length} " +
                        $"{(opened.Length == 1 ? "run" : "runs")} in {clock.Elapsed.TotalSeconds:0.0} s: " +
                        $"{Path.Combine(target, "*.svg")} (numbers: .csv, .json)"));
                }
            }
            finally
            {
                foreach (TrainedRun run in opened)
                {
                    run.Dispose();
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>The argument that names runs.</summary>
    public static Argument<string[]> RunsArgument(string? also = null) => new("runs")
    { Description = $"Names or folders of runs or groups, 'engram runs' lists them{also}.", Arity = ArgumentArity.OneOrMore };

    /// <summary>The option <c>--lifetimes</c>.</summary>
    public static Option<int> LifetimesOption() => new("--lifetimes")
    { Description = "Lifetimes of each run, of its evaluation split.", DefaultValueFactory = _ => new AnalysisOptions().Lifetimes };

    /// <summary>The option <c>--size</c>.</summary>
    public static Option<string> SizeOption() => new("--size")
    { Description = "Size of the figures: column (85 mm), page (174 mm) or slide (254 mm).", DefaultValueFactory = _ => "page" };

    /// <summary>The options' values.</summary>
    public static AnalysisOptions Options(Output output, int lifetimes, string size, int? threads, StopSignal stop)
    {
        Arguments.ExpectAtLeast("--lifetimes", lifetimes, 1);
        return new AnalysisOptions
        {
            Lifetimes = lifetimes,
            Size = FigureSize.Named.TryGetValue(size, out FigureSize? found) ? found : throw UnknownSize(size),
            Work = new TrainingOptions
            {
                Threads = Arguments.Threads(threads),
                Note = output.Note,
                Stop = stop.Token,
                Data = DataView.Context(output, stop: stop.Token)
            },
        };
    }

    private static EngramException UnknownSize(string size)
    {
        string hint = NearestName.Find(size, FigureSize.Named.Keys) is { } near ? $"; did you mean '{near}'?" : ".";
        return new EngramException($"Found '{size}' for --size, expected one of {string.Join(", ", FigureSize.Named.Keys)}{hint}");
    }

    private static void Print(Output output, DrawnFigure drawn)
    {
        Figure figure = drawn.Drawn.Figure;
        output.Results.WriteLine($"{figure.Title} ({drawn.Name})");
        List<string[]> lines =
        [
            .. figure.Panels.SelectMany(
                p =>
                p.Series.OfType<LineSeries>().Where(s => s.Joined && s.Y.Length > 4 && s.Y.Any(double.IsFinite))
                .Select(s => Line(output, p, s))),
        ];
        if (lines.Count > 0)
        {
            output.Table(["Panel", "Line", "From left to right", ">▁ is", ">█ is"], lines);
        }

        output.Table(
            ["Learner", "Quantity", "Where", ">Value", ">± s.e."],
            drawn.Drawn.Summary.Select(
                r => (string[])[r.Learner, r.Quantity, r.Where, Numbers.Measured(r.Value), Numbers.Error(r.StandardError)]));
    }

    // A curve, and what its lowest and highest characters stand for.
    private static string[] Line(Output output, Panel panel, LineSeries line)
    {
        int width = Math.Clamp(output.Width - Margin, 1, SparklineWidth);
        (string text, double lowest, double highest) = Sparkline.Draw(line.Y.AsSpan(), width, panel.Y.Scale == AxisScale.Logarithmic);
        return [panel.Title, line.Name, text, Scale(lowest), Scale(highest)];
    }

    private static string Scale(double value) => double.IsNaN(value) ? "–" : Numbers.Short(value);
}
