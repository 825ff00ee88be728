using System.Collections.Immutable;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;

namespace Engram.Tasks.Data.Transfer;

/// <summary>What is known of a data set without looking into its files.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it is.</param>
/// <param name="State">How much of it is there.</param>
/// <param name="Folder">Where its files lie, or would.</param>
/// <param name="Missing">Files that ought to be there and are not, in words.</param>
/// <param name="LastCheck">What was found when somebody last looked, if the files are still the same.</param>
public sealed record DatasetStatus(
    string Name, string Summary, DatasetState State, string Folder, ImmutableArray<string> Missing, DatasetCheck? LastCheck);

/// <summary>The data sets of a data folder: what is there, checked and brought in.</summary>
/// <param name="context">The data folder, and who is told.</param>
public sealed class DatasetStore(DataContext context)
{
    /// <summary>All registered data sets.</summary>
    public ImmutableArray<DatasetStatus> List() => [.. Datasets.Registry.Names.Select(StatusOf)];

    /// <summary>What is known of one.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public DatasetStatus StatusOf(string name)
    {
        string folder = context.Folder.FolderOf(name);
        if (Datasets.Registry.Get(name) is not FileDataset files)
        {
            return new DatasetStatus(name, Datasets.Registry.SummaryOf(name), DatasetState.Complete, "needs no files", [], null);
        }

        DatasetSource source = files.Find(folder);
        DatasetCheck? last = source.Missing.IsEmpty ? ReadRecord(name, files, source) : null;
        DatasetState state = source.Items.IsEmpty ? DatasetState.Missing
            : !source.Missing.IsEmpty ? DatasetState.Incomplete
            : last?.State ?? DatasetState.Unchecked;
        return new DatasetStatus(name, Datasets.Registry.SummaryOf(name), state, folder, source.Missing, last);
    }

    /// <summary>Reads everything of a data set, and counts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="path">Where its files lie; null for its place in the data folder.</param>
    /// <exception cref="EngramException">It is not there, or damaged.</exception>
    public DatasetCheck Check(string name, string? path = null)
    {
        FileDataset set = FilesOf(name);
        var request = new DatasetRequest(name, set.Native, path);
        DatasetSource source = set.Locate(request, context);
        string stamp = set.StampOf(source);
        DatasetCheck check = LookThrough(set, source, request, context);
        if (path is null)
        {
            Remember(name, stamp, check);
        }

        return check;
    }

    /// <summary>Reads everything, and counts; what reading had to say, such as how folders were understood, is among the notes.</summary>
    /// <exception cref="EngramException">It is damaged.</exception>
    internal static DatasetCheck LookThrough(FileDataset set, DatasetSource source, DatasetRequest request, DataContext context)
    {
        var notes = new List<string>();
        bool whole = false;
        try
        {
            DatasetCheck check = set.Check(source, set.Read(source, request, context with { Note = notes.Add }));
            whole = true;
            return check with { Notes = [.. notes, .. check.Notes] };
        }
        finally
        {
            notes.ForEach(note => (whole ? null : context.Note)?.Invoke(note));
        }
    }

    /// <summary>Keeps what was found when files were looked through that now are in the data folder.</summary>
    /// <param name="name">The data set.</param>
    /// <param name="stamp">The stamp that the files had before they were looked through.</param>
    /// <param name="check">What was found.</param>
    internal void Remember(string name, string stamp, DatasetCheck check)
    {
        try
        {
            AtomicFile.WriteText(RecordOf(name), TransferJson.Check.Write(new CheckRecord(stamp, check.Parts, check.Notes)) + "\n");
        }
        catch (EngramException e)
        {
            context.Note?.Invoke($"What was found could not be kept, so that 'engram data list' will not know it: {e.Message}");
        }
    }

    /// <summary>The data set of that name, where it has files.</summary>
    /// <exception cref="EngramException">There is none, or it needs no files.</exception>
    public static FileDataset FilesOf(string name) => Datasets.Registry.Get(name) as FileDataset
        ?? throw new EngramException(
            $"Found the data set '{name}', which needs no files, expected one that has them: " +
            $"{string.Join(", ", Datasets.Registry.Names.Where(n => Datasets.Registry.Get(n) is FileDataset))}.");

    private string RecordOf(string name) => context.Folder.FolderOf(name) + ".check.json";

    private DatasetCheck? ReadRecord(string name, FileDataset set, DatasetSource source)
    {
        try
        {
            CheckRecord record = TransferJson.Check.Read(RecordOf(name));
            return record.Stamp == set.StampOf(source) ? new DatasetCheck(record.Parts, record.Notes) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or EngramException)
        {
            // Nobody has looked yet, or what was written or the files as they are now are of no use; looking again mends it, or says what
            // is wrong.
            return null;
        }
    }
}
