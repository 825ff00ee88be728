using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Figures;
using Engram.Learning.Learners;

namespace Engram.Experiments.Tests;

public sealed class LearnerStylesTests : IDisposable
{
    private readonly HandLifetime hand = new();

    public void Dispose() => hand.Dispose();

    [Fact]
    public void Apply_LearnersOfTwoOrderings_LookAlikeWhereTheirNamesAre()
    {
        LearnerAnalysis[] learners = [Learner("A, iid", "A"), Learner("B, iid", "B"), Learner("A, continual", "A"), Learner("C, continual", "C")];

        Figure brief = LearnerStyles.Apply(Of("C", "A", "Layer 0"), [.. learners]);
        Figure full = LearnerStyles.Apply(Of("C, continual", "A, continual", "A, iid"), [.. learners]);

        Assert.Equal([2, 0, null], brief.Panels[0].Series.Select(s => s.Style));
        Assert.Equal([3, 2, 0], full.Panels[0].Series.Select(s => s.Style));
    }

    [Fact]
    public void Apply_SeriesWithAStyleOfItsOwn_KeepsIt()
    {
        Figure figure = Of("A");
        figure = figure with { Panels = [figure.Panels[0] with { Series = [figure.Panels[0].Series[0] with { Style = 4 }] }] };

        Assert.Equal(4, LearnerStyles.Apply(figure, [Learner("A", "A")]).Panels[0].Series[0].Style);
    }

    private static Figure Of(params string[] names) => new()
    {
        Title = "styles",
        Panels = [new Panel(new Axis("x"), new Axis("y"), [.. names.Select(n => LineSeries.FromValues(n, [1, 2]))])],
    };

    private LearnerAnalysis Learner(string label, string brief) =>
        hand.Learner(label, new GradientLearnerSpec { FixedInnerRate = 0.25 }, 2, [1, 1, 1]) with { ShortLabel = brief };
}
