using System.Numerics;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Sines;

/// <summary>One sine: y = A sin(x + φ).</summary>
/// <param name="Amplitude">A = 5 (U + 0.02), U uniform in [0, 1).</param>
/// <param name="Phase">φ = π U, U uniform in [0, 1), in radians.</param>
public readonly record struct Sine(double Amplitude, double Phase)
{
    /// <summary>A sin(x + φ), the same bits on every machine.</summary>
    public double At(double x) => Amplitude * DeterministicMath.Sin(x + Phase);
}

/// <summary>
/// Incremental sines: a lifetime learns several sines y = A sin(x + φ), x uniform in [−5, 5], and is asked about all of them at its end.
/// </summary>
/// <remarks>
/// Inputs are [one-hot index of the sine, x]; every example is drawn afresh, so each is seen once.
/// Guarantee: no sine of one split is ever in another, whatever the seeds. The U of an amplitude has 40 random bits, and the last two hold
/// the
/// split instead, so that sines of different splits have different amplitudes. The cost is that U is a multiple of 2⁻⁴⁰.
/// A lifetime's sines and its query's draws do not depend on the ordering, and no draw depends on which steps have targets
/// (<see cref="SinesSpec.TargetEvery"/>).
/// Source: Lindsey and Litwin-Kumar 2020, section 5. Deviation: sines are fresh in every lifetime unless <see cref="SinesSpec.Pool"/> is
/// set.
/// </remarks>
public sealed class IncrementalSines : ITaskFamily
{
    /// <summary>Inputs lie within this distance of 0.</summary>
    public const double LargestInput = 5;

    private const double UnitOfAmplitude = 1.0 / (1UL << 40);

    /// <summary>Makes the family.</summary>
    /// <exception cref="EngramException">A setting is out of its range.</exception>
    public IncrementalSines(SinesSpec spec)
    {
        spec.Validate();
        Spec = spec;
        Shape = new EpisodeShape(spec.Sines * spec.BatchesPerSine, spec.BatchSize, spec.Sines + 1, 1, spec.Sines * spec.QueryPerSine)
        { MaskedStream = spec.TargetEvery > 1 };
    }

    /// <summary>
    /// Variance of y over sines and inputs, about 4.32: the loss of always answering the mean, which meta-training starts near.
    /// E[A²] / 2 − (E[A] · sin 5 / 5 · 2 / π)².
    /// </summary>
    public static double DataVariance
    {
        get
        {
            double meanSquareAmplitude = 25 * ((1.0 / 3) + 0.02 + 0.0004);
            double mean = 2.6 * (DeterministicMath.Sin(LargestInput) / LargestInput) * (2 / Math.PI);
            return (meanSquareAmplitude / 2) - (mean * mean);
        }
    }

    /// <summary>The settings.</summary>
    public SinesSpec Spec { get; }

    /// <inheritdoc/>
    public EpisodeShape Shape { get; }

    /// <summary>The sines of a lifetime, in the order of their one-hot index.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="split">The split.</param>
    /// <param name="index">The lifetime.</param>
    /// <param name="sines">Where they go; <see cref="SinesSpec.Sines"/> of them.</param>
    public void SinesOf(ulong seed, Split split, ulong index, Span<Sine> sines)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sines.Length, Spec.Sines, nameof(sines));
        RandomStream root = Root(seed, split);
        RandomStream stream = root.Split(index).Split("sines");
        if (split != Split.MetaTrain || Spec.Pool is not { } pool)
        {
            foreach (ref Sine sine in sines)
            {
                sine = Draw(ref stream, split);
            }

            return;
        }

        Span<int> chosen = stackalloc int[sines.Length];
        stream.Sample(chosen, pool);
        RandomStream poolRoot = root.Split("pool");
        for (int i = 0; i < chosen.Length; i++)
        {
            RandomStream one = poolRoot.Split((ulong)chosen[i]);
            sines[i] = Draw(ref one, split);
        }
    }

    /// <inheritdoc/>
    public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.ExpectBuffers(episode);

        Span<Sine> sines = stackalloc Sine[Spec.Sines];
        SinesOf(seed, split, index, sines);
        RandomStream lifetime = Root(seed, split).Split(index);

        for (int t = 0; t < episode.StreamTasks.Length; t++)
        {
            episode.StreamTasks[t] = t / Spec.BatchesPerSine;
        }

        if (Spec.Ordering == Ordering.Iid)
        {
            RandomStream order = lifetime.Split("order");
            order.Shuffle(episode.StreamTasks.AsSpan());
        }

        RandomStream stream = lifetime.Split("stream");
        for (int row = 0; row < Shape.InnerSteps * Shape.BatchSize; row++)
        {
            int task = episode.StreamTasks[row / Shape.BatchSize];
            Write(ref stream, sines[task], task, episode.StreamInputs.Row(row), episode.StreamTargets.Row(row));
            if (Shape.MaskedStream)
            {
                episode.StreamMask[row, 0] = ((row / Shape.BatchSize) + 1) % Spec.TargetEvery == 0 ? T.One : T.Zero;
            }
        }

        RandomStream query = lifetime.Split("query");
        for (int row = 0; row < Shape.Queries; row++)
        {
            int task = row / Spec.QueryPerSine;
            episode.QueryTasks[row] = task;
            Write(ref query, sines[task], task, episode.QueryInputs.Row(row), episode.QueryTargets.Row(row));
        }
    }

    private static RandomStream Root(ulong seed, Split split) => new RandomStream(seed).Split("incremental-sines").Split((ulong)split);

    private static Sine Draw(ref RandomStream stream, Split split)
    {
        ulong amplitude = (stream.NextUInt64() >> 26 << 2) | (ulong)split;
        return new Sine(((amplitude * UnitOfAmplitude) + 0.02) * 5, stream.NextUniform() * Math.PI);
    }

    private static void Write<T>(ref RandomStream stream, Sine sine, int task, Span<T> input, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // The target belongs to x as the network will see it, rounded.
        T x = T.CreateTruncating(((2 * stream.NextUniform()) - 1) * LargestInput);
        input.Clear();
        input[task] = T.One;
        input[^1] = x;
        target[0] = T.CreateTruncating(sine.At(double.CreateTruncating(x)));
    }
}
