using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Counter-current learning: inputs flow up through W, labels flow down through weights of their own, and each layer makes the two
/// streams alike where they meet.</summary>
/// <remarks>
/// <para>Equation: up a_l = h_l; down c_L = label, c_{l−1} = σ(B_lᵀ c_l), to the first hidden layer. In classification the K labels come
/// down, once for the whole batch, and layer l has the loss L_l = s ⟨(a_lᵀ c_l^k − y_k)²⟩, mean over examples and labels k: an activity is
/// to look like its own label's signal and be orthogonal to the others'. In regression, and without <see cref="AgainstClasses"/>, each
/// example's target comes down, and L_l = s ⟨‖a_l − c_l‖²⟩ / d_l, mean over examples. W_l and b_l descend L_l with a_{l−1} and c_l held,
/// B_{l+1} descends it with c_{l+1} and a_l held; the last layer descends the loss itself. No error travels: each stream is the other's
/// teacher.</para>
/// <para>Shapes: a_l [units, n]; c_l [units, K], or [units, n]; d_l units; B_l of W_l's shape, so that layers on images have a downward
/// stream of their own kind. Errors: none beyond those of settings. Source: Kao and Hariharan 2024, section 3; the loss between labels and
/// activities is that of their published runs. Deviations: theirs weighs each L_l by 256 / d_l, has ELU units without
/// biases, lets labels come down to the input, where they teach no W, and clips gradients to norm 1 at a rate of 1; here a layer counts as
/// it is, units are the network's (rectified ones may fall silent: what comes down then has no negative numbers), W has biases, and B
/// has an optimizer of its own.</para>
/// </remarks>
public sealed record CounterCurrentLearningSpec : CreditAssignmentSpec
{
    /// <summary>s, what the losses between the streams are multiplied by, beside the loss of the output.</summary>
    [Setting(0, 1e6, "s, what the losses between the two streams are multiplied by.", AboveMinimum = true)]
    public double LossScale { get; init; } = 0.5;

    /// <summary>Whether, in classification, all labels come down and are told apart; else each example's own label does.</summary>
    [Setting(
        "Whether, in classification, activities are to be like their own label's signal and unlike the others'; else each is to equal " +
        "its own, as in regression.")]
    public bool AgainstClasses { get; init; } = true;

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new CounterCurrentLearning<T>(network, this, random);
}

