using System.Collections.Immutable;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Experiments.Verdicts;
using Engram.Figures;
using Engram.Numerics.Text;
using Engram.Tasks.Data;

namespace Engram.Experiments.Reports;

/// <summary>How to report runs.</summary>
public sealed record ReportOptions
{
    /// <summary>Figures of <see cref="RunFigures.Registry"/>; empty for learning curves alone.</summary>
    public IReadOnlyList<string> Figures { get; init; } = RunFigures.Named("all");

    /// <summary>Lifetimes of each run in the figures; null takes earlier analyses of any number, and otherwise as many as analyses have by
    /// default.</summary>
    public int? Lifetimes { get; init; }

    /// <summary>Whether runs that have not ended are reported as they stand.</summary>
    public bool AllowUnfinished { get; init; }

    /// <summary>Threads, who is told, and what ends it.</summary>
    public TrainingOptions Work { get; init; } = new();
}

/// <summary>A report of runs.</summary>
/// <param name="Page">The page.</param>
/// <param name="Runs">How many runs it tells of.</param>
/// <param name="FiguresReused">Figures of lifetimes that were there already.</param>
/// <param name="FiguresDrawn">Figures of lifetimes that were drawn for it.</param>
public sealed record RunReport(HtmlPage Page, int Runs, int FiguresReused, int FiguresDrawn)
{
    /// <summary>Tells of runs on one page: results, learning curves, what happens in lifetimes, what was run, and how to do it
    /// again.</summary>
    /// <param name="store">Where runs lie.</param>
    /// <param name="names">Names of runs or groups, at least one.</param>
    /// <param name="figuresFolder">Where figures of lifetimes are looked for, and those that are drawn are written.</param>
    /// <param name="options">How.</param>
    /// <exception cref="EngramException">There is no run of a name, it has not ended or has no checkpoint, or the figures' folder cannot be
    /// written.</exception>
    public static RunReport Make(RunStore store, IReadOnlyList<string> names, string figuresFolder, ReportOptions options)
    {
        ImmutableArray<ReportedRun> runs = ReportedRun.OpenAll(store, names, options.AllowUnfinished, options.Work.Note);
        try
        {
            ImmutableArray<ReportedRun> alive = [.. runs.Where(r => r.State != RunState.Diverged)];
            ReportFigures figures = ReportFigures.Gather([.. alive.Select(r => r.Trained)], figuresFolder, options);
            string[] learners = [.. runs.Select(r => r.Label).Distinct(StringComparer.Ordinal)];
            var page = new HtmlPage
            {
                Title = learners.Length == 1 ? $"Report: {learners[0]}"
                    : FormattableString.Invariant($"Report: {learners.Length} learners, {runs.Length} networks"),
                Lead = learners.Length == 1 ? runs[0].Recipe.Description ?? "" : string.Join(" · ", learners),
                Sections =
                [
                    new HtmlSection(
                        "Results", [.. Notices(runs, options.Work.Data), ReportTables.Learners(runs),
                        .. ReportTables.PairedDifferences(runs, options.Work.Data), ReportTables.Networks(runs)]),
                    new HtmlSection(
                        "Learning curves",
                        [HtmlFigure.Of(GroupTraining.Curves([.. runs.Select(r => (r.Label, r.Recipe, r.Metrics))])
                        with { Size = FigureSize.PaperPage }, "learning-curves")]),
                    .. figures.Blocks.IsEmpty ? (HtmlSection[])[] : [new HtmlSection("Inside lifetimes", figures.Blocks)],
                    new HtmlSection("What was run", WhatWasRun(runs)),
                    new HtmlSection("How to do it again", HowToDoItAgain(runs, figures, options)),
                ],
            };
            return new RunReport(page, runs.Length, figures.Reused, figures.Drawn);
        }
        finally
        {
            foreach (ReportedRun run in runs)
            {
                run.Trained.Dispose();
            }
        }
    }

