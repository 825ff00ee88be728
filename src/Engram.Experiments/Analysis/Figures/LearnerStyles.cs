using System.Collections.Immutable;
using System.Globalization;
using Engram.Figures;
using Engram.Learning.Learners;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>Gives each learner the same colour, dashes and marker in all figures, whichever panel comes first (<see cref="MethodStyles"/>).</summary>
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
        int[] styles = For([.. named.Select(l => (Identity(l.Layout.Learner, l.Layout.Network.PlasticLayers), !brief && l.Ordering == Continual))]);
        return figure with { Panels = [.. figure.Panels.Select(p => p with { Series = [.. p.Series.Select(Styled)] })] };

        Series Styled(Series series) => series.Style is null && Array.IndexOf(names, series.Name) is >= 0 and var at ? series with { Style = styles[at] } : series;
    }

    /// <summary>Styles of learners: a continual stream's are those of its learner in other dashes.</summary>
    /// <param name="learners">Each learner's identity, and whether its stream is continual.</param>
    public static int[] For(IReadOnlyList<(string? Identity, bool Continual)> learners)
    {
        // Beside one another, an order has dashes of its own; alone, a learner has its own whatever the order.
        bool mixed = learners.Select(l => l.Continual).Distinct().Count() > 1;
        int[] own = MethodStyles.For([.. learners.Where(l => !(mixed && l.Continual)).Select(l => l.Identity)]);
        int[] all = new int[learners.Count];
        HashSet<int> taken = [.. own];
        for ((int i, int next) = (0, 0); i < all.Length; i++)
        {
            all[i] = mixed && learners[i].Continual ? -1 : own[next++];
        }

        for (int i = 0; i < all.Length; i++)
        {
            for (int tried = 0, style = (learners[i].Identity is { } name && MethodStyles.Of(name) is { } known ? known : 0) + MethodStyles.Colours; all[i] < 0; tried++, style += MethodStyles.Colours + (tried % 6 == 5 ? 1 : 0))
            {
                all[i] = taken.Add(style % MethodStyles.Count) || tried > MethodStyles.Count ? style % MethodStyles.Count : -1;
            }
        }

        return all;
    }

    /// <summary>What <see cref="MethodStyles"/> knows a learner by; null for one of the user's own.</summary>
    /// <param name="learner">The learner.</param>
    /// <param name="plasticLayers">How many layers are plastic.</param>
    public static string? Identity(LearnerSpec learner, int plasticLayers) => learner switch
    {
        LocalLearnerSpec when plasticLayers == 1 => "feature-reuse",
        LocalLearnerSpec { Rule: Learning.Rules.HebbRule } => "hebb",
        LocalLearnerSpec { Rule: Learning.Rules.OjaRule } => WithLayers("flp", plasticLayers),
        GradientLearnerSpec { FixedInnerRate: not null } => "oml",
        GradientLearnerSpec { Order: GradientOrder.First } => "gradient-first-order",
        GradientLearnerSpec => "gradient",
        _ => null,
    };

    private static string WithLayers(string name, int layers) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}-{layers}") is var full && MethodStyles.Of(full) is not null ? full : name;
}
