using System.Diagnostics;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sources;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Numerics.Text;
using Engram.Tasks.Families;

namespace Engram.Experiments.Reproduction;

/// <summary>What the work that is left will take on this machine.</summary>
/// <param name="Runs">Runs that have not ended.</param>
/// <param name="Lifetimes">Lifetimes left in them: meta-training and evaluation.</param>
/// <param name="Time">Time, by a short measurement of each recipe, with the runs side by side.</param>
/// <param name="MemoryBytes">Memory of the runs that are worked on at once: the most that such a number of them takes.</param>
/// <param name="DiskBytes">Room on the disk.</param>
public sealed record ReproductionCost(int Runs, long Lifetimes, TimeSpan Time, long MemoryBytes, long DiskBytes)
{
    private const int CheckpointsAtOnce = 3, BytesOfALine = 400, BytesOfAHistogram = 600;
    private const double NewBest = 0.9;
    private static readonly TimeSpan WithoutNewBest = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(6);

    /// <summary>Measures each recipe for a second or a few, or two outer steps where those take longer, and adds up what is left.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folderOf">The folder that a run has, or will have.</param>
    /// <param name="options">Threads, and what stops it.</param>
    /// <exception cref="EngramException">A task's data are not there, or a recipe needs more memory than there is.</exception>
    public static ReproductionCost Measure(ReproductionPlan plan, Func<GroupMember, string> folderOf, TrainingOptions options)
    {
        var times = new List<(double Seconds, int MostThreads)>();
        var memory = new List<long>();
        (long lifetimes, long disk) = (0, 0);
        foreach (PlannedCell cell in plan.Cells)
        {
            (GroupMember Run, long Left)[] left = [.. cell.Runs.Select(r => (r, StepsLeft(r, folderOf(r)))).Where(r => r.Item2 >= 0)];
            if (left.Length == 0)
            {
                continue;
            }

            Recipe recipe = left[0].Run.Recipe;
            (double perStep, long bytes) = MeasureOne(recipe, options);
            foreach ((GroupMember run, long steps) in left)
            {
                MetaTrainingSpec spec = run.Recipe.MetaTraining;

                // Living a lifetime without its meta-gradient takes about a third of the time.
                double evaluation = run.Recipe.Evaluation.Lifetimes * perStep / spec.LifetimesPerOuterStep / 3;
                double seconds = (run.Recipe.Curriculum.Work(spec.OuterSteps - steps, spec.OuterSteps) * perStep) + evaluation;
                times.Add((seconds, options.MostThreads(run.Recipe.Layout(), run.Recipe.Task.Shape.BatchSize, spec.LifetimesPerOuterStep)));
                memory.Add(bytes);
                lifetimes += (steps * spec.LifetimesPerOuterStep) + run.Recipe.Evaluation.Lifetimes;
                disk += DiskOf(run.Recipe);
            }
        }

        int atOnce = Math.Max(1, Math.Min(options.Threads, times.Count));
        double longest = times.Select(t => t.Seconds / Math.Clamp(options.Threads / atOnce, 1, t.MostThreads)).DefaultIfEmpty().Max();
        double total = Math.Max(longest, times.Sum(t => t.Seconds) / options.Threads);
        return new ReproductionCost(
            times.Count, lifetimes, TimeSpan.FromSeconds(Math.Min(total, 1e9)), memory.OrderDescending().Take(atOnce).Sum(), disk);
    }

    // Outer steps that a run still has to do; −1 for one that needs nothing more.
    private static long StepsLeft(GroupMember run, string folder)
    {
        if (!RunDirectory.IsRun(folder))
        {
            return run.Recipe.MetaTraining.OuterSteps;
        }

        return RunDirectory.ReadResult(folder, out _) is { State: RunState.Finished or RunState.Diverged } ? -1
            : Math.Max(0, run.Recipe.MetaTraining.OuterSteps - (MetricsLog.Read(folder).LastOrDefault()?.OuterStep ?? 0));
    }

    private static (double SecondsPerStep, long Bytes) MeasureOne(Recipe recipe, TrainingOptions options)
    {
        ITaskFamily family = recipe.Task.Create(options.Data);
        long before = Process.GetCurrentProcess().WorkingSet64;
        using var lifetimes = new MetaTrainingLifetimes<float>(family, recipe.Seed);
        ParameterLayout layout = recipe.Layout();
        using var trainer = new MetaTrainer(
            layout, recipe.Initialization, recipe.MetaTraining, lifetimes, recipe.Seed, 1,
            (options with { Threads = 1 }).EnginesFor(family.Shape.BatchSize), recipe.Frozen);
        double perStep = TimeSteps(trainer, options.Stop);
        return (perStep, Math.Max(0, Process.GetCurrentProcess().WorkingSet64 - before));
    }

    // Steps become faster while the runtime compiles what they run: what counts is the median of those since the last that was clearly the
    // fastest.
    private static double TimeSteps(MetaTrainer trainer, CancellationToken stop)
    {
        var steps = new List<double>();
        var clock = Stopwatch.StartNew();
        (double best, TimeSpan since) = (double.PositiveInfinity, TimeSpan.Zero);
        try
        {
            while (!trainer.IsDone && (trainer.OuterStepsDone < 2 || (clock.Elapsed - since < WithoutNewBest && clock.Elapsed < Longest)))
            {
                stop.ThrowIfCancellationRequested();
                TimeSpan begin = clock.Elapsed;
                trainer.Step();
                double seconds = (clock.Elapsed - begin).TotalSeconds;
                if (seconds < NewBest * best)
                {
                    (best, since) = (seconds, clock.Elapsed);
                    steps.Clear();
                }

                steps.Add(seconds);
            }
        }
        catch (NonFiniteException)
        {
            // One that explodes so soon has been measured all the same.
            if (steps.Count == 0)
            {
                steps.Add(clock.Elapsed.TotalSeconds);
            }
        }

        steps.Sort();
        return steps[steps.Count / 2];
    }

    private static long DiskOf(Recipe recipe)
    {
        ParameterLayout layout = recipe.Layout();
        long copies = 1 + recipe.MetaTraining.Optimizer.Moments.Length;
        return (CheckpointsAtOnce * copies * sizeof(float) * layout.Count)
            + (recipe.MetaTraining.OuterSteps / recipe.MetricsEvery * BytesOfALine)
            + (recipe.MetaTraining.OuterSteps / recipe.CheckpointEvery * BytesOfAHistogram * layout.Parameters.Length);
    }
}
