using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram help</c>: the help of a command, as <c>--help</c> behind it prints.</summary>
internal static class HelpCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="root">The command whose help, and that of all below it, is asked for.</param>
    public static Command Create(Func<RootCommand> root)
    {
        var words = new Argument<string[]>("command")
        {
            HelpName = "command",
            Description = "A command, such as 'train' or 'runs show'. Default: engram itself.",
            Arity = ArgumentArity.ZeroOrMore
        };
        words.CompletionSources.Add(
            _ =>
            root().Subcommands.Where(c => !c.Hidden)
            .Select(c => new System.CommandLine.Completions.CompletionItem(c.Name, detail: c.Description)));
        var command = new Command("help", "Prints the help of a command.") { words };
        command.SetAction(parsed =>
        {
            Command asked = root();
            string[] given = parsed.GetValue(words) ?? [];
            foreach (string word in given)
            {
                string[] names = [.. asked.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
                asked = asked.Subcommands.FirstOrDefault(c => c.Name == word)
                    ?? throw new EngramException(names.Length == 0
                        ? $"Found '{word}' after '{Help.FullName(asked)}', which has no commands below it; leave it out."
                        : $"Found '{word}', which is not a command of '{Help.FullName(asked)}'; {NearestName.Hint(word, names)}");
            }

            return root().Parse([.. given, "--help"]).Invoke(parsed.InvocationConfiguration);
        });
        return command;
    }
}
