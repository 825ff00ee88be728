using System.Collections.Concurrent;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Text;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Kernels;

namespace Engram.Numerics.Programs;

/// <summary>A kernel as it is called.</summary>
/// <param name="pointers">Where each load and each result has its first row; behind them, where columns have a gate, the list of
/// registers that <see cref="KernelCompiler.ListColumns"/> makes.</param>
/// <param name="rowSteps">Bytes from row to row of each.</param>
/// <param name="rows">How many rows.</param>
/// <param name="rowBytes">Bytes of a row's real elements.</param>
/// <param name="mask">A register's worth of bits: all those of the real elements in a row's last register.</param>
internal unsafe delegate void CompiledKernel(nint* pointers, nint* rowSteps, nint rows, nint rowBytes, nint mask);

/// <summary>Turns elementwise expressions into code: a row at a time, all values in registers.</summary>
/// <remarks>What is the same along a row is computed once a row. Equal kernels are compiled once in a process.</remarks>
internal static class KernelCompiler
{
    private static readonly ConcurrentDictionary<string, CompiledKernel> Compiled = new(StringComparer.Ordinal);

    /// <summary>Whether code can be made here.</summary>
    public static bool IsSupported => System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeCompiled;

    /// <summary>Whether a kernel leaves columns out.</summary>
    public static bool GatesColumns(KernelBody body) => body.Gate is { } gate && body.Loads[gate.Load] == Access.AlongColumns;

    /// <summary>Lists the bytes from a row's beginning at which registers begin that are not 0 everywhere, then −1, then where the last
    /// register begins, which is always done and not among the others.</summary>
    /// <param name="gate">The row's numbers.</param>
    /// <param name="columns">How many.</param>
    /// <param name="lanes">Numbers in a register.</param>
    /// <param name="list">Receives it: room for one more than there are registers.</param>
    public static unsafe void ListColumns<T>(T* gate, int columns, int lanes, nint* list)
        where T : unmanaged
    {
        int count = 0, last = (columns - 1) / lanes * lanes;
        for (int column = 0; column < last; column += lanes)
        {
            if (new ReadOnlySpan<byte>(gate + column, lanes * sizeof(T)).ContainsAnyExcept((byte)0))
            {
                list[count++] = column * sizeof(T);
            }
        }

        (list[count], list[count + 1]) = (-1, last * sizeof(T));
    }

    /// <summary>The code of a kernel.</summary>
    /// <param name="body">What it computes.</param>
    /// <param name="element"><see cref="float"/> or <see cref="double"/>.</param>
    /// <param name="width">Vector width; <see cref="VectorWidth.Scalar"/> for rows of one element.</param>
    public static CompiledKernel Compile(KernelBody body, Type element, VectorWidth width) =>
        Compiled.GetOrAdd(Describe(body, element, width), _ => new Writer(body, element, width).Write());

    private static string Describe(KernelBody body, Type element, VectorWidth width)
    {
        var text = new StringBuilder();
        text.Append(element.Name).Append(' ').Append((int)width);
        foreach (Access access in body.Loads)
        {
            text.Append(' ').Append((int)access);
        }

        foreach (KernelOperation o in body.Operations)
        {
            text.Append(';').Append((int)o.Kind).Append(' ').Append(BitConverter.DoubleToInt64Bits(o.Number)).Append(' ').Append(o.X)
                .Append(' ').Append(o.Y).Append(' ').Append(o.Z).Append(' ').Append(o.Merges);
        }

        foreach ((int value, KernelResult result, Access access) in body.Results)
        {
            text.Append('>').Append(value).Append(' ').Append((int)result).Append(' ').Append((int)access);
        }

        if (body.Gate is { } gate)
        {
            text.Append('|').Append(gate.Load).Append(' ').AppendJoin(' ', gate.Standing);
        }

        return text.ToString();
    }

