using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Experiments.Recipes;
using Engram.Experiments.Verdicts;
using Engram.Figures.Files;
using Engram.Figures.Summaries;
using Engram.Figures.Text;

namespace Engram.Experiments.Comparisons;

/// <summary>What is claimed of two methods.</summary>
public enum ClaimKind
{
    /// <summary>The method that was published with the smaller error has the smaller error here.</summary>
    Order,

    /// <summary>A method's error is at most so much above another's.</summary>
    Within,
}

/// <summary>A claim about two methods of a comparison, with what came of it.</summary>
/// <param name="Kind">What is claimed.</param>
/// <param name="Method">Label of the method that is to be ahead, or near.</param>
/// <param name="Against">Label of the other.</param>
/// <param name="Published">Published error of <paramref name="Method"/> less that of <paramref name="Against"/>; null where one was not
/// published.</param>
/// <param name="Margin">What the difference is to stay below, 0 in an order.</param>
/// <param name="Difference">The same difference here, of test errors or losses; NaN where one diverged.</param>
/// <param name="StandardError">Of the difference, over seeds; NaN where a method has but one.</param>
/// <param name="Verdict">It holds, or fails, where the 95 % confidence interval of the difference over seeds (Welch) is on one side of the
/// margin.</param>
public sealed record ComparisonClaim(
    ClaimKind Kind, string Method, string Against, double? Published, double Margin, double Difference, double StandardError,
    ContrastVerdict Verdict);

/// <summary>Judges what a comparison claims of its methods: <c>published.order</c>, and each method's <c>against</c> and
/// <c>within</c>.</summary>
public static class ComparisonClaims
{
    /// <summary>Headings of <see cref="Rows"/>.</summary>
    public static ImmutableArray<string> Headings { get; } = ["Claim", ">Published", ">Ours", ">± s.e.", "Verdict"];

    /// <summary>All claims, margins first, then every pair of methods whose published numbers differ by more than the comparison says,
    /// where it asks for their order.</summary>
    public static ImmutableArray<ComparisonClaim> Of(Comparison comparison, ImmutableArray<MethodOutcome> outcomes)
    {
        var byLabel = outcomes.ToDictionary(o => o.Method.Label, StringComparer.Ordinal);
        MethodOutcome[] published = comparison.PublishedOrder is not null
            ? [.. outcomes.Where(o => o.Method.Published is not null).OrderBy(o => o.Method.Published!.Value)] : [];
        return
        [
            .. outcomes.Where(o => o.Method.Reference is not null)
                .Select(o => Judge(ClaimKind.Within, o, byLabel[o.Method.Reference!.Against], o.Method.Reference.Within)),
            .. from i in Enumerable.Range(0, published.Length)
               from worse in published.Skip(i + 1)
               where worse.Method.Published!.Value - published[i].Method.Published!.Value > comparison.PublishedOrder!.Value
               select Judge(ClaimKind.Order, published[i], worse, 0),
        ];
    }

    /// <summary>How many pairs of the published order hold, in words; null where there are none.</summary>
    public static string? OrderSummary(ImmutableArray<ComparisonClaim> claims)
    {
        ComparisonClaim[] pairs = [.. claims.Where(c => c.Kind == ClaimKind.Order)];
        int Count(ContrastVerdict verdict) => pairs.Count(p => p.Verdict == verdict);
        string verdict = Count(ContrastVerdict.Fails) > 0 ? "does not hold"
            : Count(ContrastVerdict.Holds) == pairs.Length ? "holds"
            : "not contradicted";
        return pairs.Length == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"Published order: {verdict}; of {pairs.Length} pairs of methods {Count(ContrastVerdict.Holds)} hold, " +
            $"{Count(ContrastVerdict.Fails)} do not, {Count(ContrastVerdict.Unclear)} are unclear (within the 95 % confidence interval, " +
            $"or of one seed), {Count(ContrastVerdict.NotMeasured)} not measured.");
    }

    /// <summary>What a table has room for: margins, and the pairs of the order that do not hold, or not clearly.</summary>
    public static ImmutableArray<ComparisonClaim> Telling(ImmutableArray<ComparisonClaim> claims) =>
        [.. claims.Where(c => c.Kind == ClaimKind.Within || c.Verdict != ContrastVerdict.Holds)];

    /// <summary>A row for each claim, for people.</summary>
    public static IEnumerable<string[]> Rows(IEnumerable<ComparisonClaim> claims) => claims.Select(c => (string[])
    [
        c.Kind == ClaimKind.Order ? $"{c.Method} before {c.Against}" : $"{c.Method} within {Numbers.Short(c.Margin)} of {c.Against}",
        Signed(c.Published),
        double.IsFinite(c.Difference) ? Signed(c.Difference) : "–",
        Numbers.Error(c.StandardError),
        c.Verdict == ContrastVerdict.Unclear && double.IsNaN(c.StandardError) ? "unclear: one seed has no standard error"
            : ContrastVerdicts.Describe(c.Verdict),
    ]);

    /// <summary>A difference with its sign.</summary>
    public static string Signed(double? value) => value is { } d ? $"{(d < 0 ? "−" : "+")}{Numbers.Short(Math.Abs(d))}" : string.Empty;

    internal static string Csv(ImmutableArray<ComparisonClaim> claims)
    {
        var text = new StringBuilder("claim,method,against,published,margin,difference,standardError,verdict\n");
        foreach (ComparisonClaim c in claims)
        {
            text.Append(
                string.Create(
                CultureInfo.InvariantCulture,
                $"{RecipeSchema.Name(c.Kind)},{CsvText.Field(c.Method)},{CsvText.Field(c.Against)},{c.Published:R},{c.Margin:R}," +
                    $"{c.Difference:R},{c.StandardError:R},{RecipeSchema.Name(c.Verdict)}\n"));
        }

        return text.ToString();
    }

    internal static JsonArray Json(ImmutableArray<ComparisonClaim> claims) => new([.. claims.Select(c => (JsonNode)new JsonObject
    {
        ["claim"] = RecipeSchema.Name(c.Kind),
        ["method"] = c.Method,
        ["against"] = c.Against,
        ["published"] = c.Published,
        ["margin"] = c.Margin,
        ["difference"] = FigureJson.Number(c.Difference),
        ["standardError"] = FigureJson.Number(c.StandardError),
        ["verdict"] = RecipeSchema.Name(c.Verdict),
    })]);

    private static ComparisonClaim Judge(ClaimKind kind, MethodOutcome method, MethodOutcome against, double margin)
    {
        (MeanAndError a, MeanAndError b) = (method.Best.Test, against.Best.Test);
        bool measured = method.Best.Diverged + against.Best.Diverged == 0;
        double difference = measured ? a.Mean - b.Mean : double.NaN;
        double error = measured ? Math.Sqrt((a.StandardError * a.StandardError) + (b.StandardError * b.StandardError)) : double.NaN;
        double interval = Statistics.HalfWidth95((a.StandardError, a.Count), (b.StandardError, b.Count));
        ContrastVerdict verdict = !measured ? ContrastVerdict.NotMeasured
            : difference + interval < margin ? ContrastVerdict.Holds
            : difference - interval > margin ? ContrastVerdict.Fails
            : ContrastVerdict.Unclear;
        return new ComparisonClaim(
            kind, method.Method.Label, against.Method.Label, method.Method.Published?.Value - against.Method.Published?.Value, margin,
            difference, error, verdict);
    }
}
