using Engram.Learning.Checks;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Plasticity;

/// <summary>Every rule does, in a life, what the equation of its documentation says, in plain loops.</summary>
public sealed class RuleEquationTests
{
    private const double Tolerance = 1e-12;

    // Layers of three widths that differ, so that no index can stand for another.
    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 5, 4, 2], 2);

    // What the rules saw and did; the record of a rule holds nothing that changes.
    private static readonly List<Seen> Steps = [];

    // ΔW_ji without m α, and the states after the step.
    private static readonly Dictionary<string, (IPlasticityRule Rule, Func<Seen, double[,]> Change, Func<Seen, double[,]>? State)>
        Equations = new()
        {
            ["hebb"] = (new HebbRule(), s => s.Sum((n, j, i) => s.Post[n, j] * s.Pre[n, i]), null),
            ["oja"] = (new OjaRule(), s => s.Sum((n, j, i) => Oja(s, n, j, i)), null),
            ["oja-subspace"] = (
                new OjaSubspaceRule(),
                s => s.Sum((n, j, i) => s.Post[n, j] * (s.Pre[n, i] - s.Over(s.Post, k => s.Post[n, k] * s.Weights[k, i]))), null),
            ["oja-trace"] = (
                new OjaTraceRule(), s => s.Each((j, i) => Trace(s, j, i) - Decay(s, j, i)), s => s.Each((j, i) => Trace(s, j, i))),
            ["three-factor"] = (
                new ThreeFactorRule(), s => s.Each((j, i) => Surprise(s) * (Trace(s, j, i) - Decay(s, j, i))),
                s => s.Each((j, i) => Trace(s, j, i))),
            ["three-factor without decay"] = (
                new ThreeFactorRule { Decays = false }, s => s.Each((j, i) => Surprise(s) * Trace(s, j, i)),
                s => s.Each((j, i) => Trace(s, j, i))),
            ["bcm"] = (
                new BcmRule { Window = 7 }, s => s.Sum((n, j, i) => s.Post[n, j] * (s.Post[n, j] - Threshold(s, j)) * s.Pre[n, i]),
                s => s.PerNeuron(j => Threshold(s, j))),
            ["mlp"] = (new MlpRule { HiddenUnits = 3 }, s => s.Sum((n, j, i) => Mlp(s, n, j, i, 3)), null),
            ["polynomial"] = (new PolynomialRule(), s => Polynomial(s, new PolynomialRule().Terms), null),
            ["polynomial of some terms"] = (
                new PolynomialRule { Terms = " 201  012 200 122 ", Level = PolynomialLevel.Network },
                s => Polynomial(s, "201 012 200 122"), null),
            ["terms"] = (new TermsRule(), s => Terms(s, "0123456789"), null),
            ["terms 3 9"] = (new TermsRule { Terms = "9 3", Level = PolynomialLevel.Layer }, s => Terms(s, "93"), null),
        };

    public static TheoryData<string> Names => [.. Equations.Keys];

    public static TheoryData<IPlasticityRule, int> Sharing => new()
    {
        { new PolynomialRule { Level = PolynomialLevel.Layer }, 2 },
        { new PolynomialRule { Level = PolynomialLevel.Network }, 1 },
        { new TermsRule { Level = PolynomialLevel.Layer }, 2 },
        { new TermsRule { Level = PolynomialLevel.Network }, 1 },
        { new MlpRule { Level = PolynomialLevel.Layer }, 2 },
        { new MlpRule { Level = PolynomialLevel.Network }, 1 },
    };

    [Theory]
    [MemberData(nameof(Sharing))]
    public void Coefficients_OfALevel_AreOneSetALayerOrOneForTheNetwork(IPlasticityRule rule, int sets)
    {
        int before = ParameterLayout.For(Network, new LocalLearnerSpec { Rule = new HebbRule() }).Parameters.Length;
        int after = ParameterLayout.For(Network, new LocalLearnerSpec { Rule = rule }).Parameters.Length;
        int kinds = rule.Parts(new LayerShape(0, [4, 5])).Parameters.Length;

        Assert.Equal(sets * kinds, after - before);
    }

    [Theory]
    [InlineData("110 03", "Found the term '03' of the plasticity rule 'polynomial', expected three digits from 0 to 2, the exponents")]
    [InlineData("310", "Found the term '310' of the plasticity rule 'polynomial'")]
    [InlineData("1a0", "such as 110.")]
    [InlineData(" ", "Found terms ' ' of the plasticity rule 'polynomial', expected one or more that differ.")]
    [InlineData("110 021 110", "Found terms '110 021 110' of the plasticity rule 'polynomial', expected one or more that differ.")]
    public void Exponents_OfWhatIsNoListOfTerms_SayWhatWasFound(string terms, string message)
    {
        var error = Assert.ThrowsAny<EngramException>(() => new PolynomialRule { Terms = terms }.Exponents());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FusedForms_OfOjaAndHebb_SayWhetherWeightsDecay()
    {
        Assert.True(new OjaRule().Fused!.Decays);
        Assert.False(new HebbRule().Fused!.Decays);
    }

    [Fact]
    public void Equations_OfAllRules_AreHere() =>
        Assert.Equal([], PlasticityRules.Registry.Names.Except(Equations.Keys, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Step_InALife_IsTheDocumentedEquation(string name)
    {
        (IPlasticityRule rule, Func<Seen, double[,]> change, Func<Seen, double[,]>? state) = Equations[name];
        foreach (Seen seen in Live(rule))
        {
            AssertNear(seen.Each((j, i) => seen.Plasticity[j, i] * change(seen)[j, i]), seen.Change);
            Assert.Equal(state is null ? 0 : 1, seen.NewStates.Count);
            if (state is not null)
            {
                AssertNear(state(seen), seen.NewStates[0]);
            }
        }
    }

    // No error reaches the inputs, which are not plastic: of the terms that need one, only the first needs none below.
    [Theory]
    [InlineData("0", true)]
    [InlineData("1", false)]
    [InlineData("2", false)]
    [InlineData("4 5", false)]
    [InlineData("6 7 8", false)]
    public void TermsRule_OfOneLayer_HasOnlyTermsWithoutAnErrorBelow(string terms, bool changes)
    {
        ParameterLayout layout = ParameterLayout.For(
            new NetworkSpec([new LinearSpec(3, 2, Activation.Identity)], 1),
            new LocalLearnerSpec { Rule = new Watched(new TermsRule { Terms = terms }) });

        Seen seen = Assert.Single(Live(layout, 1));

        Assert.Null(seen.PreFeedback);
        Assert.Equal(changes, seen.Change.Cast<double>().Any(c => c != 0));
    }

    [Theory]
    [InlineData(PolynomialStart.Oja, 1, -1)]
    [InlineData(PolynomialStart.Hebb, 1, 0)]
    [InlineData(PolynomialStart.Zero, 0, 0)]
    public void PolynomialRule_Starts_AsItsSettingSays(PolynomialStart start, double growth, double decay)
    {
        var rule = new PolynomialRule { Start = start };
        Assert.Equal(27, rule.Exponents().Length);
        ParameterLayout layout = ParameterLayout.For(Network, new LocalLearnerSpec { Rule = rule });
        using var parameters = new MetaParameters<double>(layout);
        foreach ((int i, ParameterSpec spec) in layout.Parameters.Index().Where(p => p.Item.LocalName == "theta"))
        {
            spec.Start!.Fill(parameters[i], new RandomStream(1));
            Assert.Equal(
                rule.Exponents().Select(e => e == (1, 1, 0) ? growth : e == (0, 2, 1) ? decay : 0), parameters[i].ToArray());
        }
    }

    private static Seen[] Live(IPlasticityRule rule) =>
        Live(ParameterLayout.For(Network, new LocalLearnerSpec { Rule = new Watched(rule) }), 3);

    private static Seen[] Live(ParameterLayout layout, int innerSteps)
    {
        using var point = new RandomPoint(layout, 7, innerSteps, batchSize: 2, queries: 3);
        using var engine = new WholeLifetimeEngine<double>(layout);
        Steps.Clear();
        engine.Live(point.Parameters, point.Lifetime);
        Assert.Equal(innerSteps * layout.Network.PlasticLayers, Steps.Count);
        return [.. Steps];
    }

    private static double Oja(Seen s, int n, int j, int i) =>
        s.Post[n, j] * s.Pre[n, i] - s.Post[n, j] * s.Post[n, j] * s.Weights[j, i];

    private static double Trace(Seen s, int j, int i) =>
        s.Parameters["memory"][0] * s.States["trace"][j, i] + s.Over(s.Pre, n => s.Post[n, j] * s.Pre[n, i], 0);

    private static double Decay(Seen s, int j, int i) => s.Over(s.Post, n => s.Post[n, j] * s.Post[n, j], 0) * s.Weights[j, i];

    private static double Surprise(Seen s) => s.Parameters["kappa"][0]
        + s.Parameters["kappa"][1] * s.Signal.Cast<double>().Average(e => e * e);

    // With what is active now in it.
    private static double Threshold(Seen s, int j)
    {
        double before = s.States["theta"][0, j], square = s.Over(s.Post, n => s.Post[n, j] * s.Post[n, j], 0) / s.Post.GetLength(0);
        return before + (s.Parameters["kappa"][j] * square - before) / 7;
    }

    private static double Mlp(Seen s, int n, int j, int i, int units)
    {
        double[] theta = s.Parameters["theta"];
        double sum = theta[5 * units];
        for (int h = 0; h < 5 * units; h += 5)
        {
            double z = theta[h] * s.Pre[n, i] + theta[h + 1] * s.Post[n, j] + theta[h + 2] * s.Weights[j, i] + theta[h + 3];
            sum += theta[h + 4] * (0.505 * z + 0.495 * Math.Sqrt(z * z + 0.01));
        }

        return Math.Tanh(sum);
    }

    private static double[,] Polynomial(Seen s, string terms)
    {
        string[] words = terms.Split(' ');
        double Term(string word, int n, int j, int i) =>
            Math.Pow(s.Pre[n, i], word[0] - '0') * Math.Pow(s.Post[n, j], word[1] - '0') * Math.Pow(s.Weights[j, i], word[2] - '0');
        return s.Sum((n, j, i) => words.Index().Sum(t => s.Parameters["theta"][t.Index] * Term(t.Item, n, j, i)));
    }

    // e = −f; a term of an error that does not arrive is 0.
    private static double[,] Terms(Seen s, string terms)
    {
        int examples = s.Pre.GetLength(0);
        double E(int n, int j) => -s.Feedback?[n, j] ?? 0;
        double Before(int n, int i) => -s.PreFeedback?[n, i] ?? 0;
        double PostWeights(int n, int i) => s.Over(s.Post, k => s.Post[n, k] * s.Weights[k, i]);
        double AlongBefore(int n) => s.Over(s.Pre, i => PostWeights(n, i) * Before(n, i));
        double AlongError(int n) => s.Over(s.Post, k => E(n, k) * s.Over(s.Pre, i => s.Weights[k, i] * s.Pre[n, i]));
        double Square(int n) => s.Over(s.Post, k => s.Post[n, k] * s.Post[n, k]);
        double Term(char term, int n, int j, int i) => term switch
        {
            '0' => -E(n, j) * s.Pre[n, i],
            '1' => -s.Post[n, j] * Before(n, i),
            '2' => -E(n, j) * Before(n, i),
            '3' => -s.Weights[j, i] / examples,
            '4' => -Before(n, i),
            '5' => -E(n, j) * Square(n) * Before(n, i),
            '6' => -s.Post[n, j] * AlongBefore(n) * Before(n, i),
            '7' => -E(n, j) * AlongBefore(n) * s.Pre[n, i],
            '8' => -s.Post[n, j] * AlongError(n) * Before(n, i),
            _ => s.Post[n, j] * (s.Pre[n, i] - PostWeights(n, i)),
        };
        return s.Sum((n, j, i) => terms.Index().Sum(t => s.Parameters["theta"][t.Index] * Term(t.Item, n, j, i)));
    }

    private static void AssertNear(double[,] expected, double[,] found)
    {
        Assert.Equal((expected.GetLength(0), expected.GetLength(1)), (found.GetLength(0), found.GetLength(1)));
        Assert.All(expected.Cast<double>().Zip(found.Cast<double>()), p => Assert.Equal(p.First, p.Second, Tolerance));
        Assert.Contains(found.Cast<double>(), v => Math.Abs(v) > 1e-6);
    }

    /// <summary>A rule that keeps what it sees and does.</summary>
    private sealed record Watched(IPlasticityRule Inner) : IPlasticityRule
    {
        public Parts Parts(LayerShape layer) => Inner.Parts(layer);

        public RuleStep Step(in Synapses s)
        {
            RuleStep step = Inner.Step(s);
            Synapses synapses = s;
            Parts parts = Inner.Parts(new LayerShape());
            Steps.Add(new Seen
            {
                Pre = Of(s.Pre),
                Post = Of(s.Post),
                Weights = Of(s.Weights),
                Plasticity = Of(s.Plasticity.BroadcastTo(s.Weights.Rows, s.Weights.Columns)),
                Signal = Of(s.Signal),
                Feedback = s.Feedback is { } f ? Of(f) : null,
                PreFeedback = s.PreFeedback is { } g ? Of(g) : null,
                Parameters = parts.Parameters.ToDictionary(p => p.Name, p => Of(synapses.Parameter(p.Name)).Cast<double>().ToArray()),
                States = parts.State.ToDictionary(p => p.Name, p => Of(synapses.State(p.Name))),
                Change = Of(step.Change),
                NewStates = [.. step.States.Select(v => Of(v.Value))],
            });
            return step;
        }

        private static double[,] Of(Var value)
        {
            Tensor<double> tensor = ((Tape<double>)value.Tape).ValueOf(value);
            var result = new double[tensor.Rows, tensor.Columns];
            for (int r = 0; r < tensor.Rows; r++)
            {
                for (int c = 0; c < tensor.Columns; c++)
                {
                    result[r, c] = tensor[r, c];
                }
            }

            return result;
        }
    }

    /// <summary>What a rule saw in one inner step, and what it made of it.</summary>
    private sealed record Seen
    {
        public required double[,] Pre { get; init; }

        public required double[,] Post { get; init; }

        public required double[,] Weights { get; init; }

        public required double[,] Plasticity { get; init; }

        public required double[,] Signal { get; init; }

        public double[,]? Feedback { get; init; }

        public double[,]? PreFeedback { get; init; }

        public required IReadOnlyDictionary<string, double[]> Parameters { get; init; }

        public required IReadOnlyDictionary<string, double[,]> States { get; init; }

        public required double[,] Change { get; init; }

        public required IReadOnlyList<double[,]> NewStates { get; init; }

        /// <summary>A number for each synapse.</summary>
        public double[,] Each(Func<int, int, double> value)
        {
            var result = new double[Weights.GetLength(0), Weights.GetLength(1)];
            for (int j = 0; j < result.GetLength(0); j++)
            {
                for (int i = 0; i < result.GetLength(1); i++)
                {
                    result[j, i] = value(j, i);
                }
            }

            return result;
        }

        /// <summary>A number for each neuron.</summary>
        public double[,] PerNeuron(Func<int, double> value)
        {
            var result = new double[1, Weights.GetLength(0)];
            for (int j = 0; j < result.Length; j++)
            {
                result[0, j] = value(j);
            }

            return result;
        }

        /// <summary>A number for each synapse, the sum over the batch.</summary>
        public double[,] Sum(Func<int, int, int, double> value) => Each((j, i) => Over(Pre, n => value(n, j, i), 0));

        /// <summary>The sum over a matrix's columns, or rows.</summary>
        public double Over(double[,] matrix, Func<int, double> value, int axis = 1) =>
            Enumerable.Range(0, matrix.GetLength(axis)).Sum(value);
    }
}
