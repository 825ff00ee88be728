using System.Globalization;
using Engram.Figures;
using Engram.Learning.Learners;

namespace Engram.Experiments.Styling;

/// <summary>How learners and layers look in figures, and what they are called there.</summary>
internal static class LearnerLooks
{
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
            for (int tried = 0, style = (learners[i].Identity is { } name && MethodStyles.Of(name) is { } known ? known : 0)
                + MethodStyles.Colours; all[i] < 0; tried++, style += MethodStyles.Colours + (tried % 6 == 5 ? 1 : 0))
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
        ParallelLearnerSpec => "parallel",
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

    /// <summary>A layer as its parameters are named, from 0, the last one the readout.</summary>
    /// <param name="layers">Layers of the network.</param>
    /// <param name="layer">The layer.</param>
    public static string LayerName(int layers, int layer) =>
        string.Create(CultureInfo.InvariantCulture, $"Layer {layer}{(layer == layers - 1 ? " (readout)" : "")}");
}
