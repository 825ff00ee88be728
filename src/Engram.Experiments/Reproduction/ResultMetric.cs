using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Figures;

namespace Engram.Experiments.Reproduction;

/// <summary>What of an evaluation a published number is compared with.</summary>
/// <param name="Name">Its name in recipes and files.</param>
/// <param name="Label">Its name in print.</param>
/// <param name="Curve">How its learning curves are drawn.</param>
/// <param name="Of">The value and its standard error over lifetimes; NaN where the task has none.</param>
public sealed record ResultMetric(
    string Name, string Label, LearningCurveQuantity Curve, Func<EvaluationSummary, (double Value, double StandardError)> Of)
{
    /// <summary>Mean squared error on the query.</summary>
    public static ResultMetric SquaredError { get; } =
        new(ExpectedResult.QueryLoss, "Query MSE", LearningCurveQuantity.SquaredError(null), e => (e.QueryLoss, e.StandardError));

    /// <summary>Share of the query that is answered wrongly, in percent.</summary>
    public static ResultMetric ErrorPercent { get; } = new(
        ExpectedResult.QueryError, "Query error, %", LearningCurveQuantity.ErrorPercent(5), e =>
        (e.QueryErrorPercent ?? double.NaN, e.ErrorStandardErrorPercent ?? double.NaN));
}
