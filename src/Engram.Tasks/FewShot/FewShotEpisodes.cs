using System.Collections.Immutable;
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
/// With <see cref="FewShotSpec.Remember"/> a life also has a remember set. Then the first outputs are those of the meta-training split's
/// classes, the known ones, in their order; the stream's classes take outputs of the rest. In meta-training the query's last rows show
/// images of known classes that the stream does not have. Of known classes that the stream has, the known output does not count, nor do
/// new outputs that no class of the life has: the query's mask says so. In other splits nothing is known before life, so that those rows
/// ask about the stream's classes too, and only their outputs count.
/// Source: Lindsey and Litwin-Kumar 2020, section 5; remember sets, Javed and White 2019 and Beaulieu et al. 2020.
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

    /// <summary>The images.</summary>
    public ImageSet Images => images;

    /// <summary>The classes that have outputs of their own, where there is a remember set.</summary>
    private ImmutableArray<PoolClass> Known => PoolOf(Split.MetaTrain).Classes;

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

        if (Spec.Remember > 0 && Known.Length <= Spec.Ways)
        {
            throw new EngramException(
                $"Found {Known.Length} known classes of '{images.Name}' ({PoolOf(Split.MetaTrain).Description}) for lifetimes that learn " +
                $"{Spec.Ways} and remember others, expected more than {Spec.Ways}; lower task.ways.");
        }

        if (Spec.Remember > 0 && Known.Length + Spec.Ways > Shape.Outputs)
        {
            throw new EngramException(
                $"Found {Shape.Outputs} outputs for {Known.Length} known classes of '{images.Name}' " +
                    $"({PoolOf(Split.MetaTrain).Description}) " +
                $"and {Spec.Ways} more that a life learns, expected {Known.Length + Spec.Ways} or more; raise task.outputs.");
        }

        sound[(int)split] = true;
    }

    /// <summary>Which images a life shows and asks about, in order, and by which output: <see cref="Fill"/> without the images.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="split">The split.</param>
    /// <param name="index">Index of the lifetime.</param>
    /// <exception cref="EngramException">The split has too few classes or images.</exception>
    public DrawnLife Draw(ulong seed, Split split, ulong index)
    {
        var life = new DrawnLife(
            new int[Shape.InnerSteps], new int[Shape.InnerSteps], new int[Shape.Queries], new int[Shape.Queries],
            new int[Shape.InnerSteps]);
        Compose(
            seed, split, index, new int[Spec.Ways], new int[Spec.Ways], life.StreamTasks, new int[Shape.Queries],
            new Noted(life.StreamImages, life.QueryImages, life.QueryLabels, life.StreamLabels));
        return life;
    }

    /// <inheritdoc/>
    public void Fill<T>(ulong seed, Split split, ulong index, Episode<T> episode)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Shape.ExpectBuffers(episode);
        episode.StreamTargets.Clear();
        episode.QueryTargets.Clear();
        Span<int> classes = stackalloc int[Spec.Ways];
        Span<int> labels = stackalloc int[Spec.Ways];
        Compose(seed, split, index, classes, labels, episode.StreamTasks, episode.QueryTasks, new SeenPixels<T>(this, split, episode));
        if (Shape.MaskedQuery)
        {
            Mask(episode, split, classes, labels);
        }
    }

    private bool Overlaps(Split split) => split == Split.MetaTrain && Spec.QueryDraws == QueryDraws.Overlapping;

    private void Compose<TLife>(
        ulong seed, Split split, ulong index, Span<int> classes, Span<int> labels, Span<int> streamTasks, Span<int> queryTasks, TLife life)
        where TLife : IComposedLife
    {
        ClassPool pool = PoolOf(split);
        if (!sound[(int)split])
        {
            Check(split);
        }

        RandomStream lifetime = new RandomStream(seed).Split("few-shot").Split((ulong)split).Split(index);
        RandomStream choice = lifetime.Split("classes");
        int turns = split == Split.MetaTrain && Spec.RotatedClasses ? 4 : 1;
        int mirrors = split == Split.MetaTrain && Spec.MirroredClasses ? 2 : 1;
        choice.Sample(classes, pool.Classes.Length * turns * mirrors);
        choice = lifetime.Split("labels");
        int known = Spec.Remember > 0 ? Known.Length : 0;
        choice.Sample(labels, Shape.Outputs - known);
        foreach (ref int label in labels)
        {
            label += known;
        }

        for (int t = 0; t < streamTasks.Length; t++)
        {
            streamTasks[t] = t / Spec.Shots;
        }

        if (Spec.Ordering == Ordering.Iid)
        {
            choice = lifetime.Split("order");
            choice.Shuffle(streamTasks);
        }

        RandomStream draws = lifetime.Split("images");
        for (int task = 0; task < Spec.Ways; task++)
        {
            (int variant, int place) = int.DivRem(classes[task], pool.Classes.Length);
            classes[task] = place;
            ComposeClass(
                pool.Classes[place], task, labels[task], split, new ImageDistortion(variant % turns, variant >= turns),
                draws.Split((ulong)task), streamTasks, queryTasks, life);
        }

        if (Spec.Remember > 0 && split == Split.MetaTrain)
        {
            ComposeRemembered(classes, lifetime.Split("remember"), queryTasks, life);
        }
    }

    private void ComposeClass<TLife>(
        PoolClass pool, int task, int label, Split split, ImageDistortion ofClass, RandomStream draws,
        Span<int> streamTasks, Span<int> queryTasks, TLife life)
        where TLife : IComposedLife
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
        for (int t = 0; t < streamTasks.Length; t++)
        {
            if (streamTasks[t] == task)
            {
                life.Learn(t, pool.Learnt[chosen[shot++]], label, ofClass, ref shifts);
            }
        }

        for (int q = 0; q < queries; q++)
        {
            Ask((task * queries) + q, q, queryTasks, ref shifts, chosen);
        }

        // Outside of meta-training the rows of the remember set go round the stream's classes.
        if (split != Split.MetaTrain)
        {
            for (int q = task; q < Spec.Remember; q += Spec.Ways)
            {
                Ask((Spec.Ways * queries) + q, q / Spec.Ways % queries, queryTasks, ref shifts, chosen);
            }
        }

        void Ask(int row, int q, Span<int> tasks, ref RandomStream stream, ReadOnlySpan<int> drawn)
        {
            tasks[row] = task;
            life.Ask(row, pool.Queried[drawn[shots + q]], label, ofClass, ref stream);
        }
    }

    // Images of known classes that the stream does not have.
    private void ComposeRemembered<TLife>(ReadOnlySpan<int> learnt, RandomStream draws, Span<int> queryTasks, TLife life)
        where TLife : IComposedLife
    {
        RandomStream shifts = draws.Split("shifts");
        for (int row = Spec.Ways * Spec.QueryPerClass; row < Shape.Queries; row++)
        {
            int known;
            do
            {
                known = draws.NextInt32(Known.Length);
            }
            while (learnt.Contains(known));

            ImmutableArray<int> drawn = Known[known].Queried;
            queryTasks[row] = Spec.Ways;
            life.Ask(row, drawn[draws.NextInt32(drawn.Length)], known, default, ref shifts);
        }
    }

    // Every row of a life's query has the same outputs to choose from.
    private void Mask<T>(Episode<T> episode, Split split, ReadOnlySpan<int> classes, ReadOnlySpan<int> labels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int row = 0; row < Shape.Queries; row++)
        {
            Span<T> mask = episode.QueryMask.Row(row);
            mask.Clear();
            if (split == Split.MetaTrain)
            {
                mask[..Known.Length].Fill(T.One);
                foreach (int known in classes)
                {
                    mask[known] = T.Zero;
                }
            }

            foreach (int label in labels)
            {
                mask[label] = T.One;
            }
        }
    }

    /// <summary>What is done with each image of a life.</summary>
    private interface IComposedLife
    {
        void Learn(int row, int image, int label, ImageDistortion ofClass, ref RandomStream shifts);

        void Ask(int row, int image, int label, ImageDistortion ofClass, ref RandomStream shifts);
    }

    private readonly struct SeenPixels<T>(FewShotEpisodes family, Split split, Episode<T> episode) : IComposedLife
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public void Learn(int row, int image, int label, ImageDistortion ofClass, ref RandomStream shifts)
        {
            See(image, ofClass, episode.StreamInputs.Row(row), ref shifts);
            episode.StreamTargets[row, label] = T.One;
        }

        public void Ask(int row, int image, int label, ImageDistortion ofClass, ref RandomStream shifts)
        {
            See(image, ofClass, episode.QueryInputs.Row(row), ref shifts);
            episode.QueryTargets[row, label] = T.One;
        }

        private void See(int image, ImageDistortion ofClass, Span<T> input, ref RandomStream stream) =>
            (split == Split.MetaTrain ? ofClass.Drawn(family.Spec, ref stream) : ofClass)
                .Write(family.Images.Pixels(image), family.Spec.ImageSize, family.Spec.Inverted, input);
    }

    private readonly struct Noted(int[] stream, int[] query, int[] queryLabels, int[] streamLabels) : IComposedLife
    {
        public void Learn(int row, int image, int label, ImageDistortion ofClass, ref RandomStream shifts) =>
            (stream[row], streamLabels[row]) = (image, label);

        public void Ask(int row, int image, int label, ImageDistortion ofClass, ref RandomStream shifts) =>
            (query[row], queryLabels[row]) = (image, label);
    }
}
