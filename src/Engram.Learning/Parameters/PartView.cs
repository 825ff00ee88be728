using System.Reflection;
using System.Runtime.CompilerServices;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Parameters;

/// <summary>Where the parameters and states of a part in one layer stand among the learner's.</summary>
internal sealed class PartIndex
{
    private readonly Dictionary<string, int> parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> states = new(StringComparer.Ordinal);

    /// <summary>Finds them by their full names.</summary>
    public PartIndex(Parts parts, int layer, string prefix, string owner, ParameterIndex allParameters, StateLayout allStates)
    {
        Owner = owner;
        foreach (ParameterPart part in parts.Parameters)
        {
            parameters[part.Name] = allParameters.Position(part.NameIn(layer, prefix));
        }

        foreach (StatePart part in parts.State)
        {
            states[part.Name] = allStates.Position($"layer{layer}.{prefix}{part.Name}");
        }
    }

    /// <summary>Whose they are.</summary>
    public string Owner { get; }

    /// <summary>Local names of the states.</summary>
    public IEnumerable<string> StateNames => states.Keys;

    /// <summary>Position among the meta-parameters.</summary>
    public int Parameter(string name) =>
        parameters.TryGetValue(name, out int found) ? found : throw Missing("parameter", name, parameters.Keys);

    /// <summary>Position among the states.</summary>
    public int State(string name) => states.TryGetValue(name, out int found) ? found : throw Missing("state", name, states.Keys);

    private EngramException Missing(string kind, string name, IReadOnlyCollection<string> known) => new(
        $"Found no {kind} '{name}' of {Owner}; " +
            $"{(known.Count == 0 ? $"it declares none: add it to Parts." : NearestName.Hint(name, known))}");
}

/// <summary>The values of a part's parameters and states in one layer and inner step.</summary>
internal readonly struct PartView(PartIndex? index, MetaVars meta, LifeState? state)
{
    public Var Parameter(string name) => meta[Found.Parameter(name)];

    public Var State(string name) => state![Found.State(name)];

    private PartIndex Found =>
        index ?? throw new InvalidOperationException("Found synapses without a learner, which have neither parameters nor state.");
}

/// <summary>Refuses extension points that keep something in themselves.</summary>
internal static class Purity
{
    /// <summary>Every field must be read-only and of a kind that does not change: numbers, text, immutable collections, and records of
    /// such. Settings are <c>init</c> properties.</summary>
    /// <exception cref="EngramException">One is not.</exception>
    public static void Check(object part, string owner) => Check(part, owner, 0);

    private static void Check(object part, string owner, int depth)
    {
        const BindingFlags Own =
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        for (Type? type = part.GetType(); type is not null && type != typeof(object) && type != typeof(ValueType); type = type.BaseType)
        {
            foreach (FieldInfo field in type.GetFields(Own))
            {
                if (field.IsLiteral || field.IsDefined(typeof(CompilerGeneratedAttribute)) && field.IsStatic)
                {
                    continue;
                }

                object? value = field.IsInitOnly ? field.GetValue(field.IsStatic ? null : part) : null;
                if (!field.IsInitOnly || (value is not null && !Stays(value.GetType(), value, owner, depth)))
                {
                    string name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)]
                        : field.Name;
                    throw new EngramException(
                        $"Found '{name}' in {owner}, which can change while a life goes on, expected settings alone ('init' " +
                        $"properties); declare what is remembered as a StatePart in Parts, read it by State(\"…\") and return it by " +
                        $"With(\"…\", value).");
                }
            }
        }
    }

    private static bool Stays(Type type, object value, string owner, int depth)
    {
        if (type.IsPrimitive || type.IsEnum || value is string or decimal or Delegate or Type)
        {
            return true;
        }

        string space = type.Namespace ?? string.Empty;
        if (space.StartsWith("System.Collections.Immutable", StringComparison.Ordinal)
            || space.StartsWith("System.Collections.Frozen", StringComparison.Ordinal))
        {
            return true;
        }

        if (type.IsArray || type == typeof(Var) || space.StartsWith("System", StringComparison.Ordinal) || depth > 8)
        {
            return type.IsValueType && type != typeof(Var);
        }

        Check(value, owner, depth + 1);
        return true;
    }
}
