using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Styling;
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
        LearnerAnalysis[] learners =
            [Learner("A, iid", "A"), Learner("B, iid", "B"), Learner("A, continual", "A"), Learner("C, continual", "C")];

        Figure brief = LearnerStyles.Apply(Of("C", "A", "Layer 0"), [.. learners]);
        Figure full = LearnerStyles.Apply(Of("C, continual", "A, continual", "A, iid"), [.. learners]);

        // All are OML: one colour, in dashes of their own.
        Assert.Null(brief.Panels[0].Series[2].Style);
        Assert.Equal(MethodStyles.Of("oml"), brief.Panels[0].Series[1].Style);
        Assert.Equal(MethodStyles.Of("oml"), full.Panels[0].Series[2].Style);
        int[] styles = [.. brief.Panels[0].Series.Take(2).Concat(full.Panels[0].Series).Select(s => s.Style!.Value)];
        Assert.All(styles, s => Assert.Equal(MethodStyles.Of("oml") % MethodStyles.Colours, s % MethodStyles.Colours));
        Assert.Equal(3, full.Panels[0].Series.Select(s => s.Style).Distinct().Count());
    }

    [Fact]
    public void For_Continual_IsTheLearnersColourInOtherDashes()
    {
        int[] styles = LearnerLooks.For([("flp", false), ("gradient", false), ("flp", true), (null, true), ("gradient", true)]);

        Assert.Equal([MethodStyles.Of("flp"), MethodStyles.Of("gradient")], styles.Take(2).Select(s => (int?)s));
        Assert.Equal(styles[0] % MethodStyles.Colours, styles[2] % MethodStyles.Colours);
        Assert.Equal(styles[1] % MethodStyles.Colours, styles[4] % MethodStyles.Colours);
        Assert.Equal(5, styles.Distinct().Count());
        Assert.Equal(MethodStyles.Of("flp"), LearnerLooks.For([("flp", true)])[0]);
    }

    [Fact]
    public void Identity_EveryBuiltInLearner_IsKnown() =>
        Assert.All(LearnerSpecs.Registry.Names,
            n =>
            Assert.NotNull(
            MethodStyles.Of(
            LearnerLooks.Identity(
            LearnerSpecs.Registry.Get(n).Create(Objective.MeanSquaredError), LearnerSpecs.Registry.Get(n).PlasticLayers ?? 2)!)));

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
