using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Sweeps;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Text;
using Engram.Tasks;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests.RecipeFiles;

public class RecipeSettingsTests
{
    private const string Good = "network: {plastic-layers: 2}\nlearner: {name: flp}\n";

    static RecipeSettingsTests() => TaskFamilies.Registry.Register("test-waves", new WavesSpec(), "a family of a program's own");

    [Theory]
    [InlineData("meta-training: {optimizer: {name: adam, second-decay: 0.99}}")]
    [InlineData("meta-training: {optimizer: {second-decay: 0.99}}")]
    [InlineData("meta-training: {optimizer: adam}", "meta-training.optimizer.second-decay=0.99")]
    [InlineData("meta-training: {optimizer: sgd}", "meta-training.optimizer=adam", "meta-training.optimizer.second-decay=0.99")]
    public void Parse_OptimizerWithSettings_BindsThemAndReadsBack(string text, params string[] set)
    {
        Recipe recipe = RecipeReader.Parse(Good + text + "\n", "r.yaml", set);

        Assert.Equal(new AdamOptimizer { SecondDecay = 0.99 }, recipe.MetaTraining.Optimizer);
        Assert.Contains(
            "  optimizer:\n    name: adam\n    first-decay: 0.9\n    second-decay: 0.99\n    epsilon: 1e-8\n  estimator: " +
                "backpropagation\n", recipe.ToYaml(), StringComparison.Ordinal);
        Assert.Equal(recipe.MetaTraining, RecipeReader.Parse(recipe.ToYaml(), "again.yaml").MetaTraining);
    }

    [Fact]
    public void Load_ExtensionWithAnotherOptimizer_DropsTheSettingsOfTheOld()
    {
        using var folder = new TemporaryFolder();
        folder.File("base.yaml", Good + "meta-training: {optimizer: {name: adam, epsilon: 1e-6}}\n");
        string other = folder.File("other.yaml", "extends: base.yaml\nmeta-training: {optimizer: {name: momentum, momentum: 0.5}}\n"),
            same = folder.File("same.yaml", "extends: base.yaml\nmeta-training: {optimizer: adam}\n");

        Assert.Equal(new MomentumOptimizer { Momentum = 0.5 }, RecipeReader.Load(other).MetaTraining.Optimizer);
        Assert.Equal(new AdamOptimizer { Epsilon = 1e-6 }, RecipeReader.Load(same).MetaTraining.Optimizer);
    }

