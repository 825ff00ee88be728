using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sweeps;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests.Runs;

/// <summary>The JSON of ours: what is read of it, what is refused, and that its bytes are what they were; and files of runs that are no
/// files.</summary>
public sealed class StateFileTests : IDisposable
{
    private static readonly JsonSerializerOptions Reflected = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly TemporaryFolder folder = new();

    private string Run => Path.Combine(folder.Path, "run");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Forms_OfEverythingWritten_WriteTheSameBytesAsReflection()
    {
        var result = new RunResult
        {
            State = RunState.Finished,
            Recipe = "ü<&'\"",
            RunningQueryLoss = double.NaN,
            Evaluation = new EvaluationSummary { Lifetimes = 3, Split = "meta-test", QueryLoss = 1e-17, QueryErrorPercent = 12.5 },
            Expected = new ExpectedResult("query-loss", 1, null, 0.5, "x"),
        };
        var line = new EpochLine(
            1, 2.5, double.PositiveInfinity, [new LayerMeasures(0, 1, 2, double.NaN, 4)], [new OwnMeasure("é", 0, 1)], 3)
        { TestLoss = 1 };
        var comparison = new ComparisonRunResult(new ComparisonRun("bp", 0.1, 1), RunState.Diverged, 3, line, 9) { Message = "m" };
        (SweepPlan plan, _) = SweepPlan.Draw(Sweep());

        Same(RunsJson.Environment, RunEnvironment.Here("r", ulong.MaxValue, 2));
        Same(RunsJson.Result, result);
        Same(RunsJson.Group, new GroupFile(1, "g", ["a/b", "c"]));
        Same(SweepsJson.Plan, plan);
        Same(SweepsJson.Validations, [new Validation(1, 2, 3, 4) { QueryErrorPercent = 5 }]);
        Same(ComparisonsJson.Result, comparison);
        Same(ComparisonsJson.Checkpoint,
            new ComparisonRunTraining.Progress(1, 2, 3, line, line, new MeasureSums([1], [2], [new OwnSum("n", 0, 1, 2)]), 4));
        var oneLine = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
        Assert.Equal(JsonSerializer.Serialize(line, oneLine), ComparisonsJson.Epoch.Write(line));
        var metrics = new MetricsLine(1, 2, double.NaN, 4, 5, 6) { QueryErrorPercent = 7 };
        Assert.Equal(JsonSerializer.Serialize(metrics, oneLine), RunsJson.Metrics.Write(metrics));

        static void Same<T>(JsonForm<T> form, T value)
            where T : class
        {
            string text = form.Write(value);
            Assert.Equal(JsonSerializer.Serialize(value, Reflected), text);
            Assert.Equal(text, form.Write(form.Parse(System.Text.Encoding.UTF8.GetBytes(text), "f")));
        }
    }

