using System.Numerics;
using System.Runtime.CompilerServices;

namespace Engram.Numerics.RandomNumbers;

/// <summary>
/// A seeded stream of random numbers that splits into independent streams: the same numbers from the same seed on every machine.
/// </summary>
/// <remarks>
/// Counter-based: word w of the stream is part of Philox4×32-10 of (counter, stream identity) under the stream's key, so there is no state
/// but a
/// counter, and a stream at any place of a program is reached from the seed by its splits alone. Nothing is allocated.
/// A mutable value: a copy goes on from where the original stood, and would repeat its numbers; hand it on by reference.
/// Source: Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3".
/// </remarks>
public struct RandomStream : IEquatable<RandomStream>
{
    // Keys of splits differ from keys of draws in a constant, so that no split repeats a stream's own words.
    private const ulong NumberDomain = 0x5851F42D4C957F2D;
    private const ulong NameDomain = 0x14057B7EF767814F;

    private readonly ulong key;
    private readonly ulong identity;
    private ulong counter;
    private ulong spare;
    private bool hasSpare;

    /// <summary>Starts the stream of a seed.</summary>
    public RandomStream(ulong seed)
        : this(seed, 0)
    {
    }

    private RandomStream(ulong key, ulong identity) => (this.key, this.identity) = (key, identity);

    /// <summary>Whether two streams are the same and stand at the same place.</summary>
    public static bool operator ==(RandomStream left, RandomStream right) => left.Equals(right);

    /// <summary>Whether two streams differ or stand at different places.</summary>
    public static bool operator !=(RandomStream left, RandomStream right) => !left.Equals(right);

    /// <summary>
    /// The stream of that number under this one. Depends on what this stream is, not on how far it has been read; streams of different
    /// numbers
    /// under one stream always differ.
    /// </summary>
    public readonly RandomStream Split(ulong number) => SplitUnder(NumberDomain, number);

    /// <summary>The stream of that name under this one; as <see cref="Split(ulong)"/>.</summary>
    public readonly RandomStream Split(string name)
    {
        // FNV-1a over UTF-16: names are few and short, and the block function mixes what comes of it.
        ulong hash = 0xCBF29CE484222325;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 0x100000001B3;
        }

        return SplitUnder(NameDomain, hash);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        if (hasSpare)
        {
            hasSpare = false;
            return spare;
        }

        (ulong first, spare) = Philox(counter++, identity, key);
        hasSpare = true;
        return first;
    }

    /// <summary>Uniform in [0, 1): a multiple of 2⁻⁵³.</summary>
    public double NextUniform() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 … <paramref name="exclusiveUpperBound"/> − 1, without bias.</summary>
    /// <remarks>Source: Lemire 2019, "Fast random integer generation in an interval".</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The bound is below 1.</exception>
    public int NextInt32(int exclusiveUpperBound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveUpperBound, 1);
        ulong bound = (ulong)exclusiveUpperBound;
        ulong high = Math.BigMul(NextUInt64(), bound, out ulong low);
        if (low < bound)
        {
            ulong rejected = (0 - bound) % bound;
            while (low < rejected)
            {
                high = Math.BigMul(NextUInt64(), bound, out low);
            }
        }

        return (int)high;
    }

    /// <summary>Normal with mean 0 and variance 1: √(−2 ln(1 − u)) cos(2π v), u and v uniform (Box and Muller 1958).</summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * DeterministicMath.Log(1 - NextUniform()));
        return radius * DeterministicMath.Cos(2 * Math.PI * NextUniform());
    }

    /// <summary>Fills with normal numbers of mean 0 and that standard deviation; each is rounded to <typeparamref name="T"/>
    /// once.</summary>
    public void FillNormal<T>(Span<T> values, double standardDeviation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref T value in values)
        {
            value = T.CreateTruncating(standardDeviation * NextNormal());
        }
    }

    /// <summary>Fills with normal numbers of mean 0 and variance 1 to the precision of float32, many at a time: for noise. Other numbers
    /// than <see cref="FillNormal"/>'s, of the same distribution.</summary>
    /// <remarks>They are of whole blocks of the stream's words: the next ones, of as many numbers as are a multiple of
    /// <see cref="NormalNoise.Group"/>. The same bits on every machine, and in every type.</remarks>
    public unsafe void FillNoise<T>(Span<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int done = 0;
        if (typeof(T) == typeof(float))
        {
            fixed (T* destination = values)
            {
                int groups = values.Length / NormalNoise.Group;
                NormalNoise.Fill(key, identity, counter, (float*)destination, groups);
                (done, counter) = (groups * NormalNoise.Group, counter + ((ulong)groups * NormalNoise.Blocks));
            }
        }

        float* group = stackalloc float[NormalNoise.Group];
        for (; done < values.Length; done += NormalNoise.Group, counter += NormalNoise.Blocks)
        {
            NormalNoise.Fill(key, identity, counter, group, 1);
            for (int i = 0; i < Math.Min(NormalNoise.Group, values.Length - done); i++)
            {
                values[done + i] = T.CreateTruncating(group[i]);
            }
        }
    }

    /// <summary>Puts the items in random order, every order as likely (Fisher and Yates).</summary>
    public void Shuffle<TItem>(Span<TItem> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Draws different numbers out of 0 … <paramref name="population"/> − 1, in random order; every choice and order as
    /// likely.</summary>
    /// <remarks>Floyd's sampling needs no list of the population; it gives a random set, which a shuffle orders. Takes time with the square
    /// of the number drawn.</remarks>
    /// <param name="chosen">Where they go: as many as it has room for.</param>
    /// <param name="population">How many there are to choose from, at least as many as are drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer.</exception>
    public void Sample(Span<int> chosen, int population)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(population, chosen.Length);
        for (int i = 0; i < chosen.Length; i++)
        {
            int last = population - chosen.Length + i;
            int candidate = NextInt32(last + 1);
            chosen[i] = chosen[..i].Contains(candidate) ? last : candidate;
        }

        Shuffle(chosen);
    }

    /// <inheritdoc/>
    public readonly bool Equals(RandomStream other) =>
        key == other.key && identity == other.identity && counter == other.counter && hasSpare == other.hasSpare;

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is RandomStream other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(key, identity, counter, hasSpare);

    /// <summary>One block: a bijection of 128 bits under a key of 64.</summary>
    internal static (ulong First, ulong Second) Philox(ulong low, ulong high, ulong key)
    {
        (uint c0, uint c1, uint c2, uint c3) = ((uint)low, (uint)(low >> 32), (uint)high, (uint)(high >> 32));
        (uint k0, uint k1) = ((uint)key, (uint)(key >> 32));
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            (k0, k1) = (k0 + 0x9E3779B9, k1 + 0xBB67AE85);
        }

        return (c0 | ((ulong)c1 << 32), c2 | ((ulong)c3 << 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly RandomStream SplitUnder(ulong domain, ulong number)
    {
        (ulong newKey, ulong newIdentity) = Philox(number, identity, key ^ domain);
        return new RandomStream(newKey, newIdentity);
    }
}