    private static IEnumerable<HtmlBlock> Notices(ImmutableArray<ReportedRun> runs, DataContext data)
    {
        foreach (ReportedRun run in runs.Where(r => r.State is not (RunState.Finished or RunState.Diverged)))
        {
            yield return new HtmlNotice($"{run.Name} has not ended: {run.StateText}. Its figures are those of its last checkpoint.");
        }

        foreach (ReportedRun run in runs.Where(r => r.State == RunState.Diverged))
        {
            yield return new HtmlNotice(
                $"{run.Name} diverged and is left out of the figures of lifetimes. {run.Result?.Message}".TrimEnd());
        }

        foreach (UntrainedLearner learner in UntrainedLearner.Of(ReportTables.ResultsOf(runs), data))
        {
            yield return new HtmlNotice(learner.Describe());
        }
    }

    private static ImmutableArray<HtmlBlock> WhatWasRun(ImmutableArray<ReportedRun> runs)
    {
        var blocks = ImmutableArray.CreateBuilder<HtmlBlock>();
        blocks.Add(ReportTables.Environments(runs));
        if (ReportTables.Differences(runs) is { } differences)
        {
            blocks.Add(differences);
        }

        foreach (IGrouping<string, ReportedRun> learner in runs.GroupBy(r => r.Label, StringComparer.Ordinal))
        {
            string seeds = string.Join(", ", learner.Select(r => r.Recipe.Seed));
            blocks.Add(new HtmlDetails(
                $"Recipe of {learner.Key} ({(learner.Count() == 1 ? "seed" : "seeds")} {seeds})",
                [
                    .. learner.First().Recipe.Description is { Length: > 0 } text ? (HtmlBlock[])[new HtmlParagraph(text)] : [],
                    new HtmlCode(learner.First().Recipe.ToYaml()),
                ]));
        }

        return blocks.ToImmutable();
    }

    private static ImmutableArray<HtmlBlock> HowToDoItAgain(ImmutableArray<ReportedRun> runs, ReportFigures figures, ReportOptions options)
    {
        // Several are all of them, which the command draws where it names none.
        string asked = options.Figures switch { [] => "--figure none", [var only] => $"--figure {ShellText.Quote(only)}", _ => "" };
        (ReportedRun Run, ReproductionCommand Made)[] training =
            [.. runs.Select(r => (r, ReportCommands.Train(r.Name, r.Recipe, r.Trained.Environment.Recipe)))];
        string[] lines = [.. training.Select(t => t.Made.Command), .. figures.Commands,
            ReportCommands.Of("report", runs.Select(r => ReportCommands.RunName(r.Name)), asked)];
        string[] widths =
            [.. runs.Select(r => FormattableString.Invariant($"{r.Trained.Environment.VectorBits}")).Distinct(StringComparer.Ordinal)];
        string[] commits = [.. runs.Select(r => r.Trained.Environment.Commit).OfType<string>().Distinct(StringComparer.Ordinal)];
        return
        [
            new HtmlParagraph(
                (commits.Length == 1 ? $"With Engram at commit {commits[0]}: " : "")
                + $"the same recipe gives the same bits on any processor whose vectors are as wide ({string.Join(" or ", widths)} " +
                    $"bits), for any number of threads."),
            new HtmlCode(string.Join('\n', lines)),
            .. training.Where(t => t.Run.Recipe.InitialRun is not null)
                .Select(t => (HtmlBlock)new HtmlParagraph(
                $"{t.Run.Name} starts from the meta-parameters of the run '{t.Run.Recipe.InitialRun}', which has to be there.")),
            .. training.Where(t => t.Made.RecipeFile is not null)
                .Select(t => (HtmlBlock)new HtmlDownload($"Save {t.Made.RecipeFile}", t.Made.RecipeFile!, t.Run.Recipe.ToYaml())),
        ];
    }
}
