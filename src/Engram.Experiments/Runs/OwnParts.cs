using System.Collections.Immutable;
using Engram.Learning.Births;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Outer.Estimators;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Rules;
using Engram.Numerics.Text;
using Engram.Tasks;
using Engram.Tasks.Data;

namespace Engram.Experiments.Runs;

/// <summary>Parts that a run's recipe names and this program does not know: those of a program of one's own.</summary>
internal static class OwnParts
{
    private static readonly (string Key, string What, Func<IEnumerable<string>> Names)[] Named =
    [
        ("learner.rule", "rule", () => PlasticityRules.Registry.Names),
        ("learner.feedback-rule", "rule", () => PlasticityRules.Registry.Names),
        ("learner.pathway", "pathway", () => FeedbackPathways.Registry.Names),
        ("learner.birth", "birth", () => BirthDistributions.Registry.Names),
        ("learner.name", "learner", () => LearnerSpecs.Registry.Names),
        ("task.family", "task family", () => TaskFamilies.Registry.Names),
        ("task.dataset", "data set", () => Datasets.Registry.Names),
        ("meta-training.estimator", "estimator", () => MetaGradientEstimators.Registry.Names),
        ("meta-training.optimizer", "optimizer", () => MetaOptimizers.Registry.Names),
    ];

    /// <summary>The error of a run's recipe, with what to do where the recipe names a part that is not registered here.</summary>
    /// <param name="error">The error.</param>
    /// <param name="settings">The recipe's settings; null where its text cannot be read.</param>
    public static EngramException Explain(EngramException error, ImmutableArray<RunSetting>? settings)
    {
        string? what = settings is not { } found ? null
            : Named.Where(n => found.ValueOf(n.Key) is { } name && name != "none" && !n.Names().Contains(name, StringComparer.Ordinal))
                .Select(n => n.What).FirstOrDefault();
        return what is null ? error
            : new EngramException(
                $"{error.Message.TrimEnd('.', ' ')}; if it is a {what} of your own, run the program that registers it.", error);
    }
}
