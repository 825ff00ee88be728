using System.Text.RegularExpressions;

namespace Engram.Cli.Tests;

/// <summary>Every file is opened by <c>RegularFile</c>, which tells pipes, devices and files of no end before they are waited
/// for.</summary>
public sealed partial class FileDoorTests
{
    // What stands behind the door, and what has a reason of its own.
    private static readonly Dictionary<string, string> MayOpen = new(StringComparer.Ordinal)
    {
        ["Engram.Numerics/Files/RegularFile.cs"] = "the door",
        ["Engram.Numerics/Files/AtomicFile.cs"] = "writes a file under a new name, and into pipes on purpose",
        ["Engram.Numerics/Files/FileLock.cs"] = "looks at the kind itself",
        ["Engram.Tasks/Images/ImageLibrary.cs"] = "writes the library inside the program into a folder of its own",
        ["Engram.Experiments/Recipes/RecipeText.cs"] = "takes a pipe that a shell makes of <(...), and never more than a recipe's bytes",
        ["Engram.Experiments/Runs/RunEnvironment.cs"] = "reads /proc/cpuinfo",
    };

    [Fact]
    public void Sources_OpenFilesByTheDoorAlone()
    {
        string src = Path.Combine(Repository.Root, "src");
        string[] found =
        [
            .. from file in Directory.EnumerateFiles(src, "*.cs", SearchOption.AllDirectories)
               let name = Path.GetRelativePath(src, file).Replace('\\', '/')
               where !name.Contains("/obj/", StringComparison.Ordinal)
               from opening in Openings(name, File.ReadLines(file))
               select opening,
        ];

        Assert.Equal(
            MayOpen.Keys.Order(StringComparer.Ordinal),
            found.Select(f => f[..f.IndexOf(':', StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Openings_FileThatOpensAFile_AreFound() =>
        Assert.Equal(
            ["a.cs:2: return File.ReadAllText(path);"],
            Openings("a.cs", ["// File.ReadAllText(path)", "    return File.ReadAllText(path);", "RegularFile.Open(path);"]));

    [Theory]
    [InlineData("using var s = new FileStream(path, FileMode.Open);", true)]
    [InlineData("using FileStream s = new(path, FileMode.Open);", true)]
    [InlineData("string t = File.ReadAllText(path);", true)]
    [InlineData("foreach (string l in File.ReadLines(path))", true)]
    [InlineData("using var r = new StreamReader(path);", true)]
    [InlineData("using var r = new StreamReader(path.Trim());", true)]
    [InlineData("using var r = new StreamReader(ArchiveFile.OpenRead(path), utf8);", false)]
    [InlineData("using var z = ZipFile.OpenRead(path);", true)]
    [InlineData("using FileStream s = RegularFile.Open(path);", false)]
    [InlineData("string t = RegularFile.ReadText(path, 10);", false)]
    [InlineData("using var r = new StreamReader(stream, utf8);", false)]
    [InlineData("SafetensorsFile.Read(path);", false)]
    public void Pattern_KnowsWhatOpens(string line, bool opens) => Assert.Equal(opens, Opens().IsMatch(line));

    private static IEnumerable<string> Openings(string name, IEnumerable<string> lines) =>
        from line in lines.Select((text, i) => (Text: text, Number: i + 1))
        where Opens().IsMatch(line.Text) && !line.Text.TrimStart().StartsWith("//", StringComparison.Ordinal)
        select $"{name}:{line.Number}: {line.Text.Trim()}";

    [GeneratedRegex(
        @"new FileStream\(|FileStream \w+ = new\(|(?<![A-Za-z])File\.(Open\w*|Create|CreateText|Append\w+|Read\w+|Write\w+|Copy)\(" +
        @"|new Stream(Reader|Writer)\((?!ArchiveFile\.)\w*([pP]ath|[fF]ile)\b|ZipFile\.(Open|Extract|Create)\w*\(|MemoryMappedFile\.",
        RegexOptions.ExplicitCapture,
        10_000)]
    private static partial Regex Opens();
}
