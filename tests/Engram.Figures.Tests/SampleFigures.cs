using System.Collections.Immutable;
using Engram.Figures.Summaries;
using Engram.Numerics.RandomNumbers;

namespace Engram.Figures.Tests;

/// <summary>One figure of every kind, with the values that make drawing hard.</summary>
public static class SampleFigures
{
    private const double Inf = double.PositiveInfinity;
    private const double NaN = double.NaN;

    public static TheoryData<string> Names => [.. All.Keys];

    public static IReadOnlyDictionary<string, Figure> All { get; } = new SortedDictionary<string, Figure>(StringComparer.Ordinal)
    {
        ["learning-curve"] = LearningCurve.Make(
            [Run("FLP, 3 plastic layers", 1), Run("Gradient-based", 2), Run("Feature reuse", 3)], LearningCurveQuantity.SquaredError(4.3)),
        ["slide"] = LearningCurve.Make([Run("FLP", 1)], LearningCurveQuantity.SquaredError(4.3))
            with
        { Size = FigureSize.Slide, Theme = FigureTheme.Dark },
        ["multiples"] = Multiples(),
        ["bars"] = Bars(["i.i.d.", "continual"]),
        ["bars-long-names"] = Bars(["a frozen layer of many convolutions", "the readout, which is plastic"]),
        ["bars-many"] = new Figure
        {
            Title = "Many bars",
            Panels = [new Panel(
                new Axis("Class") { Categories = [.. Enumerable.Range(0, 60).Select(i => $"class {i}")] }, new Axis("Error", "%"),
                [new BarSeries("error", [.. Enumerable.Range(0, 60).Select(i => i - 20.0)])])],
        },
        ["heat"] = Heat(ColorMap.Diverging, new Axis("Cosine"), columns: 400),
        ["heat-logarithmic"] = Heat(ColorMap.Sequential, new Axis("Change", "MSE") { Scale = AxisScale.Logarithmic }, columns: 5),
        ["histogram"] = new Figure
        {
            Title = "Plasticity",
            Panels =
            [
                new Panel(
                    new Axis("Plasticity α"),
                    new Axis("Share of synapses"),
                    [HistogramSeries.From("hidden", Histogram.Count(Noise(5, 2000, 2e-8), 30, -8e-8, 8e-8), asShare: true),
                        new HistogramSeries("by hand", [-4e-8, 0, 4e-8, 8e-8], [0.1, NaN, 0.2])])
                {
                    ReferenceLines = [new ReferenceLine(0, "zero") { Upright = true }],
                },
            ],
        },
        ["odd"] = Odd(),
        ["odd-shared"] = Odd()
            with
        {
            Panels = [.. Odd().Panels.Where(p => p.Y.Scale == AxisScale.Linear)],
            SharedX = true,
            SharedY = true,
            PanelLetters = true,
            Legend = LegendPlacement.Beside
        },
        ["markup"] = new Figure
        {
            Title = "a < b & \"c\" > 'd' \u0001 \ud83d\ude00 \ud83d",
            Description = "]]> --> \0",
            TitleShown = true,
            Panels = [new Panel(
                new Axis("<x>"), new Axis("&y;"),
                [LineSeries.FromValues("<s> & \u0002", [1, 2]), LineSeries.FromValues("t, \"quoted\"\nline", [2, 1])]) { Title = "]]>" }],
        },
        ["styles"] = new Figure
        {
            Title = "All styles",
            Legend = LegendPlacement.Below,
            Panels =
            [
                new Panel(
                    new Axis("Task") { WholeNumbers = true },
                    new Axis("A label that is far too long for one line of a small plot", "arbitrary units"),
                    [.. Enumerable.Range(0, 14)
                        .Select(i => LineSeries.FromValues($"Series {i}", Noise((ulong)i, i < 7 ? 10 : 60, 1), 1)
                        with { Joined = i != 3 })]),
            ],
        },
    };

    public static double[] Noise(ulong seed, int count, double scale)
    {
        var random = new RandomStream(seed);
        var values = new double[count];
        random.FillNormal<double>(values, scale);
        return values;
    }

    private static LearningCurveRun Run(string name, ulong seed) =>
        new(name, [.. Noise(seed, 3000, 0.5).Select((z, i) => (0.001 + (8 / (1 + Math.Pow(i / 40.0, 1.3)))) * Math.Exp(z))]);

