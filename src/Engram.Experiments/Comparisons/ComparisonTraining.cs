using System.Collections.Immutable;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Summaries;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>What came of one rate of a method.</summary>
/// <param name="Rate">The rate.</param>
/// <param name="Runs">Its runs, by seed.</param>
public sealed record RateOutcome(double Rate, ImmutableArray<ComparisonRunResult> Runs)
{
    /// <summary>How many diverged.</summary>
    public int Diverged => Runs.Count(r => r.State != RunState.Finished);

    /// <summary>Validation at each run's best epoch: mean and standard error over seeds; infinite where one diverged.</summary>
    public MeanAndError Validation =>
        Diverged > 0 ? new MeanAndError(double.PositiveInfinity, double.NaN, Runs.Length)
        : Statistics.MeanAndError([.. Runs.Select(r => r.Validation)]);

    /// <summary>The same on the test examples, which chose nothing; infinite likewise.</summary>
    public MeanAndError Test =>
        Diverged > 0 ? new MeanAndError(double.PositiveInfinity, double.NaN, Runs.Length)
        : Statistics.MeanAndError([.. Runs.Select(r => r.Best!.Test!.Value)]);
}

/// <summary>What came of one method.</summary>
/// <param name="Method">The method.</param>
/// <param name="Best">The rate with the best validation on the seeds of the selection, with all seeds.</param>
/// <param name="Rates">All rates, in the order of the file.</param>
public sealed record MethodOutcome(ComparedMethod Method, RateOutcome Best, ImmutableArray<RateOutcome> Rates)
{
    /// <summary>Ours less the published number; null where there is none, or ours diverged.</summary>
    public double? Difference => Method.Published is { } published && Best.Diverged == 0 ? Best.Test.Mean - published.Value : null;

    /// <summary>Whether the difference is within the tolerance; better than published is always well. Null where there is nothing to
    /// compare.</summary>
    public bool? Agrees => Method.Published?.Tolerance is { } tolerance ? Best.Diverged == 0 && Difference <= tolerance : null;
}

/// <summary>Takes comparisons to their end: every rate of every method with the seeds of the selection, then the best rates with the
/// others.</summary>
/// <remarks>Runs go side by side, one thread each where there are enough of them. Results have the same bits whatever the number of
/// threads, however often it was interrupted.</remarks>
public static class ComparisonTraining
{
    /// <summary>Reads the data, and checks what can be checked before a folder is made.</summary>
    /// <exception cref="Numerics.Text.EngramException">Data are missing, network and methods do not fit them, or runs side by side do not
    /// fit into memory.</exception>
    public static void Check(Comparison comparison, TrainingOptions options) =>
        ComparisonBinder.Check(comparison, ComparisonBinder.Problem(comparison, options.Data), options.Threads);

    /// <summary>How many runs a method of a comparison has: every rate with the seeds of the selection, and the best rate with the
    /// others.</summary>
    public static int RunsOf(Comparison comparison, ComparedMethod method) =>
        (method.Rates.Length * Selection(comparison, method)) + comparison.Seeds.Length - Selection(comparison, method);

    /// <summary>Takes a comparison to its end from where it stands.</summary>
    /// <param name="folder">The comparison.</param>
    /// <param name="options">Threads, progress, and what stops it.</param>
    /// <returns>Every method's outcome, in the order of the file.</returns>
    /// <exception cref="RunStoppedException">It was told to stop; every run that had begun has a checkpoint.</exception>
    /// <exception cref="RunsElsewhereException">Other processes that share the work still have runs.</exception>
    /// <exception cref="Numerics.Text.EngramException">A run cannot be gone on with.</exception>
    public static ImmutableArray<MethodOutcome> Run(ComparisonFolder folder, ComparisonOptions options)
    {
        Comparison comparison = folder.Comparison;
        ISupervisedProblem problem;
        try
        {
            problem = ComparisonBinder.Problem(comparison, options.Run.Data);
        }
        catch (OperationCanceledException)
        {
            throw new RunStoppedException(folder.Folder);
        }

        ComparisonBinder.Check(comparison, problem, options.Run.Threads);
        var results = new Dictionary<ComparisonRun, ComparisonRunResult>();
        RunAll(
            last: false,
        [
            .. from method in comparison.Methods
               from rate in method.Rates
               from seed in comparison.Seeds.Take(Selection(comparison, method))
               select new ComparisonRun(method.Label, rate, seed),
        ]);
        var best = comparison.Methods.ToDictionary(
            m => m.Label, m => m.Rates.Select(r => Outcome(m, r)).OrderBy(r => r.Validation.Mean).First().Rate, StringComparer.Ordinal);
        RunAll(
            last: true,
        [
            .. from method in comparison.Methods
               from seed in comparison.Seeds.Skip(Selection(comparison, method))
               select new ComparisonRun(method.Label, best[method.Label], seed),
        ]);
        folder.Retake(options.Run.Stop);
        return
        [
            .. comparison.Methods.Select(m =>
            {
                ImmutableArray<RateOutcome> rates = [.. m.Rates.Select(r => Outcome(m, r))];
                return new MethodOutcome(m, rates.First(r => r.Rate.Equals(best[m.Label])), rates);
            }),
        ];

        RateOutcome Outcome(ComparedMethod method, double rate) =>
            new(
                rate,
                [.. comparison.Seeds.Select(s => results.GetValueOrDefault(new ComparisonRun(method.Label, rate, s)))
                .OfType<ComparisonRunResult>()]);

        void RunAll(bool last, ImmutableArray<ComparisonRun> runs)
        {
            ComparisonRunResult[] found = SideBySide.Run(
                runs.Length, options.Run, (i, own) => RunOne(folder, runs[i], problem, options, own), folder.Folder, waits: !last);
            foreach (ComparisonRunResult result in found)
            {
                results.Add(result.Run, result);
            }
        }
    }

    // A method with one rate has nothing to select.
    private static int Selection(Comparison comparison, ComparedMethod method) =>
        method.Rates.Length == 1 ? comparison.Seeds.Length : comparison.SelectionSeeds;

    private static ComparisonRunResult RunOne(
        ComparisonFolder folder, ComparisonRun run, ISupervisedProblem problem, ComparisonOptions options, TrainingOptions own)
    {
        if (own.Shared && folder.ResultOf(run, out _) is { } elsewhere)
        {
            return Known(elsewhere);
        }

        RunDirectory.MakeFolder(folder.FolderOf(run));
        using RunLock held = RunLock.Take(folder.FolderOf(run));
        foreach (string change in folder.ChangesOf(run))
        {
            options.Run.Note?.Invoke(change);
        }

        if (folder.ResultOf(run, out string? problemFound) is { } known)
        {
            // Left by a process that was killed as the run ended.
            Checkpoints.Clear(folder.FolderOf(run));
            return Known(known);
        }

        if (problemFound is not null)
        {
            options.Run.Note?.Invoke($"{problemFound} It is rebuilt from the last checkpoint.");
        }

        using var training = new ComparisonRunTraining(folder, run, problem, options, own.Threads);
        return training.Run(own.Stop);

        ComparisonRunResult Known(ComparisonRunResult known)
        {
            options.Progress?.Invoke(
                new ComparisonProgress(
                run, known.Epochs, folder.Comparison.Methods.First(m => m.Label == run.Method).Training.Epochs, known.Best, known.Best,
                double.NaN, known));
            return known;
        }
    }
}
