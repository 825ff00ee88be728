using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Kernels;

namespace Engram.Numerics.Programs;

/// <summary>Emits what a kernel does with a register's worth of numbers; operands are on the evaluation stack.</summary>
/// <remarks>Vectors by the methods of <see cref="Vector512"/>, <see cref="Vector256"/> or <see cref="Vector128"/>, which the JIT knows as
/// instructions; single numbers by the IL's own.</remarks>
internal sealed class LaneEmitter
{
    private readonly ILGenerator il;
    private readonly Type element;
    private readonly Type? operations;
    private readonly int bits;

    /// <summary>Emits for an element type and vector width.</summary>
    public LaneEmitter(ILGenerator il, Type element, VectorWidth width)
    {
        (this.il, this.element, bits) = (il, element, (int)width);
        operations = width switch
        {
            VectorWidth.Bits512 => typeof(Vector512),
            VectorWidth.Bits256 => typeof(Vector256),
            VectorWidth.Bits128 => typeof(Vector128),
            _ => null,
        };
        Type? generic = width switch
        {
            VectorWidth.Bits512 => typeof(Vector512<>),
            VectorWidth.Bits256 => typeof(Vector256<>),
            VectorWidth.Bits128 => typeof(Vector128<>),
            _ => null,
        };
        Lanes = generic?.MakeGenericType(element) ?? element;
        ElementBytes = element == typeof(float) ? sizeof(float) : sizeof(double);
        Count = operations is null ? 1 : bits / 8 / ElementBytes;
    }

    /// <summary>The type of a register's worth.</summary>
    public Type Lanes { get; }

    /// <summary>Bytes of a number.</summary>
    public int ElementBytes { get; }

    /// <summary>Numbers in a register.</summary>
    public int Count { get; }

    /// <summary>address → lanes.</summary>
    public void Load()
    {
        if (operations is null)
        {
            LoadElement();
        }
        else
        {
            Call("Load", element.MakePointerType());
        }
    }

    /// <summary>address → the number there in every lane.</summary>
    public void LoadSplat()
    {
        LoadElement();
        Splat();
    }

    /// <summary>number → it in every lane.</summary>
    public void Splat()
    {
        if (operations is not null)
        {
            il.Emit(OpCodes.Call, CreateSplat());
        }
    }

    /// <summary>A constant in every lane.</summary>
    public void Constant(double number)
    {
        Number(number);
        Splat();
    }

    /// <summary>Stores lanes at an address.</summary>
    public void Store(Action value, Action address)
    {
        if (operations is null)
        {
            address();
            value();
            StoreElement();
            return;
        }

        value();
        address();
        Call("Store", Lanes, element.MakePointerType());
    }

    /// <summary>address → ; goes on at the label unless the number there is 0.</summary>
    public void JumpUnlessZero(Label label)
    {
        LoadElement();
        Number(0);
        il.Emit(OpCodes.Bne_Un, label);
    }

    /// <summary>A single number.</summary>
    public void Number(double number)
    {
        if (element == typeof(float))
        {
            il.Emit(OpCodes.Ldc_R4, (float)number);
        }
        else
        {
            il.Emit(OpCodes.Ldc_R8, number);
        }
    }

    /// <summary>Stores one number at an address: what is on the stack is address, number.</summary>
    public void StoreElement() => il.Emit(element == typeof(float) ? OpCodes.Stind_R4 : OpCodes.Stind_R8);

    /// <summary>lanes → their sum.</summary>
    public void Sum()
    {
        if (operations is not null)
        {
            Call("Sum", Lanes);
        }
    }

    /// <summary>lanes, mask → the lanes whose mask is set, else 0.</summary>
    public void Keep()
    {
        if (operations is not null)
        {
            Call("BitwiseAnd", Lanes, Lanes);
        }
    }

    /// <summary>x y + z of three values on the stack, rounded once.</summary>
    public void MultiplyAdd()
    {
        if (operations is not null)
        {
            Call("FusedMultiplyAdd", Lanes, Lanes, Lanes);
        }
        else
        {
            il.Emit(OpCodes.Call, (element == typeof(float) ? typeof(MathF) : typeof(Math)).GetMethod("FusedMultiplyAdd")!);
        }
    }

