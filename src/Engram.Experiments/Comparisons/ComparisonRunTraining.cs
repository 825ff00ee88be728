using System.Diagnostics;
using System.Globalization;
using System.Text;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Supervised;
using Engram.Supervised.Layers;
using Engram.Supervised.Training;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>Trains one run of a comparison from where it stands to its end.</summary>
/// <remarks>
/// After each epoch the network is measured on the validation examples; where that is better than ever before, on the test examples too. It
/// ends after the last epoch, or when as many epochs as the
/// comparison's patience have brought nothing better. Checkpoints carry the sums inside an epoch, so that a run that was stopped or killed
/// anywhere ends in the same bits. A run that has ended keeps
/// its last weights alone.
/// </remarks>
internal sealed class ComparisonRunTraining : IDisposable
{
    private const double SecondsBetweenReports = 0.1;
    private const double LeastSecondsBetweenCheckpoints = 30;

    // A checkpoint of a large network takes seconds: no more than this part of the time goes into them.
    private const double LargestShareOfCheckpoints = 1.0 / 30;
    private const string ProgressKey = "comparison_progress";
    private const string WeightsName = "weights.safetensors";

    private readonly ComparisonFolder folder;
    private readonly ComparisonRun run;
    private readonly ComparisonOptions options;
    private readonly Comparison comparison;
    private readonly SupervisedTrainer trainer;
    private readonly StepMeasures measures;
    private readonly LabelledExamples validation, test;
    private readonly Stopwatch clock = new();
    private readonly string path;
    private Progress done = Progress.Start;
    private double secondsBefore;

    public ComparisonRunTraining(
        ComparisonFolder folder, ComparisonRun run, ISupervisedProblem problem, ComparisonOptions options, int threads)
    {
        (this.folder, this.run, this.options, comparison, path) = (folder, run, options, folder.Comparison, folder.FolderOf(run));
        ComparedMethod method = comparison.Methods.First(m => m.Label == run.Method);
        SupervisedNetworkSpec network = comparison.Network.For(problem.Shape, comparison.IsClassification);
        (validation, test) = (new LabelledExamples(problem, ExampleSplit.Validation), new LabelledExamples(problem, ExampleSplit.Test));
        trainer = new SupervisedTrainer(network, method.Method, method.Training
            with
        { Rate = run.Rate }, new LabelledExamples(problem, ExampleSplit.Train), run.Seed, threads);
        measures = new StepMeasures(trainer.Network);
    }

    private double Seconds => secondsBefore + clock.Elapsed.TotalSeconds;

    private int Epochs => trainer.Spec.Epochs;

    private bool IsOver =>
        trainer.IsDone || (comparison.Patience is { } patience && done.Best is { } best && done.Last!.Epoch - best.Epoch >= patience);

    /// <summary>Trains it to its end.</summary>
    /// <exception cref="RunStoppedException">It was told to stop; a checkpoint is written.</exception>
    public ComparisonRunResult Run(CancellationToken stop)
    {
        RunDirectory.MakeFolder(path);
        FolderKind.ExpectRegularFiles(path);
        AtomicFile.RemoveLeftovers(path);
        Resume();
        if (EpochsProblem() is { } problem)
        {
            options.Run.Note?.Invoke(problem);
        }

        using var epochs =
            JsonLines<EpochLine>.Continue(folder.EpochsPath(run), ComparisonsJson.Epoch, l => l.Epoch <= (done.Last?.Epoch ?? 0));
        clock.Start();
        double lastReport = double.NegativeInfinity, nextCheckpoint = LeastSecondsBetweenCheckpoints;
        long first = trainer.StepsDone;
        try
        {
            while (!IsOver)
            {
                if (stop.IsCancellationRequested)
                {
                    epochs.Flush();
                    Save();
                    throw new RunStoppedException(folder.Folder);
                }

                SupervisedStepReport report = trainer.Step(IsMeasured(trainer.StepsDone) ? measures : null);
                done = done.With(report);
                bool whole = trainer.StepsDone % trainer.StepsPerEpoch == 0;
                if (whole)
                {
                    EndEpoch(epochs);
                }

                double elapsed = clock.Elapsed.TotalSeconds;
                if (elapsed >= nextCheckpoint && !IsOver)
                {
                    epochs.Flush();
                    Save();
                    double taken = clock.Elapsed.TotalSeconds - elapsed;
                    nextCheckpoint = elapsed + taken + Math.Max(LeastSecondsBetweenCheckpoints, taken / LargestShareOfCheckpoints);
                }

                if (whole || elapsed - lastReport >= SecondsBetweenReports)
                {
                    lastReport = elapsed;
                    Report(elapsed * trainer.StepsPerEpoch / (trainer.StepsDone - first), null);
                }
            }

            epochs.Flush();
            WriteWeights();
            return End(new ComparisonRunResult(run, RunState.Finished, done.Last!.Epoch, done.Best, Seconds));
        }
        catch (NonFiniteException e)
        {
            // That a method explodes at a rate is a result.
            options.Run.Note?.Invoke($"{run.Name}: {e.Message}");
            epochs.Flush();
            return End(new ComparisonRunResult(run, RunState.Diverged, done.Last?.Epoch ?? 0, done.Best, Seconds) { Message = e.Message });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        measures.Dispose();
        trainer.Dispose();
    }

    // Whole epochs come before the checkpoint that counts them.
    private string? EpochsProblem()
    {
        string file = folder.EpochsPath(run);
        JsonLinesContent<EpochLine> content = JsonLines<EpochLine>.ReadContent(file, ComparisonsJson.Epoch);
        int expected = done.Last?.Epoch ?? 0,
            found = content.Lines.Select(l => l.Epoch).Where(e => e >= 1 && e <= expected).Distinct().Count();
        return found == expected && content.Damaged.IsEmpty ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"Found {found} epochs of {expected} whole in '{file}', expected all of them; the curves lack the others, and the " +
                $"result does not.");
    }

