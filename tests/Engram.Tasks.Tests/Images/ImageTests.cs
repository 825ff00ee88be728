using Engram.Tasks.Images;

namespace Engram.Tasks.Tests;

public class ImageTests
{
    [Theory]
    [InlineData(255, 0, 0, 76)]
    [InlineData(0, 255, 0, 150)]
    [InlineData(0, 0, 255, 29)]
    [InlineData(255, 255, 255, 255)]
    [InlineData(1, 2, 3, 2)]
    [InlineData(123, 45, 201, 86)]
    public void ToGrey_OfAColour_IsItsLuma(byte red, byte green, byte blue, byte expected) =>
        Assert.Equal([expected], new Image(3, 1, 1, [red, green, blue]).ToGrey().Samples);

    [Fact]
    public void ToGrey_OfPlanes_TakesTheSamePixelOfEach()
    {
        Image grey = new Image(3, 1, 2, [10, 200, 10, 200, 10, 200]).ToGrey();

        Assert.Equal((1, 1, 2), (grey.Channels, grey.Height, grey.Width));
        Assert.Equal([10, 200], grey.Samples);
    }

    [Fact]
    public void ToRgb_OfGrey_RepeatsThePlane()
    {
        Image image = new Image(1, 1, 2, [3, 4]).ToRgb();

        Assert.Equal(3, image.Channels);
        Assert.Equal([3, 4, 3, 4, 3, 4], image.Samples);
        Assert.Same(image, image.ToRgb());
    }

    [Fact]
    public void New_WithSamplesThatDoNotFit_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Image(3, 2, 2, new byte[11]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Image(2, 1, 1, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Image(1, 0, 1, []));
    }
}
