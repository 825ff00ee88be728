using System.Text.Json.Serialization;
using Engram.Experiments.Recipes;

namespace Engram.Experiments.Runs;

/// <summary>What an evaluation came to: a mean over lifetimes that meta-training never saw.</summary>
public sealed record EvaluationSummary
{
    /// <summary>Lifetimes.</summary>
    public int Lifetimes { get; init; }

    /// <summary>The split they come from.</summary>
    public string Split { get; init; } = string.Empty;

    /// <summary>Mean query loss: mean squared error in regression.</summary>
    public double QueryLoss { get; init; }

    /// <summary>Standard error of that mean, over lifetimes.</summary>
    public double StandardError { get; init; }

    /// <summary>In classification, mean query error: the share of query examples that are answered wrongly, in %. Null, and left out, in
    /// regression.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? QueryErrorPercent { get; init; }

    /// <summary>Standard error of the mean query error, over lifetimes, in %.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ErrorStandardErrorPercent { get; init; }

    /// <summary>What it has found of the quantity of an expected result; null where it has not.</summary>
    public double? ValueOf(ExpectedResult expected) => expected.IsError ? QueryErrorPercent : QueryLoss;
}

/// <summary>How far a run has come.</summary>
public enum RunState
{
    /// <summary>Nothing of it is there yet, or not enough to go on.</summary>
    Empty,

    /// <summary>It ended before its last outer step, or before its evaluation; <c>--resume</c> goes on.</summary>
    Interrupted,

    /// <summary>A process is at it.</summary>
    Running,

    /// <summary>A number that is not finite ended it.</summary>
    Diverged,

    /// <summary>Meta-trained and evaluated.</summary>
    Finished,
}

/// <summary>What came of a run: <c>result.json</c>.</summary>
public sealed record RunResult
{
    /// <summary>Finished, or diverged.</summary>
    public RunState State { get; init; }

    /// <summary>The recipe's name.</summary>
    public string Recipe { get; init; } = string.Empty;

    /// <summary>The recipe's own name, for tables.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Name of the learner.</summary>
    public string Learner { get; init; } = string.Empty;

    /// <summary>First or second order of a gradient learner; null for others.</summary>
    public string? Order { get; init; }

    /// <summary>How many layers are plastic.</summary>
    public int PlasticLayers { get; init; }

    /// <summary>Order of the stream; null where the task has none.</summary>
    public string? Ordering { get; init; }

    /// <summary>Outer steps done.</summary>
    public long OuterSteps { get; init; }

    /// <summary>Lifetimes lived in meta-training.</summary>
    public long Lifetimes { get; init; }

    /// <summary>Seconds of meta-training; NaN where only its meta-parameters are left.</summary>
    public double TrainingSeconds { get; init; }

    /// <summary>Running mean of the query loss at the end of meta-training.</summary>
    public double RunningQueryLoss { get; init; }

    /// <summary>In classification, running mean of the query error at the end of meta-training, in %. Null, and left out, in
    /// regression.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RunningQueryErrorPercent { get; init; }

    /// <summary>The evaluation; null where it diverged.</summary>
    public EvaluationSummary? Evaluation { get; init; }

    /// <summary>What the recipe expected; null for nothing.</summary>
    public ExpectedResult? Expected { get; init; }

    /// <summary>Why it stopped; null where it finished.</summary>
    public string? Message { get; init; }

    /// <summary>Folder of the run.</summary>
    [JsonIgnore]
    public string Folder { get; init; } = string.Empty;

    /// <summary>Whether query errors are what counts, not only losses.</summary>
    [JsonIgnore]
    public bool IsClassification => (Evaluation?.QueryErrorPercent ?? RunningQueryErrorPercent) is not null;
}
