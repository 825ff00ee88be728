using System.Collections.Immutable;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;

namespace Engram.Experiments.Tests.ComparisonFiles;

public class ComparisonClaimsTests
{
    private const string Text = """
        training: {epochs: 1}
        published: {order: 0, source: made up}
        methods:
          backprop: {published: 1}
          fa: {method: feedback-alignment, published: 2, against: backprop, within: 0.5}
          dfa: {method: direct-feedback-alignment, published: 2}
          control: {method: local-plasticity, against: fa, within: 0.25}
        """;

    /// <summary>By hand: standard errors of two seeds are half their difference, those of a difference √(a² + b²); of two equal ones t has
    /// 2 degrees of freedom and is 4.303.</summary>
    [Fact]
    public void Of_OrderOfPublishedNumbers_HoldsOrFailsOutsideItsConfidenceInterval()
    {
        ComparisonClaim[] order = [.. Claims([1.0, 1.2], [1.8, 2.0], [3.0, 3.2], [9, 9]).Where(c => c.Kind == ClaimKind.Order)];

        // Two methods whose published numbers are equal have no order; one without a number has none either.
        Assert.Equal([("backprop", "fa"), ("backprop", "dfa")], order.Select(c => (c.Method, c.Against)));
        Assert.Equal([-0.8, -2], order.Select(c => Math.Round(c.Difference, 12)));
        Assert.All(order, c => Assert.Equal(Math.Sqrt(0.02), c.StandardError, 1e-12));
        Assert.All(order, c => Assert.Equal(-1, c.Published));
        Assert.Equal([ContrastVerdict.Holds, ContrastVerdict.Holds], order.Select(c => c.Verdict));
    }

    [Theory]
    [InlineData("0.99", 2)]
    [InlineData("1", 0)]
    [InlineData("none", 0)]
    public void Of_OrderOfNumbersThatDifferTooLittle_IsNotJudged(string least, int pairs)
    {
        Comparison comparison = ComparisonReader.Parse(Text, "c.yaml", [$"published.order={least}"]);

        Assert.Equal(
            pairs, ComparisonClaims.Of(comparison, [.. comparison.Methods.Select(m => Outcome(m, [1, 1]))])
            .Count(c => c.Kind == ClaimKind.Order));
    }

    [Theory]
    [InlineData(1.61, 1.81, ContrastVerdict.Holds)]
    [InlineData(1.60, 1.80, ContrastVerdict.Unclear)]
    [InlineData(0.40, 0.60, ContrastVerdict.Unclear)]
    [InlineData(0.39, 0.59, ContrastVerdict.Fails)]
    [InlineData(1.4, double.PositiveInfinity, ContrastVerdict.NotMeasured)]
    [InlineData(1.5, null, ContrastVerdict.Unclear)]
    public void Of_PairOfTheOrder_IsJudgedBySeeds(double first, double? second, ContrastVerdict expected)
    {
        ComparisonClaim claim = Claims([1.0, 1.2], second is null ? [first] : [first, second.Value], [3, 3], [9, 9])
            .First(c => c is { Kind: ClaimKind.Order, Against: "fa" });

        Assert.Equal(expected, claim.Verdict);
    }

    [Fact]
    public void Rows_UnclearPairs_SayWhetherThereWasAStandardError()
    {
        Assert.Equal("unclear: within its 95 % confidence interval", VerdictOf([1.1, 1.3]));
        Assert.Equal("unclear: one seed has no standard error", VerdictOf([1.5]));

        static string VerdictOf(double[] fa) =>
            ComparisonClaims.Rows(Claims([1.0, 1.2], fa, [3, 3], [9, 9]).Where(c => c is { Kind: ClaimKind.Order, Against: "fa" }))
            .Single()[^1];
    }

    /// <summary>As an order: two seeds of spread 0.1 each make the half-width t(2) · 0.141 = 0.608, and the margin is 0.5.</summary>
    [Theory]
    [InlineData(0.88, 1.08, ContrastVerdict.Holds)]
    [InlineData(1.0, 1.2, ContrastVerdict.Unclear)]
    [InlineData(2.0, 2.2, ContrastVerdict.Unclear)]
    [InlineData(2.12, 2.32, ContrastVerdict.Fails)]
    [InlineData(1.0, double.PositiveInfinity, ContrastVerdict.NotMeasured)]
    [InlineData(1.1, null, ContrastVerdict.Unclear)]
    public void Of_MethodHeldAgainstAnother_IsJudgedByItsInterval(double first, double? second, ContrastVerdict expected)
    {
        ComparisonClaim near = Claims([1.0, 1.2], second is null ? [first] : [first, second.Value], [3, 3], [0, 0])
            .First(c => c.Kind == ClaimKind.Within);

        Assert.Equal(("fa", "backprop", 0.5, expected), (near.Method, near.Against, near.Margin, near.Verdict));
    }

    /// <summary>Weight mirrors of results/compare/mnist-500: +0.01 with the margin 0.3, but [−1.2, 1.2] over two seeds.</summary>
    [Fact]
    public void Of_MethodNearByTheMeansAlone_IsUnclear()
    {
        ComparisonClaim near = Claims([1.65, 1.72], [1.57, 1.82], [3, 3], [0, 0]).First(c => c.Kind == ClaimKind.Within);

        Assert.Equal((0.01, ContrastVerdict.Unclear), (Math.Round(near.Difference, 6), near.Verdict));
    }

    [Fact]
    public void OrderSummary_OfPairs_CountsThem()
    {
        Assert.StartsWith(
            "Published order: holds; of 2 pairs of methods 2 hold, 0 do not",
            ComparisonClaims.OrderSummary(Claims([1.0, 1.2], [1.8, 2.0], [3, 3], [9, 9])), StringComparison.Ordinal);
        Assert.StartsWith(
            "Published order: does not hold; of 2 pairs of methods 1 hold, 1 do not",
            ComparisonClaims.OrderSummary(Claims([1.0, 1.2], [0.2, 0.4], [3, 3], [9, 9])), StringComparison.Ordinal);
        Assert.StartsWith(
            "Published order: not contradicted; of 2 pairs of methods 1 hold, 0 do not, 1 are unclear",
            ComparisonClaims.OrderSummary(Claims([1.0, 1.2], [1.0, 1.2], [3, 3], [9, 9])), StringComparison.Ordinal);
        Assert.Null(ComparisonClaims.OrderSummary([]));
    }

    private static ImmutableArray<ComparisonClaim> Claims(params double[][] tests)
    {
        Comparison comparison = ComparisonReader.Parse(Text, "c.yaml");
        return ComparisonClaims.Of(comparison, [.. comparison.Methods.Zip(tests, (m, own) => Outcome(m, own))]);
    }

    // A run of infinite error is one that diverged.
    private static MethodOutcome Outcome(ComparedMethod method, double[] tests)
    {
        var rate = new RateOutcome(1e-3, [.. tests.Select((t, i) => double.IsFinite(t)
            ? new ComparisonRunResult(
                new ComparisonRun(method.Label, 1e-3, (ulong)i), RunState.Finished, 1, new EpochLine(1, 1, 1, [], [], 1)
                { ValidationErrorPercent = t, TestErrorPercent = t, TestLoss = 1 }, 1)
            : new ComparisonRunResult(new ComparisonRun(method.Label, 1e-3, (ulong)i), RunState.Diverged, 0, null, 1))]);
        return new MethodOutcome(method, rate, [rate]);
    }
}
