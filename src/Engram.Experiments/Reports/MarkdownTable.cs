using System.Collections.Immutable;
using System.Text;

namespace Engram.Experiments.Reports;

/// <summary>Tables in Markdown.</summary>
internal static class MarkdownTable
{
    /// <summary>Appends a table and an empty line.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="headings">Headings; those that begin with '>' have their column on the right.</param>
    /// <param name="rows">Cells of each row.</param>
    public static void Append(StringBuilder text, ImmutableArray<string> headings, IEnumerable<ImmutableArray<string>> rows)
    {
        text.Append("| ").AppendJoin(" | ", headings.Select(h => h.TrimStart('>'))).Append(" |\n|");
        text.Append(string.Concat(headings.Select(h => h.StartsWith('>') ? "---:|" : "---|"))).Append('\n');
        foreach (ImmutableArray<string> row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(c => c.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }

        text.Append('\n');
    }
}
