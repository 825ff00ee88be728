using System.Text.RegularExpressions;

namespace Engram.Cli.Tests;

/// <summary>Which folder of a project uses which, read from its source: the names of types, and usings of the project's own
/// namespaces.</summary>
/// <remarks>Folders are those right below the project; files beside them count as the folder <c>.</c>. A name that two folders define is
/// passed over, and so is one that a file gives to a member.</remarks>
internal static partial class FolderGraph
{
    private const string Top = ".";

    /// <summary>The C# files of a project.</summary>
    public static IEnumerable<string> FilesOf(string project) =>
        Directory.EnumerateFiles(RootOf(project), "*.cs", SearchOption.AllDirectories)
            .Where(f => PartsOf(project, f)[0] is not ("obj" or "bin")).Order(StringComparer.Ordinal);

    /// <summary>The namespace that a file should have: the project's, and the folders that it lies in.</summary>
    public static string NamespaceFor(string project, string file) => string.Join('.', [project, .. PartsOf(project, file)[..^1]]);

    /// <summary>The namespace of a file's text; null for none.</summary>
    public static string? NamespaceOf(string text) =>
        Namespace().Match(text) is { Success: true } found ? found.Groups["name"].Value : null;

    /// <summary>Folders that use each other, directly or by others: each such circle as names in ordinal order, with commas between
    /// them.</summary>
    public static IReadOnlyList<string> CirclesOf(string project) =>
        CirclesOf([.. FilesOf(project).Select(f => (FolderOf(project, f), File.ReadAllText(f)))], project);

    /// <summary>The same of texts.</summary>
    /// <param name="files">The folder and text of each file.</param>
    /// <param name="project">The project, with whose name its namespaces begin.</param>
    public static IReadOnlyList<string> CirclesOf(IReadOnlyList<(string Folder, string Text)> files, string project)
    {
        ILookup<string, string> homes = files.SelectMany(f => Types().Matches(f.Text).Select(m => (Type: m.Groups["name"].Value, f.Folder)))
            .Distinct().ToLookup(t => t.Type, t => t.Folder, StringComparer.Ordinal);
        var uses = files.GroupBy(f => f.Folder, StringComparer.Ordinal)
            .ToDictionary(
            g => g.Key, g =>
            g.SelectMany(f => UsedBy(f.Text)).Where(u => u != g.Key).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        var reached = uses.Keys.ToDictionary(f => f, Reach, StringComparer.Ordinal);
        return [.. reached.Keys.Where(f => reached[f].Contains(f))
            .Select(f => string.Join(", ", reached[f].Where(g => reached[g].Contains(f)).Order(StringComparer.Ordinal))).Distinct()
            .Order(StringComparer.Ordinal)];

        IEnumerable<string> UsedBy(string text)
        {
            string code = PlainStrings().Replace(Comments().Replace(text, string.Empty), "\"\"");
            var members = Members().Matches(code).Select(m => m.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
            return Words().Matches(code).Select(m => m.Value).Where(w => !members.Contains(w) && homes[w].Count() == 1)
                .Select(w => homes[w].Single())
                .Concat(Usings().Matches(code).Select(m => m.Groups["name"].Value)
                    .Where(n => n.StartsWith(project + ".", StringComparison.Ordinal)).Select(n => n.Split('.')[project.Split('.').Length])
                    .Where(f => files.Any(g => g.Folder == f)));
        }

        HashSet<string> Reach(string from)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var todo = new Stack<string>([from]);
            while (todo.TryPop(out string? folder))
            {
                foreach (string next in uses[folder].Where(seen.Add))
                {
                    todo.Push(next);
                }
            }

            return seen;
        }
    }

    private static string RootOf(string project) => Path.Combine(Repository.Root, "src", project);

    private static string[] PartsOf(string project, string file) =>
        Path.GetRelativePath(RootOf(project), file).Split(Path.DirectorySeparatorChar);

    private static string FolderOf(string project, string file) => PartsOf(project, file) is [var folder, _, ..] ? folder : Top;

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline, 5000)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|record struct|record|struct|interface|enum) (?<name>[A-Z]\w+)", RegexOptions.Multiline, 5000)]
    private static partial Regex Types();

    [GeneratedRegex("//.*", RegexOptions.None, 5000)]
    private static partial Regex Comments();

    [GeneratedRegex("""(?<![$@"])"(?:[^"\\\n]|\\.)*"(?!")""", RegexOptions.None, 5000)]
    private static partial Regex PlainStrings();

    [GeneratedRegex(
        @"(?<=[\w>\]?])(?<!\b(?:new|is|not|return|throw|as|or|and|in)) (?<name>[A-Z]\w+)(?: *\{|\(| =>|;| =)|\b(?<name>[A-Z]\w+) *[=:]",
        RegexOptions.None, 5000)]
    private static partial Regex Members();

    [GeneratedRegex(@"(?<![.\w])[A-Z]\w+", RegexOptions.None, 5000)]
    private static partial Regex Words();

    [GeneratedRegex(@"^using (?<name>[\w.]+);", RegexOptions.Multiline, 5000)]
    private static partial Regex Usings();
}
