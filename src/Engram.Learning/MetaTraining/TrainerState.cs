using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>
/// All that a meta-training run is made of between two outer steps: meta-parameters, the optimizer's moments, a counter, and what they belong to.
/// </summary>
/// <remarks>
/// In a file, meta-parameters stand under their own names and moments under <c>optimizer.NAME.</c>, so that a checkpoint is also a file of
/// meta-parameters for <see cref="MetaParameterFiles"/>. A state is a copy: training may go on while it is written.
/// </remarks>
public sealed class TrainerState
{
    private const string Version = "1";
    private const string FrozenKey = "frozen";
    private static readonly ImmutableArray<string> SettingNames = ["network", "learner", "initialization", "meta_training"];
    private readonly string origin;
    private readonly OrderedDictionary<string, string> madeWith;
    private readonly OrderedDictionary<string, (int[] Shape, float[] Values)> copies;

    private TrainerState(
        string origin,
        long outerStepsDone,
        ulong seed,
        OrderedDictionary<string, string> settings,
        OrderedDictionary<string, (int[] Shape, float[] Values)> tensors)
    {
        (this.origin, OuterStepsDone, Seed, madeWith, copies) = (origin, outerStepsDone, seed, settings, tensors);
    }

    /// <summary>How many outer steps had been done.</summary>
    public long OuterStepsDone { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>Reads a checkpoint and verifies its checksum.</summary>
    /// <exception cref="EngramException">The file is not there, damaged, or no checkpoint.</exception>
    public static TrainerState Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path, verifyChecksum: true);
        if (!string.Equals(file.MetadataOf("checkpoint_version"), Version, StringComparison.Ordinal))
        {
            throw new EngramException($"Found checkpoint version {file.MetadataOf("checkpoint_version")} in '{path}', expected {Version}; use the version of the program that wrote it.");
        }

        if (!long.TryParse(file.MetadataOf("outer_steps_done"), NumberStyles.None, CultureInfo.InvariantCulture, out long done)
            || !ulong.TryParse(file.MetadataOf("seed"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed))
        {
            throw new EngramException($"Found outer_steps_done '{file.MetadataOf("outer_steps_done")}' and seed '{file.MetadataOf("seed")}' in '{path}', expected whole numbers; the checkpoint is damaged, use an earlier one.");
        }

        var settings = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in SettingNames)
        {
            settings.Add(name, file.MetadataOf(name));
        }

        settings.Add(FrozenKey, file.Metadata.TryGetValue(FrozenKey, out string? frozen) ? frozen : FrozenParameters.None.ToString());

        var tensors = new OrderedDictionary<string, (int[] Shape, float[] Values)>(StringComparer.Ordinal);
        foreach ((string name, TensorEntry entry) in file.Tensors)
        {
            tensors.Add(name, (entry.Shape.ToArray(), entry.ToArray<float>()));
        }

