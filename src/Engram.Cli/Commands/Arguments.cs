using System.CommandLine;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary>Options that several commands share, and what their values may be.</summary>
internal static class Arguments
{
    private const int MostThreads = 1024;

    /// <summary><c>--engine</c>.</summary>
    public static Option<string?> Engine() => new("--engine")
    { Description = "Engine: fused, fused-256, tape, …. Default: the fastest.", HelpName = "name" };

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

    /// <summary>Checks that a key that an option stands for is not set beside it: one of the two would win, and nobody would be told
    /// which.</summary>
    public static void ExpectNotSet(IEnumerable<string> settings, string key, string option)
    {
        if (settings.Any(s => s.Split('=', 2)[0].Trim() == key))
        {
            throw new EngramException($"Found {key} in --set beside {option}, expected one of the two; leave one out.");
        }
    }
}