/// <summary>Counter-current learning at work.</summary>
internal sealed class CounterCurrentLearning<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly bool classes;
    private readonly double scale;

    // Of layer l, from the second: B_l, with operators of the width of what comes down; the meeting of a_l and c_l as a layer whose
    // weights are c_l.
    private readonly SupervisedLayer<T>[] down;
    private readonly SupervisedLayer<T>?[] meetings;

    // Of activity l: c_l, its gradient, and that of a_l.
    private readonly Tensor<T>[] signals, signalGradients, deltas;
    private readonly Tensor<T> similarities;
    private readonly Tensor<T>[] directions;
    private readonly double[] losses;

    public CounterCurrentLearning(SupervisedNetwork<T> network, CounterCurrentLearningSpec spec, RandomStream random)
    {
        this.network = network;
        (classes, scale) = (spec.AgainstClasses && network.Spec.Objective == Objective.CrossEntropy, spec.LossScale);
        ImmutableArray<LayerSpec> layers = network.Spec.Layers;
        int columns = classes ? network.Spec.Outputs : network.Capacity;
        Tensor<T>[] Own() => [.. layers.Select((l, i) => i == 0 ? default : arena.Allocate<T>(l.WeightRows, l.WeightColumns))];
        Tensor<T>[] weights = Own();
        directions = Own();
        down = [.. layers.Select((l, i) => network.MakeLayer(l, weights[i], default, columns))];
        int[] units = [network.Spec.Inputs, .. layers.Select(l => l.Outputs)];
        signals = [.. units.Select(u => arena.Allocate<T>(u, columns))];
        signalGradients = [.. units.Select(u => arena.Allocate<T>(u, columns))];
        deltas = [.. units.Select(u => arena.Allocate<T>(u, network.Capacity))];
        similarities = arena.Allocate<T>(network.Spec.Outputs, network.Capacity);
        meetings = [.. units.Select((u, i) => classes
            ? network.MakeLayer(new LinearSpec(network.Spec.Outputs, u, Activation.Identity), signals[i], default) : null)];
        losses = new double[layers.Length - 1];
        Array.Fill(losses, double.NaN);
        for (int l = 1; l < layers.Length; l++)
        {
            // A unit of the layer below hears the units that this one would reach: fan-in and fan-out change places.
            WeightInitializers.Fill(
                weights[l], layers[l].FanOut, layers[l].WeightColumns, network.Spec.Initialization,
                random.Split(FeedbackWeights<T>.Name(l)));
        }

        Parameters = [.. Enumerable.Range(1, layers.Length - 1).Select(l =>
            new MethodParameter<T>(FeedbackWeights<T>.Name(l), l, weights[l], directions[l], ParameterPace.Own))];
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        int last = network.Layers.Length - 1;
        Descend(pass);
        step.Directions.Fill(last, network.Layers[last], pass.Error, pass.Activity(last));
        for (int l = last; l > 0; l--)
        {
            // Where a_l and c_l meet: W_l, of the layer below, learns from one side, B_{l+1}, of the one above, from the other.
            SupervisedLayer<T> layer = network.Layers[l - 1];
            Tensor<T> delta = pass.Current(deltas[l]);
            losses[l - 1] = Meet(pass, l, pass.Activity(l), Signal(pass, signalGradients[l]));
            layer.Derive(pass.Activity(l), delta);
            step.Directions.Fill(l - 1, layer, delta, pass.Activity(l - 1));
            layer.Derive(Signal(pass, signals[l]), Signal(pass, signalGradients[l]));
            down[l].Map.WeightGradient(Signal(pass, signals[l + 1]), Signal(pass, signalGradients[l]), directions[l]);
        }

        return Updates.Forward | Updates.Own;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => down[layer].Weights;

    /// <inheritdoc/>
    public IEnumerable<MethodMeasure> Measures()
    {
        for (int l = 0; l < losses.Length; l++)
        {
            yield return new MethodMeasure("meeting loss", l, losses[l]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        for (int l = 1; l < network.Layers.Length; l++)
        {
            int meeting = l;
            SupervisedLayer<T> below = network.Layers[l - 1];
            Tensor<T> output = arena.Allocate<T>(below.Spec.Outputs, network.Capacity);
            double Up()
            {
                Tensor<T> now = pass.Current(output);
                Descend(pass);
                below.Forward(pass.Activity(meeting - 1), now);
                return Meet(pass, meeting, now, default);
            }

            double Down()
            {
                Descend(pass);
                return Meet(pass, meeting, pass.Activity(meeting), default);
            }

            yield return new GradientClaim<T>($"meeting loss by W of layer {l - 1}", below.Weights, step.Directions.Weights(l - 1), Up);
            yield return new GradientClaim<T>($"meeting loss by b of layer {l - 1}", below.Biases, step.Directions.Biases(l - 1), Up);
            yield return new GradientClaim<T>($"meeting loss by B of layer {l}", down[l].Weights, directions[l], Down);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SupervisedLayer<T>? layer in down.Concat(meetings))
        {
            layer?.Map.Dispose();
        }

        arena.Dispose();
    }

    // K labels are as many columns, whatever the batch; targets are one an example.
    private Tensor<T> Signal(ForwardPass<T> pass, Tensor<T> buffer) => classes ? buffer : pass.Current(buffer);

    private void Descend(ForwardPass<T> pass)
    {
        Tensor<T> top = Signal(pass, signals[^1]);
        if (classes)
        {
            top.Clear();
            for (int k = 0; k < top.Rows; k++)
            {
                top[k, k] = T.One;
            }
        }
        else
        {
            top.CopyFrom(pass.Targets);
        }

        for (int l = network.Layers.Length - 1; l > 0; l--)
        {
            Tensor<T> below = Signal(pass, signals[l]);
            down[l].Map.Transport(down[l].Weights, Signal(pass, signals[l + 1]), below);
            network.Layers[l - 1].Activate(below);
        }
    }

    /// <summary>L_l of an activity, and its gradients by a_l and c_l.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="l">Which activity, from 1.</param>
    /// <param name="activity">a_l.</param>
    /// <param name="signalGradient">What becomes of ∂L/∂c_l; an empty view where only the loss is wanted.</param>
    private double Meet(ForwardPass<T> pass, int l, Tensor<T> activity, Tensor<T> signalGradient)
    {
        Tensor<T> delta = pass.Current(deltas[l]), c = Signal(pass, signals[l]);
        if (!classes)
        {
            double share = scale / ((double)pass.Examples * activity.Rows);
            double squares = network.Arithmetic.Difference(
                T.CreateTruncating(2 * share), activity, c, Activation.Identity, default, delta);
            if (!signalGradient.IsEmpty)
            {
                _ = network.Arithmetic.Difference(T.CreateTruncating(2 * share), c, activity, Activation.Identity, default, signalGradient);
            }

            return share * squares;
        }

        LayerOperator<T> meeting = meetings[l]!.Map;
        Tensor<T> s = pass.Current(similarities);
        double mean = scale / ((double)pass.Examples * s.Rows);
        meeting.Transport(c, activity, s);
        double sum = network.Arithmetic.Difference(T.CreateTruncating(2 * mean), s, pass.Targets, Activation.Identity, default, s);
        if (!signalGradient.IsEmpty)
        {
            meeting.Forward(c, default, s, delta);
            meeting.WeightGradient(activity, s, signalGradient);
        }

        return mean * sum;
    }
}
