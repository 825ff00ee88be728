using System.CommandLine;
using System.Text.RegularExpressions;
using Engram.Cli.Terminal;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Tasks;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;

namespace Engram.Cli.Tests;

/// <summary>The documents say what the code does.</summary>
public class DocumentationTests
{
    [Fact]
    public void Architecture_EveryProject_IsNamed()
    {
        string text = Read("docs/ARCHITECTURE.md");
        string[] projects =
        [
            .. ((string[])["src", "tests", "bench", "examples"])
                .Select(f => Path.Combine(Repository.Root, f))
                .Where(Directory.Exists)
                .SelectMany(f => Directory.EnumerateFiles(f, "*.csproj", SearchOption.AllDirectories))
                .Select(f => Path.GetFileNameWithoutExtension(f)),
        ];

        Assert.Contains("Engram.Cli", projects);
        Assert.Empty(Unnamed(projects, text));
        Assert.Equal(
            ["Engram.Figures"],
            Unnamed(["Engram.Numerics", "Engram.Figures"], text.Replace("Engram.Figures", "figures", StringComparison.Ordinal)));
    }

    [Fact]
    public void Extending_EveryRegistry_IsNamed()
    {
        string text = Read("docs/EXTENDING.md");
        IReadOnlyList<Type> holders = ArchitectureTests.RegistryHolders();

        Assert.Contains(typeof(Learning.Rules.PlasticityRules), holders);
        Assert.Empty(Unnamed(holders.Select(h => $"`{h.Name}`"), text));
        Assert.Equal(
            ["`PlasticityRules`"],
            Unnamed(holders.Select(h => $"`{h.Name}`"), text.Replace("`PlasticityRules`", "rules", StringComparison.Ordinal)));
    }

