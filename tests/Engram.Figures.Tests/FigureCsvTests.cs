using System.Globalization;
using Engram.Figures.Files;
using Engram.Figures.Rendering;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Figures.Tests;

public class FigureCsvTests
{
    [Fact]
    public void Render_EveryKindOfSeries_GivesOneRowAValue()
    {
        var figure = new Figure
        {
            Title = "t",
            Panels =
            [
                new Panel(new Axis("x"), new Axis("y"),
                    [new LineSeries("line", [1, 2], [0.1, double.NaN]) { Low = [0, 0.5], High = [0.2, double.PositiveInfinity] }])
                {
                    ReferenceLines = [new ReferenceLine(3, "variance"), new ReferenceLine(4, "task, \"new\"") { Upright = true }],
                },
                new Panel(new Axis("x") { Categories = ["a", "b"] }, new Axis("y"), [new BarSeries("bars", [1, -2])]),
                new Panel(new Axis("x"), new Axis("y"), [new HistogramSeries("counts", [0, 1, 2], [5, 6])]),
                new Panel(new Axis("x"), new Axis("y")
                    { Categories = ["low", "high"] }, [new HeatMap("map", [1, 2, 3, 4], 2) { ColumnPositions = [10, 20] }]),
            ],
        };
        const string Expected = """"
            panel,series,x,y,low,high
            1,line,1,0.1,0,0.2
            1,line,2,NaN,0.5,Infinity
            1,variance,,3,,
            1,"task, ""new""",4,,,
            2,bars,a,1,,
            2,bars,b,-2,,
            3,counts,0,5,,
            3,counts,1,6,,
            3,counts,2,,,
            4,low,10,1,,
            4,low,20,2,,
            4,high,10,3,,
            4,high,20,4,,

            """";
        Assert.Equal(Expected.ReplaceLineEndings("\n"), FigureCsv.Render(figure));
    }

    [Fact]
    public void Render_RandomDoubles_ReadBackBitForBit()
    {
        var random = new RandomStream(3);
        double[] values =
            [.. Enumerable.Range(0, 2000).Select(_ => BitConverter.UInt64BitsToDouble(random.NextUInt64())).Where(double.IsFinite)];
        var figure = new Figure { Title = "t", Panels = [new Panel(new Axis("x"), new Axis("y"), [LineSeries.FromValues("s", values)])] };
        double[] read =
            [.. FigureCsv.Render(figure).Split('\n')[1..^1].Select(row => double.Parse(row.Split(',')[3], CultureInfo.InvariantCulture))];
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), read.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void Render_TitledPanels_AreNamedByTheirTitles()
    {
        Panel Of(string title) => new(new Axis("x"), new Axis("y"), [LineSeries.FromValues("s", [1])]) { Title = title };
        Assert.Contains(
            "\nFLP,s,", FigureCsv.Render(new Figure { Title = "t", Panels = [Of("FLP"), Of("OML")] }), StringComparison.Ordinal);
        Assert.Contains("\n1,s,", FigureCsv.Render(new Figure { Title = "t", Panels = [Of("FLP"), Of("FLP")] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Figure_LeavesTheTwoFilesAndNothingElse()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"engram-figures-{Guid.NewGuid():N}");
        try
        {
            Figure figure = SampleFigures.All["markup"];
            FigureFiles files = FigureWriter.Write(Path.Combine(folder, "new"), "loss-1", figure);
            FigureWriter.Write(Path.Combine(folder, "new"), "loss-1", figure);
            Assert.Equal(
                ["loss-1.csv", "loss-1.svg"],
                Directory.GetFiles(Path.Combine(folder, "new")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(FigureSvg.Render(figure), File.ReadAllText(files.Svg));
            Assert.Equal(FigureCsv.Render(figure), File.ReadAllText(files.Csv));
            Assert.Equal((byte)'<', File.ReadAllBytes(files.Svg)[0]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("../loss")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("a b")]
    public void Write_NameThatIsNoFileName_IsRefused(string name) =>
        Assert.Contains(
            "expected letters",
            Assert.Throws<EngramException>(() => FigureWriter.Write(Path.GetTempPath(), name, SampleFigures.All["bars"])).Message,
            StringComparison.Ordinal);
}
