using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Reports;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Files;

namespace Engram.Cli.Commands;

/// <summary><c>engram report</c>: tells of runs on one page.</summary>
internal static class ReportCommand
{
    private const string NoFigures = "none";

    internal sealed record JsonReport(string Path, int Runs, int FiguresReused, int FiguresDrawn);

    public static Command Create(Output output, RunStore store)
    {
        Argument<string[]> runs = AnalyzeCommand.RunsArgument();
        var figure = new Option<string>("--figure")
        {
            HelpName = "name",
            Description = "Figures of lifetimes on the page: all, none, or a name of 'engram list figures'.",
            DefaultValueFactory = _ => "all",
        };
        figure.CompletionSources.Add([.. RunFigures.Registry.Names, "all", NoFigures]);
        var lifetimes = new Option<int?>("--lifetimes")
        { Description = "Lifetimes of each run in those figures. Default: as many as in an earlier analysis, else 50." };
        var file = new Option<string?>("--out")
        {
            Description =
            "The page. Default: 'report.html' in the run's folder, or in the working folder for several runs."
        };
        var unfinished = new Option<bool>("--unfinished") { Description = "Report unfinished runs too, as they stand." };
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "report", "Writes one page of HTML about runs that stands alone: results, curves, figures, recipes, and how to do it again.")
        {
            runs, figure, lifetimes, file, unfinished, threads, json,
        };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast("--lifetimes", parsed.GetValue(lifetimes), 1);
            string wanted = parsed.GetValue(figure)!;
            IReadOnlyList<string> figures = wanted == NoFigures ? [] : RunFigures.Named(wanted, NoFigures);
            string[] names = parsed.GetRequiredValue(runs);
            string? own = names.Length == 1 ? store.Find(names[0]) : null;
            string path = parsed.GetValue(file) ?? Path.Combine(own ?? string.Empty, "report.html");
            AtomicFile.ExpectFile(path);
            using var stop = new StopSignal(output, StopSignal.Stopping);
            var options = new ReportOptions
            {
                Figures = figures,
                Lifetimes = parsed.GetValue(lifetimes),
                AllowUnfinished = parsed.GetValue(unfinished),
                Work = new TrainingOptions
                {
                    Threads = Arguments.Threads(parsed.GetValue(threads)),
                    Note = output.Note,
                    Stop = stop.Token,
                    Data = DataView.Context(output, stop: stop.Token)
                },
            };
            string folder = Path.Combine(own ?? Path.GetDirectoryName(path) ?? string.Empty, "figures");
            RunReport report = StopSignal.BeforeWriting(() => RunReport.Make(store, names, folder, options));
            report.Page.Write(path);
            if (parsed.GetValue(json))
            {
                output.Json(new JsonReport(path, report.Runs, report.FiguresReused, report.FiguresDrawn), CommandJson.Types.JsonReport);
            }
            else
            {
                output.Results.WriteLine(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}: {report.Runs} {(report.Runs == 1 ? "run" : "runs")}; " +
                    $"figures of lifetimes: {report.FiguresDrawn} drawn, {report.FiguresReused} as they " +
                    $"were in {folder}"));
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
