using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>
/// Which group of meta-parameters has grown most since meta-training began: where numbers overflow, it is as a rule the rate of that group
/// which is too high, whatever came to be infinite
/// first.
/// </summary>
/// <remarks>A group is what has a meta-rate of its own; its size is the root mean square of its numbers. Groups that start at 0 count as if
/// they started at <see cref="Least"/>.</remarks>
internal sealed class MetaGrowth
{
    /// <summary>What a group's size counts for at least: what α of use are.</summary>
    internal const double Least = 1e-3;

    /// <summary>Growth that tells.</summary>
    private const double Notable = 10;

    private readonly MetaParameters<float> parameters;
    private readonly (string Group, int[] Members, double Start)[] groups;

    /// <summary>Remembers how large groups are.</summary>
    public MetaGrowth(MetaParameters<float> parameters)
    {
        this.parameters = parameters;
        groups =
        [
            .. parameters.Layout.Parameters.Select((p, i) => (Group: NameOf(p), Index: i))
                .GroupBy(p => p.Group, p => p.Index, StringComparer.Ordinal)
                .Select(g => (g.Key, g.ToArray(), Math.Max(Least, Size(parameters, g)))),
        ];
    }

    /// <summary>What to do about numbers that are not finite.</summary>
    public string Advice()
    {
        (string group, double growth) = groups.Select(g => (g.Group, Growth: Size(parameters, g.Members) / g.Start)).MaxBy(g => g.Growth);
        return growth >= Notable
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{group} has grown {growth:0.#e0} times as large since the start: lower its meta-rate, or clip the meta-gradient.")
            : "No group of meta-parameters has grown tenfold since the start: lower the initial values of α, or clip the meta-gradient.";
    }

    // As MetaRates divides them.
    private static string NameOf(ParameterSpec parameter) => parameter.Role switch
    {
        ParameterRoles.FeedforwardWeights or ParameterRoles.Biases => "W (with b)",
        ParameterRoles.FeedbackWeights or ParameterRoles.FeedbackBiases => "B (with c)",
        ParameterRoles.Plasticity => "α",
        ParameterRoles.FeedbackPlasticity => "α of B",
        ParameterRoles.FeedbackStrength => "β",
        var role => $"'{role}'",
    };

    private static double Size(MetaParameters<float> values, IEnumerable<int> members)
    {
        double sum = 0, count = 0;
        foreach (int i in members)
        {
            Tensor<float> tensor = values[i];
            for (int r = 0; r < tensor.Rows; r++)
            {
                foreach (float x in tensor.Row(r))
                {
                    sum += (double)x * x;
                }
            }

            count += tensor.Count;
        }

        return Math.Sqrt(sum / Math.Max(1, count));
    }
}
