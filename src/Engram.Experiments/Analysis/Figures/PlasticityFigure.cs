using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>What meta-training made of plasticity: distributions of α and B in each layer, β, and the shares of synapses that are silent or anti-Hebbian.</summary>
/// <remarks>
/// α and B are drawn over their layer's root mean square, which differs by orders of magnitude between layers and learners and has a panel of its own.
/// A synapse is anti-Hebbian where α &lt; 0 (a gradient learner climbs there), silent where |α| is below 1 % of that root mean square.
/// Of all networks of a learner together; shares and β: mean over them.
/// </remarks>
internal sealed class PlasticityFigure : IRunFigure
{
    private const double SilentBelow = 0.01;
    private const double WidestShown = 4;
    private const int Bins = 48;

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
        panels.Add(ByLayer("Size of α", new Axis("α, root mean square") { Scale = AxisScale.Logarithmic }, "α, root mean square", Alpha, Size));
        panels.Add(ByLayer("Anti-Hebbian", new Axis("Share of α < 0", "%") { Minimum = 0, Maximum = 100 }, "Anti-Hebbian share, α < 0 (%)", Alpha, a => 100 * a.Count(v => v < 0) / (double)a.Length));
        panels.Add(ByLayer("Feedback strength", new Axis("β"), "β", i => $"layer{i}.beta", b => b[0]));
        AddDistributions("B", Feedback);
        AddRows(request.Learners, layers, rows);
        return new RunFigure(
            new Figure
            {
                Title = "Plasticity after meta-training",
                Description = $"Distributions over synapses of all of a learner's networks together, in units of their root mean square; silent where |α| is below {SilentBelow * 100:0} % of it.",
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = layers.Length == 3 ? request.ColumnsFor(3) : request.ColumnsFor(panels.Count),
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);

        void AddDistributions(string symbol, Func<int, string> parameter)
        {
            foreach ((int layer, string layerName) in layers)
            {
                Series[] series = [.. request.Learners.Select(l => Distribution(l, layerName, layer, parameter(layer))).OfType<Series>()];
                if (series.Length > 0)
                {
                    panels.Add(new Panel(new Axis($"{symbol} / root mean square"), new Axis("Share of synapses"), [.. series]) { Title = $"{symbol}, {layerName}" });
                }
            }
        }

        Panel ByLayer(string title, Axis axis, string quantity, Func<int, string> parameter, Func<double[], double> measure)
        {
            var series = new List<Series>();
            foreach (LearnerAnalysis learner in request.Learners)
            {
                var found = new List<(int Position, MeanAndError Value)>();
                for (int i = 0; i < layers.Length; i++)
                {
                    double[][] networks = [.. Networks(learner, layers[i], parameter(layers[i].Layer))];
                    if (networks.Length > 0)
                    {
                        MeanAndError value = Statistics.MeanAndError([.. networks.Select(measure)]);
                        found.Add((i, value));
                        rows.Add(learner.Row(quantity, layers[i].Name, value));
                    }
                }

                if (found.Count > 0)
                {
                    series.Add(new LineSeries(learner.Label, [.. found.Select(f => (double)f.Position)], [.. found.Select(f => f.Value.Mean)])
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

    private static string Alpha(int layer) => $"layer{layer}.alpha";

    private static string Feedback(int layer) => $"layer{layer}.feedback0.weight";

    private static IEnumerable<double> Scaled(double[] values)
    {
        double size = Size(values);
        return values.Select(v => v / size);
    }

    private static double Size(double[] values) => Math.Sqrt(values.Sum(v => v * v) / values.Length);

    // One array for each network that has the parameter; a network with a single α for all layers has it in each.
    private static IEnumerable<double[]> Networks(LearnerAnalysis learner, (int Layer, string Name) layer, string parameter)
    {
        if (!learner.PlasticLayers.Contains(layer.Layer) || RunFigureParts.LayerName(learner, layer.Layer) != layer.Name)
        {
            yield break;
        }

        foreach (RunAnalysis run in learner.Runs)
        {
            Tensor<float> tensor = run.Parameters.Find(parameter);
            tensor = tensor.IsEmpty && parameter == Alpha(layer.Layer) ? run.Parameters.Find("network.alpha") : tensor;
            if (!tensor.IsEmpty)
            {
                yield return TensorNumbers.ToDoubles(tensor);
            }
        }
    }

    private static HistogramSeries? Distribution(LearnerAnalysis learner, string layerName, int layer, string parameter)
    {
        double[] scaled = [.. Networks(learner, (layer, layerName), parameter).SelectMany(Scaled)];

        // A single α has no distribution; its value is in the panel of sizes.
        return scaled.Length <= learner.Runs.Length || scaled.All(double.IsNaN) ? null : HistogramSeries.From(learner.Label, Histogram.Count(scaled, Bins, -WidestShown, WidestShown), asShare: true);
    }

    private static void AddRows(ImmutableArray<LearnerAnalysis> learners, ImmutableArray<(int Layer, string Name)> layers, List<SummaryRow> rows)
    {
        foreach (LearnerAnalysis learner in learners)
        {
            if (learner.Layout.Learner is GradientLearnerSpec { FixedInnerRate: { } rate })
            {
                rows.Add(new SummaryRow(learner.Label, "Fixed inner rate in place of α", string.Empty, rate, double.NaN));
            }

            foreach ((int Layer, string Name) layer in layers)
            {
                double[][] alphas = [.. Networks(learner, layer, Alpha(layer.Layer))];
                if (alphas.Length > 0)
                {
                    rows.Add(learner.Row("α, mean", layer.Name, Statistics.MeanAndError([.. alphas.Select(a => a.Average())])));
                    rows.Add(learner.Row("Silent share, |α| < 1 % of its size (%)", layer.Name, Statistics.MeanAndError([.. alphas.Select(a => 100 * Silent(a))])));
                    rows.Add(learner.Row("Exactly zero (%)", layer.Name, Statistics.MeanAndError([.. alphas.Select(a => 100 * a.Count(v => v == 0) / (double)a.Length)])));
                }

                double[][] feedback = [.. Networks(learner, layer, Feedback(layer.Layer))];
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
