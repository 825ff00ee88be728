using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>The forward-forward algorithm: no way back, but two ways forward, of inputs with the right label and with a wrong one. Each
/// layer is to be active for the first and silent for the second.</summary>
/// <remarks>
/// <para>Equation: the label stands in the first K inputs, h_0 = (s y, x_{K+1}, …); x̄ = x √d / ‖x‖, so that a layer never sees how active
/// the one below was; h_l = σ(W_l h̄_{l−1} + b_l); goodness g_l = ‖h_l‖². Each hidden layer descends
/// L_l = ⟨ln(1 + exp(θ d_l − g_l⁺)) + ln(1 + exp(g_l⁻ − θ d_l))⟩ with what comes in held, so that ∂L_l/∂z_l = ∓ 2 (1 − p) h_l with p the
/// layer's own belief in what it should say. The last layer descends the loss itself, from the ordinary pass, which sees the inputs as they
/// are. To be judged, the network is shown every label: the answer is the label of the greatest goodness, summed over all hidden layers but
/// the first.</para>
/// <para>Shapes: h_l [units, n], g_l [1, n], d_l units; x with the label K inputs written over. Errors: the objective is not
/// classification, there is no hidden layer, hidden layers are not fully connected with rectified units, or there are no more inputs than
/// labels. Source: Hinton 2022, section 3.3. Deviations: the readout, which only chooses hard negatives and stands for the network where it
/// is read elsewhere, has the last hidden layer alone below it (theirs all but the first), and sees no neutral label; no peer
/// normalisation.</para>
/// </remarks>
public sealed record ForwardForwardSpec : CreditAssignmentSpec
{
    /// <summary>θ: mean square activity of a layer that makes it as likely as not that the label is right.</summary>
    [Setting(0, 1e6, "θ, the mean square activity at which a layer holds right and wrong label for equally likely.", AboveMinimum = true)]
    public double Threshold { get; init; } = 1;

    /// <summary>s, what stands in the input of the label that is claimed; 0 in those of the others.</summary>
    [Setting(0, 1e6, "s, what is written into the input of the label that is claimed.", AboveMinimum = true)]
    public double LabelStrength { get; init; } = 1;

    /// <summary>Whether wrong labels are drawn in proportion to what the readout thinks of them; else all alike.</summary>
    [Setting("Whether wrong labels are drawn in proportion to the readout's belief in them; else all alike.")]
    public bool HardNegatives { get; init; } = true;

    /// <inheritdoc/>
    public override void Validate(SupervisedNetworkSpec network)
    {
        base.Validate(network);
        if (network.Objective != Objective.CrossEntropy)
        {
            throw new EngramException("Found forward-forward in regression, expected classification: it learns from wrong labels.");
        }

        if (network.Layers.Length < 2 || network.Layers.SkipLast(1).Any(l => l is not LinearSpec { Activation: Activation.Relu }))
        {
            throw new EngramException(
                "Found a network that forward-forward has no rule for, expected at least one hidden layer, all fully connected and " +
                "rectified: set network.activation to relu.");
        }

        if (network.Inputs <= network.Outputs)
        {
            throw new EngramException(
                $"Found {network.Inputs} inputs and {network.Outputs} labels under forward-forward, expected more inputs: labels are " +
                $"written over the first ones.");
        }
    }

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new ForwardForward<T>(network, this);
}

