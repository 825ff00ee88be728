using Engram.Learning.Checks;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.GradientChecks;

public sealed class GradientCheckSuiteTests
{
    // Read at discovery, before tests register rules of their own.
    internal static readonly IReadOnlyDictionary<string, GradientCheck> Checks = GradientCheckSuite.All()
        .ToDictionary(c => c.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Checks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void MetaGradient_OfEveryLearnerAndOption_MatchesCentralDifferences(string name)
    {
        // EngineSuiteTests holds every other engine to the same numbers; this one needs no planning.
        GradientCheckReport report = Checks[name].Run(layout => new TapeLifetimeEngine<double>(layout));
        Assert.True(report.Passed, $"{report.Worst}, {report.Kinks} kinks");

        // Births that draw or make W know no meta-learned W.
        string[] weightless = ["birth/random/", "birth/types/", "birth/genome/"];
        bool ownWeights = weightless.Any(b => name.StartsWith(b, StringComparison.Ordinal));
        Assert.DoesNotContain(report.Flat, f => !(ownWeights && f.EndsWith(".weight", StringComparison.Ordinal)));
    }

    [Fact]
    public void GradientCheck_OptionsThatDoNotFit_FailThatCheckAlone()
    {
        var check = new GradientCheck("mine", () => throw new EngramException("does not fit"));

        Assert.Equal("mine", check.Name);
        Assert.Equal("does not fit", Assert.Throws<EngramException>(() => check.Run()).Message);
    }

    [Fact]
    public void LearnerEntry_ThatIgnoresTheObjective_HasIt() =>
        Assert.Equal(
            Objective.CrossEntropy,
            new LearnerEntry(_ => new LocalLearnerSpec { RectifiedFeedback = false }).Create(Objective.CrossEntropy).Objective);

    [Fact]
    public void Run_OfAnEngineWithAWrongMetaGradient_FailsAndNamesTheParameter()
    {
        GradientCheckReport report = Checks["oja/direct/error/mse/synapse/default"].Run(layout => new WrongEngine(layout, "layer2.beta"));
        Assert.False(report.Passed);
        Assert.Equal("layer2.beta", report.Worst.Tensor);
    }

    // What is read is a constant to the tape, and none to the lives that are differenced.
    [Fact]
    public void Run_OfARuleThatReadsNumbersOffTheTape_Fails()
    {
        var learner = new LocalLearnerSpec { Rule = new ReadingRule() };
        var check = new GradientCheck("reading", () => ParameterLayout.For(NetworkSpec.Feedforward([2, 4, 3, 3], 2), learner));
        GradientCheckReport report = check.Run();
        Assert.False(report.Passed);
        Assert.InRange(report.Worst.RelativeError, 1e-4, 1e4);
    }

    [Fact]
    public void Run_OfFirstOrderAgainstTheSecondOrderLayout_Fails()
    {
        GradientCheck second = Checks["gradient/second/per-parameter/mse"];
        ParameterLayout first = Checks["gradient/first/per-parameter/mse"].Layout;
        Assert.False(second.Run(_ => new TapeLifetimeEngine<double>(first)).Passed);
    }

    [Fact]
    public void All_WithANewlyRegisteredRule_ChecksItWithEveryOption()
    {
        PlasticityRules.Registry.Register("test-saturating", new SaturatingRule(), "for this test");
        IReadOnlyList<GradientCheck> checks = GradientCheckSuite.Matching("test-saturating");
        Assert.Equal(GradientCheckSuite.Matching("hebb").Count, checks.Count);
        foreach (GradientCheck check in checks.Where((_, i) => i % 13 == 0))
        {
            GradientCheckReport report = check.Run();
            Assert.True(report.Passed, $"{check.Name}: {report.Worst}, {report.Kinks} kinks");
        }
    }

    [Fact]
    public void Live_WithARuleOfTheWrongShape_NamesTheRuleAndBothShapes()
    {
        PlasticityRules.Registry.Register("test-transposed", new TransposedRule(), "for this test");
        ParameterLayout layout =
            ParameterLayout.For(NetworkSpec.Feedforward([3, 2], 1), new LocalLearnerSpec { Rule = new TransposedRule() });
        using var point = new RandomPoint(layout, 1, 1, 1, 1);
        using var engine = new TapeLifetimeEngine<double>(layout);
        EngramException error = Assert.Throws<EngramException>(() => engine.Live(point.Parameters, point.Lifetime));
        Assert.Contains(
            "3×2 from the plasticity rule 'test-transposed', expected the weights' shape 2×3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matching_OfAnUnknownName_SuggestsOne()
    {
        EngramException error = Assert.Throws<EngramException>(() => GradientCheckSuite.Matching("gradient/second/fixd/mse"));
        Assert.Contains("gradient/second/fixed/mse", error.Message, StringComparison.Ordinal);
    }

    private sealed record SaturatingRule : IPlasticityRule
    {
        public RuleStep Step(in Synapses s) => s.Plasticity * (s.Post.Transpose().MatMul(s.Pre).Tanh() - 0.1 * s.Weights);
    }

    private sealed record ReadingRule : IPlasticityRule
    {
        public RuleStep Step(in Synapses s) =>
            s.Plasticity * (s.Post.Transpose().MatMul(s.Pre) - s.Weights.Tape.ElementOf(s.Weights, 0, 0) * s.Weights);
    }

    private sealed record TransposedRule : IPlasticityRule
    {
        public RuleStep Step(in Synapses s) => s.Pre.Transpose().MatMul(s.Post);
    }

    private sealed class WrongEngine(ParameterLayout layout, string wrong) : ILifetimeEngine<double>
    {
        private readonly TapeLifetimeEngine<double> engine = new(layout);

        public ParameterLayout Layout => layout;

        public LifetimeOutcome Live(
            MetaParameters<double> parameters, Lifetime<double> lifetime, MetaParameters<double>? metaGradient = null,
                ILifetimeObserver<double>? observer = null, LifeTensors<double>? start = null)
        {
            LifetimeOutcome outcome = engine.Live(parameters, lifetime, metaGradient, observer, start);
            if (metaGradient is not null)
            {
                metaGradient[wrong][0, 0] *= 1.00001;
            }

            return outcome;
        }

        public void Dispose() => engine.Dispose();
    }
}
