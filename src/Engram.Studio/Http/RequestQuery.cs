using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Engram.Studio.Http;

/// <summary>An address that names nothing that is there, or says something that nobody can mean.</summary>
internal sealed class RequestException(int status, string line) : Exception(line)
{
    /// <summary>A status of the fours.</summary>
    public int Status { get; } = status;
}

/// <summary>What stands behind the question mark of an address: keys that are known, each once unless it may come again, and values that
/// are short.</summary>
internal sealed class RequestQuery
{
    private const int MostLength = 600;

    private readonly IQueryCollection query;

    /// <summary>Reads it.</summary>
    /// <param name="query">The query.</param>
    /// <param name="known">The keys that there are, those that may come again with a star behind them.</param>
    /// <exception cref="RequestException">There is another key, one twice, or a value that is too long.</exception>
    public RequestQuery(IQueryCollection query, params ReadOnlySpan<string> known)
    {
        this.query = query;
        foreach ((string key, StringValues values) in query)
        {
            bool many = known.Contains(key + "*");
            if (!many && !known.Contains(key))
            {
                throw new RequestException(
                    StatusCodes.Status400BadRequest,
                    $"Found '{CleanText.Line(key, 100)}' in the address, expected " +
                    $"{(known.IsEmpty ? "nothing there" : string.Join(", ", known.ToArray()))}.");
            }

            if (!many && values.Count > 1)
            {
                throw new RequestException(StatusCodes.Status400BadRequest, $"Found '{key}' twice in the address, expected it once.");
            }

            if (values.Any(v => v is null || v.Length > MostLength || v.Contains('\0', StringComparison.Ordinal)))
            {
                throw new RequestException(
                    StatusCodes.Status400BadRequest,
                    $"Found a value of '{key}' that is too long or not text, expected at most {MostLength} characters.");
            }
        }
    }

    /// <summary>A value that must be there.</summary>
    public string Text(string key) =>
        query[key] is [{ Length: > 0 } value] ? value
        : throw new RequestException(StatusCodes.Status400BadRequest, $"Found no '{key}' in the address.");

    /// <summary>A value that may be missing.</summary>
    public string? TextOrNone(string key) => query[key] is [{ Length: > 0 } value] ? value : null;

    /// <summary>All values of a key.</summary>
    public ImmutableArray<string> Texts(string key) => [.. query[key].Select(v => v!)];

    /// <summary>A whole number in a range.</summary>
    public long Number(string key, long usual, long least, long most)
    {
        if (TextOrNone(key) is not { } text)
        {
            return usual;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) && value >= least
            && value <= most
            ? value
            : throw new RequestException(
                StatusCodes.Status400BadRequest,
                string.Create(CultureInfo.InvariantCulture, $"Found a value of '{key}' that is not a number from {least} to {most}."));
    }

    /// <summary>One of some words; the first where it is missing.</summary>
    public string OneOf(string key, params ReadOnlySpan<string> words)
    {
        string found = TextOrNone(key) ?? words[0];
        return words.Contains(found) ? found
            : throw new RequestException(
            StatusCodes.Status400BadRequest, $"Found a value of '{key}' that is none of {string.Join(", ", words.ToArray())}.");
    }
}
