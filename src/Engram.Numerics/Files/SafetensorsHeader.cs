using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>The JSON header of a safetensors file, checked against the length of the data.</summary>
internal sealed class SafetensorsHeader
{
    internal const string MetadataName = "__metadata__";
    private const int MaximumRank = 64;

    private SafetensorsHeader(OrderedDictionary<string, string> metadata, List<Item> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    internal OrderedDictionary<string, string> Metadata { get; }

    /// <summary>In the order of their data.</summary>
    internal List<Item> Tensors { get; }

    internal static SafetensorsHeader Parse(string path, byte[] json, long dataBytes)
    {
        if (json[0] != (byte)'{' || !Utf8.IsValid(json))
        {
            throw new EngramException(
                $"Found a header in '{path}' that is not a JSON object in UTF-8, expected one; this is not a safetensors file, or it is " +
                $"damaged.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
            return Parse(path, document.RootElement, dataBytes);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: an escaped character that is no character, which the parser meets only when the string is read.
            throw new EngramException(
                $"Found a header in '{path}' that is not valid JSON: {AtomicFile.OneLine(failure.Message)} This is not a safetensors " +
                $"file, or it is damaged.", failure);
        }
    }

    private static SafetensorsHeader Parse(string path, JsonElement root, long dataBytes)
    {
        var metadata = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        var items = new List<Item>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!names.Add(property.Name))
            {
                throw new EngramException(
                    $"Found '{AtomicFile.Shown(property.Name)}' twice in the header of '{path}', expected names that differ; write the " +
                    $"file again.");
            }

            if (string.Equals(property.Name, MetadataName, StringComparison.Ordinal))
            {
                ParseMetadata(path, property.Value, metadata);
            }
            else
            {
                items.Add(ParseItem(path, property.Name, property.Value));
            }
        }

        items.Sort((a, b) => (a.Begin, a.End, a.Name).CompareTo((b.Begin, b.End, b.Name)));
        long covered = 0;
        foreach (Item item in items)
        {
            if (item.Begin != covered)
            {
                throw new EngramException(
                    $"Found tensor '{AtomicFile.Shown(item.Name)}' of '{path}' at byte {item.Begin} of the data, expected {covered}, " +
                    $"where the one before it ends; the file is damaged, write it again.");
            }

            covered = item.End;
        }

        return covered == dataBytes
            ? new SafetensorsHeader(metadata, items)
            : throw new EngramException(
                $"Found {dataBytes} bytes of data in '{path}', expected {covered}, as its header says; the file is " +
                $"{(dataBytes < covered ? "cut short" : "too long")}, copy it again.");
    }

    private static void ParseMetadata(string path, JsonElement value, OrderedDictionary<string, string> metadata)
    {
        Expect(path, MetadataName, value, JsonValueKind.Object, "an object of strings");
        foreach (JsonProperty property in value.EnumerateObject())
        {
            Expect(path, $"{MetadataName}.{AtomicFile.Shown(property.Name)}", property.Value, JsonValueKind.String, "a string");
            if (!metadata.TryAdd(property.Name, property.Value.GetString()!))
            {
                throw new EngramException(
                    $"Found metadata '{AtomicFile.Shown(property.Name)}' twice in '{path}', expected names that differ; write the file " +
                    $"again.");
            }
        }
    }

    private static Item ParseItem(string path, string fullName, JsonElement value)
    {
        string name = AtomicFile.Shown(fullName);
        Expect(path, name, value, JsonValueKind.Object, "an object of dtype, shape and data_offsets");
        JsonElement? dtype = null, shape = null, offsets = null;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            bool repeated = property.Name switch
            {
                "dtype" => Set(ref dtype, property.Value),
                "shape" => Set(ref shape, property.Value),
                "data_offsets" => Set(ref offsets, property.Value),
                _ =>
                    throw new EngramException(
                    $"Found '{AtomicFile.Shown(property.Name)}' in tensor '{name}' of '{path}', expected dtype, shape and data_offsets " +
                    $"only; write the file again."),
            };
            if (repeated)
            {
                throw new EngramException(
                    $"Found '{property.Name}' twice in tensor '{name}' of '{path}', expected it once; write the file again.");
            }
        }

