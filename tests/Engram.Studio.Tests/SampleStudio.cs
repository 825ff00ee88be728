using System.Security.Cryptography;
using System.Text;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;

namespace Engram.Studio.Tests;

/// <summary>A folder of small runs of every kind, and a studio that shows them; made once for all tests.</summary>
public sealed class SampleStudio : IAsyncLifetime, IDisposable
{
    public const string Pair = "pair", Glyphs = "glyphs", Damaged = "damaged", Methods = "methods", Table = "table1-laptop";

    /// <summary>A name that would be markup, were it not kept text.</summary>
    public const string Hostile = "<img src=x onerror=document.title='owned'>";

    private const string Sines = """
        name: "FLP & <b>friends</b>"
        task: {sines: 3, batches-per-sine: 4, batch-size: 8, query-per-sine: 6, ordering: continual}
        network: {hidden-widths: [10, 8], plastic-layers: 2}
        learner: {name: flp}
        initialization: {hidden-plasticity: 1e-3}
        meta-training: {outer-steps: 60, rates: {feedforward: 1e-3}, checkpoint-every: 20}
        evaluation: {lifetimes: 6}
        """;

    private const string Images = """
        name: Glyphs
        task: {family: few-shot, dataset: glyphs, image-size: 8, ways: 3, shots: 3, query-per-class: 3, outputs: none, ordering: iid}
        network: {strides: none, hidden-widths: [12, 8], plastic-layers: 2}
        learner: {name: flp}
        meta-training: {outer-steps: 20, checkpoint-every: 10}
        evaluation: {lifetimes: 4}
        """;

    private const string Compared = """
        problem: {name: images, dataset: glyphs, image-size: 8}
        network: {hidden-widths: [6]}
        training: {epochs: 3, rates: [1e-3], seeds: 2}
        methods:
          backprop:
          fa: {method: feedback-alignment, against: backprop, within: 5}
        """;

    private readonly Experiments.Tests.TemporaryFolder folder = new();
    private StudioServer? server;

    public RunStore Store => new(Path.Combine(folder.Path, "runs"));

    public Uri Address => server!.Address;

    public async Task InitializeAsync()
    {
        Recipe Seeded(string yaml, int seed) =>
            RecipeReader.Parse(
            $"{yaml.Replace("meta-training: {", $"meta-training: {{seed: {seed}, ", StringComparison.Ordinal)}\n", "sample.yaml");
        string group = Path.Combine(Store.Root, Pair);
        var options = new TrainingOptions { Threads = 1, Store = Store };
        using (RunGroup made = RunGroup.Create(
            group, "sample", [.. Enumerable.Range(1, 2).Select(s => new GroupMember($"seed-{s}", "sample", Seeded(Sines, s)))], threads: 1))
        {
            GroupTraining.Run(made, options);
        }

        Train(Glyphs, Seeded(Images, 1), options);
        Train(Hostile, Seeded(Sines.Replace("plastic-layers: 2", "plastic-layers: 1", StringComparison.Ordinal), 1), options);
        Directory.CreateDirectory(Path.Combine(Store.Root, Damaged));
        File.Copy(Path.Combine(group, "seed-1", "recipe.yaml"), Path.Combine(Store.Root, Damaged, "recipe.yaml"));
        Directory.CreateDirectory(Path.Combine(Store.Root, Table));
        File.Copy(Path.Combine(Experiments.Tests.Repository.Root, "results", Table, "report.json"),
            Path.Combine(Store.Root, Table, "report.json"));
        using (ComparisonFolder comparison = ComparisonFolder.Create(
            Path.Combine(Store.Root, Methods), ComparisonReader.Parse(Compared, "methods.yaml"), RunEnvironment.Here("methods", 1, 1)))
        {
            ComparisonReport.Write(comparison, ComparisonTraining.Run(comparison, new ComparisonOptions { Run = options }));
        }

        server = await StudioServer.StartAsync(new StudioOptions
        { Store = Store, Port = 0, Threads = 1, Look = TimeSpan.FromMilliseconds(100) });
    }

    public async Task DisposeAsync() => await server!.DisposeAsync();

    public void Dispose() => folder.Dispose();

    /// <summary>A run that a process is at: this one.</summary>
    public RunDirectory Begin(string name)
    {
        Recipe recipe = RecipeReader.Parse(Sines + "\n", "sample.yaml");
        return RunDirectory.Create(Path.Combine(Store.Root, name), recipe, RunEnvironment.Here("sample", recipe.Seed, 1));
    }

    /// <summary>All that lies below the root: names, times and contents.</summary>
    public string Fingerprint()
    {
        var text = new StringBuilder();
        foreach (string path in Directory.EnumerateFileSystemEntries(Store.Root, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            text.Append(path).Append(' ').Append(File.GetLastWriteTimeUtc(path).Ticks).Append(' ');
            text.AppendLine(File.Exists(path) ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path))) : "folder");
        }

        return text.ToString();
    }

    private void Train(string name, Recipe recipe, TrainingOptions options)
    {
        using RunDirectory run = RunDirectory.Create(Path.Combine(Store.Root, name), recipe, RunEnvironment.Here("sample", recipe.Seed, 1));
        RunTraining.Run(run, options);
    }
}

/// <summary>Tests that share the studio.</summary>
[CollectionDefinition(Name)]
public sealed class StudioCollection : ICollectionFixture<SampleStudio>
{
    public const string Name = "studio";
}
