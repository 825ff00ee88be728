using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Numerics.Files;
using Engram.Numerics.Kernels;

namespace Engram.Experiments.Runs;

/// <summary>What a run ran on: <c>environment.json</c>.</summary>
public sealed record RunEnvironment
{
    /// <summary>The newest form of run directories that this program reads and writes.</summary>
    public const int NewestFormat = 1;

    /// <summary>The form of the run directory.</summary>
    public int Format { get; init; } = NewestFormat;

    /// <summary>Engram's version.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>The commit that it was built from; null where that is not known.</summary>
    public string? Commit { get; init; }

    /// <summary>The recipe's name, as the command line names it.</summary>
    public string Recipe { get; init; } = string.Empty;

    /// <summary>The seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads.</summary>
    public int Threads { get; init; }

    /// <summary>When the run was made, in UTC.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Operating system.</summary>
    public string OperatingSystem { get; init; } = string.Empty;

    /// <summary>Processor's name, or its architecture where it has none.</summary>
    public string Processor { get; init; } = string.Empty;

    /// <summary>Logical processors.</summary>
    public int Processors { get; init; }

    /// <summary>Width of the vectors that it computed with, in bits; 0 for one number at a time.</summary>
    public int VectorBits { get; init; }

    /// <summary>The .NET runtime.</summary>
    public string Runtime { get; init; } = string.Empty;

    /// <summary>How reports that are put together of nodes are written.</summary>
    [JsonIgnore]
    internal static JsonSerializerOptions Json { get; } = JsonForms.Options(new RunsJsonContext(), JsonForms.Names<RunState>());

    /// <summary>Engram's version and, after a plus sign, the commit where it is known.</summary>
    public static string InformationalVersion { get; } =
        typeof(RunEnvironment).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>This machine, now.</summary>
    /// <param name="recipe">The recipe's name.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="threads">Threads.</param>
    public static RunEnvironment Here(string recipe, ulong seed, int threads)
    {
        string[] version = InformationalVersion.Split('+', 2);
        return new RunEnvironment
        {
            Version = version[0],
            Commit = version.Length > 1 ? version[1] : null,
            Recipe = recipe,
            Seed = seed,
            Threads = threads,
            Created = DateTimeOffset.UtcNow,
            OperatingSystem = RuntimeInformation.OSDescription,
            Processor = ProcessorName(),
            Processors = Environment.ProcessorCount,
            VectorBits = (int)VectorWidths.Current,
            Runtime = RuntimeInformation.FrameworkDescription,
        };
    }

    private static string ProcessorName()
    {
        const string Information = "/proc/cpuinfo";
        try
        {
            string? line = File.Exists(Information)
                ? File.ReadLines(Information).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
            return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        }
        catch (IOException)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }
    }
}
