using System.Collections.Immutable;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Memory;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Training;

/// <summary>A tensor that an optimizer moves.</summary>
/// <param name="Name">Name in checkpoints.</param>
/// <param name="Layer">The layer it belongs to.</param>
/// <param name="Shape">Shape in checkpoints.</param>
/// <param name="Values">The values.</param>
/// <param name="Direction">What the optimizer takes for the gradient.</param>
/// <param name="Decays">Whether the decay multiplies it.</param>
internal readonly record struct OptimizedTensor(
    string Name, int Layer, ImmutableArray<int> Shape, Tensor<float> Values, Tensor<float> Direction, bool Decays);

/// <summary>Tensors that move at one pace: their optimizer, its moments, and how often they have moved.</summary>
/// <remarks>Work is cut into chunks of rows that do not depend on the number of threads, and each element's update depends on that element
/// alone: the same bits on any number of threads.</remarks>
internal sealed class OptimizedTensors : IDisposable
{
    private const int ChunkElements = 1 << 14;

    private readonly Arena arena = new();
    private readonly IMetaOptimizer optimizer;
    private readonly ImmutableArray<OptimizedTensor> tensors;
    private readonly Tensor<float>[][] moments;
    private readonly ImmutableArray<(int Tensor, int FirstRow, int Rows)> chunks;
    private readonly bool[] finite;
    private readonly WorkerTeam team;
    private readonly Action<int> share;
    private OptimizerStep step;
    private float decay;

    public OptimizedTensors(string optimizerName, IEnumerable<OptimizedTensor> tensors, WorkerTeam team)
    {
        optimizer = MetaOptimizers.Registry.Get(optimizerName);
        (this.tensors, this.team) = ([.. tensors], team);
        moments = [.. this.tensors.Select(
            t => (Tensor<float>[])[.. optimizer.Moments.Select(_ => arena.Allocate<float>(t.Values.Rows, t.Values.Columns))])];
        chunks = [.. this.tensors.SelectMany((t, i) => Cut(i, t.Values))];
        finite = new bool[chunks.Length];
        share = Share;
    }

    /// <summary>How many updates there have been.</summary>
    public long Updates { get; set; }

    /// <summary>Everything that a checkpoint needs of these tensors but <see cref="Updates"/>.</summary>
    public IEnumerable<Snapshot.Place> Places()
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            yield return new Snapshot.Place(tensors[i].Name, tensors[i].Shape, tensors[i].Values);
            for (int m = 0; m < moments[i].Length; m++)
            {
                yield return new Snapshot.Place($"optimizer.{optimizer.Moments[m]}.{tensors[i].Name}", tensors[i].Shape, moments[i][m]);
            }
        }
    }

    /// <summary>θ ← decay θ − (the optimizer's step) for all.</summary>
    /// <returns>The first tensor that has become non-finite, or null; nothing is undone.</returns>
    public OptimizedTensor? Update(double rate, double decayFactor)
    {
        if (tensors.IsEmpty)
        {
            return null;
        }

        (step, decay) = (new OptimizerStep(++Updates, rate), (float)decayFactor);
        team.Run(share);
        int wrong = finite.AsSpan().IndexOf(false);
        return wrong < 0 ? null : tensors[chunks[wrong].Tensor];
    }

    public void Dispose() => arena.Dispose();

    private static IEnumerable<(int Tensor, int FirstRow, int Rows)> Cut(int index, Tensor<float> values)
    {
        int rows = Math.Max(1, ChunkElements / values.Columns);
        for (int row = 0; row < values.Rows; row += rows)
        {
            yield return (index, row, Math.Min(rows, values.Rows - row));
        }
    }

    private void Share(int part)
    {
        Span<Tensor<float>> state = stackalloc Tensor<float>[optimizer.Moments.Length];
        for (int c = part; c < chunks.Length; c += team.Parts)
        {
            (int index, int first, int rows) = chunks[c];
            OptimizedTensor tensor = tensors[index];
            Tensor<float> values = tensor.Values.Slice(first, rows);
            for (int m = 0; m < state.Length; m++)
            {
                state[m] = moments[index][m].Slice(first, rows);
            }

            ScaledRows.Multiply(values, tensor.Decays ? decay : 1);

            optimizer.Update(step, values, tensor.Direction.Slice(first, rows), state);
            bool good = FiniteNumbers.Fill(values);
            foreach (Tensor<float> moment in state)
            {
                good &= FiniteNumbers.Fill(moment);
            }

            finite[c] = good;
        }
    }
}