    [Theory]
    [InlineData("\"seed\": 1,", "\"seed\": 1, \"seed\": 2,", "a member stands there twice")]
    [InlineData("\"threads\": 1", "\"threads\": -1", "threads is -1")]
    [InlineData("\"threads\": 1,", "", "")]
    [InlineData("\"recipe\": \"r\"", "\"recipe\": null", "")]
    [InlineData("\"recipe\": \"r\"", "\"recipe\": \"r\", \"more\": 1", "more")]
    [InlineData("\"seed\": 1", "\"seed\": \"1\"", "seed")]
    [InlineData("\"seed\": 1", "\"seed\": 1.5", "seed")]
    [InlineData("\"recipe\": \"r\"", "\"recipe\": \"\\ud800\"", "")]
    public void Environment_OtherThanWritten_IsRefusedInOneLine(string found, string instead, string expected)
    {
        Make();
        Change("environment.json", found, instead);

        string error = Assert.Throws<EngramException>(() => RunDirectory.ReadEnvironment(Run)).Message;
        Assert.Contains("environment.json' that is not what Engram writes there (", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Theory]
    [InlineData("\"factor\": 3", "\"factor\": 1", "factor is 1")]
    [InlineData("\"firstRung\": 100", "\"firstRung\": 0", "firstRung is 0")]
    [InlineData("\"networks\": 2", "\"networks\": 2147483647", "networks is 2147483647")]
    [InlineData("\"vary\": [", "\"vary\": [null,", "a key that is varied is none")]
    [InlineData("\"trial-002\"", "\"trial-001\"", "a trial stands there twice")]
    [InlineData("\"trial-001-seed-1\"", "\"../run\"", "a run of trial-001 is not a name")]
    [InlineData("\"trial-001-seed-1\"", "null", "a run of trial-001 is not a name")]
    [InlineData("\"random\"", "1", "spec.search")]
    public void SweepPlan_OtherThanWritten_IsRefusedInOneLine(string found, string instead, string expected)
    {
        AtomicFile.WriteText(Path.Combine(folder.Path, "sweep.json"), SweepsJson.Plan.Write(SweepPlan.Draw(Sweep()).Plan));
        string path = Path.Combine(folder.Path, "sweep.json"), text = File.ReadAllText(path);
        Assert.Contains(found, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(found, instead, StringComparison.Ordinal));

        string error = Assert.Throws<EngramException>(() => SweepPlan.Read(folder.Path)).Message;
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Theory]
    [InlineData("\"members\": [", "\"members\": [\"a\",", "twice")]
    [InlineData("\"name\": \"g\"", "\"name\": \"g\", \"members\": [\"a\"]", "twice as a member")]
    [InlineData("\"b\"", "\"..\"", "outside")]
    [InlineData("\"b\"", "null", "nothing")]
    public void Group_OtherThanWritten_IsMadeAnewFromItsRuns(string found, string instead, string what)
    {
        string group = Path.Combine(folder.Path, "group");
        Recipe recipe = RecipeReader.Load("quick-start/flp");
        RunGroup.Create(group, "g", [new GroupMember("a", "quick-start/flp", recipe), new GroupMember("b", "quick-start/flp", recipe)], 1)
            .Dispose();
        string path = Path.Combine(group, "group.json"), text = File.ReadAllText(path);
        Assert.True(text.Contains(found, StringComparison.Ordinal), what);
        File.WriteAllText(path, text.Replace(found, instead, StringComparison.Ordinal));
        string? note = null;

        using RunGroup opened = RunGroup.Open(group, n => note = n);
        Assert.Contains("damaged", note, StringComparison.Ordinal);
        Assert.Equal<string>(["a", "b"], opened.Members);
    }

    [LinuxFact]
    public void Pipes_InThePlaceOfEveryFileOfARun_AreRefusedAtOnce()
    {
        Make();
        foreach (string name in (string[])["environment.json", "recipe.yaml", "result.json", "metrics.jsonl",
            "events.out.tfevents.1.engram", "checkpoint-0000000001.safetensors", "checkpoint-9999999999.safetensors", "lock", "lock.owner",
            "lock.taken", "manifest.sha256"])
        {
            string path = Path.Combine(Run, name), aside = path + ".aside";
            if (File.Exists(path))
            {
                File.Move(path, aside);
            }

            NamedPipe.Make(path);
            Task<string> told = Task.Run(() => Assert.Throws<EngramException>(() => RunDirectory.Open(Run).Dispose()).Message);
            Assert.True(told.Wait(TimeSpan.FromMinutes(1)), name);
            Assert.Contains($"Found a pipe at '{path}', expected a regular file", told.Result, StringComparison.Ordinal);
            Assert.Single(new RunStore(folder.Path).List());
            File.Delete(path);
            if (File.Exists(aside))
            {
                File.Move(aside, path);
            }
        }

        RunDirectory.Open(Run).Dispose();
    }

    [LinuxFact]
    public void Device_InThePlaceOfAResult_IsRefusedAtOnce()
    {
        Make();
        File.CreateSymbolicLink(Path.Combine(Run, "result.json"), "/dev/zero");

        Assert.Contains(
            "Found a device at", Assert.Throws<EngramException>(() => RunDirectory.ReadResult(Run)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Run, "result.json"));
    }

    [LinuxFact]
    public void HugeFiles_OfHoles_AreRefusedWithoutTheirSize()
    {
        Make();
        foreach (string name in (string[])["result.json", "metrics.jsonl"])
        {
            using FileStream file = File.Create(Path.Combine(Run, name));
            file.SetLength(200L << 20);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more than", Assert.Throws<EngramException>(() => RunDirectory.ReadResult(Run)).Message, StringComparison.Ordinal);
        Assert.Empty(MetricsLog.Read(Run));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300L << 20);
    }

    [LinuxFact]
    [SupportedOSPlatform("linux")]
    public void List_WithAFolderThatMayNotBeRead_ShowsTheOtherRuns()
    {
        Make();
        string closed = Directory.CreateDirectory(Path.Combine(folder.Path, "lost+found")).FullName;
        foreach (string entry in Directory.EnumerateFiles(Run).Append(folder.Path).Append(Run))
        {
            File.SetUnixFileMode(
                entry,
                UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite | UnixFileMode.GroupRead
                    | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        File.SetUnixFileMode(closed, UnixFileMode.None);
        RunSummary[] listed = [];
        AsNobody(() => listed = [.. new RunStore(folder.Path).List()]);
        File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        Assert.Equal(["lost+found", "run"], listed.Select(r => r.Name));
        Assert.Contains("Could not read", listed[0].Problem, StringComparison.Ordinal);
        Assert.Null(listed[1].Problem);
    }

    [Theory]
    [InlineData("1e-400", "so small that it would become 0")]
    [InlineData("-1e-400", "so small that it would become 0")]
    [InlineData("0.0000001e-330", "so small that it would become 0")]
    [InlineData("1e400", "so large that it would become infinite")]
    [InlineData("1e-46", "so small that it would become 0 in single precision")]
    [InlineData("7e-46", "so small that it would become 0 in single precision")]
    [InlineData("1e39", "so large that it would become infinite in single precision")]
    public void Setting_ThatIsLostInADouble_IsRefusedInOneLine(string number, string expected)
    {
        string error = Assert.Throws<EngramException>(
            () => RecipeReader.Load("quick-start/flp", [$"meta-training.rates.feedforward={number}"])).Message;

        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains(number, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    // Only what a thread may do with files changes, and only of this one.
    private static void AsNobody(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                _ = Environment.IsPrivilegedProcess ? SetFileUser(65534) : 0;
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [DllImport("libc", EntryPoint = "setfsuid")]
    private static extern int SetFileUser(uint user);

    private static SweepSpec Sweep() => SweepReader.Parse(
        """
        recipe: quick-start/flp
        search: random
        trials: 3
        networks: 2
        vary:
          learner.rule: [oja, hebb]
          meta-training.rates.feedforward: {from: 1e-4, to: 1e-2, scale: logarithmic}
        stopping: {rule: halving, first: 100, factor: 3}
        """,
        "s.yaml");

    private void Make() => RunDirectory.Create(Run, RecipeReader.Load("quick-start/flp"), RunEnvironment.Here("r", 1, 1)).Dispose();

    private void Change(string name, string found, string instead)
    {
        string path = Path.Combine(Run, name), text = File.ReadAllText(path);
        Assert.Contains(found, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(found, instead, StringComparison.Ordinal));
    }
}
