using System.Runtime.CompilerServices;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;

namespace Engram.Cli.Tests;

/// <summary>The data folder of all tests here: never the user's.</summary>
internal static class TestDataFolder
{
    private static readonly TemporaryFolder Folder = new();

    /// <summary>Where it is.</summary>
    public static string Path => Folder.Path;

    [ModuleInitializer]
    internal static void Use()
    {
        Environment.SetEnvironmentVariable(DataFolder.Variable, Path);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Folder.Dispose();
    }
}

public sealed class DataTests : IDisposable
{
    private const string FewShot = """
        task: {family: few-shot, image-size: 8, ordering: iid, ways: 2, shots: 2, query-per-class: 1, outputs: none}
        network: {strides: none, hidden-widths: [6, 5], plastic-layers: 2}
        learner: {name: flp}
        initialization: {hidden-plasticity: 1e-3, readout-plasticity: 0.1}
        meta-training: {outer-steps: 3, checkpoint-every: 1}
        evaluation: {lifetimes: 3}
        """;

    private readonly CommandLine command = new();

    [Fact]
    public void List_NamesEverySetWithItsState()
    {
        CommandOutcome outcome = command.Call("data", "list", "--json");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(Datasets.Registry.Names, outcome.Json.EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        Assert.Contains("complete", command.Call("data", "list").Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OfFolders_PrintsHowTheyWereUnderstood()
    {
        using var folder = new TemporaryFolder();
        byte[] png =
            Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==");
        foreach (string name in (string[])["Train/cat/0.png", "Train/dog/0.png", "test/0.png"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, name))!);
            File.WriteAllBytes(Path.Combine(folder.Path, name), png);
        }

        CommandOutcome outcome = command.Call("data", "check", "image-folder", folder.Path);

        Assert.Equal(0, outcome.ExitCode);
        string expected =
            $"Structure of '{folder.Path}': part train ('Train'); 2 classes ('cat', 'dog'), 2 images; 1 image of 'test' left out";
        Assert.Contains(expected, outcome.Results, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("omniglot", "68d2efa1b9178cc56df9314c21c6e718")]
    [InlineData("mini-imagenet", "research only")]
    [InlineData("glyphs", "needs no files")]
    public void Info_SaysWhereItComesFrom(string name, string expected)
    {
        Assert.Contains(expected, command.Call("data", "info", name).Results, StringComparison.Ordinal);
        Assert.Equal(name, command.Call("data", "info", name, "--json").Json.GetProperty("status").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(2, "did you mean 'omniglot'?", "data", "info", "omniglott")]
    [InlineData(2, "'engram data import cifar10 PATH' takes it from a folder", "data", "check", "cifar10")]
    [InlineData(2, "Found nothing at '/nowhere'", "data", "import", "mnist", "/nowhere")]
    [InlineData(2, "expected the http or https address", "data", "get", "mnist", "--from", "here")]
    [InlineData(2, "that can be downloaded", "data", "get", "image-folder")]
    public void Data_WrongInput_IsOneLine(int code, string expected, params string[] args)
    {
        CommandOutcome outcome = command.Call(args);

        Assert.Equal(code, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Single(outcome.Messages.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Import_FilesAfterEachOther_EndsWithWhatIsThere()
    {
        command.Write("mini/train.csv", "filename,label\na0.png,k\na1.png,k\n");
        command.Write("mini/val.csv", "filename,label\nb0.png,l\n");
        string test = command.Write("mini/test.csv", "filename,label\nc0.png,m\n");

        CommandOutcome outcome = command.Call("data", "import", "mini-imagenet", Path.GetDirectoryName(test)!);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("incomplete: no images (a folder or archives of them) yet", outcome.Results, StringComparison.Ordinal);
        Assert.Equal(2, command.Call("data", "check", "mini-imagenet").ExitCode);
        Assert.Equal(
            "incomplete",
            command.Call("data", "info", "mini-imagenet", "--json").Json.GetProperty("status").GetProperty("state").GetString());
    }

    [Fact]
    public void Get_WithFilesStillMissing_SaysWhichAndFails()
    {
        foreach (string part in new[] { "train", "val", "test" })
        {
            string file = Path.Combine(TestDataFolder.Path, "mini-imagenet", $"{part}.csv");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, $"filename,label\n{part}.png,{part}\n");
        }

        CommandOutcome outcome = command.Call("data", "get", "mini-imagenet");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("incomplete: no images (a folder or archives of them)", outcome.Results, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "network.channels or network.hidden-widths", "network.strides=[1]", "network.channels=65536", "network.kernel=8",
        "network.hidden-widths=[100000]")]
    [InlineData("network.width or network.hidden-widths", "network.hidden-widths=[100000, 100000]")]
    public void Train_ANetworkThatDoesNotFitMemory_NamesTheKeyBeforeAFolderIsMade(string key, params string[] settings)
    {
        string recipe = command.Write("few-shot.yaml", FewShot);
        CommandOutcome outcome =
            command.Call(["train", recipe, "--run", "none", "--quiet", .. settings.SelectMany(s => new[] { "--set", s })]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains($"GiB there are; lower {key}.", outcome.Messages, StringComparison.Ordinal);
        Assert.False(Directory.Exists(command.Run("none")));
    }

    [Fact]
    public void Train_FewShot_IsJudgedAsClassification()
    {
        string recipe = command.Write("few-shot.yaml", FewShot);
        CommandOutcome outcome = command.Call("train", recipe, "--run", "glyphs", "--quiet", "--json");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("signal: target", File.ReadAllText(Path.Combine(command.Run("glyphs"), "recipe.yaml")), StringComparison.Ordinal);
        Assert.Equal(0, command.Call("evaluate", "glyphs").ExitCode);
    }

    [Theory]
    [InlineData("task.dataset=omniglot", "Found no images_background.zip, no images_evaluation.zip in")]
    [InlineData(
        "task.ways=30", "task.outputs: found 20 outputs in few-shot classification, expected 30", "task.dataset=glyphs", "task.outputs=20")]
    [InlineData("task.ways=61", "Found 61 ways (N) but only 60 classes for meta-test in 'glyphs'")]
    [InlineData("task.shots=20", "Found a class with 20 images for meta-training")]
    [InlineData("task.dataset-path=/nowhere", "Found no folder or archive of images in '/nowhere'", "task.dataset=image-folder")]
    public void Train_WithoutTheData_IsRefusedBeforeAFolderIsMade(string setting, string expected, params string[] more)
    {
        string recipe = command.Write("few-shot.yaml", FewShot);
        CommandOutcome outcome =
            command.Call(["train", recipe, "--run", "none", "--quiet", .. more.Prepend(setting).SelectMany(s => new[] { "--set", s })]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.OrdinalIgnoreCase);
        Assert.False(Directory.Exists(command.Run("none")));
    }

    [Fact]
    public void Analyze_LongerLivesOfFewShot_HaveMoreClassesAsFarAsDataReach()
    {
        string recipe = command.Write("few-shot.yaml", FewShot.Replace("outputs: none", "outputs: 50", StringComparison.Ordinal));
        command.Call("train", recipe, "--run", "long", "--quiet");
        CommandOutcome outcome = command.Call("analyze", "long", "--figure", "longer-lives", "--lifetimes", "3", "--json");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("20 times as many tasks", outcome.Json.GetRawText(), StringComparison.Ordinal);
    }

    public void Dispose() => command.Dispose();
}
