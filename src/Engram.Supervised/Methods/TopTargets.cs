using System.Numerics;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Supervised.Methods;

/// <summary>Where the last hidden layer's target comes from.</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
internal interface ITopTarget<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The last layer's inverse; null where there is none.</summary>
    InverseModel<T>? Inverse { get; }

    /// <summary>Weights that the target came through, of the shape of the last layer's W.</summary>
    Tensor<T> Feedback { get; }

    /// <summary>Writes ĥ_{L−1} − h_{L−1}.</summary>
    /// <param name="pass">The batch.</param>
    /// <param name="difference">[units, n].</param>
    void Fill(ForwardPass<T> pass, Tensor<T> difference);
}

/// <summary>ĥ_{L−1} = h_{L−1} − α ∂L/∂h_{L−1}, with each example's own loss.</summary>
internal sealed class GradientTarget<T>(SupervisedNetwork<T> network, double rate) : ITopTarget<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public InverseModel<T>? Inverse => null;

    /// <inheritdoc/>
    public Tensor<T> Feedback => network.Layers[^1].Weights;

    /// <inheritdoc/>
    public void Fill(ForwardPass<T> pass, Tensor<T> difference)
    {
        network.Layers[^1].Map.Transport(Feedback, pass.Error, difference);
        _ = network.Arithmetic.Difference(
            T.CreateTruncating(-rate * pass.Examples), difference, default, Activation.Identity, default, difference);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>ĥ_{L−1} = h_{L−1} + g_L(ĥ_L) − g_L(h_L), with ĥ_L = y or [y, z].</summary>
internal sealed class OutputTarget<T> : ITopTarget<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly SupervisedNetwork<T> network;
    private readonly InverseModel<T> inverse;
    private readonly Tensor<T> reached;

    public OutputTarget(SupervisedNetwork<T> network, int auxiliary, RandomStream random)
    {
        this.network = network;
        inverse = new InverseModel<T>(network, network.Layers.Length - 1, auxiliary, random);
        reached = arena.Allocate<T>(network.Layers[^1].Spec.Inputs, network.Capacity);
    }

    /// <inheritdoc/>
    public InverseModel<T> Inverse => inverse;

    /// <inheritdoc/>
    public Tensor<T> Feedback => inverse.Weights;

    /// <inheritdoc/>
    public void Fill(ForwardPass<T> pass, Tensor<T> difference)
    {
        Tensor<T> now = pass.Current(reached);
        inverse.ReadFeatures(pass);
        inverse.Apply(pass, pass.Predictions, now);
        inverse.Apply(pass, pass.Targets, difference);
        network.Arithmetic.Add(difference, -T.One, now, difference);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        inverse.Dispose();
        arena.Dispose();
    }
}
