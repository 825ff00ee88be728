using System.Globalization;
using System.Numerics;
using Engram.Numerics.Text;

namespace Engram.Tasks.Arrays;

/// <summary>The targets of an array's examples, checked: numbers or labels, and which of them there are.</summary>
/// <remarks>A target is missing where the mask has a 0, or where it is NaN; a label also where it is negative.</remarks>
internal sealed class TargetArray
{
    private readonly FileArray array;

    /// <summary>Labels of the examples, −1 for none; null where targets are numbers.</summary>
    private readonly int[]? labels;

    /// <summary>Which numbers there are; null where targets are labels, or all are there.</summary>
    private readonly bool[]? there;

    private TargetArray(FileArray array, int width, int[]? labels, bool[]? there) =>
        (this.array, Width, this.labels, this.there) = (array, width, labels, there);

    /// <summary>Numbers for each example; 1 where they are labels.</summary>
    public int Width { get; }

    /// <summary>Whether some target is missing.</summary>
    public bool IsMasked => labels is not null ? labels.Contains(-1) : there is not null;

    /// <summary>The greatest label; −1 where there is none.</summary>
    public int GreatestLabel => labels is { Length: > 0 } ? labels.Max() : -1;

    /// <summary>The targets of an array of inputs.</summary>
    /// <param name="inputs">[…, in].</param>
    /// <param name="targets">[…, K], or […] for one number or label each.</param>
    /// <param name="mask">Of the targets' shape, or […]; null for none.</param>
    /// <param name="labelled">Whether targets are labels.</param>
    /// <exception cref="EngramException">Shapes do not fit, or a number is not what it should be.</exception>
    public static TargetArray Of(FileArray inputs, FileArray targets, FileArray? mask, bool labelled)
    {
        ReadOnlySpan<int> leading = inputs.Shape.AsSpan()[..^1];
        int width = WidthOf(leading, targets);
        if (width < 1 || (labelled && width > 1))
        {
            string wanted = labelled ? "one label each" : "one number or more each";
            throw new EngramException(
                $"Found array '{targets.Name}' of shape {targets.ShapeText()} in '{targets.File}', expected [{Text(leading)}] or "
                + $"[{Text(leading)}, {(labelled ? "1" : "K")}], {wanted}, for '{inputs.Name}' of {inputs.ShapeText()}.");
        }

        int maskWidth = 0;
        if (mask is not null)
        {
            maskWidth = WidthOf(leading, mask);
            if (maskWidth != 1 && maskWidth != width)
            {
                throw new EngramException(
                    $"Found array '{mask.Name}' of shape {mask.ShapeText()} in '{mask.File}', expected {targets.ShapeText()}, as "
                    + $"'{targets.Name}' has, or [{Text(leading)}].");
            }

            for (int i = 0; i < mask.Count; i++)
            {
                if (mask[i] is not (0 or 1))
                {
                    throw new EngramException(
                        FormattableString.Invariant(
                            $"Found {mask[i]} at {mask.Place(i)}, expected 1 where there is a target and 0 where there is none."));
                }
            }
        }

        bool Masked(int i) => mask is not null && mask[maskWidth == width ? i : i / width] == 0;

        return labelled ? new TargetArray(targets, 1, Labels(targets, Masked), null)
            : new TargetArray(targets, width, null, There(targets, Masked));
    }

    /// <summary>Whether an example has a target.</summary>
    public bool Has(int example) => labels is not null ? labels[example] >= 0
        : there is null || there.AsSpan(example * Width, Width).Contains(true);

    /// <summary>Writes the targets of an example.</summary>
    /// <param name="example">The example.</param>
    /// <param name="target">Where they go; labels become one-hot.</param>
    /// <param name="mask">Which there are, 1 or 0; empty where nobody asks.</param>
    /// <param name="outputOf">Which output stands for which label; empty for the label itself.</param>
    public void Write<T>(int example, Span<T> target, Span<T> mask, ReadOnlySpan<int> outputOf)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (labels is not null)
        {
            int label = labels[example];
            target.Clear();
            if (label >= 0)
            {
                target[outputOf.IsEmpty ? label : outputOf[label]] = T.One;
            }

            mask.Fill(label >= 0 ? T.One : T.Zero);
            return;
        }

        int start = example * Width;
        array.Copy(start, target);
        mask.Fill(T.One);
        for (int k = 0; there is not null && k < target.Length; k++)
        {
            if (!there[start + k])
            {
                (target[k], mask[k]) = (T.Zero, T.Zero);
            }
        }
    }

    private static int[] Labels(FileArray targets, Func<int, bool> masked)
    {
        var found = new int[targets.Count];
        for (int i = 0; i < found.Length; i++)
        {
            double value = targets[i];
            found[i] = masked(i) || double.IsNaN(value) || (value < 0 && value == Math.Floor(value)) ? -1
                : value == Math.Floor(value) && value < 1_000_000 ? (int)value
                : throw new EngramException(
                    $"Found {value.ToString(CultureInfo.InvariantCulture)} as a label at {targets.Place(i)}, expected a whole number "
                    + "from 0 to 999999, or −1 for none; targets that are numbers belong to the task family 'arrays'.");
        }

        return found;
    }

    private static bool[]? There(FileArray targets, Func<int, bool> masked)
    {
        bool[]? found = null;
        for (int i = 0; i < targets.Count; i++)
        {
            bool missing = masked(i) || double.IsNaN(targets[i]);
            if (!missing && !(Math.Abs(targets[i]) <= float.MaxValue))
            {
                throw targets.NotFinite(i, "a target");
            }

            if (missing && found is null)
            {
                found = new bool[targets.Count];
                found.AsSpan(0, i).Fill(true);
            }

            if (found is not null)
            {
                found[i] = !missing;
            }
        }

        return found;
    }

    /// <summary>
    /// The last dimension beside the leading ones; 1 where there is none, 0 where the shape does not begin with the leading ones.
    /// </summary>
    private static int WidthOf(ReadOnlySpan<int> leading, FileArray array) => !array.Shape.AsSpan().StartsWith(leading) ? 0
        : array.Shape.Length == leading.Length ? 1
        : array.Shape.Length == leading.Length + 1 ? array.Shape[^1]
        : 0;

    private static string Text(ReadOnlySpan<int> sizes) => string.Join(", ", sizes.ToArray());
}
