using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Engram.Cli.Tests;

/// <summary>What publishes one file, and what is said of it, hold together; <c>bench/one-file.sh</c> publishes and tries it.</summary>
public class OneFileTests
{
    private static readonly string Profiles = Path.Combine(Repository.Root, "src/Engram.Cli/Properties/PublishProfiles");

    public static TheoryData<string> Names => [.. All()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Profile_EachOne_IsOfItsSystemAndDescribed(string name)
    {
        XElement profile = XDocument.Load(Path.Combine(Profiles, name + ".pubxml")).Root!;
        string system = profile.Descendants("RuntimeIdentifier").Single().Value;
        string kind = profile.Descendants("OneFile").Single().Value;

        Assert.StartsWith(system, name, StringComparison.Ordinal);
        Assert.Equal(name.Contains("-native-", StringComparison.Ordinal) ? "native" : "portable", kind);
        Assert.Equal(kind == "native" ? [$"x86-64-{name[^2..]}"] : [], profile.Descendants("IlcInstructionSet").Select(e => e.Value));
        Assert.Contains($"`{name}`", File.ReadAllText(Path.Combine(Repository.Root, "docs/INSTALL.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Containerfile_WhatItCopies_IsWhatAProfilePublishes()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "Containerfile"));
        string system =
            Regex.Match(text, @"^ARG SYSTEM=(?<name>\S+)$", RegexOptions.Multiline, TimeSpan.FromSeconds(5)).Groups["name"].Value;
        Match copy = Regex.Match(text, @"^COPY (?<from>\S+) (?<to>\S+)$", RegexOptions.Multiline, TimeSpan.FromSeconds(5));
        string publish = File.ReadAllText(Path.Combine(Repository.Root, "src/Engram.Cli/OneFile.props"));

        Assert.All((string[])[system, "linux-arm64"], s => Assert.True(File.Exists(Path.Combine(Profiles, s + ".pubxml")), s));
        Assert.Equal("artifacts/${SYSTEM}/engram", copy.Groups["from"].Value);
        Assert.Contains("'../../artifacts/$(PublishProfileName)'", publish, StringComparison.Ordinal);
        Assert.Contains($"ENTRYPOINT [\"{copy.Groups["to"].Value}\"]", text, StringComparison.Ordinal);
        Assert.All(Regex.Matches(text, @"PublishProfile=(?<name>\S+)", RegexOptions.None, TimeSpan.FromSeconds(5)),
            m => Assert.Contains(m.Groups["name"].Value, All()));
        Assert.Matches(@"(?m)^FROM \S+$", text);
    }

    private static IEnumerable<string> All() =>
        Directory.EnumerateFiles(Profiles, "*.pubxml").Select(f => Path.GetFileNameWithoutExtension(f));

    [Fact]
    public void Script_ThatTriesThem_NamesCommandsThatThereAre()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "bench/one-file.sh"));

        Assert.Contains("env -i", text, StringComparison.Ordinal);
        Assert.Contains("PublishProfile=", text, StringComparison.Ordinal);
    }
}
