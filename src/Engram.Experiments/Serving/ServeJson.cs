using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Files;

namespace Engram.Experiments.Serving;

/// <summary>The JSON of answers: source-generated, each on one line, every character outside ASCII escaped.</summary>
internal static class ServeJson
{
    private static readonly JsonSerializerOptions OneLine = JsonForms.OneLine(new ServeJsonContext(), JsonForms.Names<RunState>());

    /// <summary>An answer as text.</summary>
    public static byte[] Write<T>(T answer)
        where T : class => new JsonForm<T>(OneLine, _ => null).WriteBytes(answer);
}

/// <summary>What <c>hello</c> answers.</summary>
/// <param name="Protocol">Version of the protocol.</param>
/// <param name="Engram">Version of Engram.</param>
/// <param name="Runs">Folder of the runs, as a full path.</param>
/// <param name="Methods">Names of the methods.</param>
internal sealed record ServedHello(int Protocol, string Engram, string Runs, ImmutableArray<string> Methods);

/// <summary>What <c>recipe</c> answers.</summary>
/// <param name="Name">The recipe's own name.</param>
/// <param name="Classification">Whether targets are classes.</param>
/// <param name="Yaml">The recipe with every value written out.</param>
/// <param name="Settings">Its values by key.</param>
internal sealed record ServedRecipe(string Name, bool Classification, string Yaml, Dictionary<string, string> Settings);

/// <summary>A run.</summary>
/// <param name="Name">Name below the root.</param>
/// <param name="Folder">Full path.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
/// <param name="Foreign">Why its recipe means nothing to this program; null where it does.</param>
/// <param name="Recipe">The recipe's name or file, as whoever trained it had it.</param>
/// <param name="Seed">The seed.</param>
/// <param name="OuterStepsDone">Outer steps done.</param>
/// <param name="OuterSteps">Outer steps in all.</param>
/// <param name="Lifetimes">Lifetimes lived in meta-training.</param>
/// <param name="TrainingSeconds">Seconds of meta-training.</param>
/// <param name="RunningQueryLoss">Running mean of the query loss.</param>
/// <param name="RunningQueryErrorPercent">Running mean of the query error.</param>
/// <param name="Evaluation">The evaluation; null where it has not ended.</param>
/// <param name="Message">Why it diverged.</param>
/// <param name="Settings">Its settings by key.</param>
/// <param name="Tags">Tags.</param>
/// <param name="Note">A note.</param>
internal sealed record ServedRun(
    string Name,
    string Folder,
    RunState State,
    string? Problem,
    string? Foreign,
    string? Recipe,
    ulong? Seed,
    long OuterStepsDone,
    long? OuterSteps,
    long Lifetimes,
    double? TrainingSeconds,
    double? RunningQueryLoss,
    double? RunningQueryErrorPercent,
    EvaluationSummary? Evaluation,
    string? Message,
    Dictionary<string, string> Settings,
    ImmutableArray<string> Tags,
    string? Note);

/// <summary>What <c>runs</c>, <c>train</c>, <c>tag</c> and <c>note</c> answer.</summary>
/// <param name="Runs">The runs.</param>
/// <param name="Group">Name of the group that was trained; null for none.</param>
internal sealed record ServedRuns(ImmutableArray<ServedRun> Runs, string? Group = null);

/// <summary>What <c>metrics</c> answers.</summary>
/// <param name="Path">The file of the columns, one tensor each.</param>
/// <param name="Rows">How many lines.</param>
internal sealed record ServedMetrics(string Path, int Rows);

/// <summary>What <c>evaluate</c> answers.</summary>
/// <param name="Runs">The evaluation of each run.</param>
/// <param name="Lifetimes">Every single lifetime.</param>
internal sealed record ServedEvaluation(ImmutableArray<ServedEvaluated> Runs, ImmutableArray<EvaluatedLife> Lifetimes);

/// <summary>The evaluation of a run.</summary>
/// <param name="Run">The run.</param>
/// <param name="Evaluation">What came of it.</param>
internal sealed record ServedEvaluated(string Run, EvaluationSummary Evaluation);

/// <summary>What <c>compare</c> answers.</summary>
/// <param name="Differences">Paired differences.</param>
/// <param name="Recipes">Mean over the networks of each recipe.</param>
internal sealed record ServedComparison(ImmutableArray<ServedDifference> Differences, ImmutableArray<ServedSummary> Recipes);

