using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Sequences;

/// <summary>The control: no learning in life but the mean of what was seen of each class.</summary>
/// <remarks>
/// An image belongs to the class of the nearest mean: argmin_c ‖a − μ_c‖² = argmax_c (μ_c · a − ½‖μ_c‖²). The order of the stream does not
/// matter. Source: nearest class mean, Mensink et al. 2013; prototypes, Snell et al. 2017.
/// </remarks>
internal static class ClassMeans
{
    /// <summary>Share of the query that is answered rightly, in percent.</summary>
    /// <param name="life">The life.</param>
    public static double Percent(FeatureLife life)
    {
        Tensor<float> means = life.Allocate(life.Classes, life.Stream.Columns);
        int[] counts = new int[life.Classes];
        for (int t = 0; t < life.Stream.Rows; t++)
        {
            int label = life.Drawn.StreamLabels[t];
            counts[label]++;
            for (int j = 0; j < means.Columns; j++)
            {
                means[label, j] += life.Stream[t, j];
            }
        }

        float[] halves = new float[life.Classes];
        for (int k = 0; k < life.Classes; k++)
        {
            foreach (ref float value in means.Row(k))
            {
                value /= Math.Max(1, counts[k]);
                halves[k] += value * value / 2;
            }
        }

        Tensor<float> scores = life.Allocate(life.Query.Rows, life.Classes);
        MatrixProduct.Multiply(life.Query, false, means, true, scores);
        for (int q = 0; q < scores.Rows; q++)
        {
            for (int k = 0; k < life.Classes; k++)
            {
                scores[q, k] -= halves[k];
            }
        }

        return life.Percent(scores);
    }
}
