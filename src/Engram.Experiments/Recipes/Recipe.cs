using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Recipes;

/// <summary>Which network a recipe trains; inputs and outputs are the task's.</summary>
public sealed record NetworkRecipe
{
    /// <summary>w of the paper's network (w five times, 3w, w, w); not used where <see cref="HiddenWidths"/> are given.</summary>
    public int Width { get; init; } = 300;

    /// <summary>The convolutions before them; null for none.</summary>
    public ConvolutionalNetwork? Convolutions { get; init; }

    /// <summary>Widths of the hidden layers that are fully connected, input side first; null for the paper's network, or one of
    /// <see cref="Width"/> after convolutions.</summary>
    public ImmutableArray<int>? HiddenWidths { get; init; }

    /// <summary>How many of the last layers are plastic.</summary>
    public int PlasticLayers { get; init; } = 1;

    /// <summary>The network for a task of that shape.</summary>
    /// <exception cref="EngramException">There are more plastic layers than layers, or the images are too small for the
    /// convolutions.</exception>
    public NetworkSpec ToSpec(EpisodeShape shape)
    {
        int w = Width;
        if (Convolutions is { } convolutions && shape.Image is { } image)
        {
            return (convolutions with { HiddenWidths = HiddenWidths ?? [w] })
                .For(image.Channels, image.Height, image.Width, shape.Outputs, PlasticLayers);
        }

        ImmutableArray<int> hidden = HiddenWidths ?? [w, w, w, w, w, 3 * w, w, w];
        return NetworkSpec.Feedforward([shape.Inputs, .. hidden, shape.Outputs], PlasticLayers);
    }

    /// <inheritdoc/>
    public bool Equals(NetworkRecipe? other) =>
        other is not null && (Width, PlasticLayers, Convolutions) == (other.Width, other.PlasticLayers, other.Convolutions)
            && (HiddenWidths ?? []).SequenceEqual(other.HiddenWidths ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Width, PlasticLayers, HiddenWidths?.Length);
}

/// <summary>What a result is the mean of.</summary>
/// <param name="Lifetimes">How many lifetimes.</param>
/// <param name="Split">From which split.</param>
public sealed record EvaluationRecipe(int Lifetimes, Split Split);

/// <summary>A published or measured result that a run is compared with.</summary>
/// <param name="Metric">What was measured: <see cref="QueryLoss"/> or <see cref="QueryError"/>.</param>
/// <param name="Value">Its value; errors are in %.</param>
/// <param name="StandardError">Its standard error; null where none was given.</param>
/// <param name="Tolerance">Difference that still counts as agreement; null where nobody has set one.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record ExpectedResult(string Metric, double Value, double? StandardError, double? Tolerance, string Source)
{
    /// <summary>Mean query loss.</summary>
    public const string QueryLoss = "query-loss";

    /// <summary>Mean query error in %, in classification.</summary>
    public const string QueryError = "query-error";

    /// <summary>Whether it is a query error, in %.</summary>
    [JsonIgnore]
    public bool IsError => Metric == QueryError;
}

/// <summary>An experiment: task, network, learner, meta-training, evaluation.</summary>
public sealed record Recipe
{
    /// <summary>Name in lists and figures.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for; null where it does not say.</summary>
    public string? Description { get; init; }

    /// <summary>Name of the task family in its registry.</summary>
    public required string TaskName { get; init; }

    /// <summary>What lifetimes are made of.</summary>
    public required TaskFamilySpec Task { get; init; }

    /// <summary>The network.</summary>
    public required NetworkRecipe Network { get; init; }

    /// <summary>Name of the learner in its registry.</summary>
    public required string LearnerName { get; init; }

    /// <summary>The learner.</summary>
    public required LearnerSpec Learner { get; init; }

    /// <summary>Where meta-parameters start.</summary>
    public required InitializationSpec Initialization { get; init; }

    /// <summary>Name of the run whose meta-parameters it starts from; null for none.</summary>
    public string? InitialRun { get; init; }

    /// <summary>Meta-parameters that stay as they start.</summary>
    public FrozenParameters Frozen { get; init; } = FrozenParameters.None;

    /// <summary>How they are learnt.</summary>
    public required MetaTrainingSpec MetaTraining { get; init; }

    /// <summary>Lifetimes of other lengths that it begins with.</summary>
    public Curriculum Curriculum { get; init; } = Curriculum.None;

    /// <summary>Seed of everything random.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Outer steps from one checkpoint to the next.</summary>
    public required long CheckpointEvery { get; init; }

    /// <summary>Outer steps from one line of metrics to the next.</summary>
    public required long MetricsEvery { get; init; }

    /// <summary>What the result is the mean of.</summary>
    public required EvaluationRecipe Evaluation { get; init; }

    /// <summary>What is expected; null where nothing is.</summary>
    public ExpectedResult? Expected { get; init; }

    /// <summary>Its meta-parameters: which there are, and of what shape.</summary>
    public ParameterLayout Layout() => ParameterLayout.For(Network.ToSpec(Task.Shape), Learner);

    /// <summary>Whether lifetimes are classification, with query errors beside losses.</summary>
    public bool IsClassification => Learner.Objective == Objective.CrossEntropy;

    /// <summary>The values that it was made from, with where each comes from.</summary>
    public required RecipeValues Values { get; init; }

    /// <summary>The recipe with every value written out, which reads back as the same recipe.</summary>
    public string ToYaml() => RecipeWriter.Write(Values);

    /// <summary>Whether another recipe trains and evaluates the very same: all but name, description and what is expected.</summary>
    public bool TrainsAs(Recipe other) => Work(this).SequenceEqual(Work(other));

    private static IEnumerable<(string Key, string Value)> Work(Recipe recipe) =>
        recipe.Values.All.Where(v => v.Key.Inherited).Select(v => (v.Key.Path, v.Text));
}
