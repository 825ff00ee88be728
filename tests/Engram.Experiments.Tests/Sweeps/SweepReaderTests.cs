using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Learning.Learners;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests.Sweeps;

public class SweepReaderTests
{
    private const string Good = """
        recipe: quick-start/flp
        search: random
        trials: 7
        networks: 2
        seed: 3
        settings: {meta-training.outer-steps: 900, network.hidden-widths: [8, 9]}
        vary:
          learner.rule: [oja, hebb]
          meta-training.rates.feedforward: {from: 1e-4, to: 1e-2, scale: logarithmic}
          learner.feedback-layers: {from: 1, to: 3}
        stopping: {rule: halving, first: 100, factor: 3}
        validation: {lifetimes: 20}
        """;

    [Fact]
    public void Parse_EveryKey_ReachesTheSpec()
    {
        SweepSpec spec = SweepReader.Parse(Good, "s.yaml");

        Assert.Equal(("quick-start/flp", SweepSearch.Random, 7, 2, 3UL), (spec.Recipe, spec.Search, spec.Trials, spec.Networks, spec.Seed));
        Assert.Equal<string>(["meta-training.outer-steps=900", "network.hidden-widths=[8, 9]"], spec.Settings);
        Assert.Equal((SweepStopping.Halving, 100, 3, 20), (spec.Stopping, spec.FirstRung, spec.Factor, spec.ValidationLifetimes));
        Assert.Equal<string>(["oja", "hebb"], spec.Vary[0].Values);
        Assert.Equal((1e-4, 1e-2, true, false), (spec.Vary[1].From, spec.Vary[1].To, spec.Vary[1].IsLogarithmic, spec.Vary[1].IsWhole));
        Assert.True(spec.Vary[2].IsWhole);
        Assert.Equal<long>([100, 300, 900], spec.Rungs(900));
        Assert.Equal<long>([100, 300, 900, 1000], spec.Rungs(1000));
    }

