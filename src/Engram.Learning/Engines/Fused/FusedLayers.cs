using Engram.Learning.Networks;

namespace Engram.Learning.Engines.Fused;

/// <summary>A network as the fused engine cuts it: frozen convolutions, then frozen fully connected layers, then plastic ones.</summary>
internal sealed class FusedLayers
{
    /// <summary>Cuts a network.</summary>
    public FusedLayers(NetworkSpec network)
    {
        Convolutions = [.. network.Layers.OfType<ConvolutionSpec>()];
        Frozen = [.. network.Layers.Take(network.FrozenLayers).Skip(Convolutions.Length)];
        Plastic = [.. network.Layers.Skip(network.FrozenLayers)];
        Inputs = Convolutions.Length > 0 ? Convolutions[^1].Outputs : network.Inputs;
    }

    /// <summary>The convolutions, all frozen.</summary>
    public ConvolutionSpec[] Convolutions { get; }

    /// <summary>The frozen fully connected layers.</summary>
    public LayerSpec[] Frozen { get; }

    /// <summary>The plastic layers.</summary>
    public LayerSpec[] Plastic { get; }

    /// <summary>Units that enter the first layer that is not a convolution.</summary>
    public int Inputs { get; }

    /// <summary>Units that enter the first plastic layer.</summary>
    public int PlasticInputs => Frozen.Length > 0 ? Frozen[^1].Outputs : Inputs;

    /// <summary>Whether a network can be cut so: every plastic layer is fully connected, and no layer has another activation than the
    /// kernels do.</summary>
    public static bool Cover(NetworkSpec network) =>
        network.Layers.Skip(network.FrozenLayers).All(l => l is LinearSpec)
            && network.Layers.All(l => l.Activation is Activation.Relu or Activation.Identity);
}
