using Engram.Tasks.Data;
using Engram.Tasks.Families;

namespace Engram.Tasks.Supervised;

/// <summary>Settings of <see cref="ImageClasses"/> as an autoencoder: a network is to give back the image that it sees.</summary>
/// <remarks>Inputs and targets are the same pixels; classes only say which images there are and how they are split. Standardized pixels
/// have variance 1 over the training examples, so that a network that always answers the mean has a loss of 1, and one that answers the
/// mean image a loss below it. Defaults need no files.</remarks>
public sealed record ImageAutoencoderSpec : ImageProblemSpec
{
    /// <summary>Settings with standardized pixels, as regression is measured in shares of the variance.</summary>
    public ImageAutoencoderSpec() => Scale = PixelScale.Standardized;

    /// <inheritdoc/>
    public override bool IsClassification => false;

    /// <inheritdoc/>
    public override ExampleShape? KnownShape =>
        new(Format.Samples, Format.Samples, new ImageShape(Format.Channels, Format.Side, Format.Side));

    /// <inheritdoc/>
    public override ISupervisedProblem Create(DataContext context)
    {
        ImageSet images = LoadImages("images to be given back", context);
        return Located(() => new ImageClasses(this, images, reconstructs: true));
    }
}
