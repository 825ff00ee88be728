using System.Diagnostics;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Messages_ThatNobodyTakes_DoNotEndARun(bool closed)
    {
        using var lost = new FailingWriter(Failure(closed));
        var output = new Output(TextWriter.Null, lost, plain: true);
        var store = new RunStore(command.Runs);

        Assert.Equal(ExitCodes.Success, EngramCommand.Run(["train", command.Tiny(), "--run", "a", "--set", "learner.feedback-layers=2"], output, store));
        Assert.Equal(ExitCodes.WrongInput, EngramCommand.Run(["trian"], output, store));
        Assert.Equal(RunState.Finished, RunDirectory.StateOf(command.Run("a")));
    }

    [Theory]
    [InlineData(true, "list rules", "it is closed, or open for reading alone")]
    [InlineData(false, "list rules", "Input/output error")]
    [InlineData(false, "list recipes --json", "Input/output error")]
    [InlineData(false, "recipe check quick-start", "Input/output error")]
    [InlineData(true, "runs export", "it is closed, or open for reading alone")]
    [InlineData(false, "--help", "Input/output error")]
    public void Results_ThatNobodyTakes_AreToldAsStandardOutput(bool closed, string line, string why)
    {
        using var results = new FailingWriter(Failure(closed));
        using var messages = new StringWriter();
        int code = EngramCommand.Run(line.Split(' '), new Output(results, messages, plain: true), new RunStore(command.Runs));

        Assert.Equal(ExitCodes.WrongInput, code);
        Assert.Equal($"engram: Could not write to standard output: {why}; send it to a terminal, a pipe, or a file on a disk that has room.\n", messages.ToString().ReplaceLineEndings("\n"));
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

    private static Exception Failure(bool closed) => closed ? new UnauthorizedAccessException("Access to the path is denied.") : new IOException("Input/output error");

    // What a stream is that was closed, or whose terminal went away.
    private sealed class FailingWriter(Exception failure) : StringWriter
    {
        public override void Write(char value) => throw failure;

        public override void Write(char[] buffer, int index, int count) => throw failure;

        public override void Write(string? value) => throw failure;
    }
}
