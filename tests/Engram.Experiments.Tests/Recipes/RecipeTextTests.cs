using Engram.Experiments.Recipes;

namespace Engram.Experiments.Tests.RecipeFiles;

public sealed class RecipeTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Shells give what a command prints as a pipe: <c>engram train &lt;(…)</c>.</summary>
    [LinuxFact]
    public async Task ReadFile_Pipe_IsReadToItsEnd()
    {
        const string Text = "network: {plastic-layers: 2}\n";
        string pipe = NamedPipe.Make(Path.Combine(folder.Path, "pipe"));
        Task write = Task.Run(() => File.WriteAllText(pipe, Text));

        Assert.Equal(Text, RecipeText.ReadFile(pipe));
        await write;
    }
}
