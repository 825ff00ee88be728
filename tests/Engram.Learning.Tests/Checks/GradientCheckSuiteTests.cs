using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.GradientChecks;

public sealed class GradientCheckSuiteTests
{
    private static readonly Dictionary<string, GradientCheck> Checks = GradientCheckSuite.All()
        .ToDictionary(c => c.Name, StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Checks.Keys];

    public static TheoryData<string> Engines => [.. LifetimeEngines.Registry.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void MetaGradient_OfEveryLearnerAndOption_MatchesCentralDifferences(string name)
    {
        GradientCheckReport report = Checks[name].Run();
        Assert.True(report.Passed, $"{report.Worst}, {report.Kinks} kinks");

        // Births that draw or make W know no meta-learned W.
        string[] weightless = ["birth/random/", "birth/types/", "birth/genome/"];
        bool ownWeights = weightless.Any(b => name.StartsWith(b, StringComparison.Ordinal));
        Assert.DoesNotContain(report.Flat, f => !(ownWeights && f.EndsWith(".weight", StringComparison.Ordinal)));
    }

    // What passes above for one engine passes for every engine that gives the same numbers.
    [Theory]
    [MemberData(nameof(Engines))]
    public void Engine_OnEveryLearnerAndOption_AgreesWithTheWholeLifetimeOnOneTape(string engineName)
    {
        ILifetimeEngineFactory factory = LifetimeEngines.Registry.Get(engineName);
        foreach (GradientCheck check in Checks.Values.Where(c => factory.Supports(c.Layout)))
        {
            // Without α a longer life overflows: one step says as much.
            int steps = check.Layout.Learner is LocalLearnerSpec { Granularity: Granularity.None } ? 1 : 5;
            using var point = new RandomPoint(check.Layout, 7, steps, 3, 4, 0.03, check.TargetsMissing);
            using var expected = new MetaParameters<double>(check.Layout);
            using var found = new MetaParameters<double>(check.Layout);
            using var whole = new WholeLifetimeEngine<double>(check.Layout);
            using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(check.Layout, engineName);
            double loss = whole.Live(point.Parameters, point.Lifetime, expected).QueryLoss;
            Assert.Equal(loss, engine.Live(point.Parameters, point.Lifetime, found).QueryLoss, 1e-12 * (1 + loss));
            for (int i = 0; i < check.Layout.Parameters.Length; i++)
            {
                double[] e = expected[i].ToArray();
                double[] f = found[i].ToArray();
                double tolerance = 1e-10 * Math.Max(1e-3, e.Max(Math.Abs));
                for (int k = 0; k < e.Length; k++)
                {
                    Assert.True(
                        Math.Abs(e[k] - f[k]) <= tolerance,
                        $"{check.Name}, {check.Layout.Parameters[i].Name}[{k}]: expected {e[k]:r}, found {f[k]:r}");
                }
            }
        }
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
        Assert.Equal(GradientCheckSuite.Matching("oja").Count, checks.Count);
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
