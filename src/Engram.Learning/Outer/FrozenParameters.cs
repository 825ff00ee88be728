using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>Meta-parameters that stay as they start: their meta-gradient counts as zero, in the norm that clipping looks at too, and
/// neither they nor their moments are updated.</summary>
/// <param name="Names">
/// Roles (<c>feedforward-weights</c>, <c>biases</c>, <c>feedback-weights</c>, <c>feedback-biases</c>, <c>plasticity</c>,
/// <c>feedback-strength</c>, <c>rule</c>, …: whatever the learner's
/// parameters have) and names of parameters, in which <c>*</c> stands for any characters, such as <c>layer0.*</c>.
/// </param>
public sealed record FrozenParameters(ImmutableArray<string> Names)
{
    /// <summary>Everything is meta-learned.</summary>
    public static FrozenParameters None { get; } = new([]);

    /// <summary>Whether a parameter stays as it starts.</summary>
    public bool Contains(ParameterSpec parameter) => Names.Any(n => Matches(n, parameter));

    /// <summary>Checks that each name means at least one parameter, and that not all are frozen.</summary>
    /// <exception cref="EngramException">One means none, or nothing is left to learn.</exception>
    public void Validate(ParameterLayout layout)
    {
        foreach (string name in Names.Where(n => !layout.Parameters.Any(p => Matches(n, p))))
        {
            string[] roles = [.. layout.Parameters.Select(p => p.Role).Distinct(StringComparer.Ordinal)];
            string hint = NearestName.Find(name, [.. roles, .. layout.Parameters.Select(p => p.Name)]) is { } near
                ? $"did you mean '{near}'?"
                : $"groups are {string.Join(", ", roles)}; names are such as '{layout.Parameters[^1].Name}' or 'layer0.*'.";
            throw new EngramException(
                $"Found '{name}' among what is frozen, which is not a meta-parameter of this learner on this network; {hint}");
        }

        if (!Names.IsEmpty && layout.Parameters.All(Contains))
        {
            throw new EngramException($"Found all meta-parameters frozen ({string.Join(", ", Names)}), expected at least one to learn.");
        }
    }

    /// <inheritdoc/>
    public bool Equals(FrozenParameters? other) => other is not null && Names.SequenceEqual(other.Names, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => Names.Aggregate(0, (hash, n) => HashCode.Combine(hash, StringComparer.Ordinal.GetHashCode(n)));

    /// <inheritdoc/>
    public override string ToString() => Names.IsEmpty ? "none" : string.Join(", ", Names);

    private static bool Matches(string name, ParameterSpec parameter) =>
        name == parameter.Role || MatchesPattern(name, parameter.Name);

    // Pieces between stars, first and last at the ends.
    private static bool MatchesPattern(string pattern, string name)
    {
        string[] pieces = pattern.Split('*');
        if (pieces.Length == 1)
        {
            return pattern == name;
        }

        if (!name.StartsWith(pieces[0], StringComparison.Ordinal))
        {
            return false;
        }

        int at = pieces[0].Length;
        foreach (string piece in pieces[1..^1])
        {
            int found = name.IndexOf(piece, at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + piece.Length;
        }

        return name.Length - at >= pieces[^1].Length && name.EndsWith(pieces[^1], StringComparison.Ordinal);
    }
}
