using Engram.Numerics.Autodiff;

namespace Engram.Numerics.Programs;

/// <summary>Finds what a plan need not do where a vector, its gate, is 0.</summary>
/// <remarks>
/// <para>A clamped readout of 1,000 outputs learns from a target that has one 1. With p = 0, what Oja's rule adds to a row,
/// α ∘ (p x − p² W), is 0, and so is all that the row's adjoint gets: W and its adjoint stand still, and the row is neither read nor
/// written. A product of the feedback weights with p reads the columns alone where p is not 0.</para>
/// <para>Which kernels those are is found by following zeros from the gate through what is computed from it. The numbers are the same
/// ones, but that a 0 may have another sign. That 0 times any other number is 0 is taken for granted; a number that is not finite stays
/// where it is, and is found there.</para>
/// </remarks>
internal sealed class StandingRows
{
    private const int Unknown = -2, Zero = -1;
    private readonly ProgramBuffer gate;
    private readonly IReadOnlyDictionary<ProgramBuffer, ProgramBuffer> pairs;
    private readonly HashSet<ProgramBuffer> zeros;
    private readonly HashSet<ProgramBuffer> read = [];
    private readonly Dictionary<ProgramBuffer, (int Level, InstructionGroup Group, int Position)> standing = [];

    private StandingRows(ProgramBuffer gate, IReadOnlyDictionary<ProgramBuffer, ProgramBuffer> pairs) =>
        (this.gate, this.pairs, zeros) = (gate, pairs, [gate]);

    /// <summary>Gives kernels their gates.</summary>
    /// <param name="levels">The plan; its kernels are replaced.</param>
    /// <param name="gate">The gate, a vector from outside.</param>
    /// <param name="pairs">Of outputs whose standing rows the caller has put there, the inputs they come from.</param>
    /// <returns>The outputs of the pairs whose standing rows are left alone, and whether they may lie where the inputs lie.</returns>
    public static Dictionary<int, bool> Find(
        InstructionGroup[][] levels, ProgramBuffer gate, IReadOnlyDictionary<ProgramBuffer, ProgramBuffer> pairs)
    {
        var rows = new StandingRows(gate, pairs);
        foreach (InstructionGroup group in levels.SelectMany(l => l).Where(g => g.Rows == gate.Columns))
        {
            foreach (Instruction instruction in group.Instructions)
            {
                rows.FollowZeros(instruction);
            }
        }

        for (int level = levels.Length - 1; level >= 0; level--)
        {
            foreach (InstructionGroup group in levels[level])
            {
                for (int i = group.Instructions.Length - 1; i >= 0; i--)
                {
                    rows.Close(group, level, i);
                }
            }
        }

        return rows.standing.ToDictionary(s => s.Key.Index, s => MayLieThere(levels, pairs[s.Key], s.Value));
    }

