using Engram.Experiments.Runs;

namespace Engram.Experiments.Tests.Runs;

public sealed class RunManifestTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Manifest => Path.Combine(folder.Path, "manifest.sha256");

    public void Dispose() => folder.Dispose();

    /// <summary>The moments at which a process can be killed while it writes a file anew: all of them leave what was written.</summary>
    [Fact]
    public void WriteSealed_StoppedAtAnyMoment_LeavesNothingToTell()
    {
        RunManifest.WriteSealed(folder.Path, "v.json", "old");
        string old = File.ReadAllText(Manifest);
        RunManifest.WriteSealed(folder.Path, "v.json", "new");
        string anew = File.ReadAllText(Manifest);
        Assert.NotEqual(old, anew);
        Assert.Empty(Problems());

        // Both are in the manifest; the file is old, then new.
        File.WriteAllText(Manifest, old + anew);
        Assert.Empty(Problems());
        folder.File("v.json", "old");
        Assert.Empty(Problems());

        // Nobody wrote this.
        folder.File("v.json", "other");
        Assert.Contains("v.json' changed", Assert.Single(Problems()), StringComparison.Ordinal);

        // The first time, and after somebody deleted it: it is made anew.
        File.Delete(Path.Combine(folder.Path, "v.json"));
        Assert.Empty(Problems());
        RunManifest.WriteSealed(folder.Path, "v.json", "new");
        Assert.Equal(anew, File.ReadAllText(Manifest));
        Assert.Empty(Problems());
    }

    [Fact]
    public void Write_ResultAfterSealedFiles_KeepsTheirChecksums()
    {
        RunManifest.WriteSealed(folder.Path, "v.json", "as written");
        folder.File("v.json", "by hand");
        folder.File("m", "metrics");
        RunManifest.Write(folder.Path, ["m", "not-there"], "r", "result");
        folder.File("r", "result");

        Assert.Equal(
            $"Found '{Path.Combine(folder.Path, "v.json")}' changed: it is not as the run wrote it, and what it says may be wrong; put " +
            $"the file back, or train the run again.", Assert.Single(RunManifest.ProblemsOf(folder.Path, ["m", "r"], ["v.json"])));
        File.Delete(Path.Combine(folder.Path, "m"));
        Assert.Contains("Found no", RunManifest.ProblemsOf(folder.Path, ["m", "r"], [])[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text\n")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123 v.json\n")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123  ../v.json\n")]
    [InlineData("A123456789012345678901234567890123456789012345678901234567890123  v.json\n")]
    public void ProblemsOf_DamagedManifest_SaysThatNothingCanBeTold(string text)
    {
        folder.File("manifest.sha256", text);

        Assert.Contains("cannot be told", Assert.Single(Problems()), StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Problems() => RunManifest.ProblemsOf(folder.Path, [], ["v.json"]);
}
