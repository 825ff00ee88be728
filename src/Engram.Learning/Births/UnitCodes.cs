using Engram.Numerics.Autodiff;

namespace Engram.Learning.Births;

/// <summary>Constant matrices that say of each unit of a layer what it is: its type, its number in binary.</summary>
internal static class UnitCodes
{
    /// <summary>One-hot rows, [units, types]: unit i is of type ⌊i types / units⌋.</summary>
    public static Var Types(Tape tape, int units, int types)
    {
        var rows = new Var[types];
        for (int type = 0; type < types; type++)
        {
            // The first unit of a type is the first whose number times types reaches it.
            int first = First(type), end = First(type + 1);
            rows[type] = tape.Constant(end - first, 1, 1).PadRows(first, units).Transpose();
        }

        return Stack(rows).Transpose();

        int First(int type) => (int)((((long)type * units) + types - 1) / types);
    }

    /// <summary>The bits of each unit's number as −1 and 1, lowest first, [units, <see cref="Bits"/>].</summary>
    public static Var Binary(Tape tape, int units)
    {
        int bits = Bits(units);
        var rows = new Var[bits];
        Var low = (tape.Constant(1, 1, 2).PadRows(1, 2)) - 1;
        for (int bit = 0; bit < bits; bit++)
        {
            // −1 as often as the bit's worth, 1 as often, and that over and over.
            int run = 1 << bit, period = 2 * run, periods = (units + period - 1) / period;
            Var pattern = low.BroadcastTo(2, run).Row();
            rows[bit] = pattern.BroadcastTo(periods, period).Column().SliceRows(0, units).Transpose();
        }

        return Stack(rows).Transpose();
    }

    /// <summary>Bits that number so many units, one at least.</summary>
    public static int Bits(int units) => Math.Max(1, System.Numerics.BitOperations.Log2((uint)Math.Max(1, units - 1)) + 1);

    private static Var Stack(Var[] rows)
    {
        Var stacked = rows[0].PadRows(0, rows.Length);
        for (int i = 1; i < rows.Length; i++)
        {
            stacked += rows[i].PadRows(i, rows.Length);
        }

        return stacked;
    }
}
