using System.Diagnostics;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sources;
using Engram.Experiments.Training;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Tasks.Data;
using Engram.Tasks.Families;

namespace Engram.Bench;

/// <summary>What a run's records cost: outer steps with metrics, events and checkpoints, and the same outer steps without.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="OuterSteps">Outer steps of each measurement.</param>
/// <param name="Checkpoints">Checkpoints written in each, the one before the first outer step among them.</param>
/// <param name="ProcessorSecondsWithout">Processor seconds without records, of each round.</param>
/// <param name="ProcessorSecondsWith">Processor seconds with records, of each round.</param>
/// <param name="SecondsWithout">Seconds without records.</param>
/// <param name="SecondsWith">Seconds with records.</param>
public sealed record RecordsBenchmarkResult(
    string Recipe,
    long OuterSteps,
    long Checkpoints,
    IReadOnlyList<double> ProcessorSecondsWithout,
    IReadOnlyList<double> ProcessorSecondsWith,
    IReadOnlyList<double> SecondsWithout,
    IReadOnlyList<double> SecondsWith)
{
    /// <summary>Share of processor time that records add, in percent: the median of the rounds.</summary>
    public double ProcessorPercent => Percent(ProcessorSecondsWithout, ProcessorSecondsWith);

    /// <summary>Share of time that records add, in percent: the median of the rounds.</summary>
    public double WallPercent => Percent(SecondsWithout, SecondsWith);

    private static double Percent(IReadOnlyList<double> without, IReadOnlyList<double> with) =>
        LifetimeBenchmarkResult.Median([.. without.Zip(with, (a, b) => 100 * ((b / a) - 1))]);
}

/// <summary>Measures what records cost, in pairs: both kinds of a round follow each other, and change places from round to round.</summary>
public static class RecordsBenchmark
{
    /// <summary>Runs the benchmark.</summary>
    /// <param name="recipeName">The recipe; its data must be there.</param>
    /// <param name="outerSteps">Outer steps of each measurement.</param>
    /// <param name="rounds">Rounds.</param>
    /// <param name="folder">Where records go; the folder's own, and deleted run by run.</param>
    /// <param name="progress">Called after each round with its number and percentage of processor time; null for nobody.</param>
    public static RecordsBenchmarkResult Run(
        string recipeName, long outerSteps, int rounds, string folder, Action<int, double>? progress = null)
    {
        // The recipe stays as long as it is, so that its schedule and intervals are those of a real run.
        Recipe recipe = RecipeReader.Load(recipeName);
        outerSteps = Math.Min(outerSteps, recipe.MetaTraining.OuterSteps - 1);
        var without = new List<(double Processor, double Wall)>();
        var with = new List<(double Processor, double Wall)>();
        Timed(() => Bare(recipe, Math.Min(outerSteps, 20)));
        Timed(() => Recorded(recipe, recipeName, Math.Min(outerSteps, 20), folder));
        for (int round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
            {
                without.Add(Timed(() => Bare(recipe, outerSteps)));
            }

            with.Add(Timed(() => Recorded(recipe, recipeName, outerSteps, folder)));
            if (round % 2 == 1)
            {
                without.Add(Timed(() => Bare(recipe, outerSteps)));
            }

            progress?.Invoke(round, 100 * ((with[^1].Processor / without[^1].Processor) - 1));
        }

        return new RecordsBenchmarkResult(
            recipeName,
            outerSteps,
            2 + (outerSteps / recipe.CheckpointEvery),
            [.. without.Select(t => t.Processor)],
            [.. with.Select(t => t.Processor)],
            [.. without.Select(t => t.Wall)],
            [.. with.Select(t => t.Wall)]);
    }

    private static void Bare(Recipe recipe, long outerSteps)
    {
        ITaskFamily family = recipe.Task.Create(DataContext.Default());
        using var lifetimes = new MetaTrainingLifetimes<float>(family, recipe.Seed);
        ParameterLayout layout = recipe.Layout();
        using var trainer = new MetaTrainer(
            layout, recipe.Initialization, recipe.MetaTraining, lifetimes, recipe.Seed, 1, (l, threads) =>
            LifetimeEngines.Create<float>(l, options: new EngineOptions { Threads = threads }), recipe.Frozen);
        for (long step = 0; step < outerSteps; step++)
        {
            trainer.Step();
        }
    }

    private static void Recorded(Recipe recipe, string name, long outerSteps, string folder)
    {
        string run = Path.Combine(folder, Guid.NewGuid().ToString("N"));
        using (RunDirectory created = RunDirectory.Create(run, recipe, RunEnvironment.Here(name, recipe.Seed, 1)))
        {
            RunTraining.Advance(created, outerSteps, new TrainingOptions { Threads = 1 });
        }

        Directory.Delete(run, recursive: true);
    }

    private static (double Processor, double Wall) Timed(Action work)
    {
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        TimeSpan before = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        work();
        double wall = clock.Elapsed.TotalSeconds;
        process.Refresh();
        return ((process.TotalProcessorTime - before).TotalSeconds, wall);
    }
}
