using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary>That numbers are written and read alike in every country.</summary>
public sealed class CultureTests : IDisposable
{
    private readonly CommandLine command = new();

    public static TheoryData<string> Libraries =>
        [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "*ngram*.dll").Select(f => Path.GetFileName(f)!)
        .Where(f => !f.Contains("Tests", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    public void Dispose() => command.Dispose();

    [Theory]
    [MemberData(nameof(Libraries))]
    public void InterpolatedText_OfALibrary_SaysTheCultureOfItsNumbers(string library)
    {
        string found = string.Join(", ", CultureRule.Violations(Path.Combine(AppContext.BaseDirectory, library)));

        Assert.True(found.Length == 0, $"string.Create(CultureInfo.InvariantCulture, …) is missing in {found}");
    }

    [Fact]
    public void CultureRule_NumbersWithoutACulture_AreFound()
    {
        string[] found = [.. CultureRule.Violations(typeof(CultureTests).Assembly.Location)
            .Where(v => v.StartsWith(nameof(CultureSamples), StringComparison.Ordinal))];

        Assert.Equal(
            ["CultureSamples.Fraction: Double", "CultureSamples.Grouped: Int64", "CultureSamples.Nested: Single",
            "CultureSamples.Time: TimeSpan"], found.Order(StringComparer.Ordinal));
    }

    [UnixFact]
    public void Run_ProgramThatFollowsTheCountry_WritesAndReadsWhatOthersDo()
    {
        const string Plasticity = "initialization.hidden-plasticity=1e-5";
        string settings = command.Write("own.runtimeconfig.json", Runtime());
        command.Call("train", command.Tiny(), "--run", "here", "--set", Plasticity, "--quiet", "--threads", "1");
        // A minus of its own, marks of direction before it, and digits and a decimal mark of its own.
        foreach (string country in (string[])["sv_SE", "he_IL", "fa_IR"])
        {
            CommandOutcome trained =
                InCountry(settings, country, "train", command.Tiny(), "--run", country, "--set", Plasticity, "--quiet", "--threads", "1");

            Assert.True(trained.ExitCode == ExitCodes.Success, $"{country}: {trained.Messages}");
            Assert.Equal(
                File.ReadAllText(Path.Combine(command.Run("here"), "recipe.yaml")),
                File.ReadAllText(Path.Combine(command.Run(country), "recipe.yaml")));
            RunAssert.Same(command.Run("here"), command.Run(country));
        }

        Assert.Contains(
            "hidden-plasticity: 1e-5", InCountry(settings, "fa_IR", "recipe", "show", command.Tiny(), "--set", Plasticity).Results,
            StringComparison.Ordinal);
    }

    private CommandOutcome InCountry(string settings, string country, params string[] args)
    {
        using Process process = command.Start(
            "env", [$"LC_ALL={country}.UTF-8", "dotnet", "exec", "--runtimeconfig", settings, "--depsfile",
            Path.ChangeExtension(CommandLine.ProgramPath, ".deps.json"), CommandLine.ProgramPath, .. args]);
        return CommandLine.Finish(process);
    }

    // As that of a program outside the repository: it knows the countries.
    private static string Runtime()
    {
        JsonNode runtime = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(CommandLine.ProgramPath, ".runtimeconfig.json")))!;
        runtime["runtimeOptions"]!["configProperties"]!["System.Globalization.Invariant"] = false;
        runtime["runtimeOptions"]!["configProperties"]!.AsObject().Remove("System.Globalization.PredefinedCulturesOnly");
        return runtime.ToJsonString();
    }
}

/// <summary>What the rule must find, and what it must not.</summary>
internal static class CultureSamples
{
    public static string Fraction(double x) => $"{x}";

    public static string Grouped(long x) => $"{x:N0}";

    public static string Time(TimeSpan? x) => $"{x}";

    public static string Nested(float x) => string.Create(CultureInfo.InvariantCulture, $"{x} {(x > 0 ? $"{x:0.0}" : string.Empty)}");

    public static string Whole(int x) => $"{x}";

    public static string Invariant(double x) =>
        $"{x.ToString(CultureInfo.InvariantCulture)} {string.Create(CultureInfo.InvariantCulture, $"{x:0}")}";
}
