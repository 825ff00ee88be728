using System.Collections.Immutable;
using System.Reflection;
using Engram.Experiments.Recipes;
using Engram.Numerics;
using Engram.Supervised.Methods;
using Engram.Tasks;

namespace Engram.Experiments.Comparisons;

/// <summary>
/// Keys of a recipe that are the settings of a record, such as a method of credit assignment or a supervised problem: what is registered, one's own included, has its settings
/// in recipes by their names.
/// </summary>
/// <remarks>
/// A setting is a property that can be initialized and is a number, a flag, text or an enumeration, or null; others keep what the record was registered with. What it means, and its range, says its
/// <see cref="SettingAttribute"/>.
/// </remarks>
internal static class SettingKeys
{
    /// <summary>Names that text settings choose from.</summary>
    private static readonly Dictionary<string, Func<IReadOnlyList<string>>> Names = new(StringComparer.Ordinal)
    {
        ["dataset"] = () => Datasets.Registry.Names,
        ["learner"] = () => LocalPlasticitySpec.LearnerNames,
    };

    /// <summary>The keys of a record's settings.</summary>
    /// <param name="section">The section that they stand in.</param>
    /// <param name="settings">The record, whose values are the defaults.</param>
    /// <param name="what">What it is, for the summaries: "the problem 'images'".</param>
    public static IEnumerable<RecipeKey> Of(string section, object settings, string what)
    {
        foreach (PropertyInfo property in Properties(settings))
        {
            string leaf = RecipeSchema.Name(property.Name);
            (Type type, bool nullable) = TypeOf(property);
            IReadOnlyList<string> values = [];
            if (type.IsEnum)
            {
                values = [.. Enum.GetNames(type).Select(RecipeSchema.Name)];
            }

            RecipeValueKind kind = type.IsEnum || (type == typeof(string) && Names.ContainsKey(leaf)) ? RecipeValueKind.Choice
                : type == typeof(bool) ? RecipeValueKind.Flag
                : type == typeof(string) ? RecipeValueKind.Text
                : type == typeof(double) ? RecipeValueKind.Number
                : RecipeValueKind.Integer;
            SettingAttribute? said = property.GetCustomAttribute<SettingAttribute>();
            (double least, double most) = type == typeof(int) ? (0, int.MaxValue) : kind == RecipeValueKind.Integer ? (0, 1e15) : (double.NegativeInfinity, double.PositiveInfinity);
            yield return new RecipeKey($"{section}.{leaf}", kind, said?.Meaning ?? $"A setting of {what}.")
            {
                Unit = said?.Unit,
                Default = ToValue(property.GetValue(settings)),
                AllowsNone = nullable,
                AboveMinimum = said?.AboveMinimum ?? false,
                BelowMaximum = said?.BelowMaximum ?? false,
                Minimum = said is not null && double.IsFinite(said.Minimum) ? said.Minimum : least,
                Maximum = said is not null && double.IsFinite(said.Maximum) ? said.Maximum : most,
                Choices = type.IsEnum ? () => values : Names.GetValueOrDefault(leaf),
            };
        }
    }

    /// <summary>The record with a recipe's values.</summary>
    /// <typeparam name="T">The record's base.</typeparam>
    /// <param name="section">The section that its keys stand in.</param>
    /// <param name="settings">The record as registered.</param>
    /// <param name="v">The values.</param>
    public static T Bind<T>(string section, T settings, RecipeValues v)
        where T : class
    {
        // Every record has a method by which 'with' copies it.
        var copy = (T)settings.GetType().GetMethod("<Clone>$")!.Invoke(settings, null)!;
        foreach (PropertyInfo property in Properties(copy))
        {
            property.SetValue(copy, FromValue(v.Value($"{section}.{RecipeSchema.Name(property.Name)}"), TypeOf(property).Type));
        }

        return copy;
    }

    private static ImmutableArray<PropertyInfo> Properties(object settings) =>
    [
        .. settings.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p is { CanRead: true, CanWrite: true } && p.GetIndexParameters().Length == 0 && TypeOf(p).Type is var t
                && (t.IsEnum || t == typeof(int) || t == typeof(long) || t == typeof(ulong) || t == typeof(double) || t == typeof(bool) || t == typeof(string)))
            .OrderBy(p => p.MetadataToken),
    ];

    private static (Type Type, bool Nullable) TypeOf(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) is { } inner
        ? (inner, true)
        : (property.PropertyType, property.PropertyType == typeof(string) && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable);

    private static object? ToValue(object? value) => value switch
    {
        null => null,
        int or long or ulong => Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture),
        Enum => RecipeSchema.Name(value.ToString()!),
        _ => value,
    };

    private static object? FromValue(object? value, Type type) => value switch
    {
        null => null,
        string name when type.IsEnum => Enum.Parse(type, Enum.GetNames(type).First(n => RecipeSchema.Name(n) == name)),
        long number => Convert.ChangeType(number, type, System.Globalization.CultureInfo.InvariantCulture),
        _ => value,
    };
}
