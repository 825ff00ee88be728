using System.Collections.Immutable;

namespace Engram.Experiments.Recipes;

/// <summary>A piece of a recipe's text, with its place.</summary>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
internal abstract record RecipeNode(int Line, int Column)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Describe();

    /// <summary>Somebody's text, short and on one line, for messages.</summary>
    public static string Quote(string text)
    {
        string line = new([.. text.Take(60).Select(c => char.IsControl(c) ? ' ' : c)]);
        return text.Length > 60 ? $"'{line}…'" : $"'{line}'";
    }
}

/// <summary>One value.</summary>
/// <param name="Text">As written, without quotation marks.</param>
/// <param name="Quoted">Whether it was in quotation marks or a block: then it is text, whatever it looks like.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 1.</param>
internal sealed record RecipeScalar(string Text, bool Quoted, int Line, int Column) : RecipeNode(Line, Column)
{
    /// <summary>Whether it says that there is no value: nothing, <c>~</c>, <c>null</c> or <c>none</c>.</summary>
    public bool IsNone => !Quoted && Text is "" or "~" or "null" or "none";

    /// <inheritdoc/>
    public override string Describe() => Quoted ? $"the text {Quote(Text)}" : Text.Length == 0 ? "nothing" : Quote(Text);
}

/// <summary>A list of values.</summary>
internal sealed record RecipeList(ImmutableArray<RecipeNode> Items, int Line, int Column) : RecipeNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Describe() => $"a list of {Items.Length}";
}

/// <summary>One key of a map and what stands under it.</summary>
internal sealed record RecipeEntry(string Key, int Line, int Column, RecipeNode Value);

/// <summary>Keys with values.</summary>
internal sealed record RecipeMap(ImmutableArray<RecipeEntry> Entries, int Line, int Column) : RecipeNode(Line, Column)
{
    /// <inheritdoc/>
    public override string Describe() => $"a section of {Entries.Length} keys";
}
