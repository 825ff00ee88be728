using Engram.Tasks.Images;

namespace Engram.Tasks.Tests;

public class Crc32Tests
{
    [Fact]
    public void Of_TheStandardsCheckString_IsTheStandardsValue() => Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));

    [Fact]
    public void Of_EveryLength_MatchesBitByBit_WholeOrInPieces()
    {
        byte[] bytes = new byte[67];
        new Random(1).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            ReadOnlySpan<byte> some = bytes.AsSpan(0, length);
            uint expected = PngWriter.SlowCrc(some);
            Assert.Equal(expected, Crc32.Of(some));
            Assert.Equal(expected, Crc32.Of(some[(length / 3)..], Crc32.Of(some[..(length / 3)])));
        }
    }
}
