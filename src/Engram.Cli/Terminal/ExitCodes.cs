namespace Engram.Cli.Terminal;

/// <summary>What the command ends with; docs/CLI.md lists them.</summary>
public static class ExitCodes
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>A check failed: a parity case, a gradient, or a data set that is incomplete.</summary>
    public const int CheckFailed = 1;

    /// <summary>Wrong input: the command line, a recipe, a file, a folder in use, a full disk.</summary>
    public const int WrongInput = 2;

    /// <summary>A number that is not finite ended meta-training.</summary>
    public const int NonFinite = 3;

    /// <summary>A fault of the program.</summary>
    public const int InternalError = 70;

    /// <summary>Stopped by Ctrl-C or a signal; what was done is kept.</summary>
    public const int Interrupted = 130;
}
