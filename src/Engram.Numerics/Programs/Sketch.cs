using Engram.Numerics.Autodiff;

namespace Engram.Numerics.Programs;

/// <summary>A tape without numbers: it records what would be computed, once, for a <see cref="Graph"/> to be made of it.</summary>
/// <remarks>What is recorded must not depend on numbers; whoever asks for one is told so by <see cref="NumberAskedException"/>.</remarks>
internal sealed class Sketch : Tape
{
    private readonly Dictionary<int, double> constants = [];

    /// <summary>A leaf: numbers that come from outside whenever the program runs.</summary>
    public Var Leaf(int rows, int columns) => AppendLeaf(rows, columns);

    /// <inheritdoc/>
    public override Var Constant(int rows, int columns, double value)
    {
        Var leaf = AppendLeaf(rows, columns);
        constants.Add(leaf.Id, value);
        return leaf;
    }

    /// <inheritdoc/>
    public override double ElementOf(Var value, int row, int column) => throw new NumberAskedException();

    /// <summary>The number that all elements of a recorded constant have; null for anything else.</summary>
    public double? ConstantAt(int id) => constants.TryGetValue(id, out double value) ? value : null;

    /// <summary>The recorded value of that number.</summary>
    public Var VarAt(int id) => At(id);

    /// <inheritdoc/>
    public override void Clear()
    {
        base.Clear();
        constants.Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    /// <inheritdoc/>
    private protected override void Evaluate(int id)
    {
    }
}

/// <summary>A recorded number was asked for while there is none: what depends on it cannot be recorded once and run many times.</summary>
internal sealed class NumberAskedException : Exception
{
    /// <summary>Says so.</summary>
    public NumberAskedException()
        : base("Found a step that reads numbers while it is recorded, expected one that only computes with them.")
    {
    }
}
