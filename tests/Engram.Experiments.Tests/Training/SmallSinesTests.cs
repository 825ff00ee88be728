using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;
using Xunit.Abstractions;

namespace Engram.Experiments.Tests;

/// <summary>Everything together, on a problem of seconds.</summary>
public sealed class SmallSinesTests(ITestOutputHelper output)
{
    [Fact]
    public void MetaTraining_TwoSines_LearnsMoreThanTheMeanOfUnseenOnes()
    {
        var family = new IncrementalSines(new SinesSpec
        { Sines = 2, BatchesPerSine = 4, BatchSize = 8, QueryPerSine = 16, Ordering = Ordering.Iid });
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Sines(3, 24, 2), new GradientLearnerSpec());
        var initialization = new InitializationSpec { HiddenPlasticity = 0.01, ReadoutPlasticity = 0.01 };
        var spec = new MetaTrainingSpec
        {
            OuterSteps = 300,
            LifetimesPerOuterStep = 2,
            ClipNorm = 1,
            Rates = new MetaRates { Feedforward = 2e-3, HiddenPlasticity = 3e-4, ReadoutPlasticity = 3e-4 },
        };
        static ILifetimeEngine<float> Engine(ParameterLayout l, int threads) => LifetimeEngines.Create<float>(l);
        using var training = new MetaTrainingLifetimes<float>(family, 1);
        using var validation = new EvaluationLifetimes<float>(family, 1, Split.MetaValidation);
        using var trainer = new MetaTrainer(layout, initialization, spec, training, 1, 2, Engine);
        using var evaluator = new Evaluator(layout, 2, 2, Engine);

        double before = evaluator.Evaluate(trainer.Parameters, validation, 40).MeanLoss;
        while (!trainer.IsDone) trainer.Step();
        Learning.Outer.EvaluationResult after = evaluator.Evaluate(trainer.Parameters, validation, 40);

        output.WriteLine(
            $"before {before:F3}, after {after.MeanLoss:F3} ({after.LossStandardError:F3}), data variance " +
            $"{IncrementalSines.DataVariance:F3}");
        Assert.InRange(after.MeanLoss, 0, 0.5 * Math.Min(before, IncrementalSines.DataVariance));
    }
}
