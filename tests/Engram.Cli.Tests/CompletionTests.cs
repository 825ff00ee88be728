using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments.Recipes;
using Engram.Learning.Rules;

namespace Engram.Cli.Tests;

/// <summary>What shells complete, asked as they ask, in the shells themselves where they are installed; and <c>engram help</c>.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly CommandLine command = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        command.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("tr", "train transplant")]
    [InlineData("runs ", "list show compare export tag note")]
    [InlineData("runs sh", "show")]
    [InlineData("train --se", "--set --seed --seeds")]
    [InlineData("train --seed 3 --se", "--set --seeds")]
    [InlineData("train --set learner.rule=oja --set learner.rule.win", "learner.rule.window=")]
    [InlineData("train --set=learner.rule.win", "--set=learner.rule.window=")]
    [InlineData("train --quiet quick-start/fl", "quick-start/flp")]
    [InlineData("train quick-start/flp quick-start/fl", "")]
    [InlineData("evaluate my-r", "my-run")]
    [InlineData("train --resume --run my-", "my-run")]
    [InlineData("runs compare my-run my-r", "my-run")]
    [InlineData("export my-run --split meta-t", "meta-train meta-test")]
    [InlineData("verify --engine compiled-5", "compiled-512")]
    [InlineData("completion ", "bash zsh fish")]
    [InlineData("help tra", "train transplant")]
    [InlineData("train --quiet -- --se", "")]
    [InlineData("nonsense ", "")]
    public void Complete_WordsBeforeTheCursor_GiveWhatCanStandThere(string line, string expected)
    {
        command.Call("train", command.Tiny(), "--run", "my-run", "--outer-steps", "1", "--quiet");

        CommandOutcome outcome = command.Call(["complete", "--", .. line.Split(' ')]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), Names(outcome).Order());
    }

    [Fact]
    public void Complete_NothingBefore_GivesEveryCommandWithItsSummaryAndNoHiddenOne()
    {
        CommandOutcome outcome = command.Call("complete", "--", "");

        Assert.Contains("train", Names(outcome));
        Assert.DoesNotContain("complete", Names(outcome));
        Assert.All(outcome.Results.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            l => Assert.True(l.Split('\t') is [_, { Length: > 5 }], l));
    }

    [Fact]
    public void Complete_RecipesAndChoices_AreThoseThatThereAre()
    {
        Assert.Equal(
            BuiltInRecipes.Groups.Concat(BuiltInRecipes.Names).Distinct().Order(),
            Names(command.Call("complete", "--", "train", "")).Order());
        Assert.Equal(
            PlasticityRules.Registry.Names.Select(n => $"learner.rule={n}").Order(),
            Names(command.Call("complete", "--", "train", "--set", "learner.rule=")).Order());
    }

    [Fact]
    public void Completion_UnknownShell_IsToldInALine()
    {
        CommandOutcome outcome = command.Call("completion", "bsh");

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("did you mean 'bash'?", outcome.Messages, StringComparison.Ordinal);
    }

    [ShellTheory("bash")]
    [InlineData("engram tran", "transplant")]
    [InlineData("engram train --resume --run my-", "my-run")]
    [InlineData("engram train --set learner.rule=heb", "hebb")]
    [InlineData("engram train --set=learner.rule=heb", "hebb")]
    [InlineData("engram train quick-start/fl", "quick-start/flp")]
    [InlineData("engram train 'quick-start/fl", "quick-start/flp")]
    [InlineData("engram train ./no", "")]
    public void Bash_ALine_IsCompletedByTheScript(string line, string expected)
    {
        // As readline calls it: the line, the cursor, and the words, which bash cuts at = and : too.
        string script = """
            eval "$(engram completion bash)"
            COMP_LINE=$1; COMP_POINT=${#1}
            words=${1//=/ = }
            read -ra COMP_WORDS <<< "$words"
            [[ $1 == *= ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            compopt() { :; }
            _engram engram
            printf '%s\n' "${COMPREPLY[@]}"
            """;

        Assert.Equal(expected, Ask("bash", ["--norc", "-c", script, "bash", line]));
    }

    [ShellTheory("fish")]
    [InlineData("engram tran", "transplant")]
    [InlineData("engram train --resume --run my-", "my-run")]
    [InlineData("engram train --set learner.rule=heb", "learner.rule=hebb")]
    [InlineData("engram train quick-start/fl", "quick-start/flp")]
    public void Fish_ALine_IsCompletedByTheScript(string line, string expected)
    {
        string shown = Ask("fish", ["--no-config", "-c", "engram completion fish | source; complete -C $argv[1]", line]);

        Assert.Equal(expected, shown.Split('\t')[0]);
    }

    [ShellTheory("zsh")]
    [InlineData("engram tran", "engram transplant ")]
    [InlineData("engram train --resume --run my-", "engram train --resume --run my-run ")]
    [InlineData("engram train --set learner.rule=heb", "engram train --set learner.rule=hebb ")]
    [InlineData("engram train --set learner.rule.win", "engram train --set learner.rule.window=")]
    public void Zsh_TabInItsEditor_WritesTheWord(string typed, string expected)
    {
        // A zsh in a terminal of another zsh; its editor shows the line after the tab.
        string script = """
            zmodload zsh/zpty
            zpty shell "zsh -f -i"
            zpty -w shell "PS1=; autoload -Uz compinit; compinit -u -D; eval \"\$(engram completion zsh)\""
            zpty -w shell "show() { print -r -- \"<\$BUFFER>\"; exit }; zle -N show; bindkey '^X' show; print ready-\$((1+1))"
            zpty -r -m shell text '*ready-2*'
            zpty -w -n shell "$1"$'\t'
            sleep 1
            zpty -w -n shell $'\x18'
            zpty -r -m shell text '*<*>*'
            print -r -- "$text"
            """;

        Assert.Contains($"<{expected}>", Ask("zsh", ["-f", "-c", script, "zsh", typed]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("runs")]
    [InlineData("runs", "export")]
    public void Help_OfACommand_IsWhatItsOptionPrints(params string[] names)
    {
        CommandOutcome outcome = command.Call(["help", .. names]);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(command.Call([.. names, "--help"]).Results, outcome.Results);
    }

    [Fact]
    public void Help_OfNothing_IsThatOfAll() => Assert.Equal(command.Call("--help").Results, command.Call("help").Results);

    [Theory]
    [InlineData("did you mean 'train'?", "trian")]
    [InlineData("did you mean 'export'?", "runs", "exprot")]
    [InlineData("no commands below it", "train", "more")]
    public void Help_OfNoCommand_SaysWhichIsMeant(string expected, params string[] names)
    {
        CommandOutcome outcome = command.Call(["help", .. names]);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Names(CommandOutcome outcome) =>
        outcome.Results.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0]);

    // Runs a shell that finds engram on its path, and runs where this test has them; what it printed.
    private string Ask(string shell, IEnumerable<string> args)
    {
        command.Call("train", command.Tiny(), "--run", "my-run", "--outer-steps", "1", "--quiet");
        string program = folder.File("engram", $"#!/bin/sh\nexec dotnet '{CommandLine.ProgramPath}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo(shell, args)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.Path,
        };
        start.Environment["PATH"] = folder.Path + Path.PathSeparator + start.Environment["PATH"];
        start.Environment["ENGRAM_RUNS"] = command.Runs;
        start.Environment["HOME"] = folder.Path;
        start.Environment["TERM"] = "dumb";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return CommandLine.Finish(process).Results.Trim();
    }

    /// <summary>A theory of a shell; left out where that is not installed.</summary>
    private sealed class ShellTheoryAttribute : TheoryAttribute
    {
        public ShellTheoryAttribute(string shell)
        {
            if (!(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
                .Any(p => File.Exists(Path.Combine(p, shell))))
            {
                Skip = $"{shell} is not installed.";
            }
        }
    }
}
