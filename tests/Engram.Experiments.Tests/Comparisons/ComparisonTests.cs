using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Text;
using Engram.Supervised;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Tests.ComparisonFiles;

public class ComparisonTests
{
    private const string Good =
        "problem: {name: images, dataset: glyphs, image-size: 8}\nnetwork: {hidden-widths: [6]}\nmethods:\n  backprop:\n  fa: {method: " +
        "feedback-alignment}\n";

    public static TheoryData<string> BuiltIn => [.. ComparisonReader.Names];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void Load_EveryBuiltInComparison_ReadsBackFromItsResolvedText(string name)
    {
        Comparison comparison = ComparisonReader.Load(name);
        Comparison again = ComparisonReader.Parse(comparison.ToYaml(), "again.yaml");

        Assert.Equal(comparison.ToYaml(), again.ToYaml());
        Assert.Equal(
            comparison.Methods.Select(m => (m.Label, m.Method, m.Training, m.Published)),
            again.Methods.Select(m => (m.Label, m.Method, m.Training, m.Published)));
        Assert.Equal(comparison.Problem, again.Problem);
        Assert.False(string.IsNullOrEmpty(comparison.Description));
        Assert.All(comparison.Methods.Where(m => m.Published is not null), m => Assert.True(m.Published!.Source.Length > 10));
    }

