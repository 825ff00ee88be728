using System.Collections.Immutable;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Where feedback points in life: the angle between B and the way back through the weights of that moment, and how far B has come
/// from birth where it is plastic.</summary>
/// <remarks>A B that stands still turns too against weights that learn: that is feedback alignment. Of learners without feedback, there is
/// nothing to draw.</remarks>
internal sealed class FeedbackInLifeFigure : IRunFigure
{
    private const string Angle = "Angle of B to the way back (°)", Change = "Change of B since birth, ‖B − B₀‖ / ‖B₀‖";

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Feedback;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        ImmutableArray<(int Layer, string Name)> layers = request.Learners.PlasticLayers();
        foreach ((int layer, string name) in layers)
        {
            Add(layer, name, Angle, new Axis("Angle to the way back", "°") { Minimum = 0, Maximum = 180 }, t => t.FeedbackAngleDegrees,
                [new ReferenceLine(90, "no alignment")]);
        }

        foreach ((int layer, string name) in layers)
        {
            Add(layer, name, Change, new Axis("Change of B", "of its size") { Minimum = 0 }, t => t.FeedbackChange, []);
        }

        foreach (LearnerAnalysis learner in request.Learners.Where(l => rows.All(r => r.Learner != l.Label)))
        {
            rows.Add(new SummaryRow(learner.Label, "no feedback of its own", string.Empty, double.NaN, double.NaN));
        }

        return new RunFigure(
            new Figure
            {
                Title = "Feedback weights over the lifetime",
                Description =
                    "Angle between B and (W_L ⋯ W_{i+1})ᵀ of the same moment, 0° backpropagation's direction, 90° none; and how far " +
                    "B has come from birth. " +
                    (panels.Count == 0 ? "None of these learners has feedback." : bands.Describe(request.Learners)),
                TitleShown = request.HasTitle(),
                Panels = panels.Count == 0 ? [Empty()] : [.. panels],
                Columns = request.ColumnsFor(Math.Max(1, panels.Count), layers.Length == 1 ? 2 : Math.Min(3, layers.Length)),
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);

        void Add(
            int layer, string name, string quantity, Axis axis, Func<LayerTrace, ImmutableArray<double>> values,
            ImmutableArray<ReferenceLine> lines)
        {
            var series = new List<Series>();
            foreach (LearnerAnalysis learner in request.Learners)
            {
                if (RunFigureParts.LayerName(learner, layer) != name || layer >= learner.Example.Layers.Length
                    || values(learner.Example.Layers[layer]) is not { IsEmpty: false } shown)
                {
                    continue;
                }

                series.Add(bands.Line(learner.Label, RunFigureParts.Steps(shown.Length, 0), learner, t => values(t.Layers[layer])));
                rows.Add(learner.Row(quantity + ", at birth", name, bands.Value(learner, t => values(t.Layers[layer])[0])));
                rows.Add(learner.Row(quantity + ", after life", name, bands.Value(learner, t => values(t.Layers[layer])[^1])));
            }

            if (series.Count > 0)
            {
                panels.Add(new Panel(new Axis("Inner steps"), axis, [.. series]) { Title = name, ReferenceLines = lines });
            }
        }
    }

    private static Panel Empty() => new(new Axis("Inner steps"), new Axis("Angle", "°"), [])
    { WhenEmpty = "None of these learners has feedback weights." };
}
