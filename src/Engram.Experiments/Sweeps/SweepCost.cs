using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Runs;

namespace Engram.Experiments.Sweeps;

/// <summary>What a search cost and whether its answer lies at the edge of what was tried: both stand beside a learner that was tuned by
/// it.</summary>
/// <param name="Settings">Settings that were tried.</param>
/// <param name="Finished">Settings that came to the end of meta-training.</param>
/// <param name="OuterSteps">Outer steps of all their networks together.</param>
/// <param name="Lifetimes">Lifetimes of meta-training, likewise.</param>
/// <param name="ValidationLifetimes">Lifetimes of meta-validation that each setting was compared on.</param>
/// <param name="Edges">Keys whose best value is at an end of what was tried, in sentences.</param>
public sealed record SweepCost(
    int Settings, int Finished, long OuterSteps, long Lifetimes, int ValidationLifetimes, ImmutableArray<string> Edges)
{
    // Of a random search no trial lies on the end itself.
    private const double NearAnEnd = 0.1;

    /// <summary>The cost in a sentence.</summary>
    public string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"Cost: {Settings} settings, {Finished} to the end; {OuterSteps:N0} outer steps and {Lifetimes:N0} lifetimes of meta-training " +
            $"in all, compared on {ValidationLifetimes:N0} lifetimes of meta-validation.");

    /// <summary>The cost of a sweep.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="spec">The sweep.</param>
    /// <param name="outcomes">The outcomes, the best first.</param>
    /// <exception cref="Engram.Numerics.Text.EngramException">A run's recipe cannot be read.</exception>
    public static SweepCost Of(string folder, SweepSpec spec, ImmutableArray<SweepOutcome> outcomes)
    {
        long steps = 0, lifetimes = 0;
        foreach (SweepOutcome outcome in outcomes)
        {
            foreach (string run in outcome.Trial.Runs)
            {
                steps += outcome.OuterSteps;
                lifetimes += outcome.OuterSteps * RunDirectory.ReadRecipe(Path.Combine(folder, run)).MetaTraining.LifetimesPerOuterStep;
            }
        }

        return new SweepCost(
            outcomes.Length, outcomes.Count(o => o.Finished), steps, lifetimes, spec.ValidationLifetimes, outcomes[0].Finished
            ? EdgesOf(spec, outcomes[0].Trial.Settings) : []);
    }

    /// <summary>Warnings for numbers at an end of their range or list, from which a better one may lie beyond.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="best">The best settings, in the order of what is varied.</param>
    internal static ImmutableArray<string> EdgesOf(SweepSpec spec, ImmutableArray<string> best) =>
        [.. spec.Vary.Zip(best, (axis, setting) => EdgeOf(axis, setting.Split('=', 2)[1])).OfType<string>()];

    private static string? EdgeOf(SweepAxis axis, string value)
    {
        double[] tried = [.. axis.Values.Select(v => Number(v)).OfType<double>()];
        bool isRange = axis.Values.IsEmpty;
        if (Number(value) is not { } best || (!isRange && tried.Length < axis.Values.Length))
        {
            return null;
        }

        (double from, double to) = isRange ? (axis.From, axis.To) : (tried.Min(), tried.Max());
        double share = axis.IsLogarithmic ? Math.Log(best / from) / Math.Log(to / from) : (best - from) / (to - from);
        double near = isRange ? NearAnEnd : 0;
        string? end = from == to ? null : share <= near ? "lower" : share >= 1 - near ? "upper" : null;
        return end is null ? null : $"{axis.Key}: the best, {value}, is at the {end} end of what was tried; a better one may lie beyond.";
    }

    private static double? Number(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
