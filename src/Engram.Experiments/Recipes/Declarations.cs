using System.Collections.Immutable;
using System.Globalization;
using Engram.Learning.Births;
using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Experiments.Recipes;

/// <summary>A setting of an extension point, which is a key of recipes.</summary>
/// <param name="Name">The key's name.</param>
/// <param name="Default">Its value where none is given, as recipes write it.</param>
/// <param name="Meaning">What it means.</param>
public sealed record DeclaredSetting(string Name, string Default, string Meaning);

/// <summary>A parameter that an extension point declares.</summary>
/// <param name="Name">Its name within a layer, or within the network.</param>
/// <param name="Role">Its role.</param>
/// <param name="Per">What has one of it: synapse, neuron, layer or network; the last two with a shape where that is not one number.</param>
/// <param name="Start">Where it starts; null where its role has settings for that.</param>
/// <param name="Rate">Its meta-rate; null for that of its role, or of W.</param>
public sealed record DeclaredParameter(string Name, string Role, string Per, string? Start, double? Rate);

/// <summary>A state that an extension point declares.</summary>
/// <param name="Name">Its name within a layer.</param>
/// <param name="Per">What has one of it: synapse, neuron or layer.</param>
/// <param name="Birth">Its value at birth, or the parameter that it is born from.</param>
public sealed record DeclaredState(string Name, string Per, string Birth);

/// <summary>What an entry of an extension point has: its settings, and what it declares in a layer.</summary>
/// <param name="Name">Its name in the registry.</param>
/// <param name="Summary">What it is.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="Parameters">What of it is meta-learned.</param>
/// <param name="States">What it remembers in life.</param>
public sealed record Declaration(
    string Name,
    string Summary,
    ImmutableArray<DeclaredSetting> Settings,
    ImmutableArray<DeclaredParameter> Parameters,
    ImmutableArray<DeclaredState> States);

/// <summary>What rules, pathways and births declare as they are registered, in the first of three plastic layers.</summary>
public static class Declarations
{
    // Lengths that differ, so that a shape tells what it follows from.
    private static readonly NetworkSpec Example = NetworkSpec.Feedforward([7, 5, 3, 2], 3);

    // One feedback layer, rectified, as learners have it unless told otherwise.
    private static readonly FeedbackOptions Plain = new(Layers: 1, Rectified: true, RectifiedSignal: false, TimesSign: false);

    /// <summary>All plasticity rules.</summary>
    public static IEnumerable<Declaration> OfRules() => Of(PlasticityRules.Registry, rule => rule.Parts(Layer), ParameterRoles.Rule);

    /// <summary>All feedback pathways; with plastic layers and the output above.</summary>
    public static IEnumerable<Declaration> OfPathways() =>
        Of(FeedbackPathways.Registry, path => path.Parts(new FeedbackPlace(Example, Layer.Layer, Plain)), ParameterRoles.Pathway);

    /// <summary>All births.</summary>
    public static IEnumerable<Declaration> OfBirths() => Of(BirthDistributions.Registry, birth => birth.Parts(Layer), ParameterRoles.Birth);

    private static LayerShape Layer => new(0, Example.Layers[0].WeightShape);

    private static IEnumerable<Declaration> Of<TEntry>(Registry<TEntry> registry, Func<TEntry, Parts> partsOf, string role)
        where TEntry : class => registry.Names.Select(name =>
        {
            TEntry entry = registry.Get(name);
            Parts parts = partsOf(entry);
            return new Declaration(
                name,
                registry.SummaryOf(name),
                [.. Setting.Of(entry.GetType()).Select(s => new DeclaredSetting(s.Name, Default(s, entry), s.Meaning))],
                [.. parts.Parameters.Select(p => Parameter(p, role))],
                [.. parts.State.Select(
                    s => new DeclaredState(s.Name, Per(s.Level, [s.Length]), s.BornFrom ?? RecipeNumbers.Format(s.Birth)))]);
        });

    private static string Default(Setting setting, object entry) => RecipeNumbers.Format(
        setting.Registry is { } registry && setting.Read(entry) is { } own ? Registries.NameOf(registry, own) : setting.Read(entry));

    private static DeclaredParameter Parameter(ParameterPart part, string role) =>
        new(part.Name, part.Role ?? role, Per(part.Level, part.Shape), part.Start is { } start ? Text(start) : null, part.Rate);

    private static string Per(Granularity level, ImmutableArray<int> shape)
    {
        string per = RecipeSchema.Name(level);
        return level is Granularity.Synapse or Granularity.Neuron || shape is [1] ? per : $"{per} [{string.Join(", ", shape)}]";
    }

    private static string Text(ParameterStart start) => start switch
    {
        ConstantStart constant => RecipeNumbers.Format(constant.Value),
        NormalStarts => "normal, each with a deviation of its own",
        NormalStart normal => string.Create(CultureInfo.InvariantCulture, $"normal, mean {normal.Mean}, deviation {normal.Deviation}"),
        _ => start.ToString()!,
    };
}
