using System.CommandLine;
using Engram.Numerics;

namespace Engram.Cli.Commands;

/// <summary>Options that several commands share, and ranges of numbers on the command line.</summary>
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
}