    private bool IsMeasured(long step)
    {
        long inEpoch = step % trainer.StepsPerEpoch, steps = trainer.StepsPerEpoch, wanted = Math.Min(comparison.MeasuredSteps, steps);

        // The first step of each of as many equal parts of the epoch.
        return wanted > 0 && (inEpoch == 0 || inEpoch * wanted / steps != (inEpoch - 1) * wanted / steps);
    }

    private void EndEpoch(JsonLines<EpochLine> epochs)
    {
        SupervisedScore found = trainer.Evaluate(validation);
        bool errors = comparison.IsClassification;
        (var layers, var own) = measures.Take();
        var line = new EpochLine(trainer.EpochsDone, done.LossSum / done.Examples, found.Loss, layers, own, Seconds)
        {
            TrainErrorPercent = errors ? 100.0 * (done.Examples - done.Correct) / done.Examples : null,
            ValidationErrorPercent = errors ? found.ErrorPercent : null,
        };
        if (done.Best is not { } best || line.Validation < best.Validation)
        {
            SupervisedScore score = trainer.Evaluate(test);
            line = line with { TestLoss = score.Loss, TestErrorPercent = errors ? score.ErrorPercent : null };
        }

        epochs.Add(line);
        done = new Progress(0, 0, 0, line, line.Test is null ? done.Best : line, null, 0);
    }

    private ComparisonRunResult End(ComparisonRunResult result)
    {
        folder.WriteResult(result);
        Checkpoints.Clear(path);
        Report(double.NaN, result);
        return result;
    }

    // What was learnt, under the names that checkpoints have.
    private void WriteWeights()
    {
        var writer = new SafetensorsWriter();
        for (int l = 0; l < trainer.Network.Layers.Length; l++)
        {
            SupervisedLayer<float> layer = trainer.Network.Layers[l];
            writer.Add($"layer{l}.weight", layer.Spec.WeightShape.AsSpan(), layer.Weights);
            writer.Add($"layer{l}.bias", [layer.Spec.WeightRows], layer.Biases);
        }

        foreach ((string name, Tensor<float> values) in trainer.Method.Parameters.Select(p => (p.Name, p.Values))
            .Concat(trainer.Method.Memory.Select(m => (m.Name, m.Values))))
        {
            writer.Add("method." + name, values);
        }

        writer.Write(Path.Combine(path, WeightsName), checksum: true);
    }

    private void Save()
    {
        Progress saved = done with { Measures = measures.Save(), Seconds = Seconds };
        trainer.Capture().Write(Checkpoints.PathOf(path, trainer.StepsDone), [new(ProgressKey, ComparisonsJson.Checkpoint.Write(saved))]);
        Checkpoints.Prune(path);
    }

    private void Resume()
    {
        var found = Checkpoints.Read(
            path, file => ((SupervisedState, Progress)?)(SupervisedState.Read(file), Progress.Load(file)), options.Run.Note);
        if (found is not ({ } state, { } progress))
        {
            return;
        }

        trainer.Restore(state);
        Checkpoints.DropAfter(path, trainer.StepsDone);
        measures.Restore(progress.Measures!);
        (done, secondsBefore) = (progress with { Measures = null }, progress.Seconds);
    }

    private void Report(double secondsPerEpoch, ComparisonRunResult? result) =>
        options.Progress?.Invoke(
            new ComparisonProgress(
            run, trainer.StepsDone / (double)trainer.StepsPerEpoch, Epochs, done.Last, done.Best, secondsPerEpoch, result));

    /// <summary>What a run is at besides its weights: it travels in checkpoints.</summary>
    internal sealed record Progress(
        double LossSum, long Correct, long Examples, EpochLine? Last, EpochLine? Best, MeasureSums? Measures, double Seconds)
    {
        public static Progress Start { get; } = new(0, 0, 0, null, null, null, 0);

        public Progress With(in SupervisedStepReport report) =>
            this with
            {
                LossSum = LossSum + (report.Loss * report.Examples),
                Correct = Correct + report.Correct,
                Examples = Examples
                + report.Examples
            };

        public static Progress Load(string path) =>
            ComparisonsJson.Checkpoint.Parse(Encoding.UTF8.GetBytes(SafetensorsFile.Read(path).MetadataOf(ProgressKey)), path);
    }
}
