using System.Numerics;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>The values of all meta-parameters of a learner (or a meta-gradient, or an optimizer's moments: anything of that
/// layout).</summary>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public sealed class MetaParameters<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tensor<T>[] tensors;

    /// <summary>Makes zeros of that layout.</summary>
    public MetaParameters(ParameterLayout layout)
    {
        Layout = layout;
        tensors = [.. layout.Parameters.Select(p => arena.Allocate<T>(p.Rows, p.Columns))];
    }

    /// <summary>Which parameters there are.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>The values of the parameter at that position of the layout.</summary>
    public Tensor<T> this[int index] => tensors[index];

    /// <summary>The values of the parameter of that name.</summary>
    /// <exception cref="EngramException">The layout has none of that name.</exception>
    public Tensor<T> this[string name] => Find(name) is { IsEmpty: false } found
        ? found
        : throw new EngramException(
            $"Found no meta-parameter '{name}'; {NearestName.Hint(name, [.. Layout.Parameters.Select(p => p.Name)])}");

    /// <summary>The values of the parameter of that name, or an empty view.</summary>
    public Tensor<T> Find(string name) => Layout.IndexOf(name) is >= 0 and var i ? tensors[i] : default;

    /// <summary>Sets all to zero.</summary>
    public void Clear()
    {
        foreach (Tensor<T> tensor in tensors)
        {
            tensor.Clear();
        }
    }

    /// <summary>Copies all values from parameters of the same layout.</summary>
    public void CopyFrom(MetaParameters<T> source)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i].CopyFrom(source.tensors[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
