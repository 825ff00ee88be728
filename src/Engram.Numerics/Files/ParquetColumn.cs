using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Engram.Numerics.Files;

/// <summary>What the values of a column are.</summary>
internal enum ParquetKind
{
    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>Whole numbers of 64 bits.</summary>
    Whole,

    /// <summary>Floating-point numbers of 64 bits.</summary>
    Number,

    /// <summary>Text in UTF-8.</summary>
    Text,
}

/// <summary>One column of a table: values of one kind, null for those that are not known.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Values">The values, row by row: <see cref="bool"/>, <see cref="long"/>, <see cref="double"/> or <see cref="string"/>, or
/// null.</param>
internal sealed record ParquetColumn(string Name, ParquetKind Kind, IReadOnlyList<object?> Values)
{
    /// <summary>A column of whatever values: of the narrowest kind that holds them all, text where nothing else does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="values">The values; those of other types than the four are text in the invariant culture.</param>
    public static ParquetColumn Of(string name, IReadOnlyList<object?> values)
    {
        object?[] plain = [.. values.Select(v => v switch
        {
            null or bool or string or double => v,
            sbyte or byte or short or ushort or int or uint or long =>
                Convert.ToInt64(v, System.Globalization.CultureInfo.InvariantCulture),
            ulong large when large <= long.MaxValue => (long)large,
            float single => (double)single,
            IFormattable other => other.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => v.ToString(),
        })];
        object[] known = [.. plain.OfType<object>()];
        ParquetKind kind = known.Length > 0 && known.All(v => v is bool) ? ParquetKind.Boolean
            : known.Length > 0 && known.All(v => v is long) ? ParquetKind.Whole
            : known.Length > 0 && known.All(v => v is long or double) ? ParquetKind.Number
            : ParquetKind.Text;
        return new ParquetColumn(name, kind, kind switch
        {
            ParquetKind.Number => [.. plain.Select(v => v is long whole ? (double)whole : v)],
            ParquetKind.Text =>
                [.. plain.Select(
                v =>
                v switch { bool flag => flag ? "true" : "false",
                double number => number.ToString("R", System.Globalization.CultureInfo.InvariantCulture), IFormattable other =>
                other.ToString(null, System.Globalization.CultureInfo.InvariantCulture), _ => v })],
            _ => plain,
        });
    }

    /// <summary>The bytes of a data page: which values are there, then those that are, in the plain encoding.</summary>
    public byte[] Page()
    {
        var page = new ArrayBufferWriter<byte>();
        byte[] levels = Levels();
        BinaryPrimitives.WriteInt32LittleEndian(page.GetSpan(4), levels.Length);
        page.Advance(4);
        page.Write(levels);
        if (Kind == ParquetKind.Boolean)
        {
            page.Write(Bits());
            return page.WrittenSpan.ToArray();
        }

        foreach (object value in Values.OfType<object>())
        {
            switch (value)
            {
                case long whole:
                    BinaryPrimitives.WriteInt64LittleEndian(page.GetSpan(8), whole);
                    page.Advance(8);
                    break;
                case double number:
                    BinaryPrimitives.WriteDoubleLittleEndian(page.GetSpan(8), number);
                    page.Advance(8);
                    break;
                default:
                    byte[] text = Encoding.UTF8.GetBytes((string)value);
                    BinaryPrimitives.WriteInt32LittleEndian(page.GetSpan(4), text.Length);
                    page.Advance(4);
                    page.Write(text);
                    break;
            }
        }

        return page.WrittenSpan.ToArray();
    }

    // Runs of values that are there (1) or not (0): each a length, twice, and the level in a byte.
    private byte[] Levels()
    {
        var levels = new ArrayBufferWriter<byte>();
        for (int from = 0; from < Values.Count;)
        {
            int to = from;
            while (to < Values.Count && Values[to] is null == Values[from] is null)
            {
                to++;
            }

            ThriftWriter.WriteVariable(levels, (ulong)(to - from) << 1);
            levels.Write([Values[from] is null ? (byte)0 : (byte)1]);
            from = to;
        }

        return levels.WrittenSpan.ToArray();
    }

    private byte[] Bits()
    {
        bool[] flags = [.. Values.OfType<bool>()];
        byte[] bits = new byte[(flags.Length + 7) / 8];
        for (int i = 0; i < flags.Length; i++)
        {
            bits[i / 8] |= flags[i] ? (byte)(1 << (i % 8)) : (byte)0;
        }

        return bits;
    }
}
