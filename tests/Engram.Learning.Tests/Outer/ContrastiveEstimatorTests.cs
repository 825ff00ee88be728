using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

/// <summary>The contrastive meta-rule against what it must equal where lives end at a minimum.</summary>
public sealed class ContrastiveEstimatorTests
{
    private const double Pull = 0.5;

    // Smooth: where activity has a kink, minima like to lie there, and move with β as nothing differentiable does.
    private static readonly NetworkSpec Smooth = new(
        [new LinearSpec(2, 6, Activation.Tanh), new LinearSpec(6, 5, Activation.Tanh), new LinearSpec(5, 2, Activation.Identity)], 2);

    private static readonly GradientLearnerSpec Pulled = new() { FixedInnerRate = 0.2, Pull = Pull, LearnsPull = true };

    // One linear layer: E is quadratic, with H = 2/n XᵀX + λ, φ₀ = H⁻¹ (2/n Xᵀy + λ w), X with a column of ones for b. With g = ∂L/∂φ (φ₀):
    // dL/dw = λ H⁻¹ g, dL/dλ = −(φ₀ − w)ᵀ H⁻¹ g.
    [Theory]
    [InlineData(true, 4)]
    [InlineData(false, 2)]
    public void Estimate_AtTheMinimumOfAQuadratic_IsTheAnalyticMetaGradientToAnOrderOfTheNudge(bool symmetric, double fallsBy)
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([2, 1], 1), Pulled);
        using var source = new OneLife(inputs: 2, outputs: 1, steps: 3);
        using var parameters = new MetaParameters<float>(layout);
        Initializer.Initialize(parameters, new InitializationSpec(), new RandomStream(3));
        double[] analytic = Analytic(source.Life, [.. parameters[0].Row(0).ToArray().Select(w => (double)w), parameters[1][0, 0]]);

        double At(double nudge)
        {
            float[] estimate = Estimate(
                layout, parameters, source, new ContrastiveEstimator
                { Nudge = nudge, Symmetric = symmetric, FreeSteps = 150, NudgedSteps = 150 });
            return Math.Sqrt(estimate.Zip(analytic, (a, b) => (a - b) * (a - b)).Sum() / analytic.Sum(b => b * b));
        }

        (double far, double near) = (At(0.4), At(0.2));
        Assert.InRange(near, 1e-4, 0.2);
        Assert.InRange(far / near, 0.75 * fallsBy, 1.25 * fallsBy);
        Assert.True(!symmetric || At(0.02) < 1e-3, $"the error at a small nudge is {At(0.02)}");
    }

    // Every batch is the same, so that life itself ends at the minimum; frozen layers, W, b and λ of two plastic ones. What is left is of
    // order β², and rounding over β.
    [Theory]
    [InlineData(PhasePresentation.Stream)]
    [InlineData(PhasePresentation.Batches)]
    public void Estimate_OfLivesThatConverge_IsBackpropagationThroughLife(PhasePresentation presents)
    {
        ParameterLayout layout = ParameterLayout.For(Smooth, Pulled);
        using var source = new OneLife(inputs: 2, outputs: 2, steps: 100);
        using var parameters = new MetaParameters<float>(layout);
        using var gradient = new MetaParameters<float>(layout);
        Initializer.Initialize(parameters, new InitializationSpec(), new RandomStream(4));
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout);
        engine.Live(parameters, source.Life, gradient);
        float[] exact = Toy.Numbers(gradient);
        float[] estimate = Estimate(
            layout, parameters, source, new ContrastiveEstimator { Nudge = 0.01, NudgedSteps = 100, Presents = presents });

        int at = 0;
        foreach (var parameter in layout.Parameters)
        {
            int count = parameter.Rows * parameter.Columns;
            float[] expected = exact[at..(at + count)], found = estimate[at..(at + count)];
            double error = Math.Sqrt(found.Zip(expected, (a, b) => (double)(a - b) * (a - b)).Sum());
            double size = Math.Sqrt(expected.Sum(e => (double)e * e));
            Assert.True(size > 1e-5, $"{parameter.Name} has a gradient of {size}");
            Assert.True(error < 0.01 * size, $"{parameter.Name}: {error} beside {size}");
            at += count;
        }
    }

    // What the free phase lacks drops out of the difference: after too few steps, the same error as from the minimum or less than twice it.
    [Fact]
    public void Estimate_FromShortOfTheMinimum_StillPointsAlongTheGradient()
    {
        ParameterLayout layout = ParameterLayout.For(Smooth, Pulled);
        using var parameters = new MetaParameters<float>(layout);
        using var gradient = new MetaParameters<float>(layout);
        Initializer.Initialize(parameters, new InitializationSpec(), new RandomStream(4));
        using var source = new OneLife(inputs: 2, outputs: 2, steps: 4);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout);
        engine.Live(parameters, source.Life, gradient);
        float[] exact = Toy.Numbers(gradient);
        foreach (bool symmetric in (bool[])[true, false])
        {
            float[] estimate = Estimate(
                layout, parameters, source, new ContrastiveEstimator { Nudge = 0.05, NudgedSteps = 20, Symmetric = symmetric });
            double cosine = exact.Zip(estimate, (a, b) => (double)a * b).Sum()
                / Math.Sqrt(exact.Sum(a => (double)a * a) * estimate.Sum(b => (double)b * b));
            Assert.InRange(cosine, 0.8, 1);
        }
    }

    [Fact]
    public void Step_OfEachEnergyLearner_DescendsItsEnergy()
    {
        foreach (GradientLearnerSpec spec in new[] { Pulled, Pulled with { LearnsPull = false }, new() { FixedInnerRate = 0.1 }, new() })
        {
            ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([2, 4, 3, 2], 2), spec);
            var learner = Assert.IsType<IEnergyLearner>(layout.Dynamics, exactMatch: false);
            using var parameters = new MetaParameters<float>(layout);
            Initializer.Initialize(
                parameters, new InitializationSpec { HiddenPlasticity = 0.1, ReadoutPlasticity = 0.1 }, new RandomStream(5));
            using var source = new OneLife(inputs: 2, outputs: 2, steps: 2);
            using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout);
            using var phases = new EnergyPhases(layout, learner);
            engine.Live(parameters, source.Life, null, phases.Free(2));
            float[] lived = Numbers(phases.FreeState);
            engine.Live(parameters, source.Life, null, phases.Free(0));
            phases.Begin(parameters, source.Life, whole: false);
            phases.Descend(phases.FreeState, 2, 0);
            Assert.All(lived.Zip(Numbers(phases.FreeState)), p => Assert.Equal(p.First, p.Second, 1e-5));
        }
    }

    [Fact]
    public void Train_ByTheContrastiveRule_LearnsWhatLivesBeginWith_WithTheSameBitsOnAnyThreads()
    {
        MetaTrainingSpec training = new()
        {
            OuterSteps = 30,
            LifetimesPerOuterStep = 3,
            Rates = new MetaRates { Feedforward = 0.03 },
            Estimator = new ContrastiveEstimator { NudgedSteps = 10 },
        };
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([2, 6, 2], 1), Pulled);
        using var source = new OneLife(inputs: 2, outputs: 2, steps: 5);
        (double first, double last, float[] Numbers) Train(int threads)
        {
            using var trainer = new MetaTrainer(
                layout, new InitializationSpec(), training, source, 1, threads, (l, _) => LifetimeEngines.Create<float>(l));
            double[] losses = [.. Enumerable.Range(0, 30).Select(_ => trainer.Step().MeanQueryLoss)];
            return (losses[0], losses[^1], Toy.Numbers(trainer.Parameters));
        }

        var (first, last, numbers) = Train(1);
        Assert.True(last < 0.7 * first, $"the query loss goes from {first} to {last}");
        Assert.Equal(numbers, Train(2).Numbers);
    }

    public static TheoryData<string> WithoutEnergy { get; } =
        [.. LearnerSpecs.Registry.Names.Where(
            n => LearnerSpecs.Registry.Get(n).Create(Objective.MeanSquaredError) is not GradientLearnerSpec)];

    [Theory]
    [MemberData(nameof(WithoutEnergy))]
    public void Begin_WithALearnerWithoutEnergy_SaysSoInOneLine(string name)
    {
        LearnerEntry entry = LearnerSpecs.Registry.Get(name);
        AssertRefused(
            entry.Create(Objective.MeanSquaredError),
            "Found the estimator 'contrastive' with a learner whose inner step descends no energy",
            entry.PlasticLayers ?? 2);
    }

    [Fact]
    public void Begin_WithAnEnergyThatMetaTrainingCannotShape_SaysSoInOneLine()
    {
        AssertRefused(new GradientLearnerSpec(), "Found a gradient learner without a pull");
        AssertRefused(Pulled with { FixedInnerRate = null }, "Found the inner rate layer1.alpha to be meta-learned");
        Assert.StartsWith(
            "Found learns-pull without pull", Message(() => AssertRefused(Pulled with { Pull = null }, string.Empty)),
            StringComparison.Ordinal);
        Assert.StartsWith("Found a pull back to the weights at birth where each life is born with others", Message(() => AssertRefused(
            Pulled with { Birth = new global::Engram.Learning.Births.GaussianBirth() }, string.Empty)), StringComparison.Ordinal);

        static string Message(Action action) => Assert.ThrowsAny<EngramException>(action).Message;
    }

    private static void AssertRefused(LearnerSpec learner, string start, int plasticLayers = 2)
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([2, 4, 3, 2], plasticLayers), learner);
        using var source = new OneLife(inputs: 2, outputs: 2, steps: 1);
        EngramException refused = Assert.ThrowsAny<EngramException>(() => new ContrastiveEstimator()
            .Begin(new EstimationContext(layout, source, 1, FrozenParameters.None, new RandomStream(1))));
        Assert.StartsWith(start, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private static float[] Numbers(LifeTensors<float> state) =>
        [.. Enumerable.Range(0, state.Layout.Specs.Length).SelectMany(i => state[i].ToArray())];

    private static float[] Estimate(
        ParameterLayout layout, MetaParameters<float> parameters, OneLife source, ContrastiveEstimator estimator)
    {
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout);
        using var gradient = new MetaParameters<float>(layout);
        using IEstimation estimation =
            estimator.Begin(new EstimationContext(layout, source, 1, FrozenParameters.None, new RandomStream(1)));
        using IEstimationWorker worker = estimation.CreateWorker(engine, 0);
        Assert.Equal(engine.Live(parameters, source.Life), worker.Estimate(parameters, 0, gradient));
        return Toy.Numbers(gradient);
    }

    private static double[] Analytic(Lifetime<float> life, double[] w)
    {
        double[][] Rows(Tensor<float> inputs) =>
            [.. Enumerable.Range(0, inputs.Rows).Select(r => (double[])[inputs[r, 0], inputs[r, 1], 1])];
        (double[][] x, double[][] q) = (Rows(life.StreamInputs), Rows(life.QueryInputs));
        int n = x.Length, m = q.Length;
        var h = new double[3, 3];
        double[] target = [.. w.Select(v => Pull * v)];
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++) h[i, j] = (2.0 / n * x.Sum(r => r[i] * r[j])) + (i == j ? Pull : 0);
            target[i] += 2.0 / n * x.Select((r, k) => r[i] * life.StreamTargets[k, 0]).Sum();
        }

        double[] phi = Solve(h, target);
        double[] g = [.. Enumerable.Range(0, 3).Select(i => 2.0 / m * q.Select((r, k) =>
            r[i] * (r.Zip(phi, (a, b) => a * b).Sum() - life.QueryTargets[k, 0])).Sum())];
        double[] back = Solve(h, g);
        double ofPull = -back.Select((b, i) => b * (phi[i] - w[i])).Sum();
        return [Pull * back[0], Pull * back[1], Pull * back[2], ofPull];
    }

    private static double[] Solve(double[,] a, double[] b)
    {
        var m = (double[,])a.Clone();
        double[] x = [.. b];
        for (int p = 0; p < b.Length; p++)
        {
            for (int r = p + 1; r < b.Length; r++)
            {
                double f = m[r, p] / m[p, p];
                for (int c = p; c < b.Length; c++) m[r, c] -= f * m[p, c];
                x[r] -= f * x[p];
            }
        }

        for (int r = b.Length - 1; r >= 0; r--)
        {
            for (int c = r + 1; c < b.Length; c++) x[r] -= m[r, c] * x[c];
            x[r] /= m[r, r];
        }

        return x;
    }

    /// <summary>One lifetime of batches that are all the same.</summary>
    private sealed class OneLife : IMetaTrainingSource<float>, IDisposable
    {
        private const int Batch = 8;
        private readonly Arena arena = new();

        public OneLife(int inputs, int outputs, int steps)
        {
            Life = new Lifetime<float>(
                steps, Batch, New(Batch, inputs, steps, 1), New(Batch, outputs, steps, 2), New(10, inputs, 1, 3), New(10, outputs, 1, 4));
        }

        public Lifetime<float> Life { get; }

        public Lifetime<float> Get(ulong index, int slot) => Life;

        public void Dispose() => arena.Dispose();

        private Tensor<float> New(int rows, int columns, int times, ulong split)
        {
            Tensor<float> values = arena.Allocate<float>(rows * times, columns);
            RandomStream random = new RandomStream(7).Split(split);
            for (int r = 0; r < rows; r++)
            {
                random.FillNormal(values.Row(r), 1);
                for (int t = 1; t < times; t++) values.Slice((t * rows) + r, 1).CopyFrom(values.Slice(r, 1));
            }

            return values;
        }
    }
}
