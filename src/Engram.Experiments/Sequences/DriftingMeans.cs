using Engram.Learning.Births;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Sequences;

/// <summary>A plastic readout under Oja's rule whose output is clamped to one-hot targets, in closed form: drifting class means.</summary>
/// <remarks>
/// Postsynaptic activity is 1 for the class c of the example and 0 for all others, so that w_c ← (1 − α) ∘ w_c + α ∘ a, and no other row
/// changes at all. A step costs one row instead of all of them, and what was learnt of one class cannot be forgotten for another. It is
/// exact: the engines' result up to rounding.
/// </remarks>
internal static class DriftingMeans
{
    /// <summary>Whether a learner on a network is that, and nothing more.</summary>
    /// <param name="layout">The learner on the plastic layers alone.</param>
    public static bool Describes(ParameterLayout layout) =>
        layout.Network.Layers is [LinearSpec { Activation: Activation.Identity }]
        && layout.Learner is LocalLearnerSpec
        {
            Objective: Objective.CrossEntropy, OutputClamped: true, Signal: FeedbackSignal.Target, RectifiedSignal: false,
            Rule: OjaRule, FeedbackRule: null, Birth: PointBirth,
            Granularity: Granularity.Synapse or Granularity.Neuron or Granularity.Layer,
        };

    /// <summary>W after a life, [classes, units].</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="life">The life, its features as the plastic layers see them.</param>
    public static Tensor<float> Learn(MetaParameters<float> parameters, FeatureLife life)
    {
        Tensor<float> weights = life.Allocate(life.Classes, life.Stream.Columns);
        weights.CopyFrom(parameters["layer0.weight"]);
        Tensor<float> plasticity = parameters["layer0.alpha"];
        Granularity granularity = ((LocalLearnerSpec)parameters.Layout.Learner).Granularity;
        for (int t = 0; t < life.Stream.Rows; t++)
        {
            int label = life.Drawn.StreamLabels[t];
            Span<float> row = weights.Row(label);
            ReadOnlySpan<float> features = life.Stream.Row(t);
            for (int j = 0; j < row.Length; j++)
            {
                float alpha = granularity switch
                {
                    Granularity.Synapse => plasticity[label, j],
                    Granularity.Neuron => plasticity[0, label],
                    _ => plasticity[0, 0],
                };
                row[j] += alpha * (features[j] - row[j]);
            }
        }

        return weights;
    }

    /// <summary>Share of the query that is answered rightly after a life, in percent.</summary>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="life">The life, its features as the plastic layers see them.</param>
    public static double Percent(MetaParameters<float> parameters, FeatureLife life)
    {
        Tensor<float> answers = life.Allocate(life.Query.Rows, life.Classes);
        MatrixProduct.Multiply(life.Query, false, Learn(parameters, life), true, answers);
        Tensor<float> bias = parameters["layer0.bias"];
        for (int q = 0; q < answers.Rows; q++)
        {
            for (int k = 0; k < life.Classes; k++)
            {
                answers[q, k] += bias[0, k];
            }
        }

        return life.Percent(answers);
    }
}
