using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Figures.Files;
using Engram.Figures.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Comparisons;

/// <summary>The files of a comparison's result.</summary>
/// <param name="Csv">A row for each method and rate.</param>
/// <param name="Json">The same, with every run.</param>
/// <param name="Epochs">A row for each epoch of each run.</param>
/// <param name="Claims">A row for each claim; null where the comparison makes none.</param>
/// <param name="Figures">Learning curves; angles and norms where they were measured.</param>
public sealed record ComparisonFiles(string Csv, string Json, string Epochs, string? Claims, ImmutableArray<FigureFiles> Figures);

/// <summary>Writes what came of a comparison.</summary>
public static class ComparisonReport
{
    private const string Name = "comparison-results";

    /// <summary>Writes tables and figures into the comparison's folder, each whole or not at all.</summary>
    /// <exception cref="EngramException">A file cannot be written.</exception>
    public static ComparisonFiles Write(ComparisonFolder folder, ImmutableArray<MethodOutcome> outcomes)
    {
        string At(string name) => Path.Combine(folder.Folder, name);
        ImmutableArray<RunEpochs> runs = [.. outcomes.SelectMany(
            o => o.Rates.SelectMany(r => r.Runs.Select(run => new RunEpochs(o, r, run, folder.EpochsOf(run.Run)))))];
        ImmutableArray<ComparisonClaim> claims = ComparisonClaims.Of(folder.Comparison, outcomes);
        var files = new ComparisonFiles(
            At(Name + ".csv"), At(Name + ".json"), At("comparison-epochs.csv"), claims.IsEmpty ? null : At("comparison-claims.csv"),
            [.. ComparisonFigures.Draw(folder.Comparison, runs).Select(f => FigureWriter.Write(folder.Folder, f.Name, f.Figure))]);
        AtomicFile.WriteText(files.Csv, Csv(outcomes));
        AtomicFile.WriteText(files.Epochs, EpochsCsv(runs));
        if (files.Claims is not null)
        {
            AtomicFile.WriteText(files.Claims, ComparisonClaims.Csv(claims));
        }

        AtomicFile.WriteText(files.Json, Json(folder.Comparison, outcomes).ToJsonString(RunEnvironment.Json) + "\n");
        return files;
    }

    /// <summary>The outcomes as JSON: a row for each method with its rates and runs. Nothing in it depends on time or machine.</summary>
    public static JsonObject Json(Comparison comparison, ImmutableArray<MethodOutcome> outcomes) => new()
    {
        ["name"] = comparison.Name,
        ["metric"] = Metric(comparison),
        ["methods"] = new JsonArray([.. outcomes.Select(o => (JsonNode)Method(o))]),
        ["claims"] = ComparisonClaims.Json(ComparisonClaims.Of(comparison, outcomes)),
    };

    /// <summary>What methods are judged by.</summary>
    public static string Metric(Comparison comparison) =>
        comparison.IsClassification ? "test error, %" : "test loss (mean squared error over variance)";

    private static JsonObject Method(MethodOutcome o)
    {
        JsonObject method = Numbers(o.Best);
        method.Insert(0, "method", o.Method.Label);
        method.Insert(1, "kind", o.Method.MethodName);
        method["published"] = o.Method.Published?.Value;
        method["tolerance"] = o.Method.Published?.Tolerance;
        method["source"] = o.Method.Published?.Source;
        method["difference"] = o.Difference;
        method["agrees"] = o.Agrees;
        method["rates"] = new JsonArray([.. o.Rates.Select(r => (JsonNode)Numbers(r))]);
        return method;
    }

    private static JsonObject Numbers(RateOutcome rate) => new()
    {
        ["rate"] = rate.Rate,
        ["seeds"] = rate.Runs.Length,
        ["diverged"] = rate.Diverged,
        ["validation"] = FigureJson.Number(rate.Validation.Mean),
        ["validationStandardError"] = FigureJson.Number(rate.Validation.StandardError),
        ["test"] = FigureJson.Number(rate.Test.Mean),
        ["testStandardError"] = FigureJson.Number(rate.Test.StandardError),
        ["runs"] = new JsonArray([.. rate.Runs.Select(r => (JsonNode)new JsonObject
        {
            ["seed"] = r.Run.Seed,
            ["state"] = RecipeSchema.Name(r.State),
            ["epochs"] = r.Epochs,
            ["bestEpoch"] = r.Best?.Epoch,
            ["validation"] = FigureJson.Number(r.Validation),
            ["test"] = r.Best?.Test is { } test ? FigureJson.Number(test) : null,
        })]),
    };

    private static string Csv(ImmutableArray<MethodOutcome> outcomes)
    {
        var text = new StringBuilder(
            "method,kind,rate,best,seeds,diverged,validation,validationStandardError,test,testStandardError,published,tolerance,differen" +
                "ce\n");
        foreach (MethodOutcome o in outcomes)
        {
            foreach (RateOutcome r in o.Rates)
            {
                bool best = r.Rate.Equals(o.Best.Rate);
                text.Append(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"{CsvText.Field(o.Method.Label)},{CsvText.Field(o.Method.MethodName)},{r.Rate:R},{(best ? "true" : "false")}," +
                        $"{r.Runs.Length},{r.Diverged},{r.Validation.Mean:R},{r.Validation.StandardError:R},{r.Test.Mean:R}," +
                        $"{r.Test.StandardError:R},{o.Method.Published?.Value:R},{o.Method.Published?.Tolerance:R}," +
                        $"{(best ? o.Difference : null):R}\n"));
            }
        }

        return text.ToString();
    }

    private static string EpochsCsv(ImmutableArray<RunEpochs> runs)
    {
        var text = new StringBuilder(
            "method,rate,seed,epoch,trainLoss,trainErrorPercent,validationLoss,validationErrorPercent,testLoss,testErrorPercent\n");
        foreach (RunEpochs run in runs)
        {
            foreach (EpochLine e in run.Epochs)
            {
                text.Append(
                    string.Create(
                    CultureInfo.InvariantCulture,
                    $"{CsvText.Field(run.Outcome.Method.Label)},{run.Rate.Rate:R},{run.Result.Run.Seed},{e.Epoch},{e.TrainLoss:R}," +
                        $"{e.TrainErrorPercent:R},{e.ValidationLoss:R},{e.ValidationErrorPercent:R},{e.TestLoss:R}," +
                        $"{e.TestErrorPercent:R}\n"));
            }
        }

        return text.ToString();
    }
}

/// <summary>A run with its epochs.</summary>
internal sealed record RunEpochs(MethodOutcome Outcome, RateOutcome Rate, ComparisonRunResult Result, ImmutableArray<EpochLine> Epochs)
{
    /// <summary>Whether it is of its method's best rate.</summary>
    public bool IsBest => Rate.Rate.Equals(Outcome.Best.Rate);
}
