using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sources;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Crews;
using Engram.Numerics.Text;
using Engram.Tasks.Families;

namespace Engram.Experiments.Training;

/// <summary>Trainings that several processes share: rank 0 describes them, the others make their part of them.</summary>
public static class RankTrainings
{
    /// <summary>Makes another rank's part of a training.</summary>
    /// <param name="training">What rank 0 describes it by: its version, the recipe's name, and the recipe.</param>
    /// <param name="options">How; its threads are this process's.</param>
    /// <exception cref="EngramException">Another version runs here, or this process lacks what the recipe needs, such as its
    /// data.</exception>
    public static RankTraining Prepare(string training, TrainingOptions options)
    {
        string[] parts = training.Split('\n', 3);
        string version = RunEnvironment.InformationalVersion;
        if (parts.Length != 3 || parts[0] != version)
        {
            throw new EngramException($"found Engram {version}, expected {parts[0]} as on rank 0; install one version on all machines.");
        }

        Recipe recipe = RecipeReader.Parse(parts[2], parts[1]);
        TaskData.Check(recipe, options.Data);
        ITaskFamily family = recipe.Task.Create(options.Data);
        ParameterLayout layout = recipe.Layout();
        var lifetimes = new MetaTrainingLifetimes<float>(family, recipe.Seed, TaskData.Stages(recipe, options.Data));
        return new RankTraining(
            new CrewContext(
                recipe.MetaTraining.Estimator, MetaTrainer.EstimationOf(layout, recipe.MetaTraining, lifetimes, recipe.Seed, recipe.Frozen),
                options.Threads, options.EnginesFor(family.Shape.BatchSize)),
            [lifetimes]);
    }

    /// <summary>The crew of a training; null for the threads of this process.</summary>
    internal static ILifeCrewFactory? CrewFor(Recipe recipe, TrainingOptions options) => options.Ranks is { Count: > 1 } ranks
        ? new RankCrewFactory(
            ranks, string.Join('\n', RunEnvironment.InformationalVersion, recipe.Name.ReplaceLineEndings(" "), recipe.ToYaml()),
            options.Note)
        : null;
}
