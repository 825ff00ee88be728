using Engram.Experiments.Tests;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Arrays;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

using static Engram.Tasks.Tests.Arrays.ArrayFolder;

namespace Engram.Tasks.Tests.Arrays;

public sealed class FileArraysTests : IDisposable
{
    private static readonly int[] Fifteen = [.. Enumerable.Range(0, 15)];

    private readonly ArrayFolder files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Fill_WholeLifetimes_AreTheFilesInOrderAndSharedOutByFifths()
    {
        ITaskFamily family = new ArraysSpec { Data = files.Npz(Lives(10)) }.Create(DataContext.Default());
        var lives = Assert.IsType<LifetimeArrays>(family);
        Assert.Equal(new EpisodeShape(3, 2, 4, 1, 2), family.Shape);
        Assert.Equal([0, 1, 2, 3, 4, 5], lives.LifetimesOf(Split.MetaTrain));
        Assert.Equal([6, 7], lives.LifetimesOf(Split.MetaValidation));
        Assert.Equal([8, 9], lives.LifetimesOf(Split.MetaTest));

        using var episode = new Episode<double>(family.Shape);
        for (ulong index = 0; index < 5; index++)
        {
            family.Fill(index, Split.MetaTest, index, episode);
            int life = 8 + (int)(index % 2);
            Assert.Equal(Enumerable.Range(life * 24, 24).Select(i => (double)i), episode.StreamInputs.ToArray());
            Assert.Equal(Enumerable.Range(life * 6, 6).Select(i => -(double)i), episode.StreamTargets.ToArray());
            Assert.Equal(Enumerable.Range(life * 8, 8).Select(i => i + 0.5), episode.QueryInputs.ToArray());
            Assert.Equal(Enumerable.Range(life * 2, 2).Select(i => i + 1000.0), episode.QueryTargets.ToArray());
        }

        // All of the meta-training lifetimes turn up, and no other.
        int[] met = [.. Enumerable.Range(0, 100).Select(i => Met((ulong)i)).Distinct().Order()];
        Assert.Equal([0, 1, 2, 3, 4, 5], met);

        int Met(ulong index)
        {
            family.Fill(7, Split.MetaTrain, index, episode);
            return (int)episode.StreamInputs[0, 0] / 24;
        }
    }

    [Fact]
    public void Fill_SplitArray_DecidesWhoIsWhere()
    {
        Named split = Named.Of("split", [10], i => i % 3);
        var lives = (LifetimeArrays)new ArraysSpec { Data = files.Safetensors([.. Lives(10), split]) }.Create(DataContext.Default());

        Assert.Equal([0, 3, 6, 9], lives.LifetimesOf(Split.MetaTrain));
        Assert.Equal([1, 4, 7], lives.LifetimesOf(Split.MetaValidation));
        Assert.Equal([2, 5, 8], lives.LifetimesOf(Split.MetaTest));
    }

    [Fact]
    public void Fill_InputsOfRankThree_AreBatchesOfOne()
    {
        ITaskFamily family = new LabelledArraysSpec
        {
            Data = files.Npy(
                Named.Of("stream.input", [5, 6, 2], i => i),
                Named.Of("stream.target", [5, 6], i => i % 4),
                Named.Of("query.input", [5, 3, 2], i => i),
                Named.Of("query.target", [5, 3], i => i % 3)),
        }.Create(DataContext.Default());

        Assert.Equal(new EpisodeShape(6, 1, 2, 4, 3), family.Shape);
        using var episode = new Episode<float>(family.Shape);
        family.Fill(0, Split.MetaTest, 0, episode);
        Assert.Equal(
            Enumerable.Range(24, 6).Select(i => i % 4),
            Enumerable.Range(0, 6).Select(row => episode.StreamTargets.Row(row).IndexOf(1f)));
    }

    [Fact]
    public void Fill_MaskAndNaN_BothLeaveTargetsOut()
    {
        Named[] lives =
        [
            .. Lives(10).Where(a => a.Name != "stream.target"),
            Named.Of("stream.target", [10, 3, 2, 1], i => i % 6 == 1 ? float.NaN : i),
            Named.Of("stream.mask", [10, 3, 2], i => i % 6 == 4 ? 0 : 1),
        ];
        ITaskFamily family = new ArraysSpec { Data = files.Safetensors(lives) }.Create(DataContext.Default());
        Assert.Equal((true, false), (family.Shape.MaskedStream, family.Shape.MaskedQuery));
        using var episode = new Episode<float>(family.Shape);
        family.Fill(0, Split.MetaValidation, 0, episode);

        Assert.Equal([1f, 0, 1, 1, 0, 1], episode.StreamMask.ToArray());
        Assert.Equal([36f, 0, 38, 39, 0, 41], episode.StreamTargets.ToArray());
    }

