using Engram.Figures.Rendering;

namespace Engram.Figures.Tests;

public class MethodStylesTests
{
    [Theory]
    [InlineData(
        "flp", "flp-3", "gradient", "gradient-first-order", "oml", "hebb", "feature-reuse", "class-means-pretrained", "class-means-random")]
    [InlineData(
        "backprop", "feedback-alignment", "direct-feedback-alignment", "sign-symmetry", "kolen-pollack", "weight-mirrors",
        "local-plasticity", "target-propagation", "dtp", "sdtp", "ao-sdtp", "kickback", "pepita",
        "dfc", "dfc-fixed", "forward-forward", "counter-current")]
    public void Of_MethodsThatStandTogether_LookDifferent(params string[] names)
    {
        (Ink, MarkerShape,
            string)[] looks = [.. names.Select(n => MethodStyles.Of(n)!.Value)
            .Select(s => (Palette.Ink(s), Palette.Marker(s), string.Join(' ', Palette.Dash(s))))];
        Assert.Equal(looks.Length, looks.Distinct().Count());
        Assert.Equal(looks.Length, looks.Select(l => (l.Item1, l.Item3)).Distinct().Count());
    }

    [Fact]
    public void Styles_OfOneColour_AreACycleApart()
    {
        Assert.Equal(Palette.Ink(0), Palette.Ink(MethodStyles.Colours));
        Assert.NotEqual(Palette.Ink(0), Palette.Ink(1));
        Assert.Equal(
            MethodStyles.Count,
            Enumerable.Range(0, MethodStyles.Count).Select(s => (Palette.Ink(s), Palette.Marker(s), string.Join(' ', Palette.Dash(s))))
            .Distinct().Count());
    }

    [Fact]
    public void For_KnownOnes_KeepTheirsWhoeverStandsBesideThem()
    {
        int[] styles = MethodStyles.For(["a rule of one's own", "gradient", null, "flp"]);
        Assert.Equal(MethodStyles.Of("gradient"), styles[1]);
        Assert.Equal(MethodStyles.Of("flp"), styles[3]);
        Assert.Equal(4, styles.Distinct().Count());
    }

    [Fact]
    public void For_OneMethodTwice_IsOneColourInOtherDashes()
    {
        int[] styles = MethodStyles.For(["flp", "flp"]);
        Assert.NotEqual(styles[0], styles[1]);
        Assert.Equal(Palette.Ink(styles[0]), Palette.Ink(styles[1]));
    }
}
