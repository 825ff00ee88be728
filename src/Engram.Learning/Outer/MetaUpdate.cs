using System.Runtime.Intrinsics;
using Engram.Learning.Learners;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer;

/// <summary>From a meta-gradient to new meta-parameters: norm, clipping and the optimizer's update, over several threads.</summary>
/// <remarks>
/// Work is cut into chunks of rows that do not depend on the number of threads; sums over chunks are taken in their order. Hence the same
/// bits on any
/// number of threads.
/// </remarks>
internal sealed class MetaUpdate : IDisposable
{
    private const int ChunkElements = 1 << 14;

    private readonly MetaParameters<float> parameters;
    private readonly MetaParameters<float>[] moments;
    private readonly MetaParameters<float>[] backups;
    private readonly MetaTrainingSpec spec;
    private readonly IMetaOptimizer optimizer;
    private readonly WorkerTeam team;
    private readonly ParameterChunks chunks;
    private readonly int members;
    private readonly double[] rates;
    private readonly double[] squares;
    private readonly bool[] finite;
    private readonly Action<int> square, update, restore;
    private MetaParameters<float> gradient;
    private float scale;
    private double factor;
    private long updateNumber;

    internal MetaUpdate(MetaParameters<float> parameters, MetaTrainingSpec spec, FrozenParameters frozen, WorkerTeam team)
    {
        (this.parameters, this.spec, this.team) = (parameters, spec, team);
        gradient = parameters;
        optimizer = spec.Optimizer;
        ParameterLayout layout = parameters.Layout;
        moments = [.. optimizer.Moments.Select(_ => new MetaParameters<float>(layout))];
        backups = [.. Enumerable.Range(0, moments.Length + 1).Select(_ => new MetaParameters<float>(layout))];
        rates = [.. layout.Parameters.Select(p => spec.Rates.For(p, layout.Network))];
        chunks = new ParameterChunks(layout, frozen);
        members = Math.Max(1, Math.Min(team.Parts, chunks.Count));
        squares = new double[chunks.Count];
        finite = new bool[chunks.Count];

        square = chunks.Over(members, Square);
        update = chunks.Over(members, Update);
        restore = chunks.Over(members, Restore);
    }

    /// <summary>The optimizer's moments by name.</summary>
    internal IEnumerable<(string Name, MetaParameters<float> Values)> Moments => optimizer.Moments.Select((name, i) => (name, moments[i]));

    /// <summary>Multiplies a gradient by <paramref name="gradientScale"/>, clips it and updates; returns the norm before clipping and
    /// whether it was clipped.</summary>
    /// <exception cref="NonFiniteException">The gradient, or what the update made of the parameters, is not finite; parameters and moments
    /// are as before.</exception>
    internal (double Norm, bool Clipped) Apply(MetaParameters<float> estimate, long outerStep, double rateFactor, double gradientScale)
    {
        gradient = estimate;
        double norm = Norm() * gradientScale;
        if (!double.IsFinite(norm))
        {
            throw new NonFiniteException("meta-gradient", LastNonFiniteLayer(gradient), -1);
        }

        bool clipped = norm > spec.ClipNorm;
        scale = (float)(clipped ? gradientScale * (spec.ClipNorm!.Value / norm) : gradientScale);
        long sinceRestart = spec.RestartEvery is { } period ? outerStep % period : outerStep;
        (updateNumber, factor) = (sinceRestart + 1, rateFactor);
        team.Run(members, update);
        if (finite.AsSpan().Contains(false))
        {
            int layer = parameters.Layout.Parameters[chunks[finite.AsSpan().IndexOf(false)].Parameter].Layer;
            team.Run(members, restore);
            throw new NonFiniteException("meta-parameters or moments of the update", layer, -1);
        }

        return (norm, clipped);
    }

    public void Dispose()
    {
        foreach (MetaParameters<float> owned in (MetaParameters<float>[])[.. moments, .. backups])
        {
            owned.Dispose();
        }
    }

    private static int LastNonFiniteLayer(MetaParameters<float> values)
    {
        for (int i = values.Layout.Parameters.Length - 1; i >= 0; i--)
        {
            if (!FiniteNumbers.Fill(values[i]))
            {
                return values.Layout.Parameters[i].Layer;
            }
        }

        return -1;
    }

    private double Norm()
    {
        team.Run(members, square);
        double sum = 0;
        foreach (double chunk in squares)
        {
            sum += chunk;
        }

        return Math.Sqrt(sum);
    }

    private void Square(int chunk)
    {
        Tensor<float> values = chunks[chunk].Of(gradient);
        double total = 0;
        for (int r = 0; r < values.Rows; r++)
        {
            ReadOnlySpan<float> row = values.Row(r);

            // Eight sums, whatever the machine's vectors: a fixed order of addition.
            Vector256<double> low = Vector256<double>.Zero, high = Vector256<double>.Zero;
            int i = 0;
            for (; i + 8 <= row.Length; i += 8)
            {
                (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(Vector256.Create(row.Slice(i, 8)));
                low += lower * lower;
                high += upper * upper;
            }

            double rest = 0;
            for (; i < row.Length; i++)
            {
                rest += (double)row[i] * row[i];
            }

            Vector256<double> sums = low + high;
            total += sums[0] + sums[1] + (sums[2] + sums[3]) + rest;
        }

        squares[chunk] = total;
    }

    private void Update(int chunk)
    {
        ParameterChunk part = chunks[chunk];
        Tensor<float> values = part.Of(parameters);
        Span<Tensor<float>> state = stackalloc Tensor<float>[moments.Length];
        part.Of(backups[0]).CopyFrom(values);
        for (int i = 0; i < moments.Length; i++)
        {
            state[i] = part.Of(moments[i]);
            part.Of(backups[i + 1]).CopyFrom(state[i]);
            if (updateNumber == 1)
            {
                state[i].Clear();
            }
        }

        ScaledRows.Multiply(part.Of(gradient), scale);
        optimizer.Update(new OptimizerStep(updateNumber, rates[part.Parameter] * factor), values, part.Of(gradient), state);
        ScaledRows.Shrink(values, (float)(rates[part.Parameter] * factor * parameters.Layout.Parameters[part.Parameter].Sparsity));
        bool allFinite = FiniteNumbers.Fill(values);
        foreach (Tensor<float> moment in state)
        {
            allFinite &= FiniteNumbers.Fill(moment);
        }

        finite[chunk] = allFinite;
    }

    private void Restore(int chunk)
    {
        chunks[chunk].Of(parameters).CopyFrom(chunks[chunk].Of(backups[0]));
        for (int i = 0; i < moments.Length; i++)
        {
            chunks[chunk].Of(moments[i]).CopyFrom(chunks[chunk].Of(backups[i + 1]));
        }
    }
}
