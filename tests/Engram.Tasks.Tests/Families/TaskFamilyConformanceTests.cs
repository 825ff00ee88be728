using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Numerics.Memory;
using Engram.Tasks.Arrays;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;
using Engram.Tasks.Tests.Arrays;
using OwnParts;

using static Engram.Tasks.Tests.Arrays.ArrayFolder;

namespace Engram.Tasks.Tests;

/// <summary>What every registered task family owes, by its defaults and by settings that leave targets out.</summary>
public sealed class TaskFamilyConformanceTests : IDisposable
{
    /// <summary>
    /// Families that need files, or more than one set of settings; a registered family that is not here is taken as it is registered.
    /// </summary>
    private static readonly Dictionary<string, Func<ArrayFolder, TaskFamilySpec>> Cases = new(StringComparer.Ordinal)
    {
        ["sines, few targets"] = _ => new SinesSpec { Sines = 3, BatchesPerSine = 4, BatchSize = 2, TargetEvery = 3 },
        ["arrays"] = files => new ArraysSpec { Data = files.Safetensors(Lives(withGaps: false)) },
        ["arrays, whole lifetimes, gaps"] = files => new ArraysSpec { Data = files.Npy(Lives(withGaps: true)) },
        ["arrays, pool, gaps"] = files => Short(new ArraysSpec { Data = files.Text("pool.csv", Csv()), Groups = 2, BatchSize = 2 }),
        ["labelled-arrays"] = files => Short(new LabelledArraysSpec { Data = files.Npz(Labelled(absent: -2)), DrawnLabels = true }),
        ["labelled-arrays, gaps"] = files => Short(new LabelledArraysSpec { Data = files.Npz(Labelled(absent: 1)), Outputs = 9 }),
        ["delayed-cues"] = _ => new DelayedCuesSpec(),
    };

    private readonly ArrayFolder files = new();

    public static TheoryData<string> Names { get; } = [.. TaskFamilies.Registry.Names];

    public static TheoryData<string> Families { get; } = [.. TaskFamilies.Registry.Names.Union(Cases.Keys)];

    public void Dispose() => files.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Family_Summary_IsOneLine(string name) => Assert.Matches("^[^\n]{10,200}$", TaskFamilies.Registry.SummaryOf(name));

