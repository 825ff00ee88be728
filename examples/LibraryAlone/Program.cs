using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Crews;
using Engram.Learning.Rules;
using LibraryAlone;

// A network of three layers, of which the last two learn in life: by feedback of the error, and Oja's rule.
NetworkSpec network = NetworkSpec.Feedforward([1, 16, 16, 1], plasticLayers: 2);
ParameterLayout layout = ParameterLayout.For(network, new LocalLearnerSpec { Rule = new OjaRule() });
var start = new InitializationSpec { HiddenPlasticity = 1e-3, ReadoutPlasticity = 1e-3 };
var spec = new MetaTrainingSpec { OuterSteps = 200, LifetimesPerOuterStep = 2, Rates = new MetaRates { Feedforward = 3e-3 } };

// The outer loop makes the meta-parameters, and Adam improves them; here with a crew of our own.
LifeCrews.Registry.Register("logging", new LoggingCrewFactory("threads"), "the threads of this process, which tell what they do");
using var lines = new Lines(slots: 2);
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
        Console.WriteLine($"|gradient| of {parameter.Name} [{string.Join(", ", parameter.Shape)}]: {Onlooker.Norm(gradient[i]):F6}");
    }
}

// The same life once more, watched from inside.
engine.Live(trainer.Parameters, lifetime, observer: new Onlooker());

// Outer steps: two lifetimes each, their mean meta-gradient, one update by Adam.
OuterStepReport first = trainer.Step(), last = first;
while (!trainer.IsDone)
{
    last = trainer.Step();
}

Console.WriteLine($"mean query loss {first.MeanQueryLoss:F4} in the first outer step, {last.MeanQueryLoss:F4} in the last");
Console.WriteLine($"query loss after meta-training {engine.Live(trainer.Parameters, lifetime).QueryLoss:F4}");
