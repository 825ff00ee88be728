using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Figures.Summaries;
using Engram.Learning.Births;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Error after life against how many times fewer numbers the weights at birth follow from than there are weights; learners that
/// differ in their birth alone are one line.</summary>
/// <remarks>The count is <see cref="IBirth.Numbers"/> over all layers, frozen and plastic. Feedback, α and biases are not counted. Weights
/// that follow from no number at all, drawn anew without anything meta-learned, have no place on the axis; the description names
/// them.</remarks>
internal sealed class CompressionFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Outputs;

    /// <inheritdoc/>
    public bool IsInAll => false;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        bool regression = request.Learners[0].Layout.Learner.Objective == Objective.MeanSquaredError;
        string quantity = regression ? "Query loss (MSE)" : "Query error (%)";
        var bands = new Bands();
        var rows = new List<SummaryRow>();
        var points = new List<(string Birth, double Compression, MeanAndError Error, LearnerAnalysis Learner)>();
        foreach (LearnerAnalysis learner in request.Learners)
        {
            double compression = Of(learner.Layout);
            MeanAndError error = bands.Value(
                learner, t => regression ? t.Outcome.QueryLoss : 100 * (1 - t.Outcome.QueryAccuracy));
            rows.Add(new SummaryRow(learner.Label, "Weights per number at birth", string.Empty, compression, double.NaN));
            rows.Add(learner.Row(quantity, "after life", error));
            points.Add((BirthDistributions.Registry.NameOf(learner.Layout.Learner.Birth), compression, error, learner));
        }

        string[] without = [.. points.Where(p => double.IsInfinity(p.Compression)).Select(p => p.Learner.Label)];
        Series[] series =
        [
            .. points.Where(p => double.IsFinite(p.Compression)).GroupBy(p => p.Birth, StringComparer.Ordinal).Select(group =>
            {
                var own = group.OrderBy(p => p.Compression).ToArray();
                return new LineSeries(group.Key, [.. own.Select(p => p.Compression)], [.. own.Select(p => p.Error.Mean)])
                {
                    Low = [.. own.Select(p => p.Error.Mean - p.Error.StandardError)],
                    High = [.. own.Select(p => p.Error.Mean + p.Error.StandardError)],
                    ErrorBars = true,
                    Markers = true,
                    Joined = own.Length > 2,
                };
            }),
        ];
        return new RunFigure(
            new Figure
            {
                Title = "Error against compression of the weights at birth",
                Description = string.Join(
                    ' ',
                    [
                        "Weights of the network for each meta-learned number that they follow from at birth.",
                        bands.Describe(request.Learners, "Error bars"),
                        .. without.Length == 0 ? Array.Empty<string>()
                            : [$"Of no number at all, and not drawn: {string.Join(", ", without)}."],
                    ]),
                TitleShown = request.HasTitle(),
                Panels =
                [
                    new Panel(
                        new Axis("Compression", "weights a number") { Scale = AxisScale.Logarithmic },
                        new Axis(quantity) { Scale = regression ? AxisScale.Logarithmic : AxisScale.Linear }, [.. series])
                    { WhenEmpty = "None of these weights follow from numbers that are meta-learned." },
                ],
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);
    }

    /// <summary>Weights of a network over the numbers that they follow from at birth; infinite of none.</summary>
    internal static double Of(ParameterLayout layout)
    {
        (double weights, double numbers) = (0, 0);
        for (int i = 0; i < layout.Network.Layers.Length; i++)
        {
            var shape = new LayerShape(i, layout.Network.Layers[i].WeightShape);
            weights += (double)shape.Outputs * shape.Inputs;
            numbers += layout.Learner.Birth.Numbers(shape, i >= layout.Network.FrozenLayers);
        }

        return weights / numbers;
    }
}
