using System.Text.Json;
using Engram.Cli.Terminal;
using Engram.Numerics.Files;

namespace Engram.Cli.Tests;

public sealed class VerifyTests : IDisposable
{
    private const string Case = "regression-flp-plastic2-error.safetensors";

    private readonly CommandLine command = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        command.Dispose();
        folder.Dispose();
    }

    [SharedDataFact("parity")]
    public void Verify_GoodCase_PassesWithItsErrors()
    {
        CommandOutcome outcome = command.Call("verify", Path.Combine(SharedData.Find("parity")!, Case), "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement row = Assert.Single(outcome.Json.EnumerateArray());
        Assert.Equal("passed", row.GetProperty("outcome").GetString());
        Assert.InRange(row.GetProperty("float64").GetDouble(), 0, 1e-9);
        Assert.InRange(row.GetProperty("float32").GetDouble(), 1e-12, 2e-4);
    }

    [SharedDataFact("parity")]
    public void Verify_CaseThatExpectsAnotherLoss_FailsWithOneAndNamesTheTensor()
    {
        SafetensorsFile good = SafetensorsFile.Read(Path.Combine(SharedData.Find("parity")!, Case));
        var writer = new SafetensorsWriter();
        foreach ((string key, string value) in good.Metadata)
        {
            writer.AddMetadata(key, value);
        }

        foreach ((string name, TensorEntry entry) in good.Tensors)
        {
            double[] values = entry.ToArray<double>();
            writer.Add<double>(name, entry.Shape.AsSpan(), name == "expect.query_loss" ? [values[0] * 1.001] : values);
        }

        writer.Write(Path.Combine(folder.Path, "changed.safetensors"));

        CommandOutcome outcome = command.Call("verify", folder.Path);
        Assert.Equal(ExitCodes.CheckFailed, outcome.ExitCode);
        Assert.Contains("expect.query_loss", outcome.Results, StringComparison.Ordinal);
        Assert.Contains("0 passed, 1 failed", outcome.Results, StringComparison.Ordinal);
    }

    [SharedDataFact("parity")]
    public void Verify_WithAnEngine_RunsTheCasesThatItCovers()
    {
        string parity = SharedData.Find("parity")!;
        CommandOutcome outcome = command.Call("verify", parity, "--engine", "fused-scalar", "--json");
        string[] outcomes = [.. outcome.Json.EnumerateArray().Select(r => r.GetProperty("outcome").GetString()!)];

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Contains("passed", outcomes);
        Assert.Contains("not run", outcomes);
        Assert.DoesNotContain("failed", outcomes);
        Assert.Equal(
            outcomes.Length,
            command.Call("verify", parity, "--engine", "tape", "--json").Json.EnumerateArray()
            .Count(r => r.GetProperty("outcome").GetString() == "passed"));
        Assert.Contains("did you mean 'tape'?", command.Call("verify", parity, "--engine", "tap").Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_FileThatIsNoCase_SaysSo()
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "something-else");
        writer.Add<double>("layer0.weight", [2], new double[] { 1, 2 });
        string path = Path.Combine(folder.Path, "weights.safetensors");
        writer.Write(path);

        CommandOutcome outcome = command.Call("verify", path);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.StartsWith($"engram: Found no parity case in '{path}'", outcome.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("choose one of", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }

    [SharedDataFact("parity")]
    public void Verify_FileThatCannotBeRead_EndsWithTwoAndStillRunsTheRest()
    {
        string good = Path.Combine(SharedData.Find("parity")!, Case);
        File.Copy(good, Path.Combine(folder.Path, "good.safetensors"));
        File.WriteAllBytes(Path.Combine(folder.Path, "torn.safetensors"), File.ReadAllBytes(good)[..2000]);

        CommandOutcome outcome = command.Call("verify", folder.Path);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains("1 passed, 0 failed, 1 unreadable", outcome.Results, StringComparison.Ordinal);
        Assert.Contains("torn.safetensors", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
    }
}
