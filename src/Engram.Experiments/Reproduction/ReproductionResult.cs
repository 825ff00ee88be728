using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Figures.Summaries;
using Engram.Numerics.Text;
using Engram.Tasks.Data;

namespace Engram.Experiments.Reproduction;

/// <summary>How a cell compares with what was to be expected of it.</summary>
public enum CellVerdict
{
    /// <summary>Not compared: a smoke run, nothing was published or measured before, or a number without a standard error or
    /// tolerance.</summary>
    NotJudged,

    /// <summary>Within the recipe's tolerance, or within two standard errors of the difference where it has none.</summary>
    Agrees,

    /// <summary>Lower error than expected.</summary>
    Lower,

    /// <summary>Higher error than expected.</summary>
    Higher,

    /// <summary>One network, against a number that is over networks: how far another would be from it is not known.</summary>
    OneNetwork,

    /// <summary>The error is above a share of what one constant answer has: see <see cref="CellResult.NotTrainedFrom"/>.</summary>
    NotTrained,

    /// <summary>A network diverged.</summary>
    Diverged,

    /// <summary>There is no recipe, or no result yet.</summary>
    Missing,
}

/// <summary>A cell with what came of it.</summary>
/// <param name="Cell">The cell, as <c>column/row</c>.</param>
/// <param name="RecipeName">Its recipe; null where there is none.</param>
/// <param name="Published">The published number; null for none.</param>
/// <param name="Expected">What the recipe expects; null for nothing.</param>
/// <param name="Ours">Mean over networks, with its standard error: over networks, or over lifetimes of the only one. Null where there is no
/// result.</param>
/// <param name="Diverged">How many networks diverged.</param>
/// <param name="Runs">Folders of its runs.</param>
/// <param name="TrainingSeconds">Seconds of meta-training of all its networks.</param>
/// <param name="Verdict">How it compares.</param>
public sealed record CellResult(
    string Cell, string? RecipeName, PublishedNumber? Published, ExpectedResult? Expected, MeanAndError? Ours, int Diverged,
        ImmutableArray<string> Runs, double TrainingSeconds, CellVerdict Verdict)
{
    /// <summary>Error from which on a cell counts as not trained; null where it was not asked for, or nothing is there.</summary>
    public double? NotTrainedFrom { get; init; }

    /// <summary>Lifetimes of meta-training of each network, those that it started from another one's left out; 0 where there is no
    /// result.</summary>
    public long Lifetimes { get; init; }

    /// <summary>Outer steps of each network.</summary>
    public long OuterSteps { get; init; }

    /// <summary>Results of its networks by seed, of those that came to the end.</summary>
    public ImmutableArray<(ulong Seed, double Value)> Networks { get; init; } = [];

    /// <summary>What its recipe does otherwise than the publication, in words.</summary>
    public ImmutableArray<string> Otherwise { get; init; } = [];

    /// <summary>Networks evaluated on streams of the other kind, i.i.d. or continual; null where the table has none, or nobody
    /// did.</summary>
    public MeanAndError? OtherOrder { get; init; }

    /// <summary>Ours over the published number; NaN where one is not there.</summary>
    public double Ratio => Ours is { } ours && Published is { } published ? ours.Mean / published.Value : double.NaN;
}

/// <summary>A claim with what came of it.</summary>
/// <param name="Contrast">The claim.</param>
/// <param name="Published">How many times higher the higher quantity is, as published; NaN where it was not.</param>
/// <param name="Ours">The same here; NaN where a cell has no result.</param>
/// <param name="StandardError">Standard error of ours over networks; NaN where it is not known.</param>
/// <param name="Verdict">Whether it holds.</param>
public sealed record ContrastResult(TableContrast Contrast, double Published, double Ours, double StandardError, ContrastVerdict Verdict)
{
    /// <summary>Ends of the 95 % confidence interval of <see cref="Ours"/>, over networks; NaN where there is none.</summary>
    public (double From, double To) Interval { get; init; } = (double.NaN, double.NaN);

    /// <summary>
    /// The higher quantity less the lower one, network by network of the same seed, which lived the same lifetimes; null where fewer than
    /// two seeds are in both, or a
    /// quantity is a quotient.
    /// </summary>
    public PairedDifference? Paired { get; init; }

    /// <summary>Lifetimes of meta-training of each network, of the lower quantity and of the higher one.</summary>
    public (long Low, long High) Lifetimes { get; init; }
}

