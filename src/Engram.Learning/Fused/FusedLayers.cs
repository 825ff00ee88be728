namespace Engram.Learning.Fused;

/// <summary>A network as the fused engine cuts it: convolutions first, then frozen layers, then plastic ones.</summary>
internal static class FusedLayers
{
    /// <summary>Whether every plastic layer is fully connected; convolutions may be frozen.</summary>
    public static bool Cover(NetworkSpec network) => network.Layers.All(l => l is LinearSpec);
}
