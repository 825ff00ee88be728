using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Tasks.Families;
using Engram.Tasks.Sines;

namespace Engram.Studio.Lives;

/// <summary>What a network is asked at every frame of a film: each sine over the range of its input, or questions of the life's own
/// query.</summary>
/// <param name="Kind"><c>sines</c>, <c>images</c> or <c>numbers</c>.</param>
/// <param name="Tasks">Tasks that are asked about.</param>
/// <param name="Grid">Points of each; 0 where the query's questions are asked.</param>
/// <param name="Inputs">[questions, inputs].</param>
/// <param name="Targets">[questions, K].</param>
/// <param name="TaskOf">The task of each question.</param>
internal sealed record FilmQuestions(string Kind, int Tasks, int Grid, Tensor<float> Inputs, Tensor<float> Targets, int[] TaskOf)
{
    private const int GridPoints = 61;
    private const int MostTasks = 12;
    private const int MostQuestions = 100;

    /// <summary>How many there are.</summary>
    public int Count => TaskOf.Length;

    /// <summary>The input at a point of the grid.</summary>
    public static float At(int point, int grid) => (float)IncrementalSines.LargestInput * ((2f * point / (grid - 1)) - 1);

    /// <summary>The questions of a life.</summary>
    public static FilmQuestions Of(
        ITaskFamily family, FilmRequest request, Lifetime<float> lifetime, Episode<float> episode, Arena arena) =>
        family is IncrementalSines sines ? OfSines(sines, request, arena)
            : OfQuery(family.Shape.Image is null ? "numbers" : "images", lifetime, episode, arena);

    private static FilmQuestions OfSines(IncrementalSines family, FilmRequest request, Arena arena)
    {
        var sines = new Sine[family.Spec.Sines];
        family.SinesOf(request.Seed, request.Split, request.Life, sines);
        int tasks = Math.Min(MostTasks, sines.Length), count = tasks * GridPoints;
        Tensor<float> inputs = arena.Allocate<float>(count, family.Shape.Inputs), targets = arena.Allocate<float>(count, 1);
        int[] taskOf = new int[count];
        for (int task = 0; task < tasks; task++)
        {
            for (int point = 0; point < GridPoints; point++)
            {
                int row = (task * GridPoints) + point;
                float x = At(point, GridPoints);
                taskOf[row] = task;
                inputs.Row(row).Clear();
                inputs[row, task] = 1;
                inputs[row, inputs.Columns - 1] = x;
                targets[row, 0] = (float)sines[task].At(x);
            }
        }

        return new FilmQuestions("sines", tasks, GridPoints, inputs, targets, taskOf);
    }

    private static FilmQuestions OfQuery(string kind, Lifetime<float> lifetime, Episode<float> episode, Arena arena)
    {
        int all = lifetime.QueryInputs.Rows, count = Math.Min(all, MostQuestions);
        Tensor<float> inputs = arena.Allocate<float>(count, lifetime.QueryInputs.Columns),
            targets = arena.Allocate<float>(count, lifetime.QueryTargets.Columns);
        int[] taskOf = new int[count];
        for (int i = 0; i < count; i++)
        {
            int row = (int)((long)i * all / count);
            lifetime.QueryInputs.Row(row).CopyTo(inputs.Row(i));
            lifetime.QueryTargets.Row(row).CopyTo(targets.Row(i));
            taskOf[i] = episode.QueryTasks[row];
        }

        return new FilmQuestions(kind, taskOf.Length == 0 ? 0 : taskOf.Max() + 1, 0, inputs, targets, taskOf);
    }
}
