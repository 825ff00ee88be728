using System.Diagnostics;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.FewShot;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Bench;

/// <summary>What to time: outer steps, exactly as meta-training runs them.</summary>
public abstract record BenchmarkSpec
{
    /// <summary>Name of the learner.</summary>
    public string Learner { get; init; } = "flp";

    /// <summary>Plastic layers.</summary>
    public int PlasticLayers { get; init; } = 2;

    /// <summary>Lifetimes an outer step.</summary>
    public int LifetimesPerOuterStep { get; init; } = 1;

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Outer steps that are timed, after one that is not.</summary>
    public int Repetitions { get; init; } = 7;

    /// <summary>Name of the engine; null for the fastest.</summary>
    public string? Engine { get; init; }

    /// <summary>Memory budget of an engine in bytes; null for the default.</summary>
    public long? MemoryBudgetBytes { get; init; }

    /// <summary>What it is, for a person.</summary>
    public abstract string Description { get; }

    /// <summary>The lifetimes, the network and the learner.</summary>
    internal abstract (ITaskFamily Family, NetworkSpec Network, LearnerSpec Learner) Build();
}

/// <summary>Lifetimes of images: N-way k-shot classification with the paper's convolutional network, on a set that needs no
/// files.</summary>
public sealed record ImageBenchmarkSpec : BenchmarkSpec
{
    /// <summary>Height and width of the images.</summary>
    public int ImageSize { get; init; } = 84;

    /// <summary>Channels of every convolution.</summary>
    public int Channels { get; init; } = 128;

    /// <summary>Padding of every convolution.</summary>
    public int Padding { get; init; }

    /// <summary>Outputs, of which five are used.</summary>
    public int Outputs { get; init; } = 1000;

    /// <inheritdoc/>
    public override string Description =>
        $"{Learner}, {PlasticLayers} plastic layers, images of {ImageSize}×{ImageSize}, {Channels} channels, padding {Padding}, " +
        $"{Outputs} outputs, 25 images learnt and 25 asked about";

    internal override (ITaskFamily Family, NetworkSpec Network, LearnerSpec Learner) Build()
    {
        LearnerEntry entry = LearnerSpecs.Registry.Get(Learner);
        var family = new FewShotSpec { ImageSize = ImageSize, Outputs = Outputs };
        NetworkSpec network = new ConvolutionalNetwork
        { Channels = Channels, Padding = Padding }.For(1, ImageSize, ImageSize, Outputs, entry.PlasticLayers ?? PlasticLayers);
        LearnerSpec learner = entry.Create(Objective.CrossEntropy);
        return (family.Create(DataContext.Default()), network, learner is LocalLearnerSpec local ? local
            with
        { Signal = FeedbackSignal.Target, OutputClamped = true } : learner);
    }
}

/// <summary>Lifetimes of incremental sines with the paper's network.</summary>
public sealed record LifetimeBenchmarkSpec : BenchmarkSpec
{
    /// <summary>Makes the paper's lifetime.</summary>
    public LifetimeBenchmarkSpec() => PlasticLayers = 3;

    /// <summary>Width of the network (300 in the paper).</summary>
    public int Width { get; init; } = 300;

    /// <summary>Batches per sine, of ten sines (40 in the paper: 400 inner steps).</summary>
    public int BatchesPerSine { get; init; } = 40;

    /// <summary>Examples in a batch.</summary>
    public int BatchSize { get; init; } = 32;

    /// <inheritdoc/>
    public override string Description =>
        $"{Learner}, {PlasticLayers} plastic layers, width {Width}, {Sines * BatchesPerSine} inner steps of {BatchSize}";

    private const int Sines = 10;

    internal override (ITaskFamily Family, NetworkSpec Network, LearnerSpec Learner) Build()
    {
        LearnerEntry entry = LearnerSpecs.Registry.Get(Learner);
        var family = new IncrementalSines(new SinesSpec
        { Sines = Sines, BatchesPerSine = BatchesPerSine, BatchSize = BatchSize, Ordering = Ordering.Iid });
        return (family, NetworkSpec.Sines(Sines + 1, Width, entry.PlasticLayers ?? PlasticLayers),
            entry.Create(Objective.MeanSquaredError));
    }
}

