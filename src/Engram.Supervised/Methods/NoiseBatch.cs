using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Threads;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Noise for a batch, N(0, 1), one example a column: what methods send through layers.</summary>
/// <remarks>Every row is a stream of its own, so that neither threads nor the number of rows or columns that somebody reads change a
/// number.</remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
internal sealed class NoiseBatch<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tensor<T> noise;
    private readonly SharedRows rows;
    private readonly Action<int, int> draw;
    private RandomStream draws;
    private int columns;

    public NoiseBatch(int units, int capacity, WorkerTeam team)
    {
        noise = arena.Allocate<T>(units, capacity);
        (rows, draw) = (new SharedRows(team), Draw);
    }

    /// <summary>Draws anew.</summary>
    /// <param name="random">Where the numbers come from; only splits of it are read.</param>
    /// <param name="examples">How many columns.</param>
    public void Draw(RandomStream random, int examples)
    {
        (draws, columns) = (random, examples);
        rows.Run(noise.Rows, 8L * noise.Rows * examples, draw);
    }

    /// <summary>The first rows of what was drawn last, [units, examples].</summary>
    public unsafe Tensor<T> For(int units) => new(noise.Slice(0, units).Pointer, units, columns, noise.Stride);

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private void Draw(int first, int end)
    {
        for (int r = first; r < end; r++)
        {
            RandomStream row = draws.Split((ulong)r);
            row.FillNoise(noise.Row(r)[..columns]);
        }
    }
}
