using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Engram.Studio.Http;

/// <summary>Why a request is not answered: a status of the fours, and a line that says so.</summary>
/// <param name="Status">The status.</param>
/// <param name="Reason">The line.</param>
internal sealed record Refusal(int Status, string Reason);

/// <summary>Who may ask what: programs of this machine that name it, pages of the studio itself, and nobody else.</summary>
/// <remarks>
/// A page of another site can make a browser ask any address, the loopback one too, and a name of its own can be made to lead there.
/// Neither comes past here: the host must be a name of the loopback
/// address, and what a browser says of where a request comes from must be the studio.
/// </remarks>
internal static class RequestGuard
{
    /// <summary>Most bytes of a request's first line.</summary>
    public const int MostRequestLine = 4096;

    /// <summary>Most bytes of its headers.</summary>
    public const int MostHeaderBytes = 16 * 1024;

    /// <summary>How many headers there may be.</summary>
    public const int MostHeaders = 60;

    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._");

    private static readonly string[] LoopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Why a request is refused; null where it is not.</summary>
    public static Refusal? Look(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (request.Method is not ("GET" or "HEAD"))
        {
            return new Refusal(StatusCodes.Status405MethodNotAllowed, "The studio is for reading: GET and HEAD alone.");
        }

        string target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? string.Empty;
        return IsLoopback(request.Headers.Host) is false
            ? new Refusal(
            StatusCodes.Status403Forbidden, "Found a host that is not a name of this machine, expected localhost, 127.0.0.1 or [::1].")
            : !IsOwn(request.Headers.Origin, request.Headers.Host) || IsFromElsewhere(request.Headers)
                ? new Refusal(StatusCodes.Status403Forbidden, "Found a request of another site's page, expected the studio's own.")
            : request.ContentLength > 0 || !StringValues.IsNullOrEmpty(request.Headers.TransferEncoding)
                ? new Refusal(StatusCodes.Status413PayloadTooLarge, "Found a request with a body, expected none.")
            : !StringValues.IsNullOrEmpty(request.Headers.Upgrade)
                ? new Refusal(StatusCodes.Status400BadRequest, "Found a request to speak another protocol, expected plain HTTP.")
            : !IsPlain(target) ? new Refusal(StatusCodes.Status400BadRequest, "Found an address with parts that no page of the studio has.")
            : null;
    }

    /// <summary>Whether a host is a name of the loopback address, whatever the port: the studio may be reached through a tunnel.</summary>
    private static bool IsLoopback(StringValues host)
    {
        if (host.Count != 1 || host[0] is not { Length: > 0 } text)
        {
            return false;
        }

        string? name = Array.Find(LoopbackNames, n => text.StartsWith(n, StringComparison.OrdinalIgnoreCase));
        return name is not null && text[name.Length..] is var rest
            && (rest.Length == 0 || (rest is [':', _, ..] && rest.Length <= 6 && rest[1..].All(char.IsAsciiDigit)));
    }

    private static bool IsOwn(StringValues origin, StringValues host) =>
        origin.Count == 0 || (origin.Count == 1 && string.Equals(origin[0], $"http://{host[0]}", StringComparison.OrdinalIgnoreCase));

    // What browsers say since 2020: a link on another page may lead here, but such a page may load nothing.
    private static bool IsFromElsewhere(IHeaderDictionary headers)
    {
        StringValues site = headers["Sec-Fetch-Site"];
        return site.Count > 0 && site[0] is not ("same-origin" or "none")
            && !(headers["Sec-Fetch-Mode"] == "navigate" && headers["Sec-Fetch-Dest"] == "document");
    }

    // Paths are a handful of names, so nothing in them is ever escaped, and no name of a run is in one.
    private static bool IsPlain(string target)
    {
        int question = target.IndexOf('?', StringComparison.Ordinal);
        ReadOnlySpan<char> path = question < 0 ? target : target.AsSpan(0, question);
        return path is ['/', ..] && path.Length <= 100 && !path.Contains("..", StringComparison.Ordinal)
            && !path.Contains("//", StringComparison.Ordinal)
            && !path.ContainsAnyExcept(PathCharacters);
    }
}
