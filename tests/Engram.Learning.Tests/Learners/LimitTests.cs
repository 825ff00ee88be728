using Engram.Learning.Births;
using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Learners;

/// <summary>What is new must be what was there before where its own part is switched off.</summary>
public sealed class LimitTests : IDisposable
{
    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 5, 4, 4, 2], 3);
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    public static TheoryData<string> Reductions { get; } =
    [
        "plastic feedback whose rates are 0", "a trace without memory", "a polynomial with Oja's coefficients",
            "a Gaussian birth without spread", "hidden feedback whose weights are 0",
    ];

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Learner_WhoseOwnPartIsOff_IsFlp(string which)
    {
        (LocalLearnerSpec learner, string? zero, double tolerance) = which switch
        {
            "plastic feedback whose rates are 0" => (new LocalLearnerSpec { FeedbackRule = new OjaRule() }, ".feedback0.alpha", 0.0),
            "a trace without memory" => (new LocalLearnerSpec { Rule = new OjaTraceRule() }, ".memory", 0.0),
            "a polynomial with Oja's coefficients" =>
                (new LocalLearnerSpec { Rule = new PolynomialRule { Terms = "110 021" } }, null, 1e-14),
            "a Gaussian birth without spread" => (new LocalLearnerSpec { Birth = new GaussianBirth() }, ".weight_sigma", 0.0),
            _ => (new LocalLearnerSpec { Pathway = new HiddenFeedback() }, ".feedback_from", 0.0),
        };
        ParameterLayout flp = ParameterLayout.For(Network, new LocalLearnerSpec()), own = ParameterLayout.For(Network, learner);
        using var point = new RandomPoint(own, 3, 4, 2, 3);
        using var before = new MetaParameters<double>(flp);
        for (int i = 0; i < own.Parameters.Length; i++)
        {
            ParameterSpec spec = own.Parameters[i];
            if (zero is not null && spec.Name.Contains(zero, StringComparison.Ordinal))
            {
                point.Parameters[i].Clear();
            }
            else if (spec.Role == ParameterRoles.Rule)
            {
                spec.Start!.Fill(point.Parameters[i], default);
            }

            if (flp.IndexOf(spec.Name) is >= 0 and var same)
            {
                before[same].CopyFrom(point.Parameters[i]);
            }
        }

        using var expectedGradient = new MetaParameters<double>(flp);
        using var foundGradient = new MetaParameters<double>(own);
        using ILifetimeEngine<double> plain = LifetimeEngines.Create<double>(flp, "tape"),
            extended = LifetimeEngines.Create<double>(own, "tape");

        double expected = plain.Live(before, point.Lifetime, expectedGradient).QueryLoss,
            found = extended.Live(point.Parameters, point.Lifetime, foundGradient).QueryLoss;

        Assert.Equal(expected, found, tolerance * expected);
        for (int i = 0; i < flp.Parameters.Length; i++)
        {
            Assert.All(expectedGradient[i].ToArray().Zip(foundGradient[flp.Parameters[i].Name].ToArray()),
                pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        }
    }

    [Theory]
    [InlineData(Objective.MeanSquaredError)]
    [InlineData(Objective.CrossEntropy)]
    public void Masks_OfAllTargets_ChangeNothing(Objective objective)
    {
        foreach (LearnerSpec learner in (LearnerSpec[])[new LocalLearnerSpec { Objective = objective }, new GradientLearnerSpec
            { Objective = objective }])
        {
            ParameterLayout layout = ParameterLayout.For(Network, learner);
            using var point = new RandomPoint(layout, 5, 3, 2, 3);
            using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
            double expected = engine.Live(point.Parameters, point.Lifetime).QueryLoss;

            Assert.Equal(
                expected, engine.Live(point.Parameters, point.Lifetime with { StreamMask = Ones(6), QueryMask = Ones(3) }).QueryLoss,
                1e-12);
        }
    }

    [Fact]
    public void Step_WithoutAnyTarget_LeavesAGradientLearnerAsItIs()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new GradientLearnerSpec());
        using var point = new RandomPoint(layout, 5, 3, 2, 3);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        using ILife<double> life = engine.Begin(point.Parameters, point.Lifetime with { StreamMask = arena.Allocate<double>(6, 2) });
        double[] before = life.State.Weights[1].ToArray();

        life.Advance(3);

        Assert.Equal(before, life.State.Weights[1].ToArray());
    }

    [Fact]
    public void Step_WithoutAnyTarget_HasNoFeedback()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 5, 1, 2, 3);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        var seen = new Activities();

        engine.Live(point.Parameters, point.Lifetime with { StreamMask = arena.Allocate<double>(2, 2) }, observer: seen);

        Assert.Equal(seen.Shown["layer2.activity"], seen.Shown["layer2.after_feedback"]);
        Assert.All(seen.Shown["signal"], s => Assert.Equal(0, s));
    }

    [Fact]
    public void Birth_OfTwoLives_DiffersAndRepeats()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec { Birth = new GaussianBirth() });
        using var point = new RandomPoint(layout, 5, 0, 2, 3);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        double Loss(ulong life) =>
            engine.Live(point.Parameters, point.Lifetime
            with
            { Noise = new SeededLifeNoise(new Numerics.RandomNumbers.RandomStream(9).Split(life)) }).QueryLoss;

        Assert.Equal(Loss(1), Loss(1));
        Assert.NotEqual(Loss(1), Loss(2));
        Assert.Contains(
            "without noise",
            Assert.Throws<EngramException>(() => engine.Live(point.Parameters, point.Lifetime with { Noise = null })).Message,
            StringComparison.Ordinal);
    }

    private Tensor<double> Ones(int rows)
    {
        Tensor<double> mask = arena.Allocate<double>(rows, Network.Outputs);
        mask.Fill(1);
        return mask;
    }
}