/// <summary>What was measured.</summary>
/// <param name="Spec">What was timed.</param>
/// <param name="Count">Operations of one lifetime.</param>
/// <param name="SecondsPerLifetime">Every repetition's seconds over its lifetimes: data, meta-gradient, Adam step and all.</param>
/// <param name="PeakGigaflops">FMA rate of the same threads, measured before each repetition.</param>
/// <param name="AllocatedBytesPerLifetime">Managed bytes allocated per lifetime after the first outer step.</param>
/// <param name="PeakMemoryBytes">Largest resident memory of the whole process.</param>
public sealed record LifetimeBenchmarkResult(
    BenchmarkSpec Spec,
    OperationCount Count,
    IReadOnlyList<double> SecondsPerLifetime,
    IReadOnlyList<double> PeakGigaflops,
    double AllocatedBytesPerLifetime,
    long PeakMemoryBytes)
{
    /// <summary>Median seconds of a lifetime.</summary>
    public double MedianSeconds => Median(SecondsPerLifetime);

    /// <summary>Rate at the median.</summary>
    public double Gigaflops => Count.TotalGigaflop / MedianSeconds;

    /// <summary>Median FMA rate of the machine in this run.</summary>
    public double MedianPeak => Median(PeakGigaflops);

    /// <summary>Rate over the FMA peak, in percent.</summary>
    public double PercentOfPeak => 100 * Gigaflops / MedianPeak;

    internal static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]);
    }
}

/// <summary>Times lifetimes.</summary>
public static class LifetimeBenchmark
{
    /// <summary>Meta-training that goes nowhere: a benchmark's lifetimes must stay finite however long they are.</summary>
    internal static MetaRates SlowRates { get; } = new()
    { Feedforward = 1e-8, Feedback = 1e-8, FeedbackStrength = 1e-8, HiddenPlasticity = 1e-13, ReadoutPlasticity = 1e-13 };

    /// <summary>Runs the benchmark.</summary>
    /// <param name="spec">What to time.</param>
    /// <param name="progress">Called after each repetition with its number and seconds per lifetime; null for nobody.</param>
    /// <exception cref="EngramException">A setting is out of its range.</exception>
    public static LifetimeBenchmarkResult Run(BenchmarkSpec spec, Action<int, double>? progress = null)
    {
        (ITaskFamily family, NetworkSpec network, LearnerSpec learner) = spec.Build();
        ParameterLayout layout = ParameterLayout.For(network, learner);
        var training = new MetaTrainingSpec
        { OuterSteps = spec.Repetitions + 1, LifetimesPerOuterStep = spec.LifetimesPerOuterStep, ClipNorm = 1, Rates = SlowRates };
        using var source = new MetaTrainingLifetimes<float>(family, 1);
        using var trainer = new MetaTrainer(layout, new InitializationSpec
        { HiddenPlasticity = 1e-9, ReadoutPlasticity = 1e-9 }, training, source, 1, spec.Threads, Engine);
        using var team = new WorkerTeam(spec.Threads);
        trainer.Step();
        PeakRate.Measure(team);
        var seconds = new double[spec.Repetitions];
        var peaks = new double[spec.Repetitions];
        long allocated = 0;
        for (int i = 0; i < spec.Repetitions; i++)
        {
            peaks[i] = PeakRate.Measure(team);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long start = Stopwatch.GetTimestamp();
            trainer.Step();
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds / spec.LifetimesPerOuterStep;
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            progress?.Invoke(i, seconds[i]);
        }

        using var process = Process.GetCurrentProcess();
        return new LifetimeBenchmarkResult(
            spec,
            OperationCount.Of(network, learner, family.Shape.InnerSteps, family.Shape.BatchSize, family.Shape.Queries),
            seconds,
            peaks,
            allocated / (double)(spec.Repetitions * spec.LifetimesPerOuterStep),
            process.PeakWorkingSet64);

        ILifetimeEngine<float> Engine(ParameterLayout wanted, int threads)
        {
            var options = new EngineOptions { Threads = threads };
            return LifetimeEngines.Create<float>(wanted, spec.Engine, spec.MemoryBudgetBytes is { } bytes ? options
                with
            { MemoryBudgetBytes = bytes } : options);
        }
    }
}
