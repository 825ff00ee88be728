using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests;

public class ArenaTests
{
    [Fact]
    public void Allocate_MoreThanThereIs_IsRefusedAndLeavesTheArenaAsItWas()
    {
        using var arena = new Arena();
        arena.Allocate<float>(3, 5);
        long reserved = arena.ReservedBytes;

        EngramException refused = Assert.Throws<EngramException>(() => arena.Allocate<float>(int.MaxValue, 1 << 14));

        Assert.StartsWith("Found a need of 131072.0 GiB of memory for tensors", refused.Message, StringComparison.Ordinal);
        Assert.Equal(reserved, arena.ReservedBytes);
        Assert.Equal(0, arena.Allocate<float>(2, 2)[1, 1]);
    }

    [Fact]
    public void Allocate_AfterReset_HandsOutZeroesInTheSameMemory()
    {
        using var arena = new Arena();
        Tensor<double> first = arena.Allocate<double>(4, 4);
        first.Fill(7);
        long reserved = arena.ReservedBytes;
        arena.Reset();

        Assert.All(arena.Allocate<double>(4, 4).ToArray(), v => Assert.Equal(0, v));
        Assert.Equal(reserved, arena.ReservedBytes);
    }
}
