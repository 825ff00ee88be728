using Engram.Figures;

namespace Engram.Experiments.Recovery;

/// <summary>Fitted coefficients beside the hidden rule's.</summary>
public static class RecoveryFigure
{
    /// <summary>A bar for each term, with its standard error.</summary>
    /// <param name="result">What was recovered.</param>
    /// <param name="source">The rule or file, for the title.</param>
    public static Figure Draw(RecoveredRule result, string source)
    {
        var fitted = new BarSeries("fitted", [.. result.Terms.Select(t => t.Fitted)])
        {
            Low = [.. result.Terms.Select(t => t.Fitted - t.StandardError)],
            High = [.. result.Terms.Select(t => t.Fitted + t.StandardError)],
        };
        bool known = result.Terms.All(t => t.Hidden is not null);
        return new Figure
        {
            Title = $"Coefficients recovered from {source}",
            Description = "Terms by the exponents of presynaptic activity, postsynaptic activity and weight.",
            TitleShown = true,
            Size = FigureSize.PaperPage,
            Panels =
            [
                new Panel(
                    new Axis("Term") { Categories = [.. result.Terms.Select(t => t.Term)] },
                    new Axis("θ"),
                    known ? [fitted, new BarSeries("hidden", [.. result.Terms.Select(t => t.Hidden!.Value)])] : [fitted]),
            ],
        };
    }
}
