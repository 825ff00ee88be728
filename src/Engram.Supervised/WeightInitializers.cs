using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised;

/// <summary>Initial values of weights, and of feedback weights that start like them.</summary>
public static class WeightInitializers
{
    /// <summary>Overwrites weights with random ones.</summary>
    /// <param name="weights">Of the layer's shape.</param>
    /// <param name="layer">Whose fan-in and fan-out count.</param>
    /// <param name="kind">The distribution.</param>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="scale">What they are multiplied by.</param>
    public static void Fill<T>(Tensor<T> weights, LayerSpec layer, WeightInitialization kind, RandomStream random, double scale = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Fill(weights, layer.WeightColumns, layer.FanOut, kind, random, scale);

    /// <summary>Overwrites a matrix with random weights.</summary>
    /// <param name="weights">The matrix.</param>
    /// <param name="fanIn">Synapses that a unit receives.</param>
    /// <param name="fanOut">Synapses that a unit makes.</param>
    /// <param name="kind">The distribution.</param>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="scale">What they are multiplied by.</param>
    public static void Fill<T>(Tensor<T> weights, int fanIn, int fanOut, WeightInitialization kind, RandomStream random, double scale = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double deviation = scale * StandardDeviation(fanIn, fanOut, kind), bound = Math.Sqrt(3) * deviation;
        for (int r = 0; r < weights.Rows; r++)
        {
            Span<T> row = weights.Row(r);
            if (kind == WeightInitialization.Kaiming)
            {
                random.FillNormal(row, deviation);
                continue;
            }

            for (int c = 0; c < row.Length; c++)
            {
                row[c] = T.CreateTruncating(bound * ((2 * random.NextUniform()) - 1));
            }
        }
    }

    /// <summary>Standard deviation of initial weights: √(2 / (fan_in + fan_out)) or √(2 / fan_in).</summary>
    public static double StandardDeviation(int fanIn, int fanOut, WeightInitialization kind) =>
        Math.Sqrt(2.0 / (kind == WeightInitialization.Glorot ? (double)fanIn + fanOut : fanIn));
}
