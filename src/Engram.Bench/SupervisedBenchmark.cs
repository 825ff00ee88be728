using System.Diagnostics;
using Engram.Experiments.Comparisons;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;
using Engram.Supervised;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;

namespace Engram.Bench;

/// <summary>What to time: steps of ordinary training, exactly as a comparison of methods runs them, on random examples.</summary>
public sealed record SupervisedBenchmarkSpec
{
    /// <summary>Name of the method of credit assignment; of a comparison, label of one of its methods.</summary>
    public string Method { get; init; } = "backprop";

    /// <summary>Comparison, built in or a file, whose network, methods, batches and optimizers are timed; null for a fully connected
    /// network of <see cref="Widths"/>.</summary>
    public string? Comparison { get; init; }

    /// <summary>Widths of the fully connected network, input and output included; the default is Bartunov et al. 2018's for
    /// MNIST.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [784, 256, 256, 256, 256, 256, 10];

    /// <summary>Examples of a batch; null for the comparison's, or 64.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Measurements, after one that does not count.</summary>
    public int Repetitions { get; init; } = 9;

    /// <summary>Steps of a measurement.</summary>
    public int Steps { get; init; } = 100;
}

/// <summary>What was measured.</summary>
/// <param name="Spec">What was timed.</param>
/// <param name="Network">The network's layers.</param>
/// <param name="GigaflopPerStep">Backpropagation's matrix products, whatever the method: three of each layer, two of the first; 10⁹
/// operations.</param>
/// <param name="SecondsPerStep">Of every measurement: reading the batch, forward, method, Adam, checks and all.</param>
/// <param name="ProcessorSecondsPerStep">Processor time of the whole process, likewise.</param>
/// <param name="PeakGigaflops">FMA rate of the same threads, measured before each measurement.</param>
/// <param name="AllocatedBytesPerStep">Managed bytes allocated in a step.</param>
public sealed record SupervisedBenchmarkResult(
    SupervisedBenchmarkSpec Spec,
    string Network,
    double GigaflopPerStep,
    IReadOnlyList<double> SecondsPerStep,
    IReadOnlyList<double> ProcessorSecondsPerStep,
    IReadOnlyList<double> PeakGigaflops,
    double AllocatedBytesPerStep)
{
    /// <summary>Median seconds of a step.</summary>
    public double MedianSeconds => LifetimeBenchmarkResult.Median(SecondsPerStep);

    /// <summary>Median processor seconds that 60,000 examples, an epoch of MNIST, take.</summary>
    public double ProcessorSecondsPerEpoch => LifetimeBenchmarkResult.Median(ProcessorSecondsPerStep) * 60_000 / Spec.BatchSize!.Value;

    /// <summary>Median FMA peak.</summary>
    public double MedianPeak => LifetimeBenchmarkResult.Median(PeakGigaflops);

    /// <summary>Rate at the median.</summary>
    public double Gigaflops => GigaflopPerStep / MedianSeconds;

    /// <summary>Median of every measurement's rate over the FMA peak that was measured just before it, in percent.</summary>
    public double PercentOfPeak =>
        LifetimeBenchmarkResult.Median([.. SecondsPerStep.Zip(PeakGigaflops, (s, peak) => 100 * GigaflopPerStep / s / peak)]);
}

