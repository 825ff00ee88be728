using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Sequences;

/// <summary>What the plastic layers see of every image of a split, computed once: frozen layers do not change in life.</summary>
internal sealed class ImageFeatures : IDisposable
{
    private const int ImagesAtOnce = 64;
    private readonly Arena arena = new();
    private readonly Dictionary<int, int> rowOf;
    private readonly Tensor<float> features;

    private ImageFeatures(ImmutableArray<int> images, int units)
    {
        rowOf = images.Index().ToDictionary(i => i.Item, i => i.Index);
        features = arena.Allocate<float>(images.Length, units);
    }

    /// <summary>Width of the features.</summary>
    public int Units => features.Columns;

    /// <summary>The features of an image of the split.</summary>
    public ReadOnlySpan<float> this[int image] => features.Row(rowOf[image]);

    /// <summary>Features that are known already, of images 0, 1, 2 …</summary>
    /// <param name="rows">The features of each, all of one width.</param>
    public static ImageFeatures Of(ImmutableArray<ImmutableArray<float>> rows)
    {
        var known = new ImageFeatures([.. Enumerable.Range(0, rows.Length)], rows[0].Length);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].CopyTo(known.features.Row(i));
        }

        return known;
    }

    /// <summary>Computes them.</summary>
    /// <param name="parameters">The network.</param>
    /// <param name="family">Whose images, as meta-test shows them.</param>
    /// <param name="split">The split.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="stop">Ends it.</param>
    public static ImageFeatures Of(
        MetaParameters<float> parameters, FewShotEpisodes family, Split split, int threads, CancellationToken stop)
    {
        ImmutableArray<int> images =
            [.. family.PoolOf(split).Classes.SelectMany(c => c.Learnt.Concat(c.Queried)).Distinct().Order()];
        var found = new ImageFeatures(images, parameters.Layout.Network.Layers[parameters.Layout.Network.FrozenLayers].Inputs);
        FewShotSpec spec = family.Spec;
        int chunks = (images.Length + ImagesAtOnce - 1) / ImagesAtOnce;
        Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = stop }, chunk =>
        {
            using var memory = new Arena();
            int first = chunk * ImagesAtOnce;
            int count = Math.Min(ImagesAtOnce, images.Length - first);
            Tensor<float> inputs = memory.Allocate<float>(count, spec.Format.Samples);
            for (int i = 0; i < count; i++)
            {
                default(ImageDistortion).Write(family.Images.Pixels(images[first + i]), spec.ImageSize, spec.Inverted, inputs.Row(i));
            }

            Tensor<float> seen = FeedforwardPass.RunFrozen(parameters, inputs, memory) is [.., var last] ? last : inputs;
            for (int i = 0; i < count; i++)
            {
                seen.Row(i).CopyTo(found.features.Row(first + i));
            }
        });
        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
