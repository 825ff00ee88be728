using System.Collections.Immutable;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>What an estimator remembered before an outer step, to be put back where the step fails.</summary>
internal sealed class SavedBefore : IDisposable
{
    private readonly Arena arena = new();
    private readonly ImmutableArray<SavedTensor> live;
    private readonly Tensor<float>[] copies;

    public SavedBefore(ImmutableArray<SavedTensor> live)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (SavedTensor tensor in live)
        {
            Names.Check(tensor.Name, "state", "the estimator");
            if (!names.Add(tensor.Name) || tensor.Shape.Aggregate(1L, (product, n) => product * n) != tensor.Values.Count)
            {
                throw new EngramException(
                    $"Found the estimator's state '{tensor.Name}' of shape [{string.Join(", ", tensor.Shape)}] with " +
                    $"{tensor.Values.Count} numbers, expected names that differ and as many numbers as the shape says.");
            }
        }

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
