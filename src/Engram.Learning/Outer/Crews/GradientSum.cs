using System.Numerics;
using System.Runtime.InteropServices;
using Engram.Learning.Learners;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer.Crews;

/// <summary>Sums meta-gradients in the order of their lifetimes, over several threads.</summary>
internal sealed class GradientSum
{
    private readonly MetaParameters<float> total;
    private readonly ParameterChunks chunks;
    private readonly WorkerTeam team;
    private readonly int members;
    private readonly MetaParameters<float>[] summands;
    private readonly Action<int> add;
    private int summandCount;
    private bool overwriting;

    internal GradientSum(MetaParameters<float> total, ParameterChunks chunks, WorkerTeam team)
    {
        (this.total, this.chunks, this.team) = (total, chunks, team);
        members = Math.Max(1, Math.Min(team.Parts, chunks.Count));
        summands = new MetaParameters<float>[team.Parts];
        add = chunks.Over(members, Accumulate);
    }

    /// <summary>total ← (overwrite ? 0 : total) + slots[0] + slots[1] + …, in that order.</summary>
    internal void Add(ReadOnlySpan<MetaParameters<float>> slots, bool overwrite)
    {
        slots.CopyTo(summands);
        (summandCount, overwriting) = (slots.Length, overwrite);
        team.Run(members, add);
    }

    /// <summary>sum ← sum + summand, elementwise.</summary>
    internal static void AddTo(Span<float> sum, ReadOnlySpan<float> summand)
    {
        Span<Vector<float>> sums = MemoryMarshal.Cast<float, Vector<float>>(sum);
        ReadOnlySpan<Vector<float>> added = MemoryMarshal.Cast<float, Vector<float>>(summand);
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += added[i];
        }

        for (int i = sums.Length * Vector<float>.Count; i < sum.Length; i++)
        {
            sum[i] += summand[i];
        }
    }

    private void Accumulate(int chunk)
    {
        Tensor<float> target = chunks[chunk].Of(total);
        for (int r = 0; r < target.Rows; r++)
        {
            Span<float> sum = target.Row(r);
            for (int s = 0; s < summandCount; s++)
            {
                ReadOnlySpan<float> summand = chunks[chunk].Of(summands[s]).Row(r);
                if (overwriting && s == 0)
                {
                    summand.CopyTo(sum);
                    continue;
                }

                AddTo(sum, summand);
            }
        }
    }
}
