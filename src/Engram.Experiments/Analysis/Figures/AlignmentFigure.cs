using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Figures;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>How far each layer's updates point down the gradient, over the inner steps of a life.</summary>
/// <remarks>
/// cos(ΔW_t, −∂ℓ_t/∂W) with ℓ_t the loss of the batch at the weights before the step; the biases are in the same vector where the learner
/// changes them. 1 is
/// gradient descent with one rate for the layer; 0 is no relation; below 0, the layer climbs. Undefined for a frozen layer, which has no
/// direction.
/// Source: Lindsey and Litwin-Kumar 2020, section 7.3 and Figure 2C.
/// </remarks>
internal sealed class AlignmentFigure : IRunFigure
{
    private const string FrozenName = "Frozen layers";

    // Grey; plastic layers have the styles before it, from the readout upstream.
    private const int FrozenStyle = 5;
    private readonly bool inDegrees;

    /// <summary>Makes the figure of cosines, or of angles.</summary>
    /// <param name="inDegrees">Whether angles in degrees, 0 … 180, are drawn.</param>
    public AlignmentFigure(bool inDegrees) => this.inDegrees = inDegrees;

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.Updates;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var bands = new Bands(request.Each);
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        string quantity = inDegrees ? "Angle with the negative gradient (°)" : "Cosine with the negative gradient";
        foreach (LearnerAnalysis learner in request.Learners)
        {
            ImmutableArray<double> steps = RunFigureParts.Steps(learner.Example.StreamTasks.Length, 1);
            var series = new List<Series>();
            foreach (LayerTrace layer in learner.Example.Layers.Where(l => l.IsPlastic))
            {
                string name = RunFigureParts.LayerName(learner, layer.Layer);
                int fromReadout = learner.Layout.Network.Layers.Length - 1 - layer.Layer;
                series.Add(bands.Line(name, steps, learner, t => Values(t.Layers[layer.Layer]))
                    with
                { Style = fromReadout < FrozenStyle ? fromReadout : fromReadout + 1 });
                rows.Add(learner.Row(
                    quantity, name, bands.Value(learner, t => RunFigureParts.MeanOfDefined(Values(t.Layers[layer.Layer])))));
            }

            if (learner.Layout.Network.FrozenLayers is > 0 and var frozen)
            {
                series.Add(bands.Line(FrozenName, steps, learner, t => Values(t.Layers[0])) with { Style = FrozenStyle });
                rows.Add(learner.Row(
                    quantity, frozen == 1 ? "Layer 0, frozen"
                    : string.Create(CultureInfo.InvariantCulture, $"Layers 0–{frozen - 1}, frozen"),
                    bands.Value(learner, t => Values(t.Layers[0])[0])));
            }

            panels.Add(new Panel(
                new Axis("Inner step"),
                inDegrees ? new Axis("Angle", "°") { Minimum = 0, Maximum = 180 } : new Axis("Cosine") { Minimum = -1, Maximum = 1 },
                [.. series])
            {
                Title = learner.Label,
                ReferenceLines = [new ReferenceLine(inDegrees ? 90 : 0, inDegrees ? "90°, no relation" : string.Empty)],
            });
        }

        return new RunFigure(
            new Figure
            {
                Title = inDegrees ? "Angle between updates and the negative gradient" : "Alignment of updates with the negative gradient",
                Description = string.Create(
                    CultureInfo.InvariantCulture, $"One panel a learner, one line a plastic layer. {bands.Describe(request.Learners)}"),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count),
                SharedX = SameLength(request),
                SharedY = true,
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);
    }

    private static bool SameLength(RunFigureRequest request) =>
        request.Learners.Select(l => l.Example.StreamTasks.Length).Distinct().Count() == 1;

    private ImmutableArray<double> Values(LayerTrace layer) => inDegrees ? layer.AlignmentAngleDegrees : layer.Alignment;
}
