using Engram.Numerics.Text;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Arrays;

/// <summary>
/// Examples that lifetimes are drawn from: <c>input</c> [examples, in], <c>target</c> [examples, K] or [examples], and, where there are,
/// <c>mask</c>, <c>group</c> [examples] and <c>split</c> [examples].
/// </summary>
internal sealed class ExamplePool : ArrayData
{
    /// <summary>The array that tells this layout from the other.</summary>
    public const string Name = "input";

    private readonly int[][] examples;
    private readonly int[] targeted;
    private readonly string[] names;

    /// <summary>Checks the arrays.</summary>
    /// <exception cref="EngramException">One is missing, is not what it should be, or does not fit the others.</exception>
    public ExamplePool(string file, Dictionary<string, FileArray> arrays, bool labelled)
        : this(file, new ArrayNames(file, arrays), labelled)
    {
    }

    private ExamplePool(string file, ArrayNames arrays, bool labelled)
        : base(
            file,
            Expect(arrays.Take(Name)),
            TargetArray.Of(arrays.Take(Name), arrays.Take("target"), arrays.TakeIfThere("mask"), labelled))
    {
        int count = Inputs.Shape[0];
        FileArray? group = arrays.TakeIfThere("group");
        FileArray? split = CheckedSplit(arrays.TakeIfThere("split"), count, "examples");
        arrays.ExpectNoOther();
        if (group is not null && (group.Shape is not [var found] || found != count))
        {
            throw new EngramException(
                $"Found array 'group' of shape {group.ShapeText()} in '{file}', expected [{count}], one number for each example.");
        }

        HasGroups = group is not null;
        int[][] groups;
        if (group is null)
        {
            // Without groups each split is one lot, its examples in their order.
            groups = Shares(count, split is null ? null : i => (int)split[i]);
            names = [.. Enum.GetValues<Split>().Select(s => $"the examples for {s.Words()}")];
            Members = [[0], [1], [2]];
        }
        else
        {
            // Groups in the order in which they first turn up.
            var places = new Dictionary<double, List<int>>();
            var order = new List<double>();
            for (int i = 0; i < count; i++)
            {
                double key = double.IsFinite(group[i]) ? group[i] : throw group.NotFinite(i, "a group");
                if (!places.TryGetValue(key, out List<int>? members))
                {
                    places.Add(key, members = []);
                    order.Add(key);
                }

                members.Add(i);
                if (split is not null && split[i] != split[members[0]])
                {
                    throw new EngramException(
                        FormattableString.Invariant(
                            $"Found split {split[i]} at {split.Place(i)}, and {split[members[0]]} at {split.Place(members[0])}, for ")
                        + "examples of one group, expected one split for all of a group.");
                }
            }

            groups = [.. order.Select(key => places[key].ToArray())];
            names = [.. groups.Select(g => $"the group of {Inputs.Place(g[0] * InputWidth)}")];
            Members = Shares(groups.Length, split is null ? null : g => (int)split[groups[g][0]]);
        }

        examples = [.. groups.Select(g => (int[])[.. g.Where(Targets.Has), .. g.Where(i => !Targets.Has(i))])];
        targeted = [.. groups.Select(g => g.Count(Targets.Has))];
    }

    /// <summary>Whether the file says which group each example belongs to; else every split is one group.</summary>
    public bool HasGroups { get; }

    /// <summary>The groups of each split.</summary>
    public int[][] Members { get; }

    /// <summary>The examples of a group, those with a target first.</summary>
    public ReadOnlySpan<int> ExamplesOf(int group) => examples[group];

    /// <summary>How many examples of a group have a target.</summary>
    public int TargetedOf(int group) => targeted[group];

    /// <summary>What errors call a group.</summary>
    public string NameOf(int group) => names[group];

    private static FileArray Expect(FileArray inputs) => inputs.Shape.Length == 2 && inputs.Shape.All(size => size > 0)
        ? inputs
        : throw new EngramException(
            $"Found array '{Name}' of shape {inputs.ShapeText()} in '{inputs.File}', expected [examples, inputs], both 1 or more.");
}
