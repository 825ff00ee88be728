using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Learning.Parameters;

/// <summary>The roles that Engram's own states have; a learner of one's own may have others.</summary>
public static class StateRoles
{
    /// <summary>W of a plastic layer.</summary>
    public const string Weights = "weights";

    /// <summary>b of a plastic layer, where it changes in life.</summary>
    public const string Biases = "biases";

    /// <summary>B, where feedback is plastic.</summary>
    public const string FeedbackWeights = "feedback-weights";

    /// <summary>What a rule or pathway remembers.</summary>
    public const string Memory = "memory";

    /// <summary>Activity that lasts from one inner step to the next, of recurrent layers.</summary>
    public const string Activity = "activity";
}

/// <summary>One tensor that changes in life.</summary>
/// <param name="Name">Its name: <c>layer3.weight</c>, <c>layer3.theta</c>, …</param>
/// <param name="Role">What it is: one of <see cref="StateRoles"/>, or a name of one's own.</param>
/// <param name="Layer">The layer, from 0; −1 for none.</param>
/// <param name="Shape">Its shape in files; in memory as <see cref="ParameterSpec"/> has it.</param>
public sealed record StateSpec(string Name, string Role, int Layer, ImmutableArray<int> Shape)
{
    /// <summary>Who declared it, for messages.</summary>
    public string Owner { get; init; } = "the learner";

    /// <summary>Rows in memory; 1 for a vector.</summary>
    public int Rows => Shape.Length <= 1 ? 1 : Shape[0];

    /// <summary>Columns in memory.</summary>
    public int Columns =>
        Shape.Length <= 1 ? (Shape.IsEmpty ? 1 : Shape[0]) : Shape.Skip(1).Aggregate(1, (product, length) => checked(product * length));

    /// <summary>Checks declarations against each other.</summary>
    /// <exception cref="EngramException">Two have one name, or a shape has no elements.</exception>
    public static void Validate(ImmutableArray<StateSpec> all)
    {
        var seen = new Dictionary<string, StateSpec>(StringComparer.Ordinal);
        foreach (StateSpec spec in all)
        {
            Names.Check(spec.Name, "state", spec.Owner);
            if (!seen.TryAdd(spec.Name, spec))
            {
                throw new EngramException(
                    $"Found two states named '{spec.Name}', of {seen[spec.Name].Owner} and of {spec.Owner}, expected names that differ; " +
                    $"rename one of them.");
            }

            if (spec.Shape.Any(n => n < 1))
            {
                throw new EngramException(
                    $"Found shape [{string.Join(", ", spec.Shape)}] of the state '{spec.Name}', which {spec.Owner} declares, expected " +
                    $"lengths from 1.");
            }
        }
    }
}
