using System.CommandLine;
using System.Reflection;
using Engram.Cli.Completion;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram completion</c>: scripts by which shells complete command lines; and the hidden <c>engram complete</c>, which those
/// scripts ask.</summary>
internal static class CompletionCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    /// <summary>The command that prints a shell's script.</summary>
    public static Command Create(Output output)
    {
        var shell = new Argument<string>("shell")
        { HelpName = string.Join('|', Shells), Description = $"One of {string.Join(", ", Shells)}." };
        shell.CompletionSources.Add(Shells);
        var command =
            new Command("completion", "Prints a script by which a shell completes commands, options, recipes and runs.") { shell };
        command.SetAction(parsed =>
        {
            string name = parsed.GetRequiredValue(shell);
            if (!Shells.Contains(name, StringComparer.Ordinal))
            {
                throw new EngramException(
                    $"Found the shell '{name}', expected one of {string.Join(", ", Shells)}; {NearestName.Hint(name, Shells)}");
            }

            using Stream script = Assembly.GetExecutingAssembly().GetManifestResourceStream($"completion.{name}")!;
            using var reader = new StreamReader(script);
            output.Results.Write(reader.ReadToEnd());
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>The command that scripts ask: what could stand in the place of the last word, a line each, with what it is after a
    /// tab.</summary>
    public static Command CreateAnswer(Output output, RunStore store, Func<RootCommand> root)
    {
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        var command = new Command("complete", "Says what could stand in the place of the last word.") { words };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            foreach (Candidate candidate in Completer.Complete(root(), store, parsed.GetValue(words) ?? []))
            {
                string description = CleanText.Line(candidate.Description);
                output.Results.WriteLine(description.Length == 0 ? candidate.Text : $"{candidate.Text}\t{description}");
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
