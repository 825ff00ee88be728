using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;

namespace Engram.Experiments.Sweeps;

/// <summary>How a sweep chooses settings.</summary>
public enum SweepSearch
{
    /// <summary>Every combination of the values.</summary>
    Grid,

    /// <summary>As many random combinations as there are trials.</summary>
    Random,
}

/// <summary>When a sweep gives a setting up before the end of meta-training.</summary>
public enum SweepStopping
{
    /// <summary>Never.</summary>
    None,

    /// <summary>Successive halving: at each rung the best 1/factor go on (Jamieson and Talwalkar 2016).</summary>
    Halving,

    /// <summary>At each rung those that are no worse than the median go on.</summary>
    Median,
}

/// <summary>One key that a sweep varies: either a list of values, or a range of numbers.</summary>
/// <param name="Key">The key's path in a recipe.</param>
public sealed record SweepAxis(string Key)
{
    /// <summary>The values, as a recipe writes them; empty for a range.</summary>
    public ImmutableArray<string> Values { get; init; } = [];

    /// <summary>Lower end of a range.</summary>
    public double From { get; init; }

    /// <summary>Upper end of a range.</summary>
    public double To { get; init; }

    /// <summary>Whether numbers are spread evenly in their logarithm.</summary>
    public bool IsLogarithmic { get; init; }

    /// <summary>How many values a grid takes from a range, both ends among them.</summary>
    public int Points { get; init; } = 3;

    /// <summary>Whether the numbers are whole.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The value at a share of the range, from 0 to 1, as a recipe writes it: both ends as given, and between them three
    /// significant digits, or as many as tell twenty values apart.</summary>
    public string At(double share)
    {
        if (share is <= 0 or >= 1)
        {
            return IsWhole ? RecipeNumbers.Format((object)(long)Math.Round(share <= 0 ? From : To))
                : RecipeNumbers.Format(share <= 0 ? From : To);
        }

        double value = IsLogarithmic ? From * Math.Pow(To / From, share) : From + ((To - From) * share);
        if (IsWhole)
        {
            return RecipeNumbers.Format((object)(long)Math.Round(value));
        }

        double rounded = double.Parse(value.ToString($"E{Digits() - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return RecipeNumbers.Format(Math.Clamp(rounded, From, To));
    }

    /// <summary>A value of the range, as a recipe writes it: whole numbers are as likely each, their logarithms' shares of the range where
    /// they are spread so.</summary>
    /// <param name="uniform">A uniform number, at least 0 and below 1.</param>
    public string Draw(double uniform) =>
        IsWhole && !IsLogarithmic ? RecipeNumbers.Format((object)(long)Math.Min(To, Math.Floor(From + ((To - From + 1) * uniform))))
            : At(uniform);

    private int Digits()
    {
        const int Fewest = 3, Most = 15, ValuesApart = 20;
        double unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(Math.Abs(From), Math.Abs(To)))) + 1 - Fewest);
        int digits = Fewest;
        for (; digits < Most && unit > (To - From) / ValuesApart; digits++)
        {
            unit /= 10;
        }

        return digits;
    }
}

/// <summary>A search for settings: what is varied, how, and when a setting is given up.</summary>
public sealed record SweepSpec
{
    /// <summary>The recipe that settings are laid over: a built-in one, or a file relative to the sweep's.</summary>
    public required string Recipe { get; init; }

    /// <summary>How settings are chosen.</summary>
    public SweepSearch Search { get; init; }

    /// <summary>How many settings a random search tries.</summary>
    public int Trials { get; init; } = 20;

    /// <summary>Seed of a random search.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Networks of each setting, with the seeds 1, 2, ….</summary>
    public int Networks { get; init; } = 1;

    /// <summary>What is set in all of them, as <c>key.path=value</c>.</summary>
    public ImmutableArray<string> Settings { get; init; } = [];

    /// <summary>What is varied.</summary>
    public required ImmutableArray<SweepAxis> Vary { get; init; }

    /// <summary>When a setting is given up.</summary>
    public SweepStopping Stopping { get; init; }

    /// <summary>Outer steps of the first rung.</summary>
    public long FirstRung { get; init; } = 100;

    /// <summary>Each rung has so many times the outer steps of the one before; of halving also the inverse of the share that goes
    /// on.</summary>
    public double Factor { get; init; } = 3;

    /// <summary>Lifetimes of the meta-validation split that settings are compared on.</summary>
    public int ValidationLifetimes { get; init; } = 50;

    /// <summary>Where what is set stands, as <c>file:line</c>, by <c>key.path=value</c>, and for ranges by the key: for messages as it is
    /// drawn, not kept with it.</summary>
    internal ImmutableDictionary<string, string> Places { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Outer steps at which settings are compared: the rungs, and the end of meta-training.</summary>
    public ImmutableArray<long> Rungs(long outerSteps)
    {
        var rungs = ImmutableArray.CreateBuilder<long>();
        for (double rung = FirstRung; Stopping != SweepStopping.None && rung < outerSteps; rung *= Factor)
        {
            if (rungs.Count == 0 || (long)rung > rungs[^1])
            {
                rungs.Add((long)rung);
            }
        }

        rungs.Add(outerSteps);
        return rungs.ToImmutable();
    }

    /// <summary>How many of the settings that came to a rung go on to the next.</summary>
    /// <param name="losses">Their losses, rising; infinite where they diverged.</param>
    public int Survivors(IReadOnlyList<double> losses)
    {
        int whole = losses.Count(double.IsFinite);
        return Stopping switch
        {
            SweepStopping.None => whole,
            SweepStopping.Halving => Math.Min(whole, (int)Math.Ceiling(losses.Count / Factor)),
            _ => Math.Min(whole, losses.Count(l => l <= losses[(losses.Count - 1) / 2])),
        };
    }
}
