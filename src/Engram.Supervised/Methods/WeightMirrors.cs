using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Layers;

namespace Engram.Supervised.Methods;

/// <summary>Weight mirrors: noise sent through each layer teaches the feedback weights what the layer's own weights are, without ever
/// reading them.</summary>
/// <remarks>
/// Equation, in each step's first phase, for every layer l with noise x ~ N(0, 1) as its input: y = σ_l(W_l x), ΔB_l = η ⟨x yᵀ⟩, B_l ← (1 −
/// λ) B_l + ΔB_l, the mean over the
/// noise examples (and positions that share weights). Then δ_l = (B_{l+1} δ_{l+1}) ∘ σ'(z_l), ∂W_l = δ_l h_{l−1}ᵀ, ∂b_l = Σ δ_l. As E[x yᵀ]
/// = Wᵀ for linear units, and Wᵀ with a factor
/// E[σ'] for each unit otherwise (Stein), B comes to point as Wᵀ does; with η = λ it is a running mean. Shapes: x [in, m], y [out, m]; B is
/// kept transposed, as W lies.
/// Source: Akrout, Wilson, Humphreys, Lillicrap and Tweed 2019, section 3.1, equation 13, and its algorithm 1. Deviations: a few noise
/// examples in every step rather than long mirror phases between
/// epochs; all layers see the same noise (each its first rows), which changes none of the expectations; biases are silent in the mirror
/// phase.
/// </remarks>
public sealed record WeightMirrorsSpec : RandomFeedbackSpec
{
    /// <summary>m, noise examples of each mirror phase; no more than a batch has.</summary>
    [Setting(1, 1_000_000, "m, noise examples of each mirror phase; no more than a batch has.", Unit = "examples")]
    public int NoiseExamples { get; init; } = 32;

    /// <summary>η.</summary>
    [Setting(0, 1e6, "η, the rate by which B learns from noise.", AboveMinimum = true)]
    public double MirrorRate { get; init; } = 2e-3;

    /// <summary>λ.</summary>
    [Setting(0, 1, "λ, what B loses in each mirror phase.")]
    public double MirrorDecay { get; init; } = 2e-3;

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new WeightMirrors<T>(network, this, random);
}

/// <summary>Weight mirrors at work.</summary>
internal sealed class WeightMirrors<T> : ICreditAssignment<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly WeightMirrorsSpec spec;
    private readonly FeedbackWeights<T> feedback;
    private readonly ErrorTransport<T> transport;
    private readonly NoiseBatch<T> noise;
    private readonly int examples;
    private readonly Tensor<T>[] responses, correlations;

    public WeightMirrors(SupervisedNetwork<T> network, WeightMirrorsSpec spec, RandomStream random)
    {
        (this.network, this.spec) = (network, spec);
        feedback = new FeedbackWeights<T>(network.Spec, random, spec.FeedbackScale);
        transport = new ErrorTransport<T>(network);
        examples = Math.Min(spec.NoiseExamples, network.Capacity);
        LayerSpec[] mirrored = [.. network.Spec.Layers.Skip(1)];
        noise = new NoiseBatch<T>(mirrored.Length == 0 ? 1 : mirrored.Max(l => l.Inputs), examples, network.Team);
        responses = [default, .. mirrored.Select(l => arena.Allocate<T>(l.Outputs, examples))];
        correlations = [default, .. mirrored.Select(l => arena.Allocate<T>(l.WeightRows, l.WeightColumns))];
        Memory = feedback.Memory;
    }

    /// <inheritdoc/>
    public ImmutableArray<MethodTensor<T>> Memory { get; }

    /// <inheritdoc/>
    public int Phases => 2;

    /// <inheritdoc/>
    public Updates Step(in CreditStep<T> step)
    {
        if (step.Phase == 0)
        {
            noise.Draw(step.Random.Split("noise"), examples);
            T keep = T.CreateTruncating(1 - spec.MirrorDecay);
            for (int l = 1; l < network.Layers.Length; l++)
            {
                SupervisedLayer<T> layer = network.Layers[l];
                Tensor<T> x = noise.For(layer.Spec.Inputs), y = responses[l];
                layer.Map.Forward(layer.Weights, default, x, y);
                layer.Activate(y);
                layer.Map.WeightGradient(y, x, correlations[l]);
                network.Arithmetic.Blend(
                    keep, feedback[l], T.CreateTruncating(spec.MirrorRate / ((double)examples * layer.Spec.Positions())), correlations[l]);
            }

            return Updates.None;
        }

        transport.Descend(step.Pass, feedback.All, step.Directions);
        return Updates.Forward;
    }

    /// <inheritdoc/>
    public Tensor<T> Feedback(int layer) => feedback[layer];

    /// <inheritdoc/>
    public void Dispose()
    {
        feedback.Dispose();
        transport.Dispose();
        noise.Dispose();
        arena.Dispose();
    }
}
