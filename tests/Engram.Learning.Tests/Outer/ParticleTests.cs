using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Files;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

/// <summary>Estimators at work in a trainer, on lives of a real learner: bits, resuming, what is dropped, what evolves.</summary>
public sealed class ParticleTests : IDisposable
{
    private const int Particles = 5;
    private readonly string path = Path.GetTempFileName();

    private static readonly string[] Gradients = ["truncated-backpropagation", "es", "es-ranks", "pes", "nres", "pes-split"];

    public static TheoryData<string> Names { get; } = [.. Gradients];

    public static TheoryData<string> AllNames { get; } = [.. Gradients, "cma-es"];

    public void Dispose() => File.Delete(path);

    [Theory]
    [MemberData(nameof(AllNames))]
    public void Train_OnAnyThreadsInterrupted_GivesTheSameBits(string name)
    {
        float[] expected = Train(name, 1, 12, (_, _) => { });
        foreach (int threads in (int[])[1, 2, 4])
        {
            using var lines = new LineLifetimes();
            using MetaTrainer first = lines.Trainer(Spec(name), threads), second = lines.Trainer(Spec(name), threads);
            Run(first, 7);
            first.Capture().Write(path);
            second.Restore(TrainerState.Read(path));
            Run(second, 5);

            Assert.Equal(expected, Toy.Numbers(second.Parameters));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Train_WithLivesThatDiverge_DropsAndCountsThem(string name)
    {
        bool Deadly(ulong index) => index % 7 == 3;
        int dropped = 0, outerSteps = 0;
        float[] found = Train(name, 2, 12, (step, report) => (dropped, outerSteps) = (dropped + report.Dropped, outerSteps + 1), Deadly);
        Assert.Equal(found, Train(name, 1, 12, (_, report) => Assert.True(double.IsFinite(report.MeanQueryLoss)), Deadly));

        Assert.Equal(12, outerSteps);
        Assert.InRange(dropped, 2, 12);
        Assert.All(found, f => Assert.True(float.IsFinite(f)));
        if (name.StartsWith("es", StringComparison.Ordinal))
        {
            // Each lifetime is one index of the source, 60 in all.
            Assert.Equal(Enumerable.Range(0, 60).Count(i => Deadly((ulong)i)), dropped);
        }
    }

    [Fact]
    public void Drop_OfAParticle_IsRememberedInItsState()
    {
        using var lines = new LineLifetimes { Deadly = index => index == 2 };
        using MetaTrainer trainer = lines.Trainer(Spec("pes"), 1);
        OuterStepReport report = trainer.Step();
        trainer.Step();
        trainer.Capture().Write(path);
        float[] clock = SafetensorsFile.Read(path).Tensors["estimator.particles"].ToArray<float>();

        Assert.Equal(1, report.Dropped);
        Assert.Equal([0, 0, 1, 0, 0], clock.Where((_, i) => i % 5 == 4));

        // Four windows a life; of five particles, the first began at birth, the dropped one a step late, others in between.
        Assert.Equal([2, 2, 1, 0, 1], clock.Where((_, i) => i % 5 == 0));
    }

    [Fact]
    public void Step_WithMoreThanMayBeDropped_EndsAndPutsBackWhatWasRemembered()
    {
        using var lines = new LineLifetimes { Deadly = index => index is 20 or 21 };
        using MetaTrainer trainer = lines.Trainer(Spec("nres"), 2);
        Run(trainer, 4);
        TrainerState before = trainer.Capture();
        before.Write(path);
        byte[] bytes = File.ReadAllBytes(path);

        // Two of five begin deadly lives, and 25 % may be dropped.
        NonFiniteException failure = Assert.Throws<NonFiniteException>(() => Run(trainer, 4));
        trainer.Capture().Write(path);

        Assert.InRange(failure.OuterStep, 4, 7);
        if (failure.OuterStep == 4)
        {
            Assert.Equal(bytes, File.ReadAllBytes(path));
        }
    }

    [Fact]
    public void Estimate_OfWhatEvolvesAlone_LeavesTheRestToBackpropagation()
    {
        using var lines = new LineLifetimes();
        using var parameters = new MetaParameters<float>(LineLifetimes.Layout);
        using MetaParameters<float> exact = new(LineLifetimes.Layout), found = new(LineLifetimes.Layout);
        Initializer.Initialize(parameters, LineLifetimes.Start, new RandomStream(1));
        using var engine = LifetimeEngines.Create<float>(LineLifetimes.Layout);
        double loss = engine.Live(parameters, lines.Get(0, 0), exact).QueryLoss;
        var spec = new EvolutionStrategyEstimator { Evolves = "plasticity, layer1.beta", Sigmas = "plasticity 1e-4" };
        using IEstimation estimation =
            spec.Begin(new EstimationContext(LineLifetimes.Layout, lines, 1, new FrozenParameters(["layer0.*"]), new RandomStream(2)));
        using IEstimationWorker worker = estimation.CreateWorker(engine, 0);

        Assert.Equal(loss, worker.Estimate(parameters, 0, found).QueryLoss);
        foreach ((int i, var parameter) in LineLifetimes.Layout.Parameters.Index())
        {
            bool evolves = parameter.Role == "plasticity" || parameter.Name == "layer1.beta", frozen = parameter.Layer == 0;
            Assert.Equal(!evolves && !frozen, exact[i].ToArray().SequenceEqual(found[i].ToArray()));
            Assert.Equal(frozen, found[i].ToArray().All(g => g == 0));
        }
    }

    [Fact]
    public void Estimate_OfALifeOfOneWindow_IsThatOfAWholeLife()
    {
        Assert.Equal(
            Train("es", 1, 6, (_, _) => { }),
            Train("one-window", 1, 6, (_, _) => { }));
    }

    [Theory]
    [InlineData(
        "plasticity", null,
        "Found 'plasticity' among the estimator's sigmas, expected a name and a number above 0, such as 'plasticity 1e-5'.")]
    [InlineData(
        "plasticity -1", null,
        "Found 'plasticity -1' among the estimator's sigmas, expected a name and a number above 0, such as 'plasticity 1e-5'.")]
    [InlineData(
        "plasticty 1", null,
        "Found 'plasticty' among the estimator's sigmas, which is not a parameter of this learner on this network; did you mean " +
            "'plasticity'?")]
    [InlineData(
        null, "plasticty",
        "Found 'plasticty' among the names of what evolves, which is not a parameter of this learner on this network; did you mean " +
        "'plasticity'?")]
    [InlineData(
        null, "biases",
        "Found nothing that evolves ('biases'), expected one meta-parameter at least that is not frozen; change evolves or what is " +
            "frozen.")]
    public void Begin_WithNamesThatMeanNothing_SaysSo(string? sigmas, string? evolves, string message)
    {
        using var lines = new LineLifetimes();
        var spec = Spec("es") with { Estimator = new EvolutionStrategyEstimator { Sigmas = sigmas, Evolves = evolves } };

        Assert.Equal(message, Assert.ThrowsAny<EngramException>(() => lines.Trainer(spec, 1, new FrozenParameters(["biases"]))).Message);
    }

    private static float[] Train(string name, int threads, int steps, Action<int, OuterStepReport> each, Func<ulong, bool>? deadly = null)
    {
        using var lines = new LineLifetimes { Deadly = deadly ?? (_ => false) };
        using MetaTrainer trainer = lines.Trainer(Spec(name), threads);
        float[] start = Toy.Numbers(trainer.Parameters);
        for (int i = 0; i < steps; i++)
        {
            each(i, trainer.Step());
        }

        float[] reached = Toy.Numbers(trainer.Parameters);
        Assert.NotEqual(start, reached);
        return reached;
    }

    private static MetaTrainingSpec Spec(string name) => new()
    {
        OuterSteps = 20,
        LifetimesPerOuterStep = Particles,
        Rates = new MetaRates { HiddenPlasticity = 1e-4, ReadoutPlasticity = 1e-4 },
        Estimator = name switch
        {
            "truncated-backpropagation" => new TruncatedBackpropagationEstimator { Window = 2, MostDropped = 0.8 },
            "es" => new EvolutionStrategyEstimator { Sigma = 0.01 },
            "es-ranks" => new EvolutionStrategyEstimator { Sigma = 0.01, Ranks = true },
            "pes" => new PersistentEvolutionEstimator { Window = 2, Sigma = 0.01, MostDropped = 0.8 },
            "pes-split" =>
                new PersistentEvolutionEstimator
                {
                    Window = 3,
                    Sigmas = "plasticity 1e-3",
                    Evolves = "plasticity, feedback-strength",
                    Objective = LifeObjective.Mean,
                    MostDropped = 0.8
                },
            "nres" => new NoiseReuseEstimator { Window = 2, Sigma = 0.01 },
            "one-window" => new NoiseReuseEstimator { Window = LineLifetimes.Steps, Sigma = 0.01 },
            "cma-es" => new CovarianceAdaptationEstimator { Sigma = 0.01, Evolves = "feedback-strength, biases", LivesPerCandidate = 2 },
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        },
    };

    private static void Run(MetaTrainer trainer, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            trainer.Step();
        }
    }
}