/// <summary>Times supervised training.</summary>
public static class SupervisedBenchmark
{
    /// <summary>Runs the benchmark.</summary>
    /// <param name="spec">What to time.</param>
    /// <exception cref="EngramException">A setting is out of its range.</exception>
    public static SupervisedBenchmarkResult Run(SupervisedBenchmarkSpec spec)
    {
        (SupervisedNetworkSpec network, CreditAssignmentSpec method, SupervisedTrainingSpec training) = spec.Comparison is { } name
            ? OfComparison(name, spec.Method)
            : (SupervisedNetworkSpec.Dense(spec.Widths, Activation.Tanh), CreditAssignments.Registry.Get(spec.Method),
                new SupervisedTrainingSpec());
        spec = spec with { BatchSize = spec.BatchSize ?? training.BatchSize };

        // Rates so low that nothing saturates, whatever the method; they change no time.
        training = training
            with
        {
            BatchSize = spec.BatchSize.Value,
            Epochs = spec.Repetitions + 1,
            Rate = 1e-6,
            OwnRate = 1e-6,
            Schedule = new ConstantSchedule()
        };
        var examples = new RandomExamples(network.Inputs, network.Outputs, spec.BatchSize.Value * spec.Steps);
        using var trainer = new SupervisedTrainer(network, method, training, examples, seed: 1, spec.Threads);
        using var team = new WorkerTeam(spec.Threads);
        using var process = Process.GetCurrentProcess();
        double[] seconds = new double[spec.Repetitions], processor = new double[spec.Repetitions], peaks = new double[spec.Repetitions];
        long allocated = 0;
        for (int i = -1; i < spec.Repetitions; i++)
        {
            double peak = PeakRate.Measure(team);
            process.Refresh();
            TimeSpan before = process.TotalProcessorTime;
            long bytes = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
            for (int s = 0; s < spec.Steps; s++)
            {
                trainer.Step();
            }

            double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            long taken = GC.GetTotalAllocatedBytes(precise: true) - bytes;
            process.Refresh();
            if (i >= 0)
            {
                (seconds[i], processor[i], peaks[i]) =
                    (elapsed / spec.Steps, (process.TotalProcessorTime - before).TotalSeconds / spec.Steps, peak);
                allocated += taken;
            }
        }

        double products = network.Layers.Sum(l => 3.0 * Products(l)) - Products(network.Layers[0]);
        return new SupervisedBenchmarkResult(
            spec, string.Join(" – ", network.Layers.Select(Describe)), 2e-9 * products * spec.BatchSize.Value, seconds, processor, peaks,
            allocated / (double)(spec.Repetitions * spec.Steps));
    }

    private static (SupervisedNetworkSpec Network, CreditAssignmentSpec Method, SupervisedTrainingSpec Training) OfComparison(
        string name, string label)
    {
        Comparison comparison = ComparisonReader.Load(name);
        string[] labels = [.. comparison.Methods.Select(m => m.Label)];
        ComparedMethod method = comparison.Methods.FirstOrDefault(m => m.Label == label)
            ?? throw new EngramException(
                $"Found the method '{label}', expected one of the comparison {name}: {string.Join(", ", labels)}; " +
                $"{NearestName.Hint(label, labels)}");
        ExampleShape shape = comparison.Problem.KnownShape ?? comparison.Problem.Create(DataContext.Default()).Shape;
        return (comparison.Network.For(shape, comparison.IsClassification), method.Method, method.Training);
    }

    // Multiplications and additions of one example, one way; zeros of the padding count.
    private static double Products(LayerSpec layer) =>
        layer.Geometry is { } g ? (double)g.Outputs * g.PatchSize : (double)layer.WeightRows * layer.WeightColumns;

    private static string Describe(LayerSpec layer) => layer.Geometry is not { } g ? $"{layer.Inputs}→{layer.Outputs}"
        : $"{(layer is ConvolutionSpec ? "convolution" : "locally connected")} {g.Kernel}×{g.Kernel}, stride {g.Stride}, " +
            $"{g.Channels}×{g.Height}×{g.Width}→{g.OutputChannels}×{g.OutputHeight}×{g.OutputWidth}";

    /// <summary>Inputs of N(0, 1) and random classes, made once.</summary>
    private sealed class RandomExamples : IExamples
    {
        private readonly float[] numbers = new float[1 << 16];

        public RandomExamples(int inputs, int outputs, int count)
        {
            (Inputs, Outputs, Count) = (inputs, outputs, count);
            RandomStream random = new(1);
            random.FillNormal<float>(numbers, 1);
        }

        public int Count { get; }

        public int Inputs { get; }

        public int Outputs { get; }

        public void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets)
        {
            for (int n = 0; n < examples.Length; n++)
            {
                Span<float> row = inputs.Row(n);
                for (int done = 0; done < row.Length;)
                {
                    int start = ((examples[n] * 97) + done) % numbers.Length, length = Math.Min(row.Length - done, numbers.Length - start);
                    numbers.AsSpan(start, length).CopyTo(row[done..]);
                    done += length;
                }

                targets.Row(n).Clear();
                targets[n, examples[n] % Outputs] = 1;
            }
        }
    }
}
