using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Tests;

public sealed class GzipFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(65_535 - 16)]
    [InlineData(65_536)]
    [InlineData(65_536 + 16)]
    [InlineData(300_000)]
    public void ReadAll_OfAnyLength_GivesTheBytes(int length)
    {
        byte[] bytes = Random(length);

        Assert.Equal(bytes, GzipFile.ReadAll(Archives.Write(folder, "file.gz", Archives.Gzip(bytes)), 300_000));
    }

    [Fact]
    public void ReadAll_OfNothing_GivesNothing() =>
        Assert.Empty(
            GzipFile.ReadAll(Archives.Write(folder, "nothing.gz", Convert.FromHexString("1F8B080000000000000303000000000000000000")), 1));

    [Fact]
    public void ReadAll_WhereTheCompressedFileFillsBuffersExactly_GivesTheBytes()
    {
        // The framework reads in pieces of 8 KiB; the mark behind the file then starts anywhere around their border.
        for (int length = 8192 - 60; length < 8192 + 10; length++)
        {
            byte[] bytes = Random(length);
            Assert.Equal(bytes, GzipFile.ReadAll(Archives.Write(folder, "file.gz", Archives.Gzip(bytes)), 10_000));
        }
    }

    [Fact]
    public void ReadAll_OfSeveralMembers_JoinsThem() =>
        Assert.Equal(
            [1, 2, 3, 4], GzipFile.ReadAll(Archives.Write(folder, "two.gz", [.. Archives.Gzip([1, 2]), .. Archives.Gzip([3, 4])]), 4));

    [Fact]
    public void ReadAll_OfAFileCutShortAnywhere_IsRefused()
    {
        byte[] file = Archives.Gzip(Random(400));
        for (int length = 0; length < file.Length; length++)
        {
            Assert.Contains("Found", Refusal(file[..length]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ReadAll_OfADamagedFile_IsRefused()
    {
        byte[] file = Archives.Gzip(Random(400));
        foreach (int at in new[] { 0, 1, 2, 200, file.Length - 8, file.Length - 1 })
        {
            byte[] damaged = (byte[])file.Clone();
            damaged[at] ^= 0x10;
            Refusal(damaged);
        }

        Refusal([.. file, 1, 2, 3]);
    }

    [Fact]
    public void ReadAll_OfMoreThanIsAllowed_StopsThere()
    {
        string path = Archives.Write(folder, "bomb.gz", Archives.Gzip(new byte[100_000_000]));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains(
            "more than 100000 bytes", Assert.Throws<EngramException>(() => GzipFile.ReadAll(path, 100_000)).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_500_000);
    }

    [Fact]
    public void ReadAll_OfNoFile_SaysSo() =>
        Assert.Contains(
            "Found nothing at", Assert.Throws<EngramException>(() => GzipFile.ReadAll(Path.Combine(folder.Path, "absent.gz"), 10)).Message,
            StringComparison.Ordinal);

    private static byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private string Refusal(byte[] file) =>
        Assert.Throws<EngramException>(() => GzipFile.ReadAll(Archives.Write(folder, "bad.gz", file), 100_000)).Message;
}