/// <summary>The forward-forward algorithm at work.</summary>
internal sealed class ForwardForward<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Below this a layer is silent: what it hands on is 0 then.
    private static readonly T LeastNorm = T.CreateTruncating(1e-8);

    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly ForwardForwardSpec spec;
    private readonly LayerDirections<T> negativeDirections;

    // h̄ below each hidden layer, with the right and with the wrong label; the last ones take the last hidden layer's h.
    private readonly Tensor<T>[] right, wrong;
    private readonly Tensor<T>[] deltas;
    private readonly Tensor<T> goodness, factors, inputFactors, unlabelled, scores;
    private readonly double[] losses, goodnessRight, goodnessWrong;
    private readonly int hidden;

    public ForwardForward(SupervisedNetwork<T> network, ForwardForwardSpec spec)
    {
        (this.network, this.spec, hidden) = (network, spec, network.Layers.Length - 1);
        Tensor<T>[] Buffers() => [.. network.Layers.Select(l => arena.Allocate<T>(l.Spec.Inputs, network.Capacity))];
        (right, wrong) = (Buffers(), Buffers());
        deltas = [.. network.Layers.Take(hidden).Select(l => arena.Allocate<T>(l.Spec.Outputs, network.Capacity))];
        (goodness, factors) = (arena.Allocate<T>(1, network.Capacity), arena.Allocate<T>(1, network.Capacity));
        (inputFactors, scores) = (arena.Allocate<T>(1, network.Capacity), arena.Allocate<T>(1, network.Capacity));
        unlabelled = arena.Allocate<T>(network.Layers[0].Spec.Outputs, network.Capacity);
        negativeDirections = new LayerDirections<T>(network.Spec);
        (losses, goodnessRight, goodnessWrong) = (new double[hidden], new double[hidden], new double[hidden]);
        Array.Fill(losses, double.NaN);
        Array.Fill(goodnessRight, double.NaN);
        Array.Fill(goodnessWrong, double.NaN);
    }

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        step.Directions.Fill(hidden, network.Layers[hidden], pass.Error, pass.Activity(hidden));
        Present(pass, step.Random.Split("labels"));
        Array.Clear(losses);
        Learn(pass, right, positive: true, step.Directions, goodnessRight);
        Learn(pass, wrong, positive: false, negativeDirections, goodnessWrong);
        for (int l = 0; l < hidden; l++)
        {
            Tensor<T> w = step.Directions.Weights(l), b = step.Directions.Biases(l);
            network.Arithmetic.Add(w, T.One, negativeDirections.Weights(l), w);
            network.Arithmetic.Add(b, T.One, negativeDirections.Biases(l), b);
        }

        return Updates.Forward;
    }

    /// <inheritdoc/>
    public bool Predict(ForwardPass<T> pass)
    {
        // W h̄_0 of the inputs without a label, once; a label adds its column of W, and no label changes ‖h_0‖.
        Tensor<T> input = pass.Current(right[0]), first = pass.Current(unlabelled), output = pass.Activity(hidden + 1);
        T strength = T.CreateTruncating(spec.LabelStrength);
        input.CopyFrom(pass.Activity(0));
        input.Slice(0, output.Rows).Clear();
        network.Arithmetic.ColumnDots(input, input, pass.Current(goodness));
        Span<T> norms = pass.Current(goodness).Row(0);
        for (int n = 0; n < norms.Length; n++)
        {
            norms[n] += strength * strength;
        }

        FindFactors(pass, input.Rows);
        pass.Current(factors).Row(0).CopyTo(pass.Current(inputFactors).Row(0));
        network.Layers[0].Map.Forward(network.Layers[0].Weights, default, input, first);
        for (int k = 0; k < output.Rows; k++)
        {
            Score(pass, first, strength, k);
            pass.Current(scores).Row(0).CopyTo(output.Row(k));
        }

        return true;
    }

    /// <inheritdoc/>
    public IEnumerable<MethodMeasure> Measures()
    {
        for (int l = 0; l < hidden; l++)
        {
            yield return new MethodMeasure("goodness loss", l, losses[l]);
            yield return new MethodMeasure("mean square activity, right label", l, goodnessRight[l]);
            yield return new MethodMeasure("mean square activity, wrong label", l, goodnessWrong[l]);
        }
    }

    /// <inheritdoc/>
    public IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        for (int l = 0; l < hidden; l++)
        {
            int layer = l;
            double Loss() => LossOf(pass, layer, right[layer], positive: true) + LossOf(pass, layer, wrong[layer], positive: false);
            SupervisedLayer<T> own = network.Layers[l];
            yield return new GradientClaim<T>($"goodness loss by W of layer {l}", own.Weights, step.Directions.Weights(l), Loss);
            yield return new GradientClaim<T>($"goodness loss by b of layer {l}", own.Biases, step.Directions.Biases(l), Loss);
        }
    }

    /// <summary>g_l of each example, [1, n], with what came into the layer in the last step held.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="layer">Which hidden layer, from 0.</param>
    /// <param name="positive">With the right label, or with the wrong one.</param>
    internal T[] Goodness(ForwardPass<T> pass, int layer, bool positive)
    {
        Tensor<T> h = pass.Current(deltas[layer]), g = pass.Current(goodness);
        network.Layers[layer].Forward(pass.Current((positive ? right : wrong)[layer]), h);
        network.Arithmetic.ColumnDots(h, h, g);
        return g.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        negativeDirections.Dispose();
        arena.Dispose();
    }

    private static T SoftPlus(T x) => T.Max(x, T.Zero) + T.LogP1(T.Exp(-T.Abs(x)));

    private static int Largest(Tensor<T> rows, int column)
    {
        int best = 0;
        for (int k = 1; k < rows.Rows; k++)
        {
            best = rows[k, column] > rows[best, column] ? k : best;
        }

        return best;
    }

    // Inputs with labels, right and wrong, of length √d.
    private void Present(ForwardPass<T> pass, RandomStream draws)
    {
        Tensor<T> x = pass.Activity(0), positive = pass.Current(right[0]), negative = pass.Current(wrong[0]), y = pass.Targets;
        T strength = T.CreateTruncating(spec.LabelStrength);
        positive.CopyFrom(x);
        positive.Slice(0, y.Rows).Clear();
        negative.CopyFrom(positive);
        for (int n = 0; n < x.Columns; n++)
        {
            int truth = Largest(y, n);
            positive[truth, n] = strength;
            negative[Draw(pass.Predictions, n, truth, draws.NextUniform()), n] = strength;
        }

        Normalize(pass, positive);
        Normalize(pass, negative);
    }

    // A label that is not the right one.
    private int Draw(Tensor<T> beliefs, int column, int truth, double uniform)
    {
        int labels = beliefs.Rows, last = truth == labels - 1 ? labels - 2 : labels - 1;
        double sum = 0;
        for (int k = 0; k < labels && spec.HardNegatives; k++)
        {
            sum += k == truth ? 0 : double.CreateTruncating(beliefs[k, column]);
        }

        if (!(sum > 0))
        {
            int any = Math.Min((int)(uniform * (labels - 1)), labels - 2);
            return any < truth ? any : any + 1;
        }

        double left = uniform * sum;
        for (int k = 0; k < labels; k++)
        {
            left -= k == truth ? 0 : double.CreateTruncating(beliefs[k, column]);
            if (k != truth && left < 0)
            {
                return k;
            }
        }

        return last;
    }

    // From the labelled inputs up: each layer's gradient from its own activity alone.
    private void Learn(ForwardPass<T> pass, Tensor<T>[] inputs, bool positive, LayerDirections<T> directions, double[] meanSquares)
    {
        for (int l = 0; l < hidden; l++)
        {
            Tensor<T> input = pass.Current(inputs[l]), h = pass.Current(inputs[l + 1]), delta = pass.Current(deltas[l]);
            network.Layers[l].Forward(input, h);
            network.Arithmetic.ColumnDots(h, h, pass.Current(goodness));
            Span<T> g = pass.Current(goodness).Row(0), factor = pass.Current(factors).Row(0);
            T threshold = T.CreateTruncating(spec.Threshold * h.Rows), two = T.CreateTruncating(2.0 / pass.Examples);
            double loss = 0, squares = 0;
            for (int n = 0; n < g.Length; n++)
            {
                // What speaks against the layer: d softplus(x) / dx is the logistic function of x.
                T against = positive ? threshold - g[n] : g[n] - threshold, wrongness = T.One / (T.One + T.Exp(-against));
                factor[n] = positive ? -two * wrongness : two * wrongness;
                (loss, squares) = (loss + double.CreateTruncating(SoftPlus(against)), squares + double.CreateTruncating(g[n]));
            }

            losses[l] += loss / pass.Examples;
            meanSquares[l] = squares / ((double)pass.Examples * h.Rows);
            network.Arithmetic.ScaleColumns(h, pass.Current(factors), delta);
            directions.Fill(l, network.Layers[l], delta, input);
            if (l + 1 < hidden)
            {
                FindFactors(pass, h.Rows);
                network.Arithmetic.ScaleColumns(h, pass.Current(factors), h);
            }
        }
    }

    private double LossOf(ForwardPass<T> pass, int layer, Tensor<T> inputs, bool positive)
    {
        Tensor<T> h = pass.Current(deltas[layer]), g = pass.Current(goodness);
        network.Layers[layer].Forward(pass.Current(inputs), h);
        network.Arithmetic.ColumnDots(h, h, g);
        T threshold = T.CreateTruncating(spec.Threshold * h.Rows);
        double loss = 0;
        foreach (T one in g.Row(0))
        {
            loss += double.CreateTruncating(SoftPlus(positive ? threshold - one : one - threshold));
        }

        return loss / pass.Examples;
    }

    // Σ g of one label, from W h_0 without a label, whose factors stand there, into the scores.
    private void Score(ForwardPass<T> pass, Tensor<T> first, T strength, int label)
    {
        Tensor<T> h = pass.Current(deltas[0]), sum = pass.Current(scores), g = pass.Current(goodness), w = network.Layers[0].Weights;
        ReadOnlySpan<T> scale = pass.Current(inputFactors).Row(0);
        for (int r = 0; r < h.Rows; r++)
        {
            T column = strength * w[r, label];
            ReadOnlySpan<T> from = first.Row(r);
            Span<T> to = h.Row(r);
            for (int n = 0; n < to.Length; n++)
            {
                to[n] = (from[n] + column) * scale[n];
            }
        }

        network.Arithmetic.Activate(network.Layers[0].Spec.Activation, network.Layers[0].Biases, h);
        network.Arithmetic.ColumnDots(h, h, g);
        sum.Row(0).Clear();
        if (hidden == 1)
        {
            sum.CopyFrom(g);
        }

        for (int l = 1; l < hidden; l++)
        {
            Tensor<T> input = pass.Current(right[l]);
            FindFactors(pass, h.Rows);
            network.Arithmetic.ScaleColumns(h, pass.Current(factors), input);
            h = pass.Current(deltas[l]);
            network.Layers[l].Forward(input, h);
            network.Arithmetic.ColumnDots(h, h, g);
            network.Arithmetic.Add(sum, T.One, g, sum);
        }
    }

    private void Normalize(ForwardPass<T> pass, Tensor<T> units)
    {
        network.Arithmetic.ColumnDots(units, units, pass.Current(goodness));
        FindFactors(pass, units.Rows);
        network.Arithmetic.ScaleColumns(units, pass.Current(factors), units);
    }

    // √d / ‖h‖ from ‖h‖².
    private void FindFactors(ForwardPass<T> pass, int units)
    {
        ReadOnlySpan<T> squares = pass.Current(goodness).Row(0);
        Span<T> factor = pass.Current(factors).Row(0);
        T length = T.Sqrt(T.CreateTruncating(units));
        for (int n = 0; n < factor.Length; n++)
        {
            factor[n] = length / (T.Sqrt(squares[n]) + LeastNorm);
        }
    }
}
