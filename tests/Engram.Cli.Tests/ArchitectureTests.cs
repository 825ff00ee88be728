using System.Reflection;
using System.Xml.Linq;

namespace Engram.Cli.Tests;

/// <summary>Dependencies point one way, and each layer keeps out of the others' business.</summary>
public class ArchitectureTests
{
    private const int MostLines = 800;

    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Engram.Numerics"] = [],
        ["Engram.Tasks"] = ["Engram.Numerics"],
        ["Engram.Learning"] = ["Engram.Numerics"],
        ["Engram.Supervised"] = ["Engram.Learning"],
        ["Engram.Figures"] = ["Engram.Numerics"],
        ["Engram.Experiments"] = ["Engram.Figures", "Engram.Supervised", "Engram.Tasks"],
        ["Engram.Bench"] = ["Engram.Experiments"],
        ["Engram.Studio"] = ["Engram.Experiments"],
        ["Engram.Cli"] = ["Engram.Bench", "Engram.Experiments", "Engram.Studio"],
    };

    [Fact]
    public void Projects_References_PointOneWay()
    {
        string[] projects = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories)];
        Assert.NotEmpty(projects);
        Assert.All(projects, p => Assert.Equal("", FaultOf(Path.GetFileNameWithoutExtension(p), File.ReadAllText(p))));
    }

    [Theory]
    [InlineData("Engram.Numerics", "Engram.Learning", "Engram.Numerics refers to Engram.Learning, expected none")]
    [InlineData("Engram.Figures", "Engram.Tasks", "Engram.Figures refers to Engram.Tasks, expected Engram.Numerics")]
    [InlineData("Engram.Figures", "Engram.Numerics", "")]
    [InlineData(
        "Engram.Extra", "Engram.Numerics", "Engram.Extra has no place in the layers; give it one here and in docs/ARCHITECTURE.md.")]
    public void FaultOf_ProjectThatRefersToAnother_SaysWhatItMayReferTo(string name, string reference, string expected) =>
        Assert.Equal(expected, FaultOf(name, $"<Project><ProjectReference Include=\"..\\x/{reference}.csproj\" /></Project>"));

    [Fact]
    public void Folders_OfEachProject_HaveNoCircles()
    {
        string[] projects = [.. Allowed.Keys.Where(p => Directory.Exists(Path.Combine(Repository.Root, "src", p)))];

        Assert.Equal(Allowed.Count, projects.Length);
        Assert.All(projects, p => Assert.Empty(FolderGraph.CirclesOf(p)));
    }

    [Fact]
    public void Folders_ThatUseEachOther_AreFound()
    {
        (string Folder, string Text)[] files =
        [
            ("A", "namespace P.A;\n\npublic class First\n{\n    public Second Make() => new Second();\n}\n"),
            ("B", "namespace P.B;\n\npublic class Second\n{\n    // Not a Fourth.\n    private Third? next;\n}\n"),
            ("C", "using P.A;\n\nnamespace P.C;\n\npublic class Third;\n"),
            ("D", "namespace P.D;\n\npublic class Fourth : Third;\n"),
        ];

        Assert.Equal(["A, B, C"], FolderGraph.CirclesOf(files, "P"));
        Assert.Empty(FolderGraph.CirclesOf(files[..2], "P"));
    }

    [Fact]
    public void Namespaces_OfSources_FollowFolders()
    {
        string[] projects = [.. Allowed.Keys];

        Assert.NotEmpty(projects);
        Assert.All(projects,
            p => Assert.All(
                FolderGraph.FilesOf(p),
                f => Assert.Equal(FolderGraph.NamespaceFor(p, f), FolderGraph.NamespaceOf(File.ReadAllText(f)) ?? p)));
    }

    [Fact]
    public void Namespace_OfAFileInAnotherFolder_IsNotTheOneExpected()
    {
        string file = Path.Combine(Repository.Root, "src", "Engram.Learning", "Rules", "Mine.cs");

        Assert.Equal("Engram.Learning.Rules", FolderGraph.NamespaceFor("Engram.Learning", file));
        Assert.Equal("Engram.Learning.Lives", FolderGraph.NamespaceOf("using System;\n\nnamespace Engram.Learning.Lives;\n"));
    }

    [Theory]
    [InlineData(
        typeof(Numerics.Memory.Arena), "System.Console", "YamlDotNet", "Spectre.Console", "System.CommandLine", "Engram.Learning",
        "Engram.Tasks")]
    [InlineData(
        typeof(Tasks.Families.ITaskFamily), "System.Console", "YamlDotNet", "Spectre.Console", "System.CommandLine", "Engram.Learning")]
    [InlineData(
        typeof(Learning.Networks.NetworkSpec), "System.Console", "YamlDotNet", "Spectre.Console", "System.CommandLine", "Engram.Tasks",
        "Engram.Experiments")]
    [InlineData(
        typeof(Supervised.Updates), "System.Console", "YamlDotNet", "Spectre.Console", "System.CommandLine", "Engram.Tasks",
        "Engram.Experiments")]
    [InlineData(
        typeof(Figures.Figure), "System.Console", "YamlDotNet", "Spectre.Console", "System.CommandLine", "Engram.Learning", "Engram.Tasks",
        "Engram.Experiments")]
    [InlineData(typeof(Experiments.Recipes.Recipe), "System.Console", "Spectre.Console", "System.CommandLine", "Microsoft.AspNetCore")]
    [InlineData(typeof(Studio.StudioServer), "System.Console", "Spectre.Console", "System.CommandLine", "YamlDotNet")]
    public void Assembly_References_LeaveOutWhatIsNotItsBusiness(Type inside, params string[] forbidden)
    {
        Assert.Equal(["System.Runtime"], References(inside, "System.Runtime"));
        Assert.Empty(References(inside, forbidden));
    }

    [Fact]
    public void References_OfAnAssemblyThatPrints_AreFound() =>
        Assert.Equal(
            ["Engram.Experiments", "System.CommandLine", "System.Console"],
            References(typeof(EngramCommand), "System.Console", "System.CommandLine", "Engram.Experiments").Order(StringComparer.Ordinal));

    [Fact]
    public void SourceFiles_Lines_AreFewEnoughToRead()
    {
        string[] sources = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("\\obj\\", StringComparison.Ordinal))];

        Assert.NotEmpty(sources);
        Assert.All(sources, f => Assert.Equal("", FaultOfLength(f, File.ReadAllText(f))));
    }

    [Theory]
    [InlineData(MostLines, "")]
    [InlineData(MostLines + 1, "a.cs has more than 800 lines; split it.")]
    public void FaultOfLength_LongFile_IsFound(int lines, string expected) =>
        Assert.Equal(expected, FaultOfLength("a.cs", string.Concat(Enumerable.Repeat("x\n", lines))));

    private static string FaultOf(string name, string project)
    {
        if (!Allowed.TryGetValue(name, out string[]? allowed))
        {
            return $"{name} has no place in the layers; give it one here and in docs/ARCHITECTURE.md.";
        }

        string[] references = [.. XDocument.Parse(project).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')))
            .Order(StringComparer.Ordinal)];
        return references.SequenceEqual(allowed.Order(StringComparer.Ordinal), StringComparer.Ordinal) ? ""
            : $"{name} refers to {Listed(references)}, expected {Listed(allowed)}";
    }

    private static string Listed(string[] names) => names.Length == 0 ? "none" : string.Join(", ", names);

    private static IEnumerable<string> References(Type inside, params string[] names) =>
        inside.Assembly.GetReferencedAssemblies().Select(a => a.Name!).Intersect(names, StringComparer.Ordinal);

    private static string FaultOfLength(string file, string text) =>
        text.TrimEnd('\n').Count(c => c == '\n') + 1 > MostLines ? $"{file} has more than {MostLines} lines; split it." : "";

    /// <summary>Every registry in the library, by the type that holds it.</summary>
    internal static IReadOnlyList<Type> RegistryHolders() =>
    [
        .. new[] { typeof(Learning.Networks.NetworkSpec), typeof(Tasks.Families.ITaskFamily), typeof(Supervised.Updates),
            typeof(Experiments.Recipes.Recipe) }
            .SelectMany(t => t.Assembly.GetExportedTypes())
            .Where(t => t.GetProperties(BindingFlags.Public | BindingFlags.Static)
                .Any(p => p.PropertyType.IsGenericType && p.PropertyType.GetGenericTypeDefinition() == typeof(Numerics.Text.Registry<>))),
    ];
}
