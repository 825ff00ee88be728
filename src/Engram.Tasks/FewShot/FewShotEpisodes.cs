using System.Numerics;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.FewShot;

/// <summary>
/// Online few-shot classification: a lifetime sees k images of each of N classes, one at a time, each once, and is asked about other images
/// of the same classes at its end.
/// </summary>
/// <remarks>
/// Inputs are an image's bytes / 255 (or 1 − that), [channel][row][column]; targets are one-hot over all outputs. Which output stands for
/// which class is drawn afresh for every
/// lifetime, so that nothing can be known of a class before life. A lifetime's classes, images and labels do not depend on the ordering.
/// The query has its classes one after the other.
/// Guarantee: splits share no class and no image (<see cref="DatasetSpec.PoolOf"/>), and within a lifetime no image is drawn twice for a
/// class, unless <see cref="QueryDraws.Overlapping"/> is asked for.
/// With <see cref="FewShotSpec.RotatedClasses"/> or <see cref="FewShotSpec.MirroredClasses"/> a meta-training lifetime may have variants of
/// one class as two classes, and one image, turned or mirrored, in both.
/// What is done to images (<see cref="ImageDistortion"/>) is of meta-training alone.
/// Source: Lindsey and Litwin-Kumar 2020, section 5.
/// </remarks>
internal sealed class FewShotEpisodes : ITaskFamily
{
    private readonly ImageSet images;
    private readonly ClassPool[] pools;
    private readonly bool[] sound;

    /// <summary>Makes the family.</summary>
    /// <param name="spec">The settings.</param>
    /// <param name="images">The images.</param>
    /// <param name="poolOf">The classes of each split.</param>
    /// <exception cref="EngramException">A setting is out of its range, or the images are of another format.</exception>
    public FewShotEpisodes(FewShotSpec spec, ImageSet images, Func<Split, ClassPool> poolOf)
    {
        spec.Validate();
        if (images.Format != spec.Format)
        {
            throw new EngramException($"Found images of {images.Format}, expected {spec.Format}.");
        }

        (Spec, Shape, this.images) = (spec, spec.Shape, images);
        pools = [.. Enum.GetValues<Split>().Select(poolOf)];
        sound = new bool[pools.Length];
    }

    /// <summary>The settings.</summary>
    public FewShotSpec Spec { get; }

    /// <inheritdoc/>
    public EpisodeShape Shape { get; }

    /// <summary>The classes of a split.</summary>
    public ClassPool PoolOf(Split split) => pools[(int)split];

    /// <inheritdoc/>
    public void Check(Split split)
    {
        ClassPool pool = PoolOf(split);
        if (Spec.Ways > pool.Classes.Length)
        {
            throw new EngramException(
                $"Found {Spec.Ways} ways (N) but only {pool.Classes.Length} classes for {split.Words()} in '{images.Name}' " +
                $"({pool.Description}), expected at most as many ways as classes; lower task.ways.");
        }

        foreach (PoolClass one in pool.Classes)
        {
            bool overlapping = Overlaps(split) || !one.IsShared;
            (int learnt, int queried) = overlapping ? (Spec.Shots, Spec.QueryPerClass) : (Spec.Shots + Spec.QueryPerClass, 0);
            if (learnt > one.Learnt.Length || queried > one.Queried.Length)
            {
                string there = one.IsShared ? $"{one.Learnt.Length} images"
                    : $"{one.Learnt.Length} images to learn and {one.Queried.Length} to ask about";
                throw new EngramException(
                    $"Found a class with {there} for {split.Words()}, '{one.Name}' of '{images.Name}', expected {Spec.Shots} shots (k) " +
                    $"and {Spec.QueryPerClass} for the query; lower task.shots or task.query-per-class, or complete the data set " +
                    $"('engram data check {images.Name}').");
            }
        }

        sound[(int)split] = true;
    }

    /// <inheritdoc/>
    public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.ExpectBuffers(episode);

        ClassPool pool = PoolOf(split);
        if (!sound[(int)split])
        {
            Check(split);
        }

        RandomStream lifetime = new RandomStream(seed).Split("few-shot").Split((ulong)split).Split(index);
        Span<int> classes = stackalloc int[Spec.Ways];
        RandomStream choice = lifetime.Split("classes");
        int turns = split == Split.MetaTrain && Spec.RotatedClasses ? 4 : 1;
        int mirrors = split == Split.MetaTrain && Spec.MirroredClasses ? 2 : 1;
        choice.Sample(classes, pool.Classes.Length * turns * mirrors);
        Span<int> labels = stackalloc int[Spec.Ways];
        choice = lifetime.Split("labels");
        choice.Sample(labels, Shape.Outputs);

        for (int t = 0; t < episode.StreamTasks.Length; t++)
        {
            episode.StreamTasks[t] = t / Spec.Shots;
        }

        if (Spec.Ordering == Ordering.Iid)
        {
            choice = lifetime.Split("order");
            choice.Shuffle(episode.StreamTasks.AsSpan());
        }

        episode.StreamTargets.Clear();
        episode.QueryTargets.Clear();
        RandomStream draws = lifetime.Split("images");
        for (int task = 0; task < Spec.Ways; task++)
        {
            (int variant, int place) = int.DivRem(classes[task], pool.Classes.Length);
            FillClass(pool.Classes[place], task, labels[task], split, new ImageDistortion(variant % turns, variant >= turns),
                draws.Split((ulong)task), episode);
        }
    }

    private bool Overlaps(Split split) => split == Split.MetaTrain && Spec.QueryDraws == QueryDraws.Overlapping;

    private void FillClass<T>(
        PoolClass pool, int task, int label, Split split, ImageDistortion ofClass, RandomStream draws, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (int shots, int queries) = (Spec.Shots, Spec.QueryPerClass);
        bool together = pool.IsShared && !Overlaps(split);
        Span<int> chosen = stackalloc int[shots + queries];
        draws.Sample(together ? chosen : chosen[..shots], pool.Learnt.Length);
        if (!together)
        {
            draws.Sample(chosen[shots..], pool.Queried.Length);
        }

        RandomStream shifts = draws.Split("shifts");
        int shot = 0;
        for (int t = 0; t < episode.StreamTasks.Length; t++)
        {
            if (episode.StreamTasks[t] == task)
            {
                See(pool.Learnt[chosen[shot++]], episode.StreamInputs.Row(t), ref shifts);
                episode.StreamTargets[t, label] = T.One;
            }
        }

        for (int q = 0; q < queries; q++)
        {
            int row = (task * queries) + q;
            episode.QueryTasks[row] = task;
            See(pool.Queried[chosen[shots + q]], episode.QueryInputs.Row(row), ref shifts);
            episode.QueryTargets[row, label] = T.One;
        }

        void See(int image, Span<T> input, ref RandomStream stream) =>
            (split == Split.MetaTrain ? ofClass.Drawn(Spec, ref stream) : ofClass)
                .Write(images.Pixels(image), Spec.ImageSize, Spec.Inverted, input);
    }
}
