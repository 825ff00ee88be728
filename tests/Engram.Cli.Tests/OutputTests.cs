using System.Diagnostics;
using Engram.Cli.Commands;
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

        Assert.Equal(
            ExitCodes.Success,
            EngramCommand.Run(["train", command.Tiny(), "--run", "a", "--set", "learner.feedback-layers=2"], output, store));
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
        Assert.Equal(
            $"engram: Could not write to standard output: {why}; send it to a terminal, a pipe, or a file on a disk that has room.\n",
            messages.ToString().ReplaceLineEndings("\n"));
    }

    [UnixFact]
    public void Results_InAPipeOfGitHubActions_HaveNoEscapeCodes()
    {
        using Process process =
            command.Start("env", ["GITHUB_ACTIONS=true", "NO_COLOR=1", "dotnet", CommandLine.ProgramPath, "list", "rules"]);
        CommandOutcome outcome = CommandLine.Finish(process);

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("oja", outcome.Results, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_TextThatSteersATerminal_IsShownAsEscapes()
    {
        const string Evil = "a\u001b[2J\u001b]0;pwned\u0007\uffff\u202eb https://me:secret@host/";
        using var results = new StringWriter();
        using var messages = new StringWriter();
        var output = new Output(results, messages, plain: true);
        using var view = new ProgressView(output, quiet: true);

        output.Table(["Run" + Evil, ">Loss"], [[Evil + "\n", Evil]]);
        output.Results.WriteLine(Evil);
        output.Results.Write(Evil.ToCharArray(), 0, Evil.Length);
        output.Results.Write('\u001b');
        output.Json(new ReportCommand.JsonReport(Evil, 1, 0, 0), CommandJson.Types.JsonReport);
        output.Error(Evil);
        output.Note(Evil);
        view.Note(Evil);
        output.WriteOver(Evil, string.Empty);
        string all = results.ToString() + messages;

        Assert.DoesNotContain(all, c => (char.IsControl(c) && c is not ('\n' or '\r')) || c is '\uffff' or '\u202e');
        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.Contains("a\\u001b[2J\\u001b]0;pwned\\u0007\\uffff\\u202eb https://…@host/", all, StringComparison.Ordinal);
    }

    [Fact]
    public void DataCheck_CsvWithControlCharacters_ShowsThemAsEscapes()
    {
        foreach (string part in (string[])["train", "val", "test"])
        {
            command.Write(
                $"{part}.csv",
                "filename,label\nn0000000000000000.jpg,n00000000\nn00\u001b[2J\u001b]0;pwned\u0007\u001b[31mEVIL.jpg,n00000000\n");
        }

        CommandOutcome outcome = command.Call("data", "check", "mini-imagenet", Path.GetDirectoryName(command.Runs)!);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.DoesNotContain(outcome.Results + outcome.Messages, c => char.IsControl(c) && c != '\n');
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [Fact]
    public void Messages_OfSixtyThousandCharacters_KeepWhatWasFoundAndWhatToDo()
    {
        CommandOutcome outcome = command.Call("train", new string('x', 60_000));

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.InRange(outcome.Messages.Length, 10, 4200);
    }

    private static Exception Failure(bool closed) =>
        closed ? new UnauthorizedAccessException("Access to the path is denied.") : new IOException("Input/output error");

    // What a stream is that was closed, or whose terminal went away.
    private sealed class FailingWriter(Exception failure) : StringWriter
    {
        public override void Write(char value) => throw failure;

        public override void Write(char[] buffer, int index, int count) => throw failure;

        public override void Write(string? value) => throw failure;
    }
}