    [Theory]
    [InlineData(
        "meta-training:\n  optimizer:\n    name: adam\n    epsilom: 1",
        "r.yaml:6: found the unknown key 'epsilom' in 'meta-training.optimizer', expected 'name' or a setting of the meta-optimizer " +
        "'adam'; did you mean 'epsilon'?")]
    [InlineData(
        "meta-training: {optimizer: {name: sgd, momentum: 0.5}}",
        "r.yaml:3: found meta-training.optimizer.momentum, which has a meaning only where meta-training.optimizer is momentum; here " +
        "meta-training.optimizer is sgd. Remove the one or change the other.")]
    [InlineData(
        "meta-training: {optimizer: {name: adam, epsilon: 0}}",
        "r.yaml:3: meta-training.optimizer.epsilon: found '0', expected a number above 0, at most 1000000 (a setting of the " +
        "meta-optimizer 'adam').")]
    [InlineData(
        "meta-training: {optimizer: {name: adom}}",
        "r.yaml:3: meta-training.optimizer: found 'adom', expected one of adam, momentum, sgd; did you mean 'adam'?")]
    [InlineData(
        "meta-training: {optimizer: {name: {a: 1}}}",
        "r.yaml:3: meta-training.optimizer: found a section of 1 keys, expected one of adam, momentum, sgd.")]
    [InlineData("meta-training: {optimizer: }", "r.yaml:3: meta-training.optimizer: found nothing, expected one of adam, momentum, sgd.")]
    [InlineData(
        "meta-training: {estimator: {name: backpropagation, depth: 1}}",
        "r.yaml:3: found the unknown key 'depth' in 'meta-training.estimator', expected 'name' or a setting of 'backpropagation', which " +
        "has none; choose one of: name.")]
    [InlineData(
        "learner: {name: gradient}\nmeta-training: {optimizer: {sped: 1}}",
        "r.yaml:3: found the key 'learner' a second time (first in line 2), expected each key once; remove one of the two.")]
    [InlineData(
        "task: {family: test-waves, waves: 0}",
        "r.yaml:3: task.waves: found '0', expected a whole number from 1 to 50 (waves) (a setting of the task family 'test-waves').")]
    [InlineData(
        "task: {family: test-waves, ordering: iid}",
        "r.yaml:3: task.ordering: found 'iid', expected one of up-and-down, random (a setting of the task family 'test-waves').")]
    [InlineData(
        "task: {ordering: random}",
        "r.yaml:3: task.ordering: found 'random', expected one of iid, continual (a setting of the task family 'class-sequence', " +
        "'few-shot' or 'sines').")]
    [InlineData(
        "task: {waves: 3}",
        "r.yaml:3: found task.waves, which has a meaning only where task.family is test-waves; here task.family is sines. Remove the " +
        "one or change the other.")]
    public void Parse_WrongSetting_SaysWhereWhatAndWhose(string added, string message) =>
        Assert.Equal(message, Assert.Throws<EngramException>(() => RecipeReader.Parse(Good + added + "\n", "r.yaml")).Message);

