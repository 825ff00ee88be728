using System.Collections.Immutable;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Parameters;

/// <summary>The names of all states of a learner, and where each stands.</summary>
public sealed class StateLayout
{
    private readonly Dictionary<string, int> byName;

    /// <summary>Takes the declarations in their order.</summary>
    /// <exception cref="EngramException">They contradict each other.</exception>
    public StateLayout(ImmutableArray<StateSpec> specs)
    {
        StateSpec.Validate(specs);
        Specs = specs;
        byName = specs.Select((s, i) => (s.Name, i)).ToDictionary(s => s.Name, s => s.i, StringComparer.Ordinal);
    }

    /// <summary>The declarations.</summary>
    public ImmutableArray<StateSpec> Specs { get; }

    /// <summary>Position of a state, or −1.</summary>
    public int IndexOf(string name) => byName.GetValueOrDefault(name, -1);

    /// <summary>Position of a state.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public int Position(string name) => IndexOf(name) is >= 0 and var i ? i
        : throw new EngramException(
            $"Found no state '{name}'; {NearestName.Hint(name, [.. Specs.Select(s => s.Name)])} What changes in life is declared as a " +
            $"StateSpec or StatePart.");
}

/// <summary>Everything that changes in life, at one moment, on a tape.</summary>
public sealed class LifeState
{
    /// <summary>Takes a value for each state, in the order of the layout.</summary>
    /// <exception cref="EngramException">There are more or fewer, or one has another shape than declared.</exception>
    public LifeState(StateLayout layout, ImmutableArray<Var> values)
    {
        if (values.Length != layout.Specs.Length)
        {
            throw new EngramException($"Found {values.Length} values for {layout.Specs.Length} states, expected one of each.");
        }

        (Layout, Values) = (layout, values);
        for (int i = 0; i < values.Length; i++)
        {
            Check(layout.Specs[i], values[i]);
        }
    }

    private LifeState(ImmutableArray<Var> values, StateLayout layout) => (Layout, Values) = (layout, values);

    /// <summary>The states there are.</summary>
    public StateLayout Layout { get; }

    /// <summary>Their values, in the order of the layout.</summary>
    public ImmutableArray<Var> Values { get; }

    /// <summary>The value of a state.</summary>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public Var this[string name] => Values[Layout.Position(name)];

    /// <summary>The value of the state at that position.</summary>
    public Var this[int index] => Values[index];

    /// <summary>The same with another value of one state.</summary>
    /// <exception cref="EngramException">There is none of that name, or it has another shape: a state keeps its shape for life.</exception>
    public LifeState With(string name, Var value) => With(Layout.Position(name), value);

    /// <summary>The same with another value of the state at that position.</summary>
    /// <exception cref="EngramException">It has another shape: a state keeps its shape for life.</exception>
    public LifeState With(int index, Var value)
    {
        Check(Layout.Specs[index], value);
        return new LifeState(Values.SetItem(index, value), Layout);
    }

    private static void Check(StateSpec spec, Var value)
    {
        if (value.Rows != spec.Rows || value.Columns != spec.Columns)
        {
            throw new EngramException(
                $"Found {value.Rows}×{value.Columns} as a new value of the state '{spec.Name}', which {spec.Owner} declares, expected " +
                $"{spec.Rows}×{spec.Columns}; a state keeps its shape for life.");
        }
    }
}
