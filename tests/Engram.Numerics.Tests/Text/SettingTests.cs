using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests;

public class SettingTests
{
    [Fact]
    public void Of_Record_HasItsAttributedPropertiesBaseFirst()
    {
        ImmutableArray<Setting> settings = Setting.Of(typeof(Whole));

        Assert.Equal(
            ["base", "big-flag", "how-many", "rate", "label", "colour", "of-those", "sizes", "shares", "part"],
            settings.Select(s => s.Name));
        Assert.Equal(
            [SettingKind.Whole, SettingKind.Flag, SettingKind.Whole, SettingKind.Number, SettingKind.Text, SettingKind.Choice,
                SettingKind.Choice, SettingKind.WholeList, SettingKind.NumberList, SettingKind.Entry],
            settings.Select(s => s.Kind));
        Assert.Equal(["rate", "label", "part"], settings.Where(s => s.AllowsNone).Select(s => s.Name));
        Assert.Equal((1.0, 9.0, "things"), (settings[2].Minimum, settings[2].Maximum, settings[2].Unit));
        Assert.Equal(["deep-blue", "red"], settings[5].Choices);
        Assert.Equal(["these", "those"], settings[6].Choices);
        Assert.Equal(["large", "small"], settings[9].Choices);
    }

    [Fact]
    public void Configured_EveryKind_CopiesAndLeavesThePrototype()
    {
        var values = new Dictionary<string, object?>
        {
            ["base"] = 7L,
            ["big-flag"] = true,
            ["how-many"] = 3L,
            ["rate"] = null,
            ["label"] = "x",
            ["colour"] = "deep-blue",
            ["of-those"] = "those",
            ["sizes"] = ImmutableArray.Create(1, 2),
            ["shares"] = ImmutableArray.Create(0.5),
            ["part"] = new Part { Length = 8 },
        };
        var prototype = new Whole { Kept = "kept" };

        Whole found = Setting.Configured(prototype, s => values[s.Name]);

        Assert.Equal(
            (7UL, true, 3, null, "x", Colour.DeepBlue, "those", "kept"),
            (found.Base, found.IsBig, found.HowMany, found.Rate, found.Label, found.Colour, found.OfThose, found.Kept));
        Assert.Equal([1, 2], found.Sizes.AsEnumerable());
        Assert.Equal(new Part { Length = 8 }, found.Part);
        Assert.Equal(values.Values, Setting.Of(typeof(Whole)).Select(s => s.Read(found)));
        Assert.Equal((2UL, 0.5), (prototype.Base, prototype.Rate));
    }

    [Fact]
    public void Of_WrongProperties_NamesThem()
    {
        Assert.Equal(
            "Found the setting When of OddType of type DateTime, expected a flag, a number, text, an enumeration, a list of numbers, or " +
            "a type that has a registry.", Message(() => Setting.Of(typeof(OddType))));
        Assert.Equal(
            "Found the setting Fixed of NoInit that cannot be initialized, expected one with 'init'.",
            Message(() => Setting.Of(typeof(NoInit))));
        Assert.Equal(
            "Found two settings named 'a' on Twice, expected names that differ; rename one of the two.",
            Message(() => Setting.Of(typeof(Twice))));
        Assert.Equal(
            "Found settings on the class NoRecord, expected them on a record, which can be copied with other values; make it one.",
            Message(() => Setting.Configured(new NoRecord(), s => 1L)));
        Assert.Contains("expected a static property of that name", Message(() => Setting.Of(typeof(NoNames))), StringComparison.Ordinal);

        static string Message(Func<object> act) => Assert.Throws<EngramException>(() => _ = act()).Message;
    }

    [Fact]
    public void Registries_EntryType_IsFoundByThePropertyThatHoldsItsRegistry()
    {
        Assert.Same(Parts.Registry, Registries.Of(typeof(IPart)));
        Assert.Null(Registries.Of(typeof(Whole)));
        Assert.Equal("small", Registries.NameOf(Parts.Registry, new Part { Length = 1 }));
        Assert.Equal("large", Registries.NameOf(Parts.Registry, new Part { Length = 99 }));
        Assert.Null(Registries.NameOf(Parts.Registry, new Unregistered()));
    }

    internal enum Colour
    {
        DeepBlue,
        Red,
    }

    internal interface IPart;

    internal static class Parts
    {
        public static Registry<IPart> Registry { get; } = Make();

        private static Registry<IPart> Make()
        {
            var parts = new Registry<IPart>("part");
            parts.Register("small", new Part(), "one");
            parts.Register("large", new Part { Length = 99 }, "another");
            return parts;
        }
    }

    internal sealed record Part : IPart
    {
        [Setting("How long.")]
        public int Length { get; init; } = 1;
    }

    internal sealed record Unregistered : IPart;

    internal abstract record Basis
    {
        [Setting("Of the base.")]
        public ulong Base { get; init; } = 2;
    }

    internal sealed record Whole : Basis
    {
        [Setting("A flag.", Name = "big-flag")]
        public bool IsBig { get; init; }

        [Setting(1, 9, "Some.", Unit = "things")]
        public int HowMany { get; init; } = 4;

        [Setting("Fast.")]
        public double? Rate { get; init; } = 0.5;

        [Setting("Words.")]
        public string? Label { get; init; }

        [Setting("Hue.")]
        public Colour Colour { get; init; } = Colour.Red;

        [Setting("Some names.", NamesFrom = nameof(All))]
        public string OfThose { get; init; } = "these";

        [Setting("Sizes.")]
        public ImmutableArray<int> Sizes { get; init; } = [];

        [Setting("Shares.")]
        public ImmutableArray<double> Shares { get; init; } = [];

        [Setting("A part.")]
        public IPart? Part { get; init; }

        public string Kept { get; init; } = string.Empty;

        private static IReadOnlyList<string> All => ["these", "those"];
    }

    private sealed record OddType
    {
        [Setting("A day.")]
        public DateTime When { get; init; }
    }

    private sealed record NoInit
    {
        [Setting("Fixed.")]
        public int Fixed => 1;
    }

    private sealed record Twice
    {
        [Setting("One.")]
        public int A { get; init; }

        [Setting("Two.", Name = "a")]
        public int B { get; init; }
    }

    private sealed record NoNames
    {
        [Setting("One.", NamesFrom = "Nowhere")]
        public string A { get; init; } = string.Empty;
    }

    private sealed class NoRecord
    {
        [Setting("One.")]
        public int A { get; init; }
    }
}
