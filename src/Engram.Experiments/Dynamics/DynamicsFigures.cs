using System.Globalization;
using Engram.Figures;

namespace Engram.Experiments.Dynamics;

/// <summary>The figures of the demonstration.</summary>
public static class DynamicsFigures
{
    /// <summary>Where closed loops are stable, and how fast smaller steps converge.</summary>
    public static IEnumerable<(string Name, Figure Figure)> Draw(DynamicsResult result)
    {
        double[] steps = [.. Enumerable.Range(0, 61).Select(i => Math.Pow(10, -2 + (i / 30.0)))];
        yield return ("closed-loop", new Figure
        {
            Title = "Where a closed loop is stable: below the line",
            Description =
                "Largest loop gain at which s = y − r_L settles, around one to three layers, against the step of time. Lines: " +
                "eigenvalues of the linear loop; points: rates of the learner.",
            TitleShown = true,
            Panels =
            [
                new Panel(
                    new Axis("Step of time dt / τ") { Scale = AxisScale.Logarithmic },
                    new Axis("Largest stable gain") { Scale = AxisScale.Logarithmic, Minimum = 0.5, Maximum = 1000 },
                    [.. result.Gains.GroupBy(g => g.Layers).SelectMany((group, i) => (Series[])
                        [
                            new LineSeries(Layers(group.Key), [.. steps], [.. steps.Select(h => DynamicsDemonstration.Gain(group.Key, h))])
                            { Style = i, Markers = false },
                            new LineSeries(
                                Layers(group.Key) + ", measured", [.. group.Select(g => g.StepOverTimeConstant)],
                                [.. group.Select(g => g.Measured)])
                            { Style = i, Markers = true, Joined = false },
                        ])]),
            ],
            Legend = LegendPlacement.Below,
        });
        yield return ("convergence", new Figure
        {
            Title = "Smaller steps of time converge at first order",
            Description = "Euclidean distance between the weights after a life, in steps of dt and of half of it.",
            TitleShown = true,
            Panels =
            [
                new Panel(
                    new Axis("Step of time dt / τ") { Scale = AxisScale.Logarithmic },
                    new Axis("Distance to half the step") { Scale = AxisScale.Logarithmic },
                    [new LineSeries(
                        "weights after a life", [.. result.Errors.Select(e => e.StepOverTimeConstant)],
                        [.. result.Errors.Select(e => e.Difference)])
                        { Markers = true }]),
            ],
        });
    }

    private static string Layers(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "layer" : "layers")}");
}