    [Theory]
    [InlineData("trials: 7", "trails: 7", "s.yaml:3: found the unknown key 'trails' at the top", "did you mean 'trials'?")]
    [InlineData("trials: 7", "trials: many", "s.yaml:3: trials: found 'many', expected a whole number from 1 to 10000")]
    [InlineData("search: random", "search: rnd", "s.yaml:2: search: found 'rnd', expected one of grid, random")]
    [InlineData("search: random", "search: grid", "s.yaml:3: trials: found a number of trials for a grid")]
    [InlineData(
        "learner.rule: [oja, hebb]", "learner.rul: [oja, hebb]", "s.yaml:8: vary: found the key 'learner.rul'",
        "did you mean 'learner.rule'?")]
    [InlineData(
        "learner.rule: [oja, hebb]", "learner.rule: {from: 1, to: 2}",
        "learner.rule: found a section of 2 keys, expected a list of values.")]
    [InlineData(
        "learner.rule: [oja, hebb]", "learner.rule: [oja, hebb, oja]",
        "s.yaml:8: learner.rule: found 'oja' a second time, expected each value once")]
    [InlineData(
        "learner.rule: [oja, hebb]", "initialization.hidden-plasticity: [1e-3, 0.001]",
        "s.yaml:8: initialization.hidden-plasticity: found '0.001' a second time")]
    [InlineData("learner.rule: [oja, hebb]", "name: [a, b]", "a sweep names its trials itself")]
    [InlineData("learner.rule: [oja, hebb]", "meta-training.seed: [1, 2]", "'networks' says how many seeds")]
    [InlineData("from: 1e-4, to: 1e-2", "from: 1e-2, to: 1e-4", "expected one that rises")]
    [InlineData("from: 1e-4, to: 1e-2", "from: 0, to: 1e-2", "expected a number above 0")]
    [InlineData("from: 1e-4, to: 1e-2", "from: 1e-4", "found no 'to', expected a number")]
    [InlineData("from: 1e-4, to: 1e-2", "form: 1e-4, to: 1e-2", "did you mean 'from'?")]
    [InlineData("rule: halving", "rule: halves", "stopping.rule: found 'halves', expected one of none, halving, median")]
    [InlineData(
        "rule: halving", "rule: medan", "stopping.rule: found 'medan', expected one of none, halving, median; did you mean 'median'?")]
    [InlineData("factor: 3", "factor: 1", "stopping.factor: found '1', expected a number from 1.1 to 1000")]
    [InlineData("recipe: quick-start/flp", "seed: 1", "a second time")]
    public void Parse_WrongKeyOrValue_NamesPlaceAndWhatWasExpected(string good, string wrong, params string[] expected)
    {
        var error = Assert.Throws<EngramException>(() => SweepReader.Parse(Good.Replace(good, wrong, StringComparison.Ordinal), "s.yaml"));
        Assert.All(expected, e => Assert.Contains(e, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_WithoutRecipeOrKeys_IsRefused()
    {
        Assert.Contains(
            "found no recipe", Assert.Throws<EngramException>(() => SweepReader.Parse("vary: {learner.rule: [oja]}", "s.yaml")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "nothing under vary", Assert.Throws<EngramException>(() => SweepReader.Parse("recipe: quick-start/flp", "s.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "s.yaml:1: found an empty file, expected a sweep: 'recipe:'")]
    [InlineData("- a\n", "s.yaml:1: found a list of 1, expected a sweep: 'recipe:'")]
    [InlineData("recipe: }\n", "s.yaml:1: found text that is not YAML")]
    public void Parse_TextThatIsNoSweep_SaysWhatOneIs(string text, string expected)
    {
        var error = Assert.Throws<EngramException>(() => SweepReader.Parse(text, "s.yaml"));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.EndsWith("docs/RECIPES.md has an example.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Draw_Grid_IsEveryCombination()
    {
        SweepSpec spec = SweepReader.Parse(
            "recipe: quick-start/flp\nnetworks: 2\nvary:\n  learner.rule: [oja, hebb]\n  meta-training.rates.feedforward: {from: 1e-4, " +
                "to: 1e-2, scale: logarithmic}\n", "s.yaml");
        (SweepPlan plan, var members) = SweepPlan.Draw(spec, ["network.width=8"]);

        Assert.Equal(
            ["oja 1e-4", "oja 0.001", "oja 0.01", "hebb 1e-4", "hebb 0.001", "hebb 0.01"],
            plan.Trials.Select(t => string.Join(' ', t.Settings.Select(s => s.Split('=')[1]))));
        Assert.Equal(12, members.Length);
        Assert.Equal(
            (8, 2UL, 0.001), (members[3].Recipe.Network.Width, members[3].Recipe.Seed, members[3].Recipe.MetaTraining.Rates.Feedforward));
    }

    [Fact]
    public void Draw_Random_StaysInItsRangesAndKeepsItsFirstTrialsWithMore()
    {
        SweepSpec spec = SweepReader.Parse(Good, "s.yaml") with { Trials = 40 };
        SweepPlan plan = SweepPlan.Draw(spec).Plan;

        double[] rates =
            [.. plan.Trials.Select(t => double.Parse(t.Settings[1].Split('=')[1], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.All(rates, r => Assert.InRange(r, 1e-4, 1e-2));
        Assert.InRange(rates.Count(r => r < 1e-3), 10, 30);
        Assert.Equal(3, plan.Trials.Select(t => t.Settings[2]).Distinct().Count());
        Assert.Equal(
            SweepPlan.Draw(spec with { Trials = 5 }).Plan.Trials.Select(t => string.Join(' ', t.Settings)),
            plan.Trials.Take(5).Select(t => string.Join(' ', t.Settings)));
    }

    [Fact]
    public void Draw_RandomWholeNumbers_AreAsLikelyEach()
    {
        SweepSpec spec =
            SweepReader.Parse("recipe: quick-start/flp\nsearch: random\ntrials: 600\nvary: {network.width: {from: 7, to: 9}}\n", "s.yaml");
        int[] counts = [.. SweepPlan.Draw(spec).Plan.Trials.CountBy(t => t.Settings[0]).OrderBy(c => c.Key, StringComparer.Ordinal)
            .Select(c => c.Value)];

        // Each 200 ± 12: half as many at the ends, as rounding gives, would be 150 and 300 between them.
        Assert.Equal(3, counts.Length);
        Assert.All(counts, c => Assert.InRange(c, 165, 235));
    }

    [Theory]
    [InlineData("initialization.hidden-feedback-strength", "{from: 0.9990, to: 0.9999}", "0.999 0.99945 0.9999")]
    [InlineData("initialization.hidden-feedback-strength", "{from: 1, to: 1.2346}", "1 1.12 1.2346")]
    [InlineData("learner.feedback-layers", "{from: 1, to: 2}", "1 2")]
    public void Draw_GridOfARange_HasBothEndsAndNoValueTwice(string key, string range, string expected)
    {
        SweepPlan plan = SweepPlan.Draw(SweepReader.Parse($"recipe: quick-start/flp\nvary: {{{key}: {range}}}\n", "s.yaml")).Plan;

        Assert.Equal(expected.Split(' '), plan.Trials.Select(t => t.Settings[0].Split('=')[1]));
    }

    [Fact]
    public void Rungs_ThatFallTogether_AreOne() =>
        Assert.Equal<long>(
            [1, 2, 3], [.. new SweepSpec
            { Recipe = "", Vary = [], Stopping = SweepStopping.Halving, FirstRung = 1, Factor = 1.1 }.Rungs(1000).Take(3)]);

    [Theory]
    [InlineData("meta-training.seed=7")]
    [InlineData("name=mine")]
    public void Draw_SettingThatTheSweepMakesItself_IsRefused(string setting)
    {
        SweepSpec spec = SweepReader.Parse("recipe: quick-start/flp\nvary: {learner.rule: [oja, hebb]}", "s.yaml");

        Assert.Contains(
            $"Found {setting.Split('=')[0]} among the settings of a sweep",
            Assert.Throws<EngramException>(() => SweepPlan.Draw(spec, [setting])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vary:\n  learner.rule:\n    - oja\n    - ojja\n", "s.yaml:5: learner.rule: found 'ojja', expected one of")]
    [InlineData("vary: {network.plastic-layers: [2, 90]}\n", "s.yaml:2: network.plastic-layers: found 90 plastic layers in a network of")]
    [InlineData("vary: {learner.order: [first]}\n", "s.yaml:2: found learner.order, which has a meaning only where")]
    [InlineData(
        "vary: {meta-training.rates.readout-plasticity: {from: -3, to: -1}}\n",
        "s.yaml:2: meta-training.rates.readout-plasticity: found '-3', expected a number")]
    [InlineData(
        "settings: {learner.rul: oja}\nvary: {learner.granularity: [layer]}\n", "s.yaml:2: found the unknown key 'learner.rul', expected")]
    [InlineData(
        "settings: {learner.rule: ojja}\nvary: {learner.granularity: [layer]}\n", "s.yaml:2: learner.rule: found 'ojja', expected one of")]
    public void Draw_SettingThatDoesNotFit_NamesItsPlaceInTheSweep(string keys, string expected)
    {
        SweepSpec spec = SweepReader.Parse("recipe: quick-start/flp\n" + keys, "s.yaml");

        Assert.StartsWith(expected, Assert.Throws<EngramException>(() => SweepPlan.Draw(spec)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_SettingsOfTheCommandLine_AreNamedSoAndHoldOverTheSweeps()
    {
        SweepSpec spec =
            SweepReader.Parse("recipe: quick-start/flp\nsettings: {learner.rule: ojja}\nvary: {learner.granularity: [layer]}\n", "s.yaml");

        Assert.StartsWith(
            "--set: learner.rule: found 'heb', expected one of",
            Assert.Throws<EngramException>(() => SweepPlan.Draw(spec, ["learner.rule=heb"])).Message, StringComparison.Ordinal);
        GroupMember member = Assert.Single(SweepPlan.Draw(spec, ["learner.rule=hebb"]).Members);
        Assert.IsType<HebbRule>(Assert.IsType<LocalLearnerSpec>(member.Recipe.Learner).Rule);
    }

    [Fact]
    public void Draw_SettingOfAKeyThatIsVaried_IsRefused()
    {
        SweepSpec spec = SweepReader.Parse("recipe: quick-start/flp\nvary: {learner.rule: [oja, hebb]}", "s.yaml");

        Assert.Contains(
            "Found learner.rule among the settings of a sweep that varies it",
            Assert.Throws<EngramException>(() => SweepPlan.Draw(spec, ["learner.rule=hebb"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SweepStopping.Halving, 3, new double[] { 1, 2, 3, 4, 5, 6, 7 }, 3)]
    [InlineData(SweepStopping.Halving, 3, new double[] { 1, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity }, 1)]
    [InlineData(SweepStopping.Median, 3, new double[] { 1, 2, 3, 4, 5 }, 3)]
    [InlineData(SweepStopping.Median, 3, new double[] { 1, 1, 1, 1 }, 4)]
    [InlineData(SweepStopping.None, 3, new double[] { 1, 2, double.PositiveInfinity }, 2)]
    public void Survivors_OfRankedLosses_AreTheRulesShare(SweepStopping rule, double factor, double[] losses, int expected) =>
        Assert.Equal(expected, new SweepSpec { Recipe = "", Vary = [], Stopping = rule, Factor = factor }.Survivors(losses));
}
