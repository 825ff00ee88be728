using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Comparisons;
using Engram.Experiments.Recipes;
using Engram.Experiments.Reproduction;
using Engram.Experiments.Runs;
using Engram.Experiments.Verdicts;
using Engram.Figures.Summaries;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Studio.Http;
using Engram.Studio.Runs;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>Answers about reproductions of published tables and comparisons of methods: their numbers, and whether claims hold, in the
/// words of the terminal and of reports.</summary>
internal sealed class VerdictAnswers(RunIndex index)
{
    private const string ReportName = "report.json", ResultsName = "comparison-results.json", EpochsName = "epochs.jsonl",
        ResultName = "result.json";
    private const int MostPictureBytes = 8 << 20;
    private const int MostRuns = 200;

    /// <summary>The reproductions that have a report.</summary>
    public Reply Reproductions(IQueryCollection asked)
    {
        _ = new RequestQuery(asked);
        return Reply.Json(new ListedPayload([.. index.Reports().Select(ReproductionItem)]), StudioJson.Default.ListedPayload);
    }

    /// <summary>One of them.</summary>
    public Reply Reproduction(IQueryCollection asked)
    {
        FolderEntry entry = Find(index.Reports(), new RequestQuery(asked, "name").Text("name"), "reproduction");
        var report = SavedJson.Read(Path.Combine(entry.Folder, ReportName));
        ReproductionScale scale = report.Name("scale", ReproductionScale.Laptop);
        SavedJson[] cells = [.. report.Each("cells")];
        return Reply.Json(
            new ReproductionPayload(
                entry.Name,
                report.Text("title"),
                report.Text("source"),
                report.Text("scale"),
                report.Text("recipes"),
                report.Text("command"),
                report.Text("engram"),
                TablePayload.Of(
                    ["Cell", ">Paper", ">Ours", ">± s.e.", ">Networks", ">Lifetimes each", ">Other stream", ">Ours ÷ paper", "Verdict"],
                    cells.Select(c => CellRow(c, scale))),
                TablePayload.Of(ReproductionReport.ContrastHeadings, report.Each("contrasts").Select(ContrastRow)),
                [
                    .. cells.SelectMany(c => c.Texts("otherwise").Select(o => (Text: o, Cell: c.Text("cell"))))
                        .GroupBy(o => o.Text, StringComparer.Ordinal)
                        .Select(g => $"Otherwise than the paper: {g.Key}: {string.Join(", ", g.Select(o => o.Cell))}."),
                    .. report.Texts("withoutRecipe").Select(r => $"There is no recipe {r}; its cell is skipped."),
                ],
                PicturesIn(entry.Folder),
                MeaningOf(scale)),
            StudioJson.Default.ReproductionPayload);
    }

    /// <summary>The comparisons.</summary>
    public Reply Comparisons(IQueryCollection asked)
    {
        _ = new RequestQuery(asked);
        return Reply.Json(new ListedPayload([.. index.Comparisons().Select(ComparisonItem)]), StudioJson.Default.ListedPayload);
    }

    /// <summary>One of them.</summary>
    public Reply Comparison(IQueryCollection asked)
    {
        FolderEntry entry = Find(index.Comparisons(), new RequestQuery(asked, "name").Text("name"), "comparison");
        Comparison comparison = ComparisonReader.Load(Path.Combine(entry.Folder, FolderKind.ComparisonRecipe));
        string results = Path.Combine(entry.Folder, ResultsName);
        SavedJson? saved = File.Exists(results) ? SavedJson.Read(results) : null;
        EpochsPayload[] runs = [.. RunsIn(entry.Folder, comparison)];
        return Reply.Json(
            new ComparisonPayload(
                entry.Name,
                comparison.Name,
                comparison.Description ?? string.Empty,
                ComparisonReport.Metric(comparison),
                StateOf(entry.Folder),
                runs.Count(r => r.State is "finished" or "diverged"),
                comparison.Methods.Sum(m => ComparisonTraining.RunsOf(comparison, m)),
                TablePayload.Of(
                    ["Method", ">Rate", ">Seeds", ">Diverged", ">Validation", ">Test", ">± s.e.", ">Published", ">Difference", "Verdict"],
                    saved is { } found ? found.Each("methods").Select(MethodRow) : []),
                TablePayload.Of(ComparisonClaims.Headings, saved is { } claims ? claims.Each("claims").Select(ClaimRow) : []),
                [.. runs],
                [.. comparison.Methods.Select(m => m.Label)],
                PicturesIn(entry.Folder)),
            StudioJson.Default.ComparisonPayload);
    }

