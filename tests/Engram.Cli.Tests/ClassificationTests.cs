using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Runs.Events;
using Engram.Experiments.Training;
using Engram.Figures.Summaries;
using Engram.Figures.Text;

namespace Engram.Cli.Tests;

/// <summary>In classification the query error stands beside the loss wherever a result is told; in regression there is no word of
/// it.</summary>
public sealed class ClassificationTests : IDisposable
{
    private const string Glyphs = """
        name: Glyphs
        task: {family: few-shot, dataset: glyphs, image-size: 8, ways: 3, shots: 2, query-per-class: 3, outputs: none, ordering: iid}
        network: {strides: none, hidden-widths: [12, 8], plastic-layers: 2}
        learner: {name: flp}
        meta-training: {outer-steps: 30, checkpoint-every: 10}
        evaluation: {lifetimes: 4}
        expected: {metric: query-error, value: 50, standard-error: 1, tolerance: 50, source: nobody}
        """;

    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void Train_LeavesErrorsInMetricsResultAndFigure()
    {
        CommandOutcome outcome = Train("a");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        var metrics = MetricsLog.Read(command.Run("a"));
        Assert.Equal(30, metrics.Length);

        // A lifetime's query has nine examples; the running mean begins with the first value, and each later one counts 2 %.
        Assert.All(metrics, m => Assert.Equal(Math.Round(m.QueryErrorPercent!.Value * 9 / 100), m.QueryErrorPercent.Value * 9 / 100, 1e-9));
        Assert.Equal(metrics[0].QueryErrorPercent, metrics[0].RunningQueryErrorPercent);
        Assert.Equal(
            (0.98 * metrics[28].RunningQueryErrorPercent!.Value) + (0.02 * metrics[29].QueryErrorPercent!.Value),
            metrics[29].RunningQueryErrorPercent!.Value, 1e-9);

        RunResult result = RunDirectory.ReadResult(command.Run("a"))!;
        Assert.Equal(metrics[29].RunningQueryErrorPercent, result.RunningQueryErrorPercent);
        Assert.InRange(result.Evaluation!.QueryErrorPercent!.Value, 0, 100);
        Assert.InRange(result.Evaluation.ErrorStandardErrorPercent!.Value, 0, 50);

        Assert.Contains(
            "Query error (%)", File.ReadAllText(Path.Combine(command.Run("a"), "learning-curves.svg")), StringComparison.Ordinal);
        Assert.Contains(
            "guessing among 3 classes", File.ReadAllText(Path.Combine(command.Run("a"), "learning-curves.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_ShowTheErrorBesideTheLoss()
    {
        string trained = Train("a").Results, runs = command.Call("runs").Results,
            evaluated = command.Call("evaluate", "a", "--lifetimes", "6").Results;

        Assert.Matches(@"Error, %\s+± s\.e\.\s+Query loss\s+± s\.e\.", trained);
        Assert.Contains(
            "Error: share of the query that is answered wrongly after learning in life; query loss: cross-entropy; means over 4 " +
            "meta-test lifetimes.", trained, StringComparison.Ordinal);
        Assert.Matches(@"Error, %\s+± s\.e\.\s+Query loss", evaluated);
        Assert.Matches(@"Running error, %\s+Query loss\s+± s\.e\.\s+Error, %\s+± s\.e\.", runs);

        RunResult result = RunDirectory.ReadResult(command.Run("a"))!;
        JsonElement again = command.Call("evaluate", "a", "--json").Json.GetProperty("runs")[0].GetProperty("result")
            .GetProperty("evaluation");
        Assert.Equal(result.Evaluation!.QueryErrorPercent, again.GetProperty("queryErrorPercent").GetDouble());
        Assert.Equal(result.Evaluation.ErrorStandardErrorPercent, again.GetProperty("errorStandardErrorPercent").GetDouble());
    }

    [Theory]
    [InlineData(50, 50, "expected 50.0 ± 1.00 % error (nobody); within the tolerance.")]
    [InlineData(-1, 0.5, "outside the tolerance.")]
    public void Train_WithAnExpectedError_ComparesErrors(double value, double tolerance, string told)
    {
        CommandOutcome outcome = Train(
            "a", "--set", FormattableString.Invariant($"expected.value={value}"), "--set",
            FormattableString.Invariant($"expected.tolerance={tolerance}"));

        Assert.Contains(told, outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_Interrupted_GoesOnWithTheSameRunningError()
    {
        Train("a", "--outer-steps", "17");
        command.Call("train", "--resume", "--run", "a", "--quiet", "--outer-steps", "30");
        Train("b");

        RunAssert.Same(command.Run("a"), command.Run("b"));
        Assert.Equal(
            RunDirectory.ReadResult(command.Run("b"))!.RunningQueryErrorPercent,
            RunDirectory.ReadResult(command.Run("a"))!.RunningQueryErrorPercent);
    }

    [Fact]
    public void Train_OfSeveralSeeds_GivesTheMeanErrorOverNetworks()
    {
        CommandOutcome outcome = Train("a", "--seeds", "3");
        double[] errors = [.. Enumerable.Range(0, 3)
            .Select(i => RunDirectory.ReadResult(RunGroup.RunsOf(command.Run("a"))[i])!.Evaluation!.QueryErrorPercent!.Value)];
        MeanAndError expected = Statistics.MeanAndError(errors);

        Assert.Matches(@"Networks\s+Diverged\s+Error, %\s+± s\.e\.\s+Query loss", outcome.Results);
        Assert.Equal(
            expected, SeedSummary.Of(RunGroup.RunsOf(command.Run("a")).Select(f => RunDirectory.ReadResult(f)!))[0].QueryErrorPercent);
    }

    [Fact]
    public void Runs_ShowCompareAndExport_TellErrors()
    {
        Train("a");
        double error = RunDirectory.ReadResult(command.Run("a"))!.Evaluation!.QueryErrorPercent!.Value;
        string shown = command.Call("runs", "show", "a").Results;

        Assert.Matches(@"running error\s+[\d.]+ %", shown);
        Assert.Matches(@"result\s+error [\d.]+ ± [\d.]+ %, query loss", shown);
        Assert.Matches(@"expected\s+50\.0 % error \(nobody\)", shown);
        Train("b", "--seed", "2");
        Assert.Contains("Error, %", command.Call("runs", "compare", "a", "b").Results, StringComparison.Ordinal);
        JsonElement row = command.Call("runs", "export", "--format", "json").Json[0];
        Assert.Equal(
            (error, "query-error"), (row.GetProperty("queryErrorPercent").GetDouble(), row.GetProperty("expectedMetric").GetString()));
        Assert.EndsWith(
            "queryErrorPercent,runningQueryErrorPercent,meta-training.seed",
            command.Call("runs", "export", "--metrics").Results.Split('\n')[0],
            StringComparison.Ordinal);

        EventRecord[] events = [.. EventFile.Read(EventLog.FileOf(command.Run("a"))!).Events];
        Assert.Equal(30, events.Count(e => e.Values.Any(v => v.Tag == "meta-training/query-error-percent")));
        Assert.Equal((float)error, events.SelectMany(e => e.Values).Single(v => v.Tag == "meta-test/query-error-percent").Scalar);
    }

    [Fact]
    public void Report_HasTheErrorBesideTheLossAndTheExpectedError()
    {
        Train("a");
        string error = Numbers.Short(RunDirectory.ReadResult(command.Run("a"))!.Evaluation!.QueryErrorPercent);
        CommandOutcome outcome = command.Call("report", "a", "--figure", "trajectory", "--lifetimes", "2");
        string page = File.ReadAllText(Path.Combine(command.Run("a"), "report.html"));

        Assert.Equal((ExitCodes.Success, ""), (outcome.ExitCode, outcome.Messages));
        Assert.Equal(2, page.Split("Query error, %").Length - 1);
        Assert.True(page.Split($">{error}<").Length > 2, "the error is in the tables of learners and of networks");
        Assert.Contains(">50.0 %<", page, StringComparison.Ordinal);
        Assert.Contains("Query error (%) over meta-training", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Sweep_TellsErrorsOfValidationAndTest()
    {
        string file = command.Write(
            "s.yaml",
            $"recipe: {command.Write("glyphs.yaml", Glyphs)}\nvary: {{meta-training.rates.feedforward: [1e-4, 1e-3]}}\nvalidation: " +
            $"{{lifetimes: 4}}\n");
        CommandOutcome outcome = command.Call("sweep", file, "--run", "s", "--quiet");

        Assert.Matches(@"Validation loss\s+± s\.e\.\s+Error, %\s+± s\.e\.", outcome.Results);
        Assert.Matches(@"which chose nothing: [\d.]+ ± [\d.]+; its error [\d.]+ ± [\d.]+ %", outcome.Results);
        Assert.EndsWith(
            ",testErrorPercent,testErrorStandardErrorPercent", File.ReadLines(Path.Combine(command.Run("s"), "sweep-results.csv")).First(),
            StringComparison.Ordinal);
        JsonElement best =
            JsonDocument.Parse(File.ReadAllText(Path.Combine(command.Run("s"), "sweep-results.json"))).RootElement.GetProperty("trials")[0];
        string run = $"s/{best.GetProperty("trial").GetString()}";
        string folder = Directory.Exists(command.Run(run)) ? command.Run(run) : command.Run(run + "-seed-1");
        Assert.Equal(RunDirectory.ReadResult(folder)!.Evaluation!.QueryErrorPercent, best.GetProperty("testErrorPercent").GetDouble());
    }

    [Fact]
    public void Transplant_ComparesErrors()
    {
        Train("a", "--set", "learner.name=feature-reuse", "--set", "network.plastic-layers=1");
        CommandOutcome outcome = command.Call("transplant", "a", "--plastic-layers", "2", "--outer-steps", "3", "--quiet", "--run", "b");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("Error, %", outcome.Results, StringComparison.Ordinal);
        Assert.Contains("percentage points of query error", outcome.Results, StringComparison.Ordinal);
    }

    [Fact]
    public void Regression_HasNoWordOfErrors()
    {
        CommandOutcome trained = command.Call("train", command.Tiny(), "--run", "a", "--quiet");

        Assert.Matches(@"Order\s+Query MSE\s+± s\.e\.\s+Meta-training", trained.Results);
        Assert.DoesNotContain(
            "error", trained.Results.Replace("mean squared error", string.Empty, StringComparison.Ordinal) + command.Call("runs").Results,
            StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("rror", File.ReadAllText(Path.Combine(command.Run("a"), "metrics.jsonl")), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "error", command.Call("runs", "export").Results + command.Call("runs", "export", "--metrics").Results
            + command.Call("runs", "show", "a").Results, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "queryError", File.ReadAllText(Path.Combine(command.Run("a"), "result.json")), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(
            "errorStandardError", File.ReadAllText(Path.Combine(command.Run("a"), "result.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_OfBothKinds_LeaveCellsOfRegressionEmpty()
    {
        Train("a");
        command.Call("train", command.Tiny(), "--run", "b", "--quiet");

        string[] lines = command.Call("runs").Results.Split('\n');
        Assert.Equal(11, Cells(lines.Single(l => l.TrimStart().StartsWith("a ", StringComparison.Ordinal))));
        Assert.Equal(8, Cells(lines.Single(l => l.TrimStart().StartsWith("b ", StringComparison.Ordinal))));

        static int Cells(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length;
    }

    private CommandOutcome Train(string run, params string[] more) =>
        command.Call(["train", command.Write("glyphs.yaml", Glyphs), "--run", run, "--quiet", .. more]);
}
