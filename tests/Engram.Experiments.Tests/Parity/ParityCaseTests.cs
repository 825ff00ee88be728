using Engram.Experiments.Parity;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests.Parity;

/// <summary>Parity cases of our own making: what is read from a file, and what is said of a bad one.</summary>
public sealed class ParityCaseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static readonly LocalLearnerSpec Clamped = new()
    { Objective = Objective.CrossEntropy, Signal = FeedbackSignal.Target, OutputClamped = true };

    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 5, 4, 4], 2);

    private static readonly Dictionary<string, (LearnerSpec Learner, NetworkSpec Network)> Options = new(StringComparer.Ordinal)
    {
        ["defaults"] = (new LocalLearnerSpec(), Network),
        ["no frozen layers"] = (new LocalLearnerSpec(), NetworkSpec.Feedforward([3, 5, 1], 2)),
        ["one layer"] = (new LocalLearnerSpec(), NetworkSpec.Feedforward([3, 2], 1)),
        ["identity inside, relu at the end"] = (
            new LocalLearnerSpec(),
            new NetworkSpec(
                [new LinearSpec(3, 4, Activation.Identity), new LinearSpec(4, 5, Activation.Identity),
                new LinearSpec(5, 2, Activation.Relu)], 2)),
        ["hebb, three feedback layers"] = (new LocalLearnerSpec { Rule = new HebbRule(), FeedbackLayers = 3 }, Network),
        ["linear deeper feedback times sign"] =
            (new LocalLearnerSpec { FeedbackLayers = 2, RectifiedFeedback = false, FeedbackTimesSign = true }, Network),
        ["only at output"] = (new LocalLearnerSpec { FeedbackOnlyAtOutput = true, RectifiedSignal = true }, Network),
        ["network plasticity"] = (new LocalLearnerSpec { Granularity = Granularity.Network, HiddenPlasticityMultiplier = 3.5 }, Network),
        ["neuron plasticity"] =
            (new LocalLearnerSpec { Granularity = Granularity.Neuron, Presynaptic = PresynapticActivity.PostFeedback }, Network),
        ["clamped"] = (Clamped, Network),
        ["clamped error"] =
            (Clamped with { Signal = FeedbackSignal.Error, DetachedSignal = true, Granularity = Granularity.Layer }, Network),
        ["unclamped error"] =
            (Clamped with { Signal = FeedbackSignal.Error, DetachedSignal = true, OutputClamped = false, FeedbackLayers = 2 }, Network),
        ["gradient"] = (new GradientLearnerSpec { Objective = Objective.CrossEntropy }, Network),
        ["gradient, first order, fixed"] = (new GradientLearnerSpec { Order = GradientOrder.First, FixedInnerRate = 0.05 }, Network),
    };

    public static TheoryData<string> OptionNames => [.. Options.Keys];

    /// <summary>What is done to a good case, and what the message must then name.</summary>
    private static readonly Dictionary<string, (Action<ParityCaseBuilder> Tamper, string[] Named)> Damages = new(StringComparer.Ordinal)
    {
        ["missing problem"] = (b => b.Metadata.Remove("problem"), ["metadata 'problem'", "expected it in a parity case"]),
        ["misspelt problem"] =
            (b => { b.Metadata.Remove("problem"); b.Metadata["problm"] = "regression"; }, ["metadata 'problem'", "rename 'problm'"]),
        ["missing rule"] = (b => b.Metadata.Remove("rule"), ["rule"]),
        ["missing steps"] = (b => b.Metadata.Remove("steps"), ["steps"]),
        ["missing layers"] = (b => b.Metadata.Remove("layers"), ["layers"]),
        ["unknown rule"] = (b => b.Metadata["rule"] = "flpp", ["rule", "flpp", "flp"]),
        ["unknown signal"] = (b => b.Metadata["feedback_signal"] = "errror", ["feedback_signal", "errror", "error"]),
        ["unknown level"] = (b => b.Metadata["plasticity_level"] = "area", ["plasticity_level", "area"]),
        ["unknown presynaptic"] = (b => b.Metadata["presynaptic"] = "before", ["presynaptic", "before"]),
        ["unknown problem"] = (b => b.Metadata["problem"] = "clustering", ["problem"]),
        ["other loss"] = (b => b.Metadata["loss"] = "mse", ["loss", "cross_entropy"]),
        ["bad flag"] = (b => b.Metadata["output_clamped"] = "yes", ["output_clamped", "yes"]),
        ["bad number"] = (b => b.Metadata["hidden_plasticity_multiplier"] = "many", ["hidden_plasticity_multiplier", "many"]),
        ["no feedback layers"] = (b => b.Metadata["feedback_layers"] = "0", ["feedback_layers"]),
        ["too many feedback layers"] = (b => b.Metadata["feedback_layers"] = "2000000000", ["feedback_layers"]),
        ["negative steps"] = (b => b.Metadata["steps"] = "-1", ["steps"]),
        ["other steps"] = (b => b.Metadata["steps"] = "5", ["stream.input", "steps"]),
        ["other batch"] = (b => b.Metadata["batch"] = "3", ["stream.input", "batch"]),
        ["layers no JSON"] = (b => b.Metadata["layers"] = "[{", ["layers"]),
        ["layers no list"] = (b => b.Metadata["layers"] = "{}", ["layers"]),
        ["layers empty"] = (b => b.Metadata["layers"] = "[]", ["layers"]),
        ["layers of numbers"] = (b => b.Metadata["layers"] = "[1, 2]", ["layers"]),
        ["unknown kind"] =
            (b => b.Metadata["layers"] = b.Metadata["layers"].Replace("linear", "dense", StringComparison.Ordinal), ["layers", "dense"]),
        ["unknown activation"] =
            (b => b.Metadata["layers"] = b.Metadata["layers"].Replace("relu", "gelu", StringComparison.Ordinal), ["layers", "gelu"]),
        ["negative width"] = (b => b.Metadata["layers"] = b.Metadata["layers"]
            .Replace("\"outputs\":5", "\"outputs\":-5", StringComparison.Ordinal), ["layers", "outputs"]),
        ["widths that do not fit"] = (b => b.Metadata["layers"] = b.Metadata["layers"]
            .Replace("\"outputs\":5", "\"outputs\":6", StringComparison.Ordinal), ["layers"]),
        ["huge width"] = (b => b.Metadata["layers"] = b.Metadata["layers"]
            .Replace("\"outputs\":4,\"activation\":\"identity\"", "\"outputs\":2000000000,\"activation\":\"identity\"",
            StringComparison.Ordinal), ["init.layer1.feedback0.weight"]),
        ["all frozen"] = (b => b.Metadata["frozen_layers"] = "3", ["frozen_layers"]),
        ["too many frozen"] = (b => b.Metadata["frozen_layers"] = "7", ["frozen_layers"]),
        ["fewer frozen than there are α for"] = (b => b.Metadata["frozen_layers"] = "0", ["init.layer0.alpha"]),
        ["missing weight"] = (b => b.Tensors.Remove("init.layer1.weight"), ["init.layer1.weight"]),
        ["missing feedback"] = (b => b.Tensors.Remove("init.layer1.feedback0.bias"), ["init.layer1.feedback0.bias"]),
        ["missing query"] = (b => b.Tensors.Remove("query.input"), ["query.input"]),
        ["missing labels"] = (b => b.Labels.Remove("stream.label"), ["stream.label"]),
        ["nothing expected"] = (b => b.Tensors.Keys.Where(k => k.StartsWith("expect.grad.", StringComparison.Ordinal)).ToList()
            .ForEach(k => b.Tensors.Remove(k)), ["expect.grad."]),
        ["wrong rank"] =
            (b => b.Tensors["init.layer1.bias"] = ([4, 1], b.Tensors["init.layer1.bias"].Values), ["init.layer1.bias", "[4, 1]", "[4]"]),
        ["wrong shape"] = (b => b.Tensors["init.layer1.alpha"] = ([5, 4], b.Tensors["init.layer1.alpha"].Values),
            ["init.layer1.alpha", "[5, 4]", "[4, 5]"]),
        ["wrong shape of β"] = (b => b.Tensors["init.layer1.beta"] = ([2], [0.5, 0.5]), ["init.layer1.beta"]),
        ["wrong shape of a gradient"] = (b => b.Tensors["expect.grad.layer0.bias"] = ([1], [1]), ["expect.grad.layer0.bias"]),
        ["flat query"] = (b => b.Tensors["query.input"] = ([15], b.Tensors["query.input"].Values), ["query.input"]),
        ["label too large"] = (b => b.Labels["query.label"].Values[2] = 4, ["query.label", "label 4", "0 to 3"]),
        ["negative label"] = (b => b.Labels["stream.label"].Values[0] = -1, ["stream.label", "-1"]),
        ["labels that are no whole numbers"] =
            (b => { b.Labels.Remove("query.label"); b.Tensors["query.label"] = ([5], [0, 1, 2, 3, 0]); }, ["query.label"]),
        ["state after the last step"] = (b => b.Tensors["expect.after4.layer1.weight"] = b.Tensors["expect.after3.layer1.weight"],
            ["expect.after4.layer1.weight", "steps"]),
        ["state of a frozen layer"] = (b => b.Tensors["expect.after0.layer0.weight"] = b.Tensors["init.layer0.weight"],
            ["expect.after0.layer0.weight", "frozen_layers"]),
        ["state of no layer"] =
            (b => b.Tensors["expect.after0.layer3.weight"] = b.Tensors["init.layer0.weight"], ["expect.after0.layer3.weight"]),
        ["unknown expectation"] = (b => b.Tensors["expect.loss"] = ([1], [1]), ["expect.loss"]),
    };

    public static TheoryData<string> DamageNames => [.. Damages.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(OptionNames))]
    public void Case_WithEveryOption_ComesBackFromItsFileAndPasses(string name)
    {
        (LearnerSpec learner, NetworkSpec network) = Options[name];
        var parityCase = ParityCase.Load(new ParityCaseBuilder(network, learner).Write(folder.Path));
        Assert.Equal(learner, parityCase.Layout.Learner);
        Assert.Equal(network, parityCase.Layout.Network);
        foreach (string engine in LifetimeEngines.Registry.Names.Where(e => LifetimeEngines.Registry.Get(e).Supports(parityCase.Layout)))
        {
            Assert.All(ParityVerifier.Verify(parityCase, engine), result => Assert.True(result.Passed, result.ToString()));
        }
    }

    [Theory]
    [MemberData(nameof(DamageNames))]
    public void Load_OfADamagedCase_NamesTheFileAndTheKey(string name)
    {
        (Action<ParityCaseBuilder> tamper, string[] named) = Damages[name];
        var builder = new ParityCaseBuilder(Network, Clamped);
        tamper(builder);
        string path = builder.Write(folder.Path);
        EngramException error = Assert.Throws<EngramException>(() => ParityCase.Load(path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.All(named, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("expect.query_loss", 0)]
    [InlineData("expect.query_loss_before", 0)]
    [InlineData("expect.query_accuracy", 0)]
    [InlineData("expect.after2.layer1.weight", 3)]
    [InlineData("expect.grad.layer0.weight", 1)]
    [InlineData("expect.grad.layer1.beta", 0)]
    public void Verify_WithAnExpectationThatIsOff_FailsAndNamesIt(string tensor, int element)
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        double[] values = builder.Tensors[tensor].Values;
        values[element] += 0.01 * values.Max(Math.Abs);
        Assert.All(ParityVerifier.Verify(ParityCase.Load(builder.Write(folder.Path))), result =>
        {
            Assert.False(result.Passed);
            Assert.Equal(tensor, result.WorstTensor);
        });
    }

    [Fact]
    public void Load_WithANaNExpected_IsRefusedByName()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        builder.Tensors["expect.grad.layer0.weight"].Values[0] = double.NaN;
        var error = Assert.Throws<EngramException>(() => ParityCase.Load(builder.Write(folder.Path)));
        Assert.Contains("Found NaN at element 0 of tensor 'expect.grad.layer0.weight'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WithoutTheGradientOfAParameterThatHasOne_Fails()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        builder.Tensors.Remove("expect.grad.layer0.weight");
        ParityResult result = ParityVerifier.Verify<double>(ParityCase.Load(builder.Write(folder.Path)));
        Assert.False(result.Passed);
        Assert.StartsWith("expect.grad.layer0.weight", result.WorstTensor, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_WithParametersThatTakeNoPart_Passes()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        builder.Tensors["init.layer2.beta"] = ([1], [0.5]);
        builder.Tensors["init.layer2.feedback0.weight"] = ([4, 4], new double[16]);
        builder.Tensors["expect.grad.layer2.beta"] = ([1], [0]);
        Assert.All(ParityVerifier.Verify(ParityCase.Load(builder.Write(folder.Path))),
            result => Assert.True(result.Passed, result.ToString()));
    }

    [Fact]
    public void Load_WithoutOptionalKeys_TakesTheDefaults()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        foreach (string key in new[] { "output_clamped", "feedback_layers", "feedback_rectified", "feedback_times_sign",
            "feedback_only_at_output", "rectify_signal", "presynaptic", "hidden_plasticity_multiplier" })
        {
            Assert.True(builder.Metadata.Remove(key));
        }

        Assert.Equal(Clamped, ParityCase.Load(builder.Write(folder.Path)).Layout.Learner);
    }

    [Fact]
    public void Load_OfConvolutionsWithoutTheSizeOfImages_NamesTheKey()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        builder.Metadata["layers"] =
            """[{"kind": "conv2d", "inputs": 1, "outputs": 3, "kernel": 3, "stride": 2, "padding": 0, "activation": "relu"}]""";
        builder.Metadata["image"] = "[1, 5]";
        EngramException wrong = Assert.Throws<EngramException>(() => ParityCase.Load(builder.Write(folder.Path)));
        Assert.Contains("expected [channels, height, width] with the 1 channels", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_OfALifetimeThatDiverges_FailsAndSaysWhatWasNotFinite()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        double[] alpha = builder.Tensors["init.layer1.alpha"].Values;
        alpha.AsSpan().Fill(1e30);
        ParityResult result = ParityVerifier.Verify<float>(ParityCase.Load(builder.Write(folder.Path)));
        Assert.False(result.Passed);
        Assert.Equal(double.PositiveInfinity, result.LargestError);
    }

    [Fact]
    public void Load_OfAFileThatIsNoCase_SaysSoAndOffersNoKeys()
    {
        var builder = new ParityCaseBuilder(Network, Clamped);
        builder.Metadata.Clear();
        builder.Metadata["format"] = "something-else";
        foreach (string name in builder.Tensors.Keys.Where(k => k.StartsWith("expect.", StringComparison.Ordinal)).ToList())
        {
            builder.Tensors.Remove(name);
        }

        string path = builder.Write(folder.Path);
        EngramException error = Assert.Throws<EngramException>(() => ParityCase.Load(path));
        Assert.StartsWith($"Found no parity case in '{path}'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("choose one of", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("format", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_OfAFolderWithoutCases_IsAnError()
    {
        Assert.Throws<EngramException>(() => ParityCase.Files(folder.Path));
        Assert.Throws<EngramException>(() => ParityCase.Files(Path.Combine(folder.Path, "nowhere")));
    }
}
