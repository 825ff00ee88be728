using System.Globalization;
using System.Reflection;

namespace Engram.Numerics.Text;

/// <summary>What a setting of a record means and takes, said once: whoever reads it from a file, lists it in a table, or checks it, takes
/// it from here.</summary>
/// <param name="meaning">What it means, in one line.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingAttribute(string meaning) : Attribute
{
    /// <summary>A number's setting with its range, ends included; infinite for no end.</summary>
    public SettingAttribute(double minimum, double maximum, string meaning)
        : this(meaning) => (Minimum, Maximum) = (minimum, maximum);

    /// <summary>What it means, in one line.</summary>
    public string Meaning { get; } = meaning;

    /// <summary>Least number.</summary>
    public double Minimum { get; } = double.NegativeInfinity;

    /// <summary>Greatest number.</summary>
    public double Maximum { get; } = double.PositiveInfinity;

    /// <summary>Whether <see cref="Minimum"/> itself is too small.</summary>
    public bool AboveMinimum { get; init; }

    /// <summary>Whether <see cref="Maximum"/> itself is too great.</summary>
    public bool BelowMaximum { get; init; }

    /// <summary>What a number counts or is measured in, such as "examples"; null where it is a plain number.</summary>
    public string? Unit { get; init; }

    /// <summary>Its name in files; null for the property's own, as <see cref="Setting.NameOf"/> writes it.</summary>
    public string? Name { get; init; }

    /// <summary>Of text that is one of some names: the static property of the declaring type, an <see cref="IReadOnlyList{T}"/> of text,
    /// that lists them. Null for any text.</summary>
    public string? NamesFrom { get; init; }

    /// <summary>Checks every number among the settings of a record: finite, and in its range where it has one; null is in every
    /// range.</summary>
    /// <param name="settings">The record.</param>
    /// <param name="what">What it is of, for the message: "the two-link arm".</param>
    /// <exception cref="SettingException">One is out of its range, or no finite number.</exception>
    public static void Check(object settings, string what)
    {
        foreach (PropertyInfo property in settings.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<SettingAttribute>() is { } range && property.GetValue(settings) is IConvertible value
                && value is not (string or bool or Enum)
                && !range.Takes(value.ToDouble(CultureInfo.InvariantCulture)))
            {
                throw new SettingException(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"Found {value} for {property.Name} of {what}, expected " +
                    $"{(range.AboveMinimum ? "above " : string.Empty)}{range.Minimum} to " +
                    $"{(range.BelowMaximum ? "below " : string.Empty)}{range.Maximum}."), property.Name);
            }
        }
    }

    private bool Takes(double number) =>
        double.IsFinite(number) && (AboveMinimum ? number > Minimum : number >= Minimum)
        && (BelowMaximum ? number < Maximum : number <= Maximum);
}
