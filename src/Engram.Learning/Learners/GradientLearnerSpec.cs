using Engram.Learning.Networks;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>How a gradient learner's meta-gradient sees the inner gradient.</summary>
public enum GradientOrder
{
    /// <summary>∂ℓ/∂W counts as a constant.</summary>
    First,

    /// <summary>The meta-gradient goes through ∂ℓ/∂W exactly.</summary>
    Second,
}

/// <summary>The gradient learner: W ← W − α ∘ ∂ℓ/∂W, and the same for b; ℓ is the batch's <see cref="LearnerSpec.Objective"/>.</summary>
/// <remarks>Source: Javed and White 2019 (OML), with α per parameter and meta-learned as in the paper's baseline, or one fixed
/// rate.</remarks>
[SettingsName("gradient", "GradientLearnerSpec")]
public sealed record GradientLearnerSpec : LearnerSpec
{
    /// <summary>First or second order. The authors' code is first order; second is exact.</summary>
    [Setting("Whether the meta-gradient goes through the inner gradient (second) or counts it as a constant (first).")]
    public GradientOrder Order { get; init; } = GradientOrder.Second;

    /// <summary>One fixed inner rate for weights and biases alike (original OML); null for a meta-learned α per parameter.</summary>
    [Setting(0, 1e6, "One fixed inner rate for all weights and biases; none for a meta-learned one per parameter.", AboveMinimum = true,
        Name = "inner-rate")]
    public double? FixedInnerRate { get; init; }

    /// <summary>λ, how strongly weights and biases are pulled back to those at birth; null for not at all.</summary>
    /// <remarks>The energy that steps descend is then ℓ + ½ λ (‖W − W₀‖² + ‖b − b₀‖²), which has a minimum that depends on W₀ and b₀: what
    /// the estimator <c>contrastive</c> needs. Source: Rajeswaran et al. 2019 (iMAML); Zucchet et al. 2022.</remarks>
    [Setting(0, 1e6, "λ of the pull back to the weights and biases at birth, ½ λ (‖W − W₀‖² + ‖b − b₀‖²) in what is descended; none for " +
        "no pull.", AboveMinimum = true)]
    public double? Pull { get; init; }

    /// <summary>Whether λ is meta-learned, one number for each plastic layer.</summary>
    [Setting("Whether λ is meta-learned, one for each plastic layer, from pull on.")]
    public bool LearnsPull { get; init; }

    /// <inheritdoc/>
    public override ILearner Create(NetworkSpec network) => new GradientLearner(network, this);
}
