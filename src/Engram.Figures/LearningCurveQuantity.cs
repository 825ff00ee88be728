namespace Engram.Figures;

/// <summary>What a learning curve shows.</summary>
/// <param name="Axis">Its name, unit and scale.</param>
/// <param name="Reference">A value to compare with; null for none.</param>
public sealed record LearningCurveQuantity(Axis Axis, ReferenceLine? Reference = null)
{
    /// <summary>Mean squared error, on a logarithmic axis.</summary>
    /// <param name="targetVariance">Variance of the targets: the error of always answering their mean, drawn as the reference. Null for
    /// none.</param>
    public static LearningCurveQuantity SquaredError(double? targetVariance) =>
        Loss("Query loss (MSE)", targetVariance is { } variance ? new ReferenceLine(variance, "variance of the targets") : null);

    /// <summary>Any loss, on a logarithmic axis.</summary>
    /// <param name="name">Its name and unit.</param>
    /// <param name="reference">A value to compare with; null for none.</param>
    public static LearningCurveQuantity Loss(string name, ReferenceLine? reference = null) =>
        new(new Axis(name) { Scale = AxisScale.Logarithmic }, reference);

    /// <summary>Share of query examples that are answered wrongly, in %, on a linear axis, since it may come to 0.</summary>
    /// <param name="ways">Classes of a lifetime: guessing among them is the reference. Null where lifetimes differ in that.</param>
    public static LearningCurveQuantity ErrorPercent(int? ways) => new(
        new Axis("Query error", "%") { Minimum = 0 },
        ways is { } n ? new ReferenceLine(100 * (1 - (1.0 / n)), $"guessing among {n} classes") : null);
}
