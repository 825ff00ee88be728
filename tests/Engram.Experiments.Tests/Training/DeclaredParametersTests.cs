using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Training;
using Engram.Experiments.Transplants;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Files;

namespace Engram.Experiments.Tests;

/// <summary>What a rule declares is exported, drawn, and carried into a transplant by name and role alone.</summary>
public sealed class DeclaredParametersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_RuleWithAParameter_HasItInExportHistogramsAndTransplant()
    {
        var options = new TrainingOptions { Threads = 1, Store = new RunStore(folder.Path) };
        string source = Path.Combine(folder.Path, "source");
        Recipe recipe = RecipeReader.Parse(
            """
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp, rule: bcm}
            initialization: {hidden-plasticity: 1e-3, by-name: {kappa: 0.75}}
            meta-training: {outer-steps: 3, rates: {by-name: {kappa: 1e-2}}}
            evaluation: {lifetimes: 2}
            """,
            "bcm.yaml");
        using (RunDirectory run = RunDirectory.Create(source, recipe, RunEnvironment.Here("bcm", 1, 1)))
        {
            RunTraining.Run(run, options);
        }

        string file = Path.Combine(folder.Path, "weights.safetensors");
        WeightExport.Write(source, file, options.Data);
        float[] kappa = SafetensorsFile.Read(file)["layer1.kappa"].ToArray<float>();
        Assert.Equal(5, kappa.Length);
        Assert.All(kappa, k => Assert.NotEqual(0.75f, k));
        EventRecord[] events = [.. EventFile.Read(EventLog.FileOf(source)!).Events];
        Assert.Equal(0.75, events.SelectMany(e => e.Values).First(v => v.Tag == "layer1/kappa").Histogram!.Minimum);

        using var opened = TrainedRun.Open(source);
        string fingerprint = MetaParameterFingerprint.Of(opened.Parameters);
        opened.Parameters["layer1.kappa"].Fill(0.5f);
        Assert.NotEqual(fingerprint, MetaParameterFingerprint.Of(opened.Parameters));
        Assert.NotEmpty(
            RunAnalyzer.Draw([opened], ["plasticity"], new AnalysisOptions
            { Work = options })[0].Drawn.Summary.Where(r => r.Quantity == "kappa[0]" && Math.Abs(r.Value - 0.5) < 1e-6));

        Recipe transplant = Transplant.RecipeOf(options.Store, "source", 2, settings: ["learner.rule=bcm", "meta-training.outer-steps=2"]);
        using var parameters = new MetaParameters<float>(transplant.Layout());
        InitialParameters.CopyTo(parameters, transplant, options.Store);
        Assert.Equal(kappa, parameters["layer1.kappa"].ToArray());
        Assert.Equal(
            1e-2, transplant.MetaTraining.Rates.For(
            parameters.Layout.Parameters[parameters.Layout.IndexOf("layer1.kappa")], parameters.Layout.Network));
        Assert.DoesNotContain(transplant.Frozen.Names, n => n == ParameterRoles.Rule);
    }
}
