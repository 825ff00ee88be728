using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>
/// What meta-training made of plasticity: distributions of α and B in each layer, β, the shares of synapses that are silent or
/// anti-Hebbian, and every further parameter that rules, pathways, births or the learner declare.
/// </summary>
/// <remarks>
/// Parameters are found by role. A further one of up to 64 numbers, such as θ of a rule, has a panel with each number; a longer one,
/// or one of a single number, a panel with its mean in each layer.
/// α and B are drawn over their layer's root mean square, which differs by orders of magnitude between layers and learners and has a panel
/// of its own.
/// A synapse is anti-Hebbian where α &lt; 0 (a gradient learner climbs there), silent where |α| is below 1 % of that root mean square.
/// Of all networks of a learner together; shares and β: mean over them.
/// </remarks>
internal sealed class PlasticityFigure : IRunFigure
{
    private const double SilentBelow = 0.01;
    private const double WidestShown = 4;
    private const int Bins = 48;
    private const int MostNumbersShown = 64;

    // What has panels of its own, or is no plasticity.
    private static readonly string[] KnownRoles =
    [
        ParameterRoles.FeedforwardWeights, ParameterRoles.Biases, ParameterRoles.FeedbackWeights,
        ParameterRoles.FeedbackBiases, ParameterRoles.Plasticity, ParameterRoles.FeedbackStrength,
    ];

    private static readonly Func<ParameterLayout, int, ParameterSpec?> Alpha = OfRole(ParameterRoles.Plasticity);
    private static readonly Func<ParameterLayout, int, ParameterSpec?> Feedback = OfRole(ParameterRoles.FeedbackWeights);

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.None;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        ImmutableArray<(int Layer, string Name)> layers = request.Learners.PlasticLayers();
        string[] positions = [.. layers.Select(l => l.Layer.ToString(CultureInfo.InvariantCulture))];
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        AddDistributions("α", Alpha);
        panels.Add(ByLayer("Size of α", new Axis("α, root mean square")
        { Scale = AxisScale.Logarithmic }, "α, root mean square", Alpha, Size));
        panels.Add(ByLayer("Anti-Hebbian", new Axis("Share of α < 0", "%")
        { Minimum = 0, Maximum = 100 }, "Anti-Hebbian share, α < 0 (%)", Alpha, a => 100 * a.Count(v => v < 0) / (double)a.Length));
        panels.Add(ByLayer("Feedback strength", new Axis("β"), "β", OfRole(ParameterRoles.FeedbackStrength), b => b[0]));
        AddDistributions("B", Feedback);
        AddRows(request.Learners, layers, rows);
        foreach ((string name, string role, bool few) in Further(request.Learners))
        {
            panels.Add(few ? Each(name, role)
                : ByLayer($"{name} ({role})", new Axis($"{name}, mean"), $"{name}, mean", OfName(name), Enumerable.Average));
        }

        return new RunFigure(
            new Figure
            {
                Title = "Plasticity after meta-training",
                Description = string.Create(CultureInfo.InvariantCulture,
                    $"Distributions over synapses of all of a learner's networks together, in units of their root mean square; silent " +
                    $"where |α| is below {SilentBelow * 100:0} % of it."),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = layers.Length == 3 ? request.ColumnsFor(3) : request.ColumnsFor(panels.Count),
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);

        // Each number of a parameter of few, a line for each learner and layer.
        Panel Each(string name, string role)
        {
            var series = new List<Series>();
            foreach (LearnerAnalysis learner in request.Learners)
            {
                ParameterSpec[] found = [.. learner.Layout.Parameters.Where(p => p.LocalName == name)];
                foreach (ParameterSpec parameter in found)
                {
                    double[][] networks = [.. learner.Runs.Select(r => TensorNumbers.ToDoubles(r.Parameters[parameter.Name]))];
                    MeanAndError[] values =
                        [.. Enumerable.Range(0, networks[0].Length).Select(k => Statistics.MeanAndError([.. networks.Select(n => n[k])]))];
                    string where = parameter.Layer < 0 ? "all layers" : RunFigureParts.LayerName(learner, parameter.Layer);
                    rows.AddRange(
                        values.Select((v, k) => learner.Row(string.Create(CultureInfo.InvariantCulture, $"{name}[{k}]"), where, v)));
                    series.Add(new LineSeries(
                        found.Length == 1 ? learner.Label : $"{learner.Label}, {where}", RunFigureParts.Steps(values.Length, 0),
                        [.. values.Select(v => v.Mean)])
                    {
                        Low = [.. values.Select(v => v.Mean - v.StandardError)],
                        High = [.. values.Select(v => v.Mean + v.StandardError)],
                        ErrorBars = true,
                        Markers = true,
                        Joined = false,
                    });
                }
            }

            return new Panel(new Axis("Number") { WholeNumbers = true }, new Axis(name), [.. series]) { Title = $"{name} ({role})" };
        }

        void AddDistributions(string symbol, Func<ParameterLayout, int, ParameterSpec?> parameter)
        {
            foreach ((int layer, string layerName) in layers)
            {
                Series[] series = [.. request.Learners.Select(l => Distribution(l, layerName, layer, parameter)).OfType<Series>()];
                if (series.Length > 0)
                {
                    panels.Add(new Panel(new Axis($"{symbol} / root mean square"), new Axis("Share of synapses"), [.. series])
                    { Title = $"{symbol}, {layerName}" });
                }
            }
        }

        Panel ByLayer(
            string title, Axis axis, string quantity, Func<ParameterLayout, int, ParameterSpec?> parameter, Func<double[], double> measure)
        {
            var series = new List<Series>();
            foreach (LearnerAnalysis learner in request.Learners)
            {
                var found = new List<(int Position, MeanAndError Value)>();
                for (int i = 0; i < layers.Length; i++)
                {
                    double[][] networks = [.. Networks(learner, layers[i], parameter)];
                    if (networks.Length > 0)
                    {
                        MeanAndError value = Statistics.MeanAndError([.. networks.Select(measure)]);
                        found.Add((i, value));
                        rows.Add(learner.Row(quantity, layers[i].Name, value));
                    }
                }

                if (found.Count > 0)
                {
                    series.Add(new LineSeries(
                        learner.Label, [.. found.Select(f => (double)f.Position)], [.. found.Select(f => f.Value.Mean)])
                    {
                        Low = [.. found.Select(f => f.Value.Mean - f.Value.StandardError)],
                        High = [.. found.Select(f => f.Value.Mean + f.Value.StandardError)],
                        ErrorBars = true,
                        Markers = true,
                    });
                }
            }

            return new Panel(new Axis("Plastic layer") { Categories = [.. positions] }, axis, [.. series]) { Title = title };
        }
    }