    [Fact]
    public void Fill_Pool_DrawsGroupsAndKeepsTheQueryApart()
    {
        var spec = new ArraysSpec { Data = Pool(), Groups = 2, BatchesPerGroup = 4, BatchSize = 3, QueryPerGroup = 5 };
        var family = (PooledArrays)spec.Create(DataContext.Default());
        Assert.Equal(new EpisodeShape(8, 3, 2, 1, 10), family.Shape);
        Assert.Equal(Fifteen[..9], family.GroupsOf(Split.MetaTrain));
        Assert.Equal(Fifteen[9..12], family.GroupsOf(Split.MetaValidation));
        Assert.Equal(Fifteen[12..], family.GroupsOf(Split.MetaTest));

        using var episode = new Episode<double>(family.Shape);
        foreach (Split split in Enum.GetValues<Split>())
        {
            for (ulong index = 0; index < 20; index++)
            {
                family.Fill(4, split, index, episode);
                int[] stream = [.. Enumerable.Range(0, 24).Select(r => (int)episode.StreamInputs[r, 0])];
                int[] query = [.. Enumerable.Range(0, 10).Select(r => (int)episode.QueryInputs[r, 0])];
                Assert.Equal(34, stream.Concat(query).Distinct().Count());
                int[] groups = [.. stream.Concat(query).Select(i => i % 15).Distinct()];
                Assert.Equal(2, groups.Length);
                Assert.All(groups, g => Assert.Contains(g, family.GroupsOf(split)));

                // Rows belong to the task they are said to belong to, and have their own targets.
                Assert.Equal(stream.Select(i => i % 15), Enumerable.Range(0, 24).Select(r => groups[episode.StreamTasks[r / 3]]));
                Assert.Equal(query.Select(i => i % 15), episode.QueryTasks.Select(task => groups[task]));
                Assert.Equal(stream.Select(i => 2.0 * i), episode.StreamTargets.ToArray());
                Assert.Equal(query.Select(i => 2.0 * i), episode.QueryTargets.ToArray());
            }
        }
    }

    [Fact]
    public void Fill_Ordering_ChangesNeitherGroupsNorQuery()
    {
        var spec = new ArraysSpec { Data = Pool(), Groups = 3, BatchesPerGroup = 4, QueryPerGroup = 5 };
        ITaskFamily continual = spec.Create(DataContext.Default());
        ITaskFamily iid = (spec with { Ordering = Ordering.Iid }).Create(DataContext.Default());
        using var one = new Episode<float>(continual.Shape);
        using var other = new Episode<float>(iid.Shape);
        continual.Fill(1, Split.MetaTrain, 3, one);
        iid.Fill(1, Split.MetaTrain, 3, other);

        Assert.Equal(one.QueryInputs.ToArray(), other.QueryInputs.ToArray());
        Assert.NotEqual(one.StreamTasks, other.StreamTasks);
        Assert.Equal(one.StreamTasks, other.StreamTasks.Order());
        Assert.Equal(one.StreamInputs.ToArray().Order(), other.StreamInputs.ToArray().Order());
    }

    [Fact]
    public void Fill_PoolWithoutGroups_IsSplitByExamplesAndAsksOnlyWhereThereIsATarget()
    {
        IEnumerable<string> lines = Enumerable.Range(0, 100).Select(i => $"{i},{(i % 2 == 0 ? "nan" : $"{i}")}\n");
        string csv = files.Text("pool.csv", "input,target\n" + string.Concat(lines));
        ITaskFamily family = new ArraysSpec { Data = csv, BatchesPerGroup = 15, QueryPerGroup = 5 }.Create(DataContext.Default());
        using var episode = new Episode<float>(family.Shape);
        (Split, int, int)[] shares = [(Split.MetaTrain, 0, 60), (Split.MetaValidation, 60, 80), (Split.MetaTest, 80, 100)];
        foreach ((Split split, int from, int to) in shares)
        {
            for (ulong index = 0; index < 10; index++)
            {
                family.Fill(1, split, index, episode);
                Assert.All(episode.StreamInputs.ToArray().Concat(episode.QueryInputs.ToArray()), i => Assert.InRange(i, from, to - 1));
                Assert.All(episode.QueryMask.ToArray(), m => Assert.Equal(1, m));
                Assert.Equal(episode.StreamInputs.ToArray().Select(i => i % 2), episode.StreamMask.ToArray());
            }
        }
    }