    /// <summary>A figure that lies in the folder of a reproduction or a comparison.</summary>
    public Reply Picture(IQueryCollection asked)
    {
        var query = new RequestQuery(asked, "name", "file");
        string name = query.Text("name"), file = query.Text("file");
        FolderEntry entry = Find([.. index.Reports(), .. index.Comparisons()], name, "reproduction or comparison");
        return PicturesIn(entry.Folder).Contains(file, StringComparer.Ordinal)
            ? new Reply("image/svg+xml", RegularFile.ReadBytes(Path.Combine(entry.Folder, file), MostPictureBytes))
            : throw new RequestException(
                StatusCodes.Status404NotFound, $"There is no picture '{CleanText.Line(file, 200)}' in '{CleanText.Line(name, 200)}'.");
    }

    private static FolderEntry Find(ImmutableArray<FolderEntry> entries, string name, string what) =>
        entries.FirstOrDefault(e => e.Name == name)
            ?? throw new RequestException(StatusCodes.Status404NotFound, $"There is no {what} '{CleanText.Line(name, 200)}'.");

    private static ImmutableArray<string> PicturesIn(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.svg").Select(f => Path.GetFileName(f)).Where(f => !f.StartsWith('.'))
            .Order(StringComparer.Ordinal).Take(20)];

    private static ListedItem ReproductionItem(FolderEntry entry)
    {
        try
        {
            var report = SavedJson.Read(Path.Combine(entry.Folder, ReportName));
            ContrastVerdict[] verdicts = [.. report.Each("contrasts").Select(c => c.Name("verdict", ContrastVerdict.NotJudged))];
            return new ListedItem(
                entry.Name, report.Text("title"),
                    $"scale {report.Text("scale")}, recipes {report.Text("recipes")}, " +
                    $"{report.Length("cells").ToString(CultureInfo.InvariantCulture)} cells", "finished",
                verdicts.Count(v => v == ContrastVerdict.Holds), verdicts.Count(v => v == ContrastVerdict.Fails),
                    verdicts.Count(v => v is not (ContrastVerdict.Holds or ContrastVerdict.Fails)));
        }
        catch (EngramException e)
        {
            return new ListedItem(entry.Name, entry.Name, CleanText.Line(e.Message, 500), "damaged", 0, 0, 0);
        }
    }

    private static ListedItem ComparisonItem(FolderEntry entry)
    {
        try
        {
            Comparison comparison = ComparisonReader.Load(Path.Combine(entry.Folder, FolderKind.ComparisonRecipe));
            string results = Path.Combine(entry.Folder, ResultsName);
            ContrastVerdict[] verdicts = File.Exists(results)
                ? [.. SavedJson.Read(results).Each("claims").Select(c => c.Name("verdict", ContrastVerdict.NotJudged))] : [];
            return new ListedItem(
                entry.Name, comparison.Name,
                    $"{string.Join(", ", comparison.Methods.Select(m => m.Label))}; " +
                    $"{comparison.Seeds.Length.ToString(CultureInfo.InvariantCulture)} seeds", StateOf(entry.Folder),
                verdicts.Count(v => v == ContrastVerdict.Holds), verdicts.Count(v => v == ContrastVerdict.Fails),
                    verdicts.Count(v => v is not (ContrastVerdict.Holds or ContrastVerdict.Fails)));
        }
        catch (EngramException e)
        {
            return new ListedItem(entry.Name, entry.Name, CleanText.Line(e.Message, 500), "damaged", 0, 0, 0);
        }
    }

    private static string StateOf(string folder) => RecipeSchema.Name(
        RunLock.IsHeld(folder) ? RunState.Running : File.Exists(Path.Combine(folder, ResultsName)) ? RunState.Finished
            : RunState.Interrupted);

    private static string MeaningOf(ReproductionScale scale) => scale switch
    {
        ReproductionScale.Smoke => "A smoke run: it shows that everything runs; its numbers mean nothing.",
        ReproductionScale.Laptop or ReproductionScale.Desktop =>
            "A smaller problem than the published one, so numbers differ from the paper's, and only the contrasts can be compared.",
        _ => "The published problem. A cell's verdict compares it with the published number.",
    };

