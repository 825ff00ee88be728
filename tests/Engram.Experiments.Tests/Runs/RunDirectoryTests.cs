using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests.Runs;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Run => Path.Combine(folder.Path, "run");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Create_Recipe_IsReadBackWithItsEnvironment()
    {
        Recipe recipe = RecipeReader.Load("quick-start/flp", ["meta-training.seed=7"]);
        using (RunDirectory created = Create(recipe))
        {
            Assert.Equal(RunState.Running, RunDirectory.StateOf(Run));
        }

        using RunDirectory opened = RunDirectory.Open(Run);
        Assert.Equal(recipe with { Values = opened.Recipe.Values }, opened.Recipe);
        Assert.Equal((7UL, "quick-start/flp", 3), (opened.Environment.Seed, opened.Environment.Recipe, opened.Environment.Threads));
        Assert.True(opened.Environment.Processors > 0);
    }

    [Fact]
    public void Write_FolderMadeAnewByAnother_IsRefusedAndNothingIsWritten()
    {
        if (OperatingSystem.IsWindows())
        {
            // There a folder with an open file in it cannot be deleted.
            return;
        }

        RunDirectory lost = Create();
        Directory.Delete(Run, recursive: true);
        using RunDirectory anew = Create();
        string[] before = [.. Directory.EnumerateFileSystemEntries(Run).Order(StringComparer.Ordinal)];

        foreach (Action write in (Action[])[lost.PruneCheckpoints, () => lost.DropCheckpointsAfter(0), () => lost.GoBackTo(0),
            lost.ExpectHeld])
        {
            Assert.Equal(
                $"Found the folder '{Run}' deleted, moved or replaced since this process took it, expected it left alone; nothing more " +
                    $"is written. Train under another name with --run.",
                Assert.Throws<EngramException>(write).Message);
        }

        lost.Dispose();
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(Run).Order(StringComparer.Ordinal));
        anew.ExpectHeld();
        Assert.Equal(RunState.Running, RunDirectory.StateOf(Run));
    }

    [Fact]
    public void ReadCheckpoint_ThatGoesWhileItIsRead_TriesAgainWithWhatIsThere()
    {
        using RunDirectory run = Create();
        File.WriteAllText(run.CheckpointPath(1), "1");
        int reads = 0;
        string? read = RunDirectory.ReadCheckpoint(Run, path =>
        {
            if (++reads < 4)
            {
                File.Delete(path);
                File.WriteAllText(run.CheckpointPath(reads + 1), "next");
                throw new EngramException($"Found no file '{path}', expected one; check the path.");
            }

            return path;
        });

        Assert.Equal((4, run.CheckpointPath(4)), (reads, read));
    }

    [Fact]
    public void Create_WhereARunIs_IsRefused()
    {
        Create().Dispose();

        var error = Assert.Throws<EngramException>(() => Create());
        Assert.Equal(
            $"Found a run in '{Run}' already, expected none; choose another name with --run, or resume it: engram train --resume " +
            $"--run run", error.Message);
        Assert.StartsWith(
            $"Found a run in '{Run}' already", Assert.Throws<EngramException>(() => CreateGroup()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WhereAGroupIs_IsRefused()
    {
        CreateGroup().Dispose();

        Assert.StartsWith(
            $"Found a group of runs in '{Run}' already", Assert.Throws<EngramException>(() => Create()).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            $"Found a group of runs in '{Run}' already", Assert.Throws<EngramException>(() => CreateGroup()).Message,
            StringComparison.Ordinal);
        Assert.False(RunDirectory.IsRun(Run));
    }

    [Theory]
    [InlineData("metrics.jsonl")]
    [InlineData("recipe.yaml")]
    [InlineData("a.partial")]
    [InlineData(".hidden")]
    [InlineData("deep/notes.txt")]
    public void Create_FolderThatHoldsSomethingElse_IsRefusedAndLeftAsItIs(string name)
    {
        string file = folder.File(Path.Combine("run", name), "precious");

        foreach (EngramException error in (EngramException[])[Assert.Throws<EngramException>(() => Create()),
            Assert.Throws<EngramException>(() => CreateGroup())])
        {
            Assert.Equal(
                $"Found '{name.Split('/')[0]}' in '{Run}', expected a new or empty folder; choose another name with --run.", error.Message);
            Assert.Equal("precious", File.ReadAllText(file));
            Assert.Equal([file], Directory.GetFiles(Run, "*", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public void Create_WhereAProcessWasKilledThatMadeOne_Works()
    {
        Create().Dispose();
        File.Delete(Path.Combine(Run, "environment.json"));
        File.WriteAllText(Path.Combine(Run, "environment.json.77-1.partial"), "half");

        Create().Dispose();

        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(Run));
        RunDirectory.Open(Run).Dispose();
    }

    [Fact]
    public void RunGroup_KilledWhileItMadeARun_IsMadeOnTheNextTry()
    {
        CreateGroup().Dispose();
        File.Delete(Path.Combine(Run, "group.json"));
        File.Delete(Path.Combine(Run, "gradient", "environment.json"));

        CreateGroup().Dispose();

        Assert.Equal(2, RunGroup.RunsOf(Run).Length);
    }

    [Fact]
    public void Environment_Missing_IsADamagedRunToWhoeverLooksForIt()
    {
        using (RunDirectory run = Create())
        {
            File.WriteAllText(run.CheckpointPath(10), "good");
        }

        File.Delete(Path.Combine(Run, "environment.json"));
        string recipe = File.ReadAllText(Path.Combine(Run, "recipe.yaml"));
        var store = new RunStore(folder.Path);

        string expected = $"Found the damaged run '{Run}' (environment.json is missing)";
        Assert.StartsWith(expected, Assert.Throws<EngramException>(() => RunDirectory.Open(Run)).Message, StringComparison.Ordinal);
        Assert.StartsWith(expected, Assert.Throws<EngramException>(() => RunDirectory.ReadRecipe(Run)).Message, StringComparison.Ordinal);
        Assert.StartsWith(expected, Assert.Throws<EngramException>(() => store.Find("run")).Message, StringComparison.Ordinal);
        Assert.StartsWith(expected, Assert.Single(store.List()).Problem, StringComparison.Ordinal);
        Assert.StartsWith(
            $"Found a damaged run in '{Run}' (environment.json is missing)",
            Assert.Throws<EngramException>(() => Create(RecipeReader.Load("quick-start/gradient"))).Message, StringComparison.Ordinal);
        Assert.Equal(recipe, File.ReadAllText(Path.Combine(Run, "recipe.yaml")));
        Assert.Equal(RunState.Empty, RunDirectory.StateOf(Run));
    }

    [Fact]
    public void Find_RunThatIsBeingMade_IsNoDamagedOne()
    {
        Create().Dispose();
        using (RunDirectory.Open(Run))
        {
            File.Delete(Path.Combine(Run, "environment.json"));
            Assert.StartsWith(
                "Found no run 'run'", Assert.Throws<EngramException>(() => new RunStore(folder.Path).Find("run")).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Open_WhileAnotherHasIt_IsRefusedWithItsProcess()
    {
        using RunDirectory first = Create();

        var error = Assert.Throws<RunInUseException>(() => RunDirectory.Open(Run));
        Assert.Contains($"in use by another process (process {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterTheOtherLetGo_Works()
    {
        Create().Dispose();

        RunDirectory.Open(Run).Dispose();
        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(Run));
    }

    [Fact]
    public void Open_RunOfANewerVersion_IsRefused()
    {
        Create().Dispose();
        string path = Path.Combine(Run, "environment.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal));

        var error = Assert.Throws<EngramException>(() => RunDirectory.Open(Run));
        Assert.Contains("format 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("newer", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"format\": ")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("null")]
    public void Open_DamagedEnvironment_IsRefused(string text)
    {
        Create().Dispose();
        File.WriteAllText(Path.Combine(Run, "environment.json"), text);

        var error = Assert.Throws<EngramException>(() => RunDirectory.Open(Run));
        Assert.Contains("environment.json", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_Nothing_IsRefused()
    {
        var error = Assert.Throws<EngramException>(() => RunDirectory.Open(Run));

        Assert.Contains("Found no run", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public void ReadCheckpoint_NewestDamaged_TakesTheOneBeforeAndSaysSo()
    {
        Create().Dispose();
        File.WriteAllText(Path.Combine(Run, "checkpoint-0000000010.safetensors"), "good");
        File.WriteAllText(Path.Combine(Run, "checkpoint-0000000020.safetensors"), "bad");
        var notes = new List<string>();

        string? read = RunDirectory.ReadCheckpoint(Run, Read, notes.Add);

        Assert.EndsWith("0010.safetensors", read, StringComparison.Ordinal);
        Assert.Contains("damaged checkpoint-0000000020", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadCheckpoint_BothDamaged_IsAnError()
    {
        Create().Dispose();
        File.WriteAllText(Path.Combine(Run, "checkpoint-0000000010.safetensors"), "bad");
        File.WriteAllText(Path.Combine(Run, "checkpoint-0000000020.safetensors"), "bad");

        var error = Assert.Throws<EngramException>(() => RunDirectory.ReadCheckpoint(Run, Read));
        Assert.Contains("Found no checkpoint", error.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint-0000000010", error.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint-0000000020", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadCheckpoint_None_IsNothing() => Assert.Null(RunDirectory.ReadCheckpoint(Run, Read));

    [Fact]
    public void PruneCheckpoints_Many_KeepsTheNewestTwo()
    {
        using RunDirectory run = Create();
        foreach (long step in (long[])[0, 5, 100, 20])
        {
            File.WriteAllText(run.CheckpointPath(step), "x");
        }

        run.PruneCheckpoints();

        Assert.Equal<string>([run.CheckpointPath(100), run.CheckpointPath(20)], RunDirectory.CheckpointsOf(Run));
    }

    [Fact]
    public void MetricsLog_TornLastLine_IsDropped()
    {
        Create().Dispose();
        using (MetricsLog log = MetricsLog.Continue(Run, 0))
        {
            log.Add(new MetricsLine(1, 1, 0.5, 0.5, 2, 0.1));
            log.Add(new MetricsLine(2, 2, 0.25, 0.4, 3, 0.2));
        }

        string path = Path.Combine(Run, MetricsLog.FileName);
        File.AppendAllText(path, "{\"outerStep\":3,\"lifet");

        Assert.Equal([1, 2], MetricsLog.Read(Run).Select(l => l.OuterStep));
        using (MetricsLog log = MetricsLog.Continue(Run, 2))
        {
            log.Add(new MetricsLine(3, 3, 0.1, 0.3, 1, 0.3));
        }

        Assert.Equal([1, 2, 3], MetricsLog.Read(Run).Select(l => l.OuterStep));
    }

    [Fact]
    public void MetricsLog_ContinuedFromAnEarlierStep_DropsWhatComesAgain()
    {
        Create().Dispose();
        using (MetricsLog log = MetricsLog.Continue(Run, 0))
        {
            for (int step = 1; step <= 10; step++)
            {
                log.Add(new MetricsLine(step, step, 1.0 / step, 1.0 / 3, step, step));
            }
        }

        using (MetricsLog.Continue(Run, 6))
        {
        }

        MetricsLine last = MetricsLog.Read(Run)[^1];
        Assert.Equal(new MetricsLine(6, 6, 1.0 / 6, 1.0 / 3, 6, 6), last);
    }

    [Fact]
    public void RunStore_Names_AreNumberedAndFound()
    {
        var store = new RunStore(folder.Path);
        string first = store.NewFolder("quick-start");
        RunDirectory.Create(first, RecipeReader.Load("quick-start/flp"), RunEnvironment.Here("quick-start/flp", 1, 1)).Dispose();

        Assert.Equal("quick-start-001", Path.GetFileName(first));
        Assert.Equal<string>([first], store.FoldersOf("quick-start"));
        Assert.Equal(first, store.Find("quick-start-001"));
        var error = Assert.Throws<EngramException>(() => store.Find("quick-start-011"));
        Assert.Contains("did you mean 'quick-start-001'?", error.Message, StringComparison.Ordinal);
        string second = store.NewFolder("quick-start");
        Assert.Equal("quick-start-002", Path.GetFileName(second));
        Assert.Equal<string>([second, first], store.FoldersOf("quick-start"));
        Assert.Equal(RunState.Interrupted, Assert.Single(store.List()).State);
    }

    [Theory]
    [InlineData("root/run", "--run run")]
    [InlineData("root/group/run", "--run group/run")]
    [InlineData("root/my run", "--run 'my run'")]
    [InlineData("elsewhere/run", "--run {0}/elsewhere/run")]
    [InlineData("root", "--run {0}/root")]
    public void RunStore_RunOption_LeadsToTheFolder(string path, string expected)
    {
        var store = new RunStore(Path.Combine(folder.Path, "root"));
        string run = Path.Combine(folder.Path, path);
        string option = store.RunOption(run);

        Assert.Equal(string.Format(CultureInfo.InvariantCulture, expected, Path.GetFullPath(folder.Path)), option);
        Assert.Equal(Path.GetFullPath(run), Path.GetFullPath(store.FolderOf(option["--run ".Length..].Trim('\''))));
    }

    [Fact]
    public void RunStore_RunThatCannotBeRead_IsListedWithItsProblem()
    {
        Create().Dispose();
        File.WriteAllText(Path.Combine(Run, "environment.json"), "{");

        Assert.Contains("damaged", Assert.Single(new RunStore(folder.Path).List()).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void RunGroup_Members_HaveFoldersAndAState()
    {
        using (RunGroup group = CreateGroup())
        {
            Assert.Equal(RunState.Running, RunGroup.StateOf(Run));
            Assert.Throws<RunInUseException>(() => RunGroup.Open(Run));
        }

        using (RunGroup group = RunGroup.Open(Run))
        {
            Assert.Equal<string>(["flp", "gradient"], group.Members);
            Assert.Equal(2UL, RunDirectory.ReadRecipe(group.FolderOf("gradient")).Seed);
        }

        Assert.Equal(RunState.Interrupted, RunGroup.StateOf(Run));
        Assert.Equal<string>([Path.Combine(Run, "flp"), Path.Combine(Run, "gradient")], RunGroup.RunsOf(Run));
        Assert.Equal(["run/flp", "run/gradient"], new RunStore(folder.Path).List().Select(r => r.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{ \"format\": 1, \"name\": ")]
    [InlineData("{ \"format\": 1, \"name\": \"x\", \"members\": [] }")]
    [InlineData("{ \"format\": 1, \"name\": \"x\", \"members\": [\"../elsewhere\"] }")]
    [InlineData("{ \"format\": 1, \"name\": \"x\", \"members\": [null, \"flp\"] }")]
    public void RunGroup_DamagedList_IsMadeAnewFromItsRuns(string text)
    {
        CreateGroup().Dispose();
        string path = Path.Combine(Run, "group.json");
        File.WriteAllText(path, text);
        var notes = new List<string>();

        Assert.Equal(2, RunGroup.RunsOf(Run).Length);
        Assert.Equal(text, File.ReadAllText(path));
        using (RunGroup group = RunGroup.Open(Run, notes.Add))
        {
            Assert.Equal<string>(["flp", "gradient"], group.Members);
        }

        Assert.Contains("group.json", Assert.Single(notes), StringComparison.Ordinal);
        using (RunGroup.Open(Run, notes.Add))
        {
            Assert.Single(notes);
        }
    }

    [Fact]
    public void RunGroup_DamagedListWithoutRuns_IsRefusedWithWhatToDo()
    {
        Directory.CreateDirectory(Run);
        File.WriteAllText(Path.Combine(Run, "group.json"), "{");

        var error = Assert.Throws<EngramException>(() => RunGroup.Open(Run));
        Assert.Contains("delete the folder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunGroup_KilledWhileItWasMade_IsMadeOnTheNextTry()
    {
        CreateGroup().Dispose();
        File.Delete(Path.Combine(Run, "group.json"));
        Directory.Delete(Path.Combine(Run, "gradient"), recursive: true);
        File.WriteAllText(Path.Combine(Run, "flp", "mark"), string.Empty);

        CreateGroup().Dispose();

        Assert.Equal(2, RunGroup.RunsOf(Run).Length);
        Assert.True(File.Exists(Path.Combine(Run, "flp", "mark")), "the run that was there was made again");
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("../x")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("/tmp/x")]
    [InlineData("a\\b")]
    [InlineData(" ")]
    public void FolderOfNew_NameThatIsNoPlainName_IsRefused(string name)
    {
        var error = Assert.Throws<EngramException>(() => new RunStore(folder.Path).FolderOfNew(name));
        Assert.Contains("plain name", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-x", "Found '-x' as the name of a new run, expected a plain name such as 'my-run', without a hyphen in front")]
    [InlineData("--run", "without a hyphen in front")]
    [InlineData("a\nb", "on one line and without control characters")]
    [InlineData("a\u007f", "on one line and without control characters")]
    public void FolderOfNew_NameThatCommandsCouldNotTake_SaysWhy(string name, string expected)
    {
        var error = Assert.Throws<EngramException>(() => new RunStore(folder.Path).FolderOfNew(name));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData('a', 200, 1)]
    [InlineData('日', 66, 3)]
    public void FolderOfNew_LongName_IsCountedInBytes(char letter, int most, int bytes)
    {
        var store = new RunStore(folder.Path);

        Assert.Equal(Path.Combine(folder.Path, new string(letter, most)), store.FolderOfNew(new string(letter, most)));
        var error = Assert.Throws<EngramException>(() => store.FolderOfNew(new string(letter, most + 1)));
        Assert.Contains($"expected at most 200 bytes rather than {(most + 1) * bytes}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindTrained_FileOfAnyName_IsReadAsWeights()
    {
        string file = folder.File("weights.bin", "no weights at all");

        Assert.Equal(file, new RunStore(folder.Path).FindTrained(file));
        Assert.Contains(
            "this is not a safetensors file", Assert.Throws<EngramException>(() => TrainedRun.Open(file)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Found no run", Assert.Throws<EngramException>(() => new RunStore(folder.Path).FindTrained(file + "s")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void FindTrained_RunOfTheNameOfAFile_IsTheRun()
    {
        string name = $"run-{Guid.NewGuid():N}", run = Path.Combine(folder.Path, name);
        RunDirectory.Create(run, RecipeReader.Load("quick-start/flp"), RunEnvironment.Here("quick-start/flp", 1, 1)).Dispose();
        File.WriteAllText(name, "a file in the working folder");
        try
        {
            Assert.Equal(run, new RunStore(folder.Path).FindTrained(name));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Theory]
    [InlineData("{ \"state\": \"finished\" }")]
    [InlineData("{ \"state\": \"no-such-state\" }")]
    [InlineData("{")]
    [InlineData("[]")]
    public void ReadResult_Damaged_IsToldAndCountsAsNotThere(string text)
    {
        Create().Dispose();
        File.WriteAllText(Path.Combine(Run, "result.json"), text);

        Assert.Null(RunDirectory.ReadResult(Run, out string? problem));
        Assert.Contains("result.json", problem, StringComparison.Ordinal);
        Assert.Equal(RunState.Interrupted, RunDirectory.StateOf(Run));
    }

    [Fact]
    public void Create_RecipeWithoutAName_IsCalledByItsFile()
    {
        string path = folder.File("my-own.yaml", "extends: quick-start/flp\nmeta-training: {seed: 9}\n");

        using RunDirectory run = Create(RecipeReader.Load(path));

        Assert.Equal("my-own", run.Recipe.Name);
        Assert.Equal("my-own", RunDirectory.ReadRecipe(Run).Name);
    }

    private RunGroup CreateGroup() => RunGroup.Create(
        Run,
        "quick-start",
        [.. ((string[])["flp", "gradient"])
            .Select(m => new GroupMember(m, $"quick-start/{m}", RecipeReader.Load($"quick-start/{m}", ["meta-training.seed=2"])))],
        1);

    private static string Read(string path) =>
        File.ReadAllText(path) == "good" ? path : throw new EngramException($"damaged {Path.GetFileName(path)}.");

    private RunDirectory Create(Recipe? recipe = null) =>
        RunDirectory.Create(
            Run, recipe ?? RecipeReader.Load("quick-start/flp"), RunEnvironment.Here("quick-start/flp", recipe?.Seed ?? 1, 3));
}
