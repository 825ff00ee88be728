using System.Reflection;
using Engram.Experiments.Sources;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Tasks.Families;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests;

public sealed class TaskLifetimesTests
{
    private static readonly IncrementalSines Family = new(new SinesSpec { Sines = 3, BatchesPerSine = 2, BatchSize = 4, QueryPerSine = 5 });

    [Fact]
    public void Get_Slot_IsAViewOfTheEpisode()
    {
        using var source = new MetaTrainingLifetimes<float>(Family, 5);
        using var expected = new Episode<float>(Family.Shape);
        Lifetime<float> lifetime = source.Get(9, 1);
        Family.Fill(5, Split.MetaTrain, 9, expected);

        lifetime.Validate(NetworkSpec.Sines(4, 2, 1));
        Assert.Equal((6, 4), (lifetime.InnerSteps, lifetime.BatchSize));
        Assert.Equal(expected.StreamInputs.ToArray(), lifetime.StreamInputs.ToArray());
        Assert.Equal(expected.QueryTargets.ToArray(), lifetime.QueryTargets.ToArray());
        Assert.Equal(expected.StreamTasks, source.EpisodeOf(1).StreamTasks);
        source.EpisodeOf(1).QueryInputs[0, 0] = 42;
        Assert.Equal(42, lifetime.QueryInputs[0, 0]);
    }

    [Fact]
    public void Get_FamilyThatLeavesTargetsOut_GivesLifetimesTheMasksOfTheEpisode()
    {
        var family = new IncrementalSines(Family.Spec with { TargetEvery = 2 });
        using var source = new MetaTrainingLifetimes<float>(family, 5, new LifetimeStage(3, Family));
        Lifetime<float> unmasked = source.Get(2, 0), masked = source.Get(3, 1);

        Assert.False(unmasked.IsMasked);
        Assert.True(masked.IsMasked && masked.QueryMask.IsEmpty);
        masked.Validate(NetworkSpec.Sines(4, 2, 1));
        Assert.Equal(Enumerable.Range(0, 24).Select(row => row / 4 % 2 == 1 ? 1f : 0), masked.StreamMask.ToArray());
        source.EpisodeOf(1).StreamMask[0, 0] = 42;
        Assert.Equal(42, masked.StreamMask[0, 0]);
    }

    [Fact]
    public void Get_OtherSlot_LeavesTheFirstAloneAndTheSameSlotIsReused()
    {
        using var source = new MetaTrainingLifetimes<float>(Family, 5);
        Lifetime<float> first = source.Get(0, 0);
        float[] before = first.StreamInputs.ToArray();
        Lifetime<float> second = source.Get(1, 3);
        Assert.Equal(before, first.StreamInputs.ToArray());
        Assert.NotEqual(before, second.StreamInputs.ToArray());
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Lifetime<float> again = source.Get(1, 0);
        Assert.Equal(allocated, GC.GetAllocatedBytesForCurrentThread());
        Assert.Same(first, again);
    }

    [Fact]
    public void Get_ManyThreads_GetTheirOwnLifetimes()
    {
        using var source = new MetaTrainingLifetimes<float>(Family, 5);
        using var reference = new MetaTrainingLifetimes<float>(Family, 5);
        var found = new float[200][];
        Parallel.For(0, 8, slot =>
        {
            for (int i = slot; i < 200; i += 8) found[i] = source.Get((ulong)i, slot).StreamInputs.ToArray();
        });
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(reference.Get((ulong)i, 0).StreamInputs.ToArray(), found[i]));
    }

    [Fact]
    public void Get_Stages_ComeFirstAndThenTheTasksOwn()
    {
        var shorter = new IncrementalSines(Family.Spec with { BatchesPerSine = 1 });
        var longer = new IncrementalSines(Family.Spec with { BatchesPerSine = 5 });
        using var source = new MetaTrainingLifetimes<float>(Family, 5, new LifetimeStage(2, shorter), new LifetimeStage(3, longer));
        foreach ((ulong index, IncrementalSines family) in (ReadOnlySpan<(ulong, IncrementalSines)>)[(3, Family), (1, shorter),
            (0, shorter), (2, longer), (7, Family)])
        {
            using var expected = new Episode<float>(family.Shape);
            family.Fill(5, Split.MetaTrain, index, expected);
            Lifetime<float> found = source.Get(index, 0);
            Assert.Equal(family.Shape.InnerSteps, found.InnerSteps);
            Assert.Equal(expected.StreamInputs.ToArray(), found.StreamInputs.ToArray());
            Assert.Equal(expected.QueryTargets.ToArray(), found.QueryTargets.ToArray());
        }
    }

    [Fact]
    public void EvaluationLifetimes_Split_IsTheOneAskedFor()
    {
        using var source = new EvaluationLifetimes<double>(Family, 5, Split.MetaTest);
        using var expected = new Episode<double>(Family.Shape);
        Family.Fill(5, Split.MetaTest, 2, expected);
        Assert.Equal(expected.QueryTargets.ToArray(), source.Get(2, 0).QueryTargets.ToArray());
    }

    [Fact]
    public void MetaTrainer_Source_CanOnlyBeBoundToMetaTraining()
    {
        // The trainer takes nothing but a meta-training source; the project it is in cannot name a split; and no such source takes one.
        Type source = Assert.Single(typeof(MetaTrainer).GetConstructors()).GetParameters().Single(p => p.Name == "source").ParameterType;
        Assert.Equal(typeof(IMetaTrainingSource<float>), source);
        Assert.DoesNotContain(typeof(MetaTrainer).Assembly.GetReferencedAssemblies(), a => a.Name == typeof(Split).Assembly.GetName().Name);
        Assert.False(typeof(EvaluationLifetimes<float>).IsAssignableTo(source));

        Type[] sources = [.. new[] { typeof(MetaTrainer).Assembly, typeof(MetaTrainingLifetimes<>).Assembly }
            .SelectMany(a => a.GetTypes())
            .Where(t => !t.IsInterface
                && t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IMetaTrainingSource<>)))];
        Assert.Equal([typeof(MetaTrainingLifetimes<>)], sources);
        const BindingFlags All =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        Assert.DoesNotContain(
            typeof(MetaTrainingLifetimes<>).GetMembers(All).OfType<MethodBase>().SelectMany(m => m.GetParameters()), p =>
            p.ParameterType == typeof(Split));
    }
}