    [Fact]
    public void Parse_FamilyOfAProgramsOwn_TakesItsSettings()
    {
        Recipe recipe =
            RecipeReader.Parse(Good + "task: {family: test-waves, waves: 7, ordering: up-and-down, heights: [1, 2.5]}\n", "r.yaml");

        var waves = Assert.IsType<WavesSpec>(recipe.Task);
        Assert.Equal((7, WaveOrder.UpAndDown), (waves.Waves, waves.Ordering));
        Assert.Equal([1, 2.5], waves.Heights.AsEnumerable());
        Assert.Equal(recipe.ToYaml(), RecipeReader.Parse(recipe.ToYaml(), "again.yaml").ToYaml());
        Assert.Equal(
            WaveOrder.Random, Assert.IsType<WavesSpec>(RecipeReader.Parse(Good + "task: {family: test-waves}\n", "r.yaml").Task).Ordering);
        Assert.Equal(Ordering.Iid, Assert.IsType<SinesSpec>(RecipeReader.Parse(Good + "task: {ordering: iid}\n", "r.yaml").Task).Ordering);
        Assert.Contains("`task.waves`", RecipeReader.MarkdownTable(), StringComparison.Ordinal);
        Assert.Contains("up-and-down", RecipeJsonSchema.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_SweepOfAnEntrysSetting_VariesIt() =>
        Assert.Equal(
            ["0.9", "0.99"],
            SweepReader.Parse("recipe: quick-start/flp\nvary: {meta-training.optimizer.second-decay: [0.9, 0.99]}\n", "s.yaml").Vary[
            0].Values.AsEnumerable());

    [Theory]
    [InlineData("learner: {rule: bcm}", "Bcm { Window = 50 }")]
    [InlineData("learner: {rule: {name: bcm, window: 5}}", "Bcm { Window = 5 }")]
    [InlineData("learner: {rule: {name: chain, inner: bcm, times: 2}}", "Chain { Inner = Bcm { Window = 20 }, Times = 2 }")]
    [InlineData("learner: {rule: {name: chain, inner: {name: bcm, window: 4}}}", "Chain { Inner = Bcm { Window = 4 }, Times = 1 }")]
    [InlineData(
        "learner: {rule: chain}", "Chain { Inner = Plain { }, Times = 1 }", "learner.rule.inner=bcm", "learner.rule.inner.window=3")]
    [InlineData("learner: {}", "Bcm { Window = 50 }")]
    public void Resolve_RuleThatHasSettings_BindsThemAtEveryDepth(string text, string expected, params string[] set)
    {
        RecipeValues values = Resolve(text, set);
        TestLearner learner = RecipeSettings.Bind("learner", new TestLearner(), values);

        if (set.Length == 0)
        {
            Assert.Equal(expected, learner.Rule.ToString());
        }
        else
        {
            Assert.Equal(new Chain { Inner = new Bcm { Window = 3 } }, learner.Rule);
        }

        Assert.Null(learner.FeedbackRule);
        string written = RecipeWriter.Write(values);
        Assert.Equal(learner, RecipeSettings.Bind("learner", new TestLearner(), Resolve(written)));
        Assert.Equal(written, RecipeWriter.Write(Resolve(written)));
    }

    [Fact]
    public void Resolve_EntryThatMayBeMissing_IsNoneOrOneWithSettings()
    {
        Assert.Equal(
            new Bcm { Window = 6 },
            RecipeSettings.Bind("learner", new TestLearner(), Resolve("learner: {feedback-rule: {name: bcm, window: 6}}")).FeedbackRule);
        Assert.Null(
            RecipeSettings.Bind("learner", new TestLearner
            { FeedbackRule = new Bcm() }, Resolve("learner: {feedback-rule: none}")).FeedbackRule);
        Assert.Contains(
            "which has a meaning only where learner.feedback-rule is bcm; here learner.feedback-rule is none",
            Assert.Throws<EngramException>(() => Resolve("learner: {feedback-rule: {window: 6}}")).Message, StringComparison.Ordinal);
    }

    private static RecipeValues Resolve(string text, params string[] set)
    {
        var keys = new RecipeKeySet("recipes", "'a list'", RecipeSettings.Of("learner", new TestLearner(), "learner", ["test"]));
        return new RecipeResolver(keys).Resolve(new RecipeSource("r.yaml", text, IsBuiltIn: false), set);
    }

    internal interface ITestRule;

    internal static class TestRules
    {
        public static Registry<ITestRule> Registry { get; } = Make();

        private static Registry<ITestRule> Make()
        {
            var rules = new Registry<ITestRule>("test rule");
            rules.Register("plain", new Plain(), "no settings");
            rules.Register("bcm", new Bcm(), "a setting");
            rules.Register("chain", new Chain(), "a rule in a rule");
            return rules;
        }
    }

    internal sealed record Plain : ITestRule;

    internal sealed record Bcm : ITestRule
    {
        [Setting(1, 1000, "How far the running mean reaches back.", Unit = "inner steps")]
        public double Window { get; init; } = 20;
    }

    internal sealed record Chain : ITestRule
    {
        [Setting("The rule inside.")]
        public ITestRule Inner { get; init; } = new Plain();

        [Setting(1, 9, "How often.")]
        public int Times { get; init; } = 1;
    }

    internal sealed record TestLearner
    {
        [Setting("The rule.")]
        public ITestRule Rule { get; init; } = new Bcm { Window = 50 };

        [Setting("The rule of feedback; none where it stays.")]
        public ITestRule? FeedbackRule { get; init; }
    }

    internal enum WaveOrder
    {
        UpAndDown,
        Random,
    }

    internal sealed record WavesSpec : TaskFamilySpec
    {
        [Setting(1, 50, "Waves in a lifetime.", Unit = "waves")]
        public int Waves { get; init; } = 3;

        [Setting("Order of the waves.")]
        public WaveOrder Ordering { get; init; } = WaveOrder.Random;

        [Setting(0, 10, "Heights.")]
        public ImmutableArray<double> Heights { get; init; } = [1];

        public override ITaskFamily Create(DataContext context) => throw new NotSupportedException();
    }
}
