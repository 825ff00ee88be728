using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Tests;

public sealed class IncrementalSinesTests
{
    private static readonly SinesSpec Small = new() { Sines = 4, BatchesPerSine = 5, BatchSize = 3, QueryPerSine = 6 };

    [Fact]
    public void Shape_Defaults_AreThePapers() =>
        Assert.Equal(new EpisodeShape(400, 32, 11, 1, 320), new IncrementalSines(new SinesSpec()).Shape);

    [Theory]
    [InlineData(Ordering.Iid)]
    [InlineData(Ordering.Continual)]
    public void Fill_AnyLifetime_IsOneHotAndXAndTheSineOfX(Ordering ordering)
    {
        var family = new IncrementalSines(Small with { Ordering = ordering });
        using var episode = new Episode<double>(family.Shape);
        var sines = new Sine[Small.Sines];
        for (ulong index = 0; index < 20; index++)
        {
            family.Fill(3, Split.MetaTrain, index, episode);
            family.SinesOf(3, Split.MetaTrain, index, sines);
            for (int row = 0; row < family.Shape.InnerSteps * family.Shape.BatchSize; row++)
            {
                AssertExample(
                    episode.StreamInputs.Row(row), episode.StreamTargets[row, 0], episode.StreamTasks[row / family.Shape.BatchSize], sines);
            }

            for (int row = 0; row < family.Shape.Queries; row++)
            {
                AssertExample(episode.QueryInputs.Row(row), episode.QueryTargets[row, 0], episode.QueryTasks[row], sines);
            }
        }
    }

    [Fact]
    public void Fill_TargetsAtEveryThirdStep_AreTheSameNumbersBehindAMask()
    {
        var all = new IncrementalSines(Small with { Ordering = Ordering.Iid });
        var few = new IncrementalSines(all.Spec with { TargetEvery = 3 });
        Assert.Equal(all.Shape with { MaskedStream = true }, few.Shape);
        using var every = new Episode<float>(all.Shape);
        using var third = new Episode<float>(few.Shape);
        all.Fill(3, Split.MetaTrain, 4, every);
        few.Fill(3, Split.MetaTrain, 4, third);

        Assert.True(every.StreamMask.IsEmpty && third.QueryMask.IsEmpty);
        Assert.Equal(every.StreamInputs.ToArray(), third.StreamInputs.ToArray());
        Assert.Equal(every.StreamTargets.ToArray(), third.StreamTargets.ToArray());
        Assert.Equal(every.QueryTargets.ToArray(), third.QueryTargets.ToArray());
        Assert.Equal(Enumerable.Range(0, 20 * 3).Select(row => row / 3 % 3 == 2 ? 1f : 0), third.StreamMask.ToArray());
    }

    [Fact]
    public void Fill_SameSeedSplitIndex_IsTheSameWhateverCameBefore()
    {
        var family = new IncrementalSines(Small with { Ordering = Ordering.Iid });
        float[] first = Numbers(family, 1, Split.MetaTrain, 17);
        _ = Numbers(family, 2, Split.MetaTest, 3);

        Assert.Equal(first, Numbers(new IncrementalSines(Small with { Ordering = Ordering.Iid }), 1, Split.MetaTrain, 17));
        Assert.NotEqual(first, Numbers(family, 2, Split.MetaTrain, 17));
        Assert.NotEqual(first, Numbers(family, 1, Split.MetaValidation, 17));
        Assert.NotEqual(first, Numbers(family, 1, Split.MetaTrain, 18));
    }

    [Fact]
    public void Fill_Continual_HasOneSineAfterTheOther()
    {
        using var episode = Filled(Small with { Ordering = Ordering.Continual }, 0);
        Assert.Equal(Enumerable.Range(0, 20).Select(t => t / 5), episode.StreamTasks);
    }

    [Fact]
    public void Fill_Iid_MixesSinesButKeepsTheirNumberOfBatches()
    {
        using var a = Filled(Small with { Ordering = Ordering.Iid }, 0);
        using var b = Filled(Small with { Ordering = Ordering.Iid }, 1);

        Assert.All(a.StreamTasks.GroupBy(task => task), group => Assert.Equal(5, group.Count()));
        Assert.NotEqual(a.StreamTasks, a.StreamTasks.Order());
        Assert.NotEqual(a.StreamTasks, b.StreamTasks);
    }

