using Engram.Numerics;
using Engram.Tasks;

namespace Engram.Experiments;

/// <summary>Sees to the data that a recipe's lifetimes are made of before a run begins.</summary>
public static class TaskData
{
    /// <summary>Reads the data, and checks that there is enough of it for meta-training and for the evaluation.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="context">Where data sets lie, and who is told.</param>
    /// <exception cref="EngramException">Data are not there, are damaged, or too few.</exception>
    public static void Check(Recipe recipe, DataContext context)
    {
        recipe.Task.Prepare(context);
        ITaskFamily family = recipe.Task.Create();
        family.Check(Split.MetaTrain);
        family.Check(recipe.Evaluation.Split);
    }
}
