using System.Collections.Immutable;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Rules;

/// <summary>Ten terms of activities and of errors that feedback brings, whose coefficients are meta-parameters.</summary>
/// <remarks>
/// Equation: ΔW = m α ∘ Σᵣ θᵣ Fʳ, with e = −f what feedback brings (f_i of the pathway), y activity, ℓ the layer after the synapses and ℓ−1
/// the one before them; each product is summed over the batch:
/// F⁰ = −e_ℓ y_{ℓ−1}ᵀ, F¹ = −y_ℓ e_{ℓ−1}ᵀ, F² = −e_ℓ e_{ℓ−1}ᵀ, F³ = −W, F⁴ = −1 e_{ℓ−1}ᵀ, F⁵ = −e_ℓ y_ℓᵀ y_ℓ e_{ℓ−1}ᵀ,
/// F⁶ = −y_ℓ y_ℓᵀ W e_{ℓ−1} e_{ℓ−1}ᵀ, F⁷ = −e_ℓ y_ℓᵀ W e_{ℓ−1} y_{ℓ−1}ᵀ, F⁸ = −y_ℓ y_{ℓ−1}ᵀ Wᵀ e_ℓ e_{ℓ−1}ᵀ, F⁹ = y_ℓ y_{ℓ−1}ᵀ − y_ℓ y_ℓᵀ
/// W.
/// Terms of an error that does not reach a layer are 0 there. θ is [terms], one set for all plastic layers or one a layer.
/// Source: Shervani-Tabar and Rosenbaum 2023; F⁵ to F⁸ are terms of that order, whose published form was not at hand.
/// Deviations: y_ℓ is the activity after feedback, which is their y_ℓ where β = 0; how errors travel is the pathway's business, σ'
/// included.
/// </remarks>
public sealed record TermsRule : IPlasticityRule
{
    private const int Count = 10;

    /// <summary>Which of the ten terms there are.</summary>
    [Setting("Which of the ten terms there are: their digits, with spaces between them, such as '0 2 9'.")]
    public string Terms { get; init; } = "0 1 2 3 4 5 6 7 8 9";

    /// <summary>How many θ there are: one set a layer, or one for the network.</summary>
    [Setting("Whether each plastic layer has coefficients of its own (layer) or all share them (network).")]
    public PolynomialLevel Level { get; init; } = PolynomialLevel.Network;

    /// <summary>What every θ starts as.</summary>
    [Setting(-1e6, 1e6, "What every coefficient starts as.", Name = "first-coefficient")]
    public double Start { get; init; } = 1e-3;

    /// <summary>λ of an L1 penalty, as <see cref="PolynomialRule.Sparsity"/>.</summary>
    [Setting(0, 1e6, "Strength of the L1 penalty on the coefficients, which makes those that help little exactly 0.")]
    public double Sparsity { get; init; }

    /// <summary>The numbers of the terms.</summary>
    /// <exception cref="EngramException">The text is no list of terms.</exception>
    public ImmutableArray<int> Numbers()
    {
        string[] words = Terms.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        bool good = words.Length > 0 && words.Distinct(StringComparer.Ordinal).Count() == words.Length
            && words.All(w => w.Length == 1 && char.IsAsciiDigit(w[0]));
        return good
            ? [.. words.Select(w => w[0] - '0')]
            : throw new SettingException(
                $"Found terms '{Terms}' of the plasticity rule 'terms', expected one or more different digits, such as '0 2 9'.",
                nameof(Terms));
    }

    /// <inheritdoc/>
    public Parts Parts(LayerShape layer)
    {
        ImmutableArray<double> start = [.. Numbers().Select(_ => Start)];
        Granularity level = Level == PolynomialLevel.Layer ? Granularity.Layer : Granularity.Network;
        return new Parts
        {
            Parameters = [ParameterPart.At(level, "theta", new ListedStart(start), start.Length, rate: 1e-3) with { Sparsity = Sparsity }],
        };
    }

    /// <inheritdoc/>
    public RuleStep Step(in Synapses s)
    {
        ImmutableArray<int> numbers = Numbers();
        Var theta = s.Parameter("theta").Column();
        var sum = default(Var?);
        for (int k = 0; k < numbers.Length; k++)
        {
            if (Term(numbers[k], s) is { } term)
            {
                Var part = theta.SliceRows(k, 1) * term;
                sum = sum is { } far ? far + part : part;
            }
        }

        // No term has what it needs: nothing changes.
        return s.Plasticity * (sum ?? (s.Weights * 0.0));
    }

    // f = −e: each error turns the sign once. Null where an error is needed that does not reach the layer.
    private static Var? Term(int number, in Synapses s)
    {
        (Var a, Var p, Var w) = (s.Pre, s.Post, s.Weights);
        switch (number)
        {
            case 3:
                return -w;
            case 9:
                return Product(p, a) - Product(p, p).MatMul(w);
            case 0:
                return s.Feedback is { } only ? Product(only, a) : null;
            default:
                break;
        }

        if (s.PreFeedback is not { } below)
        {
            return null;
        }

        switch (number)
        {
            case 1:
                return Product(p, below);
            case 4:
                return below.Sum(axis: 0).BroadcastTo(w.Rows, w.Columns);
            case 6:
                return -Product(Along(p, below, w) * p, below);
            default:
                break;
        }

        return s.Feedback is not { } f ? null : number switch
        {
            2 => -Product(f, below),
            5 => -Product(p.SumOfSquares(axis: 1) * f, below),
            7 => -Product(Along(p, below, w) * f, a),
            8 => -Product(Along(f, a, w) * p, below),
            _ => throw new InvalidOperationException($"Found no term {number}, expected 0 to {Count - 1}."),
        };
    }

    private static Var Product(Var post, Var pre) => post.Transpose().MatMul(pre);

    // uᵀ W v of each example, [n, 1].
    private static Var Along(Var post, Var pre, Var weights) => (post * pre.MatMul(weights.Transpose())).Sum(axis: 1);
}