    [Fact]
    public void Fill_EitherOrdering_HasTheSameQuery()
    {
        using var iid = Filled(Small with { Ordering = Ordering.Iid }, 4);
        using var continual = Filled(Small with { Ordering = Ordering.Continual }, 4);

        Assert.Equal(iid.QueryInputs.ToArray(), continual.QueryInputs.ToArray());
        Assert.Equal(iid.QueryTargets.ToArray(), continual.QueryTargets.ToArray());
    }

    [Fact]
    public void Fill_StreamAndQuery_ShareNoInput()
    {
        var family = new IncrementalSines(new SinesSpec());
        using var episode = new Episode<double>(family.Shape);
        family.Fill(1, Split.MetaTrain, 0, episode);

        var inputs = new HashSet<double>();
        for (int row = 0; row < episode.StreamInputs.Rows; row++) Assert.True(inputs.Add(episode.StreamInputs[row, 10]));
        for (int row = 0; row < episode.QueryInputs.Rows; row++) Assert.True(inputs.Add(episode.QueryInputs[row, 10]));
    }

    [Fact]
    public void SinesOf_ThousandsOfLifetimes_AreInRangeAndNeverInTwoSplits()
    {
        var family = new IncrementalSines(new SinesSpec());
        var seen = new Dictionary<double, Split>();
        var sines = new Sine[10];
        foreach (Split split in Enum.GetValues<Split>())
        {
            // Two seeds: a result on another seed's test sines is also on unseen ones.
            for (ulong lifetime = 0; lifetime < 4000; lifetime++)
            {
                family.SinesOf(lifetime % 2, split, lifetime, sines);
                foreach (Sine sine in sines)
                {
                    Assert.InRange(sine.Amplitude, 0.1, 5.1);
                    Assert.InRange(sine.Phase, 0, Math.PI);
                    Assert.Equal(split, seen.GetValueOrDefault(sine.Amplitude, split));
                    seen[sine.Amplitude] = split;

                    // By construction, not by luck: the split is in the amplitude.
                    long bits = (long)Math.Round(((sine.Amplitude / 5) - 0.02) * (1L << 40));
                    Assert.Equal((long)split, bits & 3);
                }
            }
        }

        Assert.InRange(seen.Count, 119_990, 120_000);
    }

    [Fact]
    public void SinesOf_Pool_DrawsWithoutReplacementFromThatManyAndTestsOnFreshOnes()
    {
        var family = new IncrementalSines(new SinesSpec { Pool = 25 });
        var sines = new Sine[10];
        var seen = new Dictionary<Sine, int>();
        for (ulong index = 0; index < 2000; index++)
        {
            family.SinesOf(9, Split.MetaTrain, index, sines);
            Assert.Equal(10, sines.Distinct().Count());
            foreach (Sine sine in sines) seen[sine] = seen.GetValueOrDefault(sine) + 1;
        }

        Assert.Equal(25, seen.Count);

        // Each is in a lifetime with probability 10 / 25; five standard deviations of a binomial.
        Assert.All(seen.Values, count => Assert.InRange(count, 800 - (5 * 22), 800 + (5 * 22)));
        var fresh = new HashSet<Sine>();
        for (ulong index = 0; index < 100; index++)
        {
            family.SinesOf(9, Split.MetaTest, index, sines);
            fresh.UnionWith(sines);
        }

        Assert.Equal(1000, fresh.Count);
        Assert.DoesNotContain(fresh, seen.ContainsKey);
    }

    [Fact]
    public void SinesOf_PoolAsLargeAsALifetime_HasThemAll()
    {
        var family = new IncrementalSines(new SinesSpec { Pool = 10 });
        var a = new Sine[10];
        var b = new Sine[10];
        family.SinesOf(9, Split.MetaTrain, 0, a);
        family.SinesOf(9, Split.MetaTrain, 1, b);
        Assert.Equal(a.OrderBy(s => s.Amplitude), b.OrderBy(s => s.Amplitude));
        Assert.NotEqual(a, b);
    }

