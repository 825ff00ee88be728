using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Engram.Numerics.Text;

/// <summary>
/// Text from files, servers and names made fit for people: what would steer a terminal, hide or turn text is shown as an escape such as
/// <c>\u001b</c>, and the user and password of
/// an address are left out.
/// </summary>
internal static partial class CleanText
{
    /// <summary>The most characters of a message.</summary>
    public const int MostOfMessage = 4000;

    /// <summary>The most characters of a cell of a table.</summary>
    public const int MostOfCell = 1000;

    // All that needs a second look: control characters but for a tab and a line's end, what turns the direction of text or is no character,
    // halves of pairs.
    private static readonly SearchValues<char> Doubtful = SearchValues.Create(
        [.. Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(c => c is not ('\t' or '\n') && (char.IsSurrogate(c) || IsUnfit(c)))]);

    /// <summary>Text of any number of lines.</summary>
    public static string Lines(string text) => WithoutCredentials(Escaped(text));

    /// <summary>Text on one line, without its middle where it is long: what was found stands at the beginning, what to do at the
    /// end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The most characters.</param>
    public static string Line(string text, int most = MostOfMessage)
    {
        string line = text.AsSpan().IndexOfAny('\n', '\r', '\t') >= 0 ? text.ReplaceLineEndings(" ").Replace('\t', ' ') : text;
        return Shortened(Lines(line), most);
    }

    private static string Shortened(string text, int most)
    {
        if (text.Length <= most)
        {
            return text;
        }

        int tail = most / 4, head = most - tail;
        head -= char.IsHighSurrogate(text[head - 1]) ? 1 : 0;
        tail -= char.IsLowSurrogate(text[^tail]) ? 1 : 0;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{text.AsSpan(0, head)} … ({text.Length - head - tail:N0} characters) … {text.AsSpan(text.Length - tail)}");
    }

    private static string Escaped(string text)
    {
        int first = text.AsSpan().IndexOfAny(Doubtful);
        if (first < 0)
        {
            return text;
        }

        var clean = new StringBuilder(text, 0, first, text.Length + 16);
        for (int i = first; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                int code = char.ConvertToUtf32(c, text[++i]);
                bool unfit = (code & 0xfffe) == 0xfffe || code is >= 0xe0000 and <= 0xe007f;
                _ = unfit ? clean.Append(CultureInfo.InvariantCulture, $"\\U{code:x8}") : clean.Append(c).Append(text[i]);
            }
            else if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                clean.Append(c);
            }
            else
            {
                _ = c is not ('\t' or '\n') && Doubtful.Contains(c) ? clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")
                    : clean.Append(c);
            }
        }

        return clean.ToString();
    }

    private static bool IsUnfit(char c) => char.IsControl(c)
        || c is '\u061c' or '\u200e' or '\u200f' or '\u2028' or '\u2029' or '\ufeff' or (>= '\u202a' and <= '\u202e')
            or (>= '\u2066' and <= '\u2069') or (>= '\ufdd0' and <= '\ufdef') or >= '\ufffe';

    private static string WithoutCredentials(string text) =>
        text.Contains("://", StringComparison.Ordinal) && text.Contains('@', StringComparison.Ordinal)
        ? Credentials().Replace(text, "://…@") : text;

    [GeneratedRegex(@"(?<=[A-Za-z])://[^\s/?#'""]+@", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Credentials();
}
