using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;
using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reports;

/// <summary>A figure of <c>engram analyze</c> as it lies in a folder: picture, numbers and what they say.</summary>
/// <param name="Name">Its name in <see cref="RunFigures.Registry"/>.</param>
/// <param name="Svg">The picture.</param>
/// <param name="Csv">The numbers.</param>
/// <param name="Description">What the picture shows, in sentences.</param>
/// <param name="Lifetimes">Lifetimes of each run.</param>
/// <param name="Summary">Its message in numbers.</param>
public sealed record SavedFigure(string Name, string Svg, string Csv, string Description, int Lifetimes, ImmutableArray<SummaryRow> Summary)
{
    // What a picture of ours is made of; a page takes in nothing else.
    private static readonly HashSet<string> Elements = new(StringComparer.Ordinal)
    {
        "svg", "title", "desc", "style", "defs", "clipPath", "pattern", "g", "rect", "line", "path", "circle", "text", "tspan",
    };

    /// <summary>Reads a figure that was drawn of just these runs as they are now.</summary>
    /// <param name="folder">Where figures lie.</param>
    /// <param name="name">The figure's name.</param>
    /// <param name="runs">The runs, in the order in which they are compared.</param>
    /// <param name="lifetimes">Lifetimes of each run; null for any number.</param>
    /// <returns>The figure; null where it is not there, is of other runs or of other meta-parameters of them, or was drawn by another
    /// version.</returns>
    public static SavedFigure? Read(string folder, string name, IReadOnlyList<TrainedRun> runs, int? lifetimes)
    {
        string stem = Path.Combine(folder, name);
        try
        {
            if (!File.Exists(stem + ".json") || !File.Exists(stem + ".svg") || !File.Exists(stem + ".csv"))
            {
                return null;
            }

            string svg = RegularFile.ReadText(stem + ".svg", JsonForms.MostBytes);
            return ReportsJson.Figure.Read(stem + ".json") is var file
                && file.Engram == RunEnvironment.InformationalVersion
                && (lifetimes is null || file.Lifetimes == lifetimes)
                && file.Runs.SequenceEqual(InOrder(runs).Select(r => new FigureRun(r.Name, MetaParameterFingerprint.Of(r.Parameters))))
                && IsPicture(svg)
                ? new SavedFigure(
                    name, svg, RegularFile.ReadText(stem + ".csv", JsonForms.MostBytes), file.Figure.Description, file.Lifetimes,
                    file.Summary)
                : null;
        }
        catch (Exception e) when (e is EngramException or IOException or UnauthorizedAccessException)
        {
            // Whatever it is, it is drawn anew.
            return null;
        }
    }

    // As figures list them: networks of a learner together.
    private static IEnumerable<TrainedRun> InOrder(IReadOnlyList<TrainedRun> runs)
    {
        string[] labels = Analyses.Labels(runs);
        return runs.Select((r, i) => (Run: r, Label: labels[i])).GroupBy(r => r.Label, StringComparer.Ordinal)
            .SelectMany(g => g.Select(r => r.Run));
    }

    private static bool IsPicture(string svg)
    {
        try
        {
            XElement root = XDocument.Parse(svg).Root!;
            return root.Name.LocalName == "svg"
                && root.DescendantsAndSelf()
                    .All(e => Elements.Contains(e.Name.LocalName)
                    && e.Attributes()
                    .All(a => a.Name.LocalName is not "href" && !a.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)));
        }
        catch (XmlException)
        {
            return false;
        }
    }
}
