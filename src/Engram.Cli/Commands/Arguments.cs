using System.CommandLine;
using Engram.Experiments;
using Engram.Numerics;

namespace Engram.Cli.Commands;

/// <summary>Options that several commands share, and what their values may be.</summary>
internal static class Arguments
{
    private const int MostThreads = 1024;

    /// <summary><c>--engine</c>.</summary>
    public static Option<string?> Engine() => new("--engine") { Description = "Engine: fused, fused-256, tape, …; the fastest where it is left out.", HelpName = "name" };

    /// <summary>The number of threads; all processors where none is given.</summary>
    public static int Threads(int? given)
    {
        ExpectAtLeast("--threads", given, 1);
        return given is > MostThreads
            ? throw new EngramException($"Found {given} for --threads, expected at most {MostThreads}.")
            : given ?? Environment.ProcessorCount;
    }

    /// <summary>Checks that a number that may be left out is not too great.</summary>
    public static void ExpectAtMost(string option, long? given, long most)
    {
        if (given > most)
        {
            throw new EngramException($"Found {given} for {option}, expected {most} or less.");
        }
    }

    /// <summary>Checks a number that may be left out.</summary>
    public static void ExpectAtLeast(string option, long? given, long least)
    {
        if (given < least)
        {
            throw new EngramException($"Found {given} for {option}, expected {least} or more.");
        }
    }

    /// <summary>Checks a number that may be left out, and that stands for a key of recipes.</summary>
    public static void ExpectValueOf(string key, string option, long? given)
    {
        ExpectAtLeast(option, given, (long)RecipeSchema.ByPath[key].Minimum);
        ExpectAtMost(option, given, (long)RecipeSchema.ByPath[key].Maximum);
    }

    /// <summary>Checks that names are not those of comparisons, which only <c>engram compare</c> takes.</summary>
    public static void ExpectNoComparison(RunStore store, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            string? folder = new[] { store.FolderOf(name), name }.FirstOrDefault(Directory.Exists);
            if (folder is not null && ComparisonFolder.IsComparison(folder))
            {
                throw new EngramException($"Found the comparison '{name}', expected a run or a group of runs; 'engram compare --resume {store.RunOption(folder)}' goes on with it, or prints what came of it.");
            }
        }
    }
}
