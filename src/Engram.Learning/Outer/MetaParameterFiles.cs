using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

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
            ParameterSpec info = parameters.Layout.Parameters[i];
            writer.Add(prefix + info.Name, info.Shape.AsSpan(), parameters[i]);
        }
    }

    /// <summary>Rounds all values to float16 (to 11 bits, numbers below 6e-5 to a multiple of 6e-8) and adds them so to a file that is
    /// being put together.</summary>
    /// <param name="writer">The file.</param>
    /// <param name="parameters">What is rounded.</param>
    /// <exception cref="EngramException">A value is larger than float16 holds; others may have been rounded.</exception>
    public static void AddRoundedTo<T>(SafetensorsWriter writer, MetaParameters<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            for (int r = 0; r < parameters[i].Rows; r++)
            {
                foreach (ref T value in parameters[i].Row(r))
                {
                    value = T.Abs(value) > T.CreateChecked(Half.MaxValue)
                        ? throw new EngramException(string.Create(
                            System.Globalization.CultureInfo.InvariantCulture,
                            $"Found {value} in '{parameters.Layout.Parameters[i].Name}', expected numbers of at most 65504, which is the " +
                            $"largest of float16; write float32."))
                        : T.CreateChecked(Half.CreateChecked(value));
                }
            }

            ParameterSpec info = parameters.Layout.Parameters[i];
            writer.Add(info.Name, info.Shape.AsSpan(), [.. parameters[i].ToArray().Select(Half.CreateChecked)]);
        }
    }

    /// <summary>Overwrites the values that a file has, by name, and leaves the others: a start from another learner's
    /// meta-parameters.</summary>
    /// <param name="file">The file.</param>
    /// <param name="parameters">What is overwritten.</param>
    /// <returns>How many tensors were overwritten.</returns>
    /// <exception cref="EngramException">A tensor of that name has another shape. What was read before it is already in place.</exception>
    public static int CopySharedTo<T>(SafetensorsFile file, MetaParameters<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int copied = 0;
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            if (file.Tensors.ContainsKey(parameters.Layout.Parameters[i].Name))
            {
                Copy(file, parameters, i, string.Empty);
                copied++;
            }
        }

        return copied;
    }

    /// <summary>Overwrites all values with a file's. Tensors of other names are left aside; a single number may have any shape of one
    /// element.</summary>
    /// <param name="file">The file.</param>
    /// <param name="parameters">What is overwritten.</param>
    /// <param name="prefix">What stands before every name.</param>
    /// <exception cref="EngramException">A tensor is missing, of another shape, or not of floating-point numbers. What was read before it
    /// is already in place.</exception>
    public static void CopyTo<T>(SafetensorsFile file, MetaParameters<T> parameters, string prefix = "")
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            Copy(file, parameters, i, prefix);
        }
    }

    private static void Copy<T>(SafetensorsFile file, MetaParameters<T> parameters, int index, string prefix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ParameterSpec info = parameters.Layout.Parameters[index];
        TensorEntry entry = file[prefix + info.Name];
        if (!entry.Shape.SequenceEqual(info.Shape) && !(entry.Count == 1 && parameters[index].Count == 1))
        {
            throw new EngramException(
                $"Found shape [{string.Join(", ", entry.Shape)}] of '{entry.Name}' in '{file.Path}', expected " +
                    $"[{string.Join(", ", info.Shape)}]; use the file of this network and learner.");
        }

        entry.CopyTo(parameters[index]);
    }
}