    // All that reads the input must be done with a row before the kernel that writes it.
    private static bool MayLieThere(
        InstructionGroup[][] levels, ProgramBuffer input, (int Level, InstructionGroup Group, int Position) writer)
    {
        for (int level = 0; level < levels.Length; level++)
        {
            foreach (InstructionGroup group in levels[level])
            {
                for (int i = 0; i < group.Instructions.Length; i++)
                {
                    bool inGroup = level == writer.Level && group == writer.Group && i <= writer.Position;
                    if (level >= writer.Level && group.Instructions[i].Operands.Any(
                        o => o.Place.Buffer == input && !(inGroup && o.Access == Access.Matrix && o.Place.RowOffset == 0)))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }

    private void FollowZeros(Instruction instruction)
    {
        if (instruction is KernelInstruction kernel)
        {
            int[] values = Values(kernel, Access.AlongRows);
            int loads = kernel.Body.Loads.Length;
            for (int i = 0; i < kernel.Body.Results.Length; i++)
            {
                (int value, KernelResult result, _) = kernel.Body.Results[i];
                if (values[value] == Zero && result is KernelResult.Store or KernelResult.RowSum)
                {
                    zeros.Add(kernel.Operands[loads + i].Place.Buffer);
                }
            }
        }
        else if (instruction is CopyInstruction copy && copy.Operands[0].Access == Access.AlongRows && IsZero(copy.Operands[0]))
        {
            zeros.Add(copy.Operands[1].Place.Buffer);
        }
    }

    private void Close(InstructionGroup group, int level, int position)
    {
        Instruction instruction = group.Instructions[position];
        if (instruction is KernelInstruction { Columns: > 1 } kernel)
        {
            if (group.Rows == gate.Columns && CloseRows(kernel) is { } gatedRows)
            {
                group.Instructions[position] = gatedRows;
                FindStanding(gatedRows, group, level, position);
                return;
            }

            if (kernel.Columns == gate.Columns && CloseColumns(kernel) is { } gatedColumns)
            {
                group.Instructions[position] = gatedColumns;
            }
        }

        foreach (Operand operand in instruction.Operands)
        {
            read.Add(operand.Place.Buffer);
        }
    }

    private KernelInstruction? CloseRows(KernelInstruction kernel)
    {
        KernelBody body = kernel.Body;
        int loads = body.Loads.Length;
        if (!Enumerable.Range(0, loads).Any(i => IsZero(kernel.Operands[i], body.Loads[i], Access.AlongRows))
            && !Array.Exists(kernel.Operands[loads..], r => pairs.ContainsKey(r.Place.Buffer)))
        {
            return null;
        }

        int[] values = Values(kernel, Access.AlongRows);
        var becomes = new int[body.Results.Length];
        for (int i = 0; i < becomes.Length; i++)
        {
            (int value, KernelResult result, _) = body.Results[i];
            ProgramBuffer target = kernel.Operands[loads + i].Place.Buffer;
            int known = values[value];
            if (result is KernelResult.Store && target.Kind != BufferKind.External && !read.Contains(target))
            {
                becomes[i] = KernelGate.Nothing;
            }
            else if (known == Unknown || (known >= 0 && (result != KernelResult.Store || body.Loads[known] != Access.Matrix)))
            {
                return null;
            }
            else if (result is KernelResult.Accumulate or KernelResult.ColumnSum)
            {
                becomes[i] = KernelGate.Nothing;
            }
            else
            {
                becomes[i] = known == Zero ? KernelGate.Zero : IsPair(target, kernel.Operands[known]) ? KernelGate.Nothing : known;
            }
        }

        foreach (int load in becomes.Where(b => b >= 0))
        {
            read.Add(kernel.Operands[load].Place.Buffer);
        }

        return WithGate(kernel, Access.AlongRows, becomes);
    }

    private KernelInstruction? CloseColumns(KernelInstruction kernel)
    {
        KernelBody body = kernel.Body;
        if (!Enumerable.Range(0, body.Loads.Length).Any(i => IsZero(kernel.Operands[i], body.Loads[i], Access.AlongColumns)))
        {
            return null;
        }

        int[] values = Values(kernel, Access.AlongColumns);
        return Array.TrueForAll(body.Results, r => values[r.Value] == Zero && r.Result is KernelResult.Accumulate or KernelResult.RowSum)
            ? WithGate(kernel, Access.AlongColumns, [])
            : null;
    }

    private bool IsPair(ProgramBuffer target, Operand source) =>
        pairs.TryGetValue(target, out ProgramBuffer? input) && input == source.Place.Buffer && source.Place.RowOffset == 0;

    private void FindStanding(KernelInstruction kernel, InstructionGroup group, int level, int position)
    {
        int loads = kernel.Body.Loads.Length;
        for (int i = 0; i < kernel.Body.Results.Length; i++)
        {
            ProgramBuffer target = kernel.Operands[loads + i].Place.Buffer;
            if (pairs.ContainsKey(target) && kernel.Body.Gate!.Standing[i] == KernelGate.Nothing)
            {
                standing[target] = (level, group, position);
            }
        }
    }

    // The gate becomes a load, if it is none yet.
    private KernelInstruction WithGate(KernelInstruction kernel, Access access, int[] becomes)
    {
        KernelBody body = kernel.Body;
        int loads = body.Loads.Length;
        int load = Array.FindIndex(kernel.Operands[..loads], o => o.Place == new Place(gate) && o.Access == access);
        if (load >= 0)
        {
            return kernel with { Body = body with { Gate = new KernelGate(load, becomes) } };
        }

        int Moved(int value) => value >= loads ? value + 1 : value;
        return kernel with
        {
            Operands = [.. kernel.Operands[..loads], new Operand(new Place(gate), access), .. kernel.Operands[loads..]],
            Body = new KernelBody(
                [.. body.Loads, access],
                [.. body.Operations.Select(o => o with { X = Moved(o.X), Y = Moved(o.Y), Z = Moved(o.Z) })],
                [.. body.Results.Select(r => (Moved(r.Value), r.Result, r.Access))],
                new KernelGate(loads, becomes)),
        };
    }

    private bool IsZero(Operand operand) => zeros.Contains(operand.Place.Buffer) && operand.Place is { RowOffset: 0, ElementOffset: 0 };

    // Of vectors along the way, or of whole rows.
    private bool IsZero(Operand operand, Access load, Access along) =>
        IsZero(operand) && (load == along || (load == Access.Matrix && along == Access.AlongRows));

    /// <summary>Of each value where the gate is 0: the load that it equals, or that it is 0 or not known.</summary>
    private int[] Values(KernelInstruction kernel, Access along)
    {
        KernelBody body = kernel.Body;
        int loads = body.Loads.Length;
        var values = new int[loads + body.Operations.Length];
        for (int i = 0; i < loads; i++)
        {
            values[i] = IsZero(kernel.Operands[i], body.Loads[i], along) ? Zero : i;
        }

        for (int i = 0; i < body.Operations.Length; i++)
        {
            values[loads + i] = ValueOf(body.Operations[i], values);
        }

        return values;
    }

    private static int ValueOf(KernelOperation o, int[] values)
    {
        int Of(int value) => value < 0 ? Unknown : values[value];
        bool isProduct = o.Merges > 0 || o.Kind is OperationKind.Multiply or OperationKind.Scale;
        bool productIsZero = isProduct && (Of(o.X) == Zero || Of(o.Y) == Zero);
        if (o.Merges > 0)
        {
            int other = Of(o.Z);
            bool keepsSign = o.Kind == OperationKind.Add || o.Merges == 2;
            return !productIsZero ? Unknown : keepsSign || other == Zero ? other : Unknown;
        }

        return o.Kind switch
        {
            OperationKind.Leaf => o.Number == 0 ? Zero : Unknown,
            OperationKind.Multiply or OperationKind.Scale => productIsZero ? Zero : Unknown,
            OperationKind.Add => Of(o.X) == Zero ? Of(o.Y) : Of(o.Y) == Zero ? Of(o.X) : Unknown,
            OperationKind.Subtract => Of(o.Y) == Zero ? Of(o.X) : Unknown,
            OperationKind.Square or OperationKind.Relu or OperationKind.Tanh or OperationKind.Abs => Of(o.X) == Zero ? Zero : Unknown,
            _ => Unknown,
        };
    }
}
