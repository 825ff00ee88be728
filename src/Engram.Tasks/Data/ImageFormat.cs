namespace Engram.Tasks.Data;

/// <summary>Colours of the images of a data set.</summary>
public enum ImageColour
{
    /// <summary>One channel.</summary>
    Grey,

    /// <summary>Three channels: red, green, blue.</summary>
    Rgb,
}

/// <summary>What images are made into when they are read: squares of one size, with one number of channels.</summary>
/// <param name="Side">Height and width, in pixels.</param>
/// <param name="Colour">The channels.</param>
public sealed record ImageFormat(int Side, ImageColour Colour)
{
    /// <summary>Largest side that is read: what a network of the paper's kind takes is far smaller.</summary>
    public const int LargestSide = 512;

    /// <summary>Number of channels: 1 or 3.</summary>
    public int Channels => Colour == ImageColour.Rgb ? 3 : 1;

    /// <summary>Numbers in an image: channels × side × side.</summary>
    public int Samples => Channels * Side * Side;

    /// <inheritdoc/>
    public override string ToString() => $"{Side}×{Side} {(Colour == ImageColour.Rgb ? "RGB" : "grey")}";
}
