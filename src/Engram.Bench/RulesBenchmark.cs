using System.Diagnostics;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Rules;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Bench;

/// <summary>A rule's lifetimes on two engines.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Width">Width of the network.</param>
/// <param name="InnerSteps">T.</param>
/// <param name="BatchSize">n.</param>
/// <param name="Engine">The engine that is looked at.</param>
/// <param name="Other">The engine that it is held against.</param>
/// <param name="Seconds">Seconds of each outer step on the first.</param>
/// <param name="OtherSeconds">Seconds of each outer step on the second, alternating with those.</param>
/// <param name="AllocatedBytesPerLifetime">Managed bytes allocated per lifetime on the first, after its first.</param>
public sealed record RuleResult(
    string Rule, int Width, int InnerSteps, int BatchSize, string Engine, string Other,
        IReadOnlyList<double> Seconds, IReadOnlyList<double> OtherSeconds, double AllocatedBytesPerLifetime)
{
    /// <summary>Median seconds on the first.</summary>
    public double Median => LifetimeBenchmarkResult.Median(Seconds);

    /// <summary>Median seconds on the second.</summary>
    public double OtherMedian => LifetimeBenchmarkResult.Median(OtherSeconds);

    /// <summary>Time on the first over that on the second, the median of the pairs.</summary>
    public double Ratio => LifetimeBenchmarkResult.Median([.. Seconds.Zip(OtherSeconds, (a, b) => a / b)]);
}

/// <summary>What to time.</summary>
public sealed record RulesBenchmarkSpec
{
    /// <summary>Width of the network (300 in the paper).</summary>
    public int Width { get; init; } = 300;

    /// <summary>Batches per sine, of ten sines (40 in the paper).</summary>
    public int BatchesPerSine { get; init; } = 40;

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Pairs of outer steps, after one pair that is not counted.</summary>
    public int Repetitions { get; init; } = 5;
}

/// <summary>Times rules that have no kernels by hand on the compiled engine: against the fused one where the same rule has such kernels,
/// else against tapes.</summary>
public static class RulesBenchmark
{
    private const int Sines = 10;
    private const int SmallWidth = 64;
    private const int SmallBatchesPerSine = 10;

    /// <summary>Runs all rows; the one of five-line Oja at full width is the last.</summary>
    public static IEnumerable<RuleResult> Run(RulesBenchmarkSpec spec)
    {
        var polynomial = new PolynomialRule();
        yield return Time(
            spec, $"polynomial, {polynomial.Exponents().Length} terms", polynomial, polynomial, "tape", spec.Width, spec.BatchesPerSine,
            32);
        yield return Time(spec, "bcm", new BcmRule(), new BcmRule(), "tape", spec.Width, spec.BatchesPerSine, 32);
        yield return Time(spec, "oja-trace", new OjaTraceRule(), new OjaTraceRule(), "tape", spec.Width, spec.BatchesPerSine, 32);
        yield return Time(
            spec, "five-line Oja, batches of one", new FiveLineOja(), new OjaRule(), "fused", spec.Width, spec.BatchesPerSine, 1);
        yield return Time(spec, "five-line Oja, small", new FiveLineOja(), new OjaRule(), "fused", SmallWidth, SmallBatchesPerSine, 32);
        yield return Time(spec, "five-line Hebb", new FiveLineHebb(), new HebbRule(), "fused", spec.Width, spec.BatchesPerSine, 32);
        yield return Time(spec, "five-line Oja", new FiveLineOja(), new OjaRule(), "fused", spec.Width, spec.BatchesPerSine, 32);
    }

    private static RuleResult Time(
        RulesBenchmarkSpec spec, string name, IPlasticityRule rule, IPlasticityRule otherRule, string other, int width, int batchesPerSine,
        int batch)
    {
        const string Engine = "compiled";
        var family = new IncrementalSines(new SinesSpec
        { Sines = Sines, BatchesPerSine = batchesPerSine, BatchSize = batch, Ordering = Ordering.Iid });
        using var source = new MetaTrainingLifetimes<float>(family, 1);
        using var otherSource = new MetaTrainingLifetimes<float>(family, 1);
        using MetaTrainer trainer = Trainer(rule, Engine, source), otherTrainer = Trainer(otherRule, other, otherSource);
        trainer.Step();
        otherTrainer.Step();
        var seconds = new double[spec.Repetitions];
        var otherSeconds = new double[spec.Repetitions];
        long allocated = 0;
        for (int i = 0; i < spec.Repetitions; i++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            seconds[i] = Seconds(trainer);
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            otherSeconds[i] = Seconds(otherTrainer);
        }

        return new RuleResult(
            name, width, Sines * batchesPerSine, batch, Engine, other, seconds, otherSeconds, allocated / (double)spec.Repetitions);

        MetaTrainer Trainer(IPlasticityRule one, string engine, MetaTrainingLifetimes<float> lifetimes)
        {
            ParameterLayout layout = ParameterLayout.For(NetworkSpec.Sines(Sines + 1, width, 3), new LocalLearnerSpec { Rule = one });
            var training = new MetaTrainingSpec
            { OuterSteps = spec.Repetitions + 1, LifetimesPerOuterStep = 1, ClipNorm = 1, Rates = LifetimeBenchmark.SlowRates };
            var start = new InitializationSpec { HiddenPlasticity = 1e-9, ReadoutPlasticity = 1e-9 };
            return new MetaTrainer(
                layout, start, training, lifetimes, 1, spec.Threads, (wanted, threads) =>
                LifetimeEngines.Create<float>(wanted, engine, new EngineOptions { Threads = threads }));
        }
    }

    private static double Seconds(MetaTrainer trainer)
    {
        long start = Stopwatch.GetTimestamp();
        trainer.Step();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Oja's rule as anybody would write it.</summary>
    private sealed record FiveLineOja : IPlasticityRule
    {
        public RuleStep Step(in Synapses s)
        {
            var growth = s.Post.Transpose().MatMul(s.Pre);
            var decay = s.Post.SumOfSquares(axis: 0).Column();
            return s.Plasticity * (growth - (decay * s.Weights));
        }
    }

    /// <summary>Hebb's rule as anybody would write it.</summary>
    private sealed record FiveLineHebb : IPlasticityRule
    {
        public RuleStep Step(in Synapses s) => s.Plasticity * s.Post.Transpose().MatMul(s.Pre);
    }
}
