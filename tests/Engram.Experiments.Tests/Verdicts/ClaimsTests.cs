using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Engram.Figures.Summaries;

namespace Engram.Experiments.Tests;

/// <summary>
/// What documents say of one learner against another: a sentence that names one as better or worse says in itself that it is open, or
/// stands in <c>results/claims.csv</c> with
/// the records that back it, from which the verdict is computed anew.
/// </summary>
public sealed partial class ClaimsTests
{
    private const int MostMilliseconds = 60_000;

    // Every page, and what lies beside numbers. Tutorials and the glossary are among the pages.
    private static readonly string[] Documents =
    [
        "README.md", .. Pages("docs", "*.md"), .. Pages("results", "README.md"),
    ];

    public static TheoryData<string> Files => [.. Documents];

    public static TheoryData<string> Claims => [.. Rows()];

    [Theory]
    [MemberData(nameof(Claims))]
    public void Claim_IsInItsFile_AndItsRecordsBackIt(string row)
    {
        string[] claim = row.Split(',');

        Assert.Contains(claim[1], Plain(claim[0]), StringComparison.Ordinal);
        Assert.Equal(claim[4], VerdictOf(claim));
    }

    // What the records say, of a row that says something else.
    [Theory]
    [MemberData(nameof(Claims))]
    public void Claim_TheOtherWayRound_IsNotBacked(string row)
    {
        string[] claim = row.Split(',');

        Assert.Equal("open", VerdictOf([claim[0], claim[1], claim[3], claim[2], claim[4]]));
    }

    private static string VerdictOf(string[] claim)
    {
        MeanAndError smaller = Record(claim[2]), larger = Record(claim[3]);
        double beyond = Math.Log(larger.Mean / smaller.Mean);
        double interval = Statistics.HalfWidth95(
            (smaller.StandardError / smaller.Mean, smaller.Count), (larger.StandardError / larger.Mean, larger.Count));
        return beyond > interval ? "holds" : "open";
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Sentence_ThatNamesALearnerAsBetterOrWorse_IsOpenOrListed(string file)
    {
        string[] listed = [.. Rows().Select(r => r.Split(',')).Where(c => c[0] == file).Select(c => c[1])];

        Assert.All(Unbacked(Plain(file)),
            s => Assert.True(listed.Any(l => s.Contains(l, StringComparison.Ordinal)), $"Neither open nor in results/claims.csv: {s}"));
    }

    /// <summary>The search itself finds what it is for, and lets pass what says that it is open.</summary>
    [Theory]
    [InlineData("FLP is ahead of the gradient learner.", 1)]
    [InlineData("Nothing is known. FLP is far below feature reuse, i.i.d., by 400 times. All else is open.", 1)]
    [InlineData("Whether FLP is ahead of the gradient learner is open.", 0)]
    [InlineData("The paper has FLP far below feature reuse.", 0)]
    public void Unbacked_OfASentence_FindsComparisons(string text, int expected) =>
        Assert.Equal(expected, Unbacked(text.Replace("i.i.d.", "i.i.d", StringComparison.Ordinal)).Count());

    private static IEnumerable<string> Pages(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Unbacked(string text) =>
        SentenceEnd().Split(text).Where(s => Learner().IsMatch(s) && Comparison().IsMatch(s) && !SaysSo().IsMatch(s));

    private static string[] Rows() => [.. File.ReadLines(Path.Combine(Repository.Root, "results", "claims.csv")).Skip(1)];

    // Without line breaks and marks, paragraphs and items of lists apart.
    private static string Plain(string file) => string.Join(
        ". ",
        ParagraphEnd().Split(File.ReadAllText(Path.Combine(Repository.Root, file)))
            .Select(p => string.Join(' ', p.Replace("**", string.Empty, StringComparison.Ordinal)
            .Replace("i.i.d.", "i.i.d", StringComparison.OrdinalIgnoreCase).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));

    private static MeanAndError Record(string record)
    {
        string[] parts = record.Split('#');
        if (parts[0].EndsWith(".csv", StringComparison.Ordinal))
        {
            // A line for each network; a third part names the column.
            string[][] lines = [.. File.ReadLines(Path.Combine(Repository.Root, parts[0])).Select(l => l.Split(','))];
            int value = Array.IndexOf(lines[0], parts.Length > 2 ? parts[2] : "queryLoss");
            IEnumerable<string[]> networks = lines.Where(l => l[0] == parts[1]);
            return Statistics.MeanAndError([.. networks.Select(l => double.Parse(l[value], CultureInfo.InvariantCulture))]);
        }

        using var report = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, parts[0])));
        JsonElement cell = report.RootElement.GetProperty("cells").EnumerateArray()
            .Single(c => c.GetProperty("cell").GetString() == parts[1]);
        int count = cell.GetProperty("networks").GetInt32();

        // The error of one network is over lifetimes, and no error over networks.
        return new MeanAndError(
            cell.GetProperty("ours").GetDouble(), count < 2 ? double.NaN : cell.GetProperty("standardError").GetDouble(), count);
    }

    [GeneratedRegex(@"\n\s*\n|\n(?=[-|] )", RegexOptions.None, MostMilliseconds)]
    private static partial Regex ParagraphEnd();

    [GeneratedRegex(@"(?<=[.:;?])\s+", RegexOptions.None, MostMilliseconds)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(
        "FLP|polynomial|three-factor|plastic B|gradient learner|" +
        "feature reuse|OML|kickback|feedback alignment|weight mirrors|second order|first order",
        RegexOptions.IgnoreCase, MostMilliseconds)]
    private static partial Regex Learner();

    [GeneratedRegex(
        "ahead of|better than|worse than|as good as|level with|outperform|leads |beats |far below|times below|times above",
        RegexOptions.None, MostMilliseconds)]
    private static partial Regex Comparison();

    [GeneratedRegex(
        @"\bopen\b|unclear|[Tt]he paper|not trained|one network|not judged|does not show|\bholds?\b", RegexOptions.None, MostMilliseconds)]
    private static partial Regex SaysSo();
}
