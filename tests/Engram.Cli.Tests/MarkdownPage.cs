using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Engram.Cli.Tests;

/// <summary>A piece of a page, and the line that it begins in, from 1.</summary>
internal sealed record PageText(int Line, string Text);

/// <summary>A fenced block: the line of its first line, its language, and its lines.</summary>
internal sealed record CodeBlock(int Line, string Language, string[] Lines);

/// <summary>A page of documentation, taken apart: lines of prose, paragraphs and cells, blocks of code, links, anchors.</summary>
internal sealed partial class MarkdownPage
{
    private const int MostMilliseconds = 60_000;

    private readonly List<PageText> lines = [], texts = [], links = [];
    private readonly List<CodeBlock> blocks = [];
    private readonly List<string> anchors = [], headings = [];

    private MarkdownPage(string name) => Name = name;

    /// <summary>Path from the root of the repository, with slashes.</summary>
    public string Name { get; }

    /// <summary>Every line that is neither code nor a row of a table.</summary>
    public IReadOnlyList<PageText> Lines => lines;

    /// <summary>Every paragraph, item of a list, and cell of a table that no command wrote.</summary>
    public IReadOnlyList<PageText> Texts => texts;

    /// <summary>Every fenced block.</summary>
    public IReadOnlyList<CodeBlock> Blocks => blocks;

    /// <summary>Every target of a link or picture.</summary>
    public IReadOnlyList<PageText> Links => links;

    /// <summary>The anchors of the headings, as GitHub makes them.</summary>
    public IReadOnlyList<string> Anchors => anchors;

    /// <summary>Every page below a folder but those that commands write.</summary>
    public static IEnumerable<string> Names(string root) => Below(new DirectoryInfo(root))
        .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
        .Where(f => !(f.StartsWith("results/", StringComparison.Ordinal) && f.EndsWith("/report.md", StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal);

    /// <summary>Reads a page of a repository.</summary>
    public static MarkdownPage Read(string root, string name) => Parse(name, File.ReadAllText(Path.Combine(root, name)));

    /// <summary>Takes a page apart.</summary>
    public static MarkdownPage Parse(string name, string text)
    {
        var page = new MarkdownPage(name);
        page.Take(text.ReplaceLineEndings("\n").Split('\n'));
        return page;
    }

    private static IEnumerable<string> Below(DirectoryInfo folder)
    {
        foreach (FileInfo file in folder.EnumerateFiles("*.md"))
        {
            yield return file.FullName;
        }

        foreach (DirectoryInfo inner in folder.EnumerateDirectories())
        {
            bool skipped = inner.LinkTarget is not null
                || inner.Name is "bin" or "obj" or "artifacts" or "runs" or "TestResults"
                || (inner.Name.StartsWith('.') && inner.Name != ".github");
            foreach (string file in skipped ? [] : Below(inner))
            {
                yield return file;
            }
        }
    }

    private void Take(string[] all)
    {
        List<string>? code = null;
        (string? Language, int Line) fence = default;
        var paragraph = new List<string>();
        bool generated = false, blank = true;
        int begin = 0;

        void EndParagraph()
        {
            if (paragraph.Count > 0)
            {
                texts.Add(new PageText(begin, string.Join(' ', paragraph)));
            }

            paragraph.Clear();
        }

        for (int number = 1; number <= all.Length; number++)
        {
            string line = all[number - 1], trimmed = line.Trim();
            bool afterBlank = blank;
            blank = trimmed.Length == 0;
            if (trimmed.StartsWith("```", StringComparison.Ordinal))
            {
                EndParagraph();
                if (code is null)
                {
                    code = [];
                    fence = (trimmed[3..].Trim(), number + 1);
                }
                else
                {
                    blocks.Add(new CodeBlock(fence.Line, fence.Language ?? string.Empty, [.. code]));
                    code = null;
                }
            }
            else if (code is not null)
            {
                code.Add(line);
            }
            else if (blank)
            {
                EndParagraph();
            }
            else if (line.StartsWith("    ", StringComparison.Ordinal) && afterBlank)
            {
                // An indented block: it lasts while its lines are indented.
                blank = true;
            }
            else
            {
                AddLinks(number, line);
                if (trimmed.StartsWith("<!--", StringComparison.Ordinal))
                {
                    EndParagraph();
                    generated = (generated || trimmed.Contains(": begin", StringComparison.Ordinal))
                        && !trimmed.Contains(": end", StringComparison.Ordinal);
                }
                else if (line.StartsWith('|'))
                {
                    EndParagraph();
                    if (!generated && !TableRule().IsMatch(line))
                    {
                        texts.AddRange(line.Trim('|').Split('|').Select(c => new PageText(number, c.Trim())));
                    }
                }
                else if (line.StartsWith('#'))
                {
                    EndParagraph();
                    lines.Add(new PageText(number, line));
                    anchors.Add(Anchor(line.TrimStart('#').Trim()));
                }
                else
                {
                    lines.Add(new PageText(number, line));
                    Match item = ItemMark().Match(line);
                    if (item.Success)
                    {
                        EndParagraph();
                    }

                    begin = paragraph.Count == 0 ? number : begin;
                    paragraph.Add(line[item.Length..].Trim());
                }
            }
        }

        EndParagraph();
    }

    private void AddLinks(int number, string line) =>
        links.AddRange(LinkTarget().Matches(InlineCode().Replace(line, string.Empty))
            .Select(m => new PageText(number, m.Groups["target"].Value)));

    // Lower case, spaces as hyphens, and nothing but letters, digits, hyphens and underscores; a second one of a name has a number.
    private string Anchor(string heading)
    {
        string plain = LinkOfHeading().Replace(heading, "${text}").Replace("`", string.Empty, StringComparison.Ordinal);
        var anchor = new StringBuilder();
        foreach (char c in plain.ToLowerInvariant())
        {
            if (c == ' ')
            {
                anchor.Append('-');
            }
            else if (char.IsLetterOrDigit(c) || c is '-' or '_' || char.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark)
            {
                anchor.Append(c);
            }
        }

        string made = anchor.ToString();
        int before = headings.Count(h => h == made);
        headings.Add(made);
        return before == 0 ? made : string.Create(CultureInfo.InvariantCulture, $"{made}-{before}");
    }

    [GeneratedRegex(@"^\|[\s:|-]+$", RegexOptions.None, MostMilliseconds)]
    private static partial Regex TableRule();

    [GeneratedRegex(@"^\s*([-*]|\d+\.)\s+", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex ItemMark();

    [GeneratedRegex("`[^`]*`", RegexOptions.None, MostMilliseconds)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex LinkTarget();

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex LinkOfHeading();
}
