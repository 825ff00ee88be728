using System.Buffers;
using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Arrays;

/// <summary>Lifetimes drawn from a pool of examples in a file: some groups, some batches of each, then other examples of them.</summary>
/// <remarks>
/// Within a lifetime no example is drawn twice. The query has its groups one after the other, and only examples with a target.
/// A lifetime's groups and examples do not depend on the ordering.
/// Guarantee: splits share no group, nor, in a file without groups, an example.
/// </remarks>
internal sealed class PooledArrays : ITaskFamily
{
    private readonly FileArraysSpec spec;
    private readonly ExamplePool pool;
    private readonly bool[] sound = new bool[3];

    /// <summary>Makes the family.</summary>
    internal PooledArrays(FileArraysSpec spec, ExamplePool pool)
    {
        (this.spec, this.pool) = (spec, pool);
        if (spec.Groups > 1 && !pool.HasGroups)
        {
            throw new SettingException(
                $"Found {spec.Groups} groups in a lifetime and no groups in '{pool.File}', expected 1; lower task.groups, or give the "
                + $"file {(pool.Inputs.ColumnNames.IsEmpty ? "an array" : "a column")} 'group'.", nameof(spec.Groups));
        }

        if ((long)spec.Groups * Math.Max((long)spec.BatchesPerGroup * spec.BatchSize, spec.QueryPerGroup) > int.MaxValue)
        {
            throw new SettingException(
                $"Found lifetimes of {spec.Groups} groups × {spec.BatchesPerGroup} batches × {spec.BatchSize} examples, expected at "
                + $"most {int.MaxValue} examples; use fewer or smaller batches.",
                nameof(spec.BatchesPerGroup), nameof(spec.BatchSize), nameof(spec.Groups));
        }

        (int steps, int queries) = (spec.Groups * spec.BatchesPerGroup, spec.Groups * spec.QueryPerGroup);
        Shape = new EpisodeShape(steps, spec.BatchSize, pool.InputWidth, spec.OutputsFor(pool), queries)
        {
            MaskedStream = pool.Targets.IsMasked,
            MaskedQuery = pool.Targets.IsMasked,
        };
        Shape.ExpectAddressable(pool.File);
    }

    /// <inheritdoc/>
    public EpisodeShape Shape { get; }

    /// <summary>
    /// The groups of a split, in the order in which the file first has them; where it has none, one group for each split.
    /// </summary>
    public IReadOnlyList<int> GroupsOf(Split split) => pool.Members[(int)split];

    /// <inheritdoc/>
    public void Check(Split split)
    {
        int there = GroupsOf(split).Count;
        if (there < spec.Groups)
        {
            throw new EngramException(
                $"Found {there} groups for {split.Words()} in '{pool.File}', expected at least {spec.Groups}, as many as a lifetime "
                + "has; lower task.groups, or add groups or an array 'split'.");
        }

        int streamed = spec.BatchesPerGroup * spec.BatchSize;
        foreach (int group in GroupsOf(split))
        {
            int examples = pool.ExamplesOf(group).Length, targeted = pool.TargetedOf(group);
            if (targeted < spec.QueryPerGroup || examples < streamed + spec.QueryPerGroup)
            {
                string found = targeted == examples ? $"{examples} examples" : $"{examples} examples, {targeted} of them with a target,";
                throw new EngramException(
                    $"Found {found} in {pool.NameOf(group)} of '{pool.File}', expected {streamed} for the stream and "
                    + $"{spec.QueryPerGroup} with a target for the query; lower task.batches-per-group, task.batch-size or "
                    + "task.query-per-group.");
            }
        }

        sound[(int)split] = true;
    }

    /// <inheritdoc/>
    public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.ExpectBuffers(episode);
        if (!sound[(int)split])
        {
            Check(split);
        }

        RandomStream lifetime = new RandomStream(seed).Split("arrays").Split((ulong)split).Split(index);
        int[] members = pool.Members[(int)split];
        Span<int> groups = stackalloc int[spec.Groups];
        RandomStream choice = lifetime.Split("groups");
        choice.Sample(groups, members.Length);
        for (int t = 0; t < episode.StreamTasks.Length; t++)
        {
            episode.StreamTasks[t] = t / spec.BatchesPerGroup;
        }

        if (spec.Ordering == Ordering.Iid)
        {
            choice = lifetime.Split("order");
            choice.Shuffle(episode.StreamTasks.AsSpan());
        }

        bool drawn = spec is LabelledArraysSpec { DrawnLabels: true };
        int[] labels = ArrayPool<int>.Shared.Rent(drawn ? Shape.Outputs : 1);
        Span<int> outputOf = labels.AsSpan(0, drawn ? Shape.Outputs : 0);
        Count(outputOf);
        choice = lifetime.Split("labels");
        choice.Shuffle(outputOf);

        RandomStream draws = lifetime.Split("examples");
        for (int task = 0; task < groups.Length; task++)
        {
            FillGroup(members[groups[task]], task, draws.Split((ulong)task), outputOf, episode);
        }

        ArrayPool<int>.Shared.Return(labels);
    }

    private static void Count(Span<int> numbers)
    {
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = i;
        }
    }

    private void FillGroup<T>(int group, int task, RandomStream draws, ReadOnlySpan<int> outputOf, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<int> examples = pool.ExamplesOf(group);
        int[] rented = ArrayPool<int>.Shared.Rent(examples.Length);
        Span<int> lot = rented.AsSpan(0, examples.Length);
        examples.CopyTo(lot);

        // The query draws first, from the examples with a target, which come first; the stream from all that are left.
        int drawn = 0;
        for (int q = 0; q < spec.QueryPerGroup; q++)
        {
            int row = (task * spec.QueryPerGroup) + q;
            episode.QueryTasks[row] = task;
            Write(Next(lot, pool.TargetedOf(group)), row, episode.QueryInputs, episode.QueryTargets, episode.QueryMask, outputOf);
        }

        for (int t = 0; t < episode.StreamTasks.Length; t++)
        {
            for (int i = 0; i < spec.BatchSize && episode.StreamTasks[t] == task; i++)
            {
                int row = (t * spec.BatchSize) + i;
                Write(Next(lot, lot.Length), row, episode.StreamInputs, episode.StreamTargets, episode.StreamMask, outputOf);
            }
        }

        ArrayPool<int>.Shared.Return(rented);

        int Next(Span<int> from, int end)
        {
            int chosen = drawn + draws.NextInt32(end - drawn);
            (from[drawn], from[chosen]) = (from[chosen], from[drawn]);
            return from[drawn++];
        }
    }

    private void Write<T>(int example, int row, Tensor<T> inputs, Tensor<T> targets, Tensor<T> masks, ReadOnlySpan<int> outputOf)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        pool.Inputs.Copy((long)example * Shape.Inputs, inputs.Row(row));
        pool.Targets.Write(example, targets.Row(row), masks.IsEmpty ? default : masks.Row(row), outputOf);
    }
}
