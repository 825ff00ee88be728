using Engram.Learning.Checks;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Tests.Plasticity;

/// <summary>What is known of the rules on paper, seen in lifetimes.</summary>
public sealed class TheoremTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Fact]
    public void OjaRule_OnASingleLinearNeuron_ConvergesToTheFirstPrincipalComponent()
    {
        const int Steps = 4000;
        double[] principal = [0.6, -0.48, 0.64];
        ParameterLayout layout = ParameterLayout.For(
            new NetworkSpec([new LinearSpec(3, 1, Activation.Identity)], 1),
            new LocalLearnerSpec { Granularity = Granularity.Layer });
        using var parameters = new MetaParameters<double>(layout);
        parameters["layer0.weight"].CopyFrom([0.3, 0.5, 0.1]);
        parameters["layer0.alpha"][0, 0] = 0.003;
        var random = new RandomStream(4);
        Tensor<double> inputs = arena.Allocate<double>(Steps, 3);
        for (int r = 0; r < Steps; r++)
        {
            double along = 2 * random.NextNormal();
            for (int c = 0; c < 3; c++)
            {
                inputs[r, c] = (along * principal[c]) + (0.5 * random.NextNormal());
            }
        }

        // β = 0: the postsynaptic activity is the neuron's own, w·x.
        double[] w = WeightsAfter(layout, parameters, Life(Steps, 1, inputs, arena.Allocate<double>(Steps, 1)));
        double norm = Math.Sqrt(w.Sum(v => v * v));
        double cosine = w.Zip(principal, (a, b) => a * b).Sum() / norm;
        Assert.Equal(1, norm, 0.03);
        Assert.True(Math.Abs(cosine) > 0.99, $"cosine {cosine}");
    }

    [Fact]
    public void HebbRule_WithTheTargetAsPostsynapticActivity_LearnsTheSameFromBatchesOfOneAndOneBatch()
    {
        (ParameterLayout layout, MetaParameters<double> parameters, Tensor<double> x, Tensor<double> y) = Clamped("hebb");
        using (parameters)
        {
            double[] oneByOne = WeightsAfter(layout, parameters, Life(2, 1, x, y));
            double[] together = WeightsAfter(layout, parameters, Life(1, 2, x, y));
            Assert.All(oneByOne.Zip(together), pair => Assert.Equal(pair.First, pair.Second, 14));
        }
    }

    [Fact]
    public void OjaRule_FromBatchesOfOne_DiffersFromOneBatchByTheDecayOfWhatWasJustLearnt()
    {
        (ParameterLayout layout, MetaParameters<double> parameters, Tensor<double> x, Tensor<double> y) = Clamped("oja");
        using (parameters)
        {
            double[] oneByOne = WeightsAfter(layout, parameters, Life(2, 1, x, y));
            double[] together = WeightsAfter(layout, parameters, Life(1, 2, x, y));
            double[] w = parameters["layer0.weight"].ToArray();
            double[] alpha = parameters["layer0.alpha"].ToArray();
            for (int j = 0; j < 2; j++)
            {
                for (int i = 0; i < 3; i++)
                {
                    int k = (j * 3) + i;

                    // By the rule's definition: W₁ = W + α (p a − p² W), W₂ = W₁ + α (p' a' − p'² W₁), against one sum over both.
                    double first = alpha[k] * ((y[0, j] * x[0, i]) - (y[0, j] * y[0, j] * w[k]));
                    double w1 = w[k] + first;
                    double w2 = w1 + (alpha[k] * ((y[1, j] * x[1, i]) - (y[1, j] * y[1, j] * w1)));
                    Assert.Equal(w2, oneByOne[k], 14);
                    Assert.Equal(together[k] - (alpha[k] * y[1, j] * y[1, j] * first), oneByOne[k], 14);
                }
            }

            Assert.NotEqual(together, oneByOne);
        }
    }

    [Theory]
    [InlineData(Objective.MeanSquaredError)]
    [InlineData(Objective.CrossEntropy)]
    public void SecondOrderGradient_WithZeroInnerRate_HasTheFrozenNetworksGradient(Objective objective)
    {
        ParameterLayout layout =
            ParameterLayout.For(NetworkSpec.Feedforward([3, 5, 4, 2], 2), new GradientLearnerSpec { Objective = objective });
        using var point = new RandomPoint(layout, 9, 4, 2, 3, plasticityScale: 0);
        using var gradient = new MetaParameters<double>(layout);
        using var engine = new TapeLifetimeEngine<double>(layout);
        engine.Live(point.Parameters, point.Lifetime, gradient);

        using var tape = new Tape<double>();
        Var Leaf(string name) => tape.Leaf(point.Parameters[name]);
        Var[] w = [.. Enumerable.Range(0, 3).Select(i => Leaf($"layer{i}.weight"))];
        Var[] b = [.. Enumerable.Range(0, 3).Select(i => Leaf($"layer{i}.bias"))];
        Var x = tape.Leaf(point.Lifetime.QueryInputs);
        for (int i = 0; i < 3; i++)
        {
            Var z = x.MatMul(w[i].Transpose()) + b[i];
            x = i < 2 ? z.Relu() : z;
        }

        Var target = tape.Leaf(point.Lifetime.QueryTargets);
        Var loss = objective == Objective.MeanSquaredError ? x.MeanSquaredError(target) : x.CrossEntropy(target);
        Var[] expected = tape.Gradient(loss, [.. w, .. b]);
        for (int i = 0; i < 3; i++)
        {
            AssertSame(tape.ValueOf(expected[i]), gradient[$"layer{i}.weight"]);
            AssertSame(tape.ValueOf(expected[3 + i]), gradient[$"layer{i}.bias"]);
        }

        Assert.Contains(gradient["layer2.alpha"].ToArray(), v => v != 0);
    }

    [Theory]
    [InlineData("flp")]
    [InlineData("hebb")]
    [InlineData("gradient")]
    public void Lifetime_WithoutPlasticity_ChangesNothing(string learner)
    {
        ParameterLayout layout = ParameterLayout.For(
            NetworkSpec.Feedforward([3, 5, 2], 2), LearnerSpecs.Registry.Get(learner).Create(Objective.MeanSquaredError));
        using var point = new RandomPoint(layout, 2, 6, 2, 3, plasticityScale: 0);
        using var engine = new TapeLifetimeEngine<double>(layout);
        var last = new LastWeights();
        LifetimeOutcome after = engine.Live(point.Parameters, point.Lifetime, observer: last);
        Lifetime<double> unborn = point.Lifetime
            with
        { InnerSteps = 0, StreamInputs = arena.Allocate<double>(0, 3), StreamTargets = arena.Allocate<double>(0, 2) };
        Assert.Equal(engine.Live(point.Parameters, unborn), after);
        Assert.Equal(5, last.InnerStep);
        Assert.Equal(point.Parameters["layer0.weight"].ToArray(), last.Weights[0]);
        Assert.Equal(point.Parameters["layer1.weight"].ToArray(), last.Weights[1]);
    }

    private static void AssertSame(Tensor<double> expected, Tensor<double> found) =>
        Assert.All(expected.ToArray().Zip(found.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 13));

    // One plastic layer whose postsynaptic activity is the target, whatever its weights.
    private (ParameterLayout Layout, MetaParameters<double> Parameters, Tensor<double> X, Tensor<double> Y) Clamped(string rule)
    {
        ParameterLayout layout = ParameterLayout.For(
            new NetworkSpec([new LinearSpec(3, 2, Activation.Identity)], 1),
            new LocalLearnerSpec
            {
                Rule = PlasticityRules.Registry.Get(rule),
                Objective = Objective.CrossEntropy,
                Signal = FeedbackSignal.Target,
                OutputClamped = true
            });
        using var point = new RandomPoint(layout, 21, 2, 1, 1);
        var parameters = new MetaParameters<double>(layout);
        parameters.CopyFrom(point.Parameters);
        Tensor<double> x = arena.Allocate<double>(2, 3);
        Tensor<double> y = arena.Allocate<double>(2, 2);
        x.CopyFrom(point.Lifetime.StreamInputs);
        y.CopyFrom([0.3, 0.7, 0.6, 0.4]);
        return (layout, parameters, x, y);
    }

    private Lifetime<double> Life(int steps, int batch, Tensor<double> inputs, Tensor<double> targets) =>
        new(steps, batch, inputs, targets, inputs.Slice(0, 1), targets.Slice(0, 1));

    private static double[] WeightsAfter(ParameterLayout layout, MetaParameters<double> parameters, Lifetime<double> lifetime)
    {
        using var engine = new TapeLifetimeEngine<double>(layout);
        var last = new LastWeights();
        engine.Live(parameters, lifetime, observer: last);
        return last.Weights[0];
    }

    private sealed class LastWeights : ILifetimeObserver<double>
    {
        public int InnerStep { get; private set; }

        public double[][] Weights { get; private set; } = [];

        public void OnState(int innerStep, LifeTensors<double> state)
        {
            InnerStep = innerStep;
            Weights = [.. state.Weights.Select(w => w.ToArray())];
        }
    }
}