        if (dtype is not { } d || shape is not { } s || offsets is not { } o)
        {
            throw new EngramException(
                $"Found no {(dtype is null ? "dtype" : shape is null ? "shape" : "data_offsets")} of tensor '{name}' in '{path}', " +
                $"expected all of dtype, shape and data_offsets; write the file again.");
        }

        Expect(path, name + ".dtype", d, JsonValueKind.String, "a string");
        string typeName = d.GetString()!;
        if (!Enum.GetNames<TensorType>().Contains(typeName, StringComparer.Ordinal))
        {
            throw new EngramException(
                $"Found type '{AtomicFile.Shown(typeName)}' of tensor '{name}' in '{path}', expected one of " +
                $"{string.Join(", ", Enum.GetNames<TensorType>())}; convert the tensor.");
        }

        TensorType type = Enum.Parse<TensorType>(typeName);
        long[] sizes = Numbers(path, name + ".shape", s, int.MaxValue);
        long[] range = Numbers(path, name + ".data_offsets", o, long.MaxValue);
        if (range.Length != 2 || range[1] < range[0])
        {
            throw new EngramException(
                $"Found data_offsets [{string.Join(", ", range)}] of tensor '{name}' in '{path}', expected [begin, end] with begin ≤ " +
                $"end; write the file again.");
        }

        UInt128 bytes = (UInt128)type.SizeInBytes();
        foreach (long size in sizes)
        {
            // Stops before the product can leave 128 bits; nothing that large is in a file.
            bytes = bytes > long.MaxValue && size > 0 ? bytes : bytes * (UInt128)size;
        }

        if (bytes != (UInt128)(range[1] - range[0]))
        {
            throw new EngramException(
                $"Found {range[1] - range[0]} bytes of tensor '{name}' in '{path}', expected " +
                $"{(bytes > long.MaxValue ? "more than a file can have" : $"{bytes}")} for {type} [{string.Join(", ", sizes)}]; write " +
                $"the file again.");
        }

        return bytes <= (UInt128)Array.MaxLength
            ? new Item(fullName, type, [.. sizes.Select(size => (int)size)], range[0], range[1])
            : throw new EngramException(
                $"Found {bytes} bytes of tensor '{name}' in '{path}', expected at most {Array.MaxLength}; split the tensor.");
    }

    private static bool Set(ref JsonElement? place, JsonElement value)
    {
        bool repeated = place is not null;
        place = value;
        return repeated;
    }

    private static long[] Numbers(string path, string what, JsonElement value, long largest)
    {
        Expect(path, what, value, JsonValueKind.Array, "an array of whole numbers");
        if (value.GetArrayLength() > MaximumRank)
        {
            throw new EngramException(
                $"Found {value.GetArrayLength()} numbers in {what} of '{path}', expected at most {MaximumRank}; write the file again.");
        }

        var result = new long[value.GetArrayLength()];
        int i = 0;
        foreach (JsonElement element in value.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out result[i]) || result[i] < 0 || result[i] > largest)
            {
                string text = element.GetRawText();
                throw new EngramException(
                    $"Found {AtomicFile.Shown(text)} in {what} of '{path}', expected a whole number from 0 to {largest}; write the file " +
                    $"again.");
            }

            i++;
        }

        return result;
    }

    private static void Expect(string path, string what, JsonElement value, JsonValueKind kind, string expected)
    {
        if (value.ValueKind != kind)
        {
            throw new EngramException($"Found {value.ValueKind} as {what} in '{path}', expected {expected}; write the file again.");
        }
    }

    internal sealed record Item(string Name, TensorType Dtype, ImmutableArray<int> Shape, long Begin, long End);
}
