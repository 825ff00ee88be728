using Engram.Tasks.Data;

namespace OwnParts;

/// <summary>Stripes of 60 widths and directions, 20 of each, shifted at random.</summary>
public sealed class Stripes : DatasetSpec
{
    public override string Origin => "Made here.";

    public override string Licence => "MIT";

    public override ImageSet Load(DatasetRequest request, DataContext context)
    {
        ImageFormat format = request.Format;
        var pixels = new byte[60 * 20 * format.Samples];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int image, int at) = Math.DivRem(i, format.Samples);
            (int kind, int drawing) = Math.DivRem(image, 20);
            int along = kind % 2 == 0 ? at % format.Side : at / format.Side % format.Side;
            pixels[i] = (along + (drawing * 7)) / (1 + (kind / 2)) % 2 == 0 ? (byte)255 : (byte)0;
        }

        IEnumerable<(string, int)> classes = Enumerable.Range(0, 60).Select(k => ($"stripe{k:D2}", 20));
        return new ImageSetBuilder(request.Name, format).Add("all", classes, pixels).Build();
    }
}
