using System.Numerics;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Autodiff;

/// <summary>Loops over elements, with what is done to each as a type argument so that it is compiled into the loop.</summary>
internal static unsafe class Elementwise
{
    /// <summary>A function of one number.</summary>
    internal interface IUnary<T>
    {
        /// <summary>f(x).</summary>
        T Of(T x);
    }

    /// <summary>A function of two numbers.</summary>
    internal interface IBinary<T>
        where T : unmanaged
    {
        /// <summary>f(x, y).</summary>
        T Of(T x, T y);

        /// <summary>f(x, y), several at a time.</summary>
        Vector<T> Of(Vector<T> x, Vector<T> y);
    }

    /// <summary>result = f(x).</summary>
    public static void Unary<T, TFunction>(Tensor<T> x, Tensor<T> result, TFunction f)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IUnary<T>
    {
        for (int r = 0; r < x.Rows; r++)
        {
            T* source = x.RowPointer(r);
            T* target = result.RowPointer(r);
            for (int c = 0; c < x.Columns; c++)
            {
                target[c] = f.Of(source[c]);
            }
        }
    }

    /// <summary>result = f(x, y), each repeated along an axis where it has length 1.</summary>
    public static void Binary<T, TFunction>(Tensor<T> x, Tensor<T> y, Tensor<T> result, TFunction f)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFunction : struct, IBinary<T>
    {
        int columns = result.Columns;
        bool repeatX = x.Columns == 1;
        bool repeatY = y.Columns == 1;
        for (int r = 0; r < result.Rows; r++)
        {
            T* a = x.RowPointer(x.Rows == 1 ? 0 : r);
            T* b = y.RowPointer(y.Rows == 1 ? 0 : r);
            T* target = result.RowPointer(r);
            int c = 0;
            for (; c <= columns - Vector<T>.Count; c += Vector<T>.Count)
            {
                Vector<T> left = repeatX ? new Vector<T>(*a) : Vector.Load(a + c);
                Vector<T> right = repeatY ? new Vector<T>(*b) : Vector.Load(b + c);
                Vector.Store(f.Of(left, right), target + c);
            }

            for (; c < columns; c++)
            {
                target[c] = f.Of(a[repeatX ? 0 : c], b[repeatY ? 0 : c]);
            }
        }
    }

    /// <summary>x + y.</summary>
    internal readonly struct Add<T> : IBinary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x, T y) => x + y;

        /// <inheritdoc/>
        public Vector<T> Of(Vector<T> x, Vector<T> y) => x + y;
    }

    /// <summary>x − y.</summary>
    internal readonly struct Subtract<T> : IBinary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x, T y) => x - y;

        /// <inheritdoc/>
        public Vector<T> Of(Vector<T> x, Vector<T> y) => x - y;
    }

    /// <summary>x y.</summary>
    internal readonly struct Multiply<T> : IBinary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x, T y) => x * y;

        /// <inheritdoc/>
        public Vector<T> Of(Vector<T> x, Vector<T> y) => x * y;
    }

    /// <summary>x / y.</summary>
    internal readonly struct Divide<T> : IBinary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x, T y) => x / y;

        /// <inheritdoc/>
        public Vector<T> Of(Vector<T> x, Vector<T> y) => x / y;
    }

    /// <summary>x.</summary>
    internal readonly struct Left<T> : IBinary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x, T y) => x;

        /// <inheritdoc/>
        public Vector<T> Of(Vector<T> x, Vector<T> y) => x;
    }

    /// <summary>−x.</summary>
    internal readonly struct Negate<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => -x;
    }

    /// <summary>c x.</summary>
    internal readonly struct Scale<T>(T c) : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => c * x;
    }

    /// <summary>x + c.</summary>
    internal readonly struct Offset<T>(T c) : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => x + c;
    }

    /// <summary>max(x, 0), NaN of NaN.</summary>
    internal readonly struct Relu<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => x < T.Zero ? T.Zero : x;
    }

    /// <summary>1 where x &gt; 0, else 0.</summary>
    internal readonly struct Step<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => x > T.Zero ? T.One : T.Zero;
    }

    /// <summary>|x|.</summary>
    internal readonly struct Abs<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => T.Abs(x);
    }

    /// <summary>1, 0 or −1; NaN of NaN.</summary>
    internal readonly struct Sign<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => x > T.Zero ? T.One : x < T.Zero ? -T.One : x;
    }

    /// <summary>eˣ.</summary>
    internal readonly struct Exp<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => T.Exp(x);
    }

    /// <summary>ln x.</summary>
    internal readonly struct Log<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => T.Log(x);
    }

    /// <summary>√x.</summary>
    internal readonly struct Sqrt<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => T.Sqrt(x);
    }

    /// <summary>tanh x.</summary>
    internal readonly struct Tanh<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => T.Tanh(x);
    }

    /// <summary>x².</summary>
    internal readonly struct Square<T> : IUnary<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        /// <inheritdoc/>
        public T Of(T x) => x * x;
    }
}
