using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace Engram.Cli.Tests;

/// <summary>
/// Where an assembly makes text of a number with a fraction, of a whole one in some format, or of a time, in an interpolated string without
/// saying in which culture. No analyzer tells
/// these from plain whole numbers, which are alike everywhere as long as they are not negative.
/// </summary>
internal static class CultureRule
{
    private static readonly OpCode[] OneByte = new OpCode[256], TwoBytes = new OpCode[256];
    private static readonly string[] Cultural =
    [
        nameof(Double), nameof(Single), nameof(Half), nameof(Decimal), nameof(DateTime), nameof(DateTimeOffset), nameof(DateOnly),
            nameof(TimeOnly), nameof(TimeSpan),
    ];

    // Alike everywhere as they are, but not in groups of three digits.
    private static readonly string[] Whole =
        [nameof(Int32), nameof(Int64), nameof(UInt32), nameof(UInt64), nameof(Byte), nameof(Int16), nameof(UInt16)];

    static CultureRule()
    {
        foreach (OpCode code in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (OpCode)f.GetValue(null)!))
        {
            (code.Size == 1 ? OneByte : TwoBytes)[(byte)code.Value] = code;
        }
    }

    /// <summary>Methods that do, by name.</summary>
    public static ImmutableArray<string> Violations(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        var found = ImmutableArray.CreateBuilder<string>();
        foreach (MethodDefinition method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition))
        {
            if (method.RelativeVirtualAddress > 0
                && Formats(file.GetMethodBody(method.RelativeVirtualAddress).GetILReader(), metadata) is { } type)
            {
                string owner = metadata.GetString(metadata.GetTypeDefinition(method.GetDeclaringType()).Name);
                found.Add($"{owner}.{metadata.GetString(method.Name)}: {type}");
            }
        }

        return found.ToImmutable();
    }

    // Handlers are nested where a hole has an interpolated string of its own: the one made last takes what comes, until it is read.
    private static string? Formats(BlobReader code, MetadataReader metadata)
    {
        var withCulture = new Stack<bool>();
        while (code.RemainingBytes > 0)
        {
            byte first = code.ReadByte();
            OpCode operation = first == 0xfe ? TwoBytes[code.ReadByte()] : OneByte[first];
            if (operation.OperandType != OperandType.InlineMethod)
            {
                Skip(ref code, operation.OperandType);
                continue;
            }

            (string owner, string name, int arguments, string? type) = Called(metadata, MetadataTokens.EntityHandle(code.ReadInt32()));
            if (owner == nameof(DefaultInterpolatedStringHandler))
            {
                if (name == ".ctor")
                {
                    withCulture.Push(arguments > 2);
                }
                else if (name == nameof(DefaultInterpolatedStringHandler.ToStringAndClear))
                {
                    withCulture.TryPop(out _);
                }
                else if (type is not null && withCulture.TryPeek(out bool has) && !has)
                {
                    return type;
                }
            }
            else if (owner == nameof(String) && name == nameof(string.Create))
            {
                withCulture.TryPop(out _);
            }
        }

        return null;
    }

    private static void Skip(ref BlobReader code, OperandType operand)
    {
        int bytes = operand switch
        {
            OperandType.InlineNone => 0,
            OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
            OperandType.InlineVar => 2,
            OperandType.InlineI8 or OperandType.InlineR => 8,
            OperandType.InlineSwitch => 4 * code.ReadInt32(),
            _ => 4,
        };
        code.Offset += bytes;
    }

    // The type is that of a generic call's argument where its text depends on the culture.
    private static (string Owner, string Name, int Arguments, string? Type) Called(MetadataReader metadata, EntityHandle method)
    {
        string? argument = null;
        if (method.Kind == HandleKind.MethodSpecification)
        {
            MethodSpecification specification = metadata.GetMethodSpecification((MethodSpecificationHandle)method);
            argument = specification.DecodeSignature(new TypeNames(metadata), null)[0];
            method = specification.Method;
        }

        if (method.Kind != HandleKind.MemberReference)
        {
            return (string.Empty, string.Empty, 0, null);
        }

        MemberReference member = metadata.GetMemberReference((MemberReferenceHandle)method);
        string owner = member.Parent.Kind == HandleKind.TypeReference
            ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name) : string.Empty;
        ImmutableArray<string> arguments = member.GetKind() == MemberReferenceKind.Method
            ? member.DecodeMethodSignature(new TypeNames(metadata), null).ParameterTypes : [];
        bool cultural = Cultural.Contains(argument, StringComparer.Ordinal)
            || (arguments.Contains(nameof(String), StringComparer.Ordinal) && Whole.Contains(argument, StringComparer.Ordinal));
        return (owner, metadata.GetString(member.Name), arguments.Length, cultural ? argument : null);
    }

    // Names of types; a nullable one has that of what it holds.
    private sealed class TypeNames(MetadataReader metadata) : ISignatureTypeProvider<string, object?>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            metadata.GetString(reader.GetTypeReference(handle).Name);

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            metadata.GetString(reader.GetTypeDefinition(handle).Name);

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            genericType.StartsWith(nameof(Nullable), StringComparison.Ordinal) ? typeArguments[0] : genericType;

        public string GetTypeFromSpecification(
            MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => string.Empty;

        public string GetArrayType(string elementType, ArrayShape shape) => string.Empty;

        public string GetByReferenceType(string elementType) => string.Empty;

        public string GetFunctionPointerType(MethodSignature<string> signature) => string.Empty;

        public string GetGenericMethodParameter(object? genericContext, int index) => string.Empty;

        public string GetGenericTypeParameter(object? genericContext, int index) => string.Empty;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;

        public string GetPinnedType(string elementType) => elementType;

        public string GetPointerType(string elementType) => string.Empty;

        public string GetSZArrayType(string elementType) => string.Empty;
    }
}
