using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>Some rows of one parameter.</summary>
internal readonly record struct ParameterChunk(int Parameter, int FirstRow, int Rows)
{
    internal Tensor<float> Of(MetaParameters<float> values) => values[Parameter].Slice(FirstRow, Rows);
}

/// <summary>All meta-parameters that are learnt, cut into chunks of rows that do not depend on the number of threads. What is frozen is in
/// no chunk: no sum, norm or update ever touches it.</summary>
internal sealed class ParameterChunks
{
    private const int ChunkElements = 1 << 14;
    private readonly ImmutableArray<ParameterChunk> chunks;

    internal ParameterChunks(ParameterLayout layout, FrozenParameters frozen)
    {
        var result = ImmutableArray.CreateBuilder<ParameterChunk>();
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            if (frozen.Contains(layout.Parameters[i]))
            {
                continue;
            }

            int rowsPerChunk = Math.Max(1, ChunkElements / layout.Parameters[i].Columns);
            for (int row = 0; row < layout.Parameters[i].Rows; row += rowsPerChunk)
            {
                result.Add(new ParameterChunk(i, row, Math.Min(rowsPerChunk, layout.Parameters[i].Rows - row)));
            }
        }

        chunks = result.ToImmutable();
    }

    internal int Count => chunks.Length;

    internal ParameterChunk this[int index] => chunks[index];

    /// <summary>A member's share of the chunks; made once, so that a step allocates nothing.</summary>
    internal Action<int> Over(int members, Action<int> body) => member =>
    {
        for (int c = member; c < chunks.Length; c += members)
        {
            body(c);
        }
    };
}