    [Fact]
    public void Fill_DrawnLabels_StandForOtherOutputsInEveryLifetimeAndTheSameWithinOne()
    {
        string path = files.Safetensors(Named.Of("input", [100, 1], i => i), Named.Of("target", [100], i => i % 5));
        var spec = new LabelledArraysSpec { Data = path, BatchesPerGroup = 12, QueryPerGroup = 6, DrawnLabels = true, Outputs = 8 };
        ITaskFamily family = spec.Create(DataContext.Default());
        using var episode = new Episode<float>(family.Shape);
        var maps = new HashSet<string>(StringComparer.Ordinal);
        for (ulong index = 0; index < 10; index++)
        {
            family.Fill(1, Split.MetaTrain, index, episode);
            var outputOf = new Dictionary<int, int>();
            foreach (bool query in (ReadOnlySpan<bool>)[false, true])
            {
                Tensor<float> inputs = query ? episode.QueryInputs : episode.StreamInputs;
                Tensor<float> targets = query ? episode.QueryTargets : episode.StreamTargets;
                for (int row = 0; row < inputs.Rows; row++)
                {
                    int label = (int)inputs[row, 0] % 5, output = targets.Row(row).IndexOf(1f);
                    outputOf.TryAdd(label, output);
                    Assert.Equal(outputOf[label], output);
                    Assert.Equal(1, targets.Row(row).ToArray().Sum());
                }
            }

            Assert.Equal(outputOf.Count, outputOf.Values.Distinct().Count());
            maps.Add(string.Join(' ', outputOf.OrderBy(p => p.Key)));
        }

        Assert.InRange(maps.Count, 8, 10);
    }

    [Fact]
    public void Csv_QuotesColumnsByNameAndSplits_AreHeeded()
    {
        string[] splits = ["train", "validation", "test"];
        string heading = "\uFEFF\"city, name\",temp,\"wind \"\"max\"\"\",load,split\r\n";
        IEnumerable<string> lines = Enumerable.Range(0, 30).Select(i => $"\"c{i % 3}\",{i},\"{i}.5\",{-i},{splits[i % 3]}\r\n");
        var spec = new ArraysSpec
        {
            Data = files.Text("data.csv", heading + string.Concat(lines) + "\r\n"),
            InputColumns = "wind \"max\", temp",
            TargetColumns = "load",
            GroupColumn = "city, name",
            BatchesPerGroup = 7,
            QueryPerGroup = 3,
        };
        var family = (PooledArrays)spec.Create(DataContext.Default());
        using var episode = new Episode<double>(family.Shape);
        family.Fill(1, Split.MetaTest, 0, episode);

        Assert.Equal([2], family.GroupsOf(Split.MetaTest));
        Assert.All(Enumerable.Range(0, 7), r =>
        {
            double i = episode.StreamInputs[r, 1];
            Assert.Equal((2.0, i + 0.5, -i), (i % 3, episode.StreamInputs[r, 0], episode.StreamTargets[r, 0]));
        });
    }

    [Fact]
    public void Create_FileThatChanged_IsReadAgain()
    {
        string path = files.Text("data.csv", "x,y\n" + string.Concat(Enumerable.Repeat("1,2\n", 50)));
        var spec = new ArraysSpec { Data = path, BatchesPerGroup = 2, QueryPerGroup = 1 };
        Assert.Equal(1, spec.Shape.Inputs);
        File.WriteAllText(path, "x0,x1,y\n" + string.Concat(Enumerable.Repeat("1,2,3\n", 50)));
        Assert.Equal(2, spec.Shape.Inputs);
    }

