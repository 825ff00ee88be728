using System.IO.Compression;
using System.Text;
using Engram.Numerics.Files;

namespace Engram.Tasks.Tests.Arrays;

/// <summary>Arrays for tests, and the files that they are written to.</summary>
internal sealed class ArrayFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("engram-test-").FullName;

    private int made;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>A path of no file yet.</summary>
    public string New(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(folder, $"{made++}")).FullName, name);

    /// <summary>A file of text.</summary>
    public string Text(string name, string text)
    {
        string path = New(name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A safetensors file of single-precision numbers.</summary>
    public string Safetensors(params Named[] arrays)
    {
        var writer = new SafetensorsWriter();
        foreach (Named array in arrays)
        {
            writer.Add<float>(array.Name, array.Shape, array.Numbers);
        }

        string path = New("data.safetensors");
        writer.Write(path);
        return path;
    }

    /// <summary>A folder of .npy files.</summary>
    public string Npy(params Named[] arrays)
    {
        string path = New("arrays");
        Directory.CreateDirectory(path);
        foreach (Named array in arrays)
        {
            File.WriteAllBytes(Path.Combine(path, array.Name + ".npy"), NpyBytes(array));
        }

        return path;
    }

    /// <summary>A file as numpy.savez writes it.</summary>
    public string Npz(params Named[] arrays)
    {
        string path = New("data.npz");
        using ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach (Named array in arrays)
        {
            using Stream entry = archive.CreateEntry(array.Name + ".npy", CompressionLevel.NoCompression).Open();
            entry.Write(NpyBytes(array));
        }

        return path;
    }

    private static byte[] NpyBytes(Named array)
    {
        string shape = string.Join(", ", array.Shape) + (array.Shape.Length == 1 ? "," : string.Empty);
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}";
        string padded = header + new string(' ', 63 - ((10 + header.Length) % 64)) + "\n";
        byte[] start = [0x93, .. "NUMPY"u8, 1, 0, (byte)padded.Length, (byte)(padded.Length >> 8)];
        return [.. start, .. Encoding.Latin1.GetBytes(padded), .. array.Numbers.SelectMany(BitConverter.GetBytes)];
    }

    /// <summary>An array by its name.</summary>
    internal sealed record Named(string Name, int[] Shape, float[] Numbers)
    {
        /// <summary>An array whose numbers are made from their places.</summary>
        public static Named Of(string name, int[] shape, Func<int, float> number) =>
            new(name, shape, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(number)]);
    }
}
