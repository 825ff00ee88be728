namespace Engram.Numerics.Text;

/// <summary>What files call a kind of record that is in no registry, such as one of several schedules: the type can then be renamed without
/// orphaning them.</summary>
/// <param name="name">The name: lower case, words joined by hyphens.</param>
/// <param name="formerTypes">Names that the type has had, in files that name types.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class SettingsNameAttribute(string name, params string[] formerTypes) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <summary>Names that the type has had.</summary>
    public IReadOnlyList<string> FormerTypes { get; } = formerTypes;
}
