using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Figures.Summaries;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Reproduction;

/// <summary>
/// Networks on streams of the order that they were not meta-trained on: <c>other-order.json</c> in a run's folder. One that does better
/// there than the network
/// which was meta-trained for it says that the latter is under-trained.
/// </summary>
internal static class OtherOrderEvaluation
{
    private const string FileName = FolderKind.OtherOrder;

    /// <summary>Evaluates every network of a plan that has ended and is of a task with an order, and has not been evaluated so
    /// yet.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folderOf">The folder of a run.</param>
    /// <param name="options">Threads, data, and what ends it.</param>
    public static void Run(ReproductionPlan plan, Func<GroupMember, string> folderOf, TrainingOptions options)
    {
        foreach (GroupMember run in plan.Runs)
        {
            string folder = folderOf(run);
            if (run.Recipe.Task.StreamOrdering is not { } ordering
                || RunDirectory.ReadResult(folder, out _) is not { State: RunState.Finished } result
                || Find(folder, result.OuterSteps) is not null)
            {
                continue;
            }

            string other = RecipeSchema.Name(ordering == Ordering.Iid ? Ordering.Continual : Ordering.Iid);
            EvaluationSummary? found = RunTraining.Evaluate(folder, null, options, taskSettings: [$"task.ordering={other}"]).Evaluation;
            RunManifest.WriteSealed(
                folder, FileName, RunsJson.OtherOrder.Write(new OtherOrderFile(result.OuterSteps, other, found!)) + "\n");
        }
    }

    /// <summary>Mean over networks; null where one of them has not been evaluated.</summary>
    public static MeanAndError? Read(ResultMetric metric, IReadOnlyList<string> folders)
    {
        (double Value, double StandardError)?[] found =
        [
            .. folders.Select(
                f => RunDirectory.IsRun(f) && RunDirectory.ReadResult(f, out _) is { } result && Find(f, result.OuterSteps) is { } summary
                ? metric.Of(summary)
                : ((double, double)?)null),
        ];
        if (found.Length == 0 || found.Any(f => f is null))
        {
            return null;
        }

        MeanAndError mean = Statistics.MeanAndError([.. found.Select(f => f!.Value.Value)]);
        return found.Length == 1 ? mean with { StandardError = found[0]!.Value.StandardError } : mean;
    }

    // What cannot be read is measured again.
    private static EvaluationSummary? Find(string folder, long outerSteps)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) && RunsJson.OtherOrder.ParseOrNull(JsonForms.ReadBytes(path)) is { } stored
                && stored.OuterSteps == outerSteps ? stored.Evaluation : null;
        }
        catch (EngramException)
        {
            return null;
        }
    }
}
