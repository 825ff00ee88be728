using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Reading;

/// <summary>One line of a split file.</summary>
/// <param name="Number">Its number among the images, from 0.</param>
/// <param name="File">Name of the image's file.</param>
/// <param name="Label">Its class.</param>
internal readonly record struct SplitRow(int Number, string File, string Label);

/// <summary>Reads split files: CSV with the heading <c>filename,label</c>.</summary>
internal static class SplitFile
{
    /// <summary>Longest file that is read.</summary>
    public const int MostBytes = 64 << 20;

    private const string Heading = "filename,label";

    /// <summary>Its lines.</summary>
    /// <exception cref="EngramException">It cannot be read, or a line is not a file's name and a label.</exception>
    public static List<SplitRow> Read(string path)
    {
        IReadOnlyList<string> lines = ArchiveFile.Guard(path, () => RegularFile.ReadLines(path, MostBytes));
        if (lines.Count < 2 || lines[0].Trim() != Heading)
        {
            throw new EngramException(
                $"{path}:1: found '{AtomicFile.Shown(lines.FirstOrDefault(string.Empty))}', expected the heading '{Heading}' and lines " +
                $"below it; get the file again.");
        }

        var rows = new List<SplitRow>();
        foreach ((int i, string line) in lines.Index().Skip(1))
        {
            string[] fields = line.Split(',');
            if (line.Trim().Length == 0 && i == lines.Count - 1)
            {
                break;
            }

            if (fields.Length != 2 || fields.Any(f => f.Trim().Length == 0 || f.Contains('/', StringComparison.Ordinal)))
            {
                throw new EngramException(
                    $"{path}:{i + 1}: found '{AtomicFile.Shown(line)}', expected the name of an image's file, a comma and its class; " +
                    $"get the file again.");
            }

            rows.Add(new SplitRow(rows.Count, fields[0].Trim(), fields[1].Trim()));
        }

        return rows;
    }
}
