using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engram.Numerics.Memory;

/// <summary>
/// A matrix view over memory that somebody else owns (an <see cref="Arena"/>, as a rule): rows of equal length, row-major.
/// </summary>
/// <remarks>
/// Rows start on 64-byte boundaries: <see cref="Stride"/> is <see cref="Columns"/> rounded up to a whole number of cache lines.
/// Kernels may write into the padding after a row, and never let what stands there reach a real element.
/// A vector is one row. Copying the struct copies the view, not the numbers.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public readonly unsafe struct Tensor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Makes a view. Use <see cref="Arena.Allocate{T}(int, int)"/> unless the memory is already there.</summary>
    public Tensor(T* pointer, int rows, int columns, int stride)
    {
        Pointer = pointer;
        Rows = rows;
        Columns = columns;
        Stride = stride;
    }

    /// <summary>Address of element [0, 0].</summary>
    public T* Pointer { get; }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns that count; the padding is not among them.</summary>
    public int Columns { get; }

    /// <summary>Elements from one row to the next.</summary>
    public int Stride { get; }

    /// <summary>True for the default view, which has no memory.</summary>
    public bool IsEmpty => Pointer == null;

    /// <summary>Whether the two views share memory.</summary>
    public bool Overlaps(Tensor<T> other) => !IsEmpty && !other.IsEmpty
        && Pointer < other.Pointer + ((nint)other.Rows * other.Stride) && other.Pointer < Pointer + ((nint)Rows * Stride);

    /// <summary>Rows × columns.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>One element, by reference.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The indices lie outside the matrix.</exception>
    public ref T this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Columns, nameof(column));
            return ref Pointer[((nint)row * Stride) + column];
        }
    }

    /// <summary>Elements from one row to the next for a matrix of that many columns: whole cache lines of 64 bytes.</summary>
    public static int StrideFor(int columns)
    {
        int perLine = 64 / sizeof(T);
        return (columns + perLine - 1) / perLine * perLine;
    }

    /// <summary>The elements of one row, without the padding.</summary>
    public Span<T> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        return new Span<T>(Pointer + ((nint)row * Stride), Columns);
    }

    /// <summary>Address of a row's first element; unchecked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T* RowPointer(int row) => Pointer + ((nint)row * Stride);

    /// <summary>A view of some consecutive rows.</summary>
    public Tensor<T> Slice(int firstRow, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)firstRow, (uint)Rows, nameof(firstRow));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)rows, (uint)(Rows - firstRow), nameof(rows));
        return new Tensor<T>(Pointer + ((nint)firstRow * Stride), rows, Columns, Stride);
    }

    /// <summary>Sets every element, padding included, to zero.</summary>
    public void Clear() => NativeMemory.Clear(Pointer, (nuint)Rows * (nuint)Stride * (nuint)sizeof(T));

    /// <summary>Sets every real element to <paramref name="value"/>.</summary>
    public void Fill(T value)
    {
        for (int r = 0; r < Rows; r++)
        {
            Row(r).Fill(value);
        }
    }

    /// <summary>Copies the real elements of a matrix of the same shape into this one.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public void CopyFrom(Tensor<T> source)
    {
        if (source.Rows != Rows || source.Columns != Columns)
        {
            throw new ArgumentException($"Found a source of {source.Rows}×{source.Columns}, expected {Rows}×{Columns}.", nameof(source));
        }

        for (int r = 0; r < Rows; r++)
        {
            source.Row(r).CopyTo(Row(r));
        }
    }

    /// <summary>The real elements, row after row, in a new array.</summary>
    public T[] ToArray()
    {
        var result = new T[checked((int)Count)];
        for (int r = 0; r < Rows; r++)
        {
            Row(r).CopyTo(result.AsSpan(r * Columns));
        }

        return result;
    }

    /// <summary>Fills the real elements from row-major values.</summary>
    /// <exception cref="ArgumentException">The number of values is not <see cref="Count"/>.</exception>
    public void CopyFrom(ReadOnlySpan<T> values)
    {
        if (values.Length != Count)
        {
            throw new ArgumentException($"Found {values.Length} values, expected {Rows}×{Columns} = {Count}.", nameof(values));
        }

        for (int r = 0; r < Rows; r++)
        {
            values.Slice(r * Columns, Columns).CopyTo(Row(r));
        }
    }
}