    [Fact]
    public void DataVariance_MatchesManyExamples()
    {
        var family = new IncrementalSines(new SinesSpec { BatchesPerSine = 1 });
        using var episode = new Episode<double>(family.Shape);
        double sum = 0, squares = 0;
        int count = 0;
        for (ulong index = 0; index < 20_000; index++)
        {
            family.Fill(5, Split.MetaTrain, index, episode);
            foreach (double y in episode.QueryTargets.ToArray())
            {
                (sum, squares, count) = (sum + y, squares + (y * y), count + 1);
            }
        }

        double mean = sum / count;
        Assert.Equal(IncrementalSines.DataVariance, (squares / count) - (mean * mean), 0.03);
    }

    [Fact]
    public void Fill_SecondTime_AllocatesNothing()
    {
        foreach (int? pool in (int?[])[null, 400])
        {
            var family = new IncrementalSines(new SinesSpec { Ordering = Ordering.Iid, Pool = pool });
            using var episode = new Episode<float>(family.Shape);
            family.Fill(1, Split.MetaTrain, 0, episode);
            long before = GC.GetAllocatedBytesForCurrentThread();
            family.Fill(1, Split.MetaTrain, 1, episode);
            Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }
    }

    [Fact]
    public void Fill_SingleAndDouble_HaveTheSameInputsRounded()
    {
        var family = new IncrementalSines(Small);
        using var single = new Episode<float>(family.Shape);
        using var full = new Episode<double>(family.Shape);
        family.Fill(1, Split.MetaTrain, 0, single);
        family.Fill(1, Split.MetaTrain, 0, full);
        Assert.Equal(single.StreamInputs.ToArray(), full.StreamInputs.ToArray().Select(x => (float)x));
    }

    [Fact]
    public void Fill_BuffersOfAnotherShape_AreRefused()
    {
        using var episode = new Episode<float>(new IncrementalSines(Small).Shape);
        Assert.Throws<ArgumentException>(() => new IncrementalSines(new SinesSpec()).Fill(1, Split.MetaTrain, 0, episode));
    }

    public static TheoryData<SinesSpec, string> BadSettings { get; } = new()
    {
        { new SinesSpec { Sines = 0 }, "Sines = 0" },
        { new SinesSpec { Sines = 1001 }, "Sines = 1001" },
        { new SinesSpec { BatchesPerSine = -1 }, "BatchesPerSine = -1" },
        { new SinesSpec { BatchSize = 0 }, "BatchSize = 0" },
        { new SinesSpec { QueryPerSine = 0 }, "QueryPerSine = 0" },
        { new SinesSpec { TargetEvery = 0 }, "TargetEvery = 0" },
        { Small with { TargetEvery = 21 }, "every 21 inner steps in lives of 20," },
        { new SinesSpec { Ordering = (Ordering)7 }, "ordering 7" },
        { new SinesSpec { Pool = 9 }, "pool of 9" },
        { new SinesSpec { BatchesPerSine = 1_000_000, BatchSize = 1000 }, "use fewer or smaller batches" },
    };

    [Theory]
    [MemberData(nameof(BadSettings))]
    public void Create_SettingOutOfRange_NamesIt(SinesSpec spec, string message) =>
        Assert.Contains(
            message, Assert.ThrowsAny<EngramException>(() => spec.Create(DataContext.Default())).Message, StringComparison.Ordinal);

    private static void AssertExample(ReadOnlySpan<double> input, double target, int task, Sine[] sines)
    {
        for (int i = 0; i < sines.Length; i++)
        {
            Assert.Equal(i == task ? 1 : 0, input[i]);
        }

        Assert.InRange(input[^1], -5, 5);
        Assert.Equal(sines[task].Amplitude * Math.Sin(input[^1] + sines[task].Phase), target, 1e-14);
    }

    private static Episode<float> Filled(SinesSpec spec, ulong index)
    {
        var family = new IncrementalSines(spec);
        var episode = new Episode<float>(family.Shape);
        family.Fill(1, Split.MetaTrain, index, episode);
        return episode;
    }

    private static float[] Numbers(IncrementalSines family, ulong seed, Split split, ulong index)
    {
        using var episode = new Episode<float>(family.Shape);
        family.Fill(seed, split, index, episode);
        return [.. episode.StreamInputs.ToArray(), .. episode.StreamTargets.ToArray(), .. episode.QueryInputs.ToArray(),
            .. episode.QueryTargets.ToArray()];
    }
}
