using System.Collections.Frozen;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Engram.Cli.Terminal;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Cli;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class ParseErrors
{
    // Options and arguments that are paths, whatever the command.
    private static readonly string[] Paths = ["--out", "path", "sweep"];

    // Words that stand for what another command does; the nearest name would lead astray.
    private static readonly FrozenDictionary<string, string> Elsewhere = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["live"] = "'engram export RUN --life 0' writes one whole life.",
        ["life"] = "'engram export RUN --life 0' writes one whole life.",
        ["lifetime"] = "'engram export RUN --life 0' writes one whole life.",
        ["resume"] = "'engram train --resume --run RUN' resumes a run.",
        ["figure"] = "'engram analyze RUN --figure NAME' draws one.",
        ["plot"] = "'engram analyze RUN --figure NAME' draws a figure.",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The first error with what was probably meant, or null where there is none.</summary>
    public static string? Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Action is { ClearsParseErrors: true })
        {
            return null;
        }

        // A mistyped option before an argument that may be left out is taken for that argument; what stands behind '--' is meant as one.
        string name = Help.FullName(command);
        string[] before = [.. parsed.Tokens.TakeWhile(t => t.Type != TokenType.DoubleDash).Select(t => t.Value)];
        if (parsed.UnmatchedTokens.Concat(parsed.CommandResult.Tokens.Select(t => t.Value))
            .FirstOrDefault(t => t.StartsWith('-') && t.Length > 1 && before.Contains(t, StringComparer.Ordinal)) is { } mistyped)
        {
            string option = Short(mistyped).Split('=', 2)[0];
            string[] options = [.. Options(command)];
            string meant = NearestName.Find(option, options) is { } near ? $"did you mean '{near}'?" : $"'{name} --help' lists them.";
            return $"Found the option '{option}', which '{name}' does not have; {meant}";
        }

        if (parsed.Errors.Count == 0)
        {
            return EmptyPath(parsed, name);
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            string token = Short(parsed.UnmatchedTokens[0]);
            if (command.Subcommands.Count > 0)
            {
                string hint = command is RootCommand && Elsewhere.TryGetValue(token, out string? known) ? known
                    : NearestName.Hint(token, [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)]);
                return $"Found '{token}', which is not a command of '{name}'; {hint}";
            }

            string most = command.Arguments.Count == 0 ? "none" : $"{command.Arguments.Sum(a => a.Arity.MaximumNumberOfValues)} at most";
            return $"Found the argument '{token}' too many, '{name}' takes {most}; '{name} --help' shows them.";
        }

        ParseError error = parsed.Errors[0];
        string message = AtomicFile.OneLine(error.Message);
        if (error.SymbolResult is OptionResult { Option: { } wrong, Tokens: { Count: > 0 } given })
        {
            if (given.Count > wrong.Arity.MaximumNumberOfValues)
            {
                return $"Found {wrong.Name} {given.Count} times ({string.Join(", ", given.Select(t => $"'{Short(t.Value)}'"))}), " +
                    $"expected it once; leave out all but one.";
            }

            if (Number(wrong.ValueType, given[0].Value) is { } expected)
            {
                return $"Found '{Short(given[0].Value)}' for {wrong.Name}, expected {expected}.";
            }
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

    // An empty path leads nowhere, whatever a command would do with it.
    private static string? EmptyPath(ParseResult parsed, string name) =>
        parsed.CommandResult.Children
            .Where(r => r.Tokens is [{ Value.Length: 0 }])
            .Select(
                r =>
                r switch
                {
                    OptionResult option => option.Option.Name,
                    ArgumentResult argument => argument.Argument.Name,
                    _ => string.Empty
                })
            .FirstOrDefault(p => Paths.Contains(p, StringComparer.Ordinal)) is { } empty
            ? $"Found an empty path for {(empty.StartsWith('-') ? empty : $"'{empty}'")}, expected a file or a folder; '{name} --help' " +
                $"says which."
            : null;

    // What an option of whole numbers takes, given a value that is none of them; null for other options.
    private static string? Number(Type type, string value)
    {
        (decimal Least, decimal Greatest)? range = Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
        {
            TypeCode.Int32 => (int.MinValue, int.MaxValue),
            TypeCode.Int64 => (long.MinValue, long.MaxValue),
            TypeCode.UInt64 => (ulong.MinValue, ulong.MaxValue),
            _ => null,
        };
        if (range is not { } known)
        {
            return null;
        }

        ReadOnlySpan<char> digits = value.AsSpan(value.StartsWith('-') || value.StartsWith('+') ? 1 : 0);
        bool isWhole = digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9');
        return !isWhole ? "a whole number" : value.StartsWith('-') ? FormattableString.Invariant($"a whole number from {known.Least} on")
            : FormattableString.Invariant($"a whole number up to {known.Greatest}");
    }

    private static string Short(string token)
    {
        string line = new([.. token.Take(60).Select(c => char.IsControl(c) ? ' ' : c)]);
        return token.Length > 60 ? line + "…" : line;
    }
}
