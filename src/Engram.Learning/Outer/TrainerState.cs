using System.Collections.Immutable;
using System.Globalization;
using Engram.Learning.Learners;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>
/// All that a meta-training run is made of between two outer steps: meta-parameters, the optimizer's moments, a counter, and what they
/// belong to.
/// </summary>
/// <remarks>
/// In a file, meta-parameters stand under their own names moments under <c>optimizer.NAME.</c>, and what the estimator remembers under
/// <c>estimator.</c>, so that a checkpoint is also a file of
/// meta-parameters for <see cref="MetaParameterFiles"/>. A state is a copy: training may go on while it is written.
/// </remarks>
public sealed class TrainerState
{
    private const string FrozenKey = "frozen";
    private static readonly ImmutableArray<string> SettingNames = ["network", "learner", "initialization", "meta_training"];
    private readonly Snapshot snapshot;

    private TrainerState(long outerStepsDone, ulong seed, Snapshot snapshot) =>
        (OuterStepsDone, Seed, this.snapshot) = (outerStepsDone, seed, snapshot);

    /// <summary>How many outer steps had been done.</summary>
    public long OuterStepsDone { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>Reads a checkpoint and verifies its checksum.</summary>
    /// <exception cref="EngramException">The file is not there, damaged, or no checkpoint.</exception>
    public static TrainerState Read(string path)
    {
        SafetensorsFile file = Snapshot.ReadFile(path);
        if (!long.TryParse(file.MetadataOf("outer_steps_done"), NumberStyles.None, CultureInfo.InvariantCulture, out long done)
            || !ulong.TryParse(file.MetadataOf("seed"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            throw new EngramException(
                $"Found outer_steps_done '{file.MetadataOf("outer_steps_done")}' and seed '{file.MetadataOf("seed")}' in '{path}', " +
                $"expected whole numbers; the checkpoint is damaged, use an earlier one.");
        }

        var settings = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in SettingNames)
        {
            settings.Add(name, file.MetadataOf(name));
        }

        settings.Add(FrozenKey, file.Metadata.TryGetValue(FrozenKey, out string? frozen) ? frozen : FrozenParameters.None.ToString());

        return new TrainerState(done, seed, Snapshot.Of(settings, file));
    }

    /// <summary>Writes a checkpoint, whole or not at all, with a checksum.</summary>
    /// <param name="path">Where; what is there is replaced.</param>
    /// <param name="metadata">More strings for the file, under names of their own.</param>
    /// <exception cref="EngramException">The file could not be written; the old one is intact.</exception>
    public void Write(string path, IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("checkpoint_version", Snapshot.Version);
        writer.AddMetadata("outer_steps_done", OuterStepsDone.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("seed", Seed.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, string text) in snapshot.Settings)
        {
            if (name != FrozenKey || text != FrozenParameters.None.ToString())
            {
                writer.AddMetadata(name, text);
            }
        }

        foreach ((string key, string value) in metadata ?? [])
        {
            writer.AddMetadata(key, value);
        }

        snapshot.AddTensorsTo(writer);
        writer.Write(path, checksum: true);
    }

    internal static TrainerState Of(MetaTrainer trainer, MetaUpdate update, ImmutableArray<SavedTensor> estimator) =>
        new(trainer.OuterStepsDone, trainer.Seed, Snapshot.Of(SettingsOf(trainer), PlacesOf(trainer, update, estimator)));

    internal void CopyTo(MetaTrainer trainer, MetaUpdate update, ImmutableArray<SavedTensor> estimator) =>
        snapshot.CopyTo(SettingsOf(trainer), Seed, trainer.Seed, PlacesOf(trainer, update, estimator));

    private static OrderedDictionary<string, SettingsContent> SettingsOf(MetaTrainer trainer)
    {
        // A run may be made longer, unless its rates depend on its length.
        MetaTrainingSpec spec = trainer.Spec.Schedule.DependsOnOuterSteps ? trainer.Spec : trainer.Spec with { OuterSteps = 0 };
        return new OrderedDictionary<string, SettingsContent>(StringComparer.Ordinal)
        {
            ["network"] = SettingsContent.Of(trainer.Layout.Network),
            ["learner"] = SettingsContent.Of(trainer.Layout.Learner),
            ["initialization"] = SettingsContent.Of(trainer.Initialization),
            ["meta_training"] = SettingsContent.Of(spec),
            [FrozenKey] = SettingsContent.Plain(trainer.Frozen.ToString()),
        };
    }

    private static IEnumerable<Snapshot.Place> PlacesOf(MetaTrainer trainer, MetaUpdate update, ImmutableArray<SavedTensor> estimator)
    {
        foreach ((string prefix, MetaParameters<float> values) in update.Moments.Select(m => ($"optimizer.{m.Name}.", m.Values))
            .Prepend(("", trainer.Parameters)))
        {
            for (int i = 0; i < values.Layout.Parameters.Length; i++)
            {
                yield return new Snapshot.Place(prefix + values.Layout.Parameters[i].Name, values.Layout.Parameters[i].Shape, values[i]);
            }
        }

        foreach (SavedTensor saved in estimator)
        {
            yield return new Snapshot.Place("estimator." + saved.Name, saved.Shape, saved.Values);
        }
    }
}
