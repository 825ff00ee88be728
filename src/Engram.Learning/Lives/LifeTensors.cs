using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>The numbers of everything that changes in life, at one moment, or their adjoints.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class LifeTensors<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tensor<T>[] values;
    private readonly ParameterLayout layout;
    private readonly MetaParameters<T>? parameters;

    /// <summary>Takes zeros for a learner's states from an arena.</summary>
    public LifeTensors(ParameterLayout layout, Arena arena)
        : this(layout, [.. layout.State.Specs.Select(s => arena.Allocate<T>(s.Rows, s.Columns))], null)
    {
    }

    /// <summary>Takes tensors as they are, in the order of the layout; what is asked for besides comes from the meta-parameters.</summary>
    internal LifeTensors(ParameterLayout layout, Tensor<T>[] values, MetaParameters<T>? parameters)
    {
        (this.layout, this.values, this.parameters) = (layout, values, parameters);
        Weights = Of("weight");
        Biases = Of("bias");
    }

    /// <summary>Which states there are.</summary>
    public StateLayout Layout => layout.State;

    /// <summary>The values of the state at that position of the layout, [rows, columns].</summary>
    public Tensor<T> this[int index] => values[index];

    /// <summary>The values of the state of that name, [rows, columns]; of a meta-parameter of that name where no state has it.</summary>
    /// <exception cref="EngramException">There is neither.</exception>
    public Tensor<T> this[string name] => layout.State.IndexOf(name) is >= 0 and var i ? values[i]
        : parameters?.Find(name) is { IsEmpty: false } constant ? constant
        : values[layout.State.Position(name)];

    /// <summary>W of every plastic layer, first plastic layer first, [out, in] each; empty tensors where the learner has no state of that
    /// name.</summary>
    public Tensor<T>[] Weights { get; }

    /// <summary>b of every plastic layer, [1, out] each, of a learner that does not change it the meta-parameter; empty tensors where there
    /// is neither.</summary>
    public Tensor<T>[] Biases { get; }

    /// <summary>Copies other numbers of the same layout.</summary>
    public void CopyFrom(LifeTensors<T> other)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i].CopyFrom(other.values[i]);
        }
    }

    /// <summary>The same numbers, seen with a learner's constants.</summary>
    internal LifeTensors<T> With(MetaParameters<T> constants) => new(layout, values, constants);

    /// <summary>Copies the values of a tape.</summary>
    internal void CopyFrom(Tape<T> tape, LifeState state) => CopyFrom(tape, [.. state.Values.Select(v => (Var?)v)], default);

    /// <summary>Copies values of a tape, zeros for null; the one after those of the states goes to <paramref name="beside"/>.</summary>
    /// <remarks>The tape may read these very numbers: a learner can hand one state on as another. What would be overwritten before it is
    /// read is copied first.</remarks>
    internal void CopyFrom(Tape<T> tape, ReadOnlySpan<Var?> found, Tensor<T> beside)
    {
        var taken = new Tensor<T>[found.Length];
        for (int i = 0; i < found.Length; i++)
        {
            taken[i] = found[i] is { } value ? tape.ValueOf(value) : default;
        }

        for (int i = 1; i < found.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (taken[i].Overlaps(values[j]))
                {
                    taken[i] = tape.ValueOf(found[i]!.Value + 0.0);
                    break;
                }
            }
        }

        for (int i = 0; i < found.Length; i++)
        {
            Tensor<T> target = i < values.Length ? values[i] : beside;
            if (taken[i].IsEmpty)
            {
                target.Clear();
            }
            else
            {
                target.CopyFrom(taken[i]);
            }
        }
    }

    /// <summary>Leaves on a tape that read these numbers.</summary>
    internal LifeState On(Tape<T> tape) => new(layout.State, [.. values.Select(tape.Leaf)]);

    /// <summary>Stops at a number that is not finite.</summary>
    /// <exception cref="NonFiniteException">There is one.</exception>
    internal void CheckFinite(int innerStep, string prefix = "")
    {
        for (int i = 0; i < values.Length; i++)
        {
            StateSpec spec = layout.State.Specs[i];
            Finite.Check(
                values[i], prefix + (spec.Role is StateRoles.Weights or StateRoles.Biases ? spec.Role : spec.Name), spec.Layer, innerStep);
        }
    }

    private Tensor<T>[] Of(string kind) =>
        [.. Enumerable.Range(layout.Network.FrozenLayers, layout.Network.PlasticLayers).Select(layer => $"layer{layer}.{kind}")
        .Select(name => layout.State.IndexOf(name) is >= 0 and var i ? values[i] : parameters?.Find(name) ?? default)];
}

/// <summary>Stops at numbers that are not finite.</summary>
internal static class Finite
{
    /// <summary>Checks every element.</summary>
    /// <exception cref="NonFiniteException">One is not finite.</exception>
    public static void Check<T>(Tensor<T> tensor, string quantity, int layer, int innerStep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int r = 0; r < tensor.Rows; r++)
        {
            foreach (T value in tensor.Row(r))
            {
                if (!T.IsFinite(value))
                {
                    throw new NonFiniteException(quantity, layer, innerStep);
                }
            }
        }
    }
}
