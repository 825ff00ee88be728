using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>A copy of all tensors that a training goes on from, with the settings that they belong to: what the states of all trainers are
/// made of.</summary>
internal sealed class Snapshot
{
    /// <summary>Version of checkpoints that are written.</summary>
    public const string Version = "2";

    /// <summary>The one before, whose settings were records as they print themselves; it is read too.</summary>
    private const string FormerVersion = "1";

    private readonly string origin;
    private readonly OrderedDictionary<string, (int[] Shape, ReadOnlyMemory<byte> Bytes)> tensors;

    private Snapshot(
        string origin, OrderedDictionary<string, string> settings, OrderedDictionary<string,
        (int[] Shape, ReadOnlyMemory<byte> Bytes)> tensors) =>
        (this.origin, Settings, this.tensors) = (origin, settings, tensors);

    /// <summary>A tensor of a training: its name in files, its shape there, and where its values stand.</summary>
    public readonly record struct Place(string Name, ImmutableArray<int> Shape, Tensor<float> Values);

    /// <summary>The texts of the settings' <see cref="SettingsContent"/>, by name, in order.</summary>
    public OrderedDictionary<string, string> Settings { get; }

    /// <summary>Copies what stands in the places.</summary>
    public static Snapshot Of(OrderedDictionary<string, SettingsContent> settings, IEnumerable<Place> places)
    {
        var copies = new OrderedDictionary<string, (int[] Shape, ReadOnlyMemory<byte> Bytes)>(StringComparer.Ordinal);
        foreach ((string name, ImmutableArray<int> shape, Tensor<float> values) in places)
        {
            copies.Add(name, (shape.ToArray(), Bytes(values)));
        }

        return new Snapshot(
            "the captured state", new(settings.Select(s => KeyValuePair.Create(s.Key, s.Value.Text)), StringComparer.Ordinal), copies);
    }

    /// <summary>Takes a file's tensors.</summary>
    public static Snapshot Of(OrderedDictionary<string, string> settings, SafetensorsFile file)
    {
        var copies = new OrderedDictionary<string, (int[] Shape, ReadOnlyMemory<byte> Bytes)>(StringComparer.Ordinal);
        foreach ((string name, TensorEntry entry) in file.Tensors)
        {
            copies.Add(name,
                (entry.Shape.ToArray(), entry.Dtype == TensorType.F32 ? entry.Bytes
                : MemoryMarshal.AsBytes(entry.ToArray<float>().AsSpan()).ToArray()));
        }

        return new Snapshot(file.Path, settings, copies);
    }

    /// <summary>Reads a checkpoint file and verifies checksum and version.</summary>
    /// <exception cref="EngramException">The file is not there, damaged, or of another version.</exception>
    public static SafetensorsFile ReadFile(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path, verifyChecksum: true);
        return file.MetadataOf("checkpoint_version") is Version or FormerVersion
            ? file
            : throw new EngramException(
                $"Found checkpoint version {file.MetadataOf("checkpoint_version")} in '{path}', expected {FormerVersion} or {Version}; " +
                $"use the version of the program that wrote it.");
    }

    /// <summary>Adds all tensors to a file that is being put together, which shares their bytes: a snapshot never changes.</summary>
    public void AddTensorsTo(SafetensorsWriter writer)
    {
        foreach ((string name, (int[] shape, ReadOnlyMemory<byte> bytes)) in tensors)
        {
            writer.AddShared(name, TensorType.F32, shape, bytes);
        }
    }

    /// <summary>Overwrites what stands in the places.</summary>
    /// <exception cref="EngramException">Settings, seed, names or shapes differ; nothing has changed then.</exception>
    public void CopyTo(OrderedDictionary<string, SettingsContent> settings, ulong foundSeed, ulong seed, IEnumerable<Place> places)
    {
        foreach ((string name, SettingsContent expected) in settings)
        {
            if (expected.DifferenceFrom(Settings[name]) is var (found, wanted))
            {
                throw new EngramException(
                    $"Found other {name.Replace('_', '-')} settings in '{origin}' ({found}) than the recipe's ({wanted}), expected the " +
                    $"same; resume with the settings it was made with, or start a new run.");
            }
        }

        if (foundSeed != seed)
        {
            throw new EngramException(
                $"Found seed {foundSeed} in '{origin}', expected {seed}; resume with the seed it was made with, or start a new run.");
        }

        Place[] all = [.. places];
        foreach ((string name, ImmutableArray<int> shape, _) in all)
        {
            if (!tensors.TryGetValue(name, out var found))
            {
                throw new EngramException(
                    $"Found no tensor '{name}' in '{origin}', expected one of shape [{string.Join(", ", shape)}]; resume from a " +
                    $"checkpoint of this run.");
            }

            if (!found.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
            {
                throw new EngramException(
                    $"Found shape [{string.Join(", ", found.Shape)}] of '{name}' in '{origin}', expected [{string.Join(", ", shape)}]; " +
                    $"resume from a checkpoint of this run.");
            }
        }

        if (tensors.Count != all.Length)
        {
            string extra = tensors.Keys.Except(all.Select(p => p.Name), StringComparer.Ordinal).First();
            throw new EngramException(
                $"Found tensor '{extra}' in '{origin}', expected none of that name; resume from a checkpoint of this run.");
        }

        foreach ((string name, _, Tensor<float> place) in all)
        {
            place.CopyFrom(MemoryMarshal.Cast<byte, float>(tensors[name].Bytes.Span));
        }
    }

    private static byte[] Bytes(Tensor<float> tensor)
    {
        var bytes = new byte[checked(tensor.Count * sizeof(float))];
        Span<float> values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (int r = 0; r < tensor.Rows; r++)
        {
            tensor.Row(r).CopyTo(values[(r * tensor.Columns)..]);
        }

        return bytes;
    }
}