/// <summary>A paired difference: the first's error less the second's.</summary>
/// <param name="First">Name of the first recipe.</param>
/// <param name="Second">Name of the second.</param>
/// <param name="Mean">Mean difference.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
/// <param name="Pairs">Pairs.</param>
/// <param name="Over">What a pair is: networks, or lifetimes.</param>
/// <param name="Clear">Whether the interval leaves 0 out.</param>
/// <param name="FirstLifetimes">Lifetimes of meta-training of each network of the first.</param>
/// <param name="SecondLifetimes">Of the second.</param>
internal sealed record ServedDifference(
    string First, string Second, double Mean, double Low, double High, int Pairs, string Over, bool Clear, long FirstLifetimes,
        long SecondLifetimes);

/// <summary>What the networks of one recipe come to.</summary>
/// <param name="Name">Its own name.</param>
/// <param name="Recipe">Its name or file.</param>
/// <param name="Networks">Networks that were evaluated.</param>
/// <param name="Diverged">Networks that diverged.</param>
/// <param name="QueryLoss">Mean query loss.</param>
/// <param name="StandardError">Its standard error.</param>
/// <param name="QueryErrorPercent">Mean query error; null in regression.</param>
/// <param name="ErrorStandardErrorPercent">Its standard error.</param>
/// <param name="Over">What standard errors are over: networks, or lifetimes.</param>
internal sealed record ServedSummary(
    string Name, string Recipe, int Networks, int Diverged, double QueryLoss, double StandardError, double? QueryErrorPercent,
        double? ErrorStandardErrorPercent, string Over);

/// <summary>What <c>figure</c> answers.</summary>
/// <param name="Name">Name of the figure.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Svg">The picture.</param>
/// <param name="Csv">Its numbers.</param>
/// <param name="Summary">Its message in numbers.</param>
internal sealed record ServedFigure(string Name, string Title, string Svg, string Csv, ImmutableArray<SummaryRow> Summary);

/// <summary>What <c>list</c> answers.</summary>
/// <param name="Names">Names that are registered.</param>
internal sealed record ServedNames(ImmutableArray<string> Names);

/// <summary>What <c>cancel</c> answers.</summary>
/// <param name="Cancelled">Whether the request was there to be stopped.</param>
internal sealed record ServedCancel(bool Cancelled);

/// <summary>How far a request has come.</summary>
/// <param name="Run">The recipe's own name.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="Phase">What it is doing: meta-training, evaluation or done.</param>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="OuterSteps">Outer steps in all.</param>
/// <param name="Lifetimes">Lifetimes lived.</param>
/// <param name="RunningQueryLoss">Running mean of the query loss.</param>
/// <param name="LifetimesPerSecond">Lifetimes per second.</param>
/// <param name="SecondsLeft">Seconds left in meta-training; null where it is not known.</param>
internal sealed record ServedProgress(
    string Run, string Folder, string Phase, long OuterStep, long OuterSteps, long Lifetimes, double RunningQueryLoss,
        double LifetimesPerSecond, double? SecondsLeft);

/// <summary>Why a request came to nothing.</summary>
/// <param name="Kind">wrong-input, non-finite, stopped, protocol or fault.</param>
/// <param name="Message">What was found, what was expected, and what to do, in a line.</param>
/// <param name="Run">The run that goes on from a checkpoint, where it was stopped; null for none.</param>
internal sealed record ServedError(string Kind, string Message, string? Run = null);

/// <summary>The members of answers, source-generated.</summary>
[JsonSerializable(typeof(ServedHello))]
[JsonSerializable(typeof(ServedRecipe))]
[JsonSerializable(typeof(ServedRuns))]
[JsonSerializable(typeof(ServedMetrics))]
[JsonSerializable(typeof(ServedEvaluation))]
[JsonSerializable(typeof(ServedComparison))]
[JsonSerializable(typeof(ServedFigure))]
[JsonSerializable(typeof(ServedNames))]
[JsonSerializable(typeof(ServedCancel))]
[JsonSerializable(typeof(ServedProgress))]
[JsonSerializable(typeof(ServedError))]
[JsonSerializable(typeof(ExportedWeights))]
[JsonSerializable(typeof(ExportedLife))]
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
internal sealed partial class ServeJsonContext : JsonSerializerContext;

/// <summary>A text as JSON.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class ServeText : JsonSerializerContext;
