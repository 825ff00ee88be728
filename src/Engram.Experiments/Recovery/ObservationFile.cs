using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recovery;

/// <summary>Observed networks as a safetensors file.</summary>
/// <remarks>
/// Metadata: format, widths, observed, steps, new (how many of the last networks the fit is judged on). Tensors of network n, float64:
/// <c>networkN.inputs [steps, inputs]</c>, <c>networkN.targets [steps, outputs]</c>, <c>networkN.seen [count]</c> (int64),
/// <c>networkN.values [moments, count]</c>, and the network's own parameters as <c>networkN.layer0.weight</c> and so on.
/// Weights are seen at birth and after each step, activities in each step.
/// </remarks>
internal static class ObservationFile
{
    private const string Format = "engram-observations-1";

    /// <summary>Writes it.</summary>
    public static void Write(string path, RecoverySetting setting, IReadOnlyList<ObservedNetwork> networks)
    {
        var file = new SafetensorsWriter();
        file.AddMetadata("format", Format);
        file.AddMetadata("widths", string.Join(' ', setting.Widths));
        file.AddMetadata("observed", setting.Observed == ObservedQuantity.Weights ? "weights" : "activity");
        file.AddMetadata("steps", setting.InnerSteps.ToString(CultureInfo.InvariantCulture));
        file.AddMetadata("new", setting.NewNetworks.ToString(CultureInfo.InvariantCulture));
        foreach ((int n, ObservedNetwork network) in networks.Index())
        {
            file.Add<double>($"network{n}.inputs", [setting.InnerSteps, setting.Widths[0]], network.Inputs);
            file.Add<double>($"network{n}.targets", [setting.InnerSteps, setting.Widths[^1]], network.Targets);
            file.Add<long>($"network{n}.seen", [network.Seen.Length], (long[])[.. network.Seen.Select(s => (long)s)]);
            file.Add<double>($"network{n}.values", [network.Values.Length / network.Seen.Length, network.Seen.Length], network.Values);
            foreach ((string name, double[] values) in network.Parameters)
            {
                file.Add<double>($"network{n}.{name}", [values.Length], values);
            }
        }

        file.Write(path);
    }

    /// <summary>Reads it.</summary>
    /// <exception cref="EngramException">It is no such file, or its tensors do not fit each other.</exception>
    public static (RecoverySetting Setting, List<ObservedNetwork> Networks) Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        if (!file.Metadata.TryGetValue("format", out string? format) || format != Format)
        {
            throw new EngramException(
                $"Found no observations of networks in '{path}', expected metadata format = {Format}; 'engram recover oja " +
                $"--observations FILE' writes one.");
        }

        ImmutableArray<int> widths = [.. file.MetadataOf("widths").Split(' ').Select(w => Whole(w, "widths", path))];
        int steps = Whole(file.MetadataOf("steps"), "steps", path), fresh = Whole(file.MetadataOf("new"), "new", path);
        var networks = new List<ObservedNetwork>();
        for (int n = 0; file.Tensors.ContainsKey($"network{n}.values"); n++)
        {
            string prefix = $"network{n}.";
            string[] own = ["inputs", "targets", "seen", "values"];
            var parameters = file.Tensors.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => k[prefix.Length..])
                .Where(k => !own.Contains(k))
                .ToImmutableDictionary(k => k, k => file[prefix + k].ToArray<double>(), StringComparer.Ordinal);
            networks.Add(new ObservedNetwork(
                parameters,
                Of(prefix + "inputs", steps * widths[0]),
                Of(prefix + "targets", steps * widths[^1]),
                [.. file[prefix + "seen"].ToArray<long>().Select(s => (int)s)],
                file[prefix + "values"].ToArray<double>()));
        }

        if (widths.Length < 2 || steps < 1 || fresh < 1 || fresh >= networks.Count)
        {
            throw new EngramException(
                $"Found {networks.Count} networks of {widths.Length} widths and {steps} steps in '{path}', {fresh} of them to judge by, " +
                $"expected 2 or more widths, 1 or more steps, and networks of both kinds.");
        }

        RecoverySetting setting = new()
        {
            Widths = widths,
            InnerSteps = steps,
            Networks = networks.Count - fresh,
            NewNetworks = fresh,
            Observed = file.MetadataOf("observed") == "activity" ? ObservedQuantity.Activity : ObservedQuantity.Weights,
        };
        Check(path, setting, networks);
        return (setting, networks);

        double[] Of(string name, int count) => file[name].ToArray<double>() is { } values && values.Length == count
            ? values
            : throw new EngramException($"Found {file[name].Count} numbers in '{name}' of '{path}', expected {count}.");
    }

    private static void Check(string path, RecoverySetting setting, List<ObservedNetwork> networks)
    {
        using var lives = new ObservedLives(setting, RuleRecovery.Model);
        int moments = setting.Observed == ObservedQuantity.Weights ? setting.InnerSteps + 1 : setting.InnerSteps;
        foreach ((int n, ObservedNetwork network) in networks.Index())
        {
            if (network.Seen.Length == 0 || network.Seen.Any(s => s < 0 || s >= lives.PerStep)
                || network.Values.Length != moments * network.Seen.Length)
            {
                throw new EngramException(
                    $"Found {network.Values.Length} values of {network.Seen.Length} seen numbers of network {n} in '{path}', expected " +
                    $"{moments} moments of numbers from 0 to {lives.PerStep - 1}.");
            }

            foreach (var spec in lives.Layout.Parameters.Where(p => p.Role != Learning.Parameters.ParameterRoles.Rule))
            {
                if (!network.Parameters.TryGetValue(spec.Name, out double[]? values) || values.Length != spec.Rows * spec.Columns)
                {
                    throw new EngramException(
                        $"Found no {spec.Rows * spec.Columns} numbers as 'network{n}.{spec.Name}' in '{path}', expected what network " +
                        $"{n} was born with.");
                }
            }
        }
    }

    private static int Whole(string text, string key, string path) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
        ? value
        : throw new EngramException($"Found '{text}' as {key} in '{path}', expected whole numbers.");
}
