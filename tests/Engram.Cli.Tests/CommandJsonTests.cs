using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Engram.Cli.Commands;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

/// <summary>What commands print as JSON has its members from the build, for a program compiled ahead of time has no others.</summary>
public sealed class CommandJsonTests
{
    public static TheoryData<string> Contexts => new(nameof(CommandJsonContext), nameof(ResultJsonContext));

    [Theory]
    [MemberData(nameof(Contexts))]
    public void Members_OfAllThatIsPrinted_AreGeneratedAndEnumerationsHaveNames(string name)
    {
        JsonSerializerContext context = name == nameof(CommandJsonContext) ? CommandJson.Types : PrintedJson.Results;
        var seen = new HashSet<Type>();
        var wrong = new List<string>();
        foreach (CustomAttributeData root in context.GetType().CustomAttributes.Where(
            a => a.AttributeType == typeof(JsonSerializableAttribute)))
        {
            Walk(context, (Type)root.ConstructorArguments[0].Value!, seen, wrong);
        }

        Assert.True(seen.Count > 10, $"Only {seen.Count} types were looked at.");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Reflection_InJson_IsOff() => Assert.False(JsonSerializer.IsReflectionEnabledByDefault);

    private static void Walk(JsonSerializerContext context, Type type, HashSet<Type> seen, List<string> wrong)
    {
        if (!seen.Add(type))
        {
            return;
        }

        if (context.GetTypeInfo(type) is not { } members)
        {
            wrong.Add($"{type}: no members");
            return;
        }

        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsEnum && !context.Options.Converters.Any(c => c.CanConvert(plain)))
        {
            wrong.Add($"{plain}: an enumeration that is printed as a number");
        }

        // Fields of tuples are left out, and a tuple without them prints as {}.
        if (type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal) || type == typeof(object))
        {
            wrong.Add($"{type}: has no members of a name");
        }

        if (members.ElementType is { } element)
        {
            Walk(context, element, seen, wrong);
        }

        foreach (JsonPropertyInfo member in members.Properties)
        {
            Walk(context, member.PropertyType, seen, wrong);
        }
    }
}
