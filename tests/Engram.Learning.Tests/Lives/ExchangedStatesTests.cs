using System.Collections.Immutable;
using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;

namespace Engram.Learning.Tests.Lives;

/// <summary>A learner may hand one state on as another: what is overwritten must have been read.</summary>
public sealed class ExchangedStatesTests
{
    [Theory]
    [InlineData("tape")]
    [InlineData("whole-lifetime")]
    public void Live_WhenStatesGoRound_MovesEachOnce(string engineName)
    {
        ParameterLayout layout = Layout();
        using var point = new RandomPoint(layout, 3, 5, 1, 2);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, engineName);
        double[] born = [.. point.Parameters["network.born"].ToArray()];
        var seen = new List<double[]>();
        engine.Live(point.Parameters, point.Lifetime, observer: new Log(seen));

        Assert.Equal(6, seen.Count);
        for (int t = 0; t < seen.Count; t++)
        {
            Assert.Equal([born[t % 3], born[(t + 1) % 3], born[(t + 2) % 3]], seen[t]);
        }
    }

    [Fact]
    public void Backward_WhenStatesGoRound_IsThatOfTheWholeTape()
    {
        ParameterLayout layout = Layout();
        using var point = new RandomPoint(layout, 3, 5, 1, 2);
        using var expected = new MetaParameters<double>(layout);
        using var found = new MetaParameters<double>(layout);
        using ILifetimeEngine<double> whole = LifetimeEngines.Create<double>(layout, "whole-lifetime");
        using ILifetimeEngine<double> tape = LifetimeEngines.Create<double>(layout, "tape");
        whole.Live(point.Parameters, point.Lifetime, expected);
        tape.Live(point.Parameters, point.Lifetime, found);
        LifeTests.AssertClose(expected, found);

        // After five steps of three the first state is what was born third; the query depends on that alone.
        double[] born = found["network.born"].ToArray();
        Assert.Equal(0, born[0]);
        Assert.Equal(0, born[1]);
        Assert.NotEqual(0, born[2]);
    }

    private static ParameterLayout Layout() => ParameterLayout.For(NetworkSpec.Feedforward([2, 1], 1), new RoundSpec());

    private sealed class Log(List<double[]> seen) : ILifetimeObserver<double>
    {
        public void OnState(int innerStep, LifeTensors<double> state) =>
            seen.Add([state["network.a"][0, 0], state["network.b"][0, 0], state["network.c"][0, 0]]);
    }

    private sealed record RoundSpec : LearnerSpec
    {
        public override ILearner Create(NetworkSpec network) => new Round(network);
    }

    /// <summary>Three numbers that go round: a ← b, b ← c, c ← a. The answer is the network's, plus a.</summary>
    private sealed class Round(NetworkSpec network) : ILearner
    {
        private readonly StateLayout states = new([State("a"), State("b"), State("c")]);

        public ImmutableArray<ParameterSpec> Parameters { get; } =
            [.. network.ParametersOf(0), new("network.born", "numbers", -1, [3]) { Start = new ListedStart([0.5, -1, 2]) }];

        ImmutableArray<StateSpec> ILearner.State => states.Specs;

        public LifeBirth Birth(in BirthInputs inputs)
        {
            var column = inputs.Meta["network.born"].Column();
            return new LifeBirth(new LifeState(states, [column.SliceRows(0, 1), column.SliceRows(1, 1), column.SliceRows(2, 1)]), x => x);
        }

        public LifeState Step(in StepInputs inputs)
        {
            LifeState before = inputs.State;
            return before.With("network.a", before["network.b"]).With("network.b", before["network.c"])
                .With("network.c", before["network.a"]);
        }

        public Var Output(in OutputInputs inputs) =>
            network.Layers[0].Forward(inputs.Input, inputs.Meta["layer0.weight"], inputs.Meta["layer0.bias"]) + inputs.State["network.a"];

        private static StateSpec State(string name) => new($"network.{name}", "numbers", -1, [1]);
    }
}
