using System.Globalization;
using System.Text;
using Engram.Numerics.Files;
using Microsoft.Win32.SafeHandles;

namespace Engram.Studio.Runs;

/// <summary>What a list says of a run's recipe, read off the lines of the file that a run keeps, where every value is written
/// out.</summary>
/// <remarks>Binding a whole recipe takes milliseconds, and a list has hundreds. What says more of a run binds it.</remarks>
/// <param name="Name">The recipe's name.</param>
/// <param name="Task">The task family.</param>
/// <param name="Learner">The learner.</param>
/// <param name="Seed">The seed.</param>
/// <param name="OuterSteps">Outer steps in all; null where it does not say.</param>
internal sealed record RecipeSketch(string Name, string Task, string Learner, string Seed, long? OuterSteps)
{
    private const int MostBytes = 1 << 20;

    /// <summary>Reads a run's recipe.</summary>
    /// <exception cref="Engram.Numerics.Text.EngramException">It is a pipe, a socket or a device.</exception>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static RecipeSketch Read(string path)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        string section = string.Empty;
        foreach (string line in Text(path).Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line[0] == '#')
            {
                continue;
            }

            bool below = line.StartsWith("  ", StringComparison.Ordinal);
            if (below && line.Length > 2 && line[2] == ' ')
            {
                // Deeper than what is asked for.
                continue;
            }

            string key = line[..colon].Trim(), value = Plain(line[(colon + 1)..].Trim());
            section = below ? section : key;
            found.TryAdd(below ? $"{section}.{key}" : key, value);
        }

        string Of(string key) => found.GetValueOrDefault(key, string.Empty);
        return new RecipeSketch(
            Of("name"), Of("task.family"), Of("learner.name"), Of("meta-training.seed"),
            long.TryParse(Of("meta-training.outer-steps"), NumberStyles.None, CultureInfo.InvariantCulture, out long steps) ? steps : null);
    }

    // Without a buffer of its own: hundreds of small files are read one after the other.
    private static string Text(string path)
    {
        using FileStream stream = RegularFile.Open(path);
        SafeFileHandle file = stream.SafeFileHandle;
        byte[] bytes = new byte[Math.Min(RandomAccess.GetLength(file), MostBytes)];
        return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
    }

    private static string Plain(string value)
    {
        if (value is ['"', .., '"'])
        {
            return value[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        }

        return value is ['\'', .., '\''] ? value[1..^1].Replace("''", "'", StringComparison.Ordinal) : value;
    }
}
