using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Arrays;

/// <summary>Lifetimes that stand whole in a file.</summary>
/// <remarks>
/// Meta-training draws one of its lifetimes at random, with replacement. Meta-validation and meta-test take theirs in the file's order, and
/// begin again when they are through, whatever the seed.
/// Guarantee: splits share no lifetime.
/// </remarks>
internal sealed class LifetimeArrays : ITaskFamily
{
    private readonly WholeLives lives;

    /// <summary>Makes the family.</summary>
    internal LifetimeArrays(FileArraysSpec spec, WholeLives lives)
    {
        this.lives = lives;
        Shape = new EpisodeShape(lives.InnerSteps, lives.BatchSize, lives.InputWidth, spec.OutputsFor(lives), lives.Queries)
        {
            MaskedStream = lives.Targets.IsMasked,
            MaskedQuery = lives.QueryTargets.IsMasked,
        };
        Shape.ExpectAddressable(lives.File);
    }

    /// <inheritdoc/>
    public EpisodeShape Shape { get; }

    /// <summary>The lifetimes of a split, by their places in the file.</summary>
    public IReadOnlyList<int> LifetimesOf(Split split) => lives.Members[(int)split];

    /// <inheritdoc/>
    public void Check(Split split)
    {
        if (LifetimesOf(split).Count == 0)
        {
            throw new EngramException(
                $"Found {lives.Lifetimes} lifetimes in '{lives.File}' and none for {split.Words()}, expected one or more; add "
                + "lifetimes, or an array 'split' that gives it some.");
        }
    }

    /// <inheritdoc/>
    public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.ExpectBuffers(episode);
        int[] members = lives.Members[(int)split];
        if (members.Length == 0)
        {
            Check(split);
        }

        RandomStream draws = new RandomStream(seed).Split("arrays").Split((ulong)split).Split(index);
        int life = members[split == Split.MetaTrain ? draws.NextInt32(members.Length) : (int)(index % (ulong)members.Length)];
        Copy(lives.Inputs, lives.Targets, life, episode.StreamInputs, episode.StreamTargets, episode.StreamMask);
        Copy(lives.QueryInputs, lives.QueryTargets, life, episode.QueryInputs, episode.QueryTargets, episode.QueryMask);
        Array.Clear(episode.StreamTasks);
        Array.Clear(episode.QueryTasks);
    }

    private static void Copy<T>(FileArray inputs, TargetArray targets, int life, Tensor<T> input, Tensor<T> target, Tensor<T> mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = 0; row < input.Rows; row++)
        {
            int example = (life * input.Rows) + row;
            inputs.Copy((long)example * input.Columns, input.Row(row));
            targets.Write(example, target.Row(row), mask.IsEmpty ? default : mask.Row(row), []);
        }
    }
}
