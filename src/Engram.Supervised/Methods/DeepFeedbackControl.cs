using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Deep feedback control at work; equations are in <see cref="DeepFeedbackControlSpec"/>.</summary>
internal sealed class DeepFeedbackControl<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly DeepFeedbackControlSpec spec;
    private readonly BatchedGmres<T> solver;
    private readonly Action<Tensor<T>, Tensor<T>> apply;
    private readonly NoiseBatch<T>? noise;

    // Of layer l: Q_l as a layer from u; its direction; Q_l u; where the layer settles; what moves along J, or what a synapse learns from.
    private readonly SupervisedLayer<T>[] feedback;
    private readonly Tensor<T>[] feedbackDirections, pushes, settled, moving;
    private readonly Tensor<T> signal, wanted, deviation;
    private readonly double[] feedbackLosses;

    // Where noise of layer l begins among that of all; the last is how much there is.
    private readonly int[] firstUnits;
    private ForwardPass<T>? pass;
    private double residual = double.NaN;

    public DeepFeedbackControl(SupervisedNetwork<T> network, DeepFeedbackControlSpec spec, RandomStream random)
    {
        (this.network, this.spec, apply) = (network, spec, Apply);
        int outputs = network.Spec.Outputs, last = network.Layers.Length - 1;
        Tensor<T>[] weights = [.. network.Layers.Select(l => arena.Allocate<T>(l.Spec.Outputs, outputs))];
        for (int k = 0; k < outputs; k++)
        {
            weights[last][k, k] = T.One;
        }

        feedback = [.. network.Layers.Select((l, i) =>
            network.MakeLayer(new LinearSpec(outputs, l.Spec.Outputs, Activation.Identity), weights[i], default))];
        for (int l = last - 1; l >= 0; l--)
        {
            if (spec.FeedbackStart == FeedbackStart.Random)
            {
                WeightInitializers.Fill(
                    weights[l], outputs, weights[l].Rows, network.Spec.Initialization, random.Split(FeedbackWeights<T>.Name(l)));
                continue;
            }

            // Through an operator that has room for as many columns as there are outputs.
            SupervisedLayer<T> above = network.Layers[l + 1];
            using LayerOperator<T> map = network.MakeLayer(above.Spec, above.Weights, default, outputs).Map;
            map.Transport(above.Weights, weights[l + 1], weights[l]);
        }

        Tensor<T>[] Buffers() => [.. network.Layers.Select(l => arena.Allocate<T>(l.Spec.Outputs, network.Capacity))];
        (pushes, settled, moving) = (Buffers(), Buffers(), Buffers());
        (signal, wanted, deviation) = (arena.Allocate<T>(outputs, network.Capacity), arena.Allocate<T>(outputs, network.Capacity),
            arena.Allocate<T>(outputs, network.Capacity));
        solver = new BatchedGmres<T>(outputs, spec.ControlSteps, network.Capacity, network.Arithmetic);
        feedbackLosses = new double[last + 1];
        Array.Fill(feedbackLosses, double.NaN);
        firstUnits = new int[last + 2];
        for (int l = 0; l <= last; l++)
        {
            firstUnits[l + 1] = firstUnits[l] + network.Layers[l].Spec.Outputs;
        }

        feedbackDirections = [];
        Parameters = [];
        if (spec.FeedbackLearns)
        {
            noise = new NoiseBatch<T>(firstUnits[^1], network.Capacity, network.Team);
            feedbackDirections = [.. weights.Select(w => arena.Allocate<T>(w.Rows, w.Columns))];
            Parameters = [.. weights.Select((w, l) =>
                new MethodParameter<T>(FeedbackWeights<T>.Name(l), l, w, feedbackDirections[l], ParameterPace.Own))
                .Where(p => Learns(p.Layer))];
        }

        Memory = [.. weights.Select((w, l) => new MethodTensor<T>(FeedbackWeights<T>.Name(l), w)).Where((_, l) => !Learns(l))];
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public int Phases => spec.FeedbackLearns ? 2 : 1;

    /// <summary>Q_l, [units, K].</summary>
    internal Tensor<T> FeedbackOf(int layer) => feedback[layer].Weights;

    /// <summary>Q_l u as the last step left it, [units, n].</summary>
    internal Tensor<T> Push(ForwardPass<T> of, int layer) => of.Current(pushes[layer]);

    /// <summary>r_l under the controller as the last step left it, [units, n].</summary>
    internal Tensor<T> Settled(ForwardPass<T> of, int layer) => of.Current(settled[layer]);

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        pass = step.Pass;
        if (step.Phase == 0)
        {
            Array.Fill(feedbackLosses, double.NaN);
            residual = double.NaN;
        }

        if (spec.FeedbackLearns && step.Phase == 0)
        {
            LearnFeedback(step);
            return Updates.Own;
        }

        if (step.Step < spec.WarmUpSteps)
        {
            return Updates.None;
        }

        Control();
        Settle(step.Directions);
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public IEnumerable<MethodMeasure> Measures()
    {
        for (int l = 0; l < feedbackLosses.Length && spec.FeedbackLearns; l++)
        {
            if (Learns(l))
            {
                yield return new MethodMeasure("feedback loss", l, feedbackLosses[l]);
            }
        }

        yield return new MethodMeasure("residual of the controller", network.Layers.Length - 1, residual);
    }

    /// <inheritdoc/>
    public IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step)
    {
        ForwardPass<T> batch = step.Pass;
        for (int l = 0; l < network.Layers.Length; l++)
        {
            int layer = l;
            Tensor<T> output = arena.Allocate<T>(network.Layers[l].Spec.Outputs, network.Capacity),
                voltages = arena.Allocate<T>(network.Layers[l].Spec.Outputs, network.Capacity);

            // v_l as the step has left it.
            Tensor<T> held = batch.Current(voltages);
            Map(batch, l, held);
            network.Arithmetic.Add(held, T.One, batch.Current(pushes[l]), held);
            double Loss()
            {
                Tensor<T> z = batch.Current(output);
                Map(batch, layer, z);
                return MatchingLoss(batch, layer, z, batch.Current(voltages));
            }

            SupervisedLayer<T> own = network.Layers[l];
            yield return new GradientClaim<T>($"matching loss by W of layer {l}", own.Weights, step.Directions.Weights(l), Loss);
            yield return new GradientClaim<T>($"matching loss by b of layer {l}", own.Biases, step.Directions.Biases(l), Loss);
        }

        foreach (MethodParameter<T> q in Parameters)
        {
            yield return new GradientClaim<T>($"feedback loss by {q.Name}", q.Values, q.Direction, () =>
            {
                double squares = Reconstruct(batch, q.Layer), norm = q.Values.ToArray().Sum(v => double.CreateTruncating(v * v));
                return (squares / (2 * batch.Examples)) + (spec.FeedbackDecay * norm / 2);
            });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SupervisedLayer<T> layer in feedback)
        {
            layer.Map.Dispose();
        }

        solver.Dispose();
        noise?.Dispose();
        arena.Dispose();
    }

    // ∫ σ, from 0.
    private static double Integral(Activation activation, double z) => activation switch
    {
        Activation.Tanh => Math.Abs(z) + double.LogP1(Math.Exp(-2 * Math.Abs(z))) - Math.Log(2),
        Activation.Relu => z > 0 ? z * z / 2 : 0,
        _ => z * z / 2,
    };

    private bool Learns(int layer) => spec.FeedbackLearns && (spec.OutputFeedbackLearns || layer < feedback.Length - 1);

    // W_l r_{l−1} + b_l.
    private void Map(ForwardPass<T> batch, int layer, Tensor<T> result) =>
        network.Layers[layer].Map.Forward(network.Layers[layer].Weights, network.Layers[layer].Biases, Below(batch, layer), result);

    private Tensor<T> Below(ForwardPass<T> batch, int layer) => layer == 0 ? batch.Activity(0) : batch.Current(settled[layer - 1]);

    // u, and with it the pushes.
    private void Control()
    {
        Tensor<T> target = pass!.Current(wanted), u = pass.Current(signal);
        target.Clear();
        network.Arithmetic.Add(target, T.CreateTruncating(-spec.TargetRate * pass.Examples), pass.Error, target);
        solver.Solve(apply, target, spec.ControlTolerance, u);
        residual = solver.Residual;
        for (int l = 0; l < feedback.Length; l++)
        {
            Push(u, l, pass.Current(pushes[l]));
        }
    }

    // Q_l u; where Q_L is the identity there is nothing to multiply.
    private void Push(Tensor<T> u, int layer, Tensor<T> result)
    {
        if (layer == feedback.Length - 1 && !Learns(layer))
        {
            result.CopyFrom(u);
            return;
        }

        feedback[layer].Forward(u, result);
    }

    // (J Q + α I) u: what all pushes together do to the output, to first order, and the leak.
    private void Apply(Tensor<T> u, Tensor<T> result)
    {
        for (int l = 0; l < feedback.Length; l++)
        {
            Tensor<T> v = pass!.Current(moving[l]);
            Push(u, l, l == 0 ? v : pass.Current(pushes[l]));
            if (l > 0)
            {
                network.Layers[l].Map.Forward(network.Layers[l].Weights, default, pass.Current(moving[l - 1]), v);
                network.Arithmetic.Add(v, T.One, pass.Current(pushes[l]), v);
            }

            network.Layers[l].Derive(pass.Activity(l + 1), v);
        }

        network.Arithmetic.Add(pass!.Current(moving[^1]), T.CreateTruncating(spec.Leak), u, result);
    }

    // From the input up, with the pushes; synapses learn from what they do to their own layer.
    private void Settle(LayerDirections<T> directions)
    {
        T factor = T.CreateTruncating(-1.0 / (spec.TargetRate * pass!.Examples));
        for (int l = 0; l < feedback.Length; l++)
        {
            SupervisedLayer<T> layer = network.Layers[l];
            Tensor<T> input = Below(pass, l), rates = pass.Current(settled[l]), delta = pass.Current(moving[l]),
                push = pass.Current(pushes[l]);
            Map(pass, l, delta);
            network.Arithmetic.Add(delta, T.One, push, rates);
            layer.Activate(rates);
            if (spec.Rule == ControlRule.Rates)
            {
                layer.Activate(delta);
                _ = network.Arithmetic.Difference(factor, rates, delta, Activation.Identity, default, delta);
            }
            else
            {
                _ = network.Arithmetic.Difference(factor, push, default, Activation.Identity, default, delta);
            }

            directions.Fill(l, layer, delta, input);
        }
    }

    // Noise in every voltage; the output deviates, the controller answers, and Q learns what would have caused it.
    private void LearnFeedback(in CreditStep<T> step)
    {
        ForwardPass<T> batch = step.Pass;
        noise!.Draw(step.Random.Split("noise"), batch.Examples);
        T deviationOfNoise = T.CreateTruncating(spec.FeedbackNoise);
        for (int l = 0; l < feedback.Length; l++)
        {
            SupervisedLayer<T> layer = network.Layers[l];
            Tensor<T> v = batch.Current(moving[l]);
            layer.Map.Forward(layer.Weights, layer.Biases, l == 0 ? batch.Activity(0) : batch.Current(moving[l - 1]), v);
            if (Learns(l))
            {
                network.Arithmetic.Add(v, deviationOfNoise, Noise(l), v);
            }

            layer.Activate(v);
        }

        _ = network.Arithmetic.Difference(
            T.One / deviationOfNoise, batch.Current(moving[^1]), batch.Activity(feedback.Length), Activation.Identity, default,
            batch.Current(deviation));
        for (int l = 0; l < feedback.Length; l++)
        {
            if (Learns(l))
            {
                feedbackLosses[l] = Reconstruct(batch, l) / (2 * batch.Examples);
                feedback[l].Map.WeightGradient(batch.Current(pushes[l]), batch.Current(deviation), feedbackDirections[l]);
                network.Arithmetic.Add(
                    feedbackDirections[l], T.CreateTruncating(spec.FeedbackDecay), feedback[l].Weights, feedbackDirections[l]);
            }
        }
    }

    private Tensor<T> Noise(int layer) =>
        noise!.For(firstUnits[^1]).Slice(firstUnits[layer], network.Layers[layer].Spec.Outputs);

    /// <summary>Σ ‖ε_l − Q_l d‖², and (Q_l d − ε_l) / n where pushes of the layer stand.</summary>
    private double Reconstruct(ForwardPass<T> batch, int layer)
    {
        Tensor<T> guess = batch.Current(pushes[layer]);
        feedback[layer].Forward(batch.Current(deviation), guess);
        return network.Arithmetic.Difference(
            T.One / T.CreateTruncating(batch.Examples), guess, Noise(layer), Activation.Identity, default, guess);
    }

    // Of what ∂W is the gradient, with rates and pushes held: Σ ∫σ(z) − σ(v) z, or ½ ‖v − z‖².
    private double MatchingLoss(ForwardPass<T> batch, int layer, Tensor<T> z, Tensor<T> voltages)
    {
        Tensor<T> rates = batch.Current(settled[layer]);
        SupervisedLayer<T> own = network.Layers[layer];
        double sum = 0;
        for (int r = 0; r < z.Rows; r++)
        {
            for (int n = 0; n < z.Columns; n++)
            {
                double now = double.CreateTruncating(z[r, n]), left = double.CreateTruncating(voltages[r, n]) - now;
                sum += spec.Rule == ControlRule.Rates
                    ? Integral(own.Spec.Activation, now) - (double.CreateTruncating(rates[r, n]) * now)
                    : left * left / 2;
            }
        }

        return sum / (spec.TargetRate * batch.Examples);
    }
}
