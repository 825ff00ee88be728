using Engram.Experiments.Comparisons;
using Engram.Experiments.Runs;
using Engram.Figures;

namespace Engram.Experiments.Tests.Comparisons;

public class ComparisonFiguresTests
{
    private const string Recipe = """
        problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
        network: {hidden-widths: [10]}
        training: {epochs: 2, batch-size: 16, rates: [1e-3], seeds: 2}
        methods:
          dtp:
          backprop:
          mine: {method: feedback-alignment}
        """;

    [Fact]
    public void Draw_EveryFigure_HasEachMethodInItsStyleAndSeedsAsABand()
    {
        (string Name, Figure Figure)[] figures = Draw();

        Assert.Equal(
            ["learning-curves", "gradient-angles", "gradient-norms", "feedback-angles", "feedback-norms", "method-measures"],
            figures.Select(f => f.Name));
        LineSeries[] lines = [.. figures.SelectMany(f => f.Figure.Panels).SelectMany(p => p.Series).Cast<LineSeries>()];
        Assert.All(lines,
            l =>
            Assert.Equal(l.Name switch { "mine" => MethodStyles.Of("feedback-alignment"), var known => MethodStyles.Of(known) }, l.Style));
        Assert.All(lines, l => Assert.Equal(2, l.Low.Length));
        Assert.Equal(3, lines.Select(l => l.Name).Distinct().Count());
    }

    [Fact]
    public void Draw_Angles_HaveTheLineOfNoRelationInsideTheirAxis() => Assert.All(
        Draw().Where(f => f.Name.EndsWith("-angles", StringComparison.Ordinal)).SelectMany(f => f.Figure.Panels),
        p =>
        {
            Assert.Equal(90, Assert.Single(p.ReferenceLines).Value);
            Assert.True(p.Y.Maximum > 90 && p.Y.Minimum == 0);
        });

    [Fact]
    public void Draw_Layers_CountFromZeroAsParametersDo()
    {
        Dictionary<string, string[]> titles = Draw().ToDictionary(f => f.Name, f => f.Figure.Panels.Select(p => p.Title).ToArray());

        Assert.Equal(["Layer 0", "Layer 1 (readout)"], titles["gradient-angles"]);
        Assert.Equal(["Layer 1 (readout)"], titles["feedback-norms"]);
        Assert.Equal(["inverse loss, Layer 1 (readout)"], titles["method-measures"]);
    }

    private static (string Name, Figure Figure)[] Draw()
    {
        Comparison comparison = ComparisonReader.Parse(Recipe, "c.yaml");
        var runs = new List<RunEpochs>();
        foreach (ComparedMethod method in comparison.Methods)
        {
            ComparisonRunResult[] results = [.. Enumerable.Range(1, 2)
                .Select(seed => new ComparisonRunResult(
                new ComparisonRun(method.Label, 1e-3, (ulong)seed), RunState.Finished, 2, Epoch(1, seed), 1))];
            var rate = new RateOutcome(1e-3, [.. results]);
            var outcome = new MethodOutcome(method, rate, [rate]);
            runs.AddRange(results.Select(r => new RunEpochs(outcome, rate, r, [Epoch(1, r.Run.Seed), Epoch(2, r.Run.Seed)])));
        }

        return [.. ComparisonFigures.Draw(comparison, [.. runs])];
    }

    private static EpochLine Epoch(int epoch, double seed) => new(
        epoch, seed / epoch, seed / epoch,
            [new LayerMeasures(0, 30 * seed, seed, double.NaN, double.NaN), new LayerMeasures(1, 10 * seed, seed, 40 * seed, seed)],
            [new OwnMeasure("inverse loss", 1, seed)], epoch)
    {
        ValidationErrorPercent = 10 * seed / epoch,
    };
}
