using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Arrays;

/// <summary>
/// Reads CSV files of examples, one a line below a heading, to arrays named <c>input</c>, <c>target</c>, <c>group</c> and <c>split</c>.
/// </summary>
/// <remarks>
/// Fields may stand in double quotes, not over several lines. An empty target, or <c>nan</c>, is a target that is missing.
/// </remarks>
internal static class CsvTable
{
    /// <summary>Number of the line that the first example stands on.</summary>
    public const int FirstLine = 2;

    private static readonly string[] InputPrefixes = ["x", "input"], TargetPrefixes = ["y", "target", "label"];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="spec">Which columns are what.</param>
    /// <exception cref="EngramException">It is no such file: the line and the column are named.</exception>
    public static IEnumerable<FileArray> Read(string path, FileArraysSpec spec)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(ArchiveFile.OpenRead(path), utf8);
        var fields = new List<string>();
        string heading = reader.ReadLine() ?? throw new EngramException(
            $"Found an empty file at '{path}', expected a line with the columns' names and lines of numbers below it.");
        Split(path, 1, heading, fields);
        string[] names = [.. fields.Select(f => f.Trim())];
        if (names.GroupBy(n => n, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new EngramException($"{path}:1: found two columns named '{AtomicFile.Shown(twice.Key)}', expected names that differ.");
        }

        var columns = new Columns(path, names, spec);
        var numbers = new List<double>[] { [], [], [], [] };
        var groups = new Dictionary<string, int>(StringComparer.Ordinal);
        int line = FirstLine;
        for (string? text = reader.ReadLine(); text is not null; text = reader.ReadLine(), line++)
        {
            if (text.Length == 0)
            {
                // Lines are counted, so a gap would shift the places that errors name.
                if (reader.ReadToEnd().Any(c => !char.IsWhiteSpace(c)))
                {
                    throw new EngramException($"{path}:{line}: found an empty line, expected {names.Length} fields; remove the line.");
                }

                break;
            }

            Split(path, line, text, fields);
            if (fields.Count != names.Length)
            {
                throw new EngramException(
                    $"{path}:{line}: found {fields.Count} fields, expected {names.Length}, as many as the heading names; complete the "
                    + "line.");
            }

            foreach (int column in columns.Inputs)
            {
                numbers[0].Add(Number(path, line, names[column], fields[column], mayBeMissing: false));
            }

            foreach (int column in columns.Targets)
            {
                numbers[1].Add(Number(path, line, names[column], fields[column], mayBeMissing: true));
            }

            if (columns.Group is { } group)
            {
                string key = fields[group].Trim();
                numbers[2].Add(groups.TryGetValue(key, out int known) ? known : groups[key] = groups.Count);
            }

            if (columns.Split is { } split)
            {
                numbers[3].Add(fields[split].Trim() switch
                {
                    "train" or "0" => (double)Splits.Split.MetaTrain,
                    "validation" or "1" => (double)Splits.Split.MetaValidation,
                    "test" or "2" => (double)Splits.Split.MetaTest,
                    var other => throw new EngramException(
                        $"{path}:{line}: found '{AtomicFile.Shown(other)}' in column '{names[split]}', expected train, validation or "
                        + "test."),
                });
            }
        }

        if (line == FirstLine)
        {
            throw new EngramException($"{path}: found a heading and no lines below it, expected one line for each example.");
        }

        yield return FileArray.Of(path, "input", [.. numbers[0]], Names(columns.Inputs));
        yield return FileArray.Of(path, "target", [.. numbers[1]], Names(columns.Targets));
        if (columns.Group is { } g)
        {
            yield return FileArray.Of(path, "group", [.. numbers[2]], [names[g]], flat: true);
        }

        if (columns.Split is { } s)
        {
            yield return FileArray.Of(path, "split", [.. numbers[3]], [names[s]], flat: true);
        }

        ImmutableArray<string> Names(ImmutableArray<int> which) => [.. which.Select(c => names[c])];
    }

