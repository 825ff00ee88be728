using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;
using Engram.Figures.Summaries;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>What a life has changed in each plastic layer: singular values σ_i of W after the last inner step less W before the first, over
/// the largest; and their effective rank.</summary>
/// <remarks>Effective rank: exp(−Σ p_i ln p_i), p_i = σ_i / Σ σ (Roy and Vetterli 2007). The change of one inner step has rank n, the
/// batch, at most.</remarks>
internal sealed class WeightsInLifeFigure : IRunFigure
{
    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.AccumulatedChange;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var rows = new List<SummaryRow>();
        var panels = new List<Panel>();
        ImmutableArray<(int Layer, string Name)> layers = request.Learners.PlasticLayers();
        foreach ((int layer, string layerName) in layers)
        {
            LearnerAnalysis[] plastic =
                [.. request.Learners.Where(l => l.PlasticLayers.Contains(layer) && RunFigureParts.LayerName(l, layer) == layerName)];
            LearnerAnalysis[] several = [.. plastic.Where(l => Of(l.Example, layer).SingularValues.Length > 1)];
            if (several.Length > 0)
            {
                panels.Add(new Panel(
                    new Axis("Singular value") { WholeNumbers = true },
                    new Axis("Over the largest") { Scale = AxisScale.Logarithmic, Minimum = 1e-7, Maximum = 2 },
                    [.. several.Select(
                        l =>
                        bands.Line(l.Label, RunFigureParts.Steps(Of(l.Example, layer).SingularValues.Length, 1), l,
                        t => Relative(Of(t, layer))))])
                {
                    Title = layerName,
                });
            }

            foreach (LearnerAnalysis learner in plastic)
            {
                rows.Add(learner.Row("Effective rank of the change", layerName, bands.Value(learner, t => Of(t, layer).EffectiveRank)));
                rows.Add(learner.Row("Stable rank of the change", layerName, bands.Value(learner, t => Of(t, layer).StableRank)));
                rows.Add(learner.Row(
                    "Largest singular value of the change", layerName,
                    bands.Value(learner, t => Of(t, layer).SingularValues.FirstOrDefault(double.NaN))));
            }
        }

        panels.Add(new Panel(
            new Axis("Plastic layer") { Categories = [.. layers.Select(l => l.Layer.ToString(CultureInfo.InvariantCulture))] },
            new Axis("Effective rank") { Minimum = 0 },
            [.. request.Learners.Select(l => Ranks(bands, l, layers))])
        { Title = "Effective rank" });
        return new RunFigure(
            new Figure
            {
                Title = "What a life changes in the weights",
                Description =
                    "Singular values of the change from birth to the end of life, over the largest, and the effective rank of that " +
                    "change. " + bands.Describe(request.Learners),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count, panels.Count == 4 ? 2 : 3),
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);
    }

    private static Spectrum Of(LifetimeTrace trace, int layer) => trace.Layers[layer].AccumulatedChange!;

    private static double[] Relative(Spectrum spectrum) => [.. spectrum.SingularValues.Select(s => s / spectrum.SingularValues[0])];

    private static LineSeries Ranks(Bands bands, LearnerAnalysis learner, ImmutableArray<(int Layer, string Name)> layers)
    {
        MeanAndError[] ranks =
        [
            .. layers.Select(l => learner.PlasticLayers.Contains(l.Layer) && RunFigureParts.LayerName(learner, l.Layer) == l.Name
                ? bands.Value(learner, t => Of(t, l.Layer).EffectiveRank)
                : new MeanAndError(double.NaN, double.NaN, 0)),
        ];
        int[] own = [.. Enumerable.Range(0, ranks.Length).Where(i => ranks[i].Count > 0)];
        return new LineSeries(learner.Label, [.. own.Select(i => (double)i)], [.. own.Select(i => ranks[i].Mean)])
        {
            Low = [.. own.Select(i => ranks[i].Mean - ranks[i].StandardError)],
            High = [.. own.Select(i => ranks[i].Mean + ranks[i].StandardError)],
            ErrorBars = true,
            Markers = true,
        };
    }
}
