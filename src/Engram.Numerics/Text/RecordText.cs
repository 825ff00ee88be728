using System.Text.RegularExpressions;

namespace Engram.Numerics.Text;

/// <summary>Reads settings as earlier versions wrote them: records as they print themselves, such as <c>Spec { Rule = oja, Rates = Rates {
/// Feedback = 1E-05 } }, Examples = 50</c>.</summary>
internal static partial class RecordText
{
    /// <summary>Under which path records that stand beside each other are: the layers of a network.</summary>
    public const string List = "layers";

    /// <summary>Under which path text is that stands behind a record without a name.</summary>
    public const string Rest = "rest";

    /// <summary>Whether text is of that kind.</summary>
    public static bool Is(string text) => Head().IsMatch(text);

    /// <summary>The values by path, both as names in files have them; values stand as they were printed, and where a record is, its
    /// type.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isList">Whether records at the top are items of <see cref="List"/>; else there is one, which is the whole.</param>
    /// <exception cref="EngramException">It ends too early.</exception>
    public static OrderedDictionary<string, string> Read(string text, bool isList)
    {
        var said = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        int at = 0;
        for (int item = 0; at < text.Length; item++)
        {
            if (Head().IsMatch(text.AsSpan(at)))
            {
                ReadRecord(text, ref at, isList ? $"{List}.{item}" : string.Empty, said);
            }
            else if (Name().Match(text, at) is { Success: true } name)
            {
                at += name.Length;
                Match value = TopValue().Match(text, at);
                said[Setting.NameOf(name.Groups[1].Value)] = value.Value;
                at += value.Length;
            }
            else
            {
                said[Rest] = text[at..];
                at = text.Length;
            }

            at += text.AsSpan(at).StartsWith(", ", StringComparison.Ordinal) ? 2 : 0;
        }

        return said;
    }

    private static void ReadRecord(string text, ref int at, string path, OrderedDictionary<string, string> said)
    {
        string type = Head().Match(text[at..]).Groups[1].Value;
        said[path] = type;
        at += type.Length + " {".Length;
        while (true)
        {
            if (text.AsSpan(at).StartsWith(" }", StringComparison.Ordinal))
            {
                at += 2;
                return;
            }

            at += text.AsSpan(at).StartsWith(", ", StringComparison.Ordinal) ? 2 : 1;
            Match name = at <= text.Length ? Name().Match(text, at) : Match.Empty;
            if (!name.Success)
            {
                throw new EngramException(
                    $"Found settings that cannot be read ('{text[..Math.Min(60, text.Length)]}…'), expected 'Name = value, …' in " +
                    $"braces; the file is damaged, use an earlier one.");
            }

            at += name.Length;
            string below = path.Length == 0 ? Setting.NameOf(name.Groups[1].Value) : $"{path}.{Setting.NameOf(name.Groups[1].Value)}";
            if (Head().IsMatch(text.AsSpan(at)))
            {
                ReadRecord(text, ref at, below, said);
                continue;
            }

            Match value = Value().Match(text, at);
            said[below] = value.Value;
            at += value.Length;
        }
    }

    [GeneratedRegex(@"^(?<1>[A-Za-z_][\w`]*) \{", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Head();

    [GeneratedRegex(@"\G(?<1>[A-Za-z_]\w*) = ", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();

    [GeneratedRegex(
        @"\G.*?(?=(, [A-Za-z_]\w* = )| \}|$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Singleline,
        1000)]
    private static partial Regex Value();

    [GeneratedRegex(@"\G.*?(?=(, )|$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Singleline, 1000)]
    private static partial Regex TopValue();
}
