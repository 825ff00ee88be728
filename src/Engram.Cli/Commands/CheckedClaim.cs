using Engram.Cli.Terminal;

namespace Engram.Cli.Commands;

/// <summary>What a command that checks a claim ends with.</summary>
internal static class CheckedClaim
{
    /// <summary>Prints the result, as JSON or for a person, and says by the exit code whether the claim holds.</summary>
    public static int Report<T>(Output output, bool json, bool holds, double seconds, T result, Action<Output, T, double> print)
    {
        if (json)
        {
            output.Json(new JsonResult<T>(holds, seconds, result));
        }
        else
        {
            print(output, result, seconds);
        }

        return holds ? ExitCodes.Success : ExitCodes.CheckFailed;
    }

    private sealed record JsonResult<T>(bool Holds, double Seconds, T Result);
}
