using System.Numerics;
using System.Runtime.CompilerServices;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Numerics.Programs;

/// <summary>A plan with memory and code: what a team of threads runs again and again on other numbers.</summary>
/// <remarks>Same numbers, same bits, whatever the number of threads: each row is computed by one thread in one order, and sums over rows
/// are cut where tiles are.</remarks>
internal sealed unsafe class CompiledProgram<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ProgramPlan plan;
    private readonly WorkerTeam team;
    private readonly Step[][] levels;
    private readonly Seat[] seats;

    /// <summary>Takes the program's memory from an arena.</summary>
    public CompiledProgram(ProgramPlan plan, WorkerTeam team, Arena arena)
    {
        (this.plan, this.team) = (plan, team);
        levels = [.. plan.Levels.Select(level => level.Select(group => new Step(group, [.. group.Instructions.Select(Code)])).ToArray())];
        var shared = new Tensor<T>[plan.Buffers.Length];
        foreach (ProgramBuffer buffer in plan.Buffers)
        {
            shared[buffer.Index] = buffer.Kind == BufferKind.Shared ? arena.Allocate<T>(buffer.Rows, buffer.Columns) : default;
        }

        seats = [.. Enumerable.Range(0, team.Parts).Select(_ => new Seat(plan, shared, arena))];
        bool gatesColumns = plan.Levels.SelectMany(l => l).SelectMany(g => g.Instructions)
            .Any(i => i is KernelInstruction kernel && KernelCompiler.GatesColumns(kernel.Body));
        int most = plan.Levels.SelectMany(l => l).Select(g => g.Instructions.Sum(i => i.Operands.Length)).DefaultIfEmpty().Max();
        foreach (Seat seat in seats)
        {
            seat.Pointers = new nint[most + 1];
            seat.GatedColumns = gatesColumns ? new nint[plan.Gate!.Columns + 1] : [];
            seat.Bases = new nint[most];
            seat.Steps = new nint[most];
        }
    }

    /// <summary>Rows that products are computed fastest by.</summary>
    public static int TileRows => TLanes.Accumulators == 24 ? 8 : 12;

    /// <summary>Makes a program.</summary>
    public static CompiledProgram<TLanes, T> From(ProgramBuilder builder, WorkerTeam team, Arena arena) =>
        new(Plan(builder), team, arena);

    /// <summary>The plan that a program is made of.</summary>
    public static ProgramPlan Plan(ProgramBuilder builder) => builder.Build(TileRows, sizeof(T));

    /// <summary>How many tensors a run is given.</summary>
    public int Externals => plan.Externals;

    /// <summary>Sets one of the tensors that this part's next runs work on.</summary>
    public void Bind(int part, int external, Tensor<T> tensor) => seats[part].Bind(external, tensor);

    /// <summary>Runs it. All parts call; what one part is told all must be told.</summary>
    /// <param name="part">The caller's part.</param>
    public void Run(int part)
    {
        Seat seat = seats[part];
        foreach (Step[] level in levels)
        {
            team.Barrier();
            if (level == levels[0] && seat.GatedColumns.Length > 0)
            {
                ListColumns(seat);
            }

            foreach (Step step in level)
            {
                Run(seat, step, part);
            }
        }
    }

    private void ListColumns(Seat seat)
    {
        seat.Locate(new Operand(new Place(plan.Gate!), Access.AlongColumns), out nint gate, out _);
        fixed (nint* list = seat.GatedColumns)
        {
            KernelCompiler.ListColumns((T*)gate, plan.Gate!.Columns, TLanes.Count, list);
        }
    }

    private static object? Code(Instruction instruction) => instruction is KernelInstruction kernel
        ? KernelCompiler.Compile(kernel.Body, typeof(T), kernel.Columns == 1 ? VectorWidth.Scalar : Width)
        : null;

    private static VectorWidth Width => TLanes.Count == 1 ? VectorWidth.Scalar : (VectorWidth)(TLanes.Count * sizeof(T) * 8);

    private void Run(Seat seat, Step step, int part)
    {
        InstructionGroup group = step.Group;
        (int first, int end) = group.Rows == 0 ? (0, part == 0 ? 1 : 0) : WorkerTeam.Share(group.Rows, part, team.Parts, TileRows);
        if (first >= end)
        {
            return;
        }

        fixed (nint* bases = seat.Bases, steps = seat.Steps, pointers = seat.Pointers, gated = seat.GatedColumns)
        {
            int at = 0;
            foreach (Instruction instruction in group.Instructions)
            {
                foreach (Operand operand in instruction.Operands)
                {
                    seat.Locate(operand, out bases[at], out steps[at]);
                    at++;
                }
            }

            for (int row = first; row < end; row += group.BlockRows)
            {
                int rows = Math.Min(group.BlockRows, end - row);
                at = 0;
                for (int i = 0; i < step.Instructions.Length; i++)
                {
                    Instruction instruction = step.Instructions[i];
                    Operand[] operands = instruction.Operands;
                    for (int k = 0; k < operands.Length; k++)
                    {
                        bool moves = operands[k].Access is Access.Matrix or Access.AlongRows
                            && operands[k].Place.Buffer.Kind != BufferKind.Own;
                        pointers[k] = bases[at + k] + (moves ? row * steps[at + k] : 0);
                    }

                    pointers[operands.Length] = (nint)gated;
                    Run(instruction, step.Code[i], pointers, steps + at, row, rows);
                    at += operands.Length;
                }
            }
        }
    }

    private void Run(Instruction instruction, object? code, nint* pointers, nint* steps, int row, int rows)
    {
        switch (instruction)
        {
            case KernelInstruction kernel:
                RunKernel(kernel, (CompiledKernel)code!, pointers, steps, row, rows);
                break;
            case ProductInstruction product:
                RunProduct(product, pointers, steps, row, rows);
                break;
            case CopyInstruction copy:
                RunCopy(copy, pointers, steps, row, rows);
                break;
            case ColumnSumInstruction sum:
                RunColumnSum(sum, pointers, steps, row, rows);
                break;
            case VectorSumInstruction sum:
                T total = T.Zero;
                for (int i = 0; i < sum.Length; i++)
                {
                    total += *(T*)(pointers[0] + (i * steps[0]));
                }

                *(T*)pointers[1] = total;
                break;
            case WholeInstruction whole:
                RunWhole(whole, pointers, steps);
                break;
        }
    }

    private static void RunKernel(KernelInstruction kernel, CompiledKernel code, nint* pointers, nint* steps, int row, int rows)
    {
        int loads = kernel.Body.Loads.Length;
        nint bytes = (nint)kernel.Columns * sizeof(T);
        for (int i = 0; i < kernel.Body.Results.Length; i++)
        {
            if (kernel.Body.Results[i].Result == KernelResult.ColumnSum)
            {
                // A row of sums for each block of rows; its step is only between blocks.
                nint stride = steps[loads + i];
                pointers[loads + i] += row / TileRows * stride;
                new Span<T>((void*)pointers[loads + i], kernel.Columns).Clear();
            }
        }

        nint* rowSteps = stackalloc nint[kernel.Operands.Length];
        for (int i = 0; i < kernel.Operands.Length; i++)
        {
            rowSteps[i] = kernel.Operands[i].Access is Access.Matrix or Access.AlongRows ? steps[i] : 0;
        }

        code(pointers, rowSteps, rows, bytes, LaneMasks.For(bytes, TLanes.Count * sizeof(T)));
    }

    private static void RunProduct(ProductInstruction product, nint* pointers, nint* steps, int row, int rows)
    {
        var sum = new Summands(product.Depth);
        nint left = steps[0] / sizeof(T), right = steps[1] / sizeof(T), result = steps[2] / sizeof(T);
        if (product.Accumulates)
        {
            RunProduct(product, sum, pointers, left, right, row, rows, new Accumulate<TLanes, T>((T*)pointers[2], (int)result));
        }
        else
        {
            RunProduct(product, sum, pointers, left, right, row, rows, new Overwrite<TLanes, T>((T*)pointers[2], (int)result));
        }
    }

    private static void RunProduct<TStore>(
        ProductInstruction product, in Summands sum, nint* pointers, nint left, nint right, int row, int rows, in TStore store)
        where TStore : struct, ITileStore<TLanes, T>
    {
        if (product.LeftByRows)
        {
            PanelProduct<TLanes, T>.Run<LeftByRows<T>, TStore>(
                0, rows, product.Columns, sum, (T*)pointers[0], left, (T*)pointers[1], right, store);
        }
        else
        {
            PanelProduct<TLanes, T>.Run<LeftByColumns<T>, TStore>(
                0, rows, product.Columns, sum, (T*)pointers[0] + row, left, (T*)pointers[1], right, store);
        }
    }

    private static void RunCopy(CopyInstruction copy, nint* pointers, nint* steps, int row, int rows)
    {
        if (copy.Operands[0].Access == Access.AlongRows)
        {
            for (int i = 0; i < rows; i++)
            {
                *(T*)(pointers[1] + (i * steps[1])) = *(T*)(pointers[0] + (i * steps[0]));
            }

            return;
        }

        Transposition.Copy((T*)pointers[0] + row, steps[0] / sizeof(T), copy.Columns, rows, (T*)pointers[1], steps[1] / sizeof(T));
    }

    private static void RunColumnSum(ColumnSumInstruction sum, nint* pointers, nint* steps, int row, int rows)
    {
        T* source = (T*)pointers[0] + row;
        for (int i = 0; i < rows; i++)
        {
            T total = T.Zero;
            for (int block = 0; block < sum.Blocks; block++)
            {
                total += *(T*)((byte*)(source + i) + (block * steps[0]));
            }

            *(T*)(pointers[1] + (i * steps[1])) = total;
        }
    }

    private static void RunWhole(WholeInstruction whole, nint* pointers, nint* steps)
    {
        GraphNode node = whole.Node, x = node.X!;
        Tensor<T> source = View(x, pointers[0], steps[0]), result = View(node, pointers[1], steps[1]);
        if (node.Operation.Kind == OperationKind.LogSoftmax && x.Flipped)
        {
            LogSoftmaxDown(source, result);
            return;
        }

        OperationKernels.Evaluate(node.Operation, source, default, result);
    }

    // A vector as the matrix that it is: a column's elements lie in one run.
    private static Tensor<T> View(GraphNode node, nint pointer, nint step) =>
        node.IsMatrix ? new Tensor<T>((T*)pointer, node.StoredRows, node.StoredColumns, (int)(step / sizeof(T)))
        : node.Rows > 1 ? new Tensor<T>((T*)pointer, node.Rows, 1, Math.Max(1, (int)(step / sizeof(T))))
        : new Tensor<T>((T*)pointer, 1, node.Columns, Tensor<T>.StrideFor(node.Columns));

    private static void LogSoftmaxDown(Tensor<T> x, Tensor<T> result)
    {
        for (int c = 0; c < x.Columns; c++)
        {
            T largest = x.RowPointer(0)[c];
            for (int r = 1; r < x.Rows; r++)
            {
                largest = T.Max(largest, x.RowPointer(r)[c]);
            }

            T sum = T.Zero;
            for (int r = 0; r < x.Rows; r++)
            {
                sum += T.Exp(x.RowPointer(r)[c] - largest);
            }

            T logarithm = T.Log(sum) + largest;
            for (int r = 0; r < x.Rows; r++)
            {
                result.RowPointer(r)[c] = x.RowPointer(r)[c] - logarithm;
            }
        }
    }

    /// <summary>A group with the code of its kernels.</summary>
    private sealed class Step(InstructionGroup group, object?[] code)
    {
        public InstructionGroup Group { get; } = group;

        public Instruction[] Instructions { get; } = group.Instructions;

        public object?[] Code { get; } = code;
    }

    /// <summary>What one part works with.</summary>
    private sealed class Seat
    {
        private readonly nint[] addresses;
        private readonly nint[] strides;

        public Seat(ProgramPlan plan, Tensor<T>[] shared, Arena arena)
        {
            addresses = new nint[plan.Buffers.Length];
            strides = new nint[plan.Buffers.Length];
            foreach (ProgramBuffer buffer in plan.Buffers)
            {
                switch (buffer.Kind)
                {
                    case BufferKind.Shared:
                        Bind(buffer.Index, shared[buffer.Index]);
                        break;
                    case BufferKind.Own:
                        Bind(buffer.Index, buffer.IsVector ? arena.Allocate<T>(1, 256) : arena.Allocate<T>(buffer.Rows, buffer.Columns));
                        break;
                }
            }
        }

        public nint[] Pointers { get; set; } = [];

        public nint[] Bases { get; set; } = [];

        public nint[] Steps { get; set; } = [];

        public nint[] GatedColumns { get; set; } = [];

        public void Bind(int index, Tensor<T> tensor) =>
            (addresses[index], strides[index]) = ((nint)tensor.Pointer, (nint)tensor.Stride * sizeof(T));

        /// <summary>Where an operand has row 0, and how far it is from row to row.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Locate(Operand operand, out nint address, out nint step)
        {
            ProgramBuffer buffer = operand.Place.Buffer;
            nint stride = strides[buffer.Index];
            nint element = buffer is { IsVector: true, IsColumn: true } ? stride : sizeof(T);
            address = addresses[buffer.Index] + (operand.Place.RowOffset * stride) + (operand.Place.ElementOffset * element);
            step = operand.Access == Access.AlongRows || (operand.Access == Access.Scalar && buffer.IsVector) ? element : stride;
        }
    }
}
