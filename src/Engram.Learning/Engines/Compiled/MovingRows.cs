using System.Numerics;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Programs;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Compiled;

/// <summary>The rows of clamped readouts that each step of a life changes, which are those whose target is not 0, and what they were
/// before.</summary>
/// <remarks>Such a state lies in one place for the whole life. On the way back its rows are put back step by step, so that no checkpoint
/// of it is needed. Each part handles the rows that are its own in the programs too.</remarks>
internal sealed unsafe class MovingRows<TLanes, T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Fewer outputs are passed over as fast, and where more of the rows move than one in so many, there is little to gain.
    private const int LeastOutputs = 32, MovingShare = 8;
    private readonly WorkerTeam team;
    private readonly int[] states, rows, firstOf;
    private readonly int outputs;
    private readonly Tensor<T>[] before;

    /// <summary>Makes room for one life.</summary>
    /// <param name="states">The states whose rows move.</param>
    /// <param name="specs">All states.</param>
    /// <param name="steps">Inner steps.</param>
    /// <param name="most">Rows that there is room for in a life.</param>
    /// <param name="outputs">Outputs, which are the states' rows.</param>
    /// <param name="differentiates">Whether there is a way back.</param>
    /// <param name="team">Who runs the programs.</param>
    /// <param name="arena">Where memory comes from.</param>
    public MovingRows(
        ReadOnlySpan<int> states, IReadOnlyList<StateSpec> specs, int steps, int most, int outputs, bool differentiates, WorkerTeam team,
        Arena arena)
    {
        (this.states, this.outputs, this.team) = (states.ToArray(), outputs, team);
        (rows, firstOf) = (new int[most], new int[steps + 1]);
        before = differentiates ? [.. this.states.Select(i => arena.Allocate<T>(rows.Length, specs[i].Columns))] : [];
    }

    /// <summary>How many rows the targets of a life move, where they are so few that it is worth while to follow them; else −1.</summary>
    /// <param name="lifetime">The life.</param>
    /// <param name="checkpoints">States that it would keep otherwise.</param>
    public static int Count(Lifetime<T> lifetime, int checkpoints)
    {
        Tensor<T> targets = lifetime.StreamTargets;
        if (lifetime.BatchSize != 1 || !lifetime.StreamMask.IsEmpty || targets.Columns < LeastOutputs)
        {
            return -1;
        }

        long most = Math.Min((long)targets.Rows * (targets.Columns / MovingShare), (long)checkpoints * targets.Columns);
        int count = 0;
        for (int t = 0; t < targets.Rows && count <= most; t++)
        {
            foreach (T target in Row(targets, t))
            {
                count += target == T.Zero ? 0 : 1;
            }
        }

        return count <= most ? count : -1;
    }

    /// <summary>Finds the rows of a life; before it, by one thread.</summary>
    public void Find(Tensor<T> targets)
    {
        int count = 0;
        for (int t = 0; t < targets.Rows; t++)
        {
            firstOf[t] = count;
            ReadOnlySpan<T> target = Row(targets, t);
            for (int k = 0; k < target.Length; k++)
            {
                if (target[k] != T.Zero)
                {
                    rows[count++] = k;
                }
            }
        }

        firstOf[targets.Rows] = count;
    }

    /// <summary>Notes what a step's rows are before it.</summary>
    public void Save(int part, int t, Tensor<T>[] state)
    {
        for (int i = 0; i < before.Length; i++)
        {
            Copy(part, t, state[states[i]], false, before[i], true);
        }
    }

    /// <summary>Puts a step's rows back to what they were before it.</summary>
    public void Restore(int part, int t, Tensor<T>[] state)
    {
        for (int i = 0; i < before.Length; i++)
        {
            Copy(part, t, before[i], true, state[states[i]], false);
        }
    }

    /// <summary>Copies a step's rows of the adjoint that it left to where the other one lies.</summary>
    public void CatchUp(int part, int t, Tensor<T>[] from, Tensor<T>[] to)
    {
        foreach (int i in states)
        {
            Copy(part, t, from[i], false, to[i], false);
        }
    }

    /// <summary>Copies all rows.</summary>
    public void CopyAll(int part, Tensor<T>[] from, Tensor<T>[] to)
    {
        (int start, int end) = Share(part);
        foreach (int i in states)
        {
            to[i].Slice(start, end - start).CopyFrom(from[i].Slice(start, end - start));
        }
    }

    private static ReadOnlySpan<T> Row(Tensor<T> tensor, int row) => new(tensor.RowPointer(row), tensor.Columns);

    private (int Start, int End) Share(int part) =>
        WorkerTeam.Share(outputs, part, team.Parts, CompiledProgram<TLanes, T>.TileRows);

    // What is noted has a row for each that moves; a state has them where they belong.
    private void Copy(int part, int t, Tensor<T> from, bool fromNotes, Tensor<T> to, bool toNotes)
    {
        (int start, int end) = Share(part);
        for (int i = firstOf[t]; i < firstOf[t + 1]; i++)
        {
            if (rows[i] >= start && rows[i] < end)
            {
                Row(from, fromNotes ? i : rows[i]).CopyTo(new Span<T>(to.RowPointer(toNotes ? i : rows[i]), to.Columns));
            }
        }
    }
}
