using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>What lies in a folder besides runs and groups, told by its files, so that nobody makes a run where it would be in the
/// way.</summary>
internal static class FolderKind
{
    /// <summary>The recipe of a comparison.</summary>
    public const string ComparisonRecipe = "comparison.yaml";

    /// <summary>What a comparison was made on.</summary>
    public const string ComparisonEnvironment = "comparison.json";

    /// <summary>The plan of a sweep, in its group's folder.</summary>
    public const string SweepPlan = "sweep.json";

    /// <summary>What a run of a sweep did on the meta-validation split.</summary>
    public const string Validations = "validation.json";

    /// <summary>What a network did on streams of the other order.</summary>
    public const string OtherOrder = "other-order.json";

    /// <summary>The single lifetimes of a run's evaluation.</summary>
    public const string EvaluatedLives = "evaluation.csv";

    /// <summary>Whether there is a comparison in a folder.</summary>
    public static bool IsComparison(string folder) =>
        File.Exists(Path.Combine(folder, ComparisonEnvironment)) && File.Exists(Path.Combine(folder, ComparisonRecipe));

    /// <summary>Whether there is a sweep in a folder.</summary>
    public static bool IsSweep(string folder) => File.Exists(Path.Combine(folder, SweepPlan));

    /// <summary>Checks that a folder that is about to be written to has files and folders only: a pipe in the place of a checkpoint would
    /// be waited for without end.</summary>
    /// <exception cref="EngramException">A pipe, a socket or a device is in it, or it cannot be read.</exception>
    public static void ExpectRegularFiles(string folder)
    {
        try
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries(folder))
            {
                FileKinds.ExpectRegular(entry);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngramException($"Could not read '{folder}': {AtomicFile.OneLine(e.Message)}", e);
        }
    }
}
