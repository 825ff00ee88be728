using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>Reads files of one array as <c>numpy.save</c> writes them. Runs no code: pickled objects are refused.</summary>
/// <remarks>
/// Layout: <c>\x93NUMPY</c>, a version of two bytes, the header's length, little-endian (2 bytes in version 1, 4 in versions 2 and 3), the
/// header, which is a dictionary as Python writes one, <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 4), }</c>, then the
/// elements. Whatever a damaged or hostile file holds, the outcome is an array or an <see cref="EngramException"/>, and memory stays within
/// a small multiple of the file's length.
/// Source: numpy.lib.format. Deviation: little-endian numbers and booleans only; columns first is turned into rows first.
/// </remarks>
public static class NpyFile
{
    private const int MaximumRank = 64, MaximumHeaderBytes = 1 << 16;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What errors and <see cref="TensorEntry.Name"/> call the array; null for the file's name.</param>
    /// <exception cref="EngramException">
    /// The file is not there, cannot be read, is a pipe, socket or device, or is not a sound array of numbers.
    /// </exception>
    public static TensorEntry Read(string path, string? name = null)
    {
        byte[] bytes;
        try
        {
            long length = new FileInfo(path).Length;
            bytes = length < Array.MaxLength
                ? RegularFile.ReadBytes(path, Array.MaxLength - 1)
                : throw new EngramException($"Found {length} bytes in '{path}', expected less than {Array.MaxLength}; split the array.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException
            or OutOfMemoryException)
        {
            throw failure is FileNotFoundException or DirectoryNotFoundException
                ? new EngramException($"Found no file '{path}', expected an array in NumPy's format (.npy); check the path.", failure)
                : new EngramException($"Could not read '{path}': {AtomicFile.OneLine(failure.Message)}", failure);
        }

        return Parse(path, name ?? Path.GetFileNameWithoutExtension(path), bytes);
    }

    /// <summary>Reads what a file holds.</summary>
    /// <param name="path">What errors call the file.</param>
    /// <param name="name">What errors and <see cref="TensorEntry.Name"/> call the array.</param>
    /// <param name="bytes">The whole file, which the array goes on using.</param>
    /// <exception cref="EngramException">It is not a sound array of numbers.</exception>
    public static TensorEntry Parse(string path, string name, byte[] bytes)
    {
        if (bytes.Length < 8 || bytes[0] != 0x93 || !bytes.AsSpan(1).StartsWith("NUMPY"u8))
        {
            string there = bytes.Length == 0 ? "an empty file"
                : $"a file that starts with {Convert.ToHexString(bytes.AsSpan(0, Math.Min(6, bytes.Length)))}";
            throw new EngramException($"Found {there} at '{path}', expected an array in NumPy's format (.npy); write it with numpy.save.");
        }

        int version = bytes[6], prefix = version == 1 ? 10 : 12;
        if (version is < 1 or > 3 || bytes[7] != 0 || bytes.Length < prefix)
        {
            throw new EngramException(
                $"Found version {version}.{bytes[7]} of NumPy's format and {bytes.Length} bytes in '{path}', expected version 1.0, "
                + "2.0 or 3.0 and a header; write it again with numpy.save.");
        }

        uint headerBytes = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8))
            : BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(8));
        if (headerBytes > MaximumHeaderBytes || headerBytes > bytes.Length - prefix)
        {
            throw new EngramException(
                $"Found a header of {headerBytes} bytes announced in '{path}', a file of {bytes.Length}, expected at most "
                + $"{MaximumHeaderBytes} bytes, all of them there; the file is cut short or damaged, write it again.");
        }

        Header header = new HeaderReader(path, Encoding.Latin1.GetString(bytes, prefix, (int)headerBytes)).Read();
        TensorType type = TypeOf(path, header.Description);
        long count = 1;
        foreach (int size in header.Shape)
        {
            // Stops before the product can leave 64 bits: no file has that many.
            count = count > int.MaxValue && size > 0 ? count : count * size;
        }

        int start = prefix + (int)headerBytes;
        long found = bytes.Length - start, expected = count > int.MaxValue ? long.MaxValue : count * type.SizeInBytes();
        if (found != expected)
        {
            string wanted = expected == long.MaxValue ? "more than a file here can have" : $"{expected}";
            throw new EngramException(
                $"Found {found} bytes of data in '{path}', expected {wanted} for {header.Description} "
                + $"[{string.Join(", ", header.Shape)}]; the file is {(found < expected ? "cut short" : "too long")}, write it again.");
        }

        ReadOnlyMemory<byte> data = bytes.AsMemory(start);
        bool reorder = header.ColumnsFirst && header.Shape.Length > 1;
        return new TensorEntry(path, name, type, header.Shape, reorder ? RowsFirst(data.Span, header.Shape, type.SizeInBytes()) : data);
    }

    private static TensorType TypeOf(string path, string description) => description switch
    {
        "|b1" => TensorType.BOOL,
        "|u1" => TensorType.U8,
        "|i1" => TensorType.I8,
        "<u2" => TensorType.U16,
        "<i2" => TensorType.I16,
        "<u4" => TensorType.U32,
        "<i4" => TensorType.I32,
        "<u8" => TensorType.U64,
        "<i8" => TensorType.I64,
        "<f2" => TensorType.F16,
        "<f4" => TensorType.F32,
        "<f8" => TensorType.F64,
        _ => throw new EngramException(
            $"Found elements of type '{AtomicFile.Shown(description)}' in '{path}', expected little-endian numbers or "
            + $"booleans{(description is "|O" or "O" ? " and no pickled objects" : string.Empty)}; convert the array, such as with "
            + ".astype('<f4')."),
    };

    /// <summary>The elements of an array with its first index running fastest, put in order with its last index running fastest.</summary>
    private static byte[] RowsFirst(ReadOnlySpan<byte> from, ImmutableArray<int> shape, int size)
    {
        byte[] to = new byte[from.Length];
        var strides = new long[shape.Length];
        long stride = size;
        for (int i = 0; i < shape.Length; i++)
        {
            strides[i] = stride;
            stride *= shape[i];
        }

        var index = new int[shape.Length];
        long source = 0;
        for (int target = 0; target < to.Length; target += size)
        {
            from.Slice((int)source, size).CopyTo(to.AsSpan(target));
            for (int i = shape.Length - 1; i >= 0; i--)
            {
                source += strides[i];
                if (++index[i] < shape[i])
                {
                    break;
                }

                source -= strides[i] * shape[i];
                index[i] = 0;
            }
        }

        return to;
    }

    private sealed record Header(string Description, bool ColumnsFirst, ImmutableArray<int> Shape);

    /// <summary>Reads the header's dictionary: texts, truth values and a tuple of whole numbers, and nothing else of Python.</summary>
    private sealed class HeaderReader(string path, string text)
    {
        private int at;

        public Header Read()
        {
            string? description = null;
            bool? columnsFirst = null;
            ImmutableArray<int>? shape = null;
            Expect('{');
            while (!Takes('}'))
            {
                string key = Text();
                Expect(':');
                switch (key)
                {
                    case "descr" when description is null:
                        description = Peek() != '[' ? Text()
                            : throw Wrong("fields of several types", "one type for all elements; save each field as an array of its own");
                        break;
                    case "fortran_order" when columnsFirst is null:
                        columnsFirst = Flag();
                        break;
                    case "shape" when shape is null:
                        shape = Sizes();
                        break;
                    default:
                        throw Wrong($"'{AtomicFile.Shown(key)}'", "'descr', 'fortran_order' and 'shape', each once");
                }

                if (!Takes(','))
                {
                    Expect('}');
                    break;
                }
            }

            if (Peek() != '\0')
            {
                throw Wrong("something after the dictionary", "nothing");
            }

            string? missing = description is null ? "descr" : columnsFirst is null ? "fortran_order" : shape is null ? "shape" : null;
            return missing is null
                ? new Header(description!, columnsFirst!.Value, shape!.Value)
                : throw Wrong($"no '{missing}'", "'descr', 'fortran_order' and 'shape'");
        }

        private ImmutableArray<int> Sizes()
        {
            ImmutableArray<int>.Builder sizes = ImmutableArray.CreateBuilder<int>();
            Expect('(');
            while (!Takes(')'))
            {
                _ = Peek();
                int start = at;
                while (at < text.Length && char.IsAsciiDigit(text[at]))
                {
                    at++;
                }

                bool isNumber = int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int size);
                if (!isNumber || sizes.Count == MaximumRank)
                {
                    throw Wrong("a shape that is not a tuple of sizes", $"at most {MaximumRank} whole numbers up to {int.MaxValue}");
                }

                sizes.Add(size);
                if (!Takes(','))
                {
                    Expect(')');
                    break;
                }
            }

            return sizes.DrainToImmutable();
        }

        private bool Flag()
        {
            _ = Peek();
            foreach (bool value in (ReadOnlySpan<bool>)[true, false])
            {
                string word = value ? "True" : "False";
                if (text.AsSpan(at).StartsWith(word, StringComparison.Ordinal))
                {
                    at += word.Length;
                    return value;
                }
            }

            throw Wrong("a 'fortran_order' that is neither", "True or False");
        }

        private string Text()
        {
            char quote = Peek();
            int end = quote is '\'' or '"' ? text.IndexOf(quote, at + 1) : -1;
            if (end < 0)
            {
                throw Wrong("no text in quotes where one belongs", "a dictionary as Python writes one");
            }

            string found = text[(at + 1)..end];
            at = end + 1;
            return found;
        }

        private void Expect(char wanted)
        {
            if (!Takes(wanted))
            {
                throw Wrong($"no '{wanted}' where one belongs", "a dictionary as Python writes one");
            }
        }

        private bool Takes(char wanted)
        {
            bool found = Peek() == wanted;
            at += found ? 1 : 0;
            return found;
        }

        /// <summary>The next character that is no blank; <c>\0</c> at the end.</summary>
        private char Peek()
        {
            while (at < text.Length && text[at] is (' ' or '\n' or '\t' or '\r'))
            {
                at++;
            }

            return at < text.Length ? text[at] : '\0';
        }

        private EngramException Wrong(string found, string expected) =>
            new($"Found {found} at character {at} of the header of '{path}', expected {expected}; write the file again with numpy.save.");
    }
}