    [Fact]
    public void WithLengthAndTasks_AreOfPoolsAlone()
    {
        var pool = new ArraysSpec { Data = Pool(), Groups = 2, BatchesPerGroup = 4 };
        var lives = new ArraysSpec { Data = files.Npz(Lives(10)) };
        Assert.Equal(8, Assert.IsType<ArraysSpec>(pool.WithLength(2)).BatchesPerGroup);
        Assert.Equal(3, Assert.IsType<ArraysSpec>(pool.WithTasks(1.5)).Groups);
        Assert.Null(pool.WhyTasksAreFixed());
        Assert.Null(lives.WithLength(2));
        Assert.Null(lives.WithTasks(2));
        Assert.NotNull(lives.WhyTasksAreFixed());
    }

    [Theory]
    [InlineData("x,y\n1,2\n1\n", ":3: found 1 fields, expected 2")]
    [InlineData("x,y\n1,2\n1,2,3\n", ":3: found 3 fields, expected 2")]
    [InlineData("x,y\n1,2\n\n1,2\n", ":3: found an empty line")]
    [InlineData("x,y\n1,2\nabc,2\n", ":3: found 'abc' in column 'x', expected a number")]
    [InlineData("x,y\n,2\n", ":2: found '' in column 'x'")]
    [InlineData("x,y\n1,\"2\n", ":2: found a field that begins with a quote")]
    [InlineData("x,y\n1,\"2\"3\n", ":2: found '3' after a closing quote")]
    [InlineData("x,y\nnan,2\n", "Found NaN as an input at line 2, column 'x'")]
    [InlineData("x,y\n1,2\n1,inf\n", ":3: found 'inf' in column 'y'")]
    [InlineData("x,y\n1,2\n1,1e400\n", "as a target at line 3, column 'y'")]
    [InlineData("x,y\n1e39,2\n", "Found 1E+39 as an input at line 2")]
    [InlineData("a,y\n1,2\n", ":1: found no input column among 'a,y'")]
    [InlineData("x,z\n1,2\n", ":1: found no target column")]
    [InlineData("x;y\n1;2\n", "commas between")]
    [InlineData("x,x,y\n1,2,3\n", "two columns named 'x'")]
    [InlineData("x,y\n", "no lines below")]
    [InlineData("", "an empty file")]
    [InlineData("x,y,split\n1,2,dev\n", ":2: found 'dev' in column 'split', expected train, validation or test")]
    [InlineData("x,y,group,split\n1,2,a,train\n1,2,a,test\n", "for examples of one group")]
    public void Csv_Bad_IsToldByLineAndColumn(string text, string expected)
    {
        string path = files.Text("bad.csv", text);
        Refused(new ArraysSpec { Data = path }, expected, path);
    }

    [Fact]
    public void Create_BadArrays_AreToldByArrayAndPlace()
    {
        Named[] lives = Lives(10);
        Named input = Named.Of("input", [100, 3], i => i), target = Named.Of("target", [100, 2], i => i);
        foreach ((Named[] arrays, string expected) in new (Named[], string)[]
        {
            (Without("stream.target"), "no array 'stream.target'"),
            (Without("query.input"), "no array 'query.input'"),
            ([.. lives, Named.Of("streem.mask", [1], _ => 1)], "Found array 'streem.mask'"),
            ([target], "expected 'stream.input' and others for whole lifetimes, or 'input' and others"),
            (With(Named.Of("stream.input", [10, 4], i => i)), "array 'stream.input' of shape [10, 4]"),
            (With(Named.Of("stream.input", [10, 0, 2, 4], i => i)), "all of them 1 or more"),
            (With(Named.Of("stream.target", [10, 3, 3, 1], i => i)), "array 'stream.target' of shape [10, 3, 3, 1]"),
            (With(Named.Of("query.input", [9, 2, 4], i => i)), "array 'query.input' of shape [9, 2, 4]"),
            (With(Named.Of("query.target", [10, 2, 2], i => i)), "Found 2 numbers in each target of 'query.target'"),
            (With(Named.Of("stream.input", [10, 3, 2, 4], i => i == 30 ? float.NaN : i)), "NaN as an input at [1, 0, 1, 2] of array"),
            (With(Named.Of("query.input", [10, 2, 4], i => i == 9 ? float.PositiveInfinity : i)), "[1, 0, 1] of array 'query.input'"),
            (With(Named.Of("stream.target", [10, 3, 2, 1], i => i == 7 ? -1 / 0f : i)), "as a target at [1, 0, 1, 0] of array"),
            (With(Named.Of("query.target", [10, 2, 1], i => i is 4 or 5 ? float.NaN : i)), "without a single target, that of lifetime 2"),
            ([.. lives, Named.Of("stream.mask", [10, 3, 2], i => i == 8 ? 0.5f : 1)], "Found 0.5 at [1, 1, 0] of array 'stream.mask'"),
            ([.. lives, Named.Of("query.mask", [10, 3], _ => 1)], "array 'query.mask' of shape [10, 3]"),
            ([.. lives, Named.Of("split", [9], _ => 1)], "array 'split' of shape [9]"),
            ([.. lives, Named.Of("split", [10], _ => 3)], "Found 3 at [0] of array 'split'"),
            ([input with { Shape = [300] }, target], "array 'input' of shape [300]"),
            ([input, target, Named.Of("group", [99], i => i)], "array 'group' of shape [99]"),
            ([input, target, Named.Of("group", [100], i => i == 3 ? float.NaN : i)], "as a group at [3]"),
        })
        {
            string path = files.Safetensors(arrays);
            Refused(new ArraysSpec { Data = path }, expected, path);
        }

        Named[] Without(string name) => [.. lives.Where(a => a.Name != name)];
        Named[] With(Named one) => [.. Without(one.Name), one];
    }

