using Engram.Numerics.Files;

namespace Engram.Numerics.Tests;

/// <summary>A file that one holds at a time.</summary>
public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Holders that let go of it between one's trying and one's looking are no fault.</summary>
    [Fact]
    public void TryTake_ByManyForAMoment_NeverFailsAndIsHeldByOne()
    {
        string path = Path.Combine(folder.Path, "lock");
        int holders = 0, most = 0, taken = 0;

        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (int i = 0; i < 500; i++)
            {
                using FileStream? held = FileLock.TryTake(path);
                if (held is not null)
                {
                    most = Math.Max(most, Interlocked.Increment(ref holders));
                    taken++;
                    Interlocked.Decrement(ref holders);
                }
            }
        });

        Assert.Equal(1, most);
        Assert.InRange(taken, 1, 4000);
    }
}
