using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Tasks.Arrays;

/// <summary>An array of numbers from a file: singles where they hold the file's numbers exactly, else doubles.</summary>
internal sealed class FileArray
{
    private readonly float[]? singles;
    private readonly double[]? doubles;

    private FileArray(string file, string name, ImmutableArray<int> shape, float[]? singles, double[]? doubles) =>
        (File, Name, Shape, this.singles, this.doubles) = (file, name, shape, singles, doubles);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>Name of the array in it.</summary>
    public string Name { get; }

    /// <summary>Its shape.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>Names of the columns, where it comes from a table with one example a line.</summary>
    public ImmutableArray<string> ColumnNames { get; private init; } = [];

    /// <summary>How many numbers.</summary>
    public int Count => singles?.Length ?? doubles!.Length;

    /// <summary>A number, by its place in row-major order.</summary>
    public double this[int index] => singles is not null ? singles[index] : doubles![index];

    /// <summary>The array of a tensor.</summary>
    public static FileArray Of(string file, TensorEntry entry) => entry.Dtype switch
    {
        TensorType.F32 or TensorType.F16 or TensorType.BF16 => new FileArray(file, entry.Name, entry.Shape, entry.ToArray<float>(), null),
        TensorType.F64 => new FileArray(file, entry.Name, entry.Shape, null, entry.ToArray<double>()),
        TensorType.BOOL or TensorType.U8 => new FileArray(file, entry.Name, entry.Shape, Converted<byte, float>(entry), null),
        TensorType.I8 or TensorType.I16 => new FileArray(file, entry.Name, entry.Shape, Converted<short, float>(entry), null),
        TensorType.U16 => new FileArray(file, entry.Name, entry.Shape, Converted<ushort, float>(entry), null),
        TensorType.U64 => new FileArray(file, entry.Name, entry.Shape, null, Exact<ulong>(file, entry)),
        _ => new FileArray(file, entry.Name, entry.Shape, null, Exact<long>(file, entry)),
    };

    /// <summary>
    /// The array of a table's columns: a row for each line, one dimension where there is one column without a dimension of its own.
    /// </summary>
    public static FileArray Of(string file, string name, double[] numbers, ImmutableArray<string> columns, bool flat = false) =>
        new(file, name, flat ? [numbers.Length] : [numbers.Length / columns.Length, columns.Length], null, numbers)
        {
            ColumnNames = columns,
        };

    /// <summary>Copies numbers that stand together.</summary>
    public void Copy<T>(long start, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (singles is not null)
        {
            Convert<float, T>(singles.AsSpan((int)start, to.Length), to);
        }
        else
        {
            Convert<double, T>(doubles.AsSpan((int)start, to.Length), to);
        }
    }

    /// <summary>Where a number stands, for messages: the array and the indices, or the line and the column.</summary>
    public string Place(int index)
    {
        if (!ColumnNames.IsEmpty)
        {
            (int line, int column) = int.DivRem(index, ColumnNames.Length);
            return $"line {line + CsvTable.FirstLine}, column '{AtomicFile.Shown(ColumnNames[column])}' of '{File}'";
        }

        var indices = new int[Shape.Length];
        for (int i = indices.Length - 1; i >= 0; i--)
        {
            (index, indices[i]) = int.DivRem(index, Shape[i]);
        }

        return $"[{string.Join(", ", indices)}] of array '{Name}' of '{File}'";
    }

    /// <summary>The shape in brackets, for messages.</summary>
    public string ShapeText() => $"[{string.Join(", ", Shape)}]";

    /// <summary>Checks that every number is finite, as single precision too, which lifetimes are mostly lived in.</summary>
    /// <exception cref="EngramException">One is not.</exception>
    public void ExpectFinite()
    {
        for (int i = 0; i < Count; i++)
        {
            if (!(Math.Abs(this[i]) <= float.MaxValue))
            {
                throw NotFinite(i, "an input");
            }
        }
    }

    /// <summary>The error of a number that is not finite.</summary>
    public EngramException NotFinite(int index, string what) => new(
        $"Found {this[index].ToString(CultureInfo.InvariantCulture)} as {what} at {Place(index)}, expected a finite number within ±3.4e38; "
        + "correct it, or scale the numbers.");

    // Numbers of groups and labels that differ must not become one.
    private static double[] Exact<TFrom>(string file, TensorEntry entry)
        where TFrom : unmanaged, IBinaryInteger<TFrom>
    {
        TFrom[] from = entry.ToArray<TFrom>();
        var to = new double[from.Length];
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = double.CreateTruncating(from[i]);
            if ((Int128)to[i] != Int128.CreateTruncating(from[i]))
            {
                throw new EngramException(
                    $"Found {from[i].ToString(null, CultureInfo.InvariantCulture)} in array '{AtomicFile.Shown(entry.Name)}' of '{file}', "
                    + "expected whole numbers within ±9007199254740992, which a double holds exactly; number them anew.");
            }
        }

        return to;
    }

    private static TTo[] Converted<TFrom, TTo>(TensorEntry entry)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        TFrom[] from = entry.ToArray<TFrom>();
        var to = new TTo[from.Length];
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = TTo.CreateTruncating(from[i]);
        }

        return to;
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : unmanaged, INumberBase<TTo>
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = TTo.CreateTruncating(from[i]);
        }
    }
}