    private static ImmutableArray<string> CellRow(SavedJson cell, ReproductionScale scale)
    {
        int networks = cell.Count("networks");
        MeanAndError? ours = cell.NumberOrNone("ours") is { } mean ? new MeanAndError(mean, cell.Number("standardError"), networks) : null;
        ExpectedResult? expected = cell.NumberOrNone("expected") is { } value
            ? new ExpectedResult(string.Empty, value, null, cell.NumberOrNone("tolerance"), cell.Text("expectedSource")) : null;
        var result = new CellResult(
            cell.Text("cell"), cell.Text("recipe"), null, expected, ours, cell.Count("diverged"), [.. cell.Texts("runs")], 0,
            cell.Name("verdict", CellVerdict.NotJudged));
        return
        [
            result.Cell,
            cell.NumberOrNone("paper") is { } paper ? Numbers.Short(paper)
                + (cell.NumberOrNone("paperStandardError") is { } e ? $" ({Numbers.Short(e)})" : string.Empty) : "–",
            ours is { } found ? Numbers.Short(found.Mean) : "–",
            Numbers.Error(ours?.StandardError),
            ours is null ? "–" : networks.ToString(CultureInfo.InvariantCulture),
            cell.Grouped("lifetimesPerNetwork"),
            cell.NumberOrNone("otherOrder") is { } other ? Numbers.Short(other) : "–",
            Numbers.Error(cell.NumberOrNone("ratio")),
            expected is null && result.Verdict is CellVerdict.Agrees or CellVerdict.Lower or CellVerdict.Higher ? "judged by its recipe"
                : ReproductionReport.Describe(result, scale),
        ];
    }

    private static ImmutableArray<string> ContrastRow(SavedJson contrast)
    {
        PairedDifference? paired = contrast.NumberOrNone("pairedDifference") is { } mean
            ? new PairedDifference(mean, contrast.Number("pairedHalfWidth"), contrast.Count("pairs"), OverNetworks: true) : null;
        string low = contrast.Grouped("lowLifetimes"), high = contrast.Grouped("highLifetimes");
        return
        [
            contrast.Text("claim")
                + (contrast.Number("atLeast") > 1 ? $" (at least {Numbers.Short(contrast.Number("atLeast"))} times)" : string.Empty),
            Times(contrast.NumberOrNone("paper")),
            Times(contrast.NumberOrNone("ours")),
            contrast.NumberOrNone("from") is { } from && contrast.NumberOrNone("to") is { } to
                ? $"{Numbers.Short(from)} to {Numbers.Short(to)}" : "–",
            PairedDifference.Describe(paired),
            low == high ? low : $"{low} and {high}",
            ContrastVerdicts.Describe(contrast.Name("verdict", ContrastVerdict.NotJudged))
                + (low == high ? string.Empty : "; unequal lifetimes"),
        ];

        static string Times(double? value) => value is { } number ? $"{Numbers.Short(number)} times" : "–";
    }

    private static ImmutableArray<string> MethodRow(SavedJson method) =>
    [
        method.Text("method"),
        Numbers.Short(method.NumberOrNone("rate")),
        method.Count("seeds").ToString(CultureInfo.InvariantCulture),
        method.Count("diverged").ToString(CultureInfo.InvariantCulture),
        Numbers.Measured(method.Number("validation")),
        Numbers.Measured(method.Number("test")),
        Numbers.Error(method.NumberOrNone("testStandardError")),
        Numbers.Error(method.NumberOrNone("published")),
        ComparisonClaims.Signed(method.NumberOrNone("difference")),
        method.Truth(
            "agrees") switch { true => "agrees with what was published", false => "does not agree with what was published", null => "–" },
    ];

    private static ImmutableArray<string> ClaimRow(SavedJson saved)
    {
        var claim = new ComparisonClaim(
            saved.Name("claim", ClaimKind.Order), saved.Text("method"), saved.Text("against"), saved.NumberOrNone("published"),
                saved.Number("margin"), saved.Number("difference"), saved.Number("standardError"),
            saved.Name("verdict", ContrastVerdict.NotJudged));
        return [.. ComparisonClaims.Rows([claim]).Single()];
    }

    private static IEnumerable<EpochsPayload> RunsIn(string folder, Comparison comparison)
    {
        foreach (string run in Directory.EnumerateDirectories(folder).Where(f => File.Exists(Path.Combine(f, EpochsName)))
            .Order(StringComparer.Ordinal).Take(MostRuns))
        {
            ImmutableArray<EpochLine> lines = JsonLines<EpochLine>.Read(Path.Combine(run, EpochsName), ComparisonsJson.Epoch);
            string name = Path.GetFileName(run);
            if (comparison.Methods.SelectMany(m => m.Rates.SelectMany(r => comparison.Seeds.Select(s => new ComparisonRun(m.Label, r, s))))
                .FirstOrDefault(r => r.Name == name) is not { } known)
            {
                continue;
            }

            string result = Path.Combine(run, ResultName);
            string state = File.Exists(result) ? RecipeSchema.Name(ComparisonsJson.Result.Read(result).State) : "running";
            yield return new EpochsPayload(
                name, known.Method, known.Rate, known.Seed, state,
                [.. lines.Select(l => l.Epoch)], [.. lines.Select(l => Finite(l.Validation))], [.. lines.Select(l => Finite(l.TrainLoss))]);
        }
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
