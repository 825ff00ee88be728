using Engram.Numerics.Text;
using Engram.Tasks.Families;

namespace Engram.Tasks.Tests;

public sealed class EpisodeTests
{
    [Fact]
    public void Episode_OfMoreThanFitsIntoMemory_IsRefusedBeforeItIsTaken()
    {
        var shape = new EpisodeShape(InnerSteps: 1_000_000, BatchSize: 1, Inputs: 10_000_000, Outputs: 5, Queries: 1);

        var error = Assert.Throws<EngramException>(() => new Episode<float>(shape));

        Assert.Contains("the 1,000,001 examples of one lifetime", error.Message, StringComparison.Ordinal);
    }
}