    private sealed class Writer
    {
        private readonly KernelBody body;
        private readonly ILGenerator il;
        private readonly LaneEmitter lanes;
        private readonly DynamicMethod method;
        private readonly int loads;
        private readonly LocalBuilder?[] values;
        private readonly bool[] alongRow;
        private readonly LocalBuilder[] pointers;
        private readonly LocalBuilder?[] sums;
        private readonly LocalBuilder column;

        public Writer(KernelBody body, Type element, VectorWidth width)
        {
            this.body = body;
            method = new DynamicMethod(
                "kernel", typeof(void),
                [typeof(nint).MakePointerType(), typeof(nint).MakePointerType(), typeof(nint), typeof(nint), typeof(nint)],
                typeof(KernelCompiler).Module, skipVisibility: true);
            il = method.GetILGenerator();
            lanes = new LaneEmitter(il, element, width);
            loads = body.Loads.Length;
            int count = loads + body.Operations.Length;
            values = new LocalBuilder?[count];
            pointers = [.. Enumerable.Range(0, loads + body.Results.Length).Select(_ => il.DeclareLocal(typeof(nint)))];
            sums = [.. body.Results.Select(r => r.Result == KernelResult.RowSum ? il.DeclareLocal(lanes.Lanes) : null)];
            column = il.DeclareLocal(typeof(nint));
            alongRow = new bool[count];
            FindVarying();
        }

        public unsafe CompiledKernel Write()
        {
            for (int i = 0; i < pointers.Length; i++)
            {
                LoadArgument(0, i);
                il.Emit(OpCodes.Stloc, pointers[i]);
            }

            // Constants for all rows.
            for (int i = 0; i < body.Operations.Length; i++)
            {
                if (body.Operations[i].Kind == OperationKind.Leaf)
                {
                    lanes.Constant(body.Operations[i].Number);
                    Keep(loads + i);
                }
            }

            LocalBuilder row = il.DeclareLocal(typeof(nint));
            Label test = il.DefineLabel(), next = il.DefineLabel();
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Stloc, row);
            il.Emit(OpCodes.Br, test);
            il.MarkLabel(next);
            WriteGatedRow();
            for (int i = 0; i < pointers.Length; i++)
            {
                il.Emit(OpCodes.Ldloc, pointers[i]);
                LoadArgument(1, i);
                il.Emit(OpCodes.Add);
                il.Emit(OpCodes.Stloc, pointers[i]);
            }

