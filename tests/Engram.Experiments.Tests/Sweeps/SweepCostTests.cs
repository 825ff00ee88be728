using System.Collections.Immutable;
using Engram.Experiments.Sweeps;

namespace Engram.Experiments.Tests;

/// <summary>What a sweep says of its cost and edges, and that the committed sweeps of one table give every learner the same.</summary>
public sealed class SweepCostTests
{
    [Theory]
    [InlineData("{from: 1e-4, to: 1e-2, scale: logarithmic}", "1.5e-4", "lower")]
    [InlineData("{from: 1e-4, to: 1e-2, scale: logarithmic}", "1e-3", null)]
    [InlineData("{from: 1e-4, to: 1e-2, scale: logarithmic}", "7e-3", "upper")]
    [InlineData("{from: 0, to: 1}", "0.95", "upper")]
    [InlineData("[1e-3, 3e-3, 1e-2]", "1e-2", "upper")]
    [InlineData("[1e-3, 3e-3, 1e-2]", "3e-3", null)]
    [InlineData("[1e-3]", "1e-3", null)]
    public void EdgesOf_TheBest_WarnsAtAnEnd(string axis, string best, string? end)
    {
        SweepSpec spec =
            SweepReader.Parse($"recipe: quick-start/flp\nsearch: random\nvary:\n  meta-training.rates.feedforward: {axis}\n", "s.yaml");

        ImmutableArray<string> found = SweepCost.EdgesOf(spec, [$"meta-training.rates.feedforward={best}"]);

        if (end is null)
        {
            Assert.Empty(found);
        }
        else
        {
            Assert.Contains($"at the {end} end", Assert.Single(found), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("sines-laptop", 6)]
    [InlineData("omniglot-28", 4)]
    public void CommittedSweeps_GiveEveryLearnerTheSame(string folder, int learners)
    {
        SweepSpec[] sweeps =
            [.. Directory.GetFiles(Path.Combine(Repository.Root, "sweeps", folder), "*.yaml").Select(SweepReader.Read)];

        Assert.Equal(learners, sweeps.Length);
        Assert.Single(
            sweeps.Select(
            s =>
            (s.Search, s.Trials, s.Seed, s.Networks, s.Stopping, s.FirstRung, s.Factor, s.ValidationLifetimes, s.Vary.Length,
            SweepPlan.Draw(s).Plan.OuterSteps)).Distinct());
        Assert.All(sweeps, s => Assert.Equal(SweepStopping.Halving, s.Stopping));
        Assert.All(sweeps, s => Assert.Equal(s.Trials, SweepPlan.Draw(s, ["task.ordering=continual"]).Plan.Trials.Length));
    }
}
