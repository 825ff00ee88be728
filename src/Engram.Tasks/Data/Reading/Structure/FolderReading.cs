using System.Collections.Immutable;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Tasks.Data.Reading.Structure;

/// <summary>Finds out what folders of images mean: see <see cref="FolderStructure"/>.</summary>
internal sealed class FolderReading
{
    private const string OnlyPart = "all";
    private const int MostExamples = 3;

    private static readonly string[] KnownNames = ["train", "background", "val", "valid", "validation", "test", "evaluation", "extra"];

    private readonly FolderOfImages[] folders;
    private readonly string place;
    private readonly int common;
    private readonly ImagePlace?[] places;
    private readonly List<string> parts = [];
    private readonly List<string> remarks = [];

    /// <summary>Reads folders.</summary>
    /// <param name="folders">The folders, at least one.</param>
    /// <param name="place">Where they are, for messages.</param>
    /// <exception cref="EngramException">What they mean is not plain.</exception>
    public FolderReading(FolderOfImages[] folders, string place)
    {
        (this.folders, this.place) = (folders, place);
        places = new ImagePlace?[folders.Length];
        string[] first = folders[0].Path;
        while (folders.All(f => f.Path.Length > common + 1 && f.Path[common] == first[common]) && PartName.RoleOf(first[common]) is null)
        {
            common++;
        }

        if (PartLevel() is { } level)
        {
            ReadParts(level.At, level.Roles);
        }
        else
        {
            ReadClasses();
        }
    }

    /// <summary>Names of the parts, in the order train, validation, test, extra.</summary>
    public ImmutableArray<string> Parts { get; private set; } = [OnlyPart];

    /// <summary>Where the images of each folder belong; null for those that are left out.</summary>
    public IReadOnlyList<ImagePlace?> Places => places;

    /// <summary>What was understood.</summary>
    public string Line()
    {
        ImagePlace[] found = [.. places.OfType<ImagePlace>().Distinct()];
        int images = places.Zip(folders).Sum(p => p.First is null ? 0 : p.Second.Images);
        var classes = found.GroupBy(p => p.Class, StringComparer.Ordinal).OrderBy(c => c.Key, StringComparer.Ordinal).ToArray();
        string below = common == 0 ? string.Empty : $" below '{AtomicFile.Shown(string.Join('/', folders[0].Path[..common]))}'";
        string what = parts.Count == 0 ? "no parts, folders are classes" : string.Join(", ", parts);
        string shared = parts.Count < 2 ? string.Empty : $", {classes.Count(c => c.Count() > 1)} of them in more than one part";
        string counts = $"{Counted(classes.Length, "class", "classes")} ({Listed(classes.Select(c => c.Key))}){shared}";
        return $"Structure of '{place}'{below}: " +
            $"{string.Join("; ", [what, $"{counts}, {Counted(images, "image", "images")}", .. remarks])}.";
    }

    private static string Listed(IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        string listed = string.Join(", ", all.Take(MostExamples).Select(n => $"'{AtomicFile.Shown(n)}'"));
        return all.Length > MostExamples ? listed + ", …" : listed;
    }

    private static string Counted(int number, string one, string several) => $"{number} {(number == 1 ? one : several)}";

    // The outermost level at which every image is in a folder that is named as a part.
    private (int At, PartRole[] Roles)? PartLevel()
    {
        for (int at = common; folders.All(f => f.Path.Length > at); at++)
        {
            var roles = new PartRole?[folders.Length];
            foreach (int[] siblings in SiblingsAt(at))
            {
                Dictionary<string, PartRole> known = PartName.RolesOf(siblings.Select(i => folders[i].Path[at]));
                Array.ForEach(siblings, i => roles[i] = known.TryGetValue(folders[i].Path[at], out PartRole role) ? role : null);
            }

            if (roles.All(r => r is not null) && roles.Any(r => r < PartRole.Extra))
            {
                return (at, [.. roles.OfType<PartRole>()]);
            }
        }

        return null;
    }

    // Folders of images, in groups of those that share all folders around a level.
    private IEnumerable<int[]> SiblingsAt(int at) => Enumerable.Range(0, folders.Length).Where(i => folders[i].Path.Length > at)
        .GroupBy(i => string.Join('/', folders[i].Path[..at]), StringComparer.Ordinal).Select(g => g.ToArray());

