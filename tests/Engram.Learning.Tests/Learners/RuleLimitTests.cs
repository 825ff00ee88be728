using Engram.Learning.Births;
using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Learners;

/// <summary>Meta-learned rules are known ones at known parameters, and what is random is random.</summary>
public sealed class RuleLimitTests
{
    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 5, 4, 4, 2], 3);

    // The rule, values of its parameters by name, the rule that it must be, and how near; 0 is every bit.
    public static TheoryData<string, string, string, double> Reductions { get; } = new()
    {
        { "polynomial", "theta: 27 terms of Oja", "oja", 1e-12 },
        { "polynomial", "theta: 27 terms of Hebb", "hebb", 1e-12 },
        { "polynomial 110 021", "theta: 1 -1", "oja", 1e-12 },
        { "polynomial 110", "theta: 1", "hebb", 0 },
        { "three-factor", "memory: 0, kappa: 1 0", "oja", 0 },
        { "three-factor without decay", "memory: 0, kappa: 1 0", "hebb", 0 },
        { "three-factor", "memory: 0.5, kappa: 1 0", "oja-trace", 0 },
        { "terms", "theta: 0 0 0 0 0 0 0 0 0 1", "oja-subspace", 0 },
    };

    [Theory]
    [MemberData(nameof(Reductions))]
    public void Rule_AtKnownParameters_IsAKnownRule(string rule, string values, string known, double tolerance)
    {
        IPlasticityRule own = rule switch
        {
            "polynomial 110 021" => new PolynomialRule { Terms = "110 021" },
            "polynomial 110" => new PolynomialRule { Terms = "110" },
            "three-factor without decay" => new ThreeFactorRule { Decays = false },
            _ => PlasticityRules.Registry.Get(rule),
        };
        var expected = new LocalLearnerSpec { Rule = PlasticityRules.Registry.Get(known) };
        AssertSame(new LocalLearnerSpec { Rule = own }, expected, values, tolerance);
    }

    [Fact]
    public void OjaSubspaceRule_OfOneUnit_IsOjasRule()
    {
        NetworkSpec one = new([new LinearSpec(4, 1, Activation.Identity)], 1);

        AssertSame(new LocalLearnerSpec { Rule = new OjaSubspaceRule() }, new LocalLearnerSpec(), string.Empty, 1e-12, one);
    }

    // F0 with the error fed back through B = the identity is the delta rule: the gradient of half the squared error.
    [Fact]
    public void TermsRule_OfTheFirstTermAtTheOutput_IsGradientDescent()
    {
        NetworkSpec one = new([new LinearSpec(4, 2, Activation.Identity)], 1);
        ParameterLayout terms =
            ParameterLayout.For(one, new LocalLearnerSpec { Rule = new TermsRule { Terms = "0" }, RectifiedFeedback = false });
        ParameterLayout gradient = ParameterLayout.For(one, new GradientLearnerSpec { FixedInnerRate = 0.05 });
        using var point = new RandomPoint(terms, 3, 5, 1, 2);
        using var other = new MetaParameters<double>(gradient);
        point.Parameters["layer0.alpha"].Fill(0.05);
        point.Parameters["network.theta"].Fill(1);
        point.Parameters["layer0.beta"].Clear();
        point.Parameters["layer0.bias"].Clear();
        point.Parameters["layer0.feedback0.bias"].Clear();
        point.Parameters["layer0.feedback0.weight"].CopyFrom([1, 0, 0, 1]);
        other["layer0.weight"].CopyFrom(point.Parameters["layer0.weight"]);
        using ILifetimeEngine<double> first = LifetimeEngines.Create<double>(terms, "tape"),
            second = LifetimeEngines.Create<double>(gradient, "tape");
        using ILife<double> ours = first.Begin(point.Parameters, point.Lifetime), theirs = second.Begin(other, point.Lifetime);

        ours.Advance(1);
        theirs.Advance(1);

        // Mean over two outputs of one example: half the sum's gradient, 2 (ŷ − y) / 2.
        Assert.All(ours.State.Weights[0].ToArray().Zip(theirs.State.Weights[0].ToArray()), p => Assert.Equal(p.First, p.Second, 1e-14));
    }

    [Fact]
    public void MlpRule_WithoutOutputWeights_ChangesNothing()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec { Rule = new MlpRule { HiddenUnits = 3 } });
        using var point = new RandomPoint(layout, 3, 4, 2, 3);
        point.Parameters["network.theta"].Clear();
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        using ILife<double> life = engine.Begin(point.Parameters, point.Lifetime);
        double[] born = life.State.Weights[0].ToArray();

        life.Advance(4);

        Assert.Equal(born, life.State.Weights[0].ToArray());
    }

    [Theory]
    [InlineData("flp")]
    [InlineData("gradient")]
    public void RandomBirth_OfEveryLearner_IgnoresMetaLearnedWeights(string learner)
    {
        LearnerSpec spec = LearnerSpecs.Registry.Get(learner).Create(Objective.MeanSquaredError) with { Birth = new RandomBirth() };
        ParameterLayout layout = ParameterLayout.For(Network, spec);
        using var point = new RandomPoint(layout, 3, 4, 2, 3);
        using var gradient = new MetaParameters<double>(layout);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        double before = engine.Live(point.Parameters, point.Lifetime, gradient).QueryLoss;
        Assert.All(gradient["layer1.weight"].ToArray(), g => Assert.Equal(0, g));

        point.Parameters["layer1.weight"].Fill(7);

        Assert.Equal(before, engine.Live(point.Parameters, point.Lifetime).QueryLoss);
        Lifetime<double> other = point.Lifetime with { Noise = new SeededLifeNoise(new RandomStream(99)) };
        Assert.NotEqual(before, engine.Live(point.Parameters, other).QueryLoss);
    }

    [Fact]
    public void RandomBirth_ThatKeepsFrozenLayers_DrawsPlasticOnesAlone()
    {
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec { Birth = new RandomBirth { FrozenKept = true } });
        using var point = new RandomPoint(layout, 3, 4, 2, 3);
        using var gradient = new MetaParameters<double>(layout);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);

        engine.Live(point.Parameters, point.Lifetime, gradient);

        Assert.Contains(gradient["layer0.weight"].ToArray(), g => g != 0);
        Assert.All(gradient["layer1.weight"].ToArray(), g => Assert.Equal(0, g));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0 0")]
    [InlineData("10")]
    public void TermsRule_OfWrongTerms_IsRefused(string terms)
    {
        var wrong = Assert.ThrowsAny<EngramException>(
            () => ParameterLayout.For(Network, new LocalLearnerSpec { Rule = new TermsRule { Terms = terms } }));

        Assert.Contains($"'{terms}'", wrong.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(
        LocalLearnerSpec own, LocalLearnerSpec known, string values, double tolerance, NetworkSpec? network = null)
    {
        ParameterLayout found = ParameterLayout.For(network ?? Network, own), expected = ParameterLayout.For(network ?? Network, known);
        using var point = new RandomPoint(found, 3, 4, 2, 3);
        using var other = new RandomPoint(expected, 3, 4, 2, 3);
        foreach ((int i, ParameterSpec spec) in found.Parameters.Index())
        {
            if (spec.Role == ParameterRoles.Rule)
            {
                point.Parameters[i].CopyFrom(ValuesOf(values, spec.LocalName));
            }
        }

        foreach ((int i, ParameterSpec spec) in expected.Parameters.Index())
        {
            other.Parameters[i].CopyFrom(spec.Role == ParameterRoles.Rule ? [0.5] : point.Parameters[spec.Name].ToArray());
        }

        using ILifetimeEngine<double> first = LifetimeEngines.Create<double>(found, "tape"),
            second = LifetimeEngines.Create<double>(expected, "tape");
        using ILife<double> ours = first.Begin(point.Parameters, point.Lifetime), theirs = second.Begin(other.Parameters, point.Lifetime);
        double[] born = theirs.State.Weights[0].ToArray();

        ours.Advance(4);
        theirs.Advance(4);

        Assert.NotEqual(born, theirs.State.Weights[0].ToArray());
        for (int l = 0; l < ours.State.Weights.Length; l++)
        {
            Assert.All(ours.State.Weights[l].ToArray().Zip(theirs.State.Weights[l].ToArray()),
                p => Assert.Equal(p.First, p.Second, tolerance));
        }
    }

    private static double[] ValuesOf(string values, string name)
    {
        string text = values.Split(", ").Single(v => v.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 2)..];
        return text.StartsWith("27", StringComparison.Ordinal)
            ? [.. new PolynomialRule().Exponents()
                .Select(e => e == (1, 1, 0) ? 1.0 : e == (0, 2, 1) && text.EndsWith("Oja", StringComparison.Ordinal) ? -1.0 : 0.0)]
            : [.. text.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture))];
    }
}
