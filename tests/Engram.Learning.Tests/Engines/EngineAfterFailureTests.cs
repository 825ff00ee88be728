using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

/// <summary>A life that diverged leaves nothing behind in an engine that goes on.</summary>
public sealed class EngineAfterFailureTests
{
    public static TheoryData<string> Names { get; } = [.. LifetimeEngines.Registry.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Live_AfterALifeThatDiverged_IsThatOfANewEngine(string name)
    {
        using var lines = new LineLifetimes { Deadly = index => index == 1 };
        using var parameters = new MetaParameters<float>(LineLifetimes.Layout);
        using MetaParameters<float> expected = new(LineLifetimes.Layout), found = new(LineLifetimes.Layout);
        Initializer.Initialize(parameters, LineLifetimes.Start, new RandomStream(1));
        using ILifetimeEngine<float> fresh = LifetimeEngines.Create<float>(LineLifetimes.Layout, name),
            used = LifetimeEngines.Create<float>(LineLifetimes.Layout, name);

        Assert.Throws<NonFiniteException>(() => used.Live(parameters, lines.Get(1, 0), found));
        Assert.Throws<NonFiniteException>(() => used.Live(parameters, lines.Get(1, 0)));
        Assert.Equal(fresh.Live(parameters, lines.Get(0, 0), expected), used.Live(parameters, lines.Get(0, 1), found));
        Assert.Equal(Toy.Numbers(expected), Toy.Numbers(found));
    }
}
