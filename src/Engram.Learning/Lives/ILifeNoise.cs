using System.Numerics;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>The noise that a life is born with: for each name the same numbers, however often they are asked for.</summary>
public interface ILifeNoise
{
    /// <summary>Writes independent standard normal numbers.</summary>
    /// <param name="name">What they are for, such as <c>layer3.weight</c>.</param>
    /// <param name="values">What is overwritten.</param>
    void Fill<T>(string name, Tensor<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>Noise from a random stream, split by name. The stream may be exchanged for that of the next life.</summary>
public sealed class SeededLifeNoise : ILifeNoise
{
    /// <summary>Takes a stream, of which only splits are read.</summary>
    public SeededLifeNoise(RandomStream stream) => Stream = stream;

    /// <summary>The life's stream.</summary>
    public RandomStream Stream { get; set; }

    /// <inheritdoc/>
    public void Fill<T>(string name, Tensor<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RandomStream own = Stream.Split(name);
        for (int r = 0; r < values.Rows; r++)
        {
            own.FillNormal(values.Row(r), 1);
        }
    }
}

/// <summary>Brings a life's noise onto a tape.</summary>
internal static class LifeNoise
{
    /// <summary>Begins the last part of names whose numbers are the same in every life.</summary>
    public const string FixedPrefix = "fixed-";

    private static readonly SeededLifeNoise Fixed = new(new RandomStream(0));

    /// <summary>What a birth draws from.</summary>
    public static Func<string, int, int, Var> On<T>(Tape<T> tape, Arena arena, ILifeNoise? noise)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => (name, rows, columns) =>
        {
            Tensor<T> values = arena.Allocate<T>(rows, columns);
            Fill(noise, name, values);
            return tape.Leaf(values);
        };

    /// <summary>Draws numbers of a life.</summary>
    /// <exception cref="EngramException">Nobody draws them.</exception>
    public static void Fill<T>(ILifeNoise? noise, string name, Tensor<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (name.AsSpan(name.LastIndexOf('.') + 1).StartsWith(FixedPrefix, StringComparison.Ordinal))
        {
            Fixed.Fill(name, values);
            return;
        }

        if (noise is null)
        {
            throw new EngramException(
                $"Found a lifetime without noise for a learner whose lives are born with some ('{name}'), expected Lifetime.Noise, such " +
                $"as a SeededLifeNoise.");
        }

        noise.Fill(name, values);
    }
}
