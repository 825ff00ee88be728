using System.Numerics;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace OwnParts;

/// <summary>Settings of a task of one's own. Each [Setting] is a key of recipes, with this meaning and range.</summary>
public sealed record DelayedCuesSpec : TaskFamilySpec
{
    [Setting(1, 1000, "Cues in a lifetime, each with a value of its own.", Unit = "cues")]
    public int Cues { get; init; } = 5;

    [Setting(1, 100_000, "How often each cue is shown.", Unit = "times")]
    public int Times { get; init; } = 10;

    [Setting(0, 1000, "Inner steps from a cue to its target.", Unit = "steps")]
    public int Delay { get; init; } = 3;

    public override ITaskFamily Create(DataContext context)
    {
        SettingAttribute.Check(this, "delayed cues");
        return new DelayedCues(this);
    }

    public override TaskFamilySpec WithLength(double factor) =>
        this with { Times = Math.Max(1, (int)Math.Round(Times * factor)) };
}

/// <summary>
/// A cue is shown, then nothing for some steps, and at the last of them its value is the target. The query shows the
/// cues and asks for their values at once.
/// </summary>
public sealed class DelayedCues(DelayedCuesSpec spec) : ITaskFamily
{
    public EpisodeShape Shape { get; } =
        new(spec.Cues * spec.Times * (spec.Delay + 1), BatchSize: 1, Inputs: spec.Cues, Outputs: 1, Queries: spec.Cues)
        {
            MaskedStream = spec.Delay > 0,
        };

    public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Random numbers of their own for each seed, split and lifetime, the same whatever came before.
        RandomStream random = new RandomStream(seed).Split("delayed-cues").Split((ulong)split).Split(index);
        Span<double> values = stackalloc double[spec.Cues];
        foreach (ref double value in values)
        {
            value = random.NextNormal();
        }

        episode.StreamInputs.Clear();
        episode.QueryInputs.Clear();
        for (int t = 0; t < Shape.InnerSteps; t++)
        {
            (int shown, int since) = int.DivRem(t, spec.Delay + 1);
            int cue = shown % spec.Cues;
            episode.StreamTasks[t] = cue;
            episode.StreamInputs[t, cue] = since == 0 ? T.One : T.Zero;
            episode.StreamTargets[t, 0] = T.CreateTruncating(values[cue]);
            if (Shape.MaskedStream)
            {
                episode.StreamMask[t, 0] = since == spec.Delay ? T.One : T.Zero;
            }
        }

        for (int cue = 0; cue < spec.Cues; cue++)
        {
            episode.QueryTasks[cue] = cue;
            episode.QueryInputs[cue, cue] = T.One;
            episode.QueryTargets[cue, 0] = T.CreateTruncating(values[cue]);
        }
    }
}
