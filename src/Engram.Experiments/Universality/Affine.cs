using System.Collections.Immutable;

namespace Engram.Experiments.Universality;

/// <summary>A weighted sum of the units of one layer, and a constant: what the next layer's units, or an output, are given.</summary>
/// <param name="Constant">The constant.</param>
/// <param name="Weights">The weights that are not 0, by unit.</param>
internal sealed record Affine(double Constant, ImmutableDictionary<int, double> Weights)
{
    /// <summary>A number.</summary>
    public static implicit operator Affine(double constant) => new(constant, ImmutableDictionary<int, double>.Empty);

    public static Affine operator +(Affine x, Affine y)
    {
        ImmutableDictionary<int, double>.Builder weights = x.Weights.ToBuilder();
        foreach ((int unit, double weight) in y.Weights)
        {
            weights[unit] = weights.GetValueOrDefault(unit) + weight;
        }

        return new Affine(x.Constant + y.Constant, weights.ToImmutable());
    }

    public static Affine operator -(Affine x, Affine y) => x + (y * -1);

    public static Affine operator *(Affine x, double factor) =>
        new(x.Constant * factor, x.Weights.ToImmutableDictionary(w => w.Key, w => w.Value * factor));

    /// <summary>The activity of one unit.</summary>
    public static Affine Unit(int unit) => new(0, ImmutableDictionary<int, double>.Empty.Add(unit, 1));

    /// <summary>Σ x.</summary>
    public static Affine Sum(IEnumerable<Affine> all) => all.Aggregate((Affine)0.0, (sum, x) => sum + x);
}
