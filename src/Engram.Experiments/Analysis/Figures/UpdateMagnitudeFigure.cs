using System.Collections.Immutable;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>How much each plastic layer's weights change at each inner step: ‖ΔW‖, and ‖ΔW‖ / ‖W‖.</summary>
/// <remarks>Euclidean norms over all weights of the layer; biases do not count. Source: Lindsey and Litwin-Kumar 2020, section 7.3 and
/// Figure 2D.</remarks>
internal sealed class UpdateMagnitudeFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Updates;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        ImmutableArray<(int Layer, string Name)> layers = request.Learners.PlasticLayers();
        foreach ((string ordering, LearnerAnalysis[] learners) in request.ByOrdering())
        {
            Func<LearnerAnalysis, string> name = RunFigureParts.Names(learners);
            foreach (bool relative in (bool[])[false, true])
            {
                foreach ((int layer, string layerName) in layers)
                {
                    LearnerAnalysis[] plastic =
                        [.. learners.Where(l => l.PlasticLayers.Contains(layer) && RunFigureParts.LayerName(l, layer) == layerName)];
                    string quantity = relative ? "‖ΔW‖ / ‖W‖" : "‖ΔW‖";
                    panels.Add(new Panel(
                        new Axis("Inner step"),
                        new Axis(quantity) { Scale = AxisScale.Logarithmic },
                        [.. plastic.Select(
                            l =>
                            bands.Line(name(l), RunFigureParts.Steps(l.Example.StreamTasks.Length, 1), l,
                            t => Values(t.Layers[layer], relative)))])
                    {
                        Title = $"{layerName}{(ordering.Length > 0 ? ", " + ordering : "")}{(relative ? ", relative" : "")}",
                    });
                    rows.AddRange(
                        plastic.Select(
                        l =>
                        l.Row($"{quantity}, mean over inner steps", layerName,
                        bands.Value(l, t => RunFigureParts.MeanOfDefined(Values(t.Layers[layer], relative))))));
                }
            }
        }

        return new RunFigure(
            new Figure
            {
                Title = "Size of updates over the lifetime",
                Description = "Euclidean norm of each plastic layer's update, absolute and relative to its weights. "
                    + bands.Describe(request.Learners),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = layers.Length <= 4 ? Math.Min(layers.Length, request.ColumnsFor(layers.Length, 4))
                    : request.ColumnsFor(panels.Count),
                Size = request.Size,
            },
            [.. rows]);
    }

    private static ImmutableArray<double> Values(LayerTrace layer, bool relative) => relative ? layer.RelativeUpdate : layer.UpdateNorm;
}
