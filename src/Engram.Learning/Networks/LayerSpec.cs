using System.Collections.Immutable;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Text;

namespace Engram.Learning.Networks;

/// <summary>What a layer does to z.</summary>
public enum Activation
{
    /// <summary>x = max(z, 0).</summary>
    Relu,

    /// <summary>x = z.</summary>
    Identity,

    /// <summary>x = tanh z.</summary>
    Tanh,
}

/// <summary>One layer: a linear map of its input with weights W and biases b, then σ: <see cref="LinearSpec"/>,
/// <see cref="ConvolutionSpec"/> or <see cref="LocallyConnectedSpec"/>.</summary>
/// <param name="Activation">σ.</param>
public abstract record LayerSpec(Activation Activation)
{
    /// <summary>Units that it reads, for each example.</summary>
    public abstract int Inputs { get; }

    /// <summary>Units that it has, for each example.</summary>
    public abstract int Outputs { get; }

    /// <summary>Shape of W in files.</summary>
    public abstract ImmutableArray<int> WeightShape { get; }

    /// <summary>Rows of W as a matrix, and length of b: units, or output channels.</summary>
    public virtual int WeightRows => WeightShape[0];

    /// <summary>Columns of W as a matrix: the synapses of one unit (fan-in).</summary>
    public virtual int WeightColumns => WeightShape.Skip(1).Aggregate(1, (product, length) => product * length);

    /// <summary>Synapses that one input unit makes (fan-out): what Glorot's initialisation weighs against
    /// <see cref="WeightColumns"/>.</summary>
    public abstract int FanOut { get; }

    /// <summary>Where its kernels lie, of layers that see patches of an image.</summary>
    public virtual ConvolutionShape? Geometry => null;

    /// <summary>Checks the layer's own numbers.</summary>
    /// <param name="index">Its place in the network, for the message.</param>
    /// <exception cref="EngramException">One is out of range.</exception>
    internal abstract void Validate(int index);
}

/// <summary>A fully connected layer: z = x Wᵀ + b, W [outputs, inputs].</summary>
public sealed record LinearSpec : LayerSpec
{
    /// <summary>Makes a layer of that many units.</summary>
    public LinearSpec(int inputs, int outputs, Activation activation)
        : base(activation) => (Inputs, Outputs) = (inputs, outputs);

    /// <inheritdoc/>
    public override int Inputs { get; }

    /// <inheritdoc/>
    public override int Outputs { get; }

    /// <inheritdoc/>
    public override ImmutableArray<int> WeightShape => [Outputs, Inputs];

    /// <inheritdoc/>
    public override int WeightRows => Outputs;

    /// <inheritdoc/>
    public override int WeightColumns => Inputs;

    /// <inheritdoc/>
    public override int FanOut => Outputs;

    /// <inheritdoc/>
    internal override void Validate(int index)
    {
        if (Inputs < 1 || Outputs < 1)
        {
            throw new EngramException($"Found layer {index} of {Inputs} inputs and {Outputs} outputs, expected at least 1 of each.");
        }
    }
}

/// <summary>A layer whose units see patches of an image: its kernels lie as <see cref="Shape"/> says; units are channels × positions,
/// channel first.</summary>
public abstract record SpatialSpec : LayerSpec
{
    private protected SpatialSpec(ConvolutionShape shape, Activation activation)
        : base(activation) => Shape = shape;

    /// <summary>The geometry.</summary>
    public ConvolutionShape Shape { get; }

    /// <inheritdoc/>
    public override int Inputs => Shape.Inputs;

    /// <inheritdoc/>
    public override int Outputs => Shape.Outputs;

    /// <inheritdoc/>
    public override ImmutableArray<int> WeightShape => [WeightRows, Shape.Channels, Shape.Kernel, Shape.Kernel];

    /// <inheritdoc/>
    public override int WeightColumns => Shape.PatchSize;

    /// <summary>Output channels × k²: as if every position of the kernel fell on each input unit, whatever the stride, as is the
    /// custom.</summary>
    public override int FanOut => Shape.OutputChannels * Shape.Kernel * Shape.Kernel;

    /// <inheritdoc/>
    public override ConvolutionShape? Geometry => Shape;

    /// <inheritdoc/>
    internal override void Validate(int index)
    {
        try
        {
            Shape.Validate();
        }
        catch (EngramException wrong)
        {
            throw new EngramException($"Layer {index}: {wrong.Message}", wrong);
        }
    }
}

/// <summary>A convolution: z = W ⋆ x + b, W [output channels, channels, k, k], b one for each output channel; units are channels ×
/// positions, channel first.</summary>
/// <remarks>
/// Under a local rule the weights that all positions share change by the rule's update averaged over positions P = H' W', with each
/// position's patch as presynaptic
/// and its activity after feedback as postsynaptic activity: for Oja's rule, summed over the batch n,
/// W ← W + m α ∘ (pᵀa − d 1ᵀ ∘ W) / P with a [n P, C k k], p [n P, output channels], d_j = Σ p_j². Feedback reaches every unit: B has a row
/// for each channel and
/// position. A gradient learner takes ∂ℓ/∂W as it is, summed over positions.
/// Source: the network is Lindsey and Litwin-Kumar 2020, section 5; plastic convolutions are ours (the authors' code has none that runs).
/// </remarks>
public sealed record ConvolutionSpec : SpatialSpec
{
    /// <summary>Makes a layer of that geometry.</summary>
    public ConvolutionSpec(ConvolutionShape shape, Activation activation)
        : base(shape, activation)
    {
    }

    /// <inheritdoc/>
    public override int WeightRows => Shape.OutputChannels;

    /// <summary>Whether another convolution can read this one's output.</summary>
    public bool Feeds(ConvolutionSpec next) =>
        (Shape.OutputChannels, Shape.OutputHeight, Shape.OutputWidth) == (next.Shape.Channels, next.Shape.Height, next.Shape.Width);
}

/// <summary>A locally connected layer, a convolution without weight sharing: each position has weights and biases of its own; units are
/// channels × positions, channel first.</summary>
/// <remarks>
/// W is [positions × output channels, channels, k, k], a position after the other, as <see cref="LocallyConnectedReference"/> says; a bias
/// for each unit in the same order. Supervised networks have such
/// layers, those that learn within a lifetime have not.
/// </remarks>
public sealed record LocallyConnectedSpec : SpatialSpec
{
    /// <summary>Makes a layer of that geometry.</summary>
    public LocallyConnectedSpec(ConvolutionShape shape, Activation activation)
        : base(shape, activation)
    {
    }

    /// <inheritdoc/>
    public override int WeightRows => Shape.Outputs;
}
