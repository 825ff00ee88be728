using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Sources;
using Engram.Figures;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Text;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Rates of single units over the last presentation of a life: of learners in continuous time as they go, of others before and
/// after feedback.</summary>
/// <remarks>The first lifetime of a learner's first network, the first example of its last inner step. Units are those that the signal
/// changes most.</remarks>
internal sealed class RateTracesFigure : IRunFigure
{
    private const int Units = 5;

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.None;

    /// <inheritdoc/>
    public bool IsInAll => false;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var panels = new List<Panel>();
        var rows = new List<SummaryRow>();
        foreach (LearnerAnalysis learner in request.Learners)
        {
            LifeRecord<float> life = Record(learner, request);
            foreach (int layer in learner.PlasticLayers)
            {
                Presentation seen = Of(life, learner.Layout, layer);
                double[] change = [.. seen.Rates[0].Select((_, unit) => seen.Rates[^1][unit] - seen.Rates[seen.Onset][unit])];
                int[] shown = [.. Enumerable.Range(0, change.Length).OrderByDescending(u => Math.Abs(change[u])).Take(Units).Order()];
                string where = RunFigureParts.LayerName(learner, layer);
                panels.Add(new Panel(
                    seen.Axis, new Axis("Rate"),
                    [.. shown.Select(u => new LineSeries(
                        string.Create(CultureInfo.InvariantCulture, $"unit {u}"), seen.Times, [.. seen.Rates.Select(r => r[u])]))])
                {
                    Title = $"{learner.Label}, {where}",
                    ReferenceLines = seen.Axis.Categories.IsEmpty ? [new ReferenceLine(0, "the signal comes") { Upright = true }] : [],
                });
                rows.Add(new SummaryRow(
                    learner.Label, "Mean rate without the signal", where, seen.Rates[seen.Onset].Average(), double.NaN));
                rows.Add(new SummaryRow(learner.Label, "Mean rate at the end", where, seen.Rates[^1].Average(), double.NaN));
                rows.Add(new SummaryRow(
                    learner.Label, "Root mean square change by the signal", where, Math.Sqrt(change.Average(c => c * c)), double.NaN));
            }
        }

        return new RunFigure(
            new Figure
            {
                Title = "Rates over one presentation",
                Description = string.Create(CultureInfo.InvariantCulture,
                    $"First example of the last inner step of lifetime 0, first network; the {Units} units that the signal changes most. " +
                    $"Learners of two phases have a rate before feedback and one after it."),
                TitleShown = request.HasTitle(),
                Panels = [.. panels],
                Columns = request.ColumnsFor(panels.Count),
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);
    }

    private static LifeRecord<float> Record(LearnerAnalysis learner, RunFigureRequest request)
    {
        Tasks.Families.TaskFamilySpec task = learner.Task
            ?? throw new EngramException(
            $"Found lifetimes of '{learner.Label}' that belong to no task family, expected one whose lifetimes can be lived again.");
        RunAnalysis run = learner.Runs[0];
        using var lifetimes = new EvaluationLifetimes<float>(task.Create(request.Work.Data), run.Seed, learner.Split);
        Lifetime<float> lifetime = lifetimes.Get(0, 0);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(learner.Layout);
        return LifeRecorder.Record(
            engine, run.Parameters, lifetime,
            new LifeRecorderOptions { Parts = LifeParts.Activities, Every = Math.Max(1, lifetime.InnerSteps) });
    }

    // The rates of a layer's units at some moments; at the one of Onset the signal has not come yet.
    private static Presentation Of(LifeRecord<float> life, ParameterLayout layout, int layer)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"step.layer{layer}.");
        if (layout.Learner is ParallelLearnerSpec inTime)
        {
            PresentationTime time = inTime.Time(layout.Network.PlasticLayers);
            float[][] steps = [.. Enumerable.Range(1, time.Steps)
                .Select(k => First(life, string.Create(CultureInfo.InvariantCulture, $"{name}rate.{k}")))];
            return new Presentation(
                new Axis("Time from the signal", "ms"),
                [.. Enumerable.Range(0, time.Steps + 1).Select(k => (k - time.Before) * inTime.TimeStep)],
                [new float[steps[0].Length], .. steps], time.Before);
        }

        float[] before = First(life, name + "activity");
        return life.Tensors.ContainsKey(name + "after_feedback")
            ? new Presentation(new Axis("Phase") { Categories = ["before feedback", "after feedback"] }, [0, 1],
                [before, First(life, name + "after_feedback")], 0)
            : new Presentation(new Axis("Phase") { Categories = ["without feedback"] }, [0], [before], 0);
    }

    private static float[] First(LifeRecord<float> life, string name) => life.Tensors.TryGetValue(name, out RecordedTensor<float>? found)
        ? found.At(0)[..found.Shape[2]].ToArray()
        : throw new EngramException(
            $"Found a learner that does not show '{name["step.".Length..]}', expected rates of its plastic layers by that name.");

    private sealed record Presentation(Axis Axis, ImmutableArray<double> Times, float[][] Rates, int Onset);
}
