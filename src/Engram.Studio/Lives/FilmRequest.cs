using Engram.Tasks.Splits;

namespace Engram.Studio.Lives;

/// <summary>Which life is shown.</summary>
/// <param name="Run">Name of the run.</param>
/// <param name="Seed">The seed that the lifetime is drawn by; the run's own where nobody says.</param>
/// <param name="Split">The split that it comes from.</param>
/// <param name="Life">Which lifetime of the split.</param>
/// <param name="OuterSteps">Outer steps that led to the meta-parameters, so that a run that went on has another film.</param>
internal sealed record FilmRequest(string Run, ulong Seed, Split Split, ulong Life, long OuterSteps);

/// <summary>A layer in a film.</summary>
/// <param name="Index">Which layer, from 0.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsPlastic">Whether it learns in life.</param>
/// <param name="Units">Its units.</param>
/// <param name="ShownUnits">How many values its activity is shown by: neighbours are one value where there are many.</param>
/// <param name="Rows">Rows of W; 0 of a layer whose W is not shown.</param>
/// <param name="Columns">Columns of W.</param>
/// <param name="PictureRows">Rows of its pictures.</param>
/// <param name="PictureColumns">Columns of its pictures.</param>
internal sealed record FilmLayer(
    int Index, string Kind, bool IsPlastic, int Units, int ShownUnits, int Rows, int Columns, int PictureRows, int PictureColumns)
{
    /// <summary>Whether feedback reaches it.</summary>
    public bool HasFeedback { get; init; }
}

/// <summary>What stands before the numbers of a film.</summary>
internal sealed record FilmHeader
{
    /// <summary>The run.</summary>
    public required string Run { get; init; }

    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>The learner.</summary>
    public required string Learner { get; init; }

    /// <summary>The seed.</summary>
    public required string Seed { get; init; }

    /// <summary>The split.</summary>
    public required string Split { get; init; }

    /// <summary>Which lifetime.</summary>
    public required string Life { get; init; }

    /// <summary>Outer steps that led to the meta-parameters.</summary>
    public required long OuterSteps { get; init; }

    /// <summary><c>sines</c>, <c>images</c> or <c>numbers</c>: how examples are shown.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether classes are answered rather than numbers.</summary>
    public required bool IsClassification { get; init; }

    /// <summary>Inner steps of the life.</summary>
    public required int InnerSteps { get; init; }

    /// <summary>Inner steps from one frame to the next.</summary>
    public required int Every { get; init; }

    /// <summary>How many frames there are, birth among them.</summary>
    public required int Frames { get; init; }

    /// <summary>Examples of each step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Examples of each step that are shown.</summary>
    public required int Shown { get; init; }

    /// <summary>Tasks whose answers are shown.</summary>
    public required int Tasks { get; init; }

    /// <summary>All tasks of the life.</summary>
    public required int AllTasks { get; init; }

    /// <summary>Points of the input's range that every task's answer is shown at.</summary>
    public required int Grid { get; init; }

    /// <summary>Questions that are shown, of images or numbers.</summary>
    public required int Queries { get; init; }

    /// <summary>Channels, rows and columns of an image; empty where inputs are none.</summary>
    public required int[] Image { get; init; }

    /// <summary>The layers.</summary>
    public required FilmLayer[] Layers { get; init; }

    /// <summary>Where the numbers stand.</summary>
    public IReadOnlyList<Http.BinarySection> Sections { get; init; } = [];
}
