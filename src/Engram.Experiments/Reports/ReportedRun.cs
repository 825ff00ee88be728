using System.Collections.Immutable;
using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Learning.Learners;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reports;

/// <summary>A run that a report tells of.</summary>
/// <param name="Trained">The run as it stands.</param>
/// <param name="Label">Its learner's name in tables and figures; networks of one learner share it.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Result">What came of it; null where it has not ended.</param>
/// <param name="Metrics">How its meta-training went.</param>
internal sealed record ReportedRun(TrainedRun Trained, string Label, RunState State, RunResult? Result, ImmutableArray<MetricsLine> Metrics)
{
    public string Name => Trained.Name;

    public Recipe Recipe => Trained.Recipe;

    /// <summary>Order of the stream; a dash where the task has none.</summary>
    public string Ordering => Recipe.Values.Has("task.ordering") ? RunFigureParts.OrderingName(Recipe.Values.Text("task.ordering")) : "–";

    /// <summary>Order of the gradient; a dash for learners without one.</summary>
    public string Order => Recipe.Learner is GradientLearnerSpec gradient ? RecipeSchema.Name(gradient.Order) : "–";

    /// <summary>Where the run is, in words.</summary>
    public string StateText => State is RunState.Finished or RunState.Diverged
        ? RecipeSchema.Name(State)
        : FormattableString.Invariant(
            $"{RecipeSchema.Name(State)} at outer step {Trained.OuterStepsDone} of {Recipe.MetaTraining.OuterSteps}");

    /// <summary>Opens runs, and all runs of groups, in the order of their names on the command line.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="names">Names of runs or groups.</param>
    /// <param name="allowUnfinished">Whether runs that have not ended are told of too.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over; null for nobody.</param>
    /// <exception cref="EngramException">There is none of a name, it has not ended, or it has no checkpoint that can be read.</exception>
    public static ImmutableArray<ReportedRun> OpenAll(
        RunStore store, IReadOnlyList<string> names, bool allowUnfinished, Action<string>? note)
    {
        foreach (string folder in store.FindAll(names))
        {
            string name = store.NameOf(folder);
            RunState state = RunDirectory.StateOf(folder);
            if (state == RunState.Empty || (!allowUnfinished && state is RunState.Interrupted or RunState.Running))
            {
                string found = state == RunState.Empty ? "which has not started" : state == RunState.Running ? "which is still running"
                    : "which was interrupted";
                string what = state == RunState.Running ? "wait for it"
                    : $"resume it with 'engram {(SweepPlan.IsSweep(Resumable(folder)) ? "sweep" : "train")} --resume " +
                    $"{store.RunOption(Resumable(folder))}'";
                string orElse = state == RunState.Empty ? "" : ", or report it as it stands with --unfinished";
                throw new EngramException($"Found the run '{name}', {found}, expected one that has ended; {what}{orElse}.");
            }
        }

        ImmutableArray<TrainedRun> runs = TrainedRun.OpenAll(store, names, note);
        string[] labels = Analyses.Labels(runs);
        return [.. runs.Select(
            (r, i) =>
            new ReportedRun(
            r, labels[i], RunDirectory.StateOf(r.Folder), RunDirectory.ReadResult(r.Folder, out _), MetricsLog.Read(r.Folder)))];
    }

    // A run of a group is gone on with by its group.
    private static string Resumable(string folder) =>
        Path.GetDirectoryName(Path.GetFullPath(folder)) is { } parent && RunGroup.IsGroup(parent) ? parent : folder;
}
