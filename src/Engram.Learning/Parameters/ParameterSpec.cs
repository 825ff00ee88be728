using System.Collections.Immutable;
using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Learning.Parameters;

/// <summary>One tensor among the meta-parameters, as whoever has it declares it.</summary>
/// <param name="Name">Name in files: <c>layer3.weight</c>, <c>layer3.feedback0.bias</c>, <c>network.theta</c>, …</param>
/// <param name="Role">What it is in the model: one of <see cref="ParameterRoles"/>, or a name of one's own.</param>
/// <param name="Layer">The layer, from 0; −1 for what all plastic layers share.</param>
/// <param name="Shape">Shape in files.</param>
public sealed record ParameterSpec(string Name, string Role, int Layer, ImmutableArray<int> Shape)
{
    /// <summary>Where it starts, unless a recipe says otherwise; null where its role has settings of its own for that.</summary>
    public ParameterStart? Start { get; init; }

    /// <summary>Its meta-rate, unless a recipe says otherwise; null for that of W.</summary>
    public double? Rate { get; init; }

    /// <summary>λ of the penalty λ |θ|₁, which a proximal step after each update takes off: θ ← sign(θ) max(|θ| − rate λ, 0).</summary>
    public double Sparsity { get; init; }

    /// <summary>Who declared it, for messages, such as "the plasticity rule 'bcm'".</summary>
    public string Owner { get; init; } = "the learner";

    /// <summary>Rows in memory; 1 for a vector.</summary>
    public int Rows => Shape.Length <= 1 ? 1 : Shape[0];

    /// <summary>Columns in memory.</summary>
    public int Columns =>
        Shape.Length <= 1 ? (Shape.IsEmpty ? 1 : Shape[0]) : Shape.Skip(1).Aggregate(1, (product, length) => checked(product * length));

    /// <summary>Its name within its layer or network: <c>kappa</c> of <c>layer3.kappa</c>.</summary>
    public string LocalName => Name[(Name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>Checks declarations against each other.</summary>
    /// <param name="all">What a learner declares.</param>
    /// <exception cref="EngramException">Two have one name, a shape has no elements, or a start does not fit or is not finite.</exception>
    public static void Validate(ImmutableArray<ParameterSpec> all)
    {
        var seen = new Dictionary<string, ParameterSpec>(StringComparer.Ordinal);
        foreach (ParameterSpec spec in all)
        {
            Names.Check(spec.Name, "parameter", spec.Owner);
            if (!seen.TryAdd(spec.Name, spec))
            {
                throw new EngramException(
                    $"Found two parameters named '{spec.Name}', of {seen[spec.Name].Owner} and of {spec.Owner}, expected names that " +
                    $"differ; rename one of them.");
            }

            if (spec.Shape.IsDefault || spec.Shape.Any(n => n < 1))
            {
                throw new EngramException(
                    $"Found shape [{(spec.Shape.IsDefault ? "" : string.Join(", ", spec.Shape))}] of the parameter '{spec.Name}', which " +
                    $"{spec.Owner} declares, expected lengths from 1.");
            }

            if (spec.Start?.Fault((int)Math.Min(int.MaxValue, (long)spec.Rows * spec.Columns)) is { } fault)
            {
                throw new EngramException($"Found a start {fault}, for the parameter '{spec.Name}', which {spec.Owner} declares.");
            }

            if (spec.Rate is { } rate && !(double.IsFinite(rate) && rate >= 0))
            {
                throw new EngramException(
                    string.Create(CultureInfo.InvariantCulture,
                    $"Found a meta-rate of {rate} for the parameter '{spec.Name}', which {spec.Owner} declares, expected a finite " +
                    $"number from 0."));
            }

            if (!(double.IsFinite(spec.Sparsity) && spec.Sparsity >= 0))
            {
                throw new EngramException(string.Create(CultureInfo.InvariantCulture,
                    $"Found an L1 penalty of {spec.Sparsity} for the parameter '{spec.Name}', which {spec.Owner} declares, expected a " +
                        $"finite number from 0."));
            }
        }
    }
}

/// <summary>What names of parameters and states may look like.</summary>
internal static class Names
{
    /// <summary>Letters, digits, <c>_</c>, <c>-</c> and dots between them: they become names of tensors and keys of recipes.</summary>
    public static void Check(string name, string kind, string owner)
    {
        bool good = name.Length > 0 && name[0] != '.' && name[^1] != '.' && !name.Contains("..", StringComparison.Ordinal)
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        if (!good)
        {
            throw new EngramException(
                $"Found the {kind} name '{name}', which {owner} declares, expected letters, digits, '_' and '-', parts joined by dots.");
        }
    }
}
