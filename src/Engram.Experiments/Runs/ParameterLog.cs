using System.Collections.Immutable;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>One line of <c>parameters.jsonl</c>: the meta-parameters at one moment of meta-training, as far as a person can look at
/// them.</summary>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="Numbers">Every number of parameters of at most <see cref="MostNumbers"/>, but weights and biases: θ, κ, λ, β.</param>
/// <param name="Sizes">Root mean square of all others.</param>
public sealed record ParameterLine(
    long OuterStep, IReadOnlyDictionary<string, IReadOnlyList<double>> Numbers, IReadOnlyDictionary<string, double> Sizes)
{
    /// <summary>Parameters of more numbers have their size alone.</summary>
    public const int MostNumbers = 64;

    // Their single numbers mean nothing by themselves, however few there are.
    private static readonly string[] SizeAlone =
        [ParameterRoles.FeedforwardWeights, ParameterRoles.Biases, ParameterRoles.FeedbackWeights, ParameterRoles.FeedbackBiases];

    /// <summary>What there is to say of meta-parameters.</summary>
    public static ParameterLine Of(long outerStep, MetaParameters<float> parameters)
    {
        var numbers = new SortedDictionary<string, IReadOnlyList<double>>(StringComparer.Ordinal);
        var sizes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterSpec spec = parameters.Layout.Parameters[i];
            double[] values = TensorNumbers.ToDoubles(parameters[i]);
            if (values.Length <= MostNumbers && !SizeAlone.Contains(spec.Role, StringComparer.Ordinal))
            {
                numbers.Add(spec.Name, values);
            }
            else
            {
                sizes.Add(spec.Name, Math.Sqrt(values.Sum(v => v * v) / values.Length));
            }
        }

        return new ParameterLine(outerStep, numbers, sizes);
    }
}

/// <summary><c>parameters.jsonl</c>: some two hundred moments of meta-training, one JSON object a line.</summary>
public sealed class ParameterLog : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "parameters.jsonl";

    private const int Moments = 200;
    private readonly JsonLines<ParameterLine> lines;
    private readonly long every;

    private ParameterLog(JsonLines<ParameterLine> lines, long every) => (this.lines, this.every) = (lines, every);

    /// <summary>Goes on after an outer step: lines beyond it, which a resumed run writes again, are dropped, and so is what is
    /// damaged.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="afterOuterStep">The step.</param>
    /// <param name="outerSteps">How many there will be.</param>
    /// <exception cref="EngramException">The file cannot be written.</exception>
    public static ParameterLog Continue(string folder, long afterOuterStep, long outerSteps)
    {
        string path = Path.Combine(folder, FileName);
        return new(
            JsonLines<ParameterLine>.Continue(path, RunsJson.Parameters, InOrder(folder).RemoveAll(l => l.OuterStep > afterOuterStep)),
            Math.Max(1, outerSteps / Moments));
    }

    /// <summary>The lines of a run in the order of their outer steps; none where there is no file, as of runs of earlier
    /// versions.</summary>
    /// <exception cref="EngramException">The file cannot be read.</exception>
    public static ImmutableArray<ParameterLine> Read(string folder) => InOrder(folder);

    /// <summary>Writes a line where one is due.</summary>
    /// <param name="outerStep">Outer steps done.</param>
    /// <param name="isLast">Whether meta-training ends with it.</param>
    /// <param name="parameters">The meta-parameters.</param>
    public void Add(long outerStep, bool isLast, MetaParameters<float> parameters)
    {
        if (outerStep % every == 0 || isLast)
        {
            lines.Add(ParameterLine.Of(outerStep, parameters));
        }
    }

    /// <inheritdoc cref="JsonLines{T}.Flush"/>
    public void Flush() => lines.Flush();

    /// <inheritdoc/>
    public void Dispose() => lines.Dispose();

    private static ImmutableArray<ParameterLine> InOrder(string folder) =>
    [
        .. JsonLines<ParameterLine>.Read(Path.Combine(folder, FileName), RunsJson.Parameters)
            .DistinctBy(l => l.OuterStep).OrderBy(l => l.OuterStep),
    ];
}
