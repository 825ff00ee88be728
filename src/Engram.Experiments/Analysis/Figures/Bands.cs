using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Styling;
using Engram.Figures;
using Engram.Figures.Summaries;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Means and standard errors over what repeats: the networks of a learner where it has several, the lifetimes of its network
/// otherwise.</summary>
/// <remarks>A value that is undefined in single lifetimes is left out of the mean there, and counted; one that is undefined in all
/// lifetimes of a network is left out of the mean over networks, and counted; one that is undefined in all networks stays
/// undefined.</remarks>
/// <param name="each">Whether lines carry the values of single lifetimes too.</param>
internal sealed class Bands(bool each = false)
{
    private long undefined;
    private long total;

    /// <summary>A line of means with a band of one standard error.</summary>
    public LineSeries Line(string name, IReadOnlyList<double> x, LearnerAnalysis learner, Func<LifetimeTrace, IReadOnlyList<double>> values)
    {
        IReadOnlyList<double>[][] lifetimes = [.. learner.Runs.Select(r => r.Traces.Select(values).ToArray())];
        MeanAndError[] summary =
            [.. Enumerable.Range(0, x.Count).Select(i => Over([.. lifetimes.Select(run => run.Select(v => v[i]).ToArray())]))];
        var line = new LineSeries(name, [.. x], [.. summary.Select(s => s.Mean)]) { Each = each ? [.. Lives(learner, values)] : [] };
        return summary.All(s => double.IsNaN(s.StandardError))
            ? line
            : line with
            {
                Low = [.. summary.Select(s => s.Mean - s.StandardError)],
                High = [.. summary.Select(s => s.Mean + s.StandardError)]
            };
    }

    /// <summary>One value.</summary>
    public MeanAndError Value(LearnerAnalysis learner, Func<LifetimeTrace, double> value) =>
        Over([.. learner.Runs.Select(r => r.Traces.Select(value).ToArray())]);

    /// <summary>What the bands mean, and what was left out.</summary>
    public string Describe(IEnumerable<LearnerAnalysis> learners, string what = "Bands")
    {
        LearnerAnalysis[] all = [.. learners];
        int most = all.Max(l => l.Runs.Length);
        int lifetimes = all.Max(l => l.Runs.Max(r => r.Traces.Length));
        string over = most == 1 ? Of(lifetimes, "lifetimes")
            : all.All(l => l.Runs.Length == most) ? $"{Of(most, "networks")} of {Of(lifetimes, "lifetimes")} each"
            : $"networks where a learner has several, {Of(lifetimes, "lifetimes")} otherwise";
        string text = $"{what}: one standard error over {over}.";
        return undefined == 0 ? text : text
            + string.Create(
            CultureInfo.InvariantCulture, $" Undefined in single lifetimes and left out of means: {undefined:N0} of {total:N0} values.");
    }

    private static IEnumerable<(string Name, ImmutableArray<double> Y)> Lives(
        LearnerAnalysis learner, Func<LifetimeTrace, IReadOnlyList<double>> values) => learner.Runs.SelectMany(
            run => run.Traces,
            (run, trace) =>
            {
                string whose = learner.Runs.Length > 1 ? $"{run.Name}, " : string.Empty;
                return (string.Create(CultureInfo.InvariantCulture, $"{whose}life {trace.Index}"), values(trace).ToImmutableArray());
            });

    private static string Of(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");

    private MeanAndError Over(double[][] networks)
    {
        int missing = networks.Sum(lifetimes => lifetimes.Count(double.IsNaN)), all = networks.Sum(lifetimes => lifetimes.Length);
        if (missing < all)
        {
            undefined += missing;
            total += all;
        }

        return networks.Length > 1 ? Defined([.. networks.Select(lifetimes => Defined(lifetimes).Mean)]) : Defined(networks[0]);
    }

    private static MeanAndError Defined(double[] values) => Statistics.MeanAndError([.. values.Where(v => !double.IsNaN(v))]);
}

/// <summary>Words and groupings that several figures share.</summary>
internal static class RunFigureParts
{
    /// <summary>The title stands in the caption of a paper's column.</summary>
    public static bool HasTitle(this RunFigureRequest request) => request.Size != FigureSize.PaperColumn;

    /// <summary>Panels side by side: as many as are readable at that size.</summary>
    public static int ColumnsFor(this RunFigureRequest request, int panels, int most = 3) =>
        Math.Max(1, Math.Min(panels, request.IsNarrow() ? Math.Min(2, most) : most));

    /// <summary>Whether it is for one column of a page.</summary>
    public static bool IsNarrow(this RunFigureRequest request) => request.Size.WidthMillimetres < 120;

    /// <summary>Learners by the order of their stream, each of which has panels of its own.</summary>
    public static IReadOnlyList<(string Title, LearnerAnalysis[] Learners)> ByOrdering(this RunFigureRequest request) =>
        [.. request.Learners.GroupBy(l => l.Ordering, StringComparer.Ordinal).OrderByDescending(g => g.Key, StringComparer.Ordinal)
            .Select(g => (OrderingName(g.Key), g.ToArray()))];

    /// <summary>What to call learners in panels of one ordering.</summary>
    public static Func<LearnerAnalysis, string> Names(IEnumerable<LearnerAnalysis> learners)
    {
        bool clear = learners.GroupBy(l => (l.Ordering, l.ShortLabel)).All(g => g.Count() == 1);
        return l => clear ? l.ShortLabel : l.Label;
    }

    public static string OrderingName(string ordering) => ordering == "iid" ? "i.i.d." : ordering;

    /// <summary>A layer as its parameters are named, from 0.</summary>
    public static string LayerName(LearnerAnalysis learner, int layer) =>
        LearnerLooks.LayerName(learner.Layout.Network.Layers.Length, layer);

    /// <summary>Layers that are plastic in any of the learners.</summary>
    public static ImmutableArray<(int Layer, string Name)> PlasticLayers(this IEnumerable<LearnerAnalysis> learners) =>
        [.. learners.SelectMany(l => l.PlasticLayers.Select(i => (i, LayerName(l, i)))).Distinct().Order()];

    public static ImmutableArray<double> Steps(int count, int first) => [.. Enumerable.Range(first, count).Select(i => (double)i)];

    /// <summary>Mean of the values that are defined; NaN where none is.</summary>
    public static double MeanOfDefined(IEnumerable<double> values) =>
        values.Where(v => !double.IsNaN(v)).DefaultIfEmpty(double.NaN).Average();

    public static SummaryRow Row(this LearnerAnalysis learner, string quantity, string where, MeanAndError value) =>
        new(learner.Label, quantity, where, value.Mean, value.StandardError);
}
