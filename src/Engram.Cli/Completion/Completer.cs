using System.CommandLine;
using System.CommandLine.Completions;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Numerics.Text;

namespace Engram.Cli.Completion;

/// <summary>Something that could stand in a place of the command line.</summary>
/// <param name="Text">The word.</param>
/// <param name="Description">What it is; empty where there is nothing to say.</param>
internal readonly record struct Candidate(string Text, string Description = "");

/// <summary>Completes command lines: commands, options, and the names that arguments and options take.</summary>
/// <remarks>What an argument or option takes is known by its name, the same in all commands; a source of its own comes first.</remarks>
internal static class Completer
{
    /// <summary>What could stand in the place of the last word, by what stands before it.</summary>
    /// <param name="root">The command.</param>
    /// <param name="store">Where runs lie.</param>
    /// <param name="words">The words behind <c>engram</c>; the last one is completed, and may be empty.</param>
    /// <returns>Those that begin with that word; none where only a file could stand there.</returns>
    public static IEnumerable<Candidate> Complete(RootCommand root, RunStore store, IReadOnlyList<string> words)
    {
        string current = words.Count == 0 ? string.Empty : words[^1];
        Command command = root;
        Option? waiting = null;
        bool literal = false;
        int arguments = 0;
        HashSet<Option> given = [];
        foreach (string word in words.Take(words.Count - 1))
        {
            if (waiting is not null)
            {
                waiting = null;
            }
            else if (literal || !word.StartsWith('-'))
            {
                Command? below = literal || arguments > 0 ? null : command.Subcommands.FirstOrDefault(c => c.Name == word);
                (command, arguments) = below is null ? (command, arguments + 1) : (below, 0);
            }
            else if (word == "--")
            {
                literal = true;
            }
            else if (OptionOf(command, word.Split('=', 2)[0]) is { } option)
            {
                given.Add(option);
                waiting = word.Contains('=', StringComparison.Ordinal) || option.Arity.MinimumNumberOfValues == 0
                    || option.ValueType == typeof(bool) ? null : option;
            }
        }

        IEnumerable<Candidate> all = waiting is not null ? Values(waiting, store, current)
            : !literal && current.StartsWith("--", StringComparison.Ordinal)
                && current.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
                ? OptionOf(command, current[..equals]) is { } named
                    ? Values(named, store, current[(equals + 1)..]).Select(c => c with { Text = $"{current[..equals]}={c.Text}" }) : []
            : [.. Names(command, store, arguments, current), .. literal ? [] : Options(command, given, current)];
        return all.Where(c => c.Text.StartsWith(current, StringComparison.Ordinal)).DistinctBy(c => c.Text, StringComparer.Ordinal);
    }

    private static Option? OptionOf(Command command, string name) =>
        command.Options.FirstOrDefault(o => o.Name == name || o.Aliases.Contains(name));

    // Subcommands and what arguments take; a command that is the first word of none is an argument.
    private static IEnumerable<Candidate> Names(Command command, RunStore store, int arguments, string current)
    {
        IEnumerable<Candidate> commands = arguments > 0 ? []
            : command.Subcommands.Where(c => !c.Hidden).Select(c => new Candidate(c.Name, c.Description ?? string.Empty));
        int before = 0;
        foreach (Argument argument in command.Arguments)
        {
            before += argument.Arity.MaximumNumberOfValues;
            if (arguments < before)
            {
                return commands.Concat(Values(argument, store, current));
            }
        }

        return commands;
    }

    // Only after a hyphen: an empty word asks for names, where there are some.
    private static IEnumerable<Candidate> Options(Command command, HashSet<Option> given, string current) =>
        current.Length == 0 && (command.Arguments.Count > 0 || command.Subcommands.Count > 0) ? []
        : command.Options.Where(o => !o.Hidden && (o.Arity.MaximumNumberOfValues > 1 || !given.Contains(o)))
            .Select(o => new Candidate(o.Name, o.Description ?? string.Empty));

    private static IEnumerable<Candidate> Values(Symbol symbol, RunStore store, string current)
    {
        CompletionItem[] own = symbol switch
        {
            Argument argument => [.. argument.GetCompletions(CompletionContext.Empty)],
            Option option => [.. option.GetCompletions(CompletionContext.Empty)],
            _ => [],
        };
        return own.Length > 0 ? own.Select(c => new Candidate(c.Label, c.Detail ?? string.Empty)) : symbol.Name switch
        {
            "run" or "runs" or "--run" => Runs(store),
            "recipe" or "recipes" or "--recipe" => BuiltInRecipes.Groups.Concat(BuiltInRecipes.Names).Select(n => new Candidate(n)),
            "--comparison" => ComparisonReader.Names.Select(n => new Candidate(n)),
            "--engine" => Of(LifetimeEngines.Registry),
            "--learner" => Of(LearnerSpecs.Registry),
            "--set" => Settings(current),
            _ => [],
        };
    }

    private static IEnumerable<Candidate> Of<TEntry>(Registry<TEntry> registry)
        where TEntry : class => registry.Names.Select(n => new Candidate(n, registry.SummaryOf(n)));

    // Keys, and behind = the values of a choice.
    private static IEnumerable<Candidate> Settings(string current)
    {
        string key = current.Split('=', 2)[0];
        return key.Length == current.Length
            ? RecipeSchema.Keys.Where(k => k.Path is not ("name" or "description" or "extends"))
                .Select(k => new Candidate(k.Path + "=", k.Summary))
            : RecipeSchema.Keys.Where(k => k.Path == key).SelectMany(k => k.Choices?.Invoke() ?? [])
                .Select(c => new Candidate($"{key}={c}"));
    }

    // Names alone: what runs hold is not read, so that a thousand of them are no matter.
    private static IEnumerable<Candidate> Runs(RunStore store)
    {
        try
        {
            return [.. store.Names().Select(n => new Candidate(n))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngramException)
        {
            // A shell has no place for an error.
            return [];
        }
    }
}
