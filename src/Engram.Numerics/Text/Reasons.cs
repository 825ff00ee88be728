namespace Engram.Numerics.Text;

/// <summary>Why something failed, in the words of whoever knows.</summary>
internal static class Reasons
{
    private const string SeeInner = "see inner exception";

    /// <summary>What an exception says; of one that only points to another inside it, what that one says, however deep it lies.</summary>
    /// <param name="failure">The exception.</param>
    public static string Of(Exception failure)
    {
        Exception told = failure;
        while (told.InnerException is { } inner
            && (told is AggregateException or TypeInitializationException
            || told.Message.Contains(SeeInner, StringComparison.OrdinalIgnoreCase)))
        {
            told = inner;
        }

        return told.Message;
    }
}
