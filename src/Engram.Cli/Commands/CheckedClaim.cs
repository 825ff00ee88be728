using System.Text.Json.Serialization.Metadata;
using Engram.Cli.Terminal;

namespace Engram.Cli.Commands;

/// <summary>What a command that checks a claim ends with.</summary>
internal static class CheckedClaim
{
    /// <summary>Prints the result, as JSON or for a person, and says by the exit code whether the claim holds.</summary>
    public static int Report<T>(
        Output output, bool json, bool holds, double seconds, T result, Action<Output, T, double> print, JsonTypeInfo<JsonClaim<T>> type)
    {
        if (json)
        {
            output.Json(new JsonClaim<T>(holds, seconds, result), type);
        }
        else
        {
            print(output, result, seconds);
        }

        return holds ? ExitCodes.Success : ExitCodes.CheckFailed;
    }
}

/// <summary>What such a command prints as JSON.</summary>
/// <param name="Holds">Whether the claim holds.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Result">What was found.</param>
internal sealed record JsonClaim<T>(bool Holds, double Seconds, T Result);
