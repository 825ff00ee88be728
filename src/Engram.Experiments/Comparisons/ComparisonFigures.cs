using System.Collections.Immutable;
using Engram.Experiments.Styling;
using Engram.Figures;

namespace Engram.Experiments.Comparisons;

/// <summary>The figures of a comparison: of each method its best rate, mean over seeds with a band of one standard error.</summary>
internal static class ComparisonFigures
{
    private static readonly ReferenceLine NoRelation = new(90, "90°, no relation");

    private const string Shown =
        "Each method at its best rate; bands: one standard error over seeds. Curves end where the first run of a method ended.";

    /// <summary>Learning curves, and figures of what was measured.</summary>
    public static IEnumerable<(string Name, Figure Figure)> Draw(Comparison comparison, ImmutableArray<RunEpochs> runs)
    {
        ImmutableArray<string> order = [.. comparison.Methods.Select(m => m.Label)];
        int[] styles = MethodStyles.For([.. comparison.Methods.Select(m => MethodStyles.Of(m.Label) is null ? m.MethodName : m.Label)]);
        (string Label,
            RunEpochs[] Runs)[] methods = [.. runs.Where(r => r.IsBest).GroupBy(r => r.Outcome.Method.Label, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Where(r => !r.Epochs.IsEmpty).ToArray())).Where(m => m.Item2.Length > 0)];
        Axis quantity = comparison.IsClassification ? new Axis("Validation error", "%") : new Axis("Validation loss");
        yield return ("learning-curves", Figure(
            $"{comparison.Name}: learning curves",
            2,
            [
                Panel("Validation", quantity with { Scale = AxisScale.Logarithmic }, methods, e => e.Validation),
                Panel("Training", new Axis("Training loss") { Scale = AxisScale.Logarithmic }, methods, e => e.TrainLoss),
            ]));

        int layers = methods.SelectMany(m => m.Runs).SelectMany(r => r.Epochs).Select(e => e.Layers.Length).DefaultIfEmpty().Max();
        if (layers > 0)
        {
            yield return ("gradient-angles",
                ByLayer("angle between the methods' directions and the gradient",
                Degrees("Angle to gradient", methods, l => l.AngleDegrees), l => l.AngleDegrees, reference: NoRelation));
            yield return ("gradient-norms",
                ByLayer("norm of the methods' directions over the gradient's", new Axis("‖direction‖ / ‖gradient‖")
                { Scale = AxisScale.Logarithmic }, l => l.NormRatio));
        }

        if (methods.SelectMany(m => m.Runs).SelectMany(r => r.Epochs).SelectMany(e => e.Layers)
            .Any(l => double.IsFinite(l.FeedbackAngleDegrees)))
        {
            yield return ("feedback-angles",
                ByLayer("angle between B and the transpose of W", Degrees("Angle of B to Wᵀ", methods, l => l.FeedbackAngleDegrees),
                l => l.FeedbackAngleDegrees, first: 1, reference: NoRelation));
            yield return ("feedback-norms",
                ByLayer("norm of B over that of W", new Axis("‖B‖ / ‖W‖")
                { Scale = AxisScale.Logarithmic }, l => l.FeedbackNormRatio, first: 1));
        }

        (string Name,
            int Layer)[] own = [.. methods.SelectMany(m => m.Runs).SelectMany(r => r.Epochs).SelectMany(e => e.Own)
            .Select(o => (o.Name, o.Layer)).Distinct().Order()];
        if (own.Length > 0)
        {
            yield return ("method-measures", Figure(
                $"{comparison.Name}: what methods report of themselves",
                3,
                [
                    .. own.Select(o => Panel(
                        LayerName(layers, o.Layer), new Axis(o.Name), methods, e =>
                            e.Own.FirstOrDefault(x => x.Name == o.Name && x.Layer == o.Layer)?.Value ?? double.NaN)
                        with { Title = $"{o.Name}, {LayerName(layers, o.Layer)}" }),
                ]));
        }

        // A method looks the same whatever others are there.
        Figure Figure(string title, int columns, ImmutableArray<Panel> panels) =>
            Plain(title, columns,
                [.. panels.Select(
                p =>
                p with { Series =
                [.. p.Series.Select(s => order.IndexOf(s.Name) is >= 0 and var at ? s with { Style = styles[at] } : s)] })]);

        Figure ByLayer(string what, Axis axis, Func<LayerMeasures, double> value, int first = 0, ReferenceLine? reference = null) => Figure(
            $"{comparison.Name}: {what}",
            Math.Min(3, layers - first),
            [.. Enumerable.Range(first, layers - first)
                .Select(l => Panel(LayerName(layers, l), axis, methods, e => l < e.Layers.Length ? value(e.Layers[l]) : double.NaN)
                with { ReferenceLines = reference is null ? [] : [reference] })]);
    }

    private static Figure Plain(string title, int columns, ImmutableArray<Panel> panels) => new()
    {
        Title = title,
        Description = Shown,
        TitleShown = true,
        Size = FigureSize.PaperPage,
        Columns = Math.Min(columns, panels.Length),
        Panels = panels,
    };

    private static Panel Panel(string title, Axis axis, (string Label, RunEpochs[] Runs)[] methods, Func<EpochLine, double> value) =>
        new(Epochs(), axis, [.. methods.Select(m => Line(m.Label, m.Runs, value)).Where(l => l.Y.Any(double.IsFinite))]) { Title = title };

    // One axis for all layers, so that panels compare and a layer whose direction is the gradient shows 0 and not its rounding.
    private static Axis Degrees(string label, (string Label, RunEpochs[] Runs)[] methods, Func<LayerMeasures, double> value)
    {
        double largest = methods.SelectMany(m => m.Runs).SelectMany(r => r.Epochs).SelectMany(e => e.Layers).Select(value)
            .Where(double.IsFinite).DefaultIfEmpty().Max();
        return new Axis(label, "°") { Minimum = 0, Maximum = 10 * Math.Max(10, Math.Ceiling(largest / 10)) };
    }

    private static Axis Epochs() => new("Epoch") { WholeNumbers = true };

    // As in all figures and errors: from 0, as parameters are named.
    private static string LayerName(int layers, int layer) => LearnerLooks.LayerName(layers, layer);

    private static LineSeries Line(string name, RunEpochs[] runs, Func<EpochLine, double> value)
    {
        int length = runs.Min(r => r.Epochs.Length);
        return LineSeries.FromRepetitions(
            name, [.. runs[0].Epochs.Take(length).Select(e => (double)e.Epoch)],
            [.. runs.Select(r => (IReadOnlyList<double>)[.. r.Epochs.Take(length).Select(value)])]);
    }
}