    public static TheoryData<string> ExampleFiles =>
    [
        // A first rule that somebody made by the tutorial is no example.
        .. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "examples"))
            .Where(f => Path.GetFileName(f) != "MyRule")
            .SelectMany(Directory.EnumerateFiles)
            .Select(f => Path.GetRelativePath(Path.Combine(Repository.Root, "examples"), f).Replace('\\', '/')),
    ];

    // The task family has its place in docs/TASKS.md; all else is in docs/EXTENDING.md.
    [Theory]
    [MemberData(nameof(ExampleFiles))]
    public void Extending_Example_IsTheFileToTheLetter(string file)
    {
        string page = Read(file.EndsWith("/DelayedCues.cs", StringComparison.Ordinal) ? "docs/TASKS.md" : "docs/EXTENDING.md");
        string language = Path.GetExtension(file) switch { ".cs" => "csharp", ".csproj" => "xml", _ => "yaml" };
        Assert.True(Shows(page, language, Read("examples/" + file)), $"no page has {file} to the letter");
        Assert.False(Shows(page, language, Read("examples/" + file).Replace(';', ':') + "x"));
        Assert.Contains(Path.GetFileName(file), page, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_EveryFamily_IsNamed() => AssertRows(TaskFamilies.Registry.Names, "docs/TASKS.md");

    [Fact]
    public void Data_EverySet_IsNamedWithItsFiles()
    {
        string text = Read("docs/DATA.md");

        AssertRows(Datasets.Registry.Names, "docs/DATA.md");
        Assert.All(((FileDataset)Datasets.Registry.Get("omniglot")).Files, f => Assert.Contains(f.Name, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Analysis_EveryFigure_IsNamed()
    {
        AssertRows(RunFigures.Registry.Names, "docs/ANALYSIS.md");
    }

    [Fact]
    public void Recipes_Table_IsTheSchemas()
    {
        string text = Read("docs/RECIPES.md");
        string last = RecipeReader.MarkdownTable().TrimEnd('\n').Split('\n')[^1];

        Assert.True(
            HasTable(text, RecipeReader.MarkdownTable()),
            "docs/RECIPES.md differs from 'engram recipe schema --table'; put what that prints between the two marks.");
        Assert.False(HasTable(text.Replace(last, last + " more |", StringComparison.Ordinal), RecipeReader.MarkdownTable()));
        Assert.False(HasTable(text.Replace(last + "\n", string.Empty, StringComparison.Ordinal), RecipeReader.MarkdownTable()));
    }

    [Fact]
    public void Alternatives_TableExampleAndMethods_AreWhatThereIs()
    {
        string text = Read("docs/ALTERNATIVES.md");

        Assert.True(
            HasTable(text, ComparisonReader.MarkdownTable()),
            "docs/ALTERNATIVES.md differs from 'engram recipe schema --comparison'; put what that prints between the two marks.");
        Assert.Equal(
            ["backprop", "mirrors", "fixed"],
            ComparisonReader.Parse(Between(text, "```yaml\n", "```"), "example.yaml").Methods.Select(m => m.Label));
        AssertRows(Supervised.Methods.CreditAssignments.Registry.Names, "docs/ALTERNATIVES.md");
    }

    [Fact]
    public void Recipes_SweepExample_IsASweep()
    {
        string text = Read("docs/RECIPES.md");
        string yaml = Between(text[text.IndexOf("## Sweeps", StringComparison.Ordinal)..], "```yaml\n", "```");

        Assert.Equal(24, SweepPlan.Draw(SweepReader.Parse(yaml, "example.yaml")).Members.Length);
    }

    [Fact]
    public void Recipes_Example_IsARecipe()
    {
        string yaml = Between(Read("docs/RECIPES.md"), "```yaml\n", "```");

        Recipe recipe = RecipeReader.Parse(yaml, "example.yaml");
        Assert.Equal(500, recipe.MetaTraining.OuterSteps);
    }

    [Fact]
    public void Cli_EveryCommandOptionAndExitCode_IsThere()
    {
        string text = Read("docs/CLI.md");

        Assert.Empty(FaultsOfCli(text));
        Assert.Contains(
            "docs/CLI.md has no section 'engram train'.",
            FaultsOfCli(text.Replace("# engram train\n", "# engram trian\n", StringComparison.Ordinal)));
        Assert.Contains(
            "docs/CLI.md, 'engram train': no --seeds", FaultsOfCli(text.Replace("--seeds", "--sedes", StringComparison.Ordinal)));

        int[] codes = [.. typeof(ExitCodes).GetFields().Select(f => (int)f.GetValue(null)!)];
        Assert.Equal(6, codes.Length);
        Assert.All(codes, c => Assert.Contains($"| {c} |", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Readme_Commands_AreTheTwoThatCiRuns()
    {
        string[] commands = [.. Regex.Matches(
            Read("README.md"), "```bash\n(?<command>.*?)\n```", RegexOptions.Singleline | RegexOptions.ExplicitCapture,
            TimeSpan.FromSeconds(10)).Select(m => m.Groups["command"].Value)];

        Assert.Equal(["dotnet run -c Release --project src/Engram.Cli -- train", "dotnet test -c Release"], commands);
    }

    [Fact]
    public void Documents_Links_LeadSomewhere()
    {
        foreach (string document in (string[])["README.md", "docs/ARCHITECTURE.md", "docs/CLI.md", "docs/RECIPES.md", "docs/EXTENDING.md",
            "docs/DATA.md", "docs/TASKS.md", "docs/REPRODUCTION.md", "docs/INTERCHANGE.md", "docs/RUNS.md", "docs/ALTERNATIVES.md",
            "docs/STUDIO.md"])
        {
            string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
            foreach (Match link in Regex.Matches(
                Read(document), @"\]\((?<path>[^)#:]+)(#[^)]*)?\)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10)))
            {
                Assert.True(
                    File.Exists(Path.Combine(folder, link.Groups["path"].Value)),
                    $"{document} links to {link.Groups["path"].Value}, which is not there.");
            }
        }
    }

    private static IEnumerable<string> Unnamed(IEnumerable<string> names, string text) =>
        names.Where(n => !text.Contains(n, StringComparison.Ordinal));

    // A row of a table for each; and the search finds the one whose row is gone.
    private static void AssertRows(IReadOnlyCollection<string> names, string page)
    {
        string text = Read(page), row = $"| `{names.First()}` |";

        Assert.Empty(Unnamed(names.Select(n => $"| `{n}` |"), text));
        Assert.Equal([row], Unnamed(names.Select(n => $"| `{n}` |"), text.Replace(row, "| |", StringComparison.Ordinal)));
    }

    private static bool Shows(string page, string language, string file) =>
        page.Contains($"```{language}\n{file.TrimEnd()}\n```", StringComparison.Ordinal);

    private static bool HasTable(string text, string table) =>
        Between(text, "<!-- schema: begin -->\n", "<!-- schema: end -->") == table;

    private static IEnumerable<string> FaultsOfCli(string text)
    {
        using var nothing = new StringWriter();
        RootCommand root = EngramCommand.Build(new Output(nothing, nothing, plain: true), new RunStore("runs"));
        foreach (Command command in root.Subcommands.SelectMany(c => c.Subcommands.Prepend(c)))
        {
            string name = Help.FullName(command);
            Match section = Regex.Match(
                text, $"^#+ {Regex.Escape(name)}\n(.*?)(?=^#|\\z)", RegexOptions.Multiline | RegexOptions.Singleline,
                TimeSpan.FromSeconds(10));
            if (!section.Success)
            {
                yield return $"docs/CLI.md has no section '{name}'.";
                continue;
            }

            foreach (Option option in command.Options.Where(o => !section.Value.Contains(o.Name, StringComparison.Ordinal)))
            {
                yield return $"docs/CLI.md, '{name}': no {option.Name}";
            }

            if (!Help.Examples.ContainsKey(name))
            {
                yield return $"'{name}' has no example.";
            }
        }
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");

    private static string Between(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(from >= 0, $"there is no '{begin.Trim()}'");
        int to = text.IndexOf(end, from + begin.Length, StringComparison.Ordinal);
        Assert.True(to >= 0, $"there is no '{end}'");
        return text[(from + begin.Length)..to];
    }
}
