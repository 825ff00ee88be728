using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Engram.Numerics.Text;
using Engram.Tasks.Images.Archives;

namespace Engram.Tasks.Data.Folders;

/// <summary>What there is of a data set's files in a folder.</summary>
/// <param name="Place">The folder, or the archive that is the whole set.</param>
/// <param name="Items">Files and folders that the set is read from, as paths.</param>
/// <param name="Missing">What ought to be there and is not, in words; empty where it can be read.</param>
public sealed record DatasetSource(string Place, ImmutableArray<string> Items, ImmutableArray<string> Missing)
{
    /// <summary>The item of that name, with or without one of the endings of archives.</summary>
    public string Item(string name) => Items.First(i => System.IO.Path.GetFileName(i).StartsWith(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// A line that changes whenever the files do: SHA-256 over the name, length and time of the last change of each, those in folders
    /// included; of a link, what counts is the file that it leads to.
    /// Contents are not read.
    /// </summary>
    /// <exception cref="EngramException">A file, which is named, cannot be looked at.</exception>
    public string Stamp()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string item in Items)
        {
            if (Directory.Exists(item))
            {
                // As it is read: a folder that contains itself through links is refused, not walked through for ever.
                using FileTree tree = FileTree.Open(item);
                foreach (FileTreeEntry file in tree.Entries)
                {
                    Append(file.Name, System.IO.Path.Combine(item, file.Name));
                }
            }
            else
            {
                Append(System.IO.Path.GetFileName(item), item);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(string name, string path)
        {
            (long length, DateTime changed) =
                ArchiveFile.Guard(path, () => ArchiveFile.Look(path) ?? throw new FileNotFoundException("Found nothing there.", path));
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name}\n{length}\n{changed.Ticks}\n")));
        }
    }
}
