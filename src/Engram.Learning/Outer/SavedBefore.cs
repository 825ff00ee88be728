using System.Collections.Immutable;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>What an estimator remembered before an outer step, to be put back where the step fails.</summary>
internal sealed class SavedBefore : IDisposable
{
    private readonly Arena arena = new();
    private readonly ImmutableArray<SavedTensor> live;
    private readonly Tensor<float>[] copies;

    public SavedBefore(ImmutableArray<SavedTensor> live)
    {
        this.live = live;
        copies = [.. live.Select(t => arena.Allocate<float>(t.Values.Rows, t.Values.Columns))];
    }

    public void Take()
    {
        for (int i = 0; i < copies.Length; i++)
        {
            copies[i].CopyFrom(live[i].Values);
        }
    }

    public void PutBack()
    {
        for (int i = 0; i < copies.Length; i++)
        {
            live[i].Values.CopyFrom(copies[i]);
        }
    }

    public void Dispose() => arena.Dispose();
}
