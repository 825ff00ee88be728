using System.Diagnostics;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary>What the tutorials show is built, checked and run.</summary>
public sealed class TutorialTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void FirstRule_Programs_AreTheFilesToTheLetter()
    {
        MarkdownPage page = Page("your-first-rule");
        string rule = Text("tests/Engram.Cli.Tests/TutorialRules.cs"), program = Block(page, "csharp", 1);

        Assert.Equal(Text("examples/OwnRule/Program.cs"), Block(page, "csharp", 0));
        Assert.EndsWith(rule[rule.IndexOf("/// <summary>", StringComparison.Ordinal)..], program, StringComparison.Ordinal);
        Assert.Contains("Register(\"leaky-hebb\", new LeakyHebbRule(), ", program, StringComparison.Ordinal);
        Assert.Equal(Text("examples/OwnRule/recipe.yaml"), Block(page, "yaml", 0));
        Assert.Contains($"```csharp\n{Text("examples/OwnRule/Program.cs")}```", Text("README.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void FirstRule_WithAParameter_PassesItsGradientCheck()
    {
        string[] hook = [$"DOTNET_STARTUP_HOOKS={typeof(TutorialTests).Assembly.Location}", "dotnet", CommandLine.ProgramPath];
        using Process process = command.Start("env", [.. hook, "gradcheck", "leaky-hebb/direct/error", "--json"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
        Assert.True(outcome.Json.GetArrayLength() > 20, outcome.Results);
    }

    // Data by Python, then the recipe, a shorter life, and the sweep of the page on clusters, which takes the same recipe.
    [NumpyFact]
    public void FirstTask_FilesOfThePage_TrainAndSweep()
    {
        MarkdownPage task = Page("your-first-task"), cluster = Page("on-a-cluster");
        string folder = Path.GetDirectoryName(command.Write("lines.py", Block(task, "python", 0)))!;
        command.Write("lines.yaml", Block(task, "yaml", 0));
        command.Write("sweep.yaml", Block(cluster, "yaml", 0));

        Shell(folder, $"{NumpyFactAttribute.Python} lines.py");
        Run(folder, "recipe check lines.yaml");
        Run(folder, "train lines.yaml --run lines --quiet --outer-steps 2 --set evaluation.lifetimes=2");
        Run(folder, "evaluate lines --set task.batches-per-group=10 --lifetimes 2");
        Run(folder, "sweep sweep.yaml --run rates --quiet --set meta-training.outer-steps=1 --set evaluation.lifetimes=2");
    }

    [NumpyFact]
    public void InsideALife_ProgramOfThePage_ReadsALife()
    {
        string folder = Path.GetDirectoryName(command.Write("change.py", Block(Page("inside-a-life"), "python", 0)))!;

        Run(folder, "train quick-start/flp --run first --quiet --outer-steps 1 --set evaluation.lifetimes=2");
        Run(folder, "export first --life 0 --out life.safetensors");
        string printed = Shell(folder, $"{NumpyFactAttribute.Python} change.py");

        Assert.Contains("layer7 (41, 64, 64) moved by", printed, StringComparison.Ordinal);
        Assert.Contains("layer8 (41, 1, 64) moved by", printed, StringComparison.Ordinal);
    }

    private static MarkdownPage Page(string name) => MarkdownPage.Read(Repository.Root, $"docs/tutorials/{name}.md");

    private static string Text(string path) =>
        File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");

    private static string Block(MarkdownPage page, string language, int index) =>
        string.Join('\n', page.Blocks.Where(b => b.Language == language).ElementAt(index).Lines) + "\n";

    private string Run(string folder, string arguments) =>
        Shell(folder, $"dotnet \"{CommandLine.ProgramPath}\" {arguments}");

    private string Shell(string folder, string line)
    {
        using Process process = command.Start("sh", ["-c", $"cd \"{folder}\" && {line}"]);
        CommandOutcome outcome = CommandLine.Finish(process);
        Assert.True(outcome.ExitCode == ExitCodes.Success, $"{line}\n{outcome.Results}\n{outcome.Messages}");
        return outcome.Results;
    }
}
