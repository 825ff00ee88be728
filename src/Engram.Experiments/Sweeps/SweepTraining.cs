using System.Collections.Immutable;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Summaries;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Sweeps;

/// <summary>What came of one setting.</summary>
/// <param name="Trial">The trial.</param>
/// <param name="OuterSteps">Outer steps after which it was given up, or the end of meta-training.</param>
/// <param name="Validation">Mean over networks of the query loss on meta-validation lifetimes there, with its standard error: over
/// networks, or over lifetimes of the only one.</param>
/// <param name="Diverged">How many of its networks diverged; then the loss is infinite.</param>
/// <param name="Finished">Whether it came to the end.</param>
/// <param name="Test">The same on the split of the recipe's evaluation, which chose nothing; null where it did not finish, or diverged
/// there.</param>
public sealed record SweepOutcome(
    SweepTrial Trial, long OuterSteps, MeanAndError Validation, int Diverged, bool Finished, MeanAndError? Test)
{
    /// <summary>The query losses that <see cref="Validation"/> is the mean of, by seed, from 1 on.</summary>
    public ImmutableArray<double> ValidationOfNetworks { get; init; } = [];

    /// <summary>In classification, the query error that goes with <see cref="Validation"/>, in %; settings are compared by the loss. Null
    /// in regression, and where a network diverged.</summary>
    public MeanAndError? ValidationErrorPercent { get; init; }

    /// <summary>In classification, the query error that goes with <see cref="Test"/>, in %.</summary>
    public MeanAndError? TestErrorPercent { get; init; }
}

/// <summary>Runs sweeps: all settings to the first rung, the better ones to the next, and so on to the end.</summary>
/// <remarks>
/// Settings are compared at the same number of outer steps, on lifetimes of the meta-validation split, with which nothing is trained or
/// reported. Runs are one-threaded and
/// side by side. What survives does not depend on the number of threads or on interruptions: each run resumes exactly, and each rung begins
/// when the one before is whole.
/// Source of successive halving: Jamieson and Talwalkar 2016.
/// </remarks>
public static class SweepTraining
{
    /// <summary>Takes a sweep to its end from where it stands.</summary>
    /// <param name="group">The sweep's folder.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="options">Threads, progress, and what stops it.</param>
    /// <returns>Every trial's outcome, the best first.</returns>
    /// <exception cref="RunStoppedException">It was told to stop; every run has a checkpoint.</exception>
    /// <exception cref="RunsElsewhereException">Other processes that share the work still have runs.</exception>
    /// <exception cref="EngramException">A run cannot be gone on with.</exception>
    public static ImmutableArray<SweepOutcome> Run(RunGroup group, SweepPlan plan, TrainingOptions options)
    {
        var outcomes = new Dictionary<string, SweepOutcome>(StringComparer.Ordinal);
        ImmutableArray<SweepTrial> alive = plan.Trials;
        foreach (long rung in plan.Spec.Rungs(plan.OuterSteps))
        {
            string[] folders = [.. alive.SelectMany(t => t.Runs).Select(group.FolderOf)];
            bool last = rung == plan.OuterSteps;
            Validation[] validations = SideBySide.Run(
                folders.Length, options, (i, own) => ToRung(folders[i], rung, plan, own), group.Folder, waits: !last);
            for (int i = 0; i < alive.Length; i++)
            {
                int networks = plan.Spec.Networks;
                outcomes[alive[i].Name] = Sum(group, alive[i], rung, last, validations.AsSpan(i * networks, networks));
            }

            SweepOutcome[] ranked = [.. alive.Select(t => outcomes[t.Name]).OrderBy(o => o.Validation.Mean)];
            int survivors = plan.Spec.Survivors([.. ranked.Select(o => o.Validation.Mean)]);
            alive = [.. ranked.Take(last ? 0 : survivors).Select(o => o.Trial)];
        }

        group.Retake(options.Stop);
        return [.. outcomes.Values.OrderBy(o => !double.IsFinite(o.Validation.Mean)).ThenByDescending(o => o.OuterSteps)
            .ThenBy(o => o.Validation.Mean).ThenBy(o => o.Trial.Name, StringComparer.Ordinal)];
    }

