using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Learners;

/// <summary>What is declared is what holds, and what cannot hold is refused by name.</summary>
public class DeclarationTests
{
    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 4, 4, 2], 2);

    [Fact]
    public void Rule_WithAFusedFormAndParametersOfItsOwn_RunsOnThePlainEngine()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec { Rule = new ScaledOja() });

        Assert.Null(layout.Dynamics.Fused);
        Assert.True(LifetimeEngines.Registry.Get("fused").Supports(ParameterLayout.For(Network, new LocalLearnerSpec())));
        Assert.False(LifetimeEngines.Registry.Get("fused").Supports(layout));
    }

    [Fact]
    public void Life_AfterABackwardThatFails_GoesOnFromWhereItWas()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 4, 6, 2, 3);
        using var gradient = new MetaParameters<double>(layout);
        using var engine = new FailingEngine(layout);
        using ILife<double> life = engine.Begin(point.Parameters, point.Lifetime);
        life.Advance(3);
        life.Query();
        life.Advance(3);
        engine.Fails = true;
        Assert.Throws<NonFiniteException>(() => life.Backward(gradient));
        engine.Fails = false;

        Assert.Equal(engine.Live(point.Parameters, point.Lifetime).QueryLoss, life.Query().QueryLoss, 1e-12);
    }

    [Fact]
    public void Pathway_ThatConnectsPlasticWeightsTwice_ChangesThemByBoth()
    {
        double Change(int connections)
        {
            ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec
            { FeedbackRule = new HebbRule(), Pathway = new Repeated { Connections = connections } });
            using var point = new RandomPoint(layout, 4, 1, 2, 3);
            using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
            using ILife<double> life = engine.Begin(point.Parameters, point.Lifetime);
            double before = life.State["layer1.feedback0.weight"][0, 0];
            life.Advance(1);
            return life.State["layer1.feedback0.weight"][0, 0] - before;
        }

        Assert.NotEqual(0, Change(1));
        Assert.Equal(2 * Change(1), Change(2), 1e-12);
        Assert.Contains(
            "no connection for the plastic weights 'feedback0.weight'", Assert.Throws<EngramException>(() => Change(0)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Start_ThatIsDeclared_HoldsWhateverTheRole()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec { Rule = new ScaledOja() });
        using var parameters = new MetaParameters<float>(layout);

        Initializer.Initialize(parameters, new InitializationSpec { ReadoutPlasticity = 9 }, new Numerics.RandomNumbers.RandomStream(1));

        Assert.Equal(0.5f, parameters["layer2.gain"][0, 0]);
        Assert.Equal(3e-3, new MetaRates().For(layout.Parameters[layout.IndexOf("layer2.gain")], Network));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Declaration_ThatCannotHold_IsRefusedByName(LearnerSpec learner, string message) =>
        Assert.Contains(
            message, Assert.ThrowsAny<EngramException>(() => ParameterLayout.For(Network, learner)).Message, StringComparison.Ordinal);

    public static TheoryData<LearnerSpec, string> Wrong => new()
    {
        { new LocalLearnerSpec { Rule = new BcmRule { Window = 0 } }, "Found 0 for Window of the plasticity rule 'bcm'" },
        { new LocalLearnerSpec { HiddenPlasticityMultiplier = double.NaN }, "HiddenPlasticityMultiplier" },
        { new LocalLearnerSpec { Rule = new Keeping() }, "Found 'seen' in the plasticity rule 'Keeping', which can change" },
        { new LocalLearnerSpec { Rule = new Counting() }, "Found 'steps' in the plasticity rule 'Counting', which can change" },
        { new LocalLearnerSpec { Rule = new Shared() },
            "Found the state 'all', which the plasticity rule 'Shared' declares, with as many numbers as 'Network'" },
        { new LocalLearnerSpec
            { FeedbackRule = new OjaRule(), FeedbackOnlyAtOutput = true, OutputClamped = true, Objective = Objective.CrossEntropy },
            "where no feedback weights reach a plastic layer" },
    };

    private sealed record ScaledOja : IPlasticityRule
    {
        public FusedRule? Fused => new(Decays: true);

        public Parts Parts(LayerShape layer) => new()
        { Parameters = [ParameterPart.PerLayer("gain", 0.5, rate: 3e-3) with { Role = ParameterRoles.Plasticity }] };

        public RuleStep Step(in Synapses s) => s.Parameter("gain") * new OjaRule().Step(s).Change;
    }

    private sealed record Keeping : IPlasticityRule
    {
        private readonly Queue<double> seen = new();

        public RuleStep Step(in Synapses s)
        {
            seen.Enqueue(s.Post.Rows);
            return s.Plasticity * s.Weights * seen.Count;
        }
    }

    private sealed record Counting : IPlasticityRule
    {
        private static int steps;

        public RuleStep Step(in Synapses s) => s.Plasticity * s.Weights * ++steps;
    }

    private sealed record Shared : IPlasticityRule
    {
        public Parts Parts(LayerShape layer) => new() { State = [new StatePart("all", Granularity.Network)] };

        public RuleStep Step(in Synapses s) => s.Plasticity * s.Weights;
    }

    private sealed record Repeated : IFeedbackPathway
    {
        public int Connections { get; init; }

        public Parts Parts(FeedbackPlace place) => new DirectFeedback().Parts(place);

        public FeedbackStep Step(in FeedbackInputs inputs)
        {
            FeedbackStep step = new DirectFeedback().Step(inputs).Feedback;
            for (int i = 0; i < Connections; i++)
            {
                step = step.Connect("feedback0.weight", inputs.Signal);
            }

            return step;
        }
    }

    private sealed class FailingEngine(ParameterLayout layout) : ILifetimeEngine<double>
    {
        private readonly ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);

        public bool Fails { get; set; }

        public ParameterLayout Layout => layout;

        public LifetimeOutcome Live(
            MetaParameters<double> parameters, Lifetime<double> lifetime, MetaParameters<double>? metaGradient = null,
                ILifetimeObserver<double>? observer = null, LifeTensors<double>? start = null)
        {
            LifetimeOutcome outcome = engine.Live(parameters, lifetime, metaGradient, observer, start);
            return Fails ? throw new NonFiniteException("weights", 1, 0) : outcome;
        }

        public void Dispose() => engine.Dispose();
    }
}
