using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Where an image of a folder belongs.</summary>
/// <param name="Part">Its part.</param>
/// <param name="Class">Its class.</param>
internal readonly record struct ImagePlace(string Part, string Class);

/// <summary>What the folders around images mean: parts of a data set, classes, or nothing. Either it is plain, and told in one line, or it is refused.</summary>
/// <remarks>
/// Folders around all images are left out. Where the folders at one level are all named as parts (<see cref="PartName"/>), they are parts, and what is above and below them is the class:
/// <c>train/cat</c>, <c>pets/Training_set/Training_set/cat</c> and <c>cat/train</c> have a class <c>cat</c> of the part <c>train</c>. A part without folders of classes beside one with them is
/// unlabelled, and left out. Where no folder is named as a part, the path is the class. What is between these is refused: no folder of a part becomes a class, and no class has two names.
/// </remarks>
internal sealed class FolderStructure
{
    private const string OnlyPart = "all";
    private const int MostExamples = 3;

    private static readonly string[] KnownNames = ["train", "background", "val", "valid", "validation", "test", "evaluation", "extra"];

    private readonly string place;
    private readonly string[][] folders;
    private readonly IReadOnlyList<string> names;
    private readonly ImagePlace?[] places;
    private readonly List<string> toldParts = [];
    private readonly List<string> told = [];
    private readonly int common;

    private FolderStructure(IReadOnlyList<string> names, string place)
    {
        (this.names, this.place) = (names, place);
        places = new ImagePlace?[names.Count];
        folders = [.. names.Select(n => n.Split('/')[..^1])];
        if (folders.Length == 0)
        {
            throw new EngramException($"Found no image in '{place}', expected {ImageDecoder.Readable} files in one folder for each class.");
        }

        if (Array.FindIndex(folders, f => f.Length == 0) is var outside and >= 0)
        {
            throw new EngramException($"Found the image '{Shown(names[outside])}' outside any folder in '{place}', expected one folder for each class; move it into the folder of its class.");
        }

        while (folders.All(f => f.Length > common + 1 && f[common] == folders[0][common]) && PartName.RoleOf(folders[0][common]) is null)
        {
            common++;
        }
    }

    /// <summary>Names of the parts, in the order train, validation, test, extra.</summary>
    public ImmutableArray<string> Parts { get; private set; } = [OnlyPart];

    /// <summary>The line that says what was understood.</summary>
    public string Line { get; private set; } = string.Empty;

    /// <summary>Where an image belongs; null for one that is left out, since it has no class.</summary>
    public ImagePlace? this[int image] => places[image];

    /// <summary>Understands folders.</summary>
    /// <param name="names">Names of images with the folders that they are in, with forward slashes.</param>
    /// <param name="place">Where that is, for messages.</param>
    /// <exception cref="EngramException">There is none, one is outside any folder, or folders could be parts as well as classes.</exception>
    public static FolderStructure Of(IReadOnlyList<string> names, string place)
    {
        var structure = new FolderStructure(names, place);
        if (structure.PartLevel() is { } level)
        {
            structure.ReadParts(level.At, level.Roles);
        }
        else
        {
            structure.ReadClasses();
        }

        structure.Tell();
        return structure;
    }

    private static string Shown(string name) => AtomicFile.Shown(name);

