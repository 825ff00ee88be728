using System.CommandLine;
using System.Globalization;
using Engram.Bench;
using Engram.Cli.Terminal;
using Engram.Figures.Text;
using Engram.Numerics.Kernels;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram bench</c>: how fast lifetimes and their kernels are here, against what the processor can do.</summary>
internal static class BenchCommand
{
    public static Command Create(Output output) =>
        new("bench", "Times lifetimes and kernels against the processor's peak of fused multiply-adds.")
    {
        Lifetime(output),
        Images(output),
        Rules(output),
        Kernels(output),
        Supervised(output),
        Records(output),
    };

    private static Command Rules(Output output)
    {
        var defaults = new RulesBenchmarkSpec();
        var width = Number("--width", "Width of the network; 300 is the paper's.", defaults.Width);
        var batches =
            Number("--batches-per-sine", "Batches per sine, of ten sines; 40 is the paper's, 400 inner steps.", defaults.BatchesPerSine);
        var repetitions = Number("--repetitions", "Pairs of outer steps to time.", defaults.Repetitions);
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "rules", "Times rules without handwritten kernels on the compiled engine, in turn with the fused one or with tapes.") { width,
            batches, repetitions, threads, json };
        command.SetAction(parsed =>
        {
            foreach (Option<int> option in new[] { width, batches, repetitions })
            {
                Arguments.ExpectAtLeast(option.Name, parsed.GetValue(option), 1);
            }

            var spec = new RulesBenchmarkSpec
            {
                Width = parsed.GetValue(width),
                BatchesPerSine = parsed.GetValue(batches),
                Repetitions = parsed.GetValue(repetitions),
                Threads = Arguments.Threads(parsed.GetValue(threads)),
            };
            if (parsed.GetValue(json))
            {
                output.Json([.. RulesBenchmark.Run(spec)], CommandJson.Types.RuleResultArray);
                return ExitCodes.Success;
            }

            output.Results.WriteLine(
                $"{spec.Threads} thread(s), vectors of {(int)VectorWidths.Current} bits; seconds a lifetime with its meta-gradient, " +
                $"medians of {spec.Repetitions}, alternating");
            foreach (RuleResult row in RulesBenchmark.Run(spec))
            {
                string line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Rule,-30} width {row.Width}, {row.InnerSteps} × {row.BatchSize}: {row.Engine} {row.Median:0.0000} s, " +
                        $"{row.Other} {row.OtherMedian:0.0000} s; {row.AllocatedBytesPerLifetime:0} bytes allocated; {row.Engine} / " +
                        $"{row.Other} {row.Ratio:0.000}");
                output.Results.WriteLine(line);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Records(Output output)
    {
        var recipe = new Option<string>("--recipe")
        { Description = "A built-in recipe.", DefaultValueFactory = _ => "sines/laptop/iid/flp-2" };
        var outerSteps = Number("--outer-steps", "Outer steps of each measurement.", 1000);
        var rounds = Number("--rounds", "Pairs of measurements.", 5);
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "records", "Measures what metrics, events and checkpoints cost: the same outer steps with and without them.") { recipe,
            outerSteps, rounds, json };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast(outerSteps.Name, parsed.GetValue(outerSteps), 1);
            Arguments.ExpectAtLeast(rounds.Name, parsed.GetValue(rounds), 1);
            string folder = Directory.CreateTempSubdirectory("engram-records-").FullName;
            try
            {
                RecordsBenchmarkResult result = RecordsBenchmark.Run(
                    parsed.GetValue(recipe)!, parsed.GetValue(outerSteps), parsed.GetValue(rounds), folder, (i, percent) =>
                    output.Note(string.Create(CultureInfo.InvariantCulture, $"round {i + 1}: {percent:0.00} % of processor time")));
                if (parsed.GetValue(json))
                {
                    output.Json(result, CommandJson.Types.RecordsBenchmarkResult);
                    return ExitCodes.Success;
                }

                output.Results.WriteLine(
                    $"recipe             {result.Recipe}, {result.OuterSteps} outer steps, {result.Checkpoints} checkpoints, one thread");
                output.Results.WriteLine(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"without records    " +
                    $"{result.ProcessorSecondsWithout.Order().ElementAt(result.ProcessorSecondsWithout.Count / 2):0.000} s of processor " +
                    $"time (median of {result.ProcessorSecondsWithout.Count})"));
                output.Results.WriteLine(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"with records       {result.ProcessorSecondsWith.Order().ElementAt(result.ProcessorSecondsWith.Count / 2):0.000} s " +
                    $"of processor time"));
                output.Results.WriteLine(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"records cost       {result.ProcessorPercent:0.00} % of processor time, {result.WallPercent:0.00} % of time " +
                    $"(medians of the pairs)"));
                return ExitCodes.Success;
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    private static Command Supervised(Output output)
    {
        var defaults = new SupervisedBenchmarkSpec();
        var method = new Option<string>("--method")
        {
            Description = "Method of credit assignment ('engram list methods' names them), or one of the comparison's.",
            DefaultValueFactory = _ => defaults.Method
        };
        var comparison = new Option<string?>("--comparison")
        {
            Description =
            "A comparison whose network, method's settings, batches and optimizers are timed; 'engram list comparisons' names those " +
            "that are built in."
        };
        var widths = new Option<string?>("--widths")
        {
            Description =
            $"Widths of the fully connected network, input and output included. Default: {string.Join(',', defaults.Widths)}."
        };
        var batch = new Option<int?>("--batch-size")
        { Description = "Examples in a batch. Default: the comparison's, or 64." };
        var steps = Number("--steps", "Steps of a measurement.", defaults.Steps);
        var repetitions = Number("--repetitions", "Measurements.", defaults.Repetitions);
        Option<int?> threads = TrainCommand.ThreadsOption();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "supervised", "Times steps of ordinary training by a method of credit assignment, with Adam, on random examples.") { method,
            comparison, widths, batch, steps, repetitions, threads, json };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast(steps.Name, parsed.GetValue(steps), 1);
            Arguments.ExpectAtLeast(repetitions.Name, parsed.GetValue(repetitions), 1);
            Arguments.ExpectAtLeast(batch.Name, parsed.GetValue(batch) ?? 1, 1);
            if (parsed.GetValue(comparison) is not null && parsed.GetValue(widths) is not null)
            {
                throw new EngramException(
                    "Found --comparison with --widths, expected one of the two: a comparison has its own network.");
            }

            SupervisedBenchmarkResult result = SupervisedBenchmark.Run(new SupervisedBenchmarkSpec
            {
                Method = parsed.GetRequiredValue(method),
                Comparison = parsed.GetValue(comparison),
                Widths = parsed.GetValue(widths) is { } text ? Widths(text) : defaults.Widths,
                BatchSize = parsed.GetValue(batch),
                Steps = parsed.GetValue(steps),
                Repetitions = parsed.GetValue(repetitions),
                Threads = Arguments.Threads(parsed.GetValue(threads)),
            });
            if (parsed.GetValue(json))
            {
                output.Json(result, CommandJson.Types.SupervisedBenchmarkResult);
                return ExitCodes.Success;
            }

            output.Results.WriteLine(
                $"what               {result.Spec.Method}, {result.Network}, batches of {result.Spec.BatchSize}, {result.Spec.Threads} " +
                $"thread(s), vectors of {(int)VectorWidths.Current} bits");
            output.Results.WriteLine(
                $"time of a step     {Numbers.Short(1e3 * result.MedianSeconds)} ms (median of {result.SecondsPerStep.Count} × " +
                $"{result.Spec.Steps}; fastest {Numbers.Short(1e3 * result.SecondsPerStep.Min())})");
            output.Results.WriteLine($"60,000 examples    {Numbers.Short(result.ProcessorSecondsPerEpoch)} s of processor time");
            output.Results.WriteLine(
                $"allocated          {result.AllocatedBytesPerStep.ToString("0", CultureInfo.InvariantCulture)} bytes a step");
            output.Results.WriteLine(
                $"rate               {Tenths(result.Gigaflops)} GFLOP/s of backpropagation's products, {Tenths(result.PercentOfPeak)} % " +
                $"of the FMA peak of {Tenths(result.MedianPeak)} GFLOP/s");
            return ExitCodes.Success;
        });
        return command;
    }

    private static int[] Widths(string text)
    {
        string[] parts = text.Split(',');
        int[] widths = [.. parts.Select(p => int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out int width) ? width : 0)];
        return widths.Length >= 2 && widths.All(w => w > 0)
            ? widths
            : throw new EngramException(
                $"Found --widths {text}, expected at least two whole numbers from 1 on, with commas between, such as 784,256,10.");
    }

    private static Command Lifetime(Output output)
    {
        var defaults = new LifetimeBenchmarkSpec();
        var shared = new SharedOptions(defaults);
        var width = Number("--width", "Width of the network; 300 is the paper's.", defaults.Width);
        var batches =
            Number("--batches-per-sine", "Batches per sine, of ten sines; 40 is the paper's, 400 inner steps.", defaults.BatchesPerSine);
        var batch = Number("--batch-size", "Examples in a batch.", defaults.BatchSize);
        var budget = new Option<int?>("--memory-budget")
        { Description = "Memory for checkpoints and kept activity, in MiB. Default: the engine's." };
        var command =
            new Command("lifetime", "Times whole outer steps on incremental sines: data, lifetime, exact meta-gradient and Adam step.")
        {
            width, batches, batch, budget,
        };
        shared.AddTo(command);
        command.SetAction(parsed =>
        {
            foreach (Option<int> option in new[] { width, batches, batch })
            {
                Arguments.ExpectAtLeast(option.Name, parsed.GetValue(option), 1);
            }

            Arguments.ExpectAtLeast(budget.Name, parsed.GetValue(budget), 0);
            var spec = new LifetimeBenchmarkSpec
            {
                Width = parsed.GetValue(width),
                BatchesPerSine = parsed.GetValue(batches),
                BatchSize = parsed.GetValue(batch),
                MemoryBudgetBytes = parsed.GetValue(budget) is { } mebibytes ? (long)mebibytes << 20 : null,
            };
            return Time(output, shared.Apply(spec, parsed), parsed.GetValue(shared.Json));
        });
        return command;
    }

    private static Command Images(Output output)
    {
        var defaults = new ImageBenchmarkSpec();
        var shared = new SharedOptions(defaults);
        var size = Number("--image-size", "Height and width of the images; 84 is the paper's.", defaults.ImageSize);
        var channels = Number("--channels", "Channels of the six convolutions; 128 is the paper's.", defaults.Channels);
        var padding = Number("--padding", "Padding of the convolutions; 0 is the paper's.", defaults.Padding);
        var outputs = Number("--outputs", "Outputs, of which five are used; 1,000 is the paper's.", defaults.Outputs);
        var command = new Command(
            "images",
            "Times whole outer steps of 5-way 5-shot classification: data, convolutions, lifetime, exact meta-gradient and Adam step.")
        {
            size, channels, padding, outputs,
        };
        shared.AddTo(command);
        command.SetAction(parsed =>
        {
            foreach (Option<int> option in new[] { size, channels, outputs })
            {
                Arguments.ExpectAtLeast(option.Name, parsed.GetValue(option), 1);
            }

            Arguments.ExpectAtLeast(padding.Name, parsed.GetValue(padding), 0);
            var spec = new ImageBenchmarkSpec
            {
                ImageSize = parsed.GetValue(size),
                Channels = parsed.GetValue(channels),
                Padding = parsed.GetValue(padding),
                Outputs = parsed.GetValue(outputs),
            };
            return Time(output, shared.Apply(spec, parsed), parsed.GetValue(shared.Json));
        });
        return command;
    }

    /// <summary>The options that every benchmark of lifetimes has.</summary>
    private sealed class SharedOptions(BenchmarkSpec defaults)
    {
        private readonly Option<string> learner = new("--learner")
        { Description = "Learner; 'engram list learners' names them.", DefaultValueFactory = _ => defaults.Learner };
        private readonly Option<int> plastic = Number("--plastic-layers", "Plastic layers.", defaults.PlasticLayers);
        private readonly Option<int> lifetimes = Number("--lifetimes", "Lifetimes an outer step.", defaults.LifetimesPerOuterStep);
        private readonly Option<int> repetitions = Number("--repetitions", "Outer steps to time.", defaults.Repetitions);
        private readonly Option<string?> engine = Arguments.Engine();
        private readonly Option<int?> threads = TrainCommand.ThreadsOption();

        public Option<bool> Json { get; } = new("--json") { Description = "Print JSON." };

        public void AddTo(Command command)
        {
            foreach (Option option in new Option[] { learner, plastic, lifetimes, repetitions, engine, threads, Json })
            {
                command.Add(option);
            }
        }

        /// <summary>The benchmark with what was asked for.</summary>
        public BenchmarkSpec Apply(BenchmarkSpec spec, ParseResult parsed)
        {
            foreach (Option<int> option in new[] { plastic, lifetimes, repetitions })
            {
                Arguments.ExpectAtLeast(option.Name, parsed.GetValue(option), 1);
            }

            return spec with
            {
                Learner = parsed.GetRequiredValue(learner),
                PlasticLayers = parsed.GetValue(plastic),
                LifetimesPerOuterStep = parsed.GetValue(lifetimes),
                Repetitions = parsed.GetValue(repetitions),
                Engine = parsed.GetValue(engine),
                Threads = Arguments.Threads(parsed.GetValue(threads)),
            };
        }
    }

    private static int Time(Output output, BenchmarkSpec spec, bool json)
    {
        bool quiet = json || !output.MessagesToTerminal;
        LifetimeBenchmarkResult result =
            LifetimeBenchmark.Run(spec, quiet ? null : (i, seconds) => output.Note($"repetition {i + 1}: {Numbers.Short(seconds)} s"));
        if (json)
        {
            output.Json(result, CommandJson.Types.LifetimeBenchmarkResult);
        }
        else
        {
            Print(output, result);
        }

        return ExitCodes.Success;
    }

    private static Command Kernels(Output output)
    {
        var width = Number("--width", "Width of the network whose layers' products are timed.", new LifetimeBenchmarkSpec().Width);
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "kernels", "Times each matrix product of a lifetime on one thread, with what it does to its result.") { width, json };
        command.SetAction(parsed =>
        {
            Arguments.ExpectAtLeast(width.Name, parsed.GetValue(width), 1);
            KernelResult[] results = [.. KernelBenchmark.Run(parsed.GetValue(width))];
            if (parsed.GetValue(json))
            {
                output.Json(results, CommandJson.Types.KernelResultArray);
            }
            else
            {
                output.Table(
                    ["Product", ">Rows", ">Columns", ">Depth", ">GFLOP/s", ">% of peak"],
                    results.Select(
                        r =>
                        (string[])[r.Name, Whole(r.Rows), Whole(r.Columns), Whole(r.Depth), Tenths(r.Gigaflops), Tenths(r.PercentOfPeak)]));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static void Print(Output output, LifetimeBenchmarkResult result)
    {
        string[] rows =
        [
            $"what               {result.Spec.Description}, {result.Spec.LifetimesPerOuterStep} lifetime(s) an outer step, " +
                $"{result.Spec.Threads} thread(s), vectors of {(int)VectorWidths.Current} bits",
            $"operations         {Tenths(result.Count.TotalGigaflop)} GFLOP a lifetime: {Tenths(result.Count.FrozenGigaflop)} in frozen " +
                $"layers, {Tenths(result.Count.PlasticGigaflop)} in plastic steps",
            $"seconds            {result.MedianSeconds.ToString("0.0000", CultureInfo.InvariantCulture)} a lifetime (median of " +
                $"{result.SecondsPerLifetime.Count}, from " +
                $"{result.SecondsPerLifetime.Min().ToString("0.0000", CultureInfo.InvariantCulture)} to " +
                $"{result.SecondsPerLifetime.Max().ToString("0.0000", CultureInfo.InvariantCulture)})",
            $"rate               {Tenths(result.Gigaflops)} GFLOP/s, of {Tenths(result.MedianPeak)} GFLOP/s that fused multiply-adds " +
                $"reach on the same threads",
            $"peak memory        {Tenths(result.PeakMemoryBytes / (double)(1 << 20))} MiB, whole process",
            $"managed allocation {Tenths(result.AllocatedBytesPerLifetime)} bytes a lifetime after the first outer step",
            $"share of peak      {Tenths(result.PercentOfPeak)} %",
        ];
        foreach (string row in rows)
        {
            output.Results.WriteLine(row);
        }
    }

    private static Option<int> Number(string name, string description, int value) => new(name)
    { Description = description, DefaultValueFactory = _ => value };

    private static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Tenths(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
