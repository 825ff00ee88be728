using System.Collections.Immutable;
using Engram.Cli.Commands;
using Engram.Cli.Terminal;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

public class ComparisonViewTests
{
    private static readonly Comparison Two = ComparisonReader.Parse(
        "name: two\ntraining: {epochs: 8, rates: [1e-3, 1e-2], seeds: 3}\nmethods:\n  backprop:\n  fa: {method: feedback-alignment, " +
        "rates: [1e-2]}\n", "two.yaml");

    private static ComparisonRun First => new("backprop", 1e-3, 1);

    [Fact]
    public void Draw_RunsOnTheirWay_HasARowForEachMethod()
    {
        ComparisonProgress[] progress =
        [
            new(First, 8, 8, Epoch(8, 0.25, 4, null), Epoch(5, 0.5, 3.5, 3.75), 1,
                new ComparisonRunResult(First, RunState.Finished, 8, Epoch(5, 0.5, 3.5, 3.75), 9)),
            new(new ComparisonRun("backprop", 1e-2, 1), 2.25, 8, Epoch(2, 0.125, 5, 5.5), Epoch(2, 0.125, 5, 5.5), 1, null),
        ];
        string[] rows = Rows(ComparisonView.Draw(Two, progress, "12 % [left]", 200));

        // Two rates with one seed and the best one with two more; one rate with three seeds.
        Assert.Contains(rows, r => Cells(r) is ["backprop", "1 of 4", "3.50", "3.75", "rate 1e-2, seed 1: epoch 2.3 of 8, loss 0.125"]);
        Assert.Contains(rows, r => Cells(r) is ["fa", "0 of 3"]);
        Assert.Contains(rows, r => Cells(r) is ["Method", "Runs", "Best validation, %", "Test, %", "At"]);
        Assert.Contains(rows, r => r.Contains("12 % [left]", StringComparison.Ordinal));
    }

    [Fact]
    public void Draw_MethodAtItsEnd_SaysSo()
    {
        ComparisonProgress[] progress = [.. Enumerable.Range(1, 3).Select(s => new ComparisonRun("fa", 1e-2, (ulong)s))
            .Select(r => new ComparisonProgress(r, 8, 8, null, null, 1, new ComparisonRunResult(r, RunState.Diverged, 0, null, 1)))];

        Assert.Contains(Rows(ComparisonView.Draw(Two, progress, string.Empty, 200)), r => Cells(r) is ["fa", "3 of 3", "done"]);
    }

    [Theory]
    [InlineData(false, 0, "backprop, rate 1e-3, seed 1: epoch 2.5 of 8 · loss 0.250 · best validation 3.50 % · all runs: 4 %")]
    [InlineData(false, 3600, null)]
    [InlineData(true, 0, null)]
    public void Report_WithoutTerminal_IsALineNowAndThen(bool quiet, int seconds, string? expected)
    {
        using var messages = new StringWriter();
        using var view = new ComparisonView(new Output(TextWriter.Null, messages, plain: true), quiet, TimeSpan.FromSeconds(seconds));
        view.Start(Two, "Comparing");
        view.Report(new ComparisonProgress(First, 2.5, 8, Epoch(2, 0.25, 4, null), Epoch(1, 0.5, 3.5, 3.75), 1, null));
        string[] lines = messages.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        Assert.Equal([.. quiet ? [] : (string[])["Comparing"], .. expected is null ? [] : (string[])[expected]], lines);
    }

    [Theory]
    [InlineData("finished diverged", ExitCodes.Success)]
    [InlineData("diverged finished", ExitCodes.Success)]
    [InlineData("diverged diverged", ExitCodes.NonFinite)]
    public void ExitCodeOf_RatesThatDiverged_IsNonFiniteWhereAllDid(string states, int expected)
    {
        ImmutableArray<RateOutcome> rates = [.. states.Split(' ')
            .Select((s, i) => new RateOutcome(
            i, [new ComparisonRunResult(First, s == "diverged" ? RunState.Diverged : RunState.Finished, 1, Epoch(1, 1, 1, 1), 1)]))];

        // The rate that the selection chose may still diverge with another seed.
        Assert.Equal(expected, CompareCommand.ExitCodeOf([new MethodOutcome(Two.Methods[0], rates[0], rates)]));
    }

    private static EpochLine Epoch(int epoch, double loss, double validation, double? test) => new(epoch, loss, loss, [], [], epoch)
    { ValidationErrorPercent = validation, TestErrorPercent = test };

    private static string[] Rows(string table) => table.Split('\n');

    private static string[] Cells(string row) => row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
