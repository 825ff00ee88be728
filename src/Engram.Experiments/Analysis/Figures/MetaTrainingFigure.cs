using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Runs;
using Engram.Figures;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>How meta-parameters come to be: every number of those of few, such as θ of a learnt rule and β, and the size of α, W and B,
/// over the outer steps.</summary>
/// <remarks>From <c>parameters.jsonl</c> of the runs. A run of an earlier version has none: of it there is what it ended as.</remarks>
internal sealed class MetaTrainingFigure : IRunFigure
{
    private const int MostLines = 8;
    private static readonly string[] SizesShown =
        [ParameterRoles.Plasticity, ParameterRoles.FeedforwardWeights, ParameterRoles.FeedbackWeights, ParameterRoles.FeedbackPlasticity];

    /// <inheritdoc/>
    public TraceParts Needs => TraceParts.None;

    /// <inheritdoc/>
    public RunFigure Draw(RunFigureRequest request)
    {
        var panels = new OrderedDictionary<(string Title, string Axis), List<Series>>();
        var rows = new List<SummaryRow>();
        foreach (LearnerAnalysis learner in request.Learners)
        {
            (long[] steps, Dictionary<long, ParameterLine>[] known) = Known(learner);
            foreach (ParameterSpec spec in learner.Layout.Parameters)
            {
                string where = spec.Layer < 0 ? "all layers" : RunFigureParts.LayerName(learner, spec.Layer);
                int count = known[0][steps[0]].Numbers.TryGetValue(spec.Name, out IReadOnlyList<double>? numbers) ? numbers.Count : 0;
                if (count > 0)
                {
                    // Of many numbers those that are largest in the end; the CSV of 'plasticity' has all of them.
                    Line[] lines = [.. Enumerable.Range(0, count).Select(k => Of(k, l => l.Numbers[spec.Name][k]))
                        .OrderByDescending(l => Math.Abs(l.Values[^1].Mean)).Take(MostLines).OrderBy(l => l.Number)];
                    foreach (Line line in lines)
                    {
                        string name = count == 1 ? where : $"{NameOf(learner, spec, line.Number)}, {where}";
                        Add($"{spec.LocalName}, {learner.Label}", spec.LocalName, name, line);
                        rows.Add(learner.Row($"{NameOf(learner, spec, line.Number)}, in the end", where, line.Values[^1]));
                    }
                }
                else if (SizesShown.Contains(spec.Role, StringComparer.Ordinal) && learner.PlasticLayers.Contains(spec.Layer))
                {
                    Line line = Of(0, l => l.Sizes[spec.Name]);
                    Add($"Size of {spec.LocalName}", $"{spec.LocalName}, root mean square", $"{learner.Label}, {where}", line);
                    rows.Add(learner.Row($"{spec.LocalName}, root mean square in the end", where, line.Values[^1]));
                }
            }

            Line Of(int number, Func<ParameterLine, double> value) => new(
                number, [.. steps.Select(s => (double)s)],
                [.. steps.Select(s => Statistics.MeanAndError([.. known.Select(k => value(k[s]))]))]);
        }

        return new RunFigure(
            new Figure
            {
                Title = "Meta-parameters over meta-training",
                Description = string.Create(CultureInfo.InvariantCulture,
                    $"Single numbers, at most {MostLines} of a parameter, those that are largest in the end; root mean squares of what " +
                    $"has more than {ParameterLine.MostNumbers}. Bands: one standard error over networks."),
                TitleShown = request.HasTitle(),
                Panels = [.. panels.Select(p => new Panel(new Axis("Outer steps"), new Axis(p.Key.Axis), [.. p.Value])
                    { Title = p.Key.Title })],
                Columns = request.ColumnsFor(panels.Count),
                Size = request.Size,
                Legend = LegendPlacement.Below,
            },
            [.. rows]);

        void Add(string title, string axis, string name, Line line)
        {
            if (!panels.TryGetValue((title, axis), out List<Series>? series))
            {
                panels.Add((title, axis), series = []);
            }

            bool several = line.Values.All(v => double.IsFinite(v.StandardError));
            series.Add(new LineSeries(name, line.Steps, [.. line.Values.Select(v => v.Mean)])
            {
                Low = several ? [.. line.Values.Select(v => v.Mean - v.StandardError)] : [],
                High = several ? [.. line.Values.Select(v => v.Mean + v.StandardError)] : [],
                Markers = line.Steps.Length == 1,
            });
        }
    }

    // Moments that are known of all networks; where there are none, as of runs of earlier versions, what they ended as.
    private static (long[] Steps, Dictionary<long, ParameterLine>[] Known) Known(LearnerAnalysis learner)
    {
        Dictionary<long, ParameterLine>[] known = [.. learner.Runs.Select(r => r.Training.ToDictionary(l => l.OuterStep))];
        long[] steps = [.. known[0].Keys.Where(s => known.All(k => k.ContainsKey(s))).Order()];
        return steps.Length > 0 ? (steps, known)
            : ([0], [.. learner.Runs.Select(r => new Dictionary<long, ParameterLine> { [0] = ParameterLine.Of(0, r.Parameters) })]);
    }

    // Terms of a polynomial by their exponents, as papers have them; other numbers by their place.
    private static string NameOf(LearnerAnalysis learner, ParameterSpec spec, int number)
    {
        string[] terms = learner.Layout.Learner is LocalLearnerSpec { Rule: PolynomialRule rule } && spec.LocalName == "theta"
            ? rule.Terms.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
        return spec.Rows * spec.Columns == 1 ? spec.LocalName
            : number < terms.Length ? $"θ {terms[number]}"
            : string.Create(CultureInfo.InvariantCulture, $"{spec.LocalName}[{number}]");
    }

    private sealed record Line(int Number, ImmutableArray<double> Steps, MeanAndError[] Values);
}