    [Fact]
    public void Create_BadLabels_AreToldByPlace()
    {
        Named input = Named.Of("input", [100, 3], i => i);
        string halves = files.Safetensors(input, Named.Of("target", [100], i => i == 5 ? 1.5f : 1));
        string two = files.Safetensors(input, Named.Of("target", [100, 2], _ => 1));
        string seven = files.Safetensors(input, Named.Of("target", [100, 1], i => i % 8));
        Refused(new LabelledArraysSpec { Data = halves }, "Found 1.5 as a label at [5] of array 'target'", halves);
        Refused(new LabelledArraysSpec { Data = two }, "one label each", two);
        Refused(new LabelledArraysSpec { Data = seven, Outputs = 7 }, "Found label 7", seven);
        Assert.Equal(8, new LabelledArraysSpec { Data = seven }.Shape.Outputs);
    }

    [Fact]
    public void Create_OtherFiles_AreToldByPath()
    {
        string none = files.New("none.csv");
        string latin = files.New("latin.csv"), broken = files.Npy(Lives(2));
        File.WriteAllBytes(latin, [(byte)'x', (byte)',', (byte)'y', (byte)'\n', 0xE9, (byte)',', (byte)'1', (byte)'\n']);
        File.WriteAllText(Path.Combine(broken, "stream.input.npy"), "no array");
        foreach ((string path, string expected) in new[]
        {
            (none, "Found nothing at"),
            (Path.GetDirectoryName(none)!, "no arrays"),
            (files.Text("data.txt", "x,y\n"), "expected a .csv, .safetensors or .npz file"),
            (files.Text("a.safetensors", "x,y,z,u,v,w"), "not a safetensors file"),
            (files.Text("a.npz", "x,y"), "a file that starts with"),
            (latin, "not text in UTF-8"),
            (broken, "expected an array in NumPy's format"),
        })
        {
            Refused(new ArraysSpec { Data = path }, expected, path);
        }

        var nameless = Assert.Throws<SettingException>(() => new ArraysSpec().Create(DataContext.Default()));
        Assert.Contains("Found no file", nameless.Message, StringComparison.Ordinal);
        string npz = files.Npz(Lives(10));
        Refused(new ArraysSpec { Data = npz, TargetColumns = "y" }, "for .csv files only", npz);
    }

