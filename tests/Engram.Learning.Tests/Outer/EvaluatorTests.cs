using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

public sealed class EvaluatorTests
{
    [Fact]
    public void Evaluate_AnyNumberOfThreads_GivesTheSameOutcomes()
    {
        using var parameters = new MetaParameters<float>(Toy.Layout);
        EvaluationResult? expected = null;
        foreach (int threads in (int[])[1, 2, 4])
        {
            using var source = new ToySource();
            using var evaluator = new Evaluator(Toy.Layout, 16, threads, (layout, _) => new ToyEngine(layout));
            EvaluationResult result = evaluator.Evaluate(parameters, source, 7, firstIndex: 3);
            expected ??= result;
            Assert.Equal(expected.Outcomes.AsEnumerable(), result.Outcomes.AsEnumerable());
            Assert.Equal(Enumerable.Range(3, 7).Select(i => (ulong)i), source.Asked.Order());
            double half = 0.5 * Toy.Layout.Count;
            Assert.Equal(
                Enumerable.Range(3, 7).Select(i => half * Math.Pow(ToySource.TargetOf((ulong)i), 2)),
                result.Outcomes.Select(o => o.QueryLoss), (a, b) => Math.Abs(a - b) < 1e-6 * a);
        }
    }

    [Fact]
    public void Result_MeanAndStandardError_AreTheTextbooks()
    {
        var result = new EvaluationResult([new(1, 0.5), new(2, 0.5), new(6, 1)]);
        Assert.Equal(3, result.MeanLoss, 1e-15);
        Assert.Equal(Math.Sqrt(7.0 / 3), result.LossStandardError, 1e-15);
        Assert.Equal(2.0 / 3, result.MeanAccuracy, 1e-15);
        Assert.Equal(100.0 / 3, result.MeanErrorPercent, 1e-12);
        Assert.Equal(100.0 / 6, result.ErrorStandardErrorPercent, 1e-12);
        Assert.Equal(double.NaN, new EvaluationResult([new(1, 1)]).LossStandardError);
        Assert.Equal(double.NaN, new EvaluationResult([new(1, double.NaN), new(2, double.NaN)]).MeanErrorPercent);
    }

    [Fact]
    public void Evaluate_Parameters_AreNotChanged()
    {
        using var parameters = new MetaParameters<float>(Toy.Layout);
        parameters["layer0.weight"].Fill(3);
        float[] before = Toy.Numbers(parameters);
        using var source = new ToySource();
        using var evaluator = new Evaluator(Toy.Layout, 2, 2, (layout, _) => new ToyEngine(layout));
        evaluator.Evaluate(parameters, source, 3);
        Assert.Equal(before, Toy.Numbers(parameters));
    }

    [Fact]
    public void Evaluate_NonFiniteLoss_Stops()
    {
        using var parameters = new MetaParameters<float>(Toy.Layout);
        parameters["layer0.weight"].Fill(float.PositiveInfinity);
        using var source = new ToySource();
        using var evaluator = new Evaluator(Toy.Layout, 2, 2, (layout, _) => new ToyEngine(layout));
        Assert.Throws<NonFiniteException>(() => evaluator.Evaluate(parameters, source, 3));
    }

    [Fact]
    public void Evaluate_NoLifetimesOrCancelled_IsRefused()
    {
        using var parameters = new MetaParameters<float>(Toy.Layout);
        using var source = new ToySource();
        using var evaluator = new Evaluator(Toy.Layout, 2, 2, (layout, _) => new ToyEngine(layout));
        Assert.Throws<SettingException>(() => evaluator.Evaluate(parameters, source, 0));
        Assert.Throws<OperationCanceledException>(
            () => evaluator.Evaluate(parameters, source, 3, cancellation: new CancellationToken(canceled: true)));
    }
}
