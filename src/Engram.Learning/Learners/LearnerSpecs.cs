using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>A published learner: what makes its options for an objective.</summary>
/// <param name="Options">Makes the options with that learner's published defaults for an objective.</param>
/// <param name="PlasticLayers">How many plastic layers it is defined with; null for any number.</param>
public sealed record LearnerEntry(Func<Objective, LearnerSpec> Options, int? PlasticLayers = null)
{
    /// <summary>The options for an objective.</summary>
    public LearnerSpec Create(Objective objective) => Options(objective) with { Objective = objective };
}

/// <summary>The learners there are, by name.</summary>
public static class LearnerSpecs
{
    /// <summary>Original OML's fixed inner rate in regression.</summary>
    private const double OmlRegressionRate = 0.003;

    /// <summary>Original OML's fixed inner rate in classification.</summary>
    private const double OmlClassificationRate = 0.03;

    /// <summary>All learners; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<LearnerEntry> Registry { get; } = WithBuiltIns();

    private static Registry<LearnerEntry> WithBuiltIns()
    {
        var registry = new Registry<LearnerEntry>("learner");
        registry.Register(
            "flp", new(objective => Local(objective, new OjaRule())),
            "feedback and local plasticity with Oja's rule (Lindsey and Litwin-Kumar 2020)");
        registry.Register("hebb", new(objective => Local(objective, new HebbRule())), "feedback and local plasticity with Hebb's rule");
        registry.Register(
            "feature-reuse", new(objective => Local(objective, new OjaRule()), PlasticLayers: 1),
            "the control: only the readout is plastic");
        registry.Register(
            "parallel",
            new(objective => new ParallelLearnerSpec
            {
                Signal = SignalOf(objective),
                OutputClamped = objective == Objective.CrossEntropy,
            }),
            "FLP in continuous time, drive, feedback and plasticity at once: τ ṙ = −r + (1 − β) φ(W r + b) + β φ(B s + c)");
        registry.Register(
            "gradient",
            new(objective => new GradientLearnerSpec { Objective = objective, Order = GradientOrder.Second }),
            "gradient descent with a meta-learned rate per parameter, meta-gradient exact to second order");
        registry.Register(
            "gradient-first-order",
            new(objective => new GradientLearnerSpec { Objective = objective, Order = GradientOrder.First }),
            "gradient descent with a meta-learned rate per parameter; the inner gradient counts as a constant, as in the authors' code");
        registry.Register(
            "oml",
            new(objective => new GradientLearnerSpec
            {
                Objective = objective,
                Order = GradientOrder.First,
                FixedInnerRate = objective == Objective.MeanSquaredError ? OmlRegressionRate : OmlClassificationRate,
            }),
            "gradient descent with one fixed rate (Javed and White 2019, as in the authors' code)");
        return registry;
    }

    // Regression feeds the error back; classification feeds the target back and clamps the output to it.
    private static LocalLearnerSpec Local(Objective objective, IPlasticityRule rule) => new()
    {
        Objective = objective,
        Rule = rule,
        Signal = SignalOf(objective),
        OutputClamped = objective == Objective.CrossEntropy,
    };

    private static FeedbackSignal SignalOf(Objective objective) =>
        objective == Objective.MeanSquaredError ? FeedbackSignal.Error : FeedbackSignal.Target;
}
