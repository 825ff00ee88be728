using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis;

/// <summary>The gradient of a batch's loss with respect to the plastic layers' weights and biases: what gradient descent would
/// follow.</summary>
/// <remarks>
/// ℓ the objective's mean over the batch, δ_L = ∂ℓ/∂ŷ = 2 (ŷ − y) / (n K) for squared error and (softmax(ŷ) − y) / n for cross-entropy;
/// ∂ℓ/∂W_i = δ_iᵀ x_{i−1}, ∂ℓ/∂b_i = Σₙ δ_i, δ_{i−1} = (δ_i W_i) ∘ [x_{i−1} &gt; 0], and the sums over positions that take their place in a
/// convolution.
/// Shares no code with the engines.
/// </remarks>
public static class BatchGradient
{
    /// <summary>The gradient at given weights.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="network">The network.</param>
    /// <param name="objective">ℓ.</param>
    /// <param name="weights">W of every plastic layer.</param>
    /// <param name="biases">b of every plastic layer, [1, out] each; [1, output channels] of a convolution.</param>
    /// <param name="features">The batch as the plastic layers see it, [n, in].</param>
    /// <param name="targets">y, [n, K].</param>
    /// <param name="arena">Where the gradient goes.</param>
    /// <returns>∂ℓ/∂W and ∂ℓ/∂b of every plastic layer, in shapes of their own.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (Tensor<T>[] Weights, Tensor<T>[] Biases) Of<T>(
        NetworkSpec network,
        Objective objective,
        ReadOnlySpan<Tensor<T>> weights,
        ReadOnlySpan<Tensor<T>> biases,
        Tensor<T> features,
        Tensor<T> targets,
        Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor<T>[] activities = FeedforwardPass.RunPlastic(network, weights, biases, features, arena);
        var weightGradients = new Tensor<T>[activities.Length];
        var biasGradients = new Tensor<T>[activities.Length];
        Tensor<T> delta = OutputGradient(objective, activities[^1], targets, arena);
        for (int j = activities.Length - 1; j >= 0; j--)
        {
            Tensor<T> input = j == 0 ? features : activities[j - 1];
            LayerSpec layer = network.Layers[network.FrozenLayers + j];
            Derive(layer.Activation, delta, activities[j]);

            weightGradients[j] = arena.Allocate<T>(weights[j].Rows, weights[j].Columns);
            biasGradients[j] = Sums(delta, biases[j].Columns, arena);
            Tensor<T> below = j > 0 ? arena.Allocate<T>(delta.Rows, layer.Inputs) : default;
            if (layer is ConvolutionSpec convolution)
            {
                ConvolutionReference.WeightGradient(convolution.Shape, delta, input, weightGradients[j]);
                if (j > 0)
                {
                    ConvolutionReference.InputGradient(convolution.Shape, delta, weights[j], below);
                }
            }
            else
            {
                MatrixProduct.Multiply(delta, true, input, false, weightGradients[j]);
                if (j > 0)
                {
                    MatrixProduct.Multiply(delta, false, weights[j], false, below);
                }
            }

            delta = below;
        }

        return (weightGradients, biasGradients);
    }

    private static Tensor<T> OutputGradient<T>(Objective objective, Tensor<T> outputs, Tensor<T> targets, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorNumbers.ExpectSameShape(outputs, targets, nameof(targets));
        Tensor<T> delta = arena.Allocate<T>(outputs.Rows, outputs.Columns);
        T scale = objective == Objective.MeanSquaredError ? T.CreateChecked(2.0 / outputs.Count) : T.CreateChecked(1.0 / outputs.Rows);
        for (int r = 0; r < outputs.Rows; r++)
        {
            Span<T> found = outputs.Row(r);
            Span<T> wanted = targets.Row(r);
            Span<T> result = delta.Row(r);
            if (objective == Objective.CrossEntropy)
            {
                Softmax(found, result);
            }
            else
            {
                found.CopyTo(result);
            }

            for (int k = 0; k < result.Length; k++)
            {
                result[k] = scale * (result[k] - wanted[k]);
            }
        }

        return delta;
    }

    private static void Softmax<T>(ReadOnlySpan<T> outputs, Span<T> result)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T largest = outputs[0];
        foreach (T output in outputs)
        {
            largest = T.Max(largest, output);
        }

        T sum = T.Zero;
        for (int k = 0; k < result.Length; k++)
        {
            result[k] = T.Exp(outputs[k] - largest);
            sum += result[k];
        }

        for (int k = 0; k < result.Length; k++)
        {
            result[k] /= sum;
        }
    }

    // δ ← δ ∘ σ'(z), written in x = σ(z).
    private static void Derive<T>(Activation activation, Tensor<T> delta, Tensor<T> activity)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < delta.Rows; r++)
        {
            Span<T> signal = delta.Row(r);
            Span<T> x = activity.Row(r);
            for (int i = 0; i < signal.Length; i++)
            {
                signal[i] = activation switch
                {
                    Activation.Relu => x[i] > T.Zero ? signal[i] : T.Zero,
                    Activation.Tanh => signal[i] * (T.One - (x[i] * x[i])),
                    _ => signal[i],
                };
            }
        }
    }

    // A unit, or a channel with its positions side by side, has one bias.
    private static Tensor<T> Sums<T>(Tensor<T> delta, int biases, Arena arena)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> sums = arena.Allocate<T>(1, biases);
        Span<T> sum = sums.Row(0);
        int positions = delta.Columns / biases;
        for (int r = 0; r < delta.Rows; r++)
        {
            Span<T> row = delta.Row(r);
            for (int i = 0; i < row.Length; i++)
            {
                sum[i / positions] += row[i];
            }
        }

        return sums;
    }
}