    private static Figure Multiples()
    {
        double[] x = [.. Enumerable.Range(0, 400).Select(i => (double)i)];
        LineSeries Band(string name, ulong seed)
        {
            double[] y = Noise(seed, 400, 0.2);
            (y[100], y[101], y[300]) = (NaN, NaN, Inf);
            return new LineSeries(name, [.. x], [.. y]) { Low = [.. y.Select(v => v - 0.1)], High = [.. y.Select(v => v + 0.1)] };
        }

        Panel Of(string title, params ReadOnlySpan<Series> series) => new(new Axis("Inner step"), new Axis("Cosine"), [.. series])
        {
            Title = title,
            ReferenceLines = [.. Enumerable.Range(1, 9).Select(i => new ReferenceLine(40 * i) { Upright = true })],
        };
        return new Figure
        {
            Title = "Alignment by layer",
            Description = "How updates align with the gradient.",
            Columns = 2,
            SharedX = true,
            SharedY = true,
            PanelLetters = true,
            Size = FigureSize.PaperPage,
            Panels = [Of("FLP", Band("layer 7", 1), Band("layer 8", 2)), Of("Gradient", Band("layer 7", 3)),
                Of("Feature reuse", Band("readout", 4))],
        };
    }

    private static Figure Bars(ImmutableArray<string> categories) => new()
    {
        Title = "Sines",
        Panels =
        [
            new Panel(
                new Axis("") { Categories = categories },
                new Axis("Query loss", "MSE") { Scale = AxisScale.Logarithmic },
                [
                    new BarSeries("Feature reuse", [0.05, 0.035]) { Low = [0.043, 0.032], High = [0.057, 0.038] },
                    new BarSeries("FLP (2)", [0.00093, 0]) { Low = [0.0009, 0], High = [0.00096, 0] },
                    new BarSeries("Original OML", [0.072, NaN]),
                    new BarSeries("Diverged", [Inf, -Inf]),
                ]),
        ],
    };

    private static Figure Heat(ColorMap colors, Axis color, int columns)
    {
        double[] values = [.. Noise(9, 3 * columns, 1).Select(Math.Abs)];
        (values[1], values[2], values[3]) = (NaN, Inf, 0);
        return new Figure
        {
            Title = "Map",
            Panels =
            [
                new Panel(new Axis("Inner step"), new Axis("Layer") { Categories = ["7", "8", "readout"] },
                    [new HeatMap("value", [.. values], columns) { Colors = colors, ColorAxis = color, ValuesShown = true }]),
            ],
        };
    }

    private static Figure Odd()
    {
        Panel Of(string title, AxisScale scale, params double[] values) =>
            new(new Axis("x"), new Axis("y") { Scale = scale }, [LineSeries.FromValues("s", values)]) { Title = title };
        return new Figure
        {
            Title = "Odd extents",
            Columns = 4,
            Size = FigureSize.PaperPage,
            Panels =
            [
                Of("empty", AxisScale.Linear),
                Of("constant", AxisScale.Linear, 3, 3, 3),
                Of("one", AxisScale.Linear, 0.002),
                Of("infinite", AxisScale.Linear, 1, 2, Inf, Inf, 3, -Inf, 2),
                Of("undefined", AxisScale.Linear, NaN, NaN),
                Of("only infinite", AxisScale.Linear, Inf),
                Of("zeros", AxisScale.Linear, 0, 0, 0),
                Of("denormal", AxisScale.Linear, 0, double.Epsilon),
                Of("vast", AxisScale.Linear, double.MinValue, double.MaxValue, 1, 1e299, -1e299),
                Of("far from zero", AxisScale.Linear, 1e9, 1e9 + 1, 1e9 + 3),
                Of("far from zero, constant but for rounding", AxisScale.Linear, 1e9, Math.BitIncrement(1e9)),
                Of("logarithmic with 0", AxisScale.Logarithmic, 0, -1, 1e-4, 100),
                Of("logarithmic, none positive", AxisScale.Logarithmic, 0, -1),
                Of("logarithmic, constant", AxisScale.Logarithmic, 2, 2),
                Of("logarithmic, narrow", AxisScale.Logarithmic, 2, 3, 5),
                Of("logarithmic, very narrow", AxisScale.Logarithmic, 2, 2.001),
                Of("logarithmic, vast", AxisScale.Logarithmic, 1e-300, 1e300, 1),
                Of("logarithmic, denormal", AxisScale.Logarithmic, double.Epsilon, 1e-310),
            ],
        };
    }
}