    // Of several of one role in a layer the first: α of W before that of b, B from the output before others.
    private static Func<ParameterLayout, int, ParameterSpec?> OfRole(string role) =>
        (layout, layer) => layout.Parameters.FirstOrDefault(p => p.Role == role && p.Layer == layer)
            ?? layout.Parameters.FirstOrDefault(p => p.Role == role && p.Layer < 0);

    private static Func<ParameterLayout, int, ParameterSpec?> OfName(string name) =>
        (layout, layer) => layout.Parameters.FirstOrDefault(p => p.LocalName == name && (p.Layer == layer || p.Layer < 0));

    // Names of what learners have beside what every one has, and whether each of its numbers can be shown.
    private static IEnumerable<(string Name, string Role, bool Few)> Further(ImmutableArray<LearnerAnalysis> learners) => learners
        .SelectMany(l => l.Layout.Parameters)
        .Where(p => !KnownRoles.Contains(p.Role, StringComparer.Ordinal))
        .GroupBy(p => p.LocalName, StringComparer.Ordinal)
        .Select(g => (g.Key, g.First().Role, g.All(p => p.Rows * p.Columns <= MostNumbersShown) && g.Any(p => p.Rows * p.Columns > 1)));

    private static IEnumerable<double> Scaled(double[] values)
    {
        double size = Size(values);
        return values.Select(v => v / size);
    }

    private static double Size(double[] values) => Math.Sqrt(values.Sum(v => v * v) / values.Length);

    // One array for each network that has the parameter; a network with a single α for all layers has it in each.
    private static IEnumerable<double[]> Networks(
        LearnerAnalysis learner, (int Layer, string Name) layer, Func<ParameterLayout, int, ParameterSpec?> parameter) =>
        learner.PlasticLayers.Contains(layer.Layer)
        && RunFigureParts.LayerName(learner, layer.Layer) == layer.Name
        && parameter(learner.Layout, layer.Layer) is { } found
            ? learner.Runs.Select(run => TensorNumbers.ToDoubles(run.Parameters[found.Name]))
            : [];

    private static HistogramSeries? Distribution(
        LearnerAnalysis learner, string layerName, int layer, Func<ParameterLayout, int, ParameterSpec?> parameter)
    {
        double[] scaled = [.. Networks(learner, (layer, layerName), parameter).SelectMany(Scaled)];

        // A single α has no distribution; its value is in the panel of sizes.
        return scaled.Length <= learner.Runs.Length || scaled.All(double.IsNaN) ? null
            : HistogramSeries.From(learner.Label, Histogram.Count(scaled, Bins, -WidestShown, WidestShown), asShare: true);
    }

    private static void AddRows(
        ImmutableArray<LearnerAnalysis> learners, ImmutableArray<(int Layer, string Name)> layers, List<SummaryRow> rows)
    {
        foreach (LearnerAnalysis learner in learners)
        {
            if (learner.Layout.Learner is GradientLearnerSpec { FixedInnerRate: { } rate })
            {
                rows.Add(new SummaryRow(learner.Label, "Fixed inner rate in place of α", string.Empty, rate, double.NaN));
            }

            foreach ((int Layer, string Name) layer in layers)
            {
                double[][] alphas = [.. Networks(learner, layer, Alpha)];
                if (alphas.Length > 0)
                {
                    rows.Add(learner.Row("α, mean", layer.Name, Statistics.MeanAndError([.. alphas.Select(a => a.Average())])));
                    rows.Add(learner.Row(
                        "Silent share, |α| < 1 % of its size (%)", layer.Name,
                        Statistics.MeanAndError([.. alphas.Select(a => 100 * Silent(a))])));
                    rows.Add(learner.Row(
                        "Exactly zero (%)", layer.Name,
                        Statistics.MeanAndError([.. alphas.Select(a => 100 * a.Count(v => v == 0) / (double)a.Length)])));
                }

                double[][] feedback = [.. Networks(learner, layer, Feedback)];
                if (feedback.Length > 0)
                {
                    rows.Add(learner.Row("B, root mean square", layer.Name, Statistics.MeanAndError([.. feedback.Select(Size)])));
                }
            }
        }
    }

    private static double Silent(double[] alphas)
    {
        double limit = SilentBelow * Size(alphas);
        return alphas.Count(a => Math.Abs(a) <= limit) / (double)alphas.Length;
    }
}
