using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Tasks.Tests.Data;

/// <summary>What every registered data set owes.</summary>
public sealed class DatasetConformanceTests : IDisposable
{
    private readonly SmallImages images = new();

    public static TheoryData<string> Names { get; } = [.. Datasets.Registry.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Dataset_Texts_AreOneLine(string name)
    {
        DatasetSpec set = Datasets.Registry.Get(name);

        Assert.Matches("^[^\n]{10,200}$", Datasets.Registry.SummaryOf(name));
        Assert.All([set.Origin, set.Licence, set.Splits], t => Assert.Matches("^[^\n]{3,700}$", t));
        Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dataset_WithoutItsFiles_SaysWhatToDo(string name)
    {
        if (Datasets.Registry.Get(name) is not FileDataset set)
        {
            Assert.Equal(DatasetState.Complete, new DatasetStore(images.Context).StatusOf(name).State);
            return;
        }

        Assert.Equal(DatasetState.Missing, new DatasetStore(images.Context).StatusOf(name).State);
        string error = Assert.Throws<EngramException>(() => set.Load(new DatasetRequest(name, set.Native), images.Context)).Message;
        Assert.Contains($"engram data import {name} PATH", error, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(images.Root, name), error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dataset_Files_HaveChecksumsAndSafeAddresses(string name)
    {
        if (Datasets.Registry.Get(name) is FileDataset set)
        {
            Assert.All(set.Files, f =>
            {
                Assert.True(set.Accepts(f.Name, isFolder: false));
                Assert.Matches("^[0-9a-f]{32}$|^[0-9a-f]{64}$", f.Md5 ?? f.Sha256);
                Assert.Equal(f.Name, Path.GetFileName(f.Name));
                Assert.Equal("https", f.Address?.Scheme ?? "https");
                Assert.EndsWith("/" + f.Name, f.Address?.AbsolutePath ?? "/" + f.Name, StringComparison.Ordinal);
            });
        }
    }

    public void Dispose() => images.Dispose();
}
