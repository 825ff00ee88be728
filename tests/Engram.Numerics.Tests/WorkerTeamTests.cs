using Engram.Numerics.Threads;

namespace Engram.Numerics.Tests;

public sealed class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Run_ManyTimesWithBarriers_KeepsPartsInStep(int parts)
    {
        using var team = new WorkerTeam(parts);
        var counts = new int[parts];
        bool inStep = true;
        for (int repetition = 0; repetition < 50; repetition++)
        {
            team.Run(part =>
            {
                for (int step = 0; step < 5; step++)
                {
                    counts[part]++;
                    team.Barrier();
                    int mine = counts[part];
                    for (int other = 0; other < parts; other++)
                    {
                        if (Volatile.Read(ref counts[other]) != mine)
                        {
                            inStep = false;
                        }
                    }

                    team.Barrier();
                }
            });
        }

        Assert.True(inStep);
        Assert.All(counts, c => Assert.Equal(250, c));
    }

    [Fact]
    public void Run_AfterAPause_WakesSleepingWorkers()
    {
        using var team = new WorkerTeam(3);
        int ran = 0;
        for (int i = 0; i < 3; i++)
        {
            Thread.Sleep(30);
            team.Run(_ => Interlocked.Increment(ref ran));
        }

        Assert.Equal(9, ran);
    }

    [Fact]
    public void Run_WhenAPartThrows_LetsTheOthersGoAndGoesOn()
    {
        using var team = new WorkerTeam(3);
        var error = Assert.Throws<InvalidOperationException>(() => team.Run(part =>
        {
            if (part == 1)
            {
                throw new InvalidOperationException("part 1");
            }

            team.Barrier();
        }));
        Assert.Equal("part 1", error.Message);
        int ran = 0;
        team.Run(_ =>
        {
            team.Barrier();
            Interlocked.Increment(ref ran);
        });
        Assert.Equal(3, ran);
    }

    [Fact]
    public void Run_OfFewerParts_RunsOnlyThose()
    {
        using var team = new WorkerTeam(4);
        var ran = new int[4];
        team.Run(2, part => ran[part]++);
        Assert.Equal([1, 1, 0, 0], ran);
    }

    [Theory]
    [InlineData(300, 2)]
    [InlineData(1, 4)]
    [InlineData(7, 3)]
    [InlineData(64, 64)]
    public void Share_OverAllParts_CoversEveryRowOnceInWholeGroups(int rows, int parts)
    {
        int next = 0;
        for (int part = 0; part < parts; part++)
        {
            (int start, int end) = WorkerTeam.Share(rows, part, parts);
            Assert.Equal(next, start);
            Assert.True(start % 8 == 0 || start == rows);
            next = end;
        }

        Assert.Equal(rows, next);
    }
}
