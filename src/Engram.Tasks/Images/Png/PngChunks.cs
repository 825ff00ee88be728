using System.Buffers.Binary;
using System.Text;

namespace Engram.Tasks;

/// <summary>Walks over the chunks of a PNG, in order, and checks the CRC of each.</summary>
internal ref struct PngChunks
{
    /// <summary>Names of the chunks that a decoder must know, as big-endian numbers.</summary>
    public const uint Ihdr = 0x49484452, Plte = 0x504C5445, Idat = 0x49444154, Iend = 0x49454E44;

    private readonly string name;
    private ReadOnlySpan<byte> rest;

    /// <summary>Starts after the file's signature.</summary>
    public PngChunks(ReadOnlySpan<byte> file, string name)
    {
        this.name = name;
        rest = file[PngDecoder.Signature.Length..];
    }

    /// <summary>Type of the chunk that <see cref="Next"/> came to.</summary>
    public uint Type { get; private set; }

    /// <summary>Data of the chunk that <see cref="Next"/> came to.</summary>
    public ReadOnlySpan<byte> Data { get; private set; }

    /// <summary>Whether decoders that do not know the chunk may pass over it: a small first letter.</summary>
    public readonly bool IsAncillary => (Type & 0x20000000) != 0;

    /// <summary>The type's four letters.</summary>
    public readonly string TypeName
    {
        get
        {
            Span<byte> letters = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(letters, Type);
            return Encoding.Latin1.GetString(letters);
        }
    }

    /// <summary>Goes to the next chunk.</summary>
    /// <exception cref="Engram.Numerics.EngramException">The file ends, or the chunk's CRC is wrong.</exception>
    public void Next()
    {
        // Length, type, data, CRC of type and data.
        if (rest.Length < 12)
        {
            throw ImageDecoder.Damaged(name, rest.IsEmpty ? "the end of the file" : "a file that ends inside a chunk", "another chunk, and IEND as the last");
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
        Type = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        if (length > rest.Length - 12)
        {
            throw ImageDecoder.Damaged(name, $"a file that ends inside its {Shown(TypeName)} chunk", $"{length} bytes of data and a CRC");
        }

        Data = rest.Slice(8, (int)length);
        uint announced = BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]);
        uint computed = Crc32.Of(rest.Slice(4, 4 + (int)length));
        if (announced != computed)
        {
            throw ImageDecoder.Damaged(name, $"CRC {announced:X8} of the {Shown(TypeName)} chunk", $"{computed:X8}");
        }

        rest = rest[(12 + (int)length)..];
    }

    /// <summary>A chunk's type as a message may hold it.</summary>
    internal static string Shown(string type) => type.All(char.IsAsciiLetter) ? type : "next";
}
