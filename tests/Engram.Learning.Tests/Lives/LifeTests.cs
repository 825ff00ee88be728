using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Lives;

/// <summary>A life in parts is the life in one piece.</summary>
public sealed class LifeTests
{
    private const int Steps = 9;
    private const double Tolerance = 1e-12;

    private static readonly Dictionary<string, LearnerSpec> Learners = new(StringComparer.Ordinal)
    {
        ["local"] = new LocalLearnerSpec(),
        ["gradient"] = new GradientLearnerSpec(),
        ["trace"] = new LocalLearnerSpec { Rule = new OjaTraceRule() },
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string engine in (string[])["tape", "fused", "whole-lifetime"])
            {
                foreach (string learner in Learners.Keys.Where(l => engine != "fused" || l != "trace"))
                {
                    data.Add(engine, learner);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Query_AfterAnyParts_IsThatOfALifeOfSoManySteps(string engineName, string learner)
    {
        using Scene scene = new(engineName, learner);
        using ILife<double> life = scene.Engine.Begin(scene.Point.Parameters, scene.Point.Lifetime);
        foreach (int steps in (int[])[0, 2, 0, 1, 6])
        {
            life.Advance(steps);
            double expected = scene.Live(0, life.InnerStep).QueryLoss;
            Assert.Equal(expected, life.Query().QueryLoss, Tolerance * (1 + expected));
            Assert.Equal(Steps - life.InnerStep, life.StepsLeft);
        }

        Assert.Equal(Steps, life.InnerStep);
        Assert.NotEqual(scene.Live(0, 0).QueryLoss, life.Query().QueryLoss);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_AfterParts_IsTheGradientOfOneLife(string engineName, string learner)
    {
        using Scene scene = new(engineName, learner);
        using var expected = new MetaParameters<double>(scene.Layout);
        using var found = new MetaParameters<double>(scene.Layout);
        using ILife<double> life = scene.Engine.Begin(scene.Point.Parameters, scene.Point.Lifetime);

        foreach (int steps in (int[])[3, 1, 5])
        {
            life.Advance(steps);
            double loss = scene.Live(0, life.InnerStep, expected).QueryLoss;
            Assert.Equal(loss, life.Backward(found).QueryLoss, Tolerance * (1 + loss));
            AssertClose(expected, found);

            // Going back leaves the life where it is.
            Assert.Equal(loss, life.Query().QueryLoss, Tolerance * (1 + loss));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cut_ThenBackward_IsTheGradientOfALifeThatBeginsThere(string engineName, string learner)
    {
        using Scene scene = new(engineName, learner);
        using var arena = new Arena();
        using var whole = new MetaParameters<double>(scene.Layout);
        using var expected = new MetaParameters<double>(scene.Layout);
        using var found = new MetaParameters<double>(scene.Layout);
        using ILife<double> life = scene.Engine.Begin(scene.Point.Parameters, scene.Point.Lifetime);
        life.Advance(2);
        life.Cut();
        life.Advance(2);
        life.Cut();
        var there = new LifeTensors<double>(scene.Layout, arena);
        there.CopyFrom(life.State);
        life.Advance(Steps - 4);

        double loss = life.Backward(found).QueryLoss;
        Assert.Equal(scene.Live(0, Steps, whole).QueryLoss, loss, Tolerance * (1 + loss));
        Assert.Equal(scene.Live(4, Steps, expected, there).QueryLoss, loss, Tolerance * (1 + loss));
        AssertClose(expected, found);
        Assert.Contains(scene.Layout.Parameters.Index(), p => Difference(whole[p.Index], found[p.Index]) > 1e-6 * Largest(whole[p.Index]));

        // The same cut, its state asked for in between: nothing is left of an earlier part.
        _ = life.State;
        life.Backward(found);
        AssertClose(expected, found);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(Steps + 1)]
    public void Advance_ByMoreThanThereIs_SaysHowManyThereAre(int steps)
    {
        using Scene scene = new("tape", "local");
        using ILife<double> life = scene.Engine.Begin(scene.Point.Parameters, scene.Point.Lifetime);
        EngramException error = Assert.Throws<EngramException>(() => life.Advance(steps));
        Assert.Equal($"Found {steps} inner steps to advance by after 0 of {Steps}, expected 0 to {Steps}.", error.Message);

        life.Advance(Steps);
        Assert.Contains(
            $"after {Steps} of {Steps}, expected 0 to 0.", Assert.Throws<EngramException>(() => life.Advance(1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Begin_WithALifetimeOfOtherInputs_SaysSo()
    {
        using Scene scene = new("tape", "local");
        Lifetime<double> wrong = scene.Point.Lifetime with { QueryInputs = scene.Point.Lifetime.QueryTargets };
        Assert.Contains(
            "query inputs", Assert.Throws<EngramException>(() => scene.Engine.Begin(scene.Point.Parameters, wrong)).Message,
            StringComparison.Ordinal);
    }

    internal static void AssertClose(MetaParameters<double> expected, MetaParameters<double> found)
    {
        Assert.Contains(expected.Layout.Parameters.Index(), p => Largest(expected[p.Index]) > 0);
        Assert.All(expected.Layout.Parameters.Index(), p => Assert.True(
            Difference(expected[p.Index], found[p.Index]) <= 1e-11 * (1 + Largest(expected[p.Index])),
                $"{p.Item.Name} differs by {Difference(expected[p.Index], found[p.Index])}"));
    }

    private static double Difference(Tensor<double> x, Tensor<double> y) => x.ToArray().Zip(y.ToArray(), (a, b) => Math.Abs(a - b)).Max();

    private static double Largest(Tensor<double> x) => x.ToArray().Max(Math.Abs);

    /// <summary>A learner, a point and an engine.</summary>
    private sealed class Scene : IDisposable
    {
        public Scene(string engine, string learner)
        {
            Layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 7, 6, 2], 2), Learners[learner]);

            // Targets are missing in some of the cases: their mask is part of what a part must take its rows of.
            Point = new RandomPoint(Layout, 21, Steps, 3, 4, 0.02, targetsMissing: learner == "trace");
            Engine = LifetimeEngines.Create<double>(Layout, engine);
        }

        public ParameterLayout Layout { get; }

        public RandomPoint Point { get; }

        public ILifetimeEngine<double> Engine { get; }

        /// <summary>Lives some of the steps in one piece.</summary>
        public LifetimeOutcome Live(int from, int to, MetaParameters<double>? gradient = null, LifeTensors<double>? start = null)
        {
            Lifetime<double> all = Point.Lifetime;
            int n = all.BatchSize;
            Lifetime<double> part = all with
            {
                InnerSteps = to - from,
                StreamInputs = all.StreamInputs.Slice(from * n, (to - from) * n),
                StreamTargets = all.StreamTargets.Slice(from * n, (to - from) * n),
                StreamMask = all.StreamMask.IsEmpty ? default : all.StreamMask.Slice(from * n, (to - from) * n),
            };
            return Engine.Live(Point.Parameters, part, gradient, start: start);
        }

        public void Dispose()
        {
            Engine.Dispose();
            Point.Dispose();
        }
    }
}