    /// <summary>Numbers of groups that differ in their last digit must not become one.</summary>
    [Theory]
    [InlineData("<i8", 9007199254740993, "9007199254740993")]
    [InlineData("<i8", -9007199254740993, "-9007199254740993")]
    [InlineData("<i8", long.MaxValue, "9223372036854775807")]
    [InlineData("<u8", -1, "18446744073709551615")]
    [InlineData("<i8", 9007199254740992, null)]
    [InlineData("<i8", long.MinValue, null)]
    public void Of_WholeNumbersThatADoubleLoses_AreRefused(string type, long number, string? found)
    {
        byte[] npy = [0x93, .. "NUMPY"u8, 1, 0, 70, 0,
            .. System.Text.Encoding.ASCII.GetBytes(
            $"{{'descr': '{type}', 'fortran_order': False, 'shape': (1,), }}".PadRight(69) + "\n"), .. BitConverter.GetBytes(number)];
        FileArray Read() => FileArray.Of("a.npz", Engram.Numerics.Files.NpyFile.Parse("a.npz", "group", npy));

        if (found is null)
        {
            Assert.Equal((double)number, Read()[0]);
        }
        else
        {
            Assert.StartsWith(
                $"Found {found} in array 'group' of 'a.npz', expected whole numbers within ±9007199254740992",
                Assert.Throws<EngramException>(() => Read()).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Nobody writes into the pipe: opening it would wait without end.</summary>
    [LinuxFact]
    public void Create_Pipe_IsRefusedAtOnce() => Assert.All(["a.csv", "a.safetensors", "a.npz"], name =>
    {
        string path = NamedPipe.Make(files.New(name));
        Refused(new ArraysSpec { Data = path }, "Found a pipe", path);
    });

    [Fact]
    public void Check_TooFewForASplit_SaysWhichAndHowMany()
    {
        (FileArraysSpec Spec, Split Split, string Expected)[] cases =
        [
            (new ArraysSpec { Data = files.Npz(Lives(1)) }, Split.MetaTrain, "Found 1 lifetimes"),
            (new ArraysSpec { Data = Pool(), Groups = 4, BatchesPerGroup = 2 }, Split.MetaValidation, "Found 3 groups for meta-validation"),
            (new ArraysSpec { Data = Pool(), BatchesPerGroup = 16 }, Split.MetaTest, "Found 20 examples in the group of line 14"),
        ];
        foreach ((FileArraysSpec spec, Split split, string expected) in cases)
        {
            ITaskFamily family = spec.Create(DataContext.Default());
            using var episode = new Episode<float>(family.Shape);
            foreach (Action check in (ReadOnlySpan<Action>)[() => family.Check(split), () => family.Fill(0, split, 0, episode)])
            {
                var error = Assert.Throws<EngramException>(check);
                Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
                Assert.Contains(spec.Data!, error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
            }
        }

        string groupless = files.Text("a.csv", "x,y\n1,2\n");
        Refused(new ArraysSpec { Data = groupless, Groups = 2 }, "no groups in", groupless);
    }

    [Fact]
    public void Create_DamagedFiles_EndWell()
    {
        string csv = Pool(), npz = files.Npz(Lives(4)), copy;
        var random = new RandomStream(5);
        foreach (string path in (string[])[csv, npz, files.Safetensors(Lives(4))])
        {
            byte[] sound = File.ReadAllBytes(path);
            int refused = 0;
            for (int round = 0; round < 150; round++)
            {
                byte[] damaged = sound[..(round % 3 > 0 ? sound.Length : random.NextInt32(sound.Length))];
                for (int flips = 1 + random.NextInt32(3); flips > 0 && damaged.Length > 0; flips--)
                {
                    damaged[random.NextInt32(Math.Min(damaged.Length, 600))] = (byte)random.NextInt32(256);
                }

                copy = files.New(Path.GetFileName(path));
                File.WriteAllBytes(copy, damaged);
                try
                {
                    var spec = new ArraysSpec { Data = copy, BatchesPerGroup = 5, QueryPerGroup = 2 };
                    spec.Create(DataContext.Default()).Check(Split.MetaTrain);
                }
                catch (EngramException error)
                {
                    refused++;
                    Assert.DoesNotContain('\n', error.Message);
                }
            }

            Assert.InRange(refused, 20, 150);
        }
    }

    /// <summary>Lifetimes of 3 inner steps of 2 examples with 4 inputs and 1 target, and 2 queries.</summary>
    private static Named[] Lives(int count) =>
    [
        Named.Of("stream.input", [count, 3, 2, 4], i => i),
        Named.Of("stream.target", [count, 3, 2, 1], i => -i),
        Named.Of("query.input", [count, 2, 4], i => i + 0.5f),
        Named.Of("query.target", [count, 2], i => i + 1000),
    ];

    private static void Refused(FileArraysSpec spec, string expected, string path)
    {
        var error = Assert.ThrowsAny<EngramException>(() => spec.Create(DataContext.Default()));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    /// <summary>300 examples in 15 groups of 20: example i has inputs i and 1, target 2i and group i mod 15.</summary>
    private string Pool() =>
        files.Text("pool.csv", "x0,x1,y,group\n" + string.Concat(Enumerable.Range(0, 300).Select(i => $"{i},1,{2 * i},g{i % 15}\n")));
}
