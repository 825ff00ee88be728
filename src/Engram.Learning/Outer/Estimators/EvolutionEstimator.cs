using System.Globalization;
using Engram.Learning.Lives;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer.Estimators;

/// <summary>What evolution strategies have in common: antithetic pairs of lives on the same data, and nothing of the perturbed is
/// differentiated.</summary>
/// <remarks>
/// Each lifetime of an outer step is a pair, lived with θ + σ ∘ ε and θ − σ ∘ ε, ε standard normal; so <c>lifetimes-per-outer-step</c> is
/// the number of pairs, and as many of them are lived side by side as there are
/// threads. An estimate's noise is √(P + 1) times the gradient for P perturbed numbers, and falls with the root of the pairs: for some
/// hundred numbers, not for 10⁵.
/// </remarks>
public abstract record EvolutionEstimator : IMetaGradientEstimator
{
    /// <summary>σ.</summary>
    [Setting(0, 1e6, "σ, standard deviation of the perturbations of what has none in sigmas.", AboveMinimum = true)]
    public double Sigma { get; init; } = 0.02;

    /// <summary>σ by name or role.</summary>
    [Setting("σ of parameters by full name, name within layers or role, the narrowest first, such as 'plasticity 1e-5, rule 0.05'.")]
    public string? Sigmas { get; init; }

    /// <summary>What is perturbed.</summary>
    [Setting(
        "What evolves, by full name, name within layers or role, such as 'rule, plasticity, feedback-strength'; what else is not frozen " +
        "is learnt by backpropagation. None for all.")]
    public string? Evolves { get; init; }

    /// <summary>Share of lifetimes that may diverge.</summary>
    [Setting(0, 1, "Share of an outer step's pairs that may diverge and be dropped without ending it.", BelowMaximum = true)]
    public double MostDropped { get; init; } = 0.25;

    /// <summary>Loss above which a life has diverged.</summary>
    [Setting(0, 1e30, "Query loss above which a life counts as diverged, though its numbers are finite still.", AboveMinimum = true)]
    public double HighestLoss { get; init; } = 1e6;

    /// <inheritdoc/>
    public abstract IEstimation Begin(EstimationContext context);

    /// <summary>The outcome of a life that has not diverged.</summary>
    /// <exception cref="NonFiniteException">Its loss is above the highest.</exception>
    internal LifetimeOutcome Checked(LifetimeOutcome outcome) => outcome.QueryLoss <= HighestLoss
        ? outcome
        : throw new NonFiniteException(
            string.Create(
            CultureInfo.InvariantCulture, $"query loss, which counts as diverged above highest-loss ({outcome.QueryLoss:G3})"), -1, -1);
}