    [Theory]
    [InlineData(
        "trainin: {epochs: 3}",
        "c.yaml:6: found the unknown key 'trainin' at the top, expected a key that comparisons have; did you mean 'training'?")]
    [InlineData("training: {epoch: 3}", "c.yaml:6: found the unknown key 'epoch' in 'training'", "did you mean 'epochs'?")]
    [InlineData("training: {epochs: 0}", "c.yaml:6: training.epochs: found '0', expected a whole number from 1")]
    [InlineData(
        "training: {rates: 1e-3}", "c.yaml:6: training.rates: found '1e-3', expected a list of numbers above 0", "such as [1e-3, 3e-4]")]
    [InlineData("training: {rates: [1e-3, fast]}", "found a list of 2, expected a list of numbers")]
    [InlineData("training: {rates: [1e-3, 1e-3]}", "c.yaml:6: training.rates: found a rate twice")]
    [InlineData("training: {optimizer: adamm}", "did you mean 'adam'?")]
    [InlineData("training: {seeds: 2, selection-seeds: 3}", "c.yaml:6: training.selection-seeds: found 3 seeds", "at most the 2")]
    [InlineData("training: {schedule: {floor: 0.1}}", "found training.schedule.floor", "training.schedule.kind is constant")]
    [InlineData("published: {source: x}\n  backprop: {}", "c.yaml:7: found text that is not YAML")]
    [InlineData("learner: {name: flp}", "c.yaml:6: found the unknown key 'learner' at the top")]
    public void Parse_WrongText_SaysWhereWhatAndWhatInstead(string added, params string[] expected)
    {
        var error = Assert.Throws<EngramException>(() => ComparisonReader.Parse(Good + added + "\n", "c.yaml"));

        Assert.All(expected, e => Assert.Contains(e, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Null(Record.Exception(() => ComparisonReader.Parse(Good, "c.yaml")));
    }

    [Theory]
    [InlineData("backprp:", "c.yaml:3: methods: found 'backprp' without 'method:' below it", "did you mean 'backprop'?")]
    [InlineData("fa: {method: feedback}", "c.yaml:3: methods.fa.method: found 'feedback', expected one of")]
    [InlineData(
        "feedback-alignment: {feedback-scal: 2}", "c.yaml:3: found the unknown key 'feedback-scal' in 'methods.feedback-alignment'",
        "did you mean 'feedback-scale'?")]
    [InlineData(
        "feedback-alignment: {feedback-scale: two}", "c.yaml:3: methods.feedback-alignment.feedback-scale: found 'two', expected a number")]
    [InlineData("dtp: {target-rate: 0}", "c.yaml:3: methods.dtp.target-rate: found '0', expected a number above 0")]
    [InlineData("kolen-pollack: {decay: 1}", "c.yaml:3: methods.kolen-pollack.decay: found '1', expected a number above 0, below 1")]
    [InlineData(
        "weight-mirrors: {mirror-decay: 2}", "c.yaml:3: methods.weight-mirrors.mirror-decay: found '2', expected a number from 0 to 1")]
    [InlineData("sign-symmetry: {magnitude: big}", "methods.sign-symmetry.magnitude: found 'big', expected one of")]
    [InlineData("backprop: {feedback-scale: 2}", "found the unknown key 'feedback-scale' in 'methods.backprop'")]
    [InlineData("backprop: {published: 1.5}", "c.yaml:3: methods.backprop.published: found no published.source")]
    [InlineData("backprop: {tolerance: 1.5}", "c.yaml:3: methods.backprop.tolerance: found no 'published' beside it")]
    [InlineData("backprop: {within: 0.3}", "c.yaml:3: methods.backprop.within: found no 'against' beside it")]
    [InlineData("backprop: {against: dtp}", "c.yaml:3: methods.backprop.against: found no 'within' beside it")]
    [InlineData(
        "backprop: {against: dttp, within: 1}\n  dtp:",
        "c.yaml:3: methods.backprop.against: found 'dttp', expected another of the comparison's methods: dtp;", "did you mean 'dtp'?")]
    [InlineData(
        "backprop: {against: dtp, within: 1}", "c.yaml:3: methods.backprop.against: found 'dtp' in a comparison of one method",
        "remove 'against' and 'within'.")]
    [InlineData(
        "backprop: {against: backprop, within: 1}\n  dtp:", "c.yaml:3: methods.backprop.against: found 'backprop', expected another")]
    [InlineData(
        "backprop: {against: dtp, within: -1}\n  dtp:", "c.yaml:3: methods.backprop.within: found '-1', expected a number of at least 0")]
    [InlineData("backprop: 3", "c.yaml:3: methods.backprop: found '3', expected a section")]
    [InlineData("Back Prop: {method: backprop}", "c.yaml:3: methods: found 'Back Prop', expected a name of lower-case letters")]
    [InlineData("", "c.yaml:1: found no methods")]
    public void Parse_WrongMethod_SaysWhereWhatAndWhatInstead(string method, params string[] expected)
    {
        var error = Assert.Throws<EngramException>(() => ComparisonReader.Parse("name: x\nmethods:\n  " + method + "\n", "c.yaml"));

        Assert.All(expected, e => Assert.Contains(e, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(
        "methods: [backprop]\n",
        "c.yaml:1: methods: found a list of 1, expected a section with a key for each method, such as 'backprop:'")]
    [InlineData("name: x\nmethods: backprop\n", "c.yaml:2: methods: found 'backprop', expected a section")]
    [InlineData("name: x\nmethods: none\n", "c.yaml:1: found no methods")]
    [InlineData("", "c.yaml:1: found an empty file, expected a comparison: 'methods:'")]
    [InlineData("- backprop\n", "c.yaml:1: found a list of 1, expected a comparison: 'methods:'")]
    [InlineData("methods: }\n", "c.yaml:1: found text that is not YAML")]
    public void Parse_TextThatIsNoComparison_SaysWhatOneIs(string text, string expected)
    {
        var error = Assert.Throws<EngramException>(() => ComparisonReader.Parse(text, "c.yaml"));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("expected a recipe", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("problem.classes=1", "--set: problem.classes: found '1', expected a whole number from 2 to 1000000 (classes), or none")]
    [InlineData("problem.classes=500", "--set: problem.classes: found 180 classes in the data set 'glyphs', expected 500 or more")]
    [InlineData("problem.image-size=0", "--set: problem.image-size: found '0', expected a whole number from 1 to")]
    [InlineData("problem.validation-examples=100000", "--set: problem.validation-examples: found 100000 validation examples")]
    [InlineData("problem.dataset=mnist problem.dataset-path=/no/such", "--set: problem.dataset-path: found")]
    [InlineData("problem.dataset=mnst", "--set: problem.dataset: found 'mnst', expected one of")]
    [InlineData("network.kind=convolutional", "found no network.channels, expected a list of whole numbers")]
    [InlineData(
        "methods.fa.feedbck-scale=2", "--set: found the unknown key 'methods.fa.feedbck-scale'",
        "did you mean 'methods.fa.feedback-scale'?")]
    public void Check_SettingThatDoesNotFit_SaysSo(string setting, params string[] expected)
    {
        var error = Assert.Throws<EngramException>(
            () => ComparisonTraining.Check(ComparisonReader.Parse(Good, "c.yaml", setting.Split(' ')), new TrainingOptions()));

        Assert.All(expected, e => Assert.Contains(e, error.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("problem.outputs=3", "--set: problem.outputs: found '3', expected a whole number from 1 to 2 (torques)")]
    [InlineData("problem.largest-angle=0", "--set: problem.largest-angle: found '0', expected a number from 1e-6 to 10000 (rad)")]
    public void Check_ArmThatThereCannotBe_SaysSo(string setting, string expected)
    {
        var error = Assert.Throws<EngramException>(
            () => ComparisonReader.Parse("problem: {name: two-link-arm}\nmethods: {backprop: {}}\n", "c.yaml", [setting]));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Settings_ReachMethodsAndProblem()
    {
        Comparison comparison = ComparisonReader.Parse(
            Good[Good.IndexOf("network", StringComparison.Ordinal)..], "c.yaml",
                ["methods.fa.feedback-scale=2", "methods.kp.method=kolen-pollack", "methods.kp.decay=0.9", "training.rates=[0.1, 0.2]",
                "problem.name=two-link-arm", "problem.outputs=1"], ["fa", "kp"]);

        Assert.Equal(["fa", "kp"], comparison.Methods.Select(m => m.Label));
        Assert.Equal(new FeedbackAlignmentSpec { FeedbackScale = 2 }, comparison.Methods[0].Method);
        Assert.Equal(new KolenPollackSpec { Decay = 0.9 }, comparison.Methods[1].Method);
        Assert.Equal([0.1, 0.2], comparison.Methods[1].Rates.AsEnumerable());
        Assert.Equal(new TwoLinkArmSpec { Outputs = 1 }, comparison.Problem);
    }

    [Fact]
    public void Parse_AutoencoderWithALinearLayer_HasItsTargetsAndThatLayer()
    {
        const string Text = "problem: {name: autoencoder, image-size: 8}\nnetwork: {hidden-widths: [9, 3, 9], linear-layers: [2]}\n" +
            "methods:\n  dfc:\n";
        Comparison comparison = ComparisonReader.Parse(Text, "c.yaml");
        SupervisedNetworkSpec network = comparison.Network.For(comparison.Problem.KnownShape!, comparison.IsClassification);

        Assert.Equal(64, network.Outputs);
        Assert.Equal(Objective.MeanSquaredError, network.Objective);
        Assert.Equal(
            [Activation.Tanh, Activation.Identity, Activation.Tanh, Activation.Identity], network.Layers.Select(l => l.Activation));
        Assert.Equal([2], ComparisonReader.Parse(comparison.ToYaml(), "again.yaml").Network.LinearLayers.AsEnumerable());
        Assert.Equal(
            "--set: network.linear-layers: found layer 4 among 3 of network.hidden-widths, expected one of them.",
            Assert.Throws<EngramException>(() => ComparisonReader.Parse(Text, "c.yaml", ["network.linear-layers=[4]"])).Message);
    }

    [Fact]
    public void Parse_OptimizerOfAMethod_IsItsOwnThenItsDefaultThenThatOfAll()
    {
        Comparison comparison = ComparisonReader.Parse(
            "training: {optimizer: momentum}\nmethods:\n  backprop:\n  dtp: {optimizer: adam}\n  local-plasticity:\n  local: {method: " +
            "local-plasticity, optimizer: adam}\n", "c.yaml");

        Assert.Equal(["momentum", "adam", "sgd", "adam"], comparison.Methods.Select(m => m.Training.Optimizer));
        Assert.Contains(
            "expected one of flp, hebb",
            Assert.Throws<EngramException>(
            () => ComparisonReader.Parse("methods: {local-plasticity: {learner: gradient}}\n", "c.yaml")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Observe_KickbackOfTwoOutputs_ComparesWithTheGradientOfItsOwnSynapses()
    {
        Comparison comparison = ComparisonReader.Parse(
            "problem: {name: two-link-arm, outputs: 2}\nnetwork: {hidden-widths: [12, 10], activation: relu}\nmethods: {kickback: {}}\n",
            "c.yaml");
        ISupervisedProblem problem = comparison.Problem.Create(DataContext.Default());
        using var trainer = new SupervisedTrainer(
            comparison.Network.For(problem.Shape, classification: false), comparison.Methods[0].Method, comparison.Methods[0].Training,
                new LabelledExamples(problem, ExampleSplit.Train), 1, 1);
        using var measures = new StepMeasures(trainer.Network);
        trainer.Step(measures);
        (var layers, _) = measures.Take();

        // The last two layers' directions are the gradient, layer 0's is not.
        Assert.All(layers[1..], l => Assert.Equal((0, 1), (Math.Round(l.AngleDegrees, 3), Math.Round(l.NormRatio, 5))));
        Assert.True(layers[0].AngleDegrees > 1);
    }

    [Fact]
    public void Parse_MethodHeldAgainstAnother_SaysSoInItsResolvedTextUnlessThatOneIsLeftOut()
    {
        const string text = "published: {order: 0.5, source: x}\nmethods:\n  backprop:\n  dtp: {against: backprop, within: 0.3}\n";
        Comparison comparison = ComparisonReader.Parse(text, "c.yaml");

        Assert.Equal(0.5, comparison.PublishedOrder);
        Assert.Equal(
            [null, new MethodReference("backprop", 0.3)],
            ComparisonReader.Parse(comparison.ToYaml(), "again.yaml").Methods.Select(m => m.Reference));
        Assert.Null(Assert.Single(ComparisonReader.Parse(text, "c.yaml", null, ["dtp"]).Methods).Reference);
        Assert.Throws<EngramException>(
            () =>
            ComparisonReader.Parse(
            text.Replace("against: backprop", "against: backprp", StringComparison.Ordinal), "c.yaml", null, ["dtp"]));
    }

    [Fact]
    public void Keys_OfEveryBuiltInMethodAndProblem_HaveAMeaningOfTheirOwn()
    {
        IEnumerable<RecipeKey> keys = SupervisedProblems.Registry.Names.SelectMany(
            p => ComparisonSchema.For(p, CreditAssignments.Registry.Names.Select(m => (m, m))).Keys);

        Assert.All(keys,
            k =>
            Assert.False(
            k.Summary.StartsWith("A setting of", StringComparison.Ordinal), $"{k.Path} needs a [Setting] that says what it means"));
    }

    [Fact]
    public void Parse_EveryRegisteredMethodAndProblem_HasItsSettingsAsKeys()
    {
        foreach (string name in CreditAssignments.Registry.Names)
        {
            Comparison comparison = ComparisonReader.Parse($"methods: {{{name}: {{}}}}\n", "c.yaml");
            Assert.Equal(CreditAssignments.Registry.Get(name), comparison.Methods[0].Method);
        }

        foreach (string name in SupervisedProblems.Registry.Names)
        {
            Assert.Equal(
                SupervisedProblems.Registry.Get(name),
                ComparisonReader.Parse($"problem: {{name: {name}}}\nmethods: {{backprop: {{}}}}\n", "c.yaml").Problem);
        }
    }

    [Fact]
    public void Observe_Backpropagation_PointsAlongTheGradientAndFeedbackAlignmentDoesNot()
    {
        Comparison comparison = ComparisonReader.Parse(Good, "c.yaml");
        ISupervisedProblem problem = comparison.Problem.Create(DataContext.Default());
        foreach (ComparedMethod method in comparison.Methods)
        {
            SupervisedNetworkSpec network = comparison.Network.For(problem.Shape, classification: true);
            using var trainer =
                new SupervisedTrainer(network, method.Method, method.Training, new LabelledExamples(problem, ExampleSplit.Train), 1, 1);
            using var measures = new StepMeasures(trainer.Network);
            trainer.Step(measures);
            MeasureSums saved = measures.Save();
            (var layers, _) = measures.Take();
            bool same = method.Label == "backprop";
            Assert.Equal(2, layers.Length);
            Assert.Equal(0, layers[1].AngleDegrees, 1e-3);
            Assert.Equal(1, layers[1].NormRatio, 1e-5);
            Assert.InRange(layers[0].AngleDegrees, same ? 0 : 30, same ? 1e-3 : 150);
            Assert.Equal(double.NaN, layers[0].FeedbackAngleDegrees);
            Assert.InRange(layers[1].FeedbackAngleDegrees, same ? 0 : 60, same ? 1e-3 : 120);

            // Taken sums are gone; restored ones are there again.
            Assert.Empty(measures.Take().Layers);
            measures.Restore(saved);
            Assert.Equal(layers.AsEnumerable(), measures.Take().Layers.AsEnumerable());
        }
    }
}
