using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;

namespace Engram.Cli.Tests;

public sealed class TransplantTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Transplant_FeatureReuse_KeepsWeightsAndBiasesAndMovesTheRest()
    {
        TrainSource();

        CommandOutcome outcome =
            command.Call("transplant", "source", "--plastic-layers", "2", "--run", "grown", "--outer-steps", "12", "--quiet", "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        SafetensorsFile source = Newest("source"), grown = Newest("grown");
        foreach (string name in (string[])["layer0.weight", "layer0.bias", "layer1.weight", "layer1.bias", "layer2.weight", "layer2.bias"])
        {
            Assert.Equal(source[name].ToArray<float>(), grown[name].ToArray<float>());
            Assert.All(grown.Tensors.Keys.Where(
                k => k.StartsWith("optimizer.", StringComparison.Ordinal) && k.EndsWith("." + name, StringComparison.Ordinal)), k =>
                Assert.All(grown[k].ToArray<float>(), v => Assert.Equal(0, v)));
        }

        Assert.NotEqual(source["layer2.feedback0.weight"].ToArray<float>(), grown["layer2.feedback0.weight"].ToArray<float>());
        Assert.True(grown.Tensors.ContainsKey("layer1.alpha"));
        JsonElement comparison = outcome.Json.GetProperty("comparison");
        Assert.Equal(
            comparison.GetProperty("transplant").GetProperty("mean").GetDouble() - comparison.GetProperty("source").GetProperty("mean")
            .GetDouble(), comparison.GetProperty("difference").GetProperty("mean").GetDouble(), 1e-9);
        Recipe recipe = RunDirectory.ReadRecipe(command.Run("grown"));
        Assert.Equal(("source", "Transplant (2) of Source", 12L), (recipe.InitialRun, recipe.Name, recipe.MetaTraining.OuterSteps));
        Assert.Null(recipe.Expected);
    }

    [Fact]
    public void Transplant_WithNothingToMoveUpstream_StartsAsTheSourceEnded()
    {
        TrainSource();

        // α = 0 in the hidden layer: the first life is the source's.
        command.Call(
            "transplant", "source", "--plastic-layers", "2", "--run", "grown", "--outer-steps", "1", "--quiet", "--set",
            "meta-training.rates.hidden-plasticity=0", "--set", "meta-training.rates.readout-plasticity=0", "--set",
            "meta-training.rates.feedback=0", "--set", "meta-training.rates.feedback-strength=0", "--set",
            "initialization.hidden-plasticity=0");

        Assert.Equal(Loss("source"), Loss("grown"), 1e-6);

        double Loss(string run) =>
            command.Call("evaluate", run, "--json").Json.GetProperty("runs")[0].GetProperty("result").GetProperty("evaluation")
            .GetProperty("queryLoss").GetDouble();
    }

    [Fact]
    public void Train_RecipeFromARun_StartsThereAndResumesWithoutIt()
    {
        TrainSource();
        string recipe = command.Write(
            "from.yaml",
            CommandLine.TinyRecipe.Replace(
            "initialization: {", "initialization: {from-run: source, frozen: [feedforward-weights, \"layer2.*\"], ",
            StringComparison.Ordinal));
        command.Call("train", recipe, "--run", "whole", "--quiet");
        command.Call("train", recipe, "--run", "split", "--quiet", "--outer-steps", "20");
        Directory.Delete(command.Run("source"), recursive: true);

        CommandOutcome resumed = command.Call("train", "--resume", "--run", "split", "--quiet", "--outer-steps", "40");

        Assert.Equal(ExitCodes.Success, resumed.ExitCode);
        SafetensorsFile whole = Newest("whole"), split = Newest("split");
        Assert.All(whole.Tensors.Keys, k => Assert.Equal(whole[k].ToArray<float>(), split[k].ToArray<float>()));
    }

    /// <summary>Feedback that the source lacks is aligned with the weights that the run starts from, not with those that they take the
    /// place of.</summary>
    [Fact]
    public void Train_AlignedFeedbackFromARunWithout_LeadsAlongTheLoadedWeights()
    {
        command.Call("train", command.Tiny(), "--run", "descends", "--quiet", "--set", "learner.name=gradient");
        command.Call(
            "train", command.Tiny(), "--run", "aligned", "--quiet", "--seed", "7", "--outer-steps", "1", "--set",
            "initialization.feedback=aligned", "--set", "initialization.from-run=descends");

        SafetensorsFile start = SafetensorsFile.Read(RunDirectory.CheckpointsOf(command.Run("aligned"))[^1]);
        float[] weights = start["layer2.weight"].ToArray<float>(), feedback = start["layer1.feedback0.weight"].ToArray<float>();
        Assert.Equal(
            SafetensorsFile.Read(RunDirectory.CheckpointsOf(command.Run("descends"))[0])["layer2.weight"].ToArray<float>(), weights);
        Assert.All(Enumerable.Range(1, feedback.Length - 1), i => Assert.Equal(feedback[0] / weights[0], feedback[i] / weights[i], 1e-4));
    }

    [Theory]
    [InlineData("transplant nope --plastic-layers 2", "Found no run 'nope'")]
    [InlineData("transplant source", "Option '--plastic-layers' is required.")]
    [InlineData("transplant source --plastic-layers 0", "Found 0 for --plastic-layers, expected 1 or more.")]
    [InlineData(
        "transplant source --plastic-layers 9", "Found 9 for --plastic-layers, expected 1 to 3: the network of 'source' has 3 layers.")]
    [InlineData("transplant source --plastic-layers 2000", "Found 2000 for --plastic-layers, expected 1 to 3")]
    [InlineData(
        "transplant source --plastic-layers 2 --learner fpl",
        "Found 'fpl' for --learner, expected a local learner: a transplant is given feedback and local plasticity; did you mean 'flp'?")]
    [InlineData("transplant source --plastic-layers 2 --learner gradient", "Found 'gradient' for --learner, expected a local learner")]
    [InlineData(
        "transplant source --plastic-layers 2 --learner feature-reuse",
        "Found 2 for --plastic-layers, expected 1, with which the learner 'feature-reuse' is defined")]
    [InlineData(
        "transplant source --plastic-layers 2 --set learner.name=gradient",
        "Found learner.name among the settings of a transplant, expected none: --learner says it.")]
    [InlineData(
        "transplant source --plastic-layers 3 --set network.plastic-layers=2",
        "Found network.plastic-layers among the settings of a transplant, expected none: --plastic-layers says it.")]
    [InlineData(
        "transplant source --plastic-layers 2 --set initialization.from-run=other",
        "Found initialization.from-run among the settings of a transplant")]
    [InlineData(
        "transplant source --plastic-layers 2 --set learner.rule=hebb --set initialization.frozen=none",
        "Found initialization.frozen among the settings of a transplant")]
    [InlineData(
        "transplant source --plastic-layers 2 --outer-steps 3 --set meta-training.outer-steps=4",
        "Found meta-training.outer-steps in --set beside --outer-steps")]
    [InlineData("transplant source --plastic-layers 2 --set network.hidden-widths=[7,5]", "engram: Found shape")]
    [InlineData(
        "transplant source --plastic-layers 2 --set task.ordering=continual",
        "Found another task in the transplant than in its source 'source', expected the same")]
    [InlineData("train quick-start/flp --set initialization.frozen=[bises]", "initialization.frozen: found 'bises'")]
    [InlineData("train quick-start/flp --set initialization.from-run=nope", "Found no run 'nope'")]
    [InlineData("train quick-start/flp --set initialization.frozen=[]", "expected a list of names")]
    [InlineData("train quick-start/flp --set initialization.frozen=biases", "expected a list of names")]
    public void Transplant_WrongInput_SaysSoAndLeavesNothing(string line, string expected)
    {
        TrainSource();

        CommandOutcome outcome = command.Call(line.Split(' '));

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.Equal(["source"], Directory.EnumerateDirectories(command.Runs).Select(Path.GetFileName));
    }

    private void TrainSource()
    {
        string recipe = command.Write("source.yaml", "name: Source\n" + CommandLine.TinyRecipe
            .Replace("plastic-layers: 2", "plastic-layers: 1", StringComparison.Ordinal)
                .Replace("{name: flp}", "{name: feature-reuse}", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Success, command.Call("train", recipe, "--run", "source", "--quiet").ExitCode);
    }

    private SafetensorsFile Newest(string run) => SafetensorsFile.Read(RunDirectory.CheckpointsOf(command.Run(run))[0]);
}
