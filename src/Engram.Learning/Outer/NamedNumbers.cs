using System.Collections.Immutable;
using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>Numbers for parameters by name: a full name (<c>layer3.kappa</c>), a name within layers (<c>kappa</c>), or a role
/// (<c>rule</c>); the narrowest that fits holds.</summary>
/// <param name="Items">Names and numbers.</param>
public sealed record NamedNumbers(ImmutableArray<(string Name, double Value)> Items)
{
    /// <summary>No numbers.</summary>
    public static NamedNumbers None { get; } = new([]);

    /// <summary>The number of a parameter, or null.</summary>
    public double? Find(ParameterSpec parameter) => Of(parameter.Name) ?? Of(parameter.LocalName) ?? Of(parameter.Role);

    /// <summary>Checks that each name means at least one parameter of a learner.</summary>
    /// <param name="layout">The learner.</param>
    /// <param name="what">What the numbers are, for the message: "meta-rates".</param>
    /// <param name="elsewhere">Roles that have settings of their own for that.</param>
    /// <exception cref="EngramException">One means none, or one whose role has settings of its own.</exception>
    public void Validate(ParameterLayout layout, string what, params ReadOnlySpan<string> elsewhere)
    {
        foreach ((string name, _) in Items)
        {
            ParameterSpec[] meant = [.. layout.Parameters.Where(p => Means(name, p))];
            if (meant.Length == 0)
            {
                string[] known = [.. layout.Parameters.Select(p => p.LocalName).Concat(layout.Parameters.Select(p => p.Role))
                    .Distinct(StringComparer.Ordinal)];
                string? near = NearestName.Find(name, [.. known, .. layout.Parameters.Select(p => p.Name)]);
                string hint = near is not null ? $"did you mean '{near}'?" : NearestName.Hint(name, known);
                throw new EngramException(
                    $"Found '{name}' among the {what}, which is not a parameter of this learner on this network; {hint}");
            }

            if (elsewhere.Contains(meant[0].Role))
            {
                throw new EngramException(
                    $"Found '{name}' among the {what}, whose role {meant[0].Role} has settings of its own there; use those.");
            }
        }
    }

    /// <summary>Whether a name means at least one parameter of a learner.</summary>
    public static bool Mean(ParameterLayout layout, string name) => layout.Parameters.Any(p => Means(name, p));

    /// <inheritdoc/>
    public bool Equals(NamedNumbers? other) => other is not null && Items.SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Aggregate(Items.Length, (hash, item) => HashCode.Combine(hash, item));

    /// <inheritdoc/>
    public override string ToString() =>
        Items.IsEmpty ? "none" : string.Join(", ", Items.Select(i => string.Create(CultureInfo.InvariantCulture, $"{i.Name}: {i.Value}")));

    private static bool Means(string name, ParameterSpec parameter) =>
        name == parameter.Name || name == parameter.LocalName || name == parameter.Role;

    private double? Of(string name)
    {
        foreach ((string found, double value) in Items)
        {
            if (found == name)
            {
                return value;
            }
        }

        return null;
    }
}