/// <summary>What came of a reproduction.</summary>
/// <param name="Plan">What was to be done.</param>
/// <param name="Cells">The cells, of the whole table.</param>
/// <param name="Contrasts">The claims.</param>
public sealed record ReproductionResult(ReproductionPlan Plan, ImmutableArray<CellResult> Cells, ImmutableArray<ContrastResult> Contrasts)
{
    private const double ErrorsThatCount = 2;

    /// <summary>The claims that are about cells that were asked for.</summary>
    public ImmutableArray<ContrastResult> Asked =>
        [.. Contrasts.Where(
            c =>
            ((string?[])[c.Contrast.Low.Cell, c.Contrast.Low.Over, c.Contrast.High.Cell, c.Contrast.High.Over])
            .All(cell => cell is null || Plan.Cells.Any(p => p.Cell == cell)))];

    /// <summary>Compares the runs of a plan, finished or not, with what was published.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folderOf">The folder of a run.</param>
    /// <param name="data">Where data sets lie, whose targets say from what error on a cell is not trained; null for where they lie by
    /// default.</param>
    /// <exception cref="EngramException">Data of a cell that has a result are not there.</exception>
    public static ReproductionResult Of(ReproductionPlan plan, Func<GroupMember, string> folderOf, DataContext? data = null)
    {
        ImmutableArray<CellResult> cells = [.. plan.Table.Cells.Select(c => CellOf(plan, c.Cell, folderOf, data ?? DataContext.Default()))];
        var byName = cells.ToDictionary(c => c.Cell, StringComparer.Ordinal);
        return new ReproductionResult(plan, cells, [.. plan.Table.Contrasts.Select(c => Judge(plan, c, byName))]);
    }

    private static CellResult CellOf(ReproductionPlan plan, string cell, Func<GroupMember, string> folderOf, DataContext data)
    {
        PublishedNumber? published = plan.Table.PublishedFor(cell);
        if (plan.Cells.FirstOrDefault(c => c.Cell == cell) is not { } planned)
        {
            return new CellResult(cell, null, published, null, null, 0, [], 0, CellVerdict.Missing);
        }

        string[] folders = [.. planned.Runs.Select(folderOf)];
        (GroupMember Run, RunResult Result)[] ended =
        [
            .. planned.Runs.Zip(folders, (r, f) => (Run: r, Result: RunDirectory.IsRun(f) ? RunDirectory.ReadResult(f, out _) : null))
                .Where(r => r.Result is not null).Select(r => (r.Run, r.Result!)),
        ];
        RunResult[] results = [.. ended.Select(r => r.Result)];
        int diverged = results.Count(r => r.State == RunState.Diverged);
        ExpectedResult? expected = planned.Runs[0].Recipe.Expected is { } stated && stated.Metric == plan.Table.Metric.Name ? stated : null;
        (double Value, double StandardError)[] values =
            [.. results.Where(r => r.Evaluation is not null).Select(r => plan.Table.Metric.Of(r.Evaluation!))];
        bool whole = values.Length + diverged == folders.Length && values.Length > 0;
        MeanAndError? ours = whole ? Mean(values) : null;
        Recipe recipe = planned.Runs[0].Recipe;
        double? bound = ours is null ? null : LearningBound.Of(recipe, data);
        CellVerdict verdict = diverged > 0 ? CellVerdict.Diverged
            : ours is not { } mean ? CellVerdict.Missing
            : plan.Scale == ReproductionScale.Smoke ? CellVerdict.NotJudged
            : LearningBound.IsNotTrained(mean.Mean, bound) ? CellVerdict.NotTrained
            : expected is null ? CellVerdict.NotJudged
            : Judge(mean, expected);
        return new CellResult(
            cell, planned.RecipeName, published, expected, ours, diverged, [.. folders], results.Sum(r => r.TrainingSeconds), verdict)
        {
            NotTrainedFrom = bound,
            Lifetimes = ours is null ? 0 : recipe.MetaTraining.OuterSteps * recipe.MetaTraining.LifetimesPerOuterStep,
            OuterSteps = ours is null ? 0 : recipe.MetaTraining.OuterSteps,
            Networks = [.. ended.Where(r => r.Result.Evaluation is not null)
                .Select(r => (r.Run.Recipe.Seed, plan.Table.Metric.Of(r.Result.Evaluation!).Value))],
            Otherwise = plan.Scale == ReproductionScale.Smoke ? [] : PaperDifferences.Of(recipe),
            OtherOrder = OtherOrderEvaluation.Read(plan.Table.Metric, folders),
        };
    }

