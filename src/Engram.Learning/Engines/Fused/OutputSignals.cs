using System.Numerics;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Learning.Engines.Fused;

/// <summary>What a step reads off the output: errors, softmax, and their derivatives, on blocks [K][width]. Columns beyond the batch become
/// zero.</summary>
internal static unsafe class OutputSignals<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>s = y − ŷ.</summary>
    public static void Error(T* output, Tensor<T> targets, T* signal, int width)
    {
        int outputs = targets.Columns;
        for (int k = 0; k < outputs; k++)
        {
            for (int c = 0; c < targets.Rows; c++)
            {
                signal[((nint)k * width) + c] = targets.RowPointer(c)[k] - output[((nint)k * width) + c];
            }
        }
    }

    /// <summary>s = y.</summary>
    public static void Target(Tensor<T> targets, T* signal, int width) =>
        Transposition.Copy(targets.Pointer, targets.Stride, targets.Rows, targets.Columns, signal, width);

    /// <summary>softmax(ŷ), by column.</summary>
    public static void Softmax(T* output, T* probability, int outputs, int columns, int width)
    {
        for (int c = 0; c < columns; c++)
        {
            T max = output[c];
            for (int k = 1; k < outputs; k++)
            {
                max = T.Max(max, output[((nint)k * width) + c]);
            }

            T sum = T.Zero;
            for (int k = 0; k < outputs; k++)
            {
                T e = T.Exp(output[((nint)k * width) + c] - max);
                probability[((nint)k * width) + c] = e;
                sum += e;
            }

            for (int k = 0; k < outputs; k++)
            {
                probability[((nint)k * width) + c] /= sum;
            }
        }
    }

    /// <summary>result = scale (diag(π) − π πᵀ) v, by column: the softmax's Jacobian, which is symmetric.</summary>
    public static void SoftmaxJacobian(T* probability, T* vector, T* result, T scale, int outputs, int columns, int width)
    {
        for (int c = 0; c < columns; c++)
        {
            T dot = T.Zero;
            for (int k = 0; k < outputs; k++)
            {
                dot += probability[((nint)k * width) + c] * vector[((nint)k * width) + c];
            }

            for (int k = 0; k < outputs; k++)
            {
                nint i = ((nint)k * width) + c;
                result[i] = scale * probability[i] * (vector[i] - dot);
            }
        }
    }
}
