using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments;

namespace Engram.Cli.Tests;

public sealed class OutputTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Messages_LongOnesOffATerminal_AreOneLineEach()
    {
        string text = string.Join(' ', Enumerable.Repeat("word", 600));
        using var messages = new StringWriter();
        var output = new Output(TextWriter.Null, messages, plain: true);
        using var view = new ProgressView(output, quiet: true);

        output.Error(text);
        output.Note(text);
        view.Note(text);

        Assert.Equal([$"engram: {text}", text, text, string.Empty], messages.ToString().ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public void Messages_ThatNobodyTakes_DoNotEndARun()
    {
        var output = new Output(TextWriter.Null, new LostTerminal(), plain: true);
        var store = new RunStore(command.Runs);

        Assert.Equal(ExitCodes.Success, EngramCommand.Run(["train", command.Tiny(), "--run", "a", "--set", "learner.feedback-layers=2"], output, store));
        Assert.Equal(ExitCodes.WrongInput, EngramCommand.Run(["trian"], output, store));
        Assert.Equal(RunState.Finished, RunDirectory.StateOf(command.Run("a")));
    }

    [UnixFact]
    public void Results_InAPipeOfGitHubActions_HaveNoEscapeCodes()
    {
        using Process process = command.Start("env", ["GITHUB_ACTIONS=true", "NO_COLOR=1", "dotnet", CommandLine.ProgramPath, "list", "rules"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("oja", outcome.Results, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", outcome.Results, StringComparison.Ordinal);
    }

    // What standard error is after its terminal went away.
    private sealed class LostTerminal : StringWriter
    {
        public override void Write(char value) => throw new IOException("Input/output error");

        public override void Write(string? value) => throw new IOException("Input/output error");
    }
}
