using System.Reflection;
using PublicApiGenerator;

namespace Engram.Cli.Tests;

/// <summary>What is public of each package, held in a file: a change of it is seen, and meant.</summary>
public class PublicApiTests
{
    private const string UpdateVariable = "ENGRAM_UPDATE_API";

    private static readonly Dictionary<string, Assembly> Packages = new(StringComparer.Ordinal)
    {
        ["Engram.Numerics"] = typeof(Numerics.Memory.Arena).Assembly,
        ["Engram.Tasks"] = typeof(Tasks.Families.ITaskFamily).Assembly,
        ["Engram.Learning"] = typeof(Learning.Networks.NetworkSpec).Assembly,
        ["Engram.Supervised"] = typeof(Supervised.Updates).Assembly,
        ["Engram.Figures"] = typeof(Figures.Figure).Assembly,
        ["Engram.Experiments"] = typeof(Experiments.Recipes.Recipe).Assembly,
        ["Engram.Bench"] = typeof(Bench.PeakRate).Assembly,
        ["Engram.Studio"] = typeof(Studio.StudioServer).Assembly,
        ["Engram.Cli"] = typeof(EngramCommand).Assembly,
    };

    private static string Folder => Path.Combine(Repository.Root, "tests", "Engram.Cli.Tests", "PublicApi");

    public static TheoryData<string> Names => [.. Packages.Keys];

    [Fact]
    public void Packages_AllProjects_AreHeld()
    {
        IEnumerable<string> projects = Directory.EnumerateFiles(
            Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(f => Path.GetFileNameWithoutExtension(f));

        Assert.Equal(Packages.Keys.Order(StringComparer.Ordinal), projects.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PublicApi_OfAPackage_IsTheOneInItsFile(string package)
    {
        string file = Path.Combine(Folder, package + ".txt");
        string[] found = ApiOf(Packages[package]);
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(file, string.Join('\n', found) + "\n");
            Assert.Fail($"{file} was written anew, so this run compared nothing. Look at its changes, then run without {UpdateVariable}.");
        }

        string[] expected = File.Exists(file) ? File.ReadAllLines(file) : [];
        string? differences = Differences(expected, found);
        Assert.True(
            differences is null,
            $"What is public of {package} is not what {file} holds; the first differences:\n{differences}\n"
            + $"If it is meant, say so in CHANGELOG.md and write the files anew: {UpdateVariable}=1 dotnet test tests/Engram.Cli.Tests " +
                $"-c Release --filter PublicApiTests");
    }

    [Fact]
    public void Differences_FileOfAnotherApi_AreFound()
    {
        string[] found = ApiOf(Packages["Engram.Figures"]);
        int type = Array.FindIndex(found, l => l.Contains("class FigureSvg", StringComparison.Ordinal));

        Assert.True(type >= 0);
        Assert.Null(Differences(found, found));
        Assert.Equal($"+ {found[type].Trim()}", Differences([.. found[..type], .. found[(type + 1)..]], found));
        Assert.Equal("- public class Gone", Differences([.. found, "    public class Gone"], found));

        // The same lines in another order are another surface: a member stands under another type.
        Assert.Equal("lines in another order", Differences([.. found.Reverse()], found));
    }

    private static string? Differences(string[] expected, string[] found)
    {
        if (expected.SequenceEqual(found, StringComparer.Ordinal))
        {
            return null;
        }

        string[] gone = [.. expected.Except(found, StringComparer.Ordinal).Take(10).Select(l => "- " + l.Trim())];
        string[] come = [.. found.Except(expected, StringComparer.Ordinal).Take(10).Select(l => "+ " + l.Trim())];
        return gone.Length + come.Length == 0 ? "lines in another order" : string.Join('\n', [.. gone, .. come]);
    }

    private static string[] ApiOf(Assembly assembly) =>
        assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").TrimEnd('\n')
            .Split('\n');
}
