using Engram.Learning.Learners;
using Engram.Learning.Networks;

namespace Engram.Bench;

/// <summary>How many floating-point operations a lifetime with its meta-gradient has to do, by phase.</summary>
/// <remarks>
/// Matrix products of the stream alone, a multiplication and an addition each: what the algorithm needs, not what an engine does (which may
/// compute some again). Elementwise
/// work, the query, the signal and Adam are not counted, so shares of the peak are understated by what they take.
/// Frozen layers: forward, ∂x (not the first), ∂W; convolutions also at the query, where they are most of the work. A local rule's plastic
/// layer, per step: seven products (DESIGN.md section 2.1). A gradient learner's, second order: nine, six in the first
/// plastic layer (no δ passes through it); first order: three, two in the first (and frozen layers run forward only).
/// </remarks>
/// <param name="FrozenGigaflop">10⁹ operations in frozen layers.</param>
/// <param name="PlasticGigaflop">10⁹ operations in plastic layers.</param>
public readonly record struct OperationCount(double FrozenGigaflop, double PlasticGigaflop)
{
    /// <summary>10⁹ operations.</summary>
    public double TotalGigaflop => FrozenGigaflop + PlasticGigaflop;

    /// <summary>Counts a lifetime.</summary>
    public static OperationCount Of(NetworkSpec network, LearnerSpec learner, int innerSteps, int batchSize, int queries)
    {
        double rows = (double)innerSteps * batchSize;
        double frozen = 0;
        double plastic = 0;
        bool firstOrder = learner is GradientLearnerSpec { Order: GradientOrder.First };
        for (int i = 0; i < network.Layers.Length; i++)
        {
            double product = network.Layers[i] is ConvolutionSpec { Shape: var shape }
                ? 2.0 * shape.PatchSize * shape.Outputs * (rows + queries) / 1e9
                : 2.0 * network.Layers[i].Inputs * network.Layers[i].Outputs * rows / 1e9;
            bool lowest = i == network.FrozenLayers;
            if (i < network.FrozenLayers)
            {
                int products = network.Layers[i] is ConvolutionSpec ? 3 : firstOrder ? 1 : 3;
                frozen += product * (i == 0 && products > 1 ? products - 1 : products);
            }
            else
            {
                plastic += product * learner switch
                {
                    GradientLearnerSpec when firstOrder => lowest ? 2 : 3,
                    GradientLearnerSpec => lowest ? 6 : 9,
                    _ => 7,
                };
            }
        }

        return new OperationCount(frozen, plastic);
    }
}
