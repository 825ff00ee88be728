namespace Engram.Learning.Networks;

/// <summary>Layers in words, for messages.</summary>
internal static class LayerWords
{
    /// <summary>Kind, units and activation: "a convolution of 3 × 8 × 8 units with the activation relu".</summary>
    public static string Of(LayerSpec layer)
    {
        string kind = layer switch
        {
            LinearSpec => "a fully connected layer",
            ConvolutionSpec => "a convolution",
            LocallyConnectedSpec => "a locally connected layer",
            _ => "a layer",
        };
        string units = layer.Geometry is { } g ? $"{g.OutputChannels} × {g.OutputHeight} × {g.OutputWidth}" : $"{layer.Outputs}";
        return $"{kind} of {units} units with the activation {layer.Activation.ToString().ToLowerInvariant()}";
    }
}
