using System.Text.Json;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests.RecipeFiles;

/// <summary>Rates and starts of parameters by name, as recipes give them.</summary>
public sealed class NamedNumbersTests : IDisposable
{
    private const string Bcm =
        "task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}\nnetwork: {hidden-widths: [6, 5], plastic-layers: " +
        "2}\nlearner: {name: flp, rule: bcm}\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Parse_NumbersByName_ReachTheirParametersAndReadBack()
    {
        Recipe recipe = RecipeReader.Parse(
            Bcm + "meta-training: {rates: {by-name: {rule: 1e-2, layer2.kappa: 3e-3}}}\ninitialization: {by-name: {kappa: 0.5}}\n",
                "r.yaml", ["meta-training.rates.by-name.kappa=2e-3"]);

        ParameterLayout layout = recipe.Layout();
        double Rate(string name) => recipe.MetaTraining.Rates.For(layout.Parameters[layout.IndexOf(name)], layout.Network);
        Assert.Equal((2e-3, 3e-3), (Rate("layer1.kappa"), Rate("layer2.kappa")));
        using var parameters = new MetaParameters<float>(layout);
        Initializer.Initialize(parameters, recipe.Initialization, new RandomStream(1));
        Assert.Equal(0.5f, parameters["layer1.kappa"][0, 0]);
        Assert.Contains(
            "    by-name:\n      kappa: 0.002\n      layer2.kappa: 0.003\n      rule: 0.01\n", recipe.ToYaml(), StringComparison.Ordinal);
        Assert.Matches("\n      kappa: 0\\.002 +# --set\n", RecipeReader.Annotated(recipe));
        Recipe again = RecipeReader.Parse(recipe.ToYaml(), "again.yaml");
        Assert.True(again.TrainsAs(recipe));
        Assert.Equal((recipe.MetaTraining, recipe.Initialization), (again.MetaTraining, again.Initialization));
        Assert.False(RecipeReader.Parse(recipe.ToYaml(), "other.yaml", ["initialization.by-name.kappa=0.25"]).TrainsAs(recipe));
    }

    [Theory]
    [InlineData(
        "meta-training: {rates: {by-name: {kapa: 1}}}",
        "r.yaml:4: meta-training.rates.by-name.kapa: found 'kapa' among the meta-rates, which is not a parameter of this learner on this " +
        "network; did you mean 'kappa'?")]
    [InlineData(
        "meta-training:\n  rates:\n    by-name:\n      layer7.kappa: 1",
        "r.yaml:7: meta-training.rates.by-name.layer7.kappa: found 'layer7.kappa' among the meta-rates, which is not a parameter of this " +
        "learner on this network; did you mean 'layer1.kappa'?")]
    [InlineData(
        "initialization: {by-name: {weight: 1}}",
        "r.yaml:4: initialization.by-name.weight: found 'weight' among the initial values, whose role feedforward-weights has settings " +
        "of its own there; use those.")]
    [InlineData(
        "meta-training: {rates: {by-name: {kappa: -1}}}",
        "r.yaml:4: meta-training.rates.by-name.kappa: found '-1', expected a number from 0 to 1000000, or none.")]
    [InlineData(
        "initialization: {by-name: {kappa: .nan}}", "r.yaml:4: initialization.by-name.kappa: found '.nan', expected a number, or none.")]
    [InlineData(
        "initialization: {by-name: {kappa: {a: 1}}}",
        "r.yaml:4: initialization.by-name.kappa: found a section of 1 keys, expected a number, or none.")]
    [InlineData(
        "initialization: {by-name: 3}",
        "r.yaml:4: initialization.by-name: found '3', expected a section with keys such as 'kappa:' below it.")]
    [InlineData(
        "initialization: {by-name: {\"a b\": 3}}",
        "r.yaml:4: found 'a b' in 'initialization.by-name', expected the name or role of a parameter: letters, digits, '_', '-' and '.'.")]
    public void Parse_WrongNumberByName_SaysWhereAndWhat(string added, string message) =>
        Assert.Equal(message, Assert.Throws<EngramException>(() => RecipeReader.Parse(Bcm + added + "\n", "r.yaml")).Message);