    private static string Listed(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(MostExamples).Select(n => $"'{Shown(n)}'")) + (all.Length > MostExamples ? ", …" : string.Empty);
    }

    private static string Counted(int number, string what, string? several = null) => $"{number} {(number == 1 ? what : several ?? what + "s")}";

    // The outermost level at which every image is in a folder that is named as a part.
    private (int At, PartRole[] Roles)? PartLevel()
    {
        for (int at = common; folders.All(f => f.Length > at); at++)
        {
            PartRole?[] roles = RolesAt(at);
            if (roles.All(r => r is not null) && roles.Any(r => r < PartRole.Extra))
            {
                return (at, [.. roles.Select(r => r!.Value)]);
            }
        }

        return null;
    }

    // By image: the role of its folder at a level, among the folders beside it.
    private PartRole?[] RolesAt(int at)
    {
        var roles = new PartRole?[folders.Length];
        foreach (var siblings in Enumerable.Range(0, folders.Length).Where(i => folders[i].Length > at).GroupBy(i => string.Join('/', folders[i][..at]), StringComparer.Ordinal))
        {
            Dictionary<string, PartRole> known = PartName.RolesOf(siblings.Select(i => folders[i][at]));
            foreach (int i in siblings)
            {
                roles[i] = known.TryGetValue(folders[i][at], out PartRole role) ? role : null;
            }
        }

        return roles;
    }

    private void ReadClasses()
    {
        for (int at = common; folders.Any(f => f.Length > at); at++)
        {
            int level = at;
            foreach (var siblings in Enumerable.Range(0, folders.Length).Where(i => folders[i].Length > level).GroupBy(i => string.Join('/', folders[i][..level]), StringComparer.Ordinal))
            {
                RefuseUnlessClasses([.. siblings], level);
            }
        }

        for (int i = 0; i < folders.Length; i++)
        {
            places[i] = new ImagePlace(OnlyPart, string.Join('/', folders[i][common..]));
        }

        string[] classes = [.. places.Select(p => p!.Value.Class).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (classes.FirstOrDefault(c => classes.Contains(c[..Math.Max(0, c.LastIndexOf('/'))], StringComparer.Ordinal)) is { } inner)
        {
            told.Add($"'{Shown(inner[..inner.LastIndexOf('/')])}' is a class, and so is '{Shown(inner)}' in it");
        }

        if (classes.GroupBy(c => c[(c.LastIndexOf('/') + 1)..], StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice && !string.IsNullOrEmpty(twice.Key))
        {
            told.Add($"{Listed(twice)} are different classes; if the folders around them are parts, name them train, val and test");
        }
    }

    // Folders beside each other of which some are named as parts. One that is called train may well be a class (of vehicles); parts have folders of classes, which others have too, or leave somebody without.
    private void RefuseUnlessClasses(int[] siblings, int at)
    {
        Dictionary<string, PartRole> roles = PartName.RolesOf(siblings.Select(i => folders[i][at]));
        string[] beside = [.. siblings.Select(i => folders[i][at]).Distinct(StringComparer.Ordinal)];
        if (roles.Count == 0)
        {
            return;
        }

        var inside = beside.ToDictionary(b => b, b => siblings.Where(i => folders[i][at] == b && folders[i].Length > at + 1).Select(i => folders[i][at + 1]).ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach ((string part, PartRole role) in roles)
        {
            string[] others = [.. beside.Where(b => b != part)];
            bool suspicious = roles.Values.Any(r => r != role)
                || (inside[part].Count > 0 && others.Any(o => inside[o].Count == 0 || inside[o].Overlaps(inside[part])))
                || (inside[part].Count == 0 && others.Length > 0 && role is (PartRole.Validation or PartRole.Test or PartRole.Unlabelled) && !IsWordForClasses(part));
            if (suspicious)
            {
                string other = others.FirstOrDefault(o => !roles.ContainsKey(o)) ?? names[Enumerable.Range(0, folders.Length).OrderBy(i => Array.IndexOf(siblings, i)).First(i => !siblings.Contains(i) || folders[i][at] != part)];
                string prefix = string.Concat(folders[siblings[0]][..at].Select(f => f + "/"));
                throw new EngramException(
                    $"Found the folder '{Shown(prefix + part)}', which is named as a part of a data set, beside '{Shown(others.Contains(other, StringComparer.Ordinal) ? prefix + other : other)}', which is not, in '{place}', "
                    + "expected parts alone (train, val, test, extra) with folders of classes in them, or folders of classes alone; rename one of them, or move it away.");
            }
        }
    }

    // Names of parts that classes have, too: valid and invalid, background and foreground.
    private static bool IsWordForClasses(string name) => name.ToUpperInvariant() is "VALID" or "DEV" or "EVAL" or "EVALUATION";

    private void ReadParts(int at, PartRole[] roles)
    {
        string[][] classes = [.. folders.Select(f => (string[])[.. f[common..at], .. f[(at + 1)..]])];
        foreach (PartRole role in roles.Distinct())
        {
            Unwrap(classes, [.. Enumerable.Range(0, roles.Length).Where(i => roles[i] == role)], role, at - common);
        }

        HashSet<string> certain = [.. Enumerable.Range(0, roles.Length).Where(i => classes[i].Length > 1 || (classes[i].Length == 1 && !PartName.IsNoClass(classes[i][0]))).Select(i => classes[i][0])];
        certain.UnionWith(certain.Count == 0 ? [] : Enumerable.Range(0, roles.Length).Where(i => roles[i] == PartRole.Train && classes[i].Length > 0).Select(i => classes[i][0]));
        bool HasClass(int i) => classes[i].Length > 0 && certain.Contains(classes[i][0]);
        var byRole = Enumerable.Range(0, roles.Length).GroupBy(i => roles[i]).OrderBy(g => g.Key).ToArray();
        if (!Enumerable.Range(0, roles.Length).Any(HasClass))
        {
            throw new EngramException($"Found images directly in {Listed(folders.Select(f => f[at]).Distinct(StringComparer.Ordinal))} in '{place}', which are named as parts of a data set, expected folders of classes in them; make one for each class.");
        }

        var parts = new List<string>();
        foreach (var images in byRole)
        {
            string[] named = [.. images.Select(i => folders[i][at]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            int[] without = [.. images.Where(i => !HasClass(i))];
            if (without.Length == images.Count())
            {
                told.Add($"{Counted(without.Length, "image")} of {Listed(named)} left out, since no folder says of what class, such as '{Shown(names[without[0]])}'");
                continue;
            }

            if (without.Length > 0)
            {
                throw new EngramException($"Found the image '{Shown(names[without[0]])}' outside the folders of classes in '{place}', expected one folder for each class; move it into the folder of its class.");
            }

            if (images.Key == PartRole.Unlabelled)
            {
                throw new EngramException(
                    $"Found folders of classes in {Listed(named)} in '{place}', which is named as a part without, expected it to be called train, val, test or extra if it has labels; rename it, or move it away.");
            }

            string name = PartNameOf(images.Key, named);
            parts.Add(name);
            toldParts.Add(named is [var only] && only == name ? $"part {name}" : $"part {name} ({Listed(named)})");
            foreach (int i in images)
            {
                places[i] = new ImagePlace(name, string.Join('/', classes[i]));
            }
        }

        Parts = [.. parts];
        RefuseNestedParts(classes, roles);
        UnifyCase();
    }

    // train/train/cat, test/images/1.png, train/cat/images/1.png: folders that say nothing more.
    private static void Unwrap(string[][] classes, int[] images, PartRole role, int before)
    {
        while (before == 0 && images.All(i => classes[i].Length > 0 && (PartName.RoleOf(classes[i][0]) == role || (classes[i][0] == classes[images[0]][0] && PartName.IsWrapper(classes[i][0]) && classes[i].Length > 1))))
        {
            Array.ForEach(images, i => classes[i] = classes[i][1..]);
        }

        while (images.All(i => classes[i].Length > 1 && classes[i][^1] == classes[images[0]][^1] && PartName.IsWrapper(classes[i][^1])))
        {
            Array.ForEach(images, i => classes[i] = classes[i][..^1]);
        }
    }

    private static string PartNameOf(PartRole role, string[] named)
    {
        string own = named[0].ToLowerInvariant();
        return named.Length == 1 && KnownNames.Contains(own, StringComparer.Ordinal) ? own
            : role switch { PartRole.Train => "train", PartRole.Validation => "val", PartRole.Test => "test", _ => "extra" };
    }

    // trainval/train/cat and trainval/val/cat: classes whose paths have parts in them once more.
    private void RefuseNestedParts(string[][] classes, PartRole[] roles)
    {
        for (int level = 0; classes.Any(c => c.Length > level); level++)
        {
            (int Image, PartRole Role)[] named = [.. Enumerable.Range(0, classes.Length).Where(i => classes[i].Length > level && PartName.RoleOf(classes[i][level]) is not null).Select(i => (i, PartName.RoleOf(classes[i][level])!.Value))];
            if (named.Select(n => n.Role).Distinct().Count() > 1 || named.Any(n => n.Role != roles[n.Image] && classes[n.Image].Length > level + 1))
            {
                int first = named.First(n => n.Role != roles[n.Image]).Image;
                throw new EngramException(
                    $"Found the folder '{Shown(classes[first][level])}', which is named as a part of a data set, inside another part, as of '{Shown(names[first])}' in '{place}', expected parts at one level; move them beside each other.");
            }
        }
    }

    // Cat in one part and cat in another are one class, unless a part has both.
    private void UnifyCase()
    {
        var spellings = places.Where(p => p is not null).Select(p => p!.Value).Distinct().GroupBy(p => p.Class.ToUpperInvariant(), StringComparer.Ordinal)
            .Where(g => g.Select(p => p.Class).Distinct(StringComparer.Ordinal).Count() > 1 && g.GroupBy(p => p.Part, StringComparer.Ordinal).All(p => p.Count() == 1))
            .ToDictionary(g => g.Key, g => g.OrderBy(p => Parts.IndexOf(p.Part)).First().Class, StringComparer.Ordinal);
        for (int i = 0; i < places.Length && spellings.Count > 0; i++)
        {
            places[i] = places[i] is { } at && spellings.TryGetValue(at.Class.ToUpperInvariant(), out string? spelling) ? at with { Class = spelling } : places[i];
        }

        if (spellings.Count > 0)
        {
            told.Add($"classes that differ in capitals alone are one, such as '{Shown(spellings.Values.First())}'");
        }
    }

    private void Tell()
    {
        ImagePlace[] found = [.. places.Where(p => p is not null).Select(p => p!.Value)];
        string below = common == 0 ? string.Empty : $" below '{Shown(string.Join('/', folders[0][..common]))}'";
        var counts = found.Distinct().GroupBy(p => p.Class, StringComparer.Ordinal).ToArray();
        string classes = $"{Counted(counts.Length, "class", "classes")} ({Listed(counts.Select(c => c.Key).Order(StringComparer.Ordinal))})";
        string shared = Parts.Length > 1 ? $", {counts.Count(c => c.Count() > 1)} of them in more than one part" : string.Empty;
        string what = Parts is [OnlyPart] ? "no parts, folders are classes" : string.Join(", ", toldParts);
        string rest = string.Concat(told.Select(t => "; " + t));
        Line = $"Structure of '{place}'{below}: {what}; {classes}{shared}, {Counted(found.Length, "image")}{rest}.";
    }
}
