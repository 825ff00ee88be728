using System.Globalization;
using Engram.Experiments.Recipes;

namespace Engram.Experiments.Tests.Recipes;

public class RecipeCultureTests
{
    [Theory]
    [InlineData("sv-SE")]
    [InlineData("fa-IR")]
    public void RecipeNumbers_InACountry_ReadBackAndAreAsEverywhere(string name)
    {
        // As these countries have it, whatever the machine knows of them.
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new NumberFormatInfo
        {
            NegativeSign = name == "sv-SE" ? "\u2212" : "\u200e\u2212",
            NumberDecimalSeparator = name == "sv-SE" ? "," : "٫",
            NumberGroupSeparator = "\u00a0"
        };
        string[] recipes = [.. RecipeReader.NamesIn("sines").Take(5), "quick-start/flp"];
        string[] here = [.. recipes.Select(r => RecipeReader.Load(r, []).ToYaml())];
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;

            Assert.Equal("1e-5", RecipeNumbers.Format(1e-5));
            Assert.Equal("-2.5e-7", RecipeNumbers.Format(-2.5e-7));
            Assert.Equal("-1.5", RecipeNumbers.Format(-1.5));
            Assert.Equal("-1e30", RecipeNumbers.Format(-1e30));
            Assert.Equal(here, recipes.Select(r => RecipeReader.Load(r, []).ToYaml()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
