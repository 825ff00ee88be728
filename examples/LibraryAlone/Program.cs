using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Crews;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Rules;
using LibraryAlone;

// A network of three layers, of which the last two learn in life: by feedback of the error, and Oja's rule.
NetworkSpec network = NetworkSpec.Feedforward([1, 16, 16, 1], plasticLayers: 2);
ParameterLayout layout = ParameterLayout.For(network, new LocalLearnerSpec { Rule = new OjaRule() });
var start = new InitializationSpec { HiddenPlasticity = 3e-3, ReadoutPlasticity = 3e-3 };
var spec = new MetaTrainingSpec
{
    OuterSteps = 400,
    LifetimesPerOuterStep = 4,
    Optimizer = new AdamOptimizer { SecondDecay = 0.99 },
    Rates = new MetaRates { Feedforward = 3e-3, Feedback = 3e-3, HiddenPlasticity = 3e-5, ReadoutPlasticity = 3e-5 },
    Schedule = new CosineSchedule(WarmupSteps: 20, Floor: 0.05),
    ClipNorm = 1,
};

// The outer loop makes the meta-parameters, and Adam improves them; here with a crew of our own.
LifeCrews.Registry.Register("logging", new LoggingCrewFactory("threads"), "threads that tell what they do");
using var lines = new Lines(slots: 4);
using var trainer = new MetaTrainer(
    layout,
    start,
    spec,
    lines,
    seed: 1,
    threads: 2,
    (learner, threads) => LifetimeEngines.Create<float>(learner, options: new EngineOptions { Threads = threads }),
    crew: LifeCrews.Registry.Get("logging"));

// One life, step by step.
using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout);
Lifetime<float> lifetime = lines.Get(1_000_000, slot: 0);
using (ILife<float> life = engine.Begin(trainer.Parameters, lifetime))
{
    Console.WriteLine($"query loss at birth {life.Query().QueryLoss:F4}");
    while (life.StepsLeft > 0)
    {
        life.Advance(1);
        Console.WriteLine($"query loss after {life.InnerStep} steps {life.Query().QueryLoss:F4}");
    }

    // The gradient of that loss with respect to every meta-parameter, back through all steps to birth.
    using var gradient = new MetaParameters<float>(layout);
    life.Backward(gradient);
    foreach ((int i, var parameter) in layout.Parameters.Index())
    {
        Console.WriteLine($"|gradient| of {parameter.Name}: {Onlooker.Norm(gradient[i]):F6}");
    }
}

// The same life once more, watched from inside.
engine.Live(trainer.Parameters, lifetime, observer: new Onlooker());

// Outer steps: four lifetimes each, their mean meta-gradient, one update by Adam.
double before = MeanLoss();
while (!trainer.IsDone)
{
    trainer.Step();
}

Console.WriteLine($"mean query loss of 50 other lives {before:F4} before meta-training, {MeanLoss():F4} after");

double MeanLoss() => Enumerable.Range(2_000_000, 50)
    .Average(i => engine.Live(trainer.Parameters, lines.Get((ulong)i, slot: 0)).QueryLoss);