    private void ReadClasses()
    {
        for (int at = common; folders.Any(f => f.Path.Length > at); at++)
        {
            foreach (int[] siblings in SiblingsAt(at))
            {
                RefuseUnlessClasses(siblings, at);
            }
        }

        string[] classes = [.. folders.Select(f => string.Join('/', f.Path[common..]))];
        for (int i = 0; i < folders.Length; i++)
        {
            places[i] = new ImagePlace(OnlyPart, classes[i]);
        }

        HashSet<string> all = [.. classes];
        if (classes.Order(StringComparer.Ordinal).FirstOrDefault(c => all.Contains(c[..Math.Max(0, c.LastIndexOf('/'))])) is { } inner)
        {
            remarks.Add($"'{AtomicFile.Shown(inner[..inner.LastIndexOf('/')])}' is a class, and so is '{AtomicFile.Shown(inner)}' in it");
        }

        if (classes.GroupBy(c => c[(c.LastIndexOf('/') + 1)..], StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } same)
        {
            string listed = Listed(same.Order(StringComparer.Ordinal));
            remarks.Add($"{listed} are different classes; if the folders around them are parts, name them train, val and test");
        }
    }

    // Folders beside each other of which some are named as parts. One that is called train may well be a class, of vehicles. Parts are
    // several, or have folders of classes, which others have too or lack, or are called as no class is: val beside base and novel.
    private void RefuseUnlessClasses(int[] siblings, int at)
    {
        Dictionary<string, PartRole> roles = PartName.RolesOf(siblings.Select(i => folders[i].Path[at]));
        if (roles.Count == 0)
        {
            return;
        }

        Dictionary<string, HashSet<string>> inside = siblings.GroupBy(i => folders[i].Path[at], StringComparer.Ordinal).ToDictionary(
            g => g.Key,
            g => g.Where(i => folders[i].Path.Length > at + 1).Select(i => folders[i].Path[at + 1]).ToHashSet(StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach ((string part, PartRole role) in roles)
        {
            string[] others = [.. inside.Keys.Where(b => b != part)];
            bool several = roles.Values.Any(r => r != role);
            bool holdsClasses = inside[part].Count > 0 && others.Any(o => inside[o].Count == 0 || inside[o].Overlaps(inside[part]));
            bool isNoClass = others.Length > 0 && !IsClassToo(part, role);
            if (several || holdsClasses || isNoClass)
            {
                string prefix = string.Concat(folders[siblings[0]].Path[..at].Select(f => f + "/"));
                IEnumerable<int> outside = Enumerable.Range(0, folders.Length).Except(siblings).Concat(siblings);
                string beside = others.FirstOrDefault(o => !roles.ContainsKey(o)) is { } other ? prefix + other
                    : folders[outside.First(i => folders[i].Path.ElementAtOrDefault(at) != part)].Example;
                throw new EngramException(
                    $"Found the folder '{AtomicFile.Shown(prefix + part)}', which is named as a part of a data set, "
                    + $"beside '{AtomicFile.Shown(beside)}', which is not, in '{place}', expected parts alone (train, val, test, extra) " +
                        $"with folders of classes in them, "
                    + "or folders of classes alone; rename one of them, or move it away.");
            }
        }
    }

    // Names of parts that classes have, too: train beside bus, valid beside invalid.
    private static bool IsClassToo(string name, PartRole role) =>
        role is PartRole.Train or PartRole.Extra || name.ToUpperInvariant() is "VALID" or "DEV" or "EVAL" or "EVALUATION";

    private void ReadParts(int at, PartRole[] roles)
    {
        string[][] classes = [.. folders.Select(f => (string[])[.. f.Path[common..at], .. f.Path[(at + 1)..]])];
        ILookup<PartRole, int> byRole = Enumerable.Range(0, roles.Length).ToLookup(i => roles[i]);
        foreach (var own in byRole)
        {
            Unwrap(classes, [.. own], own.Key, isInside: at == common);
        }

        bool[] hasClass = HaveClasses(classes, roles);
        if (!hasClass.Contains(true))
        {
            throw new EngramException(
                $"Found images directly in {Listed(folders.Select(f => f.Path[at]))} in '{place}', which are named as parts of a data set, "
                + "expected folders of classes in them; make one for each class.");
        }

        RefuseNestedParts(classes, roles);
        foreach (var own in byRole.OrderBy(g => g.Key))
        {
            string[] named = [.. own.Select(i => folders[i].Path[at]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            if (!own.Any(i => hasClass[i]))
            {
                int images = own.Sum(i => folders[i].Images);
                remarks.Add($"{Counted(images, "image", "images")} of {Listed(named)} left out, since no folder says of what class, "
                    + $"such as '{AtomicFile.Shown(folders[own.First()].Example)}'");
                continue;
            }

            RefuseUnlessAPart(own.Key, named, [.. own.Where(i => !hasClass[i])]);
            string name = NameOf(own.Key, named);
            parts.Add(named is [var only] && only == name ? $"part {name}" : $"part {name} ({Listed(named)})");
            Parts = parts.Count == 1 ? [name] : Parts.Add(name);
            foreach (int i in own)
            {
                places[i] = new ImagePlace(name, string.Join('/', classes[i]));
            }
        }

        UnifyCapitals();
    }

    // train/train/cat, test/images/1.png, train/cat/images/1.png: folders that say nothing more.
    private static void Unwrap(string[][] classes, int[] own, PartRole role, bool isInside)
    {
        string[] first = classes[own[0]];
        bool IsRepeated() => own.All(i => classes[i].Length > 0 && PartName.RoleOf(classes[i][0]) == role);
        bool IsWrapped() =>
            first.Length > 1 && PartName.IsWrapper(first[0]) && own.All(i => classes[i].Length > 1 && classes[i][0] == first[0]);
        while (isInside && (IsRepeated() || IsWrapped()))
        {
            Array.ForEach(own, i => classes[i] = classes[i][1..]);
            first = classes[own[0]];
        }

        while (first.Length > 1 && PartName.IsWrapper(first[^1]) && own.All(i => classes[i].Length > 1 && classes[i][^1] == first[^1]))
        {
            Array.ForEach(own, i => classes[i] = classes[i][..^1]);
            first = classes[own[0]];
        }
    }

    // Whether images are in a folder of a class, and not in one that is called images, unknown or the like, which is one only where
    // training
    // examples have it beside others.
    private static bool[] HaveClasses(string[][] classes, PartRole[] roles)
    {
        HashSet<string> known = [.. classes.Where(c => c.Length > 1 || (c.Length == 1 && !PartName.IsNoClass(c[0]))).Select(c => c[0])];
        if (known.Count > 0)
        {
            known.UnionWith(classes.Zip(roles).Where(c => c.Second == PartRole.Train && c.First.Length > 0).Select(c => c.First[0]));
        }

        return [.. classes.Select(c => c.Length > 0 && known.Contains(c[0]))];
    }

    private void RefuseUnlessAPart(PartRole role, string[] named, int[] withoutClass)
    {
        if (withoutClass.Length > 0)
        {
            throw new EngramException(
                $"Found the image '{AtomicFile.Shown(folders[withoutClass[0]].Example)}' outside the folders of classes in '{place}', "
                + "expected one folder for each class; move it into the folder of its class.");
        }

        if (role == PartRole.Unlabelled)
        {
            throw new EngramException(
                $"Found folders of classes in {Listed(named)} in '{place}', which is named as a part without labels, expected it to be " +
                    $"called "
                + "train, val, test or extra if it has labels; rename it, or move it away.");
        }
    }

    private static string NameOf(PartRole role, string[] named)
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
            PartRole?[] named = [.. classes.Select(c => c.Length > level ? PartName.RoleOf(c[level]) : null)];
            bool several = named.Where(r => r is not null).Distinct().Count() > 1;
            bool IsNested(int i) => named[i] is { } role && role != roles[i] && (several || classes[i].Length > level + 1);
            if (Enumerable.Range(0, classes.Length).FirstOrDefault(IsNested, -1) is var nested and >= 0)
            {
                throw new EngramException(
                    $"Found the folder '{AtomicFile.Shown(classes[nested][level])}', which is named as a part of a data set, inside " +
                        $"another "
                    + $"part, as of '{AtomicFile.Shown(folders[nested].Example)}' in '{place}', expected parts at one level; "
                    + "move them beside each other.");
            }
        }
    }

    // Cat in one part and cat in another are one class, unless a part has both.
    private void UnifyCapitals()
    {
        Dictionary<string, string> spellings = places.OfType<ImagePlace>().Distinct()
            .GroupBy(p => p.Class.ToUpperInvariant(), StringComparer.Ordinal)
            .Where(g => g.DistinctBy(p => p.Class, StringComparer.Ordinal).Count() > 1)
            .Where(g => g.DistinctBy(p => p.Part, StringComparer.Ordinal).Count() == g.Count())
            .ToDictionary(g => g.Key, g => g.MinBy(p => Parts.IndexOf(p.Part)).Class, StringComparer.Ordinal);
        for (int i = 0; i < places.Length; i++)
        {
            if (places[i] is { } at && spellings.TryGetValue(at.Class.ToUpperInvariant(), out string? spelling))
            {
                places[i] = at with { Class = spelling };
            }
        }

        if (spellings.Count > 0)
        {
            remarks.Add($"classes that differ in capitals alone are one, such as '{AtomicFile.Shown(spellings.Values.First())}'");
        }
    }
}
