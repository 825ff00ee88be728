using System.Collections.Immutable;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Data;

/// <summary>Shares out the classes of a set that was not published with parts of classes of their own.</summary>
/// <remarks>
/// A set whose parts have different classes is split by part: train or background; val, valid or validation; test or evaluation, where all
/// three are there.
/// Else classes of one name are one class, whatever part they are in, and in the order of their names the first three fifths are for
/// meta-training, the next fifth for
/// meta-validation and the rest for meta-test.
/// </remarks>
internal static class ClassShares
{
    /// <summary>The rule in a sentence.</summary>
    public const string Rule =
        "by part where parts named train, val and test have classes of their own; else, in the order of the classes' names, the first " +
        "three fifths for meta-training, the next fifth for meta-validation, the rest for meta-test.";

    private static readonly string[][] PartNames = [["train", "background"], ["val", "valid", "validation"], ["test", "evaluation"]];

    /// <summary>The split that a part of that name is for; null where the name is none of a part.</summary>
    public static Split? SplitOf(string name) =>
        Array.FindIndex(PartNames, p => p.Contains(name, StringComparer.Ordinal)) is var i and >= 0 ? (Split)i : null;

    /// <summary>The classes of a split.</summary>
    public static ClassPool PoolOf(ImageSet images, Split split)
    {
        string[] names = PartNames[(int)split];
        bool apart = images.Parts.SelectMany(p => p.Classes).GroupBy(c => c.Name, StringComparer.Ordinal).All(g => g.Count() == 1);
        if (apart && PartNames.All(n => images.Parts.Any(p => n.Contains(p.Name, StringComparer.Ordinal))))
        {
            ImagePart part = images.Parts.First(p => names.Contains(p.Name, StringComparer.Ordinal));
            return ClassPool.Of($"the {part.Classes.Length} classes of '{part.Name}'", part.Classes);
        }

        PoolClass[] classes =
        [
            .. images.Parts.SelectMany(p => p.Classes)
                .GroupBy(c => c.Name, StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new PoolClass(g.Key, g.SelectMany(c => c.Images()).ToImmutableArray())),
        ];
        (int from, int to) = split switch
        {
            Split.MetaTrain => (0, Share(3)),
            Split.MetaValidation => (Share(3), Share(4)),
            _ => (Share(4), classes.Length),
        };
        return new ClassPool($"classes {from + 1} to {to} of {classes.Length} in the order of their names", [.. classes[from..to]]);

        int Share(int fifths) => (int)((long)classes.Length * fifths / 5);
    }
}
