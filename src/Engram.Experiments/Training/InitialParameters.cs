using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Training;

/// <summary>Starts a run from another run's meta-parameters, where its recipe says so.</summary>
public static class InitialParameters
{
    /// <summary>Overwrites the meta-parameters that the other run's newest checkpoint has too, by name; what it lacks stays.</summary>
    /// <param name="parameters">What a run starts from by itself.</param>
    /// <param name="recipe">The recipe; nothing happens where it names no run.</param>
    /// <param name="store">Where to look for the other run.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over; null for nobody.</param>
    /// <exception cref="EngramException">There is no such run, it has no checkpoint, its network has other shapes, or nothing in common
    /// with this one.</exception>
    public static void CopyTo(MetaParameters<float> parameters, Recipe recipe, RunStore store, Action<string>? note = null)
    {
        if (recipe.InitialRun is not { } name)
        {
            return;
        }

        string folder = store.FindTrained(name);
        if (RunGroup.IsGroup(folder))
        {
            throw new EngramException(
                $"Found the group of runs '{name}' as initialization.from-run, expected one run, such as " +
                $"'{name}/{Path.GetFileName(RunGroup.RunsOf(folder)[0])}'.");
        }

        SafetensorsFile? file = WeightExport.IsFile(folder) ? WeightExport.Read(folder)
            : RunDirectory.ReadCheckpoint(folder, path => SafetensorsFile.Read(path, verifyChecksum: true), note);
        if (file is null || MetaParameterFiles.CopySharedTo(file, parameters) == 0)
        {
            throw new EngramException(
                $"Found {(file is null ? "no checkpoint" : "no meta-parameter of this learner")} in '{name}', which " +
                $"initialization.from-run names, expected meta-parameters to start from.");
        }

        if (recipe.Initialization.Feedback == FeedbackStart.Aligned)
        {
            // Feedback that the other run lacks leads back along the weights that are there now.
            Initializer.AlignFeedback(parameters, recipe.Initialization.FeedbackScale, file.Tensors.ContainsKey);
        }
    }

    /// <summary>Whether the recipe's other run can be started from: fails as <see cref="CopyTo"/> would, before anything is
    /// written.</summary>
    /// <inheritdoc cref="CopyTo"/>
    public static void Check(Recipe recipe, RunStore store)
    {
        if (recipe.InitialRun is not null)
        {
            using var scratch = new MetaParameters<float>(recipe.Layout());
            CopyTo(scratch, recipe, store);
        }
    }
}
