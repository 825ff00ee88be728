using Engram.Numerics.Autodiff;

namespace Engram.Numerics.Programs;

/// <summary>Whose a piece of a program's memory is.</summary>
internal enum BufferKind
{
    /// <summary>The caller's, told before each run.</summary>
    External,

    /// <summary>The program's.</summary>
    Shared,

    /// <summary>A thread's own: as many rows as it works on at a time.</summary>
    Own,
}

/// <summary>Memory of a program: rows of numbers, or a vector in one run.</summary>
internal sealed class ProgramBuffer
{
    public required int Index { get; init; }

    public required BufferKind Kind { get; init; }

    public required int Rows { get; set; }

    public required int Columns { get; init; }

    /// <summary>Whether it is a vector, an element after the other.</summary>
    public required bool IsVector { get; init; }

    /// <summary>Whether a vector's elements are a row of memory apart.</summary>
    public bool IsColumn { get; init; }
}

/// <summary>Where a node's numbers lie.</summary>
internal readonly record struct Place(ProgramBuffer Buffer, int RowOffset = 0, int ElementOffset = 0);

/// <summary>How a kernel reads or writes a place as it goes over rows and columns.</summary>
internal enum Access
{
    /// <summary>A row of memory a row.</summary>
    Matrix,

    /// <summary>An element a row.</summary>
    AlongRows,

    /// <summary>The same run of elements in each row.</summary>
    AlongColumns,

    /// <summary>One element.</summary>
    Scalar,
}

/// <summary>A place as an instruction sees it.</summary>
internal readonly record struct Operand(Place Place, Access Access);

/// <summary>What becomes of a value in a kernel.</summary>
internal enum KernelResult
{
    /// <summary>It is stored.</summary>
    Store,

    /// <summary>It is added to what is there.</summary>
    Accumulate,

    /// <summary>Its sum along the row is stored.</summary>
    RowSum,

    /// <summary>It is added to one row for all rows.</summary>
    ColumnSum,
}

/// <summary>An elementwise operation of a kernel on values before it; −1 for none.</summary>
/// <param name="Kind">What; <see cref="OperationKind.Leaf"/> is a constant.</param>
/// <param name="Number">The constant, factor or summand.</param>
/// <param name="X">First input: an operand's number, or the number of operands plus an operation's.</param>
/// <param name="Y">Second input.</param>
/// <param name="Z">The other term of a sum or difference of which one is the product of x and y, or of x and the number.</param>
/// <param name="Merges">1 where the product is the first term, 2 where it is the second, else 0.</param>
internal readonly record struct KernelOperation(OperationKind Kind, double Number, int X, int Y, int Z = -1, int Merges = 0);

/// <summary>What a kernel computes at each element: loads, operations in order, results.</summary>
/// <param name="Loads">How each load is read.</param>
/// <param name="Operations">What is computed, in order.</param>
/// <param name="Results">What becomes of it.</param>
/// <param name="Gate">What shows where there is nothing to do; null where there always is.</param>
internal sealed record KernelBody(
    Access[] Loads, KernelOperation[] Operations, (int Value, KernelResult Result, Access Access)[] Results, KernelGate? Gate = null);

/// <summary>A vector of which most elements may be 0, and what a kernel does where one is.</summary>
/// <param name="Load">The vector among the loads: an element a row, or a run of elements over the columns. Columns where it is 0 are left
/// out; there is nothing to store there.</param>
/// <param name="Standing">Of rows, for each result: the load that is copied where the vector is 0, or <see cref="Nothing"/> or
/// <see cref="Zero"/>.</param>
internal sealed record KernelGate(int Load, int[] Standing)
{
    /// <summary>Nothing is stored.</summary>
    public const int Nothing = -1;

    /// <summary>Zeros are stored.</summary>
    public const int Zero = -2;
}

/// <summary>One thing that a program does with a range of rows.</summary>
internal abstract record Instruction(Operand[] Operands);

/// <summary>Elementwise work over rows of some length. Operands: loads, then results.</summary>
internal sealed record KernelInstruction(KernelBody Body, int Columns, Operand[] Operands) : Instruction(Operands);

/// <summary>Rows of a product. Operands: left, right, result.</summary>
internal sealed record ProductInstruction(bool LeftByRows, bool Accumulates, int Depth, int Columns, Operand[] Operands)
    : Instruction(Operands);

/// <summary>Rows of a transpose, or elements of a column as one run. Operands: source, result.</summary>
internal sealed record CopyInstruction(int Columns, Operand[] Operands) : Instruction(Operands);

/// <summary>Elements of the sum of blocks. Operands: the blocks' sums, result.</summary>
internal sealed record ColumnSumInstruction(int Blocks, Operand[] Operands) : Instruction(Operands);

/// <summary>The sum of a vector. Operands: vector, result.</summary>
internal sealed record VectorSumInstruction(int Length, Operand[] Operands) : Instruction(Operands);

/// <summary>An operation as tapes compute it. Operands: source, result; both with their shapes.</summary>
internal sealed record WholeInstruction(GraphNode Node, Operand[] Operands) : Instruction(Operands);

/// <summary>Instructions that a thread does one after the other for some rows at a time.</summary>
/// <param name="Rows">How many rows there are; 0 for what one thread does.</param>
/// <param name="BlockRows">How many at a time.</param>
/// <param name="Instructions">What is done.</param>
internal sealed record InstructionGroup(int Rows, int BlockRows, Instruction[] Instructions);

/// <summary>A plan: levels between which all threads meet, each of groups that do not mind each other.</summary>
/// <param name="Buffers">All memory.</param>
/// <param name="Externals">How many of the buffers, the first ones, are the caller's.</param>
/// <param name="Levels">What is done.</param>
/// <param name="Gate">A vector from outside that is mostly 0; null for none.</param>
/// <param name="Standing">Outputs whose rows are not stored where the gate is 0, and whether such an output may lie where the input lies
/// that those rows come from.</param>
internal sealed record ProgramPlan(
    ProgramBuffer[] Buffers, int Externals, InstructionGroup[][] Levels, ProgramBuffer? Gate, IReadOnlyDictionary<int, bool> Standing);
