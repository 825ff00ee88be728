using System.Diagnostics;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Engram.Cli.Tests;

/// <summary>The packages as a user has them: in a folder, for a program that knows no repository.</summary>
public sealed class PackagesTests : IDisposable
{
    private const string Marker = "```csharp\n";

    private static readonly string[] Libraries =
        ["Engram.Numerics", "Engram.Learning", "Engram.Tasks", "Engram.Supervised", "Engram.Figures", "Engram.Experiments", "Engram.Bench",
            "Engram.Studio", "Engram.Cli"];

    private readonly TemporaryFolder folder = new();

    // Nothing of an earlier test can be taken for a version that was never there before.
    private readonly string version = $"0.0.0-test.{DateTime.UtcNow.Ticks}";

    private string Packages => Path.Combine(folder.Path, "packages");

    /// <summary>Release or Debug: what the tests were built as, and all of src before them.</summary>
    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Packages_OfTheSolution_ServeAProgramThatDoesWhatTheirReadmesShow()
    {
        Dotnet(Repository.Root, "pack", "Engram.slnx", "-c", Configuration, "--no-build", "-m:1", $"-p:PackageVersion={version}", "-o",
            Packages);
        Assert.Equal(
            Libraries.Append("Engram").Select(n => $"{n}.{version}.nupkg").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Packages).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(Libraries.Append("Engram"), AssertMetadata);
        Assert.All(Libraries, AssertSymbols);

        string output = Dotnet(WriteProgram(), "run", "-c", "Release");

        Assert.Contains("d/dx", output, StringComparison.Ordinal);
        Assert.Contains("step 9: W₁[0, 0] = ", output, StringComparison.Ordinal);
        Assert.Contains("120 steps of 32, then 96 questions", output, StringComparison.Ordinal);
        Assert.Matches("[0-9] % are wrong", output);
        Assert.Contains("decay.svg and ", output, StringComparison.Ordinal);
        Assert.Contains("3 outer steps, query loss ", output, StringComparison.Ordinal);
        Assert.Contains("the studio is at http://localhost:", output, StringComparison.Ordinal);
        Assert.Contains(" s a lifetime, ", output, StringComparison.Ordinal);
        Assert.Contains(
            "rule: decaying-hebb", File.ReadAllText(Path.Combine(folder.Path, "runs", "own", "recipe.yaml")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder.Path, "runs", "own", "learning-curves.svg")));
    }

    private void AssertMetadata(string package)
    {
        using ZipArchive archive = Open(package);
        using Stream stream = archive.Entries.Single(e => e.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        XElement metadata = XDocument.Load(stream).Root!.Elements().First();
        string? Of(string name) => metadata.Elements().SingleOrDefault(e => e.Name.LocalName == name)?.Value;

        Assert.Equal(package, Of("id"));
        Assert.Equal("MIT", Of("license"));
        Assert.Equal("README.md", Of("readme"));
        Assert.Contains("plasticity", Of("tags"), StringComparison.Ordinal);
        Assert.True(Of("description") is { Length: > 40 } and not "Package Description", $"{package} has no description");
        Assert.NotNull(archive.GetEntry("README.md"));

        // No host is named: a package comes from wherever its user got it.
        Assert.Null(Of("projectUrl"));
        Assert.DoesNotContain(metadata.Descendants().Attributes(), a => a.Name.LocalName == "url");
    }

    private void AssertSymbols(string package)
    {
        using ZipArchive archive = Open(package);
        ZipArchiveEntry assembly = archive.Entries.Single(
            e => e.FullName.StartsWith("lib/", StringComparison.Ordinal) && e.FullName.EndsWith(".dll", StringComparison.Ordinal));
        Assert.NotNull(archive.GetEntry(Path.ChangeExtension(assembly.FullName, ".xml")));
        using var bytes = new MemoryStream();
        using (Stream stream = assembly.Open())
        {
            stream.CopyTo(bytes);
        }

        bytes.Position = 0;
        using var image = new PEReader(bytes);
        DebugDirectoryEntry symbols = Assert.Single(image.ReadDebugDirectory(), e => e.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        if (Configuration == "Release")
        {
            using MetadataReaderProvider provider = image.ReadEmbeddedPortablePdbDebugDirectoryData(symbols);
            MetadataReader reader = provider.GetMetadataReader();
            string[] sources = [.. reader.Documents.Select(d => reader.GetString(reader.GetDocument(d).Name))];
            Assert.NotEmpty(sources);
            Assert.All(sources.Where(s => s.EndsWith(".cs", StringComparison.Ordinal)),
                s => Assert.DoesNotContain(Repository.Root, s, StringComparison.Ordinal));
        }
    }

    private ZipArchive Open(string package) => ZipFile.OpenRead(Path.Combine(Packages, $"{package}.{version}.nupkg"));

    /// <summary>A program that does, one after the other, what each package's README shows; only what is in no package is asked
    /// elsewhere.</summary>
    private string WriteProgram()
    {
        string known = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } set
            ? set
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        Directory.CreateDirectory(known);
        folder.File("program/NuGet.Config", $"""
            <configuration>
              <packageSources>
                <add key="here" value="{Packages}" />
              </packageSources>
            </configuration>
            """);
        folder.File("program/Program.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestorePackagesPath>{Path.Combine(folder.Path, "restored")}</RestorePackagesPath>
                <RestoreFallbackFolders>{known}</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Engram.Cli" Version="{version}" />
              </ItemGroup>
            </Project>
            """);
        foreach (string library in Libraries)
        {
            folder.File(
                $"program/{library}.cs", AsMethod(library, File.ReadAllText(Path.Combine(Repository.Root, "src", library, "README.md"))));
        }

        IEnumerable<string> others = Libraries.Where(l => l != "Engram.Cli").Select(l => $"{NamespaceOf(l)}.Readme.Run([]);");
        string[] train = ["train", "quick-start/flp", "--outer-steps", "3", "--set", "learner.rule=decaying-hebb", "--set",
            "evaluation.lifetimes=2", "--run", "own", "--quiet"];
        string program = folder.File("program/Program.cs", $"""
            {string.Join('\n', others)}
            return {NamespaceOf("Engram.Cli")}.Readme.Run([{string.Join(", ", train.Select(a => $"\"{a}\""))}]);
            """);
        return Path.GetDirectoryName(program)!;
    }

    private static string NamespaceOf(string library) => "Shown" + library["Engram.".Length..];

    /// <summary>A README's program as a method, so that one build does for all.</summary>
    private static string AsMethod(string library, string readme)
    {
        int first = readme.IndexOf(Marker, StringComparison.Ordinal);
        Assert.True(first >= 0, $"the README of {library} shows no program");
        string[] lines = readme[(first + Marker.Length)..readme.IndexOf("```", first + Marker.Length, StringComparison.Ordinal)]
            .Split('\n');
        int types = Array.FindIndex(lines, l => l.StartsWith("/// <summary>", StringComparison.Ordinal));
        string[] top = types < 0 ? lines : lines[..types];
        string[] statements = [.. top.Where(l => !IsImport(l))];
        const string Waiting = " => RunAsync(args).GetAwaiter().GetResult();\n\n    private static async Task<int> RunAsync(string[] args)";
        bool waits = statements.Any(l => l.Contains("await ", StringComparison.Ordinal));
        string end = statements.Any(l => l.StartsWith("return ", StringComparison.Ordinal)) ? "" : "return 0;";
        return $$"""
            {{string.Join('\n', top.Where(IsImport))}}

            namespace {{NamespaceOf(library)}};

            internal static class Readme
            {
                public static int Run(string[] args){{(waits ? Waiting : "")}}
                {
                    {{string.Join('\n', statements)}}
                    {{end}}
                }
            }

            {{string.Join('\n', types < 0 ? [] : lines[types..])}}
            """;

        static bool IsImport(string line) => line.StartsWith("using Engram", StringComparison.Ordinal);
    }

    private string Dotnet(string where, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", args)
        { WorkingDirectory = where, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ENGRAM_RUNS"] = Path.Combine(folder.Path, "runs");
        start.Environment["TMPDIR"] = folder.Path;
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> messages = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', args)}:\n{output}\n{messages.Result}");
        return output;
    }
}
