using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Engines.Compiled;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Tests.Lifetimes;

/// <summary>A clamped readout of many outputs, of whose targets most are 0: rows that stand still are left alone, and nothing
/// changes.</summary>
public sealed class StandingRowsTests
{
    private const int Outputs = 43, Steps = 30;
    private const double Tolerance = 1e-11;

    /// <summary>How the targets of a life are filled: of one example in each one, several or all outputs.</summary>
    public enum Filling
    {
        /// <summary>One target; of each seventh example none.</summary>
        One,

        /// <summary>Three targets.</summary>
        Several,

        /// <summary>All.</summary>
        All,
    }

    public static TheoryData<string, Filling> Cases
    {
        get
        {
            var data = new TheoryData<string, Filling>();
            foreach (string rule in PlasticityRules.Registry.Names.Append("gradient").Append("plastic-feedback").Append("hidden-feedback"))
            {
                foreach (Filling filling in rule == "oja" ? Enum.GetValues<Filling>() : [Filling.One])
                {
                    data.Add(rule, filling);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Live_OfAClampedReadout_AgreesWithTheTape(string rule, Filling filling)
    {
        ParameterLayout layout = Layout(rule);
        using var point = Point(layout, filling);
        using var expected = new MetaParameters<double>(layout);
        using var found = new MetaParameters<double>(layout);
        using var tape = new TapeLifetimeEngine<double>(layout);
        var states = new Log { WantsActivity = true };
        double loss = tape.Live(point.Parameters, point.Lifetime, expected, states).QueryLoss;
        foreach ((int threads, long budget, bool looks) in new[]
            { (2, 1L << 28, false), (3, 0L, false), (1, 1L << 28, true) })
        {
            using ILifetimeEngine<double> engine =
                LifetimeEngines.Create<double>(layout, "compiled", new EngineOptions { Threads = threads, MemoryBudgetBytes = budget });
            for (int repetition = 0; repetition < (looks ? 1 : 2); repetition++)
            {
                var seen = new Log { WantsActivity = looks };
                double lived = engine.Live(point.Parameters, point.Lifetime, found, looks ? seen : null).QueryLoss;
                Assert.Equal(loss, lived, 1e-11 * (1 + loss));
                Close.Assert(looks ? states.Values : [], seen.Values, Tolerance);
                Close.Assert(looks ? states.Activity : [], seen.Activity, Tolerance);
                Close.Assert(expected, found, Tolerance);
            }
        }
    }

    [Fact]
    public void Live_WithAnyNumberOfThreadsAndAnyBudget_HasTheSameBits()
    {
        ParameterLayout layout = Layout("oja");
        using var point = Point(layout, Filling.Several);
        using var single = new SinglePoint(point);
        using var expected = new MetaParameters<float>(layout);
        using var found = new MetaParameters<float>(layout);
        using ILifetimeEngine<float> first = LifetimeEngines.Create<float>(layout, "compiled");
        first.Live(single.Parameters, single.Lifetime, expected);
        foreach ((int threads, long budget) in new[] { (1, 0L), (2, 1L << 28), (3, 60_000L), (4, 0L) })
        {
            using ILifetimeEngine<float> engine =
                LifetimeEngines.Create<float>(layout, "compiled", new EngineOptions { Threads = threads, MemoryBudgetBytes = budget });
            for (int repetition = 0; repetition < 5; repetition++)
            {
                engine.Live(single.Parameters, single.Lifetime, found);
                for (int i = 0; i < layout.Parameters.Length; i++)
                {
                    Assert.True(
                        expected[i].ToArray().SequenceEqual(found[i].ToArray()), $"{threads}, {budget}: {layout.Parameters[i].Name}");
                }
            }
        }
    }

    // A row that moves has room of its own, whatever the length of the life: as many rows as targets, not as many as outputs.
    [Fact]
    public void Live_OfManySteps_KeepsTheRowsThatMove()
    {
        NetworkSpec network = NetworkSpec.Feedforward([6, 64, 1000], 1);
        ParameterLayout layout = ParameterLayout.For(network, Learner(new OjaRule()));
        using var point = new RandomPoint(layout, 5, 400, 1, 4, 0.01);
        using var gradient = new MetaParameters<double>(layout);
        for (int t = 0; t < 400; t++)
        {
            point.Lifetime.StreamTargets.Row(t).Clear();
            point.Lifetime.StreamTargets[t, (t * 7) % 1000] = 1;
        }

        using var engine = (CompiledLifetimeEngine<Lanes1<double>, double>)LifetimeEngines.Create<double>(layout, "compiled-scalar");
        engine.Live(point.Parameters, point.Lifetime, gradient);
        long state = 1000 * 64 * sizeof(double);

        // W, two adjoints and rows, in blocks of 33 states; checkpoints alone would be over 60, an eighth of the outputs at each step 50.
        Assert.InRange(engine.ReservedBytes, 3 * state, 34 * state);
    }

    // With p = 0 a number that is not finite reaches no row.
    [Fact]
    public void Live_OfFeaturesThatAreNotFinite_Stops()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([6, 9, Outputs], 1), Learner(new OjaRule()));
        using var point = Point(layout, Filling.One);
        point.Lifetime.StreamInputs.Row(6).Fill(double.PositiveInfinity);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "compiled");

        Assert.Throws<NonFiniteException>(() => engine.Live(point.Parameters, point.Lifetime));
    }

    // Lanes past the last output must reach no sum, whatever the vectors.
    [Fact]
    public void Live_AtEveryWidth_AgreesWithTheTape()
    {
        ParameterLayout layout = Layout("oja");
        using var point = Point(layout, Filling.One);
        using var single = new SinglePoint(point);
        using var expected = new MetaParameters<double>(layout);
        using var tape = new TapeLifetimeEngine<double>(layout);
        tape.Live(point.Parameters, point.Lifetime, expected);
        foreach (string name in LifetimeEngines.Registry.Names.Where(n => n.StartsWith("compiled-", StringComparison.Ordinal)))
        {
            using var found = new MetaParameters<double>(layout);
            using var rounded = new MetaParameters<float>(layout);
            using ILifetimeEngine<double> exact = LifetimeEngines.Create<double>(layout, name);
            using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout, name);
            exact.Live(point.Parameters, point.Lifetime, found);
            engine.Live(single.Parameters, single.Lifetime, rounded);
            Close.Assert(expected, found, Tolerance);
            for (int i = 0; i < layout.Parameters.Length; i++)
            {
                Close.Assert(expected[i].ToArray(), [.. rounded[i].ToArray().Select(v => (double)v)], 5e-4);
            }
        }
    }

