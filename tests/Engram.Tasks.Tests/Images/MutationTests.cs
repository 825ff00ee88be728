using System.Buffers.Binary;
using System.Diagnostics;
using System.Formats.Tar;
using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Images;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Tests;

/// <summary>Damaged files at random, the same ones every time: an image or entries come out, or one line says why not; nothing else, and soon.</summary>
public sealed class MutationTests : IDisposable
{
    private const int Mutations = 400;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0, 1, false)]
    [InlineData(3, 4, true)]
    [InlineData(6, 16, true)]
    public void Decode_OfDamagedPngs_EndsWell(int colour, int depth, bool interlaced)
    {
        byte[] file = PngDecoderTests.Sample(colour, depth, interlaced, 17, 9).File;
        int refused = Refused(file, mutant => ImageDecoder.Decode(mutant, "mutant.png"));
        Assert.InRange(refused, Mutations * 9 / 10, Mutations);

        // With its CRCs made right, damage comes further.
        refused = Refused(file, mutant => ImageDecoder.Decode(WithRightCrcs(mutant), "mutant.png"));
        Assert.InRange(refused, Mutations / 5, Mutations);
    }

    [Fact]
    public void Decode_OfDamagedJpegs_EndsWell()
    {
        Assert.InRange(Refused(JpegDecoderTests.Colours, mutant => ImageDecoder.Decode(mutant, "mutant.jpg")), Mutations / 5, Mutations);
        Assert.InRange(Refused(JpegDecoderTests.Grey, mutant => ImageDecoder.Decode(mutant, "mutant.jpg")), Mutations / 5, Mutations);
    }

    [Theory]
    [InlineData("BMP")]
    [InlineData("WebP")]
    [InlineData("GIF")]
    public void Decode_OfOtherDamagedFormats_EndsWell(string kind) =>
        Assert.InRange(Refused(OtherFormatsTests.Small(kind), mutant => ImageDecoder.Decode(mutant, "mutant")), Mutations / 10, Mutations);

    [Theory]
    [InlineData("zip")]
    [InlineData("pax.tar")]
    [InlineData("gnu.tar")]
    [InlineData("tgz")]
    public void Entries_OfDamagedArchives_EndWell(string kind)
    {
        (string, byte[])[] files = [.. Archives.Files.Take(3), (new string('n', 120), new byte[700])];
        byte[] archive = kind switch
        {
            "zip" => Archives.Zip(files),
            "pax.tar" => Archives.Tar(TarEntryFormat.Pax, files),
            "gnu.tar" => Archives.Tar(TarEntryFormat.Gnu, files),
            _ => Archives.Gzip(Archives.Tar(TarEntryFormat.Ustar, [.. Archives.Files.Take(3)])),
        };

        int refused = Refused(archive, mutant =>
        {
            using FileTree tree = FileTree.Open(Archives.Write(folder, "mutant." + kind, mutant), 100_000);
            foreach (FileTreeEntry entry in tree.Entries)
            {
                Assert.InRange(entry.Read().Length, 0, 100_000);
            }
        });
        Assert.InRange(refused, Mutations / 10, Mutations);
    }

    /// <summary>Number of mutants of a file that were refused with an <see cref="EngramException"/>; anything else thrown fails the test.</summary>
    private static int Refused(byte[] file, Action<byte[]> read)
    {
        var random = new Random(20);
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] mutant = Mutant(file, random);
            long began = Stopwatch.GetTimestamp();
            try
            {
                read(mutant);
            }
            catch (EngramException refusal)
            {
                Assert.DoesNotContain('\n', refusal.Message);
                refused++;
            }

            Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 5);
        }

        return refused;
    }

    private static byte[] Mutant(byte[] file, Random random)
    {
        byte[] mutant = (byte[])file.Clone();
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(mutant.Length);
            int length = random.Next(1, Math.Min(9, mutant.Length - at + 1));
            switch (random.Next(5))
            {
                case 0:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    random.NextBytes(mutant.AsSpan(at, length));
                    break;
                case 2:
                    mutant.AsSpan(at, length).Fill((byte)(255 * random.Next(2)));
                    break;
                case 3 when mutant.Length - length > 1:
                    mutant = [.. mutant[..at], .. mutant[(at + length)..]];
                    break;
                default:
                    mutant = [.. mutant[..at], .. mutant.AsSpan(at, length), .. mutant[at..]];
                    break;
            }
        }

        return mutant;
    }

    internal static byte[] WithRightCrcs(byte[] png)
    {
        for (int at = 8; at + 12 <= png.Length;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12)
            {
                break;
            }

            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), PngWriter.SlowCrc(png.AsSpan(at + 4, 4 + (int)length)));
            at += 12 + (int)length;
        }

        return png;
    }
}
