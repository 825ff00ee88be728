using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Spectre.Console;

namespace Engram.Cli.Tests;

/// <summary>What narrow terminals show: everything, and no number or name in pieces where there is room for it whole.</summary>
public sealed partial class NarrowTerminalTests : IDisposable
{
    private static readonly int[] Widths = [120, 80, 66, 60, 40, 20];

    // What has no room beside its heading on narrow lines.
    private const string LongName = "my-run-with-a-name-that-says-everything-and-is-wider-than-many-a-line";

    private const string Comparison = """
        problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
        network: {hidden-widths: [10, 8]}
        training: {epochs: 2, batch-size: 16, rates: [1e-3, 1e-2], seeds: 2, patience: 3, measured-steps: 2}
        published: {source: "made up for a test", tolerance: 200}
        methods:
          backprop: {published: 10}
          feedback-alignment:
        """;

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(20)]
    [InlineData(33)]
    [InlineData(60)]
    [InlineData(200)]
    public void Lines_OfAnyTable_HoldEveryCharacterInItsOrder(int width)
    {
        string[] headings = ["Run", ">Query loss", "What it is", ">± s.e."];
        string[][] rows = [["my-run-with-a-long-name", "0.000123", "words and a/very/long/path/without/any/space/in/it", "100 %"],
            ["日本語の名前", "–", "", "1.5e-7"]];
        string[] lines = [.. new TextTable(headings, rows).Lines(width).Select(l => l.Text)];
        string all = Squeezed(string.Concat(lines));

        Assert.All(lines, l => Assert.True(l.GetCellWidth() <= Math.Max(width, 2), $"'{l}' is wider than {width}"));
        Assert.Contains(
            Squeezed(width < 200 ? rows[0][0]
            : "my-run-with-a-long-name 0.000123 words and a/very/long/path/without/any/space/in/it 100 %"), all, StringComparison.Ordinal);
        Assert.Contains(rows[1][0], all, StringComparison.Ordinal);
        Assert.All((string[])["0.000123", "100%", "1.5e-7", "Run"], cell => Assert.Contains(cell, all, StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_ColumnsThatFit_AreBesideEachOtherElseBelow()
    {
        var table = new TextTable(["Run", ">Query loss"], [["my-run", "3.03"], ["other", "12.5"]]);

        Assert.Equal(
            ["  Run      Query loss", "───────────────────────", "  my-run         3.03", "  other          12.5"],
            table.Lines(80).Select(l => l.Text));
        Assert.Equal(
            ["            Query", "  Run        loss", "─────────────────", "  my-run     3.03", "  other      12.5"],
            table.Lines(17).Select(l => l.Text));
        Assert.Equal(
            ["Run", "  my-run", "Query loss", "  3.03", "", "Run", "  other", "Query loss", "  12.5"], table.Lines(12).Select(l => l.Text));
        Assert.Equal(
            ["Run         my-run", "Query loss  3.03"],
            new TextTable(["Run", ">Query loss", ">Of"], [["my-run", "3.03", "1234567890123"]]).Lines(27).Take(2).Select(l => l.Text));
    }

    [Fact]
    public void Lines_OneNameTooLongForItsPlace_StandsBelowAndTheRestBeside()
    {
        var table = new TextTable(["Run", ">Query loss"], [["a-name-longer-than-the-line-is", "3.03"], ["other", "12.5"]]);

        Assert.Equal(
            ["Run", "  a-name-longer-than-the-line-is", "Query loss  3.03", "", "Run         other", "Query loss  12.5"],
            table.Lines(32).Select(l => l.Text));
        Assert.Equal(
            ["Run", "a-name-longer-than-the-l", "ine-is", "Query loss  3.03", "", "Run         other", "Query loss  12.5"],
            table.Lines(24).Select(l => l.Text));
    }

    [Fact]
    public void Commands_AtEveryWidth_LoseNoColumnAndBreakNoNumber()
    {
        command.Call("train", command.Tiny(), "--run", "my-run-one", "--quiet");
        command.Call("train", command.Tiny(), "--run", LongName, "--seed", "2", "--quiet");
        string[][] commands =
        [
            ["runs"],
            ["runs", "compare", "my-run-one", LongName],
            ["evaluate", "my-run-one", "--lifetimes", "2"],
            ["sweep", "--resume", "--run", "sweep"],
            ["compare", "--resume", "--run", "compared"],
            ["analyze", "my-run-one", "--figure", "interference", "--lifetimes", "2", "--out", Path.Combine(command.Runs, "figures")],
            ["list", "rules"],
            ["data", "list"],
            ["reproduce", "table1", "--scale", "smoke", "--only", "iid/flp-2", "--quiet"],
        ];
        Assert.Equal(ExitCodes.Success, command.Call("sweep", Sweep(), "--run", "sweep", "--quiet").ExitCode);
        Assert.Equal(
            ExitCodes.Success,
            command.Call("compare", command.Write("compared.yaml", Comparison), "--run", "compared", "--quiet").ExitCode);

        foreach (string[] args in commands)
        {
            string[][] whole = Tables(At(10_000, args));
            Assert.NotEmpty(whole);
            foreach (int width in Widths)
            {
                string shown = At(width, args);
                string[] words = shown.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
                string squeezed = Squeezed(shown);
                foreach (string cell in whole.SelectMany(c => c))
                {
                    Assert.True(
                        squeezed.Contains(Squeezed(cell), StringComparison.Ordinal)
                        || cell.Split(' ')
                        .All(w => w.Contains('/', StringComparison.Ordinal) || squeezed.Contains(w, StringComparison.Ordinal)),
                        $"{args[0]} at {width}: '{cell}' is not in\n{shown}");
                    foreach (string word in cell.Split(' ')
                        .Where(w => w.Length <= width && (ANumber().IsMatch(w) || w.StartsWith("my-run", StringComparison.Ordinal))))
                    {
                        Assert.True(
                            words.Contains(word, StringComparer.Ordinal), $"{args[0]} at {width}: '{word}' is in pieces in\n{shown}");
                    }
                }
            }
        }
    }

    [TerminalFact]
    public void Help_AtAnyWidth_EndsAndIsWhole()
    {
        using Process pipe = command.Start("--help");
        string whole = Squeezed(CommandLine.Finish(pipe).Results);
        foreach (int width in (int[])[1, 2, 3, 4, 5, 6, 20, 80])
        {
            using Process terminal = command.Start(
                "script", ["-q", "-e", "-c",
                string.Create(CultureInfo.InvariantCulture, $"stty cols {width} rows 24; exec dotnet '{CommandLine.ProgramPath}' --help"),
                "/dev/null"]);
            CommandOutcome outcome = CommandLine.Finish(terminal);

            Assert.Equal(ExitCodes.Success, outcome.ExitCode);
            Assert.Equal(whole.Order(), Squeezed(Escapes().Replace(outcome.Results, string.Empty)).Order());
        }
    }

    [TerminalFact]
    public void Runs_OnATerminal_TakeItsWidth()
    {
        command.Call("train", command.Tiny(), "--run", "my-run", "--quiet");
        foreach ((int width, bool records) in ((int, bool)[])[(90, false), (60, false), (40, true), (20, true)])
        {
            using Process terminal = command.Start(
                "script", ["-q", "-e", "-c",
                string.Create(
                CultureInfo.InvariantCulture, $"stty cols {width} rows 24; exec env TERM=xterm dotnet '{CommandLine.ProgramPath}' runs"),
                "/dev/null"]);
            string shown = Escapes()
                .Replace(CommandLine.Finish(terminal).Results.Replace("\r", string.Empty, StringComparison.Ordinal), string.Empty);

            Assert.Equal(records, !shown.Contains('─', StringComparison.Ordinal));
            Assert.All(shown.Split('\n'), l => Assert.True(l.Length <= width, $"'{l}' is wider than {width}"));
            Assert.All((string[])["my-run", "finished", "40", "100%"],
                cell => Assert.Contains(cell, Squeezed(shown), StringComparison.Ordinal));
        }
    }

    private string Sweep() => command.Write("search.yaml", $$"""
        recipe: {{command.Tiny()}}
        search: grid
        vary:
          meta-training.rates.feedforward: [1e-3, 1e-4]
          learner.rule: [oja, hebb]
        validation: {lifetimes: 2}
        """);

    // Cells of all tables that are not empty: what stands below a line, and the headings above it.
    private static string[][] Tables(string text)
    {
        string[] lines = text.Split('\n');
        return
        [
            .. lines.Select((l, i) => (l, i)).Where(p => p.l.StartsWith('─'))
                .SelectMany(p => lines.Skip(p.i - 1).TakeWhile(l => l.Length > 0))
                .Where(l => !l.StartsWith('─'))
                .Select(l => l.Split("   ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ];
    }

    private static string Squeezed(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));

    private string At(int width, string[] args)
    {
        using var results = new StringWriter();
        using var messages = new StringWriter();
        int code = EngramCommand.Run(args, new Output(results, messages, plain: true, width), new RunStore(command.Runs));
        Assert.True(code == ExitCodes.Success, messages.ToString());
        return Regex.Replace(results.ToString(), @"[0-9.]+ s\b", string.Empty, RegexOptions.None, TimeSpan.FromSeconds(5));
    }

    [GeneratedRegex(@"^[-+−]?[0-9][0-9.,]*(e-?[0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ANumber();

    [GeneratedRegex("\u001b\\[[0-9;?]*[a-zA-Z]|\u001b=", RegexOptions.None, 1000)]
    private static partial Regex Escapes();
}