    private static MeanAndError Mean((double Value, double StandardError)[] values)
    {
        MeanAndError mean = Statistics.MeanAndError([.. values.Select(v => v.Value)]);
        return values.Length == 1 ? mean with { StandardError = values[0].StandardError } : mean;
    }

    private static CellVerdict Judge(MeanAndError ours, ExpectedResult expected)
    {
        if (expected is { Tolerance: null, StandardError: null })
        {
            return CellVerdict.NotJudged;
        }

        // A standard error over lifetimes says nothing of other networks, and the published one is over networks.
        if (ours.Count == 1 && expected.Tolerance is null)
        {
            return CellVerdict.OneNetwork;
        }

        double error = double.IsNaN(ours.StandardError) ? 0 : ours.StandardError;
        double tolerance = expected.Tolerance
            ?? (ErrorsThatCount * Math.Sqrt((error * error) + (expected.StandardError * expected.StandardError ?? 0)));
        double difference = ours.Mean - expected.Value;
        return Math.Abs(difference) <= tolerance ? CellVerdict.Agrees : difference < 0 ? CellVerdict.Lower : CellVerdict.Higher;
    }

    private static ContrastResult Judge(ReproductionPlan plan, TableContrast contrast, Dictionary<string, CellResult> cells)
    {
        double published = PublishedOf(plan.Table, contrast.High) / PublishedOf(plan.Table, contrast.Low);
        CellResult?[] measured = [.. ((string?[])[contrast.Low.Cell, contrast.Low.Over, contrast.High.Cell, contrast.High.Over])
            .OfType<string>().Select(c => cells.GetValueOrDefault(c))];
        if (!measured.All(c => c is { Ours: not null, Diverged: 0 }))
        {
            return new ContrastResult(contrast, published, double.NaN, double.NaN, ContrastVerdict.NotMeasured);
        }

        // Errors of a quotient, relative to it, are those of its logarithm, and add up in squares.
        (double StandardError, int Count)[] relative =
            [.. measured.Select(c => c!.Ours!.Value).Select(m => (m.Mean == 0 ? 0 : m.StandardError / m.Mean, m.Count))];
        double ratio = Value(contrast.High, cells) / Value(contrast.Low, cells);
        bool oneNetwork = relative.Any(r => r.Count < 2);
        double error = oneNetwork ? double.NaN : ratio * Math.Sqrt(relative.Sum(r => r.StandardError * r.StandardError));
        double beyond = Math.Log(ratio / contrast.Factor), interval = Statistics.HalfWidth95(relative);
        ContrastVerdict verdict = plan.Scale == ReproductionScale.Smoke ? ContrastVerdict.NotJudged
            : measured.Any(c => c!.Verdict == CellVerdict.NotTrained) ? ContrastVerdict.NotTrained
            : oneNetwork ? ContrastVerdict.OneNetwork
            : beyond > interval ? ContrastVerdict.Holds
            : beyond < -interval ? ContrastVerdict.Fails
            : ContrastVerdict.Unclear;
        return new ContrastResult(contrast, published, ratio, error, verdict)
        {
            Interval = oneNetwork ? (double.NaN, double.NaN) : (ratio * Math.Exp(-interval), ratio * Math.Exp(interval)),
            Paired = contrast.Low.Over is null && contrast.High.Over is null
                ? PairedDifference.OverSeeds(cells[contrast.High.Cell].Networks, cells[contrast.Low.Cell].Networks) : null,
            Lifetimes = (cells[contrast.Low.Cell].Lifetimes, cells[contrast.High.Cell].Lifetimes),
        };
    }

    private static double PublishedOf(ReproductionTable table, ContrastTerm term) =>
        (table.PublishedFor(term.Cell)?.Value ?? double.NaN) / (term.Over is null ? 1 : table.PublishedFor(term.Over)?.Value ?? double.NaN);

    private static double Value(ContrastTerm term, Dictionary<string, CellResult> cells) =>
        cells[term.Cell].Ours!.Value.Mean / (term.Over is null ? 1 : cells[term.Over].Ours!.Value.Mean);
}