    /// <summary>The value of an operation, whose inputs are on the stack.</summary>
    public void Operation(OperationKind kind)
    {
        switch (kind)
        {
            case OperationKind.Add: Arithmetic(OpCodes.Add, "op_Addition"); break;
            case OperationKind.Subtract: Arithmetic(OpCodes.Sub, "op_Subtraction"); break;
            case OperationKind.Multiply: Arithmetic(OpCodes.Mul, "op_Multiply"); break;
            case OperationKind.Divide: Arithmetic(OpCodes.Div, "op_Division"); break;
            case OperationKind.Square:
                il.Emit(OpCodes.Dup);
                Arithmetic(OpCodes.Mul, "op_Multiply");
                break;
            case OperationKind.Abs: Function<Elementwise.Abs<float>, Elementwise.Abs<double>>("Abs"); break;
            case OperationKind.Sqrt: Function<Elementwise.Sqrt<float>, Elementwise.Sqrt<double>>("Sqrt"); break;
            case OperationKind.Relu: Helper(nameof(LaneFunctions.Relu512)); break;
            case OperationKind.Step: Helper(nameof(LaneFunctions.Step512)); break;
            case OperationKind.Sign: Helper(nameof(LaneFunctions.Sign512)); break;
            case OperationKind.Exp: Function<Elementwise.Exp<float>, Elementwise.Exp<double>>(null); break;
            case OperationKind.Log: Function<Elementwise.Log<float>, Elementwise.Log<double>>(null); break;
            case OperationKind.Tanh: Function<Elementwise.Tanh<float>, Elementwise.Tanh<double>>(null); break;
            default: throw new InvalidOperationException($"Found no way to compute {kind} in a kernel.");
        }
    }

    /// <summary>lanes → −lanes.</summary>
    public void Negate()
    {
        if (operations is null)
        {
            il.Emit(OpCodes.Neg);
        }
        else
        {
            il.Emit(OpCodes.Call, Lanes.GetMethod("op_UnaryNegation", [Lanes])!);
        }
    }

    private void LoadElement() => il.Emit(element == typeof(float) ? OpCodes.Ldind_R4 : OpCodes.Ldind_R8);

    private void Arithmetic(OpCode scalar, string vector)
    {
        if (operations is null)
        {
            il.Emit(scalar);
        }
        else
        {
            il.Emit(OpCodes.Call, Lanes.GetMethod(vector, [Lanes, Lanes])!);
        }
    }

    // A function that vectors have, or one number after the other.
    private void Function<TSingle, TDouble>(string? vector)
    {
        if (operations is not null && vector is not null)
        {
            Call(vector, Lanes);
            return;
        }

        Type function = element == typeof(float) ? typeof(TSingle) : typeof(TDouble);
        MethodInfo method = typeof(LaneFunctions).GetMethod(operations is null ? nameof(LaneFunctions.Apply) : $"Map{bits}")!;
        il.Emit(OpCodes.Call, method.MakeGenericMethod(element, function));
    }

    private void Helper(string name512)
    {
        string name = operations is null ? name512.Replace("512", "1", StringComparison.Ordinal)
            : name512.Replace("512", bits.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        il.Emit(OpCodes.Call, typeof(LaneFunctions).GetMethod(name)!.MakeGenericMethod(element));
    }

    private MethodInfo CreateSplat() => operations!.GetMethod("Create", [element])!;

    private void Call(string name, params Type[] parameters)
    {
        MethodInfo method = operations!.GetMethods().Where(m => m.Name == name && m.GetParameters().Length == parameters.Length)
            .Select(m => m.IsGenericMethodDefinition ? m.GetGenericArguments().Length == 1 ? m.MakeGenericMethod(element) : null : m)
            .First(m => m is not null && m.GetParameters().Select(p => p.ParameterType).SequenceEqual(parameters))!;
        il.Emit(OpCodes.Call, method);
    }
}

/// <summary>What kernels call that no single instruction does.</summary>
internal static class LaneFunctions
{
    /// <summary>f(x).</summary>
    public static T Apply<T, TFunction>(T x)
        where T : unmanaged
        where TFunction : struct, Elementwise.IUnary<T> => default(TFunction).Of(x);