    [Fact]
    public void Live_OneLifeAfterTheOther_EachHasItsOwnRows()
    {
        ParameterLayout layout = Layout("oja");
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "compiled");
        using var expected = new MetaParameters<double>(layout);
        using var found = new MetaParameters<double>(layout);
        foreach (Filling filling in new[] { Filling.One, Filling.All, Filling.Several, Filling.One })
        {
            using var point = Point(layout, filling);
            using var tape = new TapeLifetimeEngine<double>(layout);
            tape.Live(point.Parameters, point.Lifetime, expected);
            engine.Live(point.Parameters, point.Lifetime);
            engine.Live(point.Parameters, point.Lifetime, found);
            Close.Assert(expected, found, Tolerance);
        }
    }

    // Which readouts stand still is found, not told: this says that it is found where it is so, and nowhere else. The adjoint of BCM's
    // threshold reads all rows.
    [Theory]
    [InlineData("oja", true)]
    [InlineData("hebb", true)]
    [InlineData("bcm", false)]
    [InlineData("oja-trace", false)]
    [InlineData("gradient", false)]
    public void Standing_OfARule_IsFound(string rule, bool stands)
    {
        ParameterLayout layout = Layout(rule);
        using var team = new WorkerTeam(1);
        using var arena = new Arena();
        var programs = new StepPrograms<Lanes1<double>, double>(layout, 9, 1, false, true, team, arena);
        string[] found = [.. programs.Standing.ToArray().Select(i => layout.State.Specs[i].Name)];
        Assert.Equal(stands ? [layout.State.Specs.Last(s => s.Role == StateRoles.Weights).Name] : [], found);
    }

    private static RandomPoint Point(ParameterLayout layout, Filling filling)
    {
        var point = new RandomPoint(layout, 5, Steps, 1, 4, 0.01);
        Tensor<double> targets = point.Lifetime.StreamTargets;
        for (int t = 0; t < Steps; t++)
        {
            Span<double> target = targets.Row(t);
            for (int k = 0; k < Outputs; k++)
            {
                int from = (17 * t) % Outputs, place = (k - from + Outputs) % Outputs;
                bool has = filling switch
                {
                    Filling.One => place == 0 && t % 7 != 6,
                    Filling.Several => place is 0 or 5 or 41,
                    _ => true,
                };
                target[k] = has ? 0.5 + (0.1 * (k % 7)) : 0;
            }
        }

        return point;
    }

    private static ParameterLayout Layout(string rule)
    {
        // A hidden layer as wide as there are outputs: rows are not taken for others of that number.
        NetworkSpec network = NetworkSpec.Feedforward([6, 9, Outputs, Outputs], 2);
        LocalLearnerSpec local = Learner(PlasticityRules.Registry.Names.Contains(rule) ? PlasticityRules.Registry.Get(rule) : new OjaRule())
            with
        {
            FeedbackRule = rule == "plastic-feedback" ? new OjaRule() : null,
            FeedbackLayers = rule == "hidden-feedback" ? 2 : 1,
        };
        return ParameterLayout.For(network, rule == "gradient" ? new GradientLearnerSpec { Objective = Objective.CrossEntropy } : local);
    }

    private static LocalLearnerSpec Learner(IPlasticityRule rule) => new()
    { Objective = Objective.CrossEntropy, Signal = FeedbackSignal.Target, OutputClamped = true, Rule = rule };

    private sealed class Log : ILifetimeObserver<double>
    {
        public bool WantsActivity { get; init; }

        public List<double> Values { get; } = [];

        public List<double> Activity { get; } = [];

        public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<double>> activity)
        {
            foreach (string name in activity.Keys.Order(StringComparer.Ordinal))
            {
                Activity.AddRange(activity[name].ToArray());
            }
        }

        public void OnState(int innerStep, LifeTensors<double> state)
        {
            foreach (Tensor<double> tensor in state.Weights)
            {
                Values.AddRange(tensor.ToArray());
            }
        }
    }
}
