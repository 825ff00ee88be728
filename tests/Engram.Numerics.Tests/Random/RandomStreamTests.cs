using Engram.Numerics.RandomNumbers;

namespace Engram.Numerics.Tests;

public sealed class RandomStreamTests
{
    // Computed by a program of another language from the definition.
    private const ulong PinnedBits = 17848873072370194458;
    private const double PinnedUniform = 0.6449571345884997;
    private const double PinnedNormal = 0.4278180166881177;
    private const int PinnedInteger = 190;
    private const ulong PinnedNoise = 14931345741337876772;

    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0xe169c58d6627e8d5UL, 0x9b00dbd8bc57ac4cUL)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x41c83b0e408f276dUL, 0x6d5451fda20bc7c6UL)]
    [InlineData(0x85a308d3243f6a88UL, 0x0370734413198a2eUL, 0x299f31d0a4093822UL, 0x94fdccebd16cfe09UL, 0x24126ea15001e420UL)]
    public void Philox_PublishedVectors_Match(ulong low, ulong high, ulong key, ulong first, ulong second) =>
        Assert.Equal((first, second), RandomStream.Philox(low, high, key));

    [Fact]
    public void Stream_Seed7_GivesThePinnedNumbers()
    {
        // Pinned: a change here changes every published result.
        var stream = new RandomStream(7).Split("pinned").Split(3);
        Assert.Equal(PinnedBits, stream.NextUInt64());
        Assert.Equal(PinnedUniform, stream.NextUniform());
        Assert.Equal(PinnedNormal, stream.NextNormal());
        Assert.Equal(PinnedInteger, stream.NextInt32(1000));
    }

    [Fact]
    public void Stream_SameSeed_RepeatsAndOtherSeedsDiffer()
    {
        ulong[] a = Words(new RandomStream(5), 8), b = Words(new RandomStream(5), 8), c = Words(new RandomStream(6), 8);
        Assert.Equal(a, b);
        Assert.Empty(a.Intersect(c));
    }

    [Fact]
    public void Split_DoesNotDependOnWhatWasRead()
    {
        var stream = new RandomStream(5);
        ulong[] before = Words(stream.Split(9), 4);
        _ = Words(stream, 3);
        stream.NextUInt64();

        Assert.Equal(before, Words(stream.Split(9), 4));
    }

    [Fact]
    public void Split_ManyStreams_ShareNoWord()
    {
        var root = new RandomStream(5);
        var seen = new HashSet<ulong>(Words(root, 4));
        for (ulong i = 0; i < 2000; i++)
        {
            foreach (RandomStream child in (RandomStream[])[root.Split(i), root.Split(i).Split(0), root.Split($"name{i}")])
            {
                foreach (ulong word in Words(child, 4))
                {
                    Assert.True(seen.Add(word), $"Word {word} came twice, split {i}.");
                }
            }
        }
    }

    [Fact]
    public void Split_NeighbouringNumbers_AreUncorrelated()
    {
        const int Count = 20_000;
        var root = new RandomStream(5);
        double product = 0, bits = 0;
        for (ulong i = 0; i < Count; i++)
        {
            RandomStream a = root.Split(i), b = root.Split(i + 1);
            ulong wordA = a.NextUInt64(), wordB = b.NextUInt64();
            bits += System.Numerics.BitOperations.PopCount(wordA ^ wordB);
            product += (a.NextUniform() - 0.5) * (b.NextUniform() - 0.5) * 12;
        }

        // Five standard errors.
        Assert.Equal(0, product / Count, 5 / Math.Sqrt(Count));
        Assert.Equal(32, bits / Count, 5 * 4 / Math.Sqrt(Count));
    }

    [Fact]
    public void NextUniform_ManyDraws_AreUniform()
    {
        const int Draws = 256_000, Bins = 256;
        var counts = new int[Bins];
        var stream = new RandomStream(1);
        for (int i = 0; i < Draws; i++)
        {
            double u = stream.NextUniform();
            Assert.InRange(u, 0, 1 - (1.0 / (1UL << 53)));
            counts[(int)(u * Bins)]++;
        }

        AssertChiSquare(counts, Draws / (double)Bins);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(1000)]
    public void NextInt32_ManyDraws_AreUniform(int bound)
    {
        var counts = new int[bound];
        var stream = new RandomStream(2);
        for (int i = 0; i < 200 * bound; i++)
        {
            counts[stream.NextInt32(bound)]++;
        }

        if (bound > 1)
        {
            AssertChiSquare(counts, 200);
        }
    }

    [Fact]
    public void NextInt32_LargeBounds_StayInRange()
    {
        var stream = new RandomStream(3);
        for (int i = 0; i < 10_000; i++)
        {
            Assert.InRange(stream.NextInt32(int.MaxValue), 0, int.MaxValue - 1);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextInt32(0));
    }

    [Fact]
    public void NextNormal_ManyDraws_HasTheMomentsAndTails()
    {
        const int Draws = 400_000;
        var stream = new RandomStream(4);
        double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
        int beyondTwo = 0;
        for (int i = 0; i < Draws; i++)
        {
            double z = stream.NextNormal();
            (m1, m2, m3, m4) = (m1 + z, m2 + (z * z), m3 + (z * z * z), m4 + (z * z * z * z));
            beyondTwo += Math.Abs(z) > 2 ? 1 : 0;
        }

        double error = 5 / Math.Sqrt(Draws);
        Assert.Equal(0, m1 / Draws, error);
        Assert.Equal(1, m2 / Draws, error * Math.Sqrt(2));
        Assert.Equal(0, m3 / Draws, error * Math.Sqrt(15));
        Assert.Equal(3, m4 / Draws, error * Math.Sqrt(96));
        Assert.Equal(0.0455003, beyondTwo / (double)Draws, error * Math.Sqrt(0.0455 * 0.9545));
    }

    [Fact]
    public void FillNormal_FloatAndDouble_AreTheSameNumbersRounded()
    {
        var singles = new float[100];
        var doubles = new double[100];
        new RandomStream(4).FillNormal(singles.AsSpan(), 0.3);
        new RandomStream(4).FillNormal(doubles.AsSpan(), 0.3);
        Assert.Equal(singles, doubles.Select(d => (float)d));
    }

    [Fact]
    public void Shuffle_AllOrdersOfFour_AreAsLikely()
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var stream = new RandomStream(6);
        for (int i = 0; i < 24 * 400; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            stream.Shuffle(items.AsSpan());
            string order = new(items);
            counts[order] = counts.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, counts.Count);
        AssertChiSquare([.. counts.Values], 400);
    }

    [Fact]
    public void Stream_InUse_AllocatesNothing()
    {
        var items = new int[64];
        var values = new float[64];
        double sum = Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        sum += Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(double.IsFinite(sum));

        double Use()
        {
            RandomStream stream = new RandomStream(1).Split("a").Split(2);
            stream.Shuffle(items.AsSpan());
            stream.FillNormal(values.AsSpan(), 1);
            return stream.NextNormal() + stream.NextUniform() + stream.NextInt32(7);
        }
    }

    private static ulong[] Words(RandomStream stream, int count)
    {
        var words = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            words[i] = stream.NextUInt64();
        }

        return words;
    }

    private static void AssertChiSquare(int[] counts, double expected)
    {
        double chi = counts.Sum(c => (c - expected) * (c - expected) / expected);
        double freedom = counts.Length - 1;

        // Chi-square over its degrees of freedom, within five standard deviations.
        Assert.InRange(chi, freedom - (5 * Math.Sqrt(2 * freedom)), freedom + (5 * Math.Sqrt(2 * freedom)));
    }

    [Fact]
    public void Sample_OfAFew_GivesEachOrderedChoiceAsOften()
    {
        var stream = new RandomStream(11);
        var counts = new Dictionary<(int, int), int>();
        Span<int> chosen = stackalloc int[2];
        for (int i = 0; i < 12_000; i++)
        {
            stream.Sample(chosen, 4);
            counts[(chosen[0], chosen[1])] = counts.GetValueOrDefault((chosen[0], chosen[1])) + 1;
        }

        // Twelve ordered pairs, 1,000 expected of each, with a deviation of 30.
        Assert.Equal(12, counts.Count);
        Assert.All(counts, c => Assert.NotEqual(c.Key.Item1, c.Key.Item2));
        Assert.All(counts.Values, n => Assert.InRange(n, 820, 1180));
    }

    [Fact]
    public void Sample_OfMoreThanThereAre_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() =>
    {
        var stream = new RandomStream(1);
        stream.Sample(new int[3], 2);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(75)]
    public void FillNoise_AnyLength_IsBoxAndMullerOfTheStreamsWords(int length)
    {
        var stream = new RandomStream(7).Split("noise");
        RandomStream words = stream;
        float[] found = new float[length];
        stream.FillNoise<float>(found);

        double[] expected = [.. Enumerable.Range(0, ((length - 1) / NormalNoise.Group) + 1).SelectMany(_ => PlainGroup(ref words))];
        Assert.All(found.Zip(expected), p => Assert.Equal(p.Second, p.First, 1e-6 * Math.Max(1, Math.Abs(p.Second))));
        Assert.Equal(words, stream);

        double[] wide = new double[length];
        RandomStream again = new RandomStream(7).Split("noise");
        again.FillNoise<double>(wide);
        Assert.Equal(found.Select(x => (double)x), wide);
    }

    [Fact]
    public void FillNoise_Seed7_GivesThePinnedBits()
    {
        // Every step is a rounding of IEEE 754, so that the bits are those of any machine.
        float[] found = new float[16];
        var stream = new RandomStream(7);
        stream.FillNoise<float>(found);
        Assert.Equal(
            PinnedNoise, found.Select(BitConverter.SingleToUInt32Bits).Aggregate(0UL, (hash, bits) => (hash ^ bits) * 0x100000001B3));
    }

    [Fact]
    public void FillNoise_ManyNumbers_AreNormal()
    {
        const int Count = 1 << 18;
        float[] x = new float[Count];
        var stream = new RandomStream(3);
        stream.FillNoise<float>(x);

        // Five standard errors of moments, of tails, and of products of numbers of one group.
        double error = 5 / Math.Sqrt(Count);
        Assert.Equal(0, x.Average(v => v), error);
        Assert.Equal(1, x.Average(v => (double)v * v), error * Math.Sqrt(2));
        Assert.Equal(0, x.Average(v => Math.Pow(v, 3)), error * Math.Sqrt(15));
        Assert.Equal(3, x.Average(v => Math.Pow(v, 4)), error * Math.Sqrt(96));
        Assert.Equal(0.0455003, x.Count(v => Math.Abs(v) > 2) / (double)Count, error * Math.Sqrt(0.0455 * 0.9545));
        for (int lag = 1; lag <= 16; lag++)
        {
            Assert.Equal(0, Enumerable.Range(0, Count - lag).Average(i => (double)x[i] * x[i + lag]), error);
            Assert.Equal(
                0, Enumerable.Range(0, Count - lag).Average(i => (((double)x[i] * x[i]) - 1) * (((double)x[i + lag] * x[i + lag]) - 1)),
                2 * error);
        }
    }

    // Four blocks: pairs of the lower and of the upper halves of their words, block by block; all cosines, then all sines.
    private static double[] PlainGroup(ref RandomStream stream)
    {
        double[] numbers = new double[16];
        for (int block = 0; block < 4; block++)
        {
            ulong low = stream.NextUInt64(), high = stream.NextUInt64();
            (numbers[2 * block], numbers[8 + (2 * block)]) = PlainPair((uint)low, (uint)(low >> 32));
            (numbers[(2 * block) + 1], numbers[9 + (2 * block)]) = PlainPair((uint)high, (uint)(high >> 32));
        }

        return numbers;
    }

    private static (double First, double Second) PlainPair(uint a, uint b)
    {
        double radius = Math.Sqrt(-2 * Math.Log(((a >> 8) + 1) / (double)(1 << 24))) * ((b & 0x40000000) == 0 ? 1 : -1);
        (double sine, double cosine) = Math.SinCos(Math.PI / 4 * (int)(b << 2) / (1L << 31));
        return (b & 0x80000000) == 0 ? (radius * cosine, radius * sine) : (radius * sine, radius * cosine);
    }
}
