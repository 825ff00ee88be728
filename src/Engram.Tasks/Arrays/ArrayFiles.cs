using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Arrays;

/// <summary>Reads the arrays of a CSV or safetensors file, an archive of <c>numpy.savez</c>, or a folder of <c>.npy</c> files.</summary>
internal static class ArrayFiles
{
    private const string Extension = ".npy";

    /// <summary>
    /// Memory that a file takes for each of its bytes, at most: as it stands, converted, and what is found out of it. In a CSV file two
    /// bytes can be a number.
    /// </summary>
    private const double MemoryPerByte = 4, MemoryPerByteOfText = 12;

    /// <summary>What changes when a file, or a file of a folder, does.</summary>
    /// <exception cref="EngramException">There is nothing, or it may not be looked at.</exception>
    public static string StampOf(string path) => ArchiveFile.Guard(path, () =>
    {
        if (!Directory.Exists(path))
        {
            return $"{ArchiveFile.Look(path) ?? throw new FileNotFoundException(null, path)}";
        }

        IEnumerable<string> arrays = Directory.EnumerateFiles(path, "*" + Extension).Order(StringComparer.Ordinal);
        return string.Join('|', arrays.Select(f => $"{Path.GetFileName(f)} {ArchiveFile.Look(f)}"));
    });

    /// <summary>Reads the arrays, by name.</summary>
    /// <exception cref="EngramException">They cannot be read, or do not fit into memory.</exception>
    public static Dictionary<string, FileArray> Read(FileArraysSpec spec)
    {
        string path = spec.Data!;
        FileKinds.ExpectRegular(path);
        string extension = Directory.Exists(path) ? string.Empty : Path.GetExtension(path).ToLowerInvariant();
        if (extension is not ".csv" && (spec.InputColumns ?? spec.TargetColumns ?? spec.GroupColumn) is not null)
        {
            throw new SettingException(
                $"Found names of columns for '{path}', expected them for .csv files only; remove the keys.",
                spec.InputColumns is not null ? nameof(spec.InputColumns)
                    : spec.TargetColumns is not null ? nameof(spec.TargetColumns)
                    : nameof(spec.GroupColumn));
        }

        try
        {
            return ArchiveFile.Guard(path, () => extension switch
            {
                ".csv" => Named(path, Expected(path, MemoryPerByteOfText, () => OfTable(path, spec))),
                ".safetensors" => Named(path, Expected(path, MemoryPerByte, () => OfTensors(path))),
                "" or ".npz" or ".zip" => Named(path, OfTree(path)),
                _ => throw new EngramException(
                    $"Found '{path}', expected a .csv, .safetensors or .npz file, or a folder of .npy files with names such as "
                    + "stream.input.npy."),
            });
        }
        catch (OutOfMemoryException failure)
        {
            throw new EngramException(
                $"Could not read '{path}': it needs more memory than there is. Use fewer or smaller arrays.", failure);
        }
    }

    private static FileArray[] OfTable(string path, FileArraysSpec spec)
    {
        try
        {
            return [.. CsvTable.Read(path, spec)];
        }
        catch (DecoderFallbackException failure)
        {
            throw new EngramException($"Found bytes in '{path}' that are not text in UTF-8, expected a CSV file; convert it.", failure);
        }
    }

    private static IEnumerable<FileArray> OfTensors(string path) =>
        SafetensorsFile.Read(path).Tensors.Values.Select(t => FileArray.Of(path, t));

    private static IEnumerable<FileArray> OfTree(string path)
    {
        using FileTree tree = FileTree.Open(path, Array.MaxLength);
        double bytes = 0;
        foreach (FileTreeEntry entry in tree.Entries)
        {
            if (!entry.Name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) || entry.Name.Contains('/', StringComparison.Ordinal))
            {
                continue;
            }

            byte[] content = entry.Read();
            Fits(path, bytes += content.Length * MemoryPerByte);
            yield return FileArray.Of(path, NpyFile.Parse(entry.FullName, entry.Name[..^Extension.Length], content));
        }
    }

    private static IEnumerable<FileArray> Expected(string path, double memoryPerByte, Func<IEnumerable<FileArray>> read)
    {
        Fits(path, (ArchiveFile.Look(path)?.Length ?? 0) * memoryPerByte);
        return read();
    }

    private static void Fits(string path, double bytes) =>
        MemoryLimit.Expect(bytes, $"the arrays of '{path}'", "use fewer or smaller arrays.", nameof(FileArraysSpec.Data));

    private static Dictionary<string, FileArray> Named(string path, IEnumerable<FileArray> arrays)
    {
        var named = new Dictionary<string, FileArray>(StringComparer.Ordinal);
        foreach (FileArray array in arrays)
        {
            if (!named.TryAdd(array.Name, array))
            {
                throw new EngramException($"Found array '{AtomicFile.Shown(array.Name)}' twice in '{path}', expected names that differ.");
            }
        }

        return named;
    }
}
