using System.Text;
using Engram.Numerics.Files;

namespace Engram.Numerics.Tests;

public class Crc32CTests
{
    // RFC 3720, appendix B.4, and the check value of the algorithm's catalogue.
    public static TheoryData<byte[], uint> Published => new()
    {
        { new byte[32], 0x8A9136AA },
        { [.. Enumerable.Repeat((byte)0xFF, 32)], 0x62A8AB43 },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)i)], 0x46DD794E },
        { [.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))], 0x113FDB5C },
        { Encoding.ASCII.GetBytes("123456789"), 0xE3069283 },
        { [], 0 },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Compute_PublishedExamples_GiveTheirChecksums(byte[] bytes, uint expected) => Assert.Equal(expected, Crc32C.Compute(bytes));

    [Fact]
    public void Masked_Checksum_IsRotatedAndShifted() =>
        Assert.Equal(
            unchecked(((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xA282EAD8u), Crc32C.Masked(Encoding.ASCII.GetBytes("123456789")));
}
