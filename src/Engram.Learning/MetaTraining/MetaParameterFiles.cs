using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Meta-parameters in tensor files, each under its name in the layout.</summary>
public static class MetaParameterFiles
{
    /// <summary>Adds all values to a file that is being put together.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="parameters">The values.</param>
    /// <param name="prefix">What stands before every name.</param>
    public static void AddTo<T>(SafetensorsWriter writer, MetaParameters<T> parameters, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterInfo info = parameters.Layout.Parameters[i];
            writer.Add(prefix + info.Name, info.Shape.AsSpan(), parameters[i]);
        }
    }

    /// <summary>Overwrites all values with a file's. Tensors of other names are left aside; a single number may have any shape of one element.</summary>
    /// <param name="file">The file.</param>
    /// <param name="parameters">What is overwritten.</param>
    /// <param name="prefix">What stands before every name.</param>
    /// <exception cref="EngramException">A tensor is missing, of another shape, or not of floating-point numbers. What was read before it is already in place.</exception>
    public static void CopyTo<T>(SafetensorsFile file, MetaParameters<T> parameters, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterInfo info = parameters.Layout.Parameters[i];
            TensorEntry entry = file[prefix + info.Name];
            if (!entry.Shape.SequenceEqual(info.Shape) && !(entry.Count == 1 && parameters[i].Count == 1))
            {
                throw new EngramException(
                    $"Found shape [{string.Join(", ", entry.Shape)}] of '{entry.Name}' in '{file.Path}', expected [{string.Join(", ", info.Shape)}]; use the file of this network and learner.");
            }

            entry.CopyTo(parameters[i]);
        }
    }
}