        return new TrainerState(path, done, seed, settings, tensors);
    }

    /// <summary>Writes a checkpoint, whole or not at all, with a checksum.</summary>
    /// <param name="path">Where; what is there is replaced.</param>
    /// <param name="metadata">More strings for the file, under names of their own.</param>
    /// <exception cref="EngramException">The file could not be written; the old one is intact.</exception>
    public void Write(string path, IEnumerable<KeyValuePair<string, string>>? metadata = null)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("checkpoint_version", Version);
        writer.AddMetadata("outer_steps_done", OuterStepsDone.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("seed", Seed.ToString(CultureInfo.InvariantCulture));
        foreach ((string name, string text) in madeWith)
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

        foreach ((string name, (int[] shape, float[] values)) in copies)
        {
            writer.Add<float>(name, shape, values);
        }

        writer.Write(path, checksum: true);
    }

    internal static TrainerState Of(MetaTrainer trainer, MetaUpdate update)
    {
        var tensors = new OrderedDictionary<string, (int[] Shape, float[] Values)>(StringComparer.Ordinal);
        foreach ((string name, ImmutableArray<int> shape, Tensor<float> values) in TensorsOf(trainer, update))
        {
            tensors.Add(name, (shape.ToArray(), values.ToArray()));
        }

        return new TrainerState("the captured state", trainer.OuterStepsDone, trainer.Seed, SettingsOf(trainer), tensors);
    }

    internal void CopyTo(MetaTrainer trainer, MetaUpdate update)
    {
        foreach ((string name, string expected) in SettingsOf(trainer))
        {
            if (!string.Equals(madeWith[name], expected, StringComparison.Ordinal))
            {
                (string found, string wanted) = FirstDifference(madeWith[name], expected);
                throw new EngramException($"Found {name} with {found} in '{origin}', expected {wanted}; resume with the settings it was made with, or start a new run.");
            }
        }

        if (Seed != trainer.Seed)
        {
            throw new EngramException($"Found seed {Seed} in '{origin}', expected {trainer.Seed}; resume with the seed it was made with, or start a new run.");
        }

        var places = TensorsOf(trainer, update).ToList();
        foreach ((string name, ImmutableArray<int> shape, _) in places)
        {
            if (!copies.TryGetValue(name, out var found))
            {
                throw new EngramException($"Found no tensor '{name}' in '{origin}', expected one of shape [{string.Join(", ", shape)}]; resume from a checkpoint of this run.");
            }

            if (!found.Shape.AsSpan().SequenceEqual(shape.AsSpan()))
            {
                throw new EngramException($"Found shape [{string.Join(", ", found.Shape)}] of '{name}' in '{origin}', expected [{string.Join(", ", shape)}]; resume from a checkpoint of this run.");
            }
        }

        if (copies.Count != places.Count)
        {
            string extra = copies.Keys.Except(places.Select(p => p.Name), StringComparer.Ordinal).First();
            throw new EngramException($"Found tensor '{extra}' in '{origin}', expected none of that name; resume from a checkpoint of this run.");
        }

        foreach ((string name, _, Tensor<float> place) in places)
        {
            place.CopyFrom(copies[name].Values);
        }
    }

    private static OrderedDictionary<string, string> SettingsOf(MetaTrainer trainer)
    {
        // A run may be made longer, unless its rates depend on its length.
        MetaTrainingSpec spec = trainer.Spec.Schedule.DependsOnOuterSteps ? trainer.Spec : trainer.Spec with { OuterSteps = 0 };
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            // Records print numbers by the current culture, and a checkpoint must mean the same everywhere.
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            return new OrderedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["network"] = $"{string.Join(", ", trainer.Layout.Network.Layers)}, PlasticLayers = {trainer.Layout.Network.PlasticLayers}",
                ["learner"] = trainer.Layout.Learner.ToString(),
                ["initialization"] = trainer.Initialization.ToString(),
                ["meta_training"] = spec.ToString(),
                [FrozenKey] = trainer.Frozen.ToString(),
            };
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static IEnumerable<(string Name, ImmutableArray<int> Shape, Tensor<float> Values)> TensorsOf(MetaTrainer trainer, MetaUpdate update)
    {
        foreach ((string prefix, MetaParameters<float> values) in update.Moments.Select(m => ($"optimizer.{m.Name}.", m.Values)).Prepend(("", trainer.Parameters)))
        {
            for (int i = 0; i < values.Layout.Parameters.Length; i++)
            {
                yield return (prefix + values.Layout.Parameters[i].Name, values.Layout.Parameters[i].Shape, values[i]);
            }
        }
    }

    private static (string Found, string Expected) FirstDifference(string found, string expected)
    {
        string[] a = found.Split(", "), b = expected.Split(", ");
        int i = 0;
        while (i < a.Length && i < b.Length && string.Equals(a[i], b[i], StringComparison.Ordinal))
        {
            i++;
        }

        return (i < a.Length ? a[i] : "nothing more", i < b.Length ? b[i] : "nothing more");
    }
}
