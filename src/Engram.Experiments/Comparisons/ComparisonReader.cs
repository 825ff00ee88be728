using System.Collections.Immutable;
using System.Text;
using Engram.Experiments.Recipes;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>Reads comparisons: YAML whose every key is checked, as in recipes.</summary>
public static class ComparisonReader
{
    private const string Root = "compare/";

    /// <summary>Names of the built-in comparisons: the path below <c>recipes/compare</c> without <c>.yaml</c>.</summary>
    public static ImmutableArray<string> Names { get; } =
        [.. BuiltInRecipes.AllNames.Where(n => n.StartsWith(Root, StringComparison.Ordinal)).Select(n => n[Root.Length..])];

    /// <summary>Reads a comparison.</summary>
    /// <param name="nameOrPath">Name of a built-in one, or a file.</param>
    /// <param name="settings">What to set over it, as <c>key.path=value</c>; null for nothing.</param>
    /// <param name="only">Labels of the methods to keep; null or none for all.</param>
    /// <exception cref="EngramException">There is none of that name, or a key or value is wrong: the line names file, line, key, what was
    /// expected and the nearest valid key.</exception>
    public static Comparison Load(string nameOrPath, IEnumerable<string>? settings = null, IReadOnlyCollection<string>? only = null) =>
        Bind(Find(nameOrPath), settings, only);

    /// <summary>Reads a comparison from its text.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What messages call it; a path relative to which it may extend others.</param>
    /// <param name="settings">What to set over it; null for nothing.</param>
    /// <param name="only">Labels of the methods to keep; null or none for all.</param>
    /// <exception cref="EngramException">A key or value is wrong.</exception>
    public static Comparison Parse(
        string text, string source, IEnumerable<string>? settings = null, IReadOnlyCollection<string>? only = null) =>
        Bind(new RecipeSource(source, text, IsBuiltIn: false), settings, only);

    /// <summary>Whether a name is that of a built-in comparison, or a file that names methods.</summary>
    public static bool IsComparison(string nameOrPath)
    {
        if (Names.Contains(nameOrPath) || !File.Exists(nameOrPath))
        {
            return Names.Contains(nameOrPath);
        }

        try
        {
            return RecipeResolver.Layers(new RecipeSource(nameOrPath, RecipeText.ReadFile(nameOrPath), IsBuiltIn: false))
                .Any(l => l.Map.Entries.Any(e => e.Key == ComparisonSchema.Methods));
        }
        catch (EngramException)
        {
            // Whoever reads it will say what is wrong with it.
            return false;
        }
    }

    /// <summary>The comparison with every value and, as a comment, where it comes from.</summary>
    public static string Annotated(Comparison comparison) => RecipeWriter.Write(comparison.Values, v => v.Origin.ToString());

    /// <summary>All keys as tables in Markdown: those of every comparison, with the settings of each problem and method.</summary>
    public static string MarkdownTable()
    {
        RecipeKeySet common = ComparisonSchema.For("images", [("NAME", string.Empty)]);
        var text = new StringBuilder(RecipeTable.Of(common.Keys.Where(k => k.Section != "problem" || k.Leaf == "name")));
        foreach (string name in SupervisedProblems.Registry.Names)
        {
            Add($"`problem` where `problem.name` is `{name}`", "problem", SupervisedProblems.Registry.Get(name));
        }

        foreach (string name in CreditAssignments.Registry.Names)
        {
            Add($"`methods.NAME` where the method is `{name}`", "methods.NAME", CreditAssignments.Registry.Get(name));
        }

        return text.ToString();

        void Add(string heading, string section, object settings)
        {
            RecipeKey[] keys = [.. RecipeSettings.Of(section, settings, string.Empty, [])];
            text.Append(keys.Length > 0 ? RecipeTable.Of(heading, keys) : string.Empty);
        }
    }

    private static Comparison Bind(RecipeSource source, IEnumerable<string>? settings, IReadOnlyCollection<string>? only)
    {
        string[] set = [.. settings ?? []];
        RecipeValues values = new RecipeResolver(ComparisonSchema.For(source, set)).Resolve(source, set);
        return ComparisonBinder.Bind(only is { Count: > 0 } ? Only(values, only) : values);
    }

    private static RecipeValues Only(RecipeValues values, IReadOnlyCollection<string> only)
    {
        string[] labels = [.. ComparisonBinder.LabelsOf(values)];
        foreach (string label in only.Where(l => !labels.Contains(l, StringComparer.Ordinal)))
        {
            throw new EngramException(
                $"--only: found {RecipeNode.Quote(label)}, expected one of the comparison's methods: {string.Join(", ", labels)}; " +
                $"{NearestName.Hint(label, labels)}");
        }

        // A claim about a method that is left out is left out with it.
        string[] gone = [.. values.All.Where(
            v =>
            v.Key.Section.StartsWith(ComparisonSchema.Methods + ".", StringComparison.Ordinal) && v.Key.Leaf == "against"
            && v.Value is string other && labels.Contains(other, StringComparer.Ordinal) && !only.Contains(other))
            .Select(v => v.Key.Section)];
        return new RecipeValues(values.Source, values.All
            .Where(v => v.Key.Path.Split('.') is not [ComparisonSchema.Methods, var label, ..] || only.Contains(label))
            .Select(v => v.Key.Leaf is "against" or "within" && gone.Contains(v.Key.Section, StringComparer.Ordinal) ? v
                with
            { Value = null } : v));
    }

    private static RecipeSource Find(string nameOrPath)
    {
        if (BuiltInRecipes.Find($"recipes/{Root}{nameOrPath}.yaml") is { } builtIn)
        {
            return builtIn;
        }

        if (File.Exists(nameOrPath))
        {
            return new RecipeSource(
                nameOrPath, ExpectedText.Read(() => RecipeText.ReadFile(nameOrPath), ComparisonSchema.Expected), IsBuiltIn: false);
        }

        string hint = NearestName.Find(nameOrPath, Names) is { } near ? $"did you mean '{near}'?"
            : "'engram list comparisons' lists the built-in ones.";
        throw new EngramException(
            $"Found {RecipeNode.Quote(nameOrPath)}, which is neither a built-in comparison nor a comparison's file; {hint}");
    }
}
