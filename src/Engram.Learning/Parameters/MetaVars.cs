using System.Collections.Immutable;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Parameters;

/// <summary>The names of all meta-parameters of a learner, and where each stands.</summary>
public sealed class ParameterIndex
{
    private readonly Dictionary<string, int> byName;

    /// <summary>Takes the declarations in their order.</summary>
    /// <exception cref="EngramException">They contradict each other.</exception>
    public ParameterIndex(ImmutableArray<ParameterSpec> specs)
    {
        ParameterSpec.Validate(specs);
        Specs = specs;
        byName = specs.Select((s, i) => (s.Name, i)).ToDictionary(s => s.Name, s => s.i, StringComparer.Ordinal);
    }

    /// <summary>The declarations.</summary>
    public ImmutableArray<ParameterSpec> Specs { get; }

    /// <summary>Position of a parameter, or −1.</summary>
    public int IndexOf(string name) => byName.GetValueOrDefault(name, -1);

    /// <summary>Position of a parameter.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public int Position(string name) => IndexOf(name) is >= 0 and var i ? i
        : throw new EngramException($"Found no meta-parameter '{name}'; {NearestName.Hint(name, [.. Specs.Select(p => p.Name)])}");
}

/// <summary>All meta-parameters on a tape, by name or position.</summary>
public readonly struct MetaVars
{
    private readonly Var[] values;

    internal MetaVars(ParameterIndex index, Var[] values) => (Index, this.values) = (index, values);

    /// <summary>Which there are.</summary>
    public ParameterIndex Index { get; }

    /// <summary>The value at a position.</summary>
    public Var this[int position] => values[position];

    /// <summary>The value of a name.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public Var this[string name] => values[Index.Position(name)];

    internal ReadOnlySpan<Var> All => values;
}
