using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Target propagation at work, in any of its forms; equations are in <see cref="TargetPropagationSpec"/>.</summary>
internal sealed class TargetPropagation<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly TargetPropagationSpec spec;
    private readonly ITopTarget<T> top;
    private readonly bool difference;
    private readonly InverseModel<T>?[] inverses;
    private readonly Tensor<T>[] targets, differences, deltas;
    private readonly double[] losses;
    private readonly NoiseBatch<T>? noise;

    /// <summary>Makes inverses and buffers.</summary>
    /// <param name="network">The network.</param>
    /// <param name="spec">Noise and schedule.</param>
    /// <param name="random">Where initial inverses come from.</param>
    /// <param name="difference">Whether targets below the top are h + g(ĥ) − g(h), rather than g(ĥ).</param>
    /// <param name="top">Where the last hidden layer's target comes from; disposed of with the method.</param>
    public TargetPropagation(
        SupervisedNetwork<T> network, TargetPropagationSpec spec, RandomStream random, bool difference, ITopTarget<T> top)
    {
        (this.network, this.spec, this.difference, this.top) = (network, spec, difference, top);
        int last = network.Layers.Length - 1;
        inverses = [.. Enumerable.Range(0, last + 1)
            .Select(l => l == 0 ? null : l == last ? top.Inverse : new InverseModel<T>(network, l, 0, random))];

        // Of activity l, as in the pass: the input has no target, the output its own.
        Tensor<T>[] Buffers() =>
            [.. Enumerable.Range(0, last + 1)
            .Select(l => l == 0 ? default : arena.Allocate<T>(network.Layers[l].Spec.Inputs, network.Capacity))];
        (targets, differences, deltas, losses) = (Buffers(), Buffers(), Buffers(), new double[last + 1]);
        noise = spec.Noise == 0 ? null : new NoiseBatch<T>(network.Layers.Skip(1).Max(l => l.Spec.Inputs), network.Capacity, network.Team);
        Parameters = [.. inverses.SelectMany(i => i?.Parameters ?? [])];
        Memory = [.. inverses.SelectMany(i => i?.Memory ?? [])];
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodParameter<T>> Parameters { get; }

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public int Phases => spec.Schedule == TargetSchedule.AlternatingSteps ? 2 : 1;

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        (bool inverse, bool forward) = spec.Schedule switch
        {
            TargetSchedule.Parallel => (true, true),
            TargetSchedule.AlternatingSteps => (step.Phase == 0, step.Phase == 1),
            _ => (step.Epoch % 2 == 0, step.Epoch % 2 == 1),
        };
        if (step.Phase == 0)
        {
            Forget();
        }

        if (inverse)
        {
            LearnInverses(step);
        }

        if (forward)
        {
            PropagateTargets(step.Pass);
            FollowTargets(step);
        }

        return (forward ? Updates.Forward : Updates.None) | (inverse ? Updates.Own : Updates.None);
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => layer == network.Layers.Length - 1 ? top.Feedback : inverses[layer]!.Weights;

    /// <inheritdoc/>
    public IEnumerable<MethodMeasure> Measures()
    {
        for (int l = 0; l < network.Layers.Length; l++)
        {
            if (l + 1 < network.Layers.Length)
            {
                yield return new MethodMeasure("forward loss", l, losses[l + 1]);
            }

            if (inverses[l] is { } inverse)
            {
                yield return new MethodMeasure("inverse loss", l, inverse.Loss);
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<GradientClaim<T>> Claims(CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        LayerDirections<T> directions = step.Directions;
        for (int l = 0; l + 1 < network.Layers.Length; l++)
        {
            int layer = l;
            Tensor<T> output = arena.Allocate<T>(network.Layers[l].Spec.Outputs, network.Capacity), target = Target(pass, l + 1);
            double Loss()
            {
                Tensor<T> now = pass.Current(output);
                network.Layers[layer].Forward(pass.Activity(layer), now);
                return network.Arithmetic.Difference(T.One, now, target, Activation.Identity, default, now) / pass.Examples;
            }

            yield return new GradientClaim<T>($"forward loss by W of layer {l}", network.Layers[l].Weights, directions.Weights(l), Loss);
            yield return new GradientClaim<T>($"forward loss by b of layer {l}", network.Layers[l].Biases, directions.Biases(l), Loss);
        }

        foreach (InverseModel<T> inverse in inverses.OfType<InverseModel<T>>())
        {
            foreach (GradientClaim<T> claim in inverse.Claims(pass))
            {
                yield return claim;
            }
        }
    }

    /// <summary>ĥ of an activity, 1 … L − 1, as the last step left it: [units, n].</summary>
    internal Tensor<T> Target(ForwardPass<T> pass, int activity)
    {
        Tensor<T> target = pass.Current(targets[activity]);
        network.Arithmetic.Add(pass.Activity(activity), T.One, pass.Current(differences[activity]), target);
        return target;
    }

    /// <summary>ĥ − h of all activities, from the top down.</summary>
    /// <remarks>Late in training ĥ − h is far below h: in the difference forms it is what comes out of the inverses, and never what is left
    /// of a sum with h. ĥ itself is for the next inverse alone.</remarks>
    internal void PropagateTargets(ForwardPass<T> pass)
    {
        int last = network.Layers.Length - 1;
        top.Fill(pass, pass.Current(differences[last]));
        for (int l = last - 1; l > 0; l--)
        {
            Tensor<T> change = pass.Current(differences[l]), now = pass.Activity(l);
            inverses[l]!.Apply(pass, Target(pass, l + 1), change);
            if (difference)
            {
                now = pass.Current(deltas[l]);
                inverses[l]!.Apply(pass, pass.Activity(l + 1), now);
            }

            network.Arithmetic.Add(change, -T.One, now, change);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int l = 1; l + 1 < inverses.Length; l++)
        {
            inverses[l]!.Dispose();
        }

        top.Dispose();
        noise?.Dispose();
        arena.Dispose();
    }

    // What a step does not compute it does not report: a run that was resumed has nothing of the steps before.
    private void Forget()
    {
        Array.Fill(losses, double.NaN);
        foreach (InverseModel<T>? inverse in inverses)
        {
            inverse?.Forget();
        }
    }

    private void LearnInverses(in CreditStep<T> step)
    {
        noise?.Draw(step.Random.Split("noise"), step.Pass.Examples);
        foreach (InverseModel<T>? inverse in inverses)
        {
            inverse?.Learn(step.Pass, noise, spec.Noise);
        }
    }

    private void FollowTargets(in CreditStep<T> step)
    {
        ForwardPass<T> pass = step.Pass;
        int last = network.Layers.Length - 1;
        step.Directions.Fill(last, network.Layers[last], pass.Error, pass.Activity(last));
        for (int l = 0; l < last; l++)
        {
            Tensor<T> delta = pass.Current(deltas[l + 1]), h = pass.Activity(l + 1);
            T factor = T.CreateTruncating(-2.0 / pass.Examples);
            losses[l + 1] = network.Arithmetic.Difference(
                factor, pass.Current(differences[l + 1]), default, network.Layers[l].Spec.Activation, h, delta) / pass.Examples;
            step.Directions.Fill(l, network.Layers[l], delta, pass.Activity(l));
        }
    }
}
