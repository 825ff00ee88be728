using System.Globalization;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Supervised.Training;

/// <summary>All that a supervised training is made of between two steps: weights, moments, the method's memory, counters, and what they
/// belong to.</summary>
/// <remarks>
/// In a file, weights stand under their own names, moments under <c>optimizer.NAME.</c>, and what is the method's under <c>method.</c>. A
/// state is a copy: training may go on while it is written.
/// </remarks>
public sealed class SupervisedState
{
    private static readonly string[] SettingNames = ["network", "method", "training"];

    internal SupervisedState(long stepsDone, long forwardUpdates, long ownUpdates, ulong seed, Snapshot snapshot) =>
        (StepsDone, ForwardUpdates, OwnUpdates, Seed, Snapshot) = (stepsDone, forwardUpdates, ownUpdates, seed, snapshot);

    /// <summary>How many steps had been done.</summary>
    public long StepsDone { get; }

    /// <summary>How many updates of W there had been.</summary>
    public long ForwardUpdates { get; }

    /// <summary>How many updates of the method's own parameters there had been.</summary>
    public long OwnUpdates { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    internal Snapshot Snapshot { get; }

    /// <summary>Reads a checkpoint and verifies its checksum.</summary>
    /// <exception cref="EngramException">The file is not there, damaged, or no checkpoint of supervised training.</exception>
    public static SupervisedState Read(string path)
    {
        SafetensorsFile file = Snapshot.ReadFile(path);
        ulong Whole(string key) =>
            ulong.TryParse(file.MetadataOf(key), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            && (key == "seed" || value <= long.MaxValue)
            ? value
            : throw new EngramException(
                $"Found {key} '{file.MetadataOf(key)}' in '{path}', expected a whole number; the checkpoint is damaged, use an earlier " +
                $"one.");

        var settings = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in SettingNames)
        {
            settings.Add(name, file.MetadataOf(name));
        }

        return new SupervisedState(
            (long)Whole("steps_done"), (long)Whole("forward_updates"), (long)Whole("own_updates"), Whole("seed"),
            Snapshot.Of(settings, file));
    }

    /// <summary>Writes a checkpoint, whole or not at all, with a checksum.</summary>
    /// <param name="path">Where; what is there is replaced.</param>
    /// <param name="metadata">More strings for the file, under names of their own.</param>
    /// <exception cref="EngramException">The file could not be written; the old one is intact.</exception>
    public void Write(string path, IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("checkpoint_version", Snapshot.Version);
        foreach ((string name, long count) in new[] { ("steps_done", StepsDone), ("forward_updates", ForwardUpdates),
            ("own_updates", OwnUpdates) })
        {
            writer.AddMetadata(name, count.ToString(CultureInfo.InvariantCulture));
        }

        writer.AddMetadata("seed", Seed.ToString(CultureInfo.InvariantCulture));
        foreach ((string key, string value) in Snapshot.Settings.Concat(metadata ?? []))
        {
            writer.AddMetadata(key, value);
        }

        Snapshot.AddTensorsTo(writer);
        writer.Write(path, checksum: true);
    }
}
