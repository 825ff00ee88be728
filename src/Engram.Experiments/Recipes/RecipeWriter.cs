using System.Text;

namespace Engram.Experiments.Recipes;

/// <summary>Writes a recipe with every value, in the schema's order.</summary>
internal static class RecipeWriter
{
    /// <summary>Writes it.</summary>
    /// <param name="values">The values.</param>
    /// <param name="comments">Text after each value, such as where it comes from; null for none.</param>
    public static string Write(RecipeValues values, Func<RecipeValue, string>? comments = null)
    {
        var text = new StringBuilder();
        string[] open = [];
        foreach (RecipeValue value in values.All)
        {
            if (value.Value is null && !value.Key.AllowsNone)
            {
                continue;
            }

            // An entry with settings is a section of its own, with its name first.
            bool isSection = value.Key.IsEntry && values.All.Any(v => v.Key.Section == value.Key.Path);
            (string path, string leaf) = isSection ? (value.Key.Path, RecipeSettings.EntryName) : (value.Key.Section, value.Key.Leaf);
            string[] section = path.Length == 0 ? [] : path.Split('.');
            int shared = 0;
            while (shared < section.Length && shared < open.Length && section[shared] == open[shared]) shared++;
            if (shared == 0 && section.Length > 0)
            {
                text.Append('\n');
            }

            for (int i = shared; i < section.Length; i++)
            {
                text.Append(' ', 2 * i).Append(section[i]).Append(":\n");
            }

            open = section;
            string line = $"{new string(' ', 2 * section.Length)}{leaf}: {Scalar(value)}";
            text.Append(comments is null ? line : $"{line,-48}  # {comments(value)}").Append('\n');
        }

        return text.ToString();
    }

    // Text is always quoted, so that it reads back as text whatever it looks like.
    private static string Scalar(RecipeValue value) => value.Key.Kind == RecipeValueKind.Text && value.Value is string text
        ? "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\""
        : value.Text;
}
