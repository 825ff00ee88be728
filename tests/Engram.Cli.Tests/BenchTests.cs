using System.Text.Json;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

public sealed class BenchTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Fact]
    public void BenchSupervised_AComparison_TimesItsNetworkMethodAndBatches()
    {
        string file = command.Write("local.yaml", """
            problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
            network: {kind: locally-connected, channels: [4, 5], strides: [2, 1], kernel: 3, padding: 1, hidden-widths: [7]}
            training: {batch-size: 12}
            methods: {mirror: {method: weight-mirrors}}
            """);
        JsonElement result = command.Call(
            "bench", "supervised", "--comparison", file, "--method", "mirror", "--steps", "2", "--repetitions", "1", "--threads", "1",
            "--json").Json;

        Assert.Equal(
            "locally connected 3×3, stride 2, 1×8×8→4×4×4 – locally connected 3×3, stride 1, 4×4×4→5×4×4 – 80→7 – 7→6",
            result.GetProperty("network").GetString());
        Assert.Equal(12, result.GetProperty("spec").GetProperty("batchSize").GetInt32());

        // Each unit's synapses, three times for each layer but the first, which sends nothing down.
        double first = 64 * 9, others = (80 * 36) + (80 * 7) + (7 * 6);
        Assert.Equal(2e-9 * 12 * ((2 * first) + (3 * others)), result.GetProperty("gigaflopPerStep").GetDouble(), 1e-15);
        Assert.Contains(
            "did you mean 'mirror'?", command.Call("bench", "supervised", "--comparison", file, "--method", "miror").Messages,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--comparison quick --widths 3,4", "Found --comparison with --widths")]
    [InlineData("--comparison quck", "did you mean 'quick'?")]
    [InlineData("--widths 784", "Found --widths 784, expected at least two")]
    [InlineData("--batch-size 0", "Found 0 for --batch-size")]
    public void BenchSupervised_WrongInput_IsOneLine(string line, string expected)
    {
        CommandOutcome outcome = command.Call(["bench", "supervised", .. line.Split(' ')]);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }
}
