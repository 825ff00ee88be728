using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Engram.Numerics;

namespace Engram.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class ParseErrors
{
    /// <summary>The first error with what was probably meant, or null where there is none.</summary>
    public static string? Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Action is { ClearsParseErrors: true })
        {
            return null;
        }

        // A mistyped option before an argument that may be left out is taken for that argument.
        string name = Help.FullName(command);
        if (parsed.UnmatchedTokens.Concat(parsed.CommandResult.Tokens.Select(t => t.Value)).FirstOrDefault(t => t.StartsWith('-') && t.Length > 1) is { } mistyped)
        {
            string option = Short(mistyped).Split('=', 2)[0];
            string[] options = [.. Options(command)];
            string hint = NearestName.Find(option, options) is { } near ? $"did you mean '{near}'?" : $"'{name} --help' lists them.";
            return $"Found the option '{option}', which '{name}' does not have; {hint}";
        }

        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            string token = Short(parsed.UnmatchedTokens[0]);
            if (command.Subcommands.Count > 0)
            {
                return $"Found '{token}', which is no command of '{name}'; {NearestName.Hint(token, [.. command.Subcommands.Select(c => c.Name)])}";
            }

            string most = command.Arguments.Count == 0 ? "none" : $"{command.Arguments.Sum(a => a.Arity.MaximumNumberOfValues)} at most";
            return $"Found the argument '{token}' too many, '{name}' takes {most}; '{name} --help' shows them.";
        }

        ParseError error = parsed.Errors[0];
        string message = Sentence(error.Message);
        if (error.SymbolResult is OptionResult { Option: { } wrong } && error.SymbolResult.Tokens.Count > 0 && wrong.ValueType is { } type && Number(type) is { } expected)
        {
            return $"Found '{Short(error.SymbolResult.Tokens[0].Value)}' for {wrong.Name}, expected {expected}.";
        }

        return command.Subcommands.Count > 0 && command is not RootCommand && error.SymbolResult is CommandResult
            ? $"Found no command after '{name}', expected one of: {string.Join(", ", command.Subcommands.Select(c => c.Name))}."
            : $"{message} '{name} --help' shows how.";
    }

    private static IEnumerable<string> Options(Command command)
    {
        foreach (Option option in command.Options.Where(o => !o.Hidden))
        {
            yield return option.Name;
        }

        yield return new HelpOption().Name;
    }

    private static string? Number(Type type) =>
        type == typeof(int) || type == typeof(int?) || type == typeof(long) || type == typeof(long?) || type == typeof(ulong) || type == typeof(ulong?) ? "a whole number" : null;

    private static string Sentence(string message)
    {
        string line = message.ReplaceLineEndings(" ").Trim();
        return line.EndsWith('.') ? line : line + ".";
    }

    private static string Short(string token)
    {
        string line = new([.. token.Take(60).Select(c => char.IsControl(c) ? ' ' : c)]);
        return token.Length > 60 ? line + "…" : line;
    }
}