    [Theory]
    [MemberData(nameof(Families))]
    public void Family_Fill_IsAPureFunctionOfSeedSplitAndIndex(string name)
    {
        ITaskFamily family = Family(name);
        using var first = new Episode<float>(family.Shape);
        using var other = new Episode<float>(family.Shape);
        foreach (Split split in Enum.GetValues<Split>())
        {
            family.Check(split);
            family.Fill(1, split, 5, first);
            family.Fill(2, Split.MetaTrain, 6, other);
            Assert.NotEqual(
                [.. first.StreamInputs.ToArray(), .. first.StreamTargets.ToArray()],
                (float[])[.. other.StreamInputs.ToArray(), .. other.StreamTargets.ToArray()]);
            family.Fill(1, split, 5, other);
            Assert.All(Tensors(first).Zip(Tensors(other)), pair => Assert.Equal(pair.First, pair.Second));
            Assert.Equal(first.StreamTasks, other.StreamTasks);
            Assert.Equal(first.QueryTasks, other.QueryTasks);
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Family_Fill_GivesFiniteNumbersAndAllocatesNothing(string name)
    {
        ITaskFamily family = Family(name);
        using var episode = new Episode<float>(family.Shape);
        family.Fill(1, Split.MetaTrain, 0, episode);
        long before = GC.GetAllocatedBytesForCurrentThread();
        family.Fill(1, Split.MetaTrain, 1, episode);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.All(Tensors(episode), t => Assert.DoesNotContain(t, v => !float.IsFinite(v)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Family_Masks_AreZerosAndOnesOfTheTargetsShape(string name)
    {
        ITaskFamily family = Family(name);
        EpisodeShape shape = family.Shape;
        using var episode = new Episode<double>(shape);
        Assert.Equal((shape.MaskedStream, shape.MaskedQuery), (!episode.StreamMask.IsEmpty, !episode.QueryMask.IsEmpty));
        Assert.Equal(name.Contains("gaps", StringComparison.Ordinal) || name is "sines, few targets" or "delayed-cues", shape.MaskedStream);
        foreach (Split split in Enum.GetValues<Split>())
        {
            // What an episode held before must not show through.
            episode.StreamMask.Fill(7);
            episode.QueryMask.Fill(7);
            family.Fill(3, split, 2, episode);
            foreach (bool query in (ReadOnlySpan<bool>)[false, true])
            {
                Tensor<double> mask = query ? episode.QueryMask : episode.StreamMask;
                Tensor<double> targets = query ? episode.QueryTargets : episode.StreamTargets;
                if (!mask.IsEmpty)
                {
                    Assert.Equal((targets.Rows, targets.Columns), (mask.Rows, mask.Columns));
                    Assert.All(mask.ToArray(), m => Assert.True(m is 0 or 1));
                    Assert.Contains(1, mask.ToArray());
                }
            }

            Assert.True(!shape.MaskedStream || episode.StreamMask.ToArray().Contains(0), "No target is missing in a masked stream.");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Family_Splits_ShareNoExample(string name)
    {
        ITaskFamily family = Family(name);
        using var episode = new Episode<float>(family.Shape);
        var seen = new Dictionary<string, Split>(StringComparer.Ordinal);
        foreach (Split split in Enum.GetValues<Split>())
        {
            for (ulong index = 0; index < 4; index++)
            {
                family.Fill(1, split, index, episode);
                AddAll(episode.StreamInputs, episode.StreamTargets, split);
                AddAll(episode.QueryInputs, episode.QueryTargets, split);
            }
        }

        Assert.Equal(3, seen.Values.Distinct().Count());

        void AddAll(Tensor<float> inputs, Tensor<float> targets, Split split)
        {
            for (int row = 0; row < inputs.Rows; row++)
            {
                // The image alone in few-shot learning, where labels are drawn; elsewhere one input may have many targets, as a cue has.
                string key = Convert.ToHexString(MemoryMarshal.AsBytes(inputs.Row(row)))
                    + (family.Shape.Image is null ? Convert.ToHexString(MemoryMarshal.AsBytes(targets.Row(row))) : string.Empty);
                Assert.True(!seen.TryGetValue(key, out Split before) || before == split, $"An example of {split} was one of {before}.");
                seen[key] = split;
            }
        }
    }

    private static float[][] Tensors(Episode<float> e) =>
    [
        .. new[] { e.StreamInputs, e.StreamTargets, e.QueryInputs, e.QueryTargets, e.StreamMask, e.QueryMask }
            .Where(t => !t.IsEmpty)
            .Select(t => t.ToArray()),
    ];

    /// <summary>
    /// 20 lifetimes of 4 inner steps of 2 examples with 3 inputs and 2 targets, and 3 queries; with gaps, every third target is missing.
    /// </summary>
    private static Named[] Lives(bool withGaps) =>
    [
        Named.Of("stream.input", [20, 4, 2, 3], i => i),
        Named.Of("stream.target", [20, 4, 2, 2], i => withGaps && i % 3 == 0 ? float.NaN : -i),
        Named.Of("query.input", [20, 3, 3], i => i + 0.5f),
        Named.Of("query.target", [20, 3, 2], i => withGaps && i % 3 == 0 ? float.NaN : i),
    ];

    /// <summary>300 examples in 15 groups of 20, two inputs, one target, which is missing in every fifth of a group.</summary>
    private static string Csv() => "x0,x1,y,group\n" + string.Concat(Enumerable.Range(0, 300).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{i},{i * 0.5},{(i / 15 % 5 == 0 ? string.Empty : $"{i * 2}")},g{i % 15}\n")));

    /// <summary>200 examples with labels 0 to 6; one of the labels means that there is none.</summary>
    private static Named[] Labelled(int absent) =>
    [
        Named.Of("input", [200, 4], i => i),
        Named.Of("target", [200], i => i % 7 == absent ? -1 : i % 7),
    ];

    private static FileArraysSpec Short(FileArraysSpec spec) =>
        spec with { BatchesPerGroup = 5, QueryPerGroup = 2, Ordering = Ordering.Iid };

    private ITaskFamily Family(string name) =>
        (Cases.TryGetValue(name, out var made) ? made(files) : TaskFamilies.Registry.Get(name)).Create(DataContext.Default());
}
