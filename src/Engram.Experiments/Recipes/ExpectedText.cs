using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>Text that is read as recipes are and is something else, a sweep or a comparison: messages expect that where they would expect a
/// recipe.</summary>
internal static class ExpectedText
{
    private const string OfRecipes = "expected a recipe";

    /// <summary>Reads text.</summary>
    /// <param name="read">Reads it as a recipe's.</param>
    /// <param name="expected">What messages say from "expected" on.</param>
    /// <exception cref="EngramException">It cannot be read; the line says what was expected.</exception>
    public static T Read<T>(Func<T> read, string expected)
    {
        try
        {
            return read();
        }
        catch (EngramException e) when (e.Message.Contains(OfRecipes, StringComparison.Ordinal))
        {
            throw new EngramException(e.Message[..e.Message.IndexOf(OfRecipes, StringComparison.Ordinal)] + expected, e);
        }
    }
}
