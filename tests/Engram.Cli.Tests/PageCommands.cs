using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

/// <summary>The commands of <c>engram</c> that pages show in fenced blocks of the shell, read as the shell would read them.</summary>
internal static partial class PageCommands
{
    private const int MostMilliseconds = 60_000;

    private static readonly string[] Shells = ["bash", "sh", "shell", "console"];
    private static readonly string[] Ends = ["|", "||", "&&", "&", ";"];
    private static readonly string[] Redirections = [">", ">>", "<", "2>", "2>>", "&>"];
    private static readonly string[] Before = ["exec", "time", "nice", "nohup", "srun", "then", "do", "else"];

    /// <summary>The arguments of each command of a page, and the line that it stands in.</summary>
    public static IEnumerable<(int Line, string[] Args)> Of(MarkdownPage page)
    {
        foreach (CodeBlock block in page.Blocks.Where(b => Shells.Contains(b.Language, StringComparer.Ordinal)))
        {
            for (int i = 0; i < block.Lines.Length; i++)
            {
                int line = block.Line + i;
                var whole = new StringBuilder(block.Lines[i]);
                while (whole.Length > 0 && whole[^1] == '\\' && i + 1 < block.Lines.Length)
                {
                    whole.Length--;
                    whole.Append(block.Lines[++i]);
                }

                foreach (string[] command in Split(Words(whole.ToString())))
                {
                    if (Arguments(command) is { } args)
                    {
                        yield return (line, args);
                    }
                }
            }
        }
    }

    /// <summary>Commands of a page that the command line does not accept.</summary>
    public static IEnumerable<string> Refused(MarkdownPage page)
    {
        using var nothing = new StringWriter();
        RootCommand root = EngramCommand.Build(new Output(nothing, nothing, plain: true), new RunStore("runs"));
        foreach ((int line, string[] args) in Of(page))
        {
            ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (ParseErrors.Describe(parsed) is { } error)
            {
                string command = string.Join(' ', args);
                yield return string.Create(CultureInfo.InvariantCulture, $"{page.Name}:{line}: 'engram {command}': {error}");
            }
        }
    }

    // The arguments of engram, whether it is called by its name or by 'dotnet run'; null of any other command.
    private static string[]? Arguments(string[] command)
    {
        string[] words = [.. command.SkipWhile(w => Before.Contains(w, StringComparer.Ordinal) || Assignment().IsMatch(w))];
        if (words.Length == 0)
        {
            return null;
        }

        int first = words[0] == "engram" ? 1 : 0;
        int project = Array.IndexOf(words, "--project"), end = Array.IndexOf(words, "--");
        if (words is ["dotnet", "run", ..] && project > 0 && end > project)
        {
            string name = words[project + 1];
            first = name == "src/Engram.Cli" || name.StartsWith("examples/", StringComparison.Ordinal) ? end + 1 : 0;
        }

        // A number may be named by a letter, and a variable of the shell may hold one.
        return first == 0 ? null : [.. words[first..].Select(w => Number().IsMatch(w) ? "1" : w)];
    }

    private static IEnumerable<string[]> Split(IEnumerable<string> words)
    {
        var command = new List<string>();
        bool redirected = false;
        foreach (string word in words)
        {
            if (Ends.Contains(word, StringComparer.Ordinal))
            {
                yield return [.. command];
                command.Clear();
            }
            else if (Redirections.Contains(word, StringComparer.Ordinal))
            {
                redirected = true;
            }
            else
            {
                if (!redirected)
                {
                    command.Add(word);
                }

                redirected = false;
            }
        }

        yield return [.. command];
    }

    // Words as the shell makes them: quotes hold spaces, a comment ends the line.
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool any = false;
        char quote = '\0';
        void End()
        {
            if (any)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            any = false;
        }

        foreach (char c in line)
        {
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '"' or '\'')
            {
                (quote, any) = (c, true);
            }
            else if (char.IsWhiteSpace(c))
            {
                End();
            }
            else if (c == '#' && !any)
            {
                break;
            }
            else if (c == ';')
            {
                End();
                words.Add(";");
            }
            else
            {
                word.Append(c);
                any = true;
            }
        }

        End();
        return words;
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z_0-9]*=", RegexOptions.None, MostMilliseconds)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"^([A-Z]|\$\{?[A-Za-z_]+\}?)$", RegexOptions.ExplicitCapture, MostMilliseconds)]
    private static partial Regex Number();
}
