using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Engram.Figures.Rendering;

namespace Engram.Figures.Files;

/// <summary>A figure's description and numbers as JSON, all of them, to full precision. NaN and infinities are the strings "NaN",
/// "Infinity" and "-Infinity".</summary>
public static class FigureJson
{
    /// <summary>The figure as a JSON object: title, description, notes, and panels with axes, series and reference lines.</summary>
    public static JsonObject Of(Figure figure) => new()
    {
        ["title"] = figure.Title,
        ["description"] = figure.Description,
        ["notes"] = new JsonArray([.. FigureNotes.Of(figure).Select(n => (JsonNode)n)]),
        ["panels"] = new JsonArray([.. figure.Panels.Select(p => (JsonNode)Of(p))]),
    };

    /// <summary>A number, or its name where it is not finite.</summary>
    public static JsonNode Number(double value) => double.IsFinite(value) ? JsonValue.Create(value)
        : JsonValue.Create(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");

    private static JsonObject Of(Panel panel) => new()
    {
        ["title"] = panel.Title,
        ["x"] = Of(panel.X),
        ["y"] = Of(panel.Y),
        ["series"] = new JsonArray([.. panel.Series.Select(s => (JsonNode)Of(s))]),
        ["referenceLines"] = new JsonArray(
            [.. panel.ReferenceLines.Select(
            r => (JsonNode)new JsonObject { ["label"] = r.Label, ["axis"] = r.Upright ? "x" : "y", ["value"] = Number(r.Value) })]),
    };

    private static JsonObject Of(Axis axis)
    {
        var result =
            new JsonObject { ["label"] = axis.Label, ["unit"] = axis.Unit, ["scale"] = axis.IsLogarithmic ? "logarithmic" : "linear" };
        if (!axis.Categories.IsDefaultOrEmpty)
        {
            result["categories"] = new JsonArray([.. axis.Categories.Select(c => (JsonNode)c)]);
        }

        return result;
    }

    private static JsonObject Of(Series series)
    {
        var result = new JsonObject { ["name"] = series.Name };
        switch (series)
        {
            case LineSeries line:
                Add(result, "line", ("x", line.X), ("y", line.Y), ("low", line.Low), ("high", line.High));
                break;
            case BarSeries bars:
                Add(result, "bars", ("y", bars.Values), ("low", bars.Low), ("high", bars.High));
                break;
            case HistogramSeries histogram:
                Add(result, "histogram", ("edges", histogram.Edges), ("counts", histogram.Counts));
                break;
            case HeatMap map:
                Add(result, "heat-map", ("columnPositions", map.ColumnPositions), ("rowPositions", map.RowPositions),
                    ("values", map.Values));
                result["columns"] = map.Columns;
                break;
        }

        return result;
    }

    private static void Add(JsonObject target, string kind, params ReadOnlySpan<(string Name, ImmutableArray<double> Values)> arrays)
    {
        target["kind"] = kind;
        foreach ((string name, ImmutableArray<double> values) in arrays)
        {
            if (!values.IsDefaultOrEmpty)
            {
                target[name] = new JsonArray([.. values.Select(Number)]);
            }
        }
    }
}