    [Fact]
    public void Set_SectionOfNames_IsRefusedWithAnExample() => Assert.Equal(
        "--set: found the section 'initialization.by-name', expected one of its keys, such as initialization.by-name.kappa; 'engram " +
            "recipe schema --table' lists all keys.",
        Assert.Throws<EngramException>(() => RecipeReader.Parse(Bcm, "r.yaml", ["initialization.by-name=3"])).Message);

    [Fact]
    public void Load_ExtensionWithoutTheParameter_DropsItsNumber()
    {
        folder.File("base.yaml", Bcm + "initialization: {by-name: {kappa: 0.5, rule: 0.25}}\n");
        string other = folder.File("other.yaml", "extends: base.yaml\nlearner: {rule: oja}\n"),
            less = folder.File("less.yaml", "extends: base.yaml\ninitialization: {by-name: {kappa: none}}\n");

        Assert.Equal(NamedNumbers.None, RecipeReader.Load(other).Initialization.Starts);
        Assert.DoesNotContain("kappa", RecipeReader.Load(other).ToYaml(), StringComparison.Ordinal);
        Assert.Equal([("rule", 0.25)], RecipeReader.Load(less).Initialization.Starts.Items.AsEnumerable());
    }

    [Fact]
    public void Schema_OpenKeys_TakeNumbersUnderAnyName()
    {
        using var schema = JsonDocument.Parse(RecipeJsonSchema.Text());
        JsonElement rates = schema.RootElement.GetProperty("properties").GetProperty("meta-training").GetProperty("properties")
            .GetProperty("rates").GetProperty("properties").GetProperty("by-name");

        Assert.Equal("object", rates.GetProperty("type").GetString());
        Assert.Equal(1e6, rates.GetProperty("additionalProperties").GetProperty("anyOf")[0].GetProperty("maximum").GetDouble());
        Assert.Contains(
            "| `initialization.by-name.NAME` | a number, or none | `none` |", RecipeReader.MarkdownTable(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sweep_RateByName_IsVaried()
    {
        folder.File("base.yaml", Bcm + "meta-training: {outer-steps: 5}\n");
        SweepPlan plan = SweepPlan.Draw(
            SweepReader.Parse(
            "recipe: base.yaml\nsearch: grid\nvary:\n  meta-training.rates.by-name.kappa: [1e-3, 1e-2]\n",
            Path.Combine(folder.Path, "s.yaml"))).Plan;

        Assert.Equal(
            ["meta-training.rates.by-name.kappa=1e-3", "meta-training.rates.by-name.kappa=1e-2"], plan.Trials.SelectMany(t => t.Settings));
    }

    [Theory]
    [InlineData("meta-training: {outer-steps: 5, rates: {by-name: {kappa: 1e-2}}}", "kappa: 0.01", "rates.named.items = [kappa: 0.01]")]
    [InlineData("meta-training: {outer-steps: 5}\ninitialization: {by-name: {kappa: 1e-2}}", "kappa: 0.01", "starts.items = [kappa: 0.01]")]
    public void Resume_OtherNumberByName_IsRefused(string added, string text, string told)
    {
        string run = Path.Combine(folder.Path, "run");
        var options = new TrainingOptions { Threads = 1 };
        using (RunDirectory created =
            RunDirectory.Create(run, RecipeReader.Parse(Bcm + added + "\n", "r.yaml"), RunEnvironment.Here("r", 1, 1)))
        {
            RunTraining.Advance(created, 2, options);
        }

        using (RunDirectory same = RunDirectory.Open(run))
        {
            RunTraining.Advance(same, 3, options);
        }

        string recipe = Path.Combine(run, "recipe.yaml");
        Assert.Contains(text, File.ReadAllText(recipe), StringComparison.Ordinal);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace(text, "kappa: 0.02", StringComparison.Ordinal));
        using RunDirectory changed = RunDirectory.Open(run);
        string message = Assert.Throws<EngramException>(() => RunTraining.Advance(changed, 5, options)).Message;
        Assert.Contains(told, message, StringComparison.Ordinal);
        Assert.Contains("kappa: 0.02", message, StringComparison.Ordinal);
    }
}
