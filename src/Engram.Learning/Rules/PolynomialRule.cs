using System.Collections.Immutable;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>What a polynomial rule's coefficients start as.</summary>
public enum PolynomialStart
{
    /// <summary>Oja's rule: θ₁₁₀ = 1, θ₀₂₁ = −1.</summary>
    Oja,

    /// <summary>Hebb's rule: θ₁₁₀ = 1.</summary>
    Hebb,

    /// <summary>No plasticity.</summary>
    Zero,
}

/// <summary>Who shares a polynomial rule's coefficients.</summary>
public enum PolynomialLevel
{
    /// <summary>Each plastic layer has its own.</summary>
    Layer,

    /// <summary>All plastic layers share them.</summary>
    Network,
}

/// <summary>A rule that is learnt: a polynomial of presynaptic activity, postsynaptic activity and weight, whose coefficients are
/// meta-parameters.</summary>
/// <remarks>
/// Equation: ΔW = m α ∘ Σₖ θₖ (Pᵉ)ᵀ(Aᵃ) ∘ Wᶜ over the terms (a, e, c), powers elementwise, summed over the batch. Oja's rule is θ₁₁₀ = 1,
/// θ₀₂₁ = −1; Hebb's θ₁₁₀ = 1.
/// θ is [terms], one for all plastic layers or one a layer. Source: Confavreux et al. 2020.
/// </remarks>
public sealed record PolynomialRule : IPlasticityRule
{
    private const int HighestPower = 2;

    /// <summary>The terms: exponents of a, p and w as three digits each, with spaces between terms.</summary>
    [Setting(
        "Terms, each three digits: the exponents 0 to 2 of presynaptic activity, postsynaptic activity and weight, such as '110 021' " +
        "for Oja's rule.")]
    public string Terms { get; init; } = string.Join(
        ' ', from a in Enumerable.Range(0, HighestPower + 1)
             from e in Enumerable.Range(0, HighestPower + 1)
             from c in Enumerable.Range(
        0, HighestPower + 1)
             select $"{a}{e}{c}");

    /// <summary>How many θ there are: one set a layer, or one for the network.</summary>
    [Setting("Whether each plastic layer has coefficients of its own (layer) or all share them (network).")]
    public PolynomialLevel Level { get; init; } = PolynomialLevel.Layer;

    /// <summary>What θ starts as.</summary>
    [Setting("What the coefficients start as: Oja's rule, Hebb's, or zero.")]
    public PolynomialStart Start { get; init; } = PolynomialStart.Oja;

    /// <summary>λ of the L1 penalty that a proximal step takes off after each update: θ ← sign(θ) max(|θ| − rate λ, 0).</summary>
    [Setting(0, 1e6, "Strength of the L1 penalty on the coefficients, which makes those that help little exactly 0.")]
    public double Sparsity { get; init; }

    /// <summary>The terms as exponents.</summary>
    /// <exception cref="EngramException">The text is no list of terms.</exception>
    public ImmutableArray<(int Pre, int Post, int Weight)> Exponents()
    {
        string[] words = Terms.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (string word in words)
        {
            if (word.Length != 3 || word.Any(d => d is < '0' or > (char)('0' + HighestPower)))
            {
                throw new SettingException(
                    $"Found the term '{word}' of the plasticity rule 'polynomial', expected three digits from 0 to {HighestPower}, the " +
                    $"exponents of presynaptic activity, postsynaptic activity and weight, such as 110.", nameof(Terms));
            }
        }

        if (words.Length == 0 || words.Distinct(StringComparer.Ordinal).Count() != words.Length)
        {
            throw new SettingException(
                $"Found terms '{Terms}' of the plasticity rule 'polynomial', expected one or more that differ.", nameof(Terms));
        }

        return [.. words.Select(w => (w[0] - '0', w[1] - '0', w[2] - '0'))];
    }

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer)
    {
        ImmutableArray<double> start = [.. Exponents().Select(StartOf)];
        Granularity level = Level == PolynomialLevel.Layer ? Granularity.Layer : Granularity.Network;
        return new Parts
        {
            Parameters =
            [ParameterPart.At(level, "theta", new ListedStart(start), start.Length, rate: 1e-3) with { Sparsity = Sparsity }]
        };
    }

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        Synapses synapses = s;
        Var theta = s.Parameter("theta").Column();
        var sum = default(Var?);

        // One product for each pair of exponents of a and p, times a polynomial of the weights.
        foreach (var group in Exponents().Select((term, k) => (term, k)).GroupBy(t => (t.term.Pre, t.term.Post)))
        {
            Var product = Power(synapses.Post, group.Key.Post).Transpose().MatMul(Power(synapses.Pre, group.Key.Pre));
            var polynomial = default(Var?);
            foreach ((var term, int k) in group)
            {
                Var coefficient = theta.SliceRows(k, 1);
                Var summand = term.Weight == 0 ? coefficient : coefficient * Power(synapses.Weights, term.Weight);
                polynomial = polynomial is { } so ? so + summand : summand;
            }

            Var part = product * polynomial!.Value;
            sum = sum is { } far ? far + part : part;
        }

        return s.Plasticity * sum!.Value;
    }

    private double StartOf((int Pre, int Post, int Weight) term) => (Start, term) switch
    {
        (PolynomialStart.Zero, _) => 0,
        (_, (1, 1, 0)) => 1,
        (PolynomialStart.Oja, (0, 2, 1)) => -1,
        _ => 0,
    };

    private static Var Power(Var x, int exponent) => exponent switch
    {
        0 => x.Tape.Constant(x.Rows, x.Columns, 1),
        1 => x,
        _ => x.Square(),
    };
}
