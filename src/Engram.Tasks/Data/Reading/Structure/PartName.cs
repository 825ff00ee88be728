using System.Text.RegularExpressions;

namespace Engram.Tasks.Data.Reading.Structure;

/// <summary>What a part of a data set is for.</summary>
internal enum PartRole
{
    Train,
    Validation,
    Test,

    /// <summary>Further examples to train on.</summary>
    Extra,

    /// <summary>Images that nobody has put into classes.</summary>
    Unlabelled,
}

/// <summary>Tells from a folder's name which part of a data set it is.</summary>
/// <remarks>As public data sets spell it: <c>Train</c>, <c>testing_set</c>, <c>images_background</c>, <c>val2017</c>,
/// <c>cifar10_test</c>.</remarks>
internal static partial class PartName
{
    private static readonly Dictionary<string, PartRole> Roles = new[]
    {
        (PartRole.Train, "train training trainset trn trainval background"),
        (PartRole.Validation, "val valid validation valset dev"),
        (PartRole.Test, "test testing testset tst evaluation eval"),
        (PartRole.Extra, "extra"),
        (PartRole.Unlabelled, "pred predict prediction predictions unlabeled unlabelled"),
    }.SelectMany(r => r.Item2.Split(' ').Select(w => (Word: w, Role: r.Item1)))
        .ToDictionary(r => r.Word, r => r.Role, StringComparer.Ordinal);

    // Classes to learn from and classes to learn in life: words for parts where both stand beside each other.
    private static readonly Dictionary<string, PartRole> FewShot =
        new(StringComparer.Ordinal) { ["base"] = PartRole.Train, ["novel"] = PartRole.Test };

    private static readonly Dictionary<string, PartRole> OfFewShot =
        Roles.Concat(FewShot).ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal);

    private static readonly HashSet<string> Wrappers =
    [
        .. "set data dataset images image img imgs pics pictures photos jpg jpeg jpegs png pngs bmp files".Split(' '),
        .. "folder dir split part seg original resized cropped full small raw".Split(' '),
    ];

    private static readonly HashSet<string> NoClasses = ["unknown", "all", "classes", "unclassified"];

    /// <summary>Whether a name says only that there are images in it. A number or a letter may be a class.</summary>
    public static bool IsWrapper(string folder) => Words(folder).All(IsFill) && Words(folder).Any(Wrappers.Contains);

    /// <summary>Whether a name says of images that they are of no class: <c>images</c>, <c>unknown</c>, <c>all_classes</c>, <c>test</c> and
    /// the like.</summary>
    public static bool IsNoClass(string folder) =>
        Words(folder).All(w => IsFill(w) || IsWordForNone(w)) && Words(folder).Any(w => Wrappers.Contains(w) || IsWordForNone(w));

    /// <summary>What folders beside each other are for; those that are no parts are left out.</summary>
    /// <remarks>
    /// A part's name has one word for a role, and all others say nothing, or are those of another part of another role, too.
    /// </remarks>
    public static Dictionary<string, PartRole> RolesOf(IEnumerable<string> siblings)
    {
        var told = new List<(string Name, PartRole Role, string Remainder)>();
        string[] names = [.. siblings.Distinct(StringComparer.Ordinal)];
        Dictionary<string, PartRole> known = FewShot.Keys.All(w => names.Any(n => Words(n).Contains(w))) ? OfFewShot : Roles;
        foreach (string name in names)
        {
            string[] words = [.. Words(name)];
            PartRole[] roles = [.. words.Where(known.ContainsKey).Select(w => known[w]).Distinct()];
            if (roles.Length == 1)
            {
                told.Add((name, roles[0], string.Join(' ', words.Where(w => !known.ContainsKey(w) && !IsFill(w)))));
            }
        }

        return told.Where(p => p.Remainder.Length == 0 || told.Exists(q => q.Remainder == p.Remainder && q.Role != p.Role))
            .ToDictionary(p => p.Name, p => p.Role, StringComparer.Ordinal);
    }

    /// <summary>What a folder is for, by its own name alone; null where that does not say.</summary>
    public static PartRole? RoleOf(string folder) => RolesOf([folder]).TryGetValue(folder, out PartRole role) ? role : null;

    private static bool IsWordForNone(string word) =>
        NoClasses.Contains(word) || (Roles.TryGetValue(word, out PartRole role) && role is PartRole.Test or PartRole.Unlabelled);

    private static bool IsFill(string word) => Wrappers.Contains(word) || word.Length == 1 || word.All(char.IsAsciiDigit);

    private static IEnumerable<string> Words(string name) => WordPattern().Matches(name).Select(m => m.Value.ToLowerInvariant());

    // trainSet, TRAIN_set, train2017: a word ends before a capital after small letters, a digit, and anything else.
    [GeneratedRegex(
        @"\p{Lu}?\p{Ll}+|\p{Lu}+(?!\p{Ll})|[0-9]+|[^\p{Lu}\p{Ll}0-9\s._+-]+",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordPattern();
}
