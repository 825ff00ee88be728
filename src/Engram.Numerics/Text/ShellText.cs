namespace Engram.Experiments.Runs;

/// <summary>Text for a command line that somebody copies.</summary>
internal static class ShellText
{
    /// <summary>An argument as POSIX shells read it: as it is where that is safe, in single quotes otherwise.</summary>
    public static string Quote(string argument) =>
        argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=' or ':')
        ? argument
        : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
