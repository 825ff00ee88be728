using Engram.Numerics.Text;

namespace Engram.Tasks.Arrays;

/// <summary>
/// Lifetimes that stand whole in a file: <c>stream.input</c> [lifetimes, T, n, in] or [lifetimes, T, in], <c>query.input</c> [lifetimes, Q,
/// in], their targets and masks.
/// </summary>
internal sealed class WholeLives : ArrayData
{
    /// <summary>The array that tells this layout from the other.</summary>
    public const string Name = "stream.input";

    /// <summary>Checks the arrays.</summary>
    /// <exception cref="EngramException">One is missing, is not what it should be, or does not fit the others.</exception>
    public WholeLives(string file, Dictionary<string, FileArray> arrays, bool labelled)
        : this(file, new ArrayNames(file, arrays), labelled)
    {
    }

    private WholeLives(string file, ArrayNames arrays, bool labelled)
        : base(
            file,
            Expect(arrays.Take(Name)),
            TargetArray.Of(arrays.Take(Name), arrays.Take("stream.target"), arrays.TakeIfThere("stream.mask"), labelled))
    {
        QueryInputs = arrays.Take("query.input");
        bool fits = QueryInputs.Shape is [var lives, >= 1, var width] && lives == Lifetimes && width == InputWidth;
        if (!fits)
        {
            throw new EngramException(
                $"Found array 'query.input' of shape {QueryInputs.ShapeText()} in '{file}', expected [{Lifetimes}, queries, "
                + $"{InputWidth}], for '{Name}' of {Inputs.ShapeText()}.");
        }

        QueryTargets = TargetArray.Of(QueryInputs, arrays.Take("query.target"), arrays.TakeIfThere("query.mask"), labelled);
        if (QueryTargets.Width != TargetWidth)
        {
            throw new EngramException(
                $"Found {QueryTargets.Width} numbers in each target of 'query.target' in '{file}', expected {TargetWidth}, as in "
                + "'stream.target'.");
        }

        QueryInputs.ExpectFinite();
        FileArray? split = CheckedSplit(arrays.TakeIfThere("split"), Lifetimes, "lifetimes");
        Members = Shares(Lifetimes, split is null ? null : i => (int)split[i]);
        arrays.ExpectNoOther();
        for (int life = 0; life < Lifetimes; life++)
        {
            if (!Enumerable.Range(life * Queries, Queries).Any(QueryTargets.Has))
            {
                throw new EngramException(
                    $"Found a query without a single target, that of lifetime {life} of 'query.target' in '{file}', expected one or "
                    + "more: the query's loss is a mean over them.");
            }
        }
    }

    /// <summary>How many lifetimes.</summary>
    public int Lifetimes => Inputs.Shape[0];

    /// <summary>T.</summary>
    public int InnerSteps => Inputs.Shape[1];

    /// <summary>n.</summary>
    public int BatchSize => Inputs.Shape.Length == 4 ? Inputs.Shape[2] : 1;

    /// <summary>Examples in a query.</summary>
    public int Queries => QueryInputs.Shape[1];

    /// <summary>[lifetimes, Q, in].</summary>
    public FileArray QueryInputs { get; }

    /// <summary>Their targets.</summary>
    public TargetArray QueryTargets { get; }

    /// <summary>The lifetimes of each split.</summary>
    public int[][] Members { get; }

    /// <inheritdoc/>
    public override int GreatestLabel => Math.Max(base.GreatestLabel, QueryTargets.GreatestLabel);

    private static FileArray Expect(FileArray inputs) => inputs.Shape.Length is 3 or 4 && inputs.Shape.All(size => size > 0)
        ? inputs
        : throw new EngramException(
            $"Found array '{Name}' of shape {inputs.ShapeText()} in '{inputs.File}', expected [lifetimes, T, n, inputs], or "
            + "[lifetimes, T, inputs] for batches of one, all of them 1 or more.");
}
