using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Numerics.Files;

/// <summary>One tensor of a file: its type, shape and bytes.</summary>
public sealed class TensorEntry
{
    private readonly string file;

    internal TensorEntry(string file, string name, TensorType dtype, ImmutableArray<int> shape, ReadOnlyMemory<byte> bytes)
    {
        this.file = file;
        Name = name;
        Dtype = dtype;
        Shape = shape;
        Bytes = bytes;
    }

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>Type of the elements in the file.</summary>
    public TensorType Dtype { get; }

    /// <summary>Its shape; empty for a single number.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>The elements as they stand in the file: row-major, little-endian.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Bytes.Length / Dtype.SizeInBytes();

    /// <summary>
    /// The elements, row-major. Floating-point types convert into each other, whole numbers (BOOL counts as 0 or 1) into wider or narrower
    /// ones.
    /// </summary>
    /// <exception cref="EngramException">Floating-point numbers asked for where the file has whole ones or the reverse, or a value outside
    /// the range of <typeparamref name="T"/>.</exception>
    public T[] ToArray<T>()
        where T : unmanaged, INumberBase<T>
    {
        var result = new T[Count];
        CopyTo(result.AsSpan());
        return result;
    }

    /// <summary>Copies the elements into a matrix of as many, row by row; converts as <see cref="ToArray{T}"/> does.</summary>
    /// <exception cref="EngramException">Another number of elements, or as for <see cref="ToArray{T}"/>.</exception>
    public void CopyTo<T>(Tensor<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (target.Count != Count)
        {
            throw new EngramException(
                $"Found {Count} elements in tensor '{Name}' of '{file}', expected {target.Rows}×{target.Columns}; use the file of a " +
                $"network of this shape.");
        }

        T[] values = ToArray<T>();
        target.CopyFrom(values);
    }

    /// <summary>The only element of a tensor of one.</summary>
    /// <exception cref="EngramException">It has more or none, or as for <see cref="ToArray{T}"/>.</exception>
    public T ToScalar<T>()
        where T : unmanaged, INumberBase<T> => Count == 1
            ? ToArray<T>()[0]
            : throw new EngramException($"Found {Count} elements in tensor '{Name}' of '{file}', expected one number.");

    private void CopyTo<T>(Span<T> target)
        where T : unmanaged, INumberBase<T>
    {
        bool wantsFloatingPoint = T.IsInteger(T.One / (T.One + T.One)) is false;
        if (wantsFloatingPoint != Dtype.IsFloatingPoint())
        {
            throw new EngramException(
                $"Found tensor '{Name}' of type {Dtype} in '{file}', expected " +
                    $"{(wantsFloatingPoint ? "floating-point numbers" : "whole numbers")}; convert the tensor, or ask for the other kind.");
        }

        ReadOnlySpan<byte> b = Bytes.Span;
        if (BitConverter.IsLittleEndian && (typeof(T), Dtype) is var pair
            && (pair == (typeof(float), TensorType.F32) || pair == (typeof(double), TensorType.F64)))
        {
            MemoryMarshal.Cast<byte, T>(b).CopyTo(target);
            return;
        }

        for (int i = 0; i < target.Length; i++)
        {
            target[i] = Dtype switch
            {
                TensorType.F32 => Float<T>(BinaryPrimitives.ReadSingleLittleEndian(b[(4 * i)..]), i),
                TensorType.F64 => Float<T>(BinaryPrimitives.ReadDoubleLittleEndian(b[(8 * i)..]), i),
                TensorType.F16 => Float<T>((double)BinaryPrimitives.ReadHalfLittleEndian(b[(2 * i)..]), i),
                TensorType.BF16 =>
                    Float<T>(BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(b[(2 * i)..]) << 16), i),
                TensorType.BOOL or TensorType.U8 => Whole<T>(b[i], i),
                TensorType.I8 => Whole<T>((sbyte)b[i], i),
                TensorType.U16 => Whole<T>(BinaryPrimitives.ReadUInt16LittleEndian(b[(2 * i)..]), i),
                TensorType.I16 => Whole<T>(BinaryPrimitives.ReadInt16LittleEndian(b[(2 * i)..]), i),
                TensorType.U32 => Whole<T>(BinaryPrimitives.ReadUInt32LittleEndian(b[(4 * i)..]), i),
                TensorType.I32 => Whole<T>(BinaryPrimitives.ReadInt32LittleEndian(b[(4 * i)..]), i),
                TensorType.U64 => Whole<T>(BinaryPrimitives.ReadUInt64LittleEndian(b[(8 * i)..]), i),
                _ => Whole<T>(BinaryPrimitives.ReadInt64LittleEndian(b[(8 * i)..]), i),
            };
        }
    }

    private T Float<T>(double value, int index)
        where T : unmanaged, INumberBase<T>
    {
        T converted = T.CreateTruncating(value);
        return T.IsFinite(converted) || !double.IsFinite(value) ? converted
            : throw OutOfRange<T>(FormattableString.Invariant($"{value:R}"), index);
    }

    private T Whole<T>(Int128 value, int index)
        where T : unmanaged, INumberBase<T>
    {
        T converted = T.CreateTruncating(value);
        return Int128.CreateTruncating(converted) == value ? converted : throw OutOfRange<T>($"{value}", index);
    }

    private EngramException OutOfRange<T>(string value, int index) =>
        new(
            $"Found {value} at element {index} of tensor '{Name}' of '{file}', expected a number within the range of {typeof(T).Name}; " +
            $"read it as a wider type.");
}
