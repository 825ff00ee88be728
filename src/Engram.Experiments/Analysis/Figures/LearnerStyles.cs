using System.Collections.Immutable;
using Engram.Experiments.Styling;
using Engram.Figures;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Gives each learner the same colour, dashes and marker in all figures, whichever panel comes first
/// (<see cref="MethodStyles"/>).</summary>
internal static class LearnerStyles
{
    private const string Continual = "continual";

    /// <summary>The figure with a style for each series that has a learner's name and none of its own.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="learners">The learners, in the order in which they are compared.</param>
    public static Figure Apply(Figure figure, ImmutableArray<LearnerAnalysis> learners)
    {
        HashSet<string> used = [.. figure.Panels.SelectMany(p => p.Series).Select(s => s.Name)];

        // A figure calls learners by the one or by the other; by the brief one, both orders of a learner look alike.
        bool brief = learners.Any(l => used.Contains(l.ShortLabel));
        LearnerAnalysis[] named = brief ? [.. learners.DistinctBy(l => l.ShortLabel, StringComparer.Ordinal)] : [.. learners];
        string[] names = [.. named.Select(l => brief ? l.ShortLabel : l.Label)];
        int[] styles = LearnerLooks.For(
            [.. named.Select(
            l => (LearnerLooks.Identity(l.Layout.Learner, l.Layout.Network.PlasticLayers), !brief && l.Ordering == Continual))]);
        return figure with { Panels = [.. figure.Panels.Select(p => p with { Series = [.. p.Series.Select(Styled)] })] };

        Series Styled(Series series) => series.Style is null && Array.IndexOf(names, series.Name) is >= 0 and var at ? series
            with
        { Style = styles[at] } : series;
    }
}
