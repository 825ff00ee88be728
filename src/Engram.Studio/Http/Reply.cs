using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Http;

/// <summary>What is answered: bytes of a kind.</summary>
/// <param name="ContentType">What they are.</param>
/// <param name="Bytes">The bytes.</param>
internal sealed record Reply(string ContentType, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>What a page may do: use what the studio serves, and nothing else.</summary>
    public const string PagePolicy = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

    // A picture that is opened by itself runs nothing and loads nothing, whatever is in it.
    private const string PicturePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

    /// <summary>The status.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>By what a browser knows that it has it already; null for what is never kept.</summary>
    public string? Tag { get; init; }

    /// <summary>JSON.</summary>
    public static Reply Json<T>(T value, JsonTypeInfo<T> type) => new("application/json", JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>A picture as SVG.</summary>
    public static Reply Svg(string svg) => new("image/svg+xml", Encoding.UTF8.GetBytes(svg));

    /// <summary>Numbers in the form of <see cref="BinaryReply"/>.</summary>
    public static Reply Binary(ReadOnlyMemory<byte> bytes) => new("application/octet-stream", bytes);

    /// <summary>Why there is no answer, in a line.</summary>
    public static Reply Error(int status, string line) => Text(line) with { Status = status };

    /// <summary>Plain text.</summary>
    public static Reply Text(string text) => new("text/plain; charset=utf-8", Encoding.UTF8.GetBytes(text + "\n"));

    /// <summary>Sends it.</summary>
    public async Task SendAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        SetHeaders(response, ContentType.StartsWith("image/", StringComparison.Ordinal) ? PicturePolicy : PagePolicy);
        if (Tag is not null)
        {
            response.Headers.CacheControl = "no-cache";
            response.Headers.ETag = Tag;
            if (context.Request.Headers.IfNoneMatch == Tag)
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
        }

        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = Bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(Bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }

    /// <summary>What is said with every answer.</summary>
    public static void SetHeaders(HttpResponse response, string policy)
    {
        IHeaderDictionary headers = response.Headers;
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        headers.CacheControl = "no-store";
    }
}
