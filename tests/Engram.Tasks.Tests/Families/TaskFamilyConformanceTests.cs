namespace Engram.Tasks.Tests;

/// <summary>What every registered task family owes.</summary>
public sealed class TaskFamilyConformanceTests
{
    public static TheoryData<string> Names { get; } = [.. TaskFamilies.Registry.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Family_Summary_IsOneLine(string name) => Assert.Matches("^[^\n]{10,200}$", TaskFamilies.Registry.SummaryOf(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Family_Fill_IsAPureFunctionOfSeedSplitAndIndex(string name)
    {
        ITaskFamily family = TaskFamilies.Registry.Get(name).Create(DataContext.Default());
        using var first = new Episode<float>(family.Shape);
        using var other = new Episode<float>(family.Shape);
        foreach (Split split in Enum.GetValues<Split>())
        {
            family.Fill(1, split, 5, first);
            family.Fill(2, Split.MetaTrain, 6, other);
            Assert.NotEqual(first.StreamInputs.ToArray(), other.StreamInputs.ToArray());
            family.Fill(1, split, 5, other);
            Assert.Equal(first.StreamInputs.ToArray(), other.StreamInputs.ToArray());
            Assert.Equal(first.StreamTargets.ToArray(), other.StreamTargets.ToArray());
            Assert.Equal(first.QueryInputs.ToArray(), other.QueryInputs.ToArray());
            Assert.Equal(first.QueryTargets.ToArray(), other.QueryTargets.ToArray());
            Assert.Equal(first.StreamTasks, other.StreamTasks);
            Assert.Equal(first.QueryTasks, other.QueryTasks);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Family_Fill_GivesFiniteNumbersAndAllocatesNothing(string name)
    {
        ITaskFamily family = TaskFamilies.Registry.Get(name).Create(DataContext.Default());
        using var episode = new Episode<float>(family.Shape);
        family.Fill(1, Split.MetaTrain, 0, episode);
        long before = GC.GetAllocatedBytesForCurrentThread();
        family.Fill(1, Split.MetaTrain, 1, episode);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.All([episode.StreamInputs, episode.StreamTargets, episode.QueryInputs, episode.QueryTargets], t => Assert.DoesNotContain(t.ToArray(), v => !float.IsFinite(v)));
    }
}
