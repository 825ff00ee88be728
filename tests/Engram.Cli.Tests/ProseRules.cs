using System.Globalization;
using System.Text.RegularExpressions;

namespace Engram.Cli.Tests;

/// <summary>
/// What pages must be: short lines and sentences, plain idioms, links that lead somewhere. Each rule names page, line and fault.
/// </summary>
internal static partial class ProseRules
{
    /// <summary>Most columns of a line of prose.</summary>
    public const int MostColumns = 120;

    /// <summary>Most words of a sentence.</summary>
    public const int MostWords = 40;

    private const int MostMilliseconds = 60_000;

    // Phrases that readers stumble over, and what to write.
    private static readonly (string Phrase, string Instead)[] Banned =
    [
        ("goes on with", "resumes, continues"),
        ("go on with", "resume, continue"),
        ("going on with", "resuming, continuing"),
        ("went on with", "resumed, continued"),
        ("is told", "knows, gets; or say who tells it"),
        ("are told", "know, get; or say who tells them"),
        ("takes for", "uses as, counts as"),
        ("taken for", "used as, counted as"),
        ("has that", "is, has the …"),
        ("stands behind", "comes after, follows"),
        ("is no option", "is never read as an option"),
        ("to be had", "available"),
        ("is one over", "is over, is measured against"),
        ("of some method", "of a method"),
        ("where it is left out", "by default"),
        ("where they are left out", "by default"),
        ("whatever it begins with", "even if it begins with …"),
        ("confirms nothing else", "say what it confirms"),
        ("comes to nothing", "fails"),
        ("it is a matter of", "say what decides"),
        ("what for", "why"),
        ("ends with exit code", "exits with"),
        ("has come to its own", "works"),
    ];

    private static readonly Regex AnyBanned = new(
        $@"\b({string.Join('|', Banned.Select(b => Regex.Escape(b.Phrase)))})\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        TimeSpan.FromMilliseconds(MostMilliseconds));

    /// <summary>Columns of a line: characters as people count them, not bytes.</summary>
    public static int Columns(string line) => new StringInfo(line).LengthInTextElements;

    /// <summary>Lines of prose over <see cref="MostColumns"/>; the targets of links do not count, as they cannot be broken.</summary>
    public static IEnumerable<string> LongLines(MarkdownPage page) =>
        from line in page.Lines
        let columns = Columns(LinkTarget().Replace(line.Text, "]()"))
        where columns > MostColumns
        select Fault(page, line, $"{columns} columns, expected at most {MostColumns}");

    /// <summary>Sentences over <see cref="MostWords"/>.</summary>
    public static IEnumerable<string> LongSentences(MarkdownPage page) =>
        from text in page.Texts
        from sentence in Sentences(text.Text)
        let words = sentence.Split(' ').Count(w => w.Any(char.IsLetterOrDigit))
        where words > MostWords
        select Fault(page, text, $"a sentence of {words} words, expected at most {MostWords}: {sentence}");

    /// <summary>Phrases that are not plain English.</summary>
    public static IEnumerable<string> Idioms(MarkdownPage page) =>
        from text in page.Texts
        from sentence in Sentences(text.Text)
        from Match found in AnyBanned.Matches(sentence)
        let instead = Banned.First(b => string.Equals(b.Phrase, found.Value, StringComparison.OrdinalIgnoreCase)).Instead
        select Fault(page, text, $"'{found.Value}', write: {instead}");

    /// <summary>Links to files, folders and anchors that are not there.</summary>
    /// <param name="page">The page.</param>
    /// <param name="root">The repository's folder.</param>
    public static IEnumerable<string> BrokenLinks(MarkdownPage page, string root)
    {
        foreach (PageText link in page.Links.Where(l => !Elsewhere().IsMatch(l.Text)))
        {
            string[] parts = link.Text.Split('#', 2);
            string path = Path.GetFullPath(parts[0].Length == 0
                ? Path.Combine(root, page.Name)
                : Path.Combine(root, Path.GetDirectoryName(page.Name)!, Uri.UnescapeDataString(parts[0])));
            string name = Path.GetRelativePath(root, path).Replace('\\', '/');
            if (parts[0].Length > 0 && !File.Exists(path) && !Directory.Exists(path))
            {
                yield return Fault(page, link, $"a link to '{link.Text}', and there is no '{name}'");
            }
            else if (parts.Length > 1 && !AnchorsOf(name).Contains(Uri.UnescapeDataString(parts[1]), StringComparer.Ordinal))
            {
                yield return Fault(page, link, $"a link to '{link.Text}', and '{name}' has no heading of that anchor");
            }
        }

        IReadOnlyList<string> AnchorsOf(string name) => (name == page.Name ? page : MarkdownPage.Read(root, name)).Anchors;
    }

    // Without code, marks and targets of links, cut where a full stop, a question mark or an exclamation mark ends a word.
    private static IEnumerable<string> Sentences(string text)
    {
        string plain = LinkTarget().Replace(InlineCode().Replace(text, "code"), "]");
        plain = Marks().Replace(plain, string.Empty);
        plain = Abbreviation().Replace(plain, m => m.Value.Replace(".", string.Empty, StringComparison.Ordinal));
        return SentenceEnd().Split(plain);
    }

    private static string Fault(MarkdownPage page, PageText place, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{page.Name}:{place.Line}: {what}");

    [GeneratedRegex(@"\]\([^)]*\)", RegexOptions.None, MostMilliseconds)]
    private static partial Regex LinkTarget();

    [GeneratedRegex("`[^`]*`", RegexOptions.None, MostMilliseconds)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[*_\[\]]", RegexOptions.None, MostMilliseconds)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\b(i\.i\.d|s\.e|e\.g|i\.e|et al|vs)\.", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex Abbreviation();

    [GeneratedRegex(@"(?<=[.!?][""”)]?)\s+", RegexOptions.None, MostMilliseconds)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex("^(https?|mailto):", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex Elsewhere();
}
