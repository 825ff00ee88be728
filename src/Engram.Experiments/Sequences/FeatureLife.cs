using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Tasks.FewShot;

namespace Engram.Experiments.Sequences;

/// <summary>A life of classes in sequence as the plastic layers see it.</summary>
internal sealed class FeatureLife : IDisposable
{
    private readonly Arena arena = new();

    /// <summary>Gathers the features of its images.</summary>
    /// <param name="drawn">Which images, in order.</param>
    /// <param name="features">Their features.</param>
    /// <param name="classes">Classes, each with an output.</param>
    public FeatureLife(DrawnLife drawn, ImageFeatures features, int classes)
    {
        Drawn = drawn;
        Classes = classes;
        Stream = Gather(drawn.StreamImages);
        Query = Gather(drawn.QueryImages);

        Tensor<float> Gather(int[] images)
        {
            Tensor<float> rows = arena.Allocate<float>(images.Length, features.Units);
            for (int i = 0; i < images.Length; i++)
            {
                features[images[i]].CopyTo(rows.Row(i));
            }

            return rows;
        }
    }

    /// <summary>Which images, in order.</summary>
    public DrawnLife Drawn { get; }

    /// <summary>Classes, each with an output.</summary>
    public int Classes { get; }

    /// <summary>Features of the stream, [T, units].</summary>
    public Tensor<float> Stream { get; }

    /// <summary>Features of the query, [queries, units].</summary>
    public Tensor<float> Query { get; }

    /// <summary>The life for an engine.</summary>
    public Lifetime<float> AsLifetime() => new(
        Stream.Rows, 1, Stream, OneHot(Drawn.StreamLabels), Query, OneHot(Drawn.QueryLabels));

    /// <summary>Share of the query that is answered rightly by the largest output, in percent.</summary>
    /// <param name="outputs">[queries, classes].</param>
    public double Percent(Tensor<float> outputs)
    {
        int right = 0;
        for (int q = 0; q < outputs.Rows; q++)
        {
            ReadOnlySpan<float> row = outputs.Row(q);
            int best = 0;
            for (int k = 1; k < row.Length; k++)
            {
                best = row[k] > row[best] ? k : best;
            }

            right += best == Drawn.QueryLabels[q] ? 1 : 0;
        }

        return 100.0 * right / outputs.Rows;
    }

    /// <summary>Memory that lives as long as this.</summary>
    public Tensor<float> Allocate(int rows, int columns) => arena.Allocate<float>(rows, columns);

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private Tensor<float> OneHot(int[] labels)
    {
        Tensor<float> targets = arena.Allocate<float>(labels.Length, Classes);
        for (int i = 0; i < labels.Length; i++)
        {
            targets[i, labels[i]] = 1;
        }

        return targets;
    }
}