    private static Validation ToRung(string folder, long rung, SweepPlan plan, TrainingOptions options)
    {
        if (Known(folder, rung, plan) is { } known)
        {
            foreach (string change in RunDirectory.ChangesOf(folder))
            {
                options.Note?.Invoke(change);
            }

            return known;
        }

        Validation? measured = null;
        Validation found;
        using (RunDirectory run = RunDirectory.Open(folder))
        {
            // Another process may have come to this rung, and beyond it, since.
            if (options.Shared && Known(folder, rung, plan) is { } now)
            {
                return now;
            }

            if (run.IsBeyond(rung))
            {
                // Its validation is lost, or somebody went on with it apart from the sweep.
                options.Note?.Invoke(
                    $"{run.Recipe.Name}: trained again up to outer step {rung}, where the sweep compares and nothing is known of it.");
                run.GoBackTo(rung);
            }

            // That a setting explodes is a result. One that explodes only in its evaluation has come to the rung: the meta-test split
            // chooses nothing.
            if (Try(run, options, () => Train(run, rung, plan, options)) || run.IsAt(rung))
            {
                Try(run, options, () => measured = Validate(run, rung, plan, options));
            }

            found = measured ?? new Validation(rung, double.PositiveInfinity, double.NaN, plan.Spec.ValidationLifetimes);
            ValidationLog.Add(folder, found);
        }

        return found;
    }

    private static Validation? Known(string folder, long rung, SweepPlan plan) =>
        rung < plan.OuterSteps || RunDirectory.ReadResult(folder, out _) is not null
            ? ValidationLog.Read(folder).FirstOrDefault(v => v.OuterStep == rung && v.Lifetimes == plan.Spec.ValidationLifetimes) : null;

    private static bool Try(RunDirectory run, TrainingOptions options, Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (NonFiniteException e)
        {
            options.Note?.Invoke($"{run.Recipe.Name}: {e.Message}");
            return false;
        }
    }

    private static void Train(RunDirectory run, long rung, SweepPlan plan, TrainingOptions options)
    {
        if (rung < plan.OuterSteps)
        {
            RunTraining.Advance(run, rung, options);
        }
        else
        {
            RunTraining.Run(run, options);
        }
    }

    private static Validation Validate(RunDirectory run, long rung, SweepPlan plan, TrainingOptions options)
    {
        EvaluationSummary summary =
            RunTraining.Evaluate(run.Folder, plan.Spec.ValidationLifetimes, options, Split.MetaValidation).Evaluation!;
        return new Validation(rung, summary.QueryLoss, summary.StandardError, summary.Lifetimes)
        {
            QueryErrorPercent = summary.QueryErrorPercent,
            ErrorStandardErrorPercent = summary.ErrorStandardErrorPercent,
        };
    }

    private static SweepOutcome Sum(RunGroup group, SweepTrial trial, long rung, bool last, ReadOnlySpan<Validation> networks)
    {
        double[] losses = new double[networks.Length];
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = networks[i].QueryLoss;
        }

        int diverged = losses.Count(l => !double.IsFinite(l));
        MeanAndError validation = diverged > 0 ? new MeanAndError(double.PositiveInfinity, double.NaN, losses.Length)
            : WithError(losses, networks[0].StandardError);
        EvaluationSummary?[] tests = [.. trial.Runs.Select(r => RunDirectory.ReadResult(group.FolderOf(r), out _)?.Evaluation)];
        MeanAndError? test = last && tests.All(t => t is not null)
            ? WithError([.. tests.Select(t => t!.QueryLoss)], tests[0]!.StandardError) : null;
        return new SweepOutcome(trial, rung, validation, diverged, last && diverged == 0, test)
        {
            ValidationOfNetworks = [.. losses],
            ValidationErrorPercent = WithErrors([.. networks.ToArray().Select(n => (n.QueryErrorPercent, n.ErrorStandardErrorPercent))]),
            TestErrorPercent = test is null ? null
                : WithErrors([.. tests.Select(t => (t!.QueryErrorPercent, t.ErrorStandardErrorPercent))]),
        };
    }

    private static MeanAndError? WithErrors((double? Percent, double? StandardError)[] networks) =>
        networks.All(n => n.Percent is not null)
            ? WithError([.. networks.Select(n => n.Percent!.Value)], networks[0].StandardError ?? double.NaN) : null;

    private static MeanAndError WithError(double[] values, double errorOfOne)
    {
        MeanAndError mean = Statistics.MeanAndError(values);
        return values.Length == 1 ? mean with { StandardError = errorOfOne } : mean;
    }
}
