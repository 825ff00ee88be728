using System.Collections.Immutable;
using Engram.Numerics.Text;

using static Engram.Numerics.Tests.SettingTests;

namespace Engram.Numerics.Tests;

public class SettingsContentTests
{
    [Fact]
    public void Text_Record_SaysWhatDiffersFromDefaultsAtAnyDepth()
    {
        Assert.Equal(string.Empty, SettingsContent.Of(new Whole()).Text);
        Assert.Equal(
            "big-flag = true\nrate = 1E-05\nlabel = two\\nlines\nsizes = [1, 2]\npart = large\npart.length = 98\nkept = k",
            SettingsContent.Of(new Whole
            { IsBig = true, Rate = 1e-5, Label = "two\nlines", Sizes = [1, 2], Part = new Part { Length = 98 }, Kept = "k" }).Text);
        Assert.Equal(
            "pace = steady\npace.step = 3\nitems.0 = positional\nitems.0.first = 1\nitems.0.second = red",
            SettingsContent.Of(new Plan { Pace = new SteadyPace { Step = 3 }, Items = [new Positional(1, Colour.Red)] }).Text);
        Assert.Equal("large\nlength = 3", SettingsContent.Of<IPart>(new Part { Length = 3 }).Text);
    }

    [Fact]
    public void DifferenceFrom_SettingsThatOneOfTheTwoDoesNotKnow_AreTheirDefaults()
    {
        SettingsContent plain = SettingsContent.Of(new Whole { HowMany = 2 });

        Assert.Null(plain.DifferenceFrom("how-many = 2"));
        Assert.Equal(("how-many = 4", "how-many = 2"), plain.DifferenceFrom(string.Empty));
        Assert.Equal(("rate = 0.25", "rate = 0.5"), plain.DifferenceFrom("rate = 0.25\nhow-many = 2"));
        Assert.Equal(("gone = 1", "no 'gone'"), plain.DifferenceFrom("gone = 1\nhow-many = 2"));
        Assert.Equal(("part = none", "part = small"), SettingsContent.Of(new Whole { Part = new Part() }).DifferenceFrom(string.Empty));
        Assert.Equal(("a", "b"), SettingsContent.Plain("b").DifferenceFrom("a"));
        Assert.Equal(("examples = 5", "examples = 6"), plain.With("examples", "6").DifferenceFrom("how-many = 2\nexamples = 5"));
    }

    [Fact]
    public void DifferenceFrom_RecordsAsTheyPrintThemselves_ReadsThem()
    {
        foreach (Plan plan in (Plan[])[new(), new() { Pace = new SteadyPace { Step = 3 }, Note = "a, b" }, new()
            { Nested = new Inner { Depth = 4, IsDeep = true } }])
        {
            Assert.Null(SettingsContent.Of(plan).DifferenceFrom(plan.ToString()));
            Assert.Null(SettingsContent.Of(plan).With("examples", "7").DifferenceFrom($"{plan}, Examples = 7"));
            Assert.Null(
                SettingsContent.Of(plan).With("more", "1 to 2, 3", "none", SettingsContent.FormerRest)
                .DifferenceFrom($"{plan}, 1 to 2, 3"));
        }

        SettingsContent now = SettingsContent.Of(new Plan { Nested = new Inner { Depth = 4 } });
        Assert.Equal(
            ("nested.depth = 5", "nested.depth = 4"), now.DifferenceFrom(new Plan { Nested = new Inner { Depth = 5 } }.ToString()));
        Assert.Equal(
            ("pace = SteadyPace", "pace = quick"),
            now.DifferenceFrom(new Plan { Nested = new Inner { Depth = 4 }, Pace = new SteadyPace() }.ToString()));
        Assert.Equal(("gone = 1", "no 'gone'"), now.DifferenceFrom("Plan { Gone = 1, Nested = Inner { Depth = 4 } }"));

        // A type that has been renamed since, a registry's entry by its name, a setting that was not there, one under another name in
        // files.
        Assert.Null(SettingsContent.Of<Pace>(new SteadyPace { Step = 3 }).DifferenceFrom("OldSteady { Step = 3 }"));
        Assert.Null(
            SettingsContent.Of(new Whole { IsBig = true, Part = new Part() }).DifferenceFrom("Whole { IsBig = True, Part = small }"));
        Assert.NotNull(SettingsContent.Of(new Whole { Part = new Part { Length = 2 } }).DifferenceFrom("Whole { Part = small }"));
    }

    [Theory]
    [InlineData("Plan { Note")]
    [InlineData("Plan { Note = a")]
    [InlineData("Plan {")]
    public void DifferenceFrom_TextThatEndsEarly_SaysSo(string text) =>
        Assert.Contains(
            "is damaged", Assert.Throws<EngramException>(() => SettingsContent.Of(new Plan()).DifferenceFrom(text)).Message,
            StringComparison.Ordinal);

    private abstract record Pace
    {
        public virtual bool IsQuick => false;
    }

    [SettingsName("steady", "OldSteady")]
    private sealed record SteadyPace : Pace
    {
        public int Step { get; init; } = 1;
    }

    [SettingsName("quick")]
    private sealed record QuickPace : Pace
    {
        public override bool IsQuick => true;
    }

    private sealed record Inner
    {
        public int Depth { get; init; } = 1;

        public bool IsDeep { get; init; }
    }

    private sealed record Positional(int First, Colour Second)
    {
        public int Sum => First + 1;
    }

    private sealed record Plan
    {
        public Pace Pace { get; init; } = new QuickPace();

        public string Note { get; init; } = string.Empty;

        public Inner Nested { get; init; } = new();

        public ImmutableArray<Positional> Items { get; init; } = [];

        public string Summary => "made of the others";
    }
}