    private static double Number(string path, int line, string column, string field, bool mayBeMissing)
    {
        if (mayBeMissing && string.IsNullOrWhiteSpace(field))
        {
            return double.NaN;
        }

        return double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && !(number == 0 && NumberText.SaysMoreThanZero(field))
            ? number
            : throw new EngramException(
                $"{path}:{line}: found '{AtomicFile.Shown(field)}' in column '{AtomicFile.Shown(column)}', expected a "
                + $"number{(mayBeMissing ? ", or nothing where there is no target" : string.Empty)}.");
    }

    private static void Split(string path, int line, string text, List<string> fields)
    {
        fields.Clear();
        for (int at = 0; ;)
        {
            if (at < text.Length && text[at] == '"')
            {
                var field = new StringBuilder();
                for (at++; ; at++)
                {
                    if (at >= text.Length)
                    {
                        throw new EngramException(
                            $"{path}:{line}: found a field that begins with a quote and does not end on its line, expected the "
                            + "closing quote.");
                    }

                    if (text[at] != '"')
                    {
                        field.Append(text[at]);
                    }
                    else if (at + 1 < text.Length && text[at + 1] == '"')
                    {
                        field.Append(text[at++]);
                    }
                    else
                    {
                        break;
                    }
                }

                at++;
                if (at < text.Length && text[at] != ',')
                {
                    throw new EngramException(
                        $"{path}:{line}: found '{text[at]}' after a closing quote, expected a comma or the line's end.");
                }

                fields.Add(field.ToString());
            }
            else
            {
                int end = text.IndexOf(',', at);
                end = end < 0 ? text.Length : end;
                fields.Add(text[at..end]);
                at = end;
            }

            if (at >= text.Length)
            {
                return;
            }

            at++;
        }
    }

    /// <summary>Which columns are what.</summary>
    private sealed class Columns
    {
        public Columns(string path, string[] names, FileArraysSpec spec)
        {
            Inputs = Chosen(path, names, spec.InputColumns, InputPrefixes, "input", "task.input-columns");
            Targets = Chosen(path, names, spec.TargetColumns, TargetPrefixes, "target", "task.target-columns");
            Group = spec.GroupColumn is { } given ? Find(path, names, given, "task.group-column") : IndexOf(names, "group");
            Split = IndexOf(names, "split");
            foreach (int column in Targets)
            {
                if (Inputs.Contains(column) || column == Group || column == Split)
                {
                    throw new EngramException(
                        $"{path}:1: found column '{AtomicFile.Shown(names[column])}' as a target and as something else, expected each "
                        + "column to be one thing; correct task.target-columns.");
                }
            }
        }

        public ImmutableArray<int> Inputs { get; }

        public ImmutableArray<int> Targets { get; }

        public int? Group { get; }

        public int? Split { get; }

        private static ImmutableArray<int> Chosen(string path, string[] names, string? given, string[] prefixes, string what, string key)
        {
            if (given is not null)
            {
                return [.. given.Split(',', StringSplitOptions.TrimEntries).Select(name => Find(path, names, name, key))];
            }

            ImmutableArray<int> found = [.. names.Index().Where(n => prefixes.Any(p => IsNumbered(n.Item, p))).Select(n => n.Index)];
            return found.IsEmpty
                ? throw new EngramException(
                    $"{path}:1: found no {what} column among '{AtomicFile.Shown(string.Join(",", names))}', expected names such as "
                    + $"{prefixes[0]}0, {prefixes[0]}1 or {prefixes[1]}, with commas between; rename columns, or name them in {key}.")
                : found;
        }

        /// <summary>
        /// The prefix alone, or with a number, which a sign may part from it: <c>x</c>, <c>x0</c>, <c>x_0</c>, <c>input.12</c>.
        /// </summary>
        private static bool IsNumbered(string name, string prefix) =>
            name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            && name.AsSpan(prefix.Length).TrimStart("_.- ").IndexOfAnyExceptInRange('0', '9') < 0;

        private static int Find(string path, string[] names, string name, string key) => IndexOf(names, name)
            ?? throw new EngramException(
                $"{path}:1: found no column '{AtomicFile.Shown(name)}', which {key} names; {NearestName.Hint(name, names)}");

        private static int? IndexOf(string[] names, string name) => Array.IndexOf(names, name) is var i and >= 0 ? i : null;
    }
}