            il.Emit(OpCodes.Ldloc, row);
            il.Emit(OpCodes.Ldc_I4_1);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Sub);
            il.Emit(OpCodes.Stloc, row);
            il.MarkLabel(test);
            il.Emit(OpCodes.Ldloc, row);
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Bgt, next);
            il.Emit(OpCodes.Ret);
            return method.CreateDelegate<CompiledKernel>();
        }

        private void FindVarying()
        {
            for (int i = 0; i < loads; i++)
            {
                alongRow[i] = body.Loads[i] is Access.Matrix or Access.AlongColumns;
            }

            for (int i = 0; i < body.Operations.Length; i++)
            {
                KernelOperation o = body.Operations[i];
                alongRow[loads + i] = (o.X >= 0 && alongRow[o.X]) || (o.Y >= 0 && alongRow[o.Y]) || (o.Z >= 0 && alongRow[o.Z]);
            }
        }

        // A row of which the gate is 0 is not computed.
        private void WriteGatedRow()
        {
            if (body.Gate is not { } gate || GatesColumns(body))
            {
                WriteRow();
                return;
            }

            Label moves = il.DefineLabel(), done = il.DefineLabel();
            il.Emit(OpCodes.Ldloc, pointers[gate.Load]);
            lanes.JumpUnlessZero(moves);
            for (int i = 0; i < body.Results.Length; i++)
            {
                if (gate.Standing[i] != KernelGate.Nothing)
                {
                    WriteStanding(i, gate.Standing[i]);
                }
            }

            il.Emit(OpCodes.Br, done);
            il.MarkLabel(moves);
            WriteRow();
            il.MarkLabel(done);
        }

        private void WriteStanding(int result, int load)
        {
            int target = loads + result;
            if (body.Results[result].Result == KernelResult.RowSum)
            {
                il.Emit(OpCodes.Ldloc, pointers[target]);
                lanes.Number(0);
                lanes.StoreElement();
                return;
            }

            WriteColumns(0, () => lanes.Store(
                () =>
                {
                    if (load == KernelGate.Zero)
                    {
                        lanes.Constant(0);
                    }
                    else
                    {
                        Address(load);
                        lanes.Load();
                    }
                },
                () => Address(target)));
        }

        private void WriteRow()
        {
            for (int i = 0; i < loads; i++)
            {
                if (!alongRow[i])
                {
                    il.Emit(OpCodes.Ldloc, pointers[i]);
                    lanes.LoadSplat();
                    Keep(i);
                }
            }

            WriteOperations(varying: false);
            foreach (LocalBuilder? sum in sums)
            {
                if (sum is not null)
                {
                    lanes.Constant(0);
                    il.Emit(OpCodes.Stloc, sum);
                }
            }

            // The last register apart: what lies behind the row's end must not reach a sum.
            bool hasSums = sums.Any(s => s is not null) && lanes.Count > 1;
            if (GatesColumns(body))
            {
                WriteListedColumns(() => WriteRegister(last: false));
                WriteRegister(last: hasSums);
            }
            else
            {
                WriteColumns(hasSums ? lanes.Count * lanes.ElementBytes : 0, () => WriteRegister(last: false));
                if (hasSums)
                {
                    WriteRegister(last: true);
                }
            }

            for (int i = 0; i < sums.Length; i++)
            {
                if (sums[i] is { } sum)
                {
                    il.Emit(OpCodes.Ldloc, pointers[loads + i]);
                    il.Emit(OpCodes.Ldloc, sum);
                    lanes.Sum();
                    lanes.StoreElement();
                }
            }
        }

        // Registers one after the other, as long as one begins so many bytes before the row's end.
        private void WriteColumns(int before, Action register)
        {
            Label test = il.DefineLabel(), next = il.DefineLabel();
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Stloc, column);
            il.Emit(OpCodes.Br, test);
            il.MarkLabel(next);
            register();
            il.Emit(OpCodes.Ldloc, column);
            il.Emit(OpCodes.Ldc_I4, lanes.Count * lanes.ElementBytes);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Stloc, column);
            il.MarkLabel(test);
            il.Emit(OpCodes.Ldloc, column);
            if (before > 0)
            {
                il.Emit(OpCodes.Ldc_I4, before);
                il.Emit(OpCodes.Conv_I);
                il.Emit(OpCodes.Add);
            }

            il.Emit(OpCodes.Ldarg_3);
            il.Emit(OpCodes.Blt, next);
        }

        // Registers that a list has; behind them the column is that of the last.
        private void WriteListedColumns(Action register)
        {
            LocalBuilder list = il.DeclareLocal(typeof(nint));
            Label test = il.DefineLabel(), next = il.DefineLabel();
            LoadArgument(0, pointers.Length);
            il.Emit(OpCodes.Stloc, list);
            il.Emit(OpCodes.Br, test);
            il.MarkLabel(next);
            register();
            il.MarkLabel(test);
            LoadNext();
            il.Emit(OpCodes.Ldloc, column);
            il.Emit(OpCodes.Ldc_I4_0);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Bge, next);
            LoadNext();

            void LoadNext()
            {
                il.Emit(OpCodes.Ldloc, list);
                il.Emit(OpCodes.Ldind_I);
                il.Emit(OpCodes.Stloc, column);
                il.Emit(OpCodes.Ldloc, list);
                il.Emit(OpCodes.Ldc_I4, IntPtr.Size);
                il.Emit(OpCodes.Conv_I);
                il.Emit(OpCodes.Add);
                il.Emit(OpCodes.Stloc, list);
            }
        }

        private void WriteRegister(bool last)
        {
            for (int i = 0; i < loads; i++)
            {
                if (alongRow[i])
                {
                    Address(i);
                    lanes.Load();
                    Keep(i);
                }
            }

            WriteOperations(varying: true);
            for (int i = 0; i < body.Results.Length; i++)
            {
                (int value, KernelResult result, _) = body.Results[i];
                int target = loads + i;
                switch (result)
                {
                    case KernelResult.RowSum:
                        il.Emit(OpCodes.Ldloc, sums[i]!);
                        Value(value);
                        if (last)
                        {
                            il.Emit(OpCodes.Ldarg, 4);
                            lanes.Load();
                            lanes.Keep();
                        }

                        lanes.Operation(OperationKind.Add);
                        il.Emit(OpCodes.Stloc, sums[i]!);
                        break;
                    case KernelResult.Store:
                        lanes.Store(() => Value(value), () => Address(target));
                        break;
                    default:
                        lanes.Store(
                            () =>
                            {
                                Address(target);
                                lanes.Load();
                                Value(value);
                                lanes.Operation(OperationKind.Add);
                            },
                            () => Address(target));
                        break;
                }
            }
        }

        private void WriteOperations(bool varying)
        {
            for (int i = 0; i < body.Operations.Length; i++)
            {
                KernelOperation o = body.Operations[i];
                int value = loads + i;
                if (o.Kind == OperationKind.Leaf || alongRow[value] != varying)
                {
                    continue;
                }

                WriteOperation(o);
                Keep(value);
            }
        }

        private void WriteOperation(KernelOperation o)
        {
            if (o.Merges > 0)
            {
                // x y ± z, or z ± x y.
                bool differs = o.Kind == OperationKind.Subtract;
                Factors(o, negative: differs && o.Merges == 2);
                Value(o.Z);
                if (differs && o.Merges == 1)
                {
                    lanes.Negate();
                }

                lanes.MultiplyAdd();
            }
            else if (o.Kind is OperationKind.Scale or OperationKind.Offset)
            {
                Value(o.X);
                lanes.Constant(o.Number);
                lanes.Operation(o.Kind == OperationKind.Scale ? OperationKind.Multiply : OperationKind.Add);
            }
            else
            {
                Value(o.X);
                if (o.Y >= 0)
                {
                    Value(o.Y);
                }

                lanes.Operation(o.Kind);
            }
        }

        private void Factors(KernelOperation o, bool negative)
        {
            Value(o.X);
            if (o.Y < 0)
            {
                lanes.Constant(negative ? -o.Number : o.Number);
                return;
            }

            if (negative)
            {
                lanes.Negate();
            }

            Value(o.Y);
        }

        private void Keep(int value)
        {
            LocalBuilder local = values[value] ??= il.DeclareLocal(lanes.Lanes);
            il.Emit(OpCodes.Stloc, local);
        }

        private void Value(int value) => il.Emit(OpCodes.Ldloc, values[value]!);

        private void Address(int operand)
        {
            il.Emit(OpCodes.Ldloc, pointers[operand]);
            il.Emit(OpCodes.Ldloc, column);
            il.Emit(OpCodes.Add);
        }

        private void LoadArgument(int argument, int index)
        {
            il.Emit(argument == 0 ? OpCodes.Ldarg_0 : OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, index * IntPtr.Size);
            il.Emit(OpCodes.Conv_I);
            il.Emit(OpCodes.Add);
            il.Emit(OpCodes.Ldind_I);
        }
    }
}

/// <summary>Bits that keep the real elements of a row's last register.</summary>
internal static unsafe class LaneMasks
{
    private const int Bytes = 64;
    private static readonly byte* Table = Make();

    /// <summary>Where the mask lies for rows of so many bytes and registers of so many.</summary>
    public static nint For(nint rowBytes, int registerBytes)
    {
        nint real = rowBytes % registerBytes;
        return (nint)(Table + Bytes - (real == 0 ? registerBytes : real));
    }

    private static byte* Make()
    {
        var table = (byte*)NativeMemory.AlignedAlloc(2 * Bytes, Bytes);
        new Span<byte>(table, Bytes).Fill(0xFF);
        new Span<byte>(table + Bytes, Bytes).Clear();
        return table;
    }
}
