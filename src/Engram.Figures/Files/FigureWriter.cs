using Engram.Figures.Rendering;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Figures.Files;

/// <summary>The two files of a figure.</summary>
/// <param name="Svg">Path of the picture.</param>
/// <param name="Csv">Path of its numbers.</param>
public sealed record FigureFiles(string Svg, string Csv);

/// <summary>Writes figures to files.</summary>
public static class FigureWriter
{
    /// <summary>
    /// Writes <paramref name="name"/>.svg and <paramref name="name"/>.csv into a folder, which is made if need be. Each file appears whole
    /// or not at all.
    /// </summary>
    /// <exception cref="EngramException">A name that is no plain file name, a figure that does not hold together, or a folder that can't be
    /// written.</exception>
    public static FigureFiles Write(string folder, string name, Figure figure)
    {
        if (name.Length == 0 || name.StartsWith('.') || name.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
        {
            throw new EngramException(
                $"Found '{name}' as the name of a figure, expected letters, digits, '-', '_' and '.'; the folder is given apart.");
        }

        string svg = FigureSvg.Render(figure);
        var files = new FigureFiles(Path.Combine(folder, name + ".svg"), Path.Combine(folder, name + ".csv"));
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException(
                $"Could not make the folder '{folder}' for figure '{name}': {e.Message.TrimEnd('.')}. Name a folder that can be written.",
                e);
        }

        AtomicFile.WriteText(files.Csv, FigureCsv.Render(figure));
        AtomicFile.WriteText(files.Svg, svg);
        return files;
    }
}
