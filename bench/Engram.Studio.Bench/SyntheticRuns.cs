using System.Globalization;
using System.Text;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;

namespace Engram.Studio.Bench;

/// <summary>Runs that were never trained: their files are those of runs, their curves are drawn.</summary>
internal static class SyntheticRuns
{
    /// <summary>Makes runs in a folder, in groups of five seeds.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="runs">How many.</param>
    /// <param name="steps">Outer steps of each, with a line of metrics each.</param>
    public static void Make(string root, int runs, int steps)
    {
        string recipe = RecipeReader.Load("quick-start/flp", [$"meta-training.outer-steps={steps.ToString(CultureInfo.InvariantCulture)}"])
            .ToYaml();
        Parallel.For(0, runs, run =>
        {
            string folder = Path.Combine(
                root, string.Create(CultureInfo.InvariantCulture, $"group-{run / 5:000}"),
                string.Create(CultureInfo.InvariantCulture, $"seed-{(run % 5) + 1}"));
            Directory.CreateDirectory(folder);
            string seed = string.Create(CultureInfo.InvariantCulture, $"  seed: {(run % 5) + 1}");
            File.WriteAllText(
                Path.Combine(folder, "recipe.yaml"),
                string.Join('\n', recipe.Split('\n').Select(l => l.StartsWith("  seed: ", StringComparison.Ordinal) ? seed : l)));
            File.WriteAllText(
                Path.Combine(folder, "environment.json"),
                RunsJson.Environment.Write(RunEnvironment.Here("quick-start/flp", (ulong)(run % 5) + 1, 1)));
            File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), Metrics(run, steps));
            if (run % 10 != 0)
            {
                File.WriteAllText(Path.Combine(folder, "result.json"), RunsJson.Result.Write(Result(run, steps)));
            }
        });
    }

    /// <summary>A line of metrics.</summary>
    public static string Line(int run, int step)
    {
        double level = 4 * Math.Exp(-step / (800.0 + (40 * (run % 37)))) + (1e-3 * (1 + (run % 11))), noise = 1
            + (0.4 * Math.Sin(step * 1.7) * Math.Cos((step * 0.37) + run));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"outerStep\":{step},\"lifetimes\":{2 * step},\"queryLoss\":{level * noise:R},\"runningQueryLoss\":{level:R}," +
                $"\"gradientNorm\":{10 * noise:R},\"elapsedSeconds\":{step * 0.0193:R}}}\n");
    }

    private static string Metrics(int run, int steps)
    {
        var text = new StringBuilder(steps * 170);
        for (int step = 1; step <= steps; step++)
        {
            text.Append(Line(run, step));
        }

        return text.ToString();
    }

    private static RunResult Result(int run, int steps) => new()
    {
        State = RunState.Finished,
        Recipe = "quick-start/flp",
        Name = "FLP",
        Learner = "flp",
        PlasticLayers = 2,
        Ordering = "iid",
        OuterSteps = steps,
        Lifetimes = 2L * steps,
        TrainingSeconds = steps * 0.0193,
        RunningQueryLoss = 1e-3 * (1 + (run % 11)),
        Evaluation = new EvaluationSummary
        { Lifetimes = 50, Split = "meta-test", QueryLoss = 1e-3 * (1 + (run % 11)), StandardError = 1e-4 },
    };
}
