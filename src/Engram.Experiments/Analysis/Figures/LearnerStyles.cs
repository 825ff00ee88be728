using System.Collections.Immutable;
using Engram.Figures;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Gives each learner the same colour, dashes and marker in all figures of an analysis, whichever panel comes first.</summary>
internal static class LearnerStyles
{
    /// <summary>The figure with a style for each series that has a learner's name and none of its own.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="learners">The learners, in the order in which they are compared.</param>
    public static Figure Apply(Figure figure, ImmutableArray<LearnerAnalysis> learners)
    {
        string[] full = [.. learners.Select(l => l.Label)];
        string[] brief = [.. learners.Select(l => l.ShortLabel).Distinct(StringComparer.Ordinal)];
        HashSet<string> used = [.. figure.Panels.SelectMany(p => p.Series).Select(s => s.Name)];

        // A figure calls learners by the one or by the other.
        string[] names = brief.Any(b => used.Contains(b)) ? brief : full;
        return figure with { Panels = [.. figure.Panels.Select(p => p with { Series = [.. p.Series.Select(Styled)] })] };

        Series Styled(Series series) => series.Style is null && Array.IndexOf(names, series.Name) is >= 0 and var style ? series with { Style = style } : series;
    }
}
