using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Files;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using OwnParts;

namespace Engram.Learning.Tests;

/// <summary>The estimator of docs/EXTENDING.md, which remembers something: saved, resumed and put back by the trainer.</summary>
public sealed class EvolutionStrategyTests : IDisposable
{
    private const string Remembered = "estimator.usual_difference";

    // A limit of 1 cuts about half of the differences, so that what is remembered shows in every step.
    private static readonly MetaTrainingSpec Spec = Toy.Spec with
    {
        OuterSteps = 8,
        LifetimesPerOuterStep = 3,
        Estimator = new EvolutionStrategy { Pairs = 2, Limit = 1 },
    };

    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Resume_FromACheckpoint_IsToTheBitNotHavingStopped(int threads)
    {
        using var source = new ToySource();
        using MetaTrainer all = Toy.Trainer(source, Spec);
        using MetaTrainer first = Toy.Trainer(source, Spec, threads);
        using MetaTrainer second = Toy.Trainer(source, Spec, threads);
        Run(all, 8);
        Run(first, 5);
        first.Capture().Write(path);
        second.Restore(TrainerState.Read(path));
        Run(second, 3);

        Assert.Equal(Toy.Numbers(all.Parameters), Toy.Numbers(second.Parameters));
        float[] remembered = Usual(first);
        Assert.Equal(3, remembered.Length);
        Assert.All(remembered, r => Assert.True(r > 0, $"{r} is remembered"));
        Assert.Equal(remembered.Length, remembered.Distinct().Count());
    }

    [Fact]
    public void Step_ThatFails_LeavesWhatIsRememberedAsItWas()
    {
        using var source = new ToySource();
        using MetaTrainer undisturbed = Toy.Trainer(source, Spec);
        var failing = new Failure();
        using var trainer = new MetaTrainer(
            Toy.Layout, new InitializationSpec(), Spec, source, 1, 1, (layout, _) => new FailingEngine(new ToyEngine(layout), failing));
        Run(undisturbed, 4);
        Run(trainer, 3);
        float[] before = Usual(trainer);

        // The last lifetime of the step fails: the two before it have already been remembered.
        failing.AfterLives = 12;
        Assert.Throws<NonFiniteException>(() => trainer.Step());
        Assert.Equal(before, Usual(trainer));
        failing.AfterLives = null;
        Run(trainer, 1);
        Assert.Equal(Toy.Numbers(undisturbed.Parameters), Toy.Numbers(trainer.Parameters));
        Assert.Equal(Usual(undisturbed), Usual(trainer));
    }

    [Fact]
    public void Estimate_WithFrozenParameters_PerturbsTheOthersAlone()
    {
        var frozen = new FrozenParameters(["feedforward-weights", "feedback*"]);
        using var source = new ToySource();
        using var parameters = new MetaParameters<float>(Toy.Layout);
        using var gradient = new MetaParameters<float>(Toy.Layout);
        Initializer.Initialize(parameters, new InitializationSpec(), new RandomStream(1));
        using var engine = new ToyEngine(Toy.Layout);
        using IEstimation estimation = new EvolutionStrategy()
            .Begin(new EstimationContext(Toy.Layout, source, 1, frozen, new RandomStream(2)));
        using IEstimationWorker worker = estimation.CreateWorker(engine, 0);
        gradient[0].Fill(7);
        LifetimeOutcome outcome = worker.Estimate(parameters, 0, gradient);

        Assert.Equal(engine.Live(parameters, source.Get(0, 0)), outcome);
        Assert.All(Toy.Layout.Parameters.Index(), p => Assert.Equal(frozen.Contains(p.Item), gradient[p.Index].ToArray().All(g => g == 0)));
    }

    private static void Run(MetaTrainer trainer, int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            trainer.Step();
        }
    }

    private float[] Usual(MetaTrainer trainer)
    {
        trainer.Capture().Write(path);
        return SafetensorsFile.Read(path).Tensors[Remembered].ToArray<float>();
    }

    private sealed class Failure
    {
        public int? AfterLives { get; set; }
    }

    /// <summary>Fails after some more lives, if it is told to.</summary>
    private sealed class FailingEngine(ToyEngine inner, Failure failure) : ILifetimeEngine<float>
    {
        public ParameterLayout Layout => inner.Layout;

        public LifetimeOutcome Live(
            MetaParameters<float> parameters, Lifetime<float> lifetime, MetaParameters<float>? metaGradient = null,
                ILifetimeObserver<float>? observer = null, LifeTensors<float>? start = null) =>
            failure.AfterLives-- == 0 ? throw new NonFiniteException("weights", 1, 0)
                : inner.Live(parameters, lifetime, metaGradient, observer, start);

        public void Dispose() => inner.Dispose();
    }
}
