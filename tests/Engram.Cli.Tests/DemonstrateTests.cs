using System.Text.Json;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

public sealed class DemonstrateTests : IDisposable
{
    private readonly CommandLine command = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        command.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Universality_OfFewLives_HoldsEveryClaimAndDrawsFigures()
    {
        CommandOutcome outcome = command.Call("demonstrate", "universality", "--lives", "500", "--out", folder.Path, "--json");

        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        JsonElement[] claims = [.. outcome.Json.GetProperty("result").GetProperty("claims").EnumerateArray()];
        Assert.Equal(14, claims.Length);
        Assert.All(claims, c => Assert.True(c.GetProperty("holds").GetBoolean(), c.GetRawText()));
        foreach (string figure in (string[])["width", "agreement", "limits", "order"])
        {
            Assert.True(File.Exists(Path.Combine(folder.Path, $"universality-{figure}.svg")));
            Assert.True(File.Exists(Path.Combine(folder.Path, $"universality-{figure}.csv")));
        }
    }

    [Fact]
    public void Universality_AnyNumberOfThreads_FindsTheSame()
    {
        string[] found = [.. new[] { "1", "3" }.Select(
            t =>
            command.Call("demonstrate", "universality", "--lives", "60", "--threads", t, "--json").Json.GetProperty("result")
            .GetRawText())];

        Assert.Equal(found[0], found[1]);
    }

    [Fact]
    public void Parallel_HoldsEveryClaimAndDrawsFigures()
    {
        CommandOutcome outcome = command.Call("demonstrate", "parallel", "--repetitions", "1", "--out", folder.Path, "--json");

        JsonElement result = outcome.Json.GetProperty("result");
        Assert.All(result.GetProperty("claims").EnumerateArray(), c => Assert.True(c.GetProperty("holds").GetBoolean(), c.GetRawText()));
        Assert.Equal(ExitCodes.Success, outcome.ExitCode);
        Assert.Equal(5, result.GetProperty("claims").GetArrayLength());

        // One layer at dt = τ: the gain may be at most 1; three in small steps: at most 8, the more the coarser.
        Assert.Equal(1, result.GetProperty("gains")[0].GetProperty("theory").GetDouble(), 1e-12);
        Assert.All(result.GetProperty("costs").EnumerateArray(), c => Assert.True(c.GetProperty("milliseconds").GetDouble() > 0));
        Assert.True(File.Exists(Path.Combine(folder.Path, "closed-loop.svg")));
        Assert.True(File.Exists(Path.Combine(folder.Path, "convergence.csv")));
    }

    [Fact]
    public void Recover_OjaFromATenthOfTheSynapses_FindsAllCoefficientsAndReadsItsOwnFile()
    {
        string file = Path.Combine(folder.Path, "seen.safetensors");
        string[] few = ["--networks", "6", "--steps", "20", "--json"];

        CommandOutcome made = command.Call(["recover", "oja", "--seen", "0.1", "--observations", file, "--out", folder.Path, .. few]);
        CommandOutcome read = command.Call("recover", file, "--json");

        Assert.Equal(ExitCodes.Success, made.ExitCode);
        Assert.Equal(ExitCodes.Success, read.ExitCode);
        Assert.InRange(made.Json.GetProperty("result").GetProperty("largestError").GetDouble(), 0, 0.02);
        Assert.Equal(Fitted(made), Fitted(read));
        Assert.True(File.Exists(Path.Combine(folder.Path, "recovered-oja.svg")));

        static double[] Fitted(CommandOutcome outcome) =>
            [.. outcome.Json.GetProperty("result").GetProperty("terms").EnumerateArray().Select(t => t.GetProperty("fitted").GetDouble())];
    }

    [Fact]
    public void Recover_FromBinaryInputs_SaysWhatCannotBeToldApartAndFails()
    {
        CommandOutcome outcome = command.Call("recover", "oja", "--binary-inputs", "--networks", "5", "--json");

        Assert.Equal(ExitCodes.CheckFailed, outcome.ExitCode);
        JsonElement[] terms = [.. outcome.Json.GetProperty("result").GetProperty("terms").EnumerateArray()];
        Assert.All(terms, t => Assert.Equal(t.GetProperty("term").GetString()![0] == '0', t.GetProperty("identifiable").GetBoolean()));
        Assert.InRange(outcome.Json.GetProperty("result").GetProperty("rSquared").GetDouble(), 0.99, 1);
    }

    [Fact]
    public void Recover_ARuleThatIsNoPolynomial_Fails()
    {
        CommandOutcome outcome = command.Call("recover", "bcm", "--networks", "4", "--steps", "20", "--json");

        Assert.Equal(ExitCodes.CheckFailed, outcome.ExitCode);
        Assert.False(outcome.Json.GetProperty("holds").GetBoolean());
    }

    [Theory]
    [InlineData("recover", "oja", "--seen", "0")]
    [InlineData("recover", "oja", "--noise", "-1")]
    [InlineData("recover", "oja", "--networks", "0")]
    [InlineData("recover", "oya")]
    [InlineData("recover", "nowhere.safetensors")]
    [InlineData("demonstrate", "universality", "--lives", "0")]
    public void Command_WrongInput_IsToldInALine(params string[] arguments)
    {
        CommandOutcome outcome = command.Call(arguments);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Single(outcome.Messages.TrimEnd().Split('\n'));
    }
}
