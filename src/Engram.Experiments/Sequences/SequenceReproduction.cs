using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reproduction;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Sequences;

/// <summary>A cell's networks and what they do on classes in sequence.</summary>
/// <param name="Id">The row's name, as recipes have it.</param>
/// <param name="Label">Its name in print.</param>
/// <param name="Recipe">Its recipe.</param>
/// <param name="Lifetimes">Lifetimes of meta-training of each network.</param>
/// <param name="TrainingSeconds">What meta-training of all took.</param>
/// <param name="Diverged">Networks whose meta-training diverged.</param>
/// <param name="Networks">The scores of the others, by seed.</param>
public sealed record SequenceCell(
    string Id, string Label, Recipe Recipe, long Lifetimes, double TrainingSeconds, int Diverged, ImmutableArray<SequenceScores> Networks);

/// <summary>What came of a reproduction of classes in sequence.</summary>
/// <param name="Plan">What was to be done.</param>
/// <param name="Protocol">How networks were measured.</param>
/// <param name="Cells">The cells that were planned.</param>
public sealed record SequenceResult(ReproductionPlan Plan, SequenceProtocol Protocol, ImmutableArray<SequenceCell> Cells);

/// <summary>Reproduces studies of 600 classes in sequence: trains what is missing, measures what has not been measured.</summary>
public static class SequenceReproduction
{
    /// <summary>The row whose networks learn nothing in life: the control's features.</summary>
    public const string PretrainedRow = "pretrained";

    /// <summary>How networks of a scale are measured.</summary>
    public static SequenceProtocol ProtocolOf(ReproductionScale scale) =>
        scale == ReproductionScale.Smoke ? SequenceProtocol.Smoke : SequenceProtocol.Published;

    /// <summary>Takes all runs of a plan to their end and measures each.</summary>
    /// <param name="folder">The folder of the reproduction, a group of runs; made or extended as needed.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="options">Threads, progress, and what stops it.</param>
    /// <exception cref="RunStoppedException">It was told to stop; every run has a checkpoint.</exception>
    /// <exception cref="EngramException">A run cannot be made or gone on with, or the folder holds something else.</exception>
    public static SequenceResult Run(string folder, ReproductionPlan plan, TrainingOptions options)
    {
        using RunGroup group = ReproductionTraining.Train(folder, plan, options);
        SequenceProtocol protocol = ProtocolOf(plan.Scale);
        return new SequenceResult(
            plan, protocol, [.. plan.Cells.Select(cell =>
            {
                string[] folders = [.. cell.Runs.Select(r => ReproductionTraining.FolderOf(folder, r))];
                RunResult[] results = [.. folders.Select(f => RunDirectory.ReadResult(f, out _)).OfType<RunResult>()];
                string row = cell.Cell[(cell.Cell.IndexOf('/', StringComparison.Ordinal) + 1)..];
                return new SequenceCell(
                    row, plan.Table.Rows.First(r => r.Id == row).Label, cell.Runs[0].Recipe,
                    results.Length > 0 ? results.Max(r => r.Lifetimes) : 0, results.Sum(r => r.TrainingSeconds),
                    results.Count(r => r.State == RunState.Diverged),
                    [.. folders.Where(f => RunDirectory.ReadResult(f, out _) is { State: RunState.Finished })
                        .Select(f => ScoresOf(f, protocol, options))]);
            })]);
    }

    private static SequenceScores ScoresOf(string folder, SequenceProtocol protocol, TrainingOptions options)
    {
        string path = Path.Combine(folder, SequenceEvaluation.FileName);
        long steps = RunDirectory.ReadResult(folder, out _)!.OuterSteps;
        if (Find(path) is { } found && found.OuterSteps == steps && found.Protocol == protocol.Text)
        {
            return found;
        }

        options.Note?.Invoke($"{Path.GetFileName(folder)}: measuring on classes in sequence.");
        SequenceScores scores;
        try
        {
            scores = SequenceEvaluation.Run(folder, protocol, options);
        }
        catch (OperationCanceledException)
        {
            throw new RunStoppedException(folder);
        }

        AtomicFile.WriteText(path, SequencesJson.Scores.Write(scores) + "\n");
        return scores;
    }

    // What cannot be read is measured again.
    private static SequenceScores? Find(string path)
    {
        try
        {
            return File.Exists(path) ? SequencesJson.Scores.ParseOrNull(JsonForms.ReadBytes(path)) : null;
        }
        catch (EngramException)
        {
            return null;
        }
    }
}
