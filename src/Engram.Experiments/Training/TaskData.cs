using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Sources;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Training;

/// <summary>Sees to the data that a recipe's lifetimes are made of before a run begins.</summary>
public static class TaskData
{
    /// <summary>Reads the data, and checks that there is enough of it for meta-training and for the evaluation.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="context">Where data sets lie, and who is told.</param>
    /// <exception cref="EngramException">Data are not there, are damaged, or too few.</exception>
    public static void Check(Recipe recipe, DataContext context)
    {
        ITaskFamily family = recipe.Task.Create(context);
        family.Check(Split.MetaTrain);
        family.Check(recipe.Evaluation.Split);
        foreach (LifetimeStage stage in Stages(recipe, context))
        {
            stage.Family.Check(Split.MetaTrain);
        }
    }

    /// <summary>The stages of a recipe's curriculum as meta-training counts lifetimes, their data read.</summary>
    /// <inheritdoc cref="Check"/>
    internal static ImmutableArray<LifetimeStage> Stages(Recipe recipe, DataContext context) =>
    [
        .. recipe.Curriculum.Families(recipe.Task)
            .Select(stage => new LifetimeStage(
            (ulong)stage.Until * (ulong)recipe.MetaTraining.LifetimesPerOuterStep, stage.Task.Create(context))),
    ];
}