    /// <summary>f of each lane.</summary>
    public static Vector512<T> Map512<T, TFunction>(Vector512<T> x)
        where T : unmanaged
        where TFunction : struct, Elementwise.IUnary<T>
    {
        Each<Vector512<T>, T, TFunction>(ref x);
        return x;
    }

    /// <inheritdoc cref="Map512"/>
    public static Vector256<T> Map256<T, TFunction>(Vector256<T> x)
        where T : unmanaged
        where TFunction : struct, Elementwise.IUnary<T>
    {
        Each<Vector256<T>, T, TFunction>(ref x);
        return x;
    }

    /// <inheritdoc cref="Map512"/>
    public static Vector128<T> Map128<T, TFunction>(Vector128<T> x)
        where T : unmanaged
        where TFunction : struct, Elementwise.IUnary<T>
    {
        Each<Vector128<T>, T, TFunction>(ref x);
        return x;
    }

    /// <summary>max(x, 0), NaN of NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Relu512<T>(Vector512<T> x) => Vector512.AndNot(x, Vector512.LessThan(x, Vector512<T>.Zero));

    /// <inheritdoc cref="Relu512"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Relu256<T>(Vector256<T> x) => Vector256.AndNot(x, Vector256.LessThan(x, Vector256<T>.Zero));

    /// <inheritdoc cref="Relu512"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Relu128<T>(Vector128<T> x) => Vector128.AndNot(x, Vector128.LessThan(x, Vector128<T>.Zero));

    /// <inheritdoc cref="Relu512"/>
    public static T Relu1<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x < T.Zero ? T.Zero : x;

    /// <summary>1 where x &gt; 0, else 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Step512<T>(Vector512<T> x) =>
        Vector512.BitwiseAnd(Vector512.GreaterThan(x, Vector512<T>.Zero), Vector512<T>.One);

    /// <inheritdoc cref="Step512"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Step256<T>(Vector256<T> x) =>
        Vector256.BitwiseAnd(Vector256.GreaterThan(x, Vector256<T>.Zero), Vector256<T>.One);

    /// <inheritdoc cref="Step512"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Step128<T>(Vector128<T> x) =>
        Vector128.BitwiseAnd(Vector128.GreaterThan(x, Vector128<T>.Zero), Vector128<T>.One);

    /// <inheritdoc cref="Step512"/>
    public static T Step1<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x > T.Zero ? T.One : T.Zero;

    /// <summary>1, 0 or −1; NaN of NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sign512<T>(Vector512<T> x) => Vector512.ConditionalSelect(
        Vector512.GreaterThan(x, Vector512<T>.Zero), Vector512<T>.One,
            Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<T>.Zero), -Vector512<T>.One, x));

    /// <inheritdoc cref="Sign512"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Sign256<T>(Vector256<T> x) => Vector256.ConditionalSelect(
        Vector256.GreaterThan(x, Vector256<T>.Zero), Vector256<T>.One,
            Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<T>.Zero), -Vector256<T>.One, x));

    /// <inheritdoc cref="Sign512"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Sign128<T>(Vector128<T> x) => Vector128.ConditionalSelect(
        Vector128.GreaterThan(x, Vector128<T>.Zero), Vector128<T>.One,
            Vector128.ConditionalSelect(Vector128.LessThan(x, Vector128<T>.Zero), -Vector128<T>.One, x));

    /// <inheritdoc cref="Sign512"/>
    public static T Sign1<T>(T x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => x > T.Zero ? T.One : x < T.Zero ? -T.One : x;

    private static void Each<TVector, T, TFunction>(ref TVector x)
        where TVector : struct
        where T : unmanaged
        where TFunction : struct, Elementwise.IUnary<T>
    {
        ref T first = ref Unsafe.As<TVector, T>(ref x);
        int count = Unsafe.SizeOf<TVector>() / Unsafe.SizeOf<T>();
        for (int i = 0; i < count; i++)
        {
            ref T lane = ref Unsafe.Add(ref first, i);
            lane = default(TFunction).Of(lane);
        }
    }
}
