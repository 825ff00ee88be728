using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests;

/// <summary>Whole lives in files: lived again from their numbers by plain loops.</summary>
public sealed class LifeExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Write_OjaLife_IsLivedAgainByPlainLoops()
    {
        SafetensorsFile file =
            Export("learner: {name: flp}\ninitialization: {hidden-plasticity: 1e-3, readout-plasticity: 2e-3}", out ExportedLife written);

        (int steps, int n) = (file["stream.input"].Shape[0], file["stream.input"].Shape[1]);
        double[][][] weights = [Matrix(file, "state.layer1.weight", 0), Matrix(file, "state.layer2.weight", 0)];
        double[][] biases = [Row(file, "meta.layer1.bias"), Row(file, "meta.layer2.bias")];
        for (int t = 0; t < steps; t++)
        {
            double[][] input = Frozen(file, Matrix(file, "stream.input", t)), target = Matrix(file, "stream.target", t);
            double[][] hidden = Layer(input, weights[0], biases[0], relu: true), output = Layer(hidden, weights[1], biases[1], relu: false);
            double[][] error = Zip(target, output, (y, x) => y - x);
            AssertClose(error, Matrix(file, "step.signal", t));
            AssertClose(error, Matrix(file, "step.error", t));
            double[][] hiddenAfter = WithFeedback(file, 1, hidden, error, t), outputAfter = WithFeedback(file, 2, output, error, t);
            weights = [Oja(file, 1, weights[0], input, hiddenAfter), Oja(file, 2, weights[1], hidden, outputAfter)];
            AssertClose(weights[0], Matrix(file, "state.layer1.weight", t + 1));
            AssertClose(weights[1], Matrix(file, "state.layer2.weight", t + 1));
        }

        Assert.Equal((8, 4), (steps, n));
        Assert.NotEqual(0, weights[1][0][0] - Matrix(file, "state.layer2.weight", 0)[0][0]);
        double[][] answers =
            Layer(Layer(Frozen(file, Matrix(file, "query.input")), weights[0], biases[0], true), weights[1], biases[1], false);
        AssertQuery(file, answers, written);
    }

    [Fact]
    public void Write_GradientLife_IsLivedAgainByPlainLoops()
    {
        SafetensorsFile file = Export(
            "learner: {name: gradient}\ninitialization: {hidden-plasticity: 1e-2, readout-plasticity: 2e-2}", out ExportedLife written);

        (double[][] w1, double[][] w2) = (Matrix(file, "state.layer1.weight", 0), Matrix(file, "state.layer2.weight", 0));
        (double[] b1, double[] b2) = (Row(file, "state.layer1.bias", 0), Row(file, "state.layer2.bias", 0));
        for (int t = 0; t < file["stream.input"].Shape[0]; t++)
        {
            double[][] input = Frozen(file, Matrix(file, "stream.input", t)), target = Matrix(file, "stream.target", t);
            double[][] hidden = Layer(input, w1, b1, true), output = Layer(hidden, w2, b2, false);
            double[][] top = Zip(output, target, (x, y) => 2 * (x - y) / (output.Length * output[0].Length));
            double[][] below =
                [.. hidden.Select((h, r) => h.Select((value, j) => value > 0 ? top[r].Select((g, k) => g * w2[k][j]).Sum() : 0).ToArray())];
            (w1, b1) = Descend(file, 1, w1, b1, input, below);
            (w2, b2) = Descend(file, 2, w2, b2, hidden, top);
            AssertClose(w1, Matrix(file, "state.layer1.weight", t + 1));
            AssertClose([b2], [Row(file, "state.layer2.bias", t + 1)]);
        }

        AssertQuery(file, Layer(Layer(Frozen(file, Matrix(file, "query.input")), w1, b1, true), w2, b2, false), written);
    }

    [Fact]
    public void Write_EveryThird_KeepsBirthThoseMomentsAndTheEnd()
    {
        SafetensorsFile all = Export("learner: {name: flp, rule: oja-trace}\ninitialization: {hidden-plasticity: 1e-2}", out _);
        SafetensorsFile some = SafetensorsFile.Read(Write(3, "some").Path, verifyChecksum: true);

        Assert.Equal([0, 3, 6, 8], some["moments"].ToArray<int>());
        Assert.Equal([4, 5, 6], some["state.layer1.trace"].Shape.AsEnumerable());
        Assert.Equal([3, 4, 5], some["step.layer1.feedback"].Shape.AsEnumerable());
        Assert.Equal(Matrix(all, "state.layer1.trace", 8), Matrix(some, "state.layer1.trace", 3));
        Assert.Equal(Matrix(all, "step.layer1.after_feedback", 5), Matrix(some, "step.layer1.after_feedback", 1));
        Assert.Equal(all["stream.input"].ToArray<float>(), some["stream.input"].ToArray<float>());
        Assert.Equal("engram-life-1", some.MetadataOf("format"));
        Assert.Equal(("meta-test", "3", "0"), (some.MetadataOf("split"), some.MetadataOf("every"), some.MetadataOf("life")));
    }

    [Fact]
    public void Write_OtherSplitAndIndex_AreOtherLives()
    {
        SafetensorsFile first = Export("learner: {name: flp}", out _);
        float[] second = SafetensorsFile.Read(Write(1, "second", life: 1).Path)["stream.input"].ToArray<float>();
        float[] training = SafetensorsFile.Read(Write(1, "training", split: Split.MetaTrain).Path)["stream.input"].ToArray<float>();

        Assert.Equal(
            3, ((float[][])[first["stream.input"].ToArray<float>(), second, training]).Select(x => string.Join(' ', x)).Distinct().Count());
    }

    [Fact]
    public void Write_Answers_AreThoseOfTheWeightsOfEachMoment()
    {
        SafetensorsFile file = Export(
            "learner: {name: flp, rule: bcm}\ninitialization: {hidden-plasticity: 1e-4, readout-plasticity: 1e-4}",
            out ExportedLife written);

        double[][] frozen = Frozen(file, Matrix(file, "query.input")), target = Matrix(file, "query.target");
        AssertClose(frozen, Matrix(file, "query.layer0.activity"));
        AssertClose(Frozen(file, Matrix(file, "stream.input", 3)), Matrix(file, "stream.layer0.activity", 3));
        for (int moment = 0; moment <= written.InnerSteps; moment++)
        {
            double[][] hidden = Layer(frozen, Matrix(file, "state.layer1.weight", moment), Row(file, "meta.layer1.bias"), relu: true);
            double[][] answers = Layer(hidden, Matrix(file, "state.layer2.weight", moment), Row(file, "meta.layer2.bias"), relu: false);
            AssertClose(answers, Matrix(file, "answers.output", moment));
            Assert.Equal(
                Zip(answers, target, (x, y) => (x - y) * (x - y)).Average(row => row.Average()),
                file["answers.loss"].ToArray<double>()[moment], 1e-6);
        }

        Assert.Equal(file["query.output"].ToArray<float>(), file["answers.output"].ToArray<float>()[^file["query.output"].Count..]);
    }

    [Fact]
    public void Write_ChosenParts_LeavesTheOthersOut()
    {
        Export("learner: {name: flp}", out _);
        SafetensorsFile none = SafetensorsFile.Read(Write(1, "none", parts: LifeParts.None).Path);
        SafetensorsFile states = SafetensorsFile.Read(Write(1, "states", parts: LifeParts.States).Path);

        Assert.Equal(
            ["moments", "query.loss", "query.output", "query.output_at_birth", "query.task", "stream.task"],
            none.Tensors.Keys.Where(k => !k.StartsWith("meta.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["state.layer1.weight", "state.layer2.weight"], states.Tensors.Keys.Except(none.Tensors.Keys).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Record_MoreThanAllowed_IsRefusedInOneLine()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([1000, 1000, 1], 2), new LocalLearnerSpec());
        var options = new LifeRecorderOptions { MemoryBytes = 1L << 30 };
        string found = Assert.Throws<EngramException>(() => LifeRecorder.ExpectMemory(layout, 400, 1, 10, options)).Message;

        Assert.Equal(
            "Found a need of 1.5 GiB of memory for 401 moments of a life of 400 inner steps, expected at most the 1.0 GiB that were " +
            "allowed; keep fewer moments, such as every 10th, with --every 10.", found);
        LifeRecorder.ExpectMemory(layout, 400, 1, 10, options with { Parts = LifeParts.Answers });
    }

    [Theory]
    [InlineData(1 << 24, 100_000, 1 << 24, "Found a need of ")]
    [InlineData(
        100_000, 100, 1,
        "Found 100,001 moments of the state layer0.weight, 3.7 GiB, expected at most 2.0 GiB of one tensor; keep fewer moments, such as " +
        "every 10th, with --every 10.")]
    public void ExpectMemory_TooLongALife_SaysHowToKeepLess(int steps, int width, int every, string message)
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([width, 100, 1], 2), new LocalLearnerSpec());
        string found = Assert.Throws<EngramException>(
            () => LifeRecorder.ExpectMemory(layout, steps, 1, 10, new LifeRecorderOptions { Every = every })).Message;

        Assert.StartsWith(message, found, StringComparison.Ordinal);
        Assert.EndsWith($"with --every {10L * every}.", found, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_EachLifetime_HasTheMeanOfTheEvaluation()
    {
        Export("learner: {name: flp}", out ExportedLife written);
        var lives = new List<EvaluatedLife>();
        RunResult result = RunTraining.Evaluate(Path.Combine(folder.Path, "run"), 5, new TrainingOptions { Threads = 2 }, each: lives.Add);

        Assert.Equal([0, 1, 2, 3, 4], lives.Select(l => l.Index));
        Assert.Equal(result.Evaluation!.QueryLoss, lives.Average(l => l.QueryLoss), 12);
        Assert.Equal(written.QueryLoss, lives[0].QueryLoss, 1e-6);
        string csv = Path.Combine(folder.Path, "lives.csv");
        EvaluatedLife.WriteCsv(csv, lives);
        string[] lines = File.ReadAllLines(csv);
        Assert.Equal("run,seed,split,index,queryLoss,queryAccuracy", lines[0]);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"run,1,meta-test,2,{lives[2].QueryLoss:R},"), lines[3]);
    }

    private SafetensorsFile Export(string learner, out ExportedLife written)
    {
        Recipe recipe = RecipeReader.Parse(
            $$"""
            task: {sines: 2, batches-per-sine: 4, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            {{learner}}
            meta-training: {outer-steps: 2}
            evaluation: {lifetimes: 2}
            """,
            "tiny.yaml");
        using (RunDirectory run = RunDirectory.Create(Path.Combine(folder.Path, "run"), recipe, RunEnvironment.Here("tiny", 1, 1)))
        {
            RunTraining.Run(run, new TrainingOptions { Threads = 1 });
        }

        written = Write(1, "life");
        return SafetensorsFile.Read(written.Path, verifyChecksum: true);
    }

    private ExportedLife Write(int every, string name, ulong life = 0, Split? split = null, LifeParts parts = LifeParts.All)
    {
        using var run = TrainedRun.Open(Path.Combine(folder.Path, "run"));
        return LifeExport.Write(
            run, life, Path.Combine(folder.Path, name + ".safetensors"), new TrainingOptions().Data, split, new LifeRecorderOptions
            { Every = every, Parts = parts });
    }

    private static double[][] WithFeedback(SafetensorsFile file, int layer, double[][] activity, double[][] signal, int t)
    {
        double[][] feedback =
            Layer(signal, Matrix(file, $"meta.layer{layer}.feedback0.weight"), Row(file, $"meta.layer{layer}.feedback0.bias"), relu: true);
        double strength = file[$"meta.layer{layer}.beta"].ToArray<float>()[0];
        double[][] after = Zip(activity, feedback, (x, f) => ((1 - strength) * x) + (strength * f));
        AssertClose(activity, Matrix(file, $"step.layer{layer}.activity", t));
        AssertClose(feedback, Matrix(file, $"step.layer{layer}.feedback", t));
        AssertClose(after, Matrix(file, $"step.layer{layer}.after_feedback", t));
        return after;
    }

    // ΔW_ji = α_ji Σₙ (p_nj a_ni − p_nj² W_ji).
    private static double[][] Oja(SafetensorsFile file, int layer, double[][] weights, double[][] pre, double[][] post)
    {
        double[][] alpha = Matrix(file, $"meta.layer{layer}.alpha");
        return [.. weights.Select((row, j) => row.Select((w, i) =>
        {
            double change = 0;
            for (int n = 0; n < pre.Length; n++)
            {
                change += (post[n][j] * pre[n][i]) - (post[n][j] * post[n][j] * w);
            }

            return w + (alpha[j][i] * change);
        }).ToArray())];
    }

    private static (double[][] Weights, double[] Biases) Descend(
        SafetensorsFile file, int layer, double[][] weights, double[] biases, double[][] input, double[][] adjoint)
    {
        double[][] alpha = Matrix(file, $"meta.layer{layer}.alpha");
        double[] ofBias = Row(file, $"meta.layer{layer}.alpha_bias");
        return (
            [.. weights.Select(
                (row, j) => row.Select((w, i) => w - (alpha[j][i] * input.Select((x, n) => x[i] * adjoint[n][j]).Sum())).ToArray())],
            [.. biases.Select((b, j) => b - (ofBias[j] * adjoint.Sum(a => a[j])))]);
    }

    private static double[][] Frozen(SafetensorsFile file, double[][] input) =>
        Layer(input, Matrix(file, "meta.layer0.weight"), Row(file, "meta.layer0.bias"), relu: true);

    private static double[][] Layer(double[][] input, double[][] weights, double[] biases, bool relu) =>
        [.. input.Select(
            x =>
            weights.Select((row, j) => row.Select((w, i) => w * x[i]).Sum() + biases[j]).Select(z => relu ? Math.Max(z, 0) : z).ToArray())];

    private static double[][] Zip(double[][] a, double[][] b, Func<double, double, double> of) =>
        [.. a.Zip(b, (x, y) => x.Zip(y, of).ToArray())];

    private static double[][] Matrix(SafetensorsFile file, string name, int? moment = null)
    {
        TensorEntry entry = file[name];
        float[] numbers = entry.ToArray<float>();
        (int rows, int columns) = (entry.Shape[^2], entry.Shape[^1]);
        return [.. Enumerable.Range(0, rows)
            .Select(r => numbers.Skip(((((moment ?? 0) * rows) + r) * columns)).Take(columns).Select(v => (double)v).ToArray())];
    }

    private static double[] Row(SafetensorsFile file, string name, int moment = 0)
    {
        TensorEntry entry = file[name];
        return [.. entry.ToArray<float>().Skip(moment * entry.Shape[^1]).Take(entry.Shape[^1]).Select(v => (double)v)];
    }

    private static void AssertQuery(SafetensorsFile file, double[][] answers, ExportedLife written)
    {
        AssertClose(answers, Matrix(file, "query.output"));
        double loss = Zip(answers, Matrix(file, "query.target"), (x, y) => (x - y) * (x - y)).Average(row => row.Average());
        Assert.Equal(loss, written.QueryLoss, 1e-6);
        Assert.Equal(loss, file["query.loss"].ToArray<double>()[1], 1e-6);
        Assert.Equal(written.QueryLoss, double.Parse(file.MetadataOf("query_loss"), CultureInfo.InvariantCulture));
    }

    private static void AssertClose(double[][] expected, double[][] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int r = 0; r < expected.Length; r++)
        {
            Assert.Equal(expected[r].Length, found[r].Length);
            for (int c = 0; c < expected[r].Length; c++)
            {
                Assert.InRange(Math.Abs(expected[r][c] - found[r][c]), 0, 1e-6 * Math.Max(1, Math.Abs(expected[r][c])));
            }
        }
    }
}
