namespace Engram.Experiments;

/// <summary>What of an evaluation a published number is compared with.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Label">Its name in print.</param>
/// <param name="Of">The value and its standard error over lifetimes; NaN where the task has none.</param>
public sealed record ResultMetric(string Name, string Label, Func<EvaluationSummary, (double Value, double StandardError)> Of)
{
    /// <summary>Mean squared error on the query.</summary>
    public static ResultMetric SquaredError { get; } = new("query-loss", "Query MSE", e => (e.QueryLoss, e.StandardError));
}
