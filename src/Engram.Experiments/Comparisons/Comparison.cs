using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Supervised;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;
using Engram.Tasks.Families;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>What a network's layers before the fully connected ones are.</summary>
public enum NetworkKind
{
    /// <summary>There are none.</summary>
    FullyConnected,

    /// <summary>Convolutions without shared weights: every position has its own kernel.</summary>
    LocallyConnected,

    /// <summary>Convolutions.</summary>
    Convolutional,
}

/// <summary>A result that a method of a comparison is held against.</summary>
/// <param name="Value">Test error in %, or test loss in regression.</param>
/// <param name="Tolerance">Difference that still counts as agreement; null where nobody has set one.</param>
/// <param name="Source">Where it comes from.</param>
public sealed record PublishedResult(double Value, double? Tolerance, string Source);

/// <summary>Another method of the comparison that a method is to come near.</summary>
/// <param name="Against">Label of the other.</param>
/// <param name="Within">Most by which its test error, or loss, may be above the other's.</param>
public sealed record MethodReference(string Against, double Within);

/// <summary>One method of a comparison.</summary>
/// <param name="Label">Its name in tables and figures.</param>
/// <param name="MethodName">Name in <see cref="CreditAssignments.Registry"/>.</param>
/// <param name="Method">The method with its settings.</param>
/// <param name="Training">Batches, optimizers, epochs; its <see cref="SupervisedTrainingSpec.Rate"/> is the first of
/// <paramref name="Rates"/>.</param>
/// <param name="Rates">Rates of W and b that are tried, each once.</param>
/// <param name="Published">What was published of it; null where nothing was.</param>
public sealed record ComparedMethod(
    string Label, string MethodName, CreditAssignmentSpec Method, SupervisedTrainingSpec Training, ImmutableArray<double> Rates,
    PublishedResult? Published)
{
    /// <summary>Which other method it is held against; null for none.</summary>
    public MethodReference? Reference { get; init; }
}

/// <summary>An experiment of supervised learning: several methods of credit assignment on one problem and one network.</summary>
public sealed record Comparison
{
    /// <summary>Name in lists and figures.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for; null where it does not say.</summary>
    public string? Description { get; init; }

    /// <summary>Name of the problem in <see cref="SupervisedProblems.Registry"/>.</summary>
    public required string ProblemName { get; init; }

    /// <summary>What is learnt.</summary>
    public required SupervisedProblemSpec Problem { get; init; }

    /// <summary>The network that all methods train.</summary>
    public required ComparisonNetwork Network { get; init; }

    /// <summary>The methods, in the order of the file.</summary>
    public required ImmutableArray<ComparedMethod> Methods { get; init; }

    /// <summary>The seeds: networks of each method.</summary>
    public required ImmutableArray<ulong> Seeds { get; init; }

    /// <summary>How many of the seeds rates are chosen with; the others see the best rate alone.</summary>
    public required int SelectionSeeds { get; init; }

    /// <summary>Epochs without a better validation after which a run ends; null for never.</summary>
    public int? Patience { get; init; }

    /// <summary>How many steps of each epoch are measured: angles and norms.</summary>
    public required int MeasuredSteps { get; init; }

    /// <summary>Pairs of methods whose published numbers differ by more than this are judged by whether they have the same order here; null
    /// for none.</summary>
    public double? PublishedOrder { get; init; }

    /// <summary>The values that it was made from, with where each comes from.</summary>
    public required RecipeValues Values { get; init; }

    /// <summary>Whether methods are judged by their error in %; by their loss otherwise.</summary>
    public bool IsClassification => Problem.IsClassification;

    /// <summary>The comparison with every value written out, which reads back as the same comparison.</summary>
    public string ToYaml() => RecipeWriter.Write(Values);
}

/// <summary>The network of a comparison, before it is known how wide inputs and outputs are.</summary>
public sealed record ComparisonNetwork
{
    /// <summary>What comes before the fully connected layers.</summary>
    public NetworkKind Kind { get; init; }

    /// <summary>Output channels of each of those layers, first first.</summary>
    public ImmutableArray<int> Channels { get; init; } = [];

    /// <summary>Their strides.</summary>
    public ImmutableArray<int> Strides { get; init; } = [];

    /// <summary>Side of their kernels, in pixels.</summary>
    public int Kernel { get; init; } = 3;

    /// <summary>Zeros around their inputs, in pixels.</summary>
    public int Padding { get; init; }

    /// <summary>Widths of the hidden layers that are fully connected, input side first; may be empty.</summary>
    public ImmutableArray<int> HiddenWidths { get; init; } = [];

    /// <summary>Which of the hidden layers that are fully connected are linear, from 1.</summary>
    public ImmutableArray<int> LinearLayers { get; init; } = [];

    /// <summary>σ of all other hidden layers.</summary>
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>How weights start.</summary>
    public WeightInitialization Initialization { get; init; }

    /// <summary>The network for examples of a shape.</summary>
    /// <exception cref="Numerics.Text.EngramException">The examples are no images where there are spatial layers, or too small for
    /// them.</exception>
    public SupervisedNetworkSpec For(ExampleShape shape, bool classification)
    {
        var layers = new List<LayerSpec>();
        int inputs = shape.Inputs;
        if (Kind != NetworkKind.FullyConnected)
        {
            ImageShape image = shape.Image
                ?? throw new Numerics.Text.SettingException(
                $"Found {RecipeSchema.Name(Kind)} layers on examples that are not images, expected fully-connected.", nameof(Kind));
            (int channels, int height, int width) = (image.Channels, image.Height, image.Width);
            foreach ((int outputs, int stride) in Channels.Zip(Strides))
            {
                var geometry = new Numerics.Convolutions.ConvolutionShape(channels, height, width, outputs, Kernel, stride, Padding);
                geometry.Validate();
                layers.Add(Kind == NetworkKind.Convolutional ? new ConvolutionSpec(geometry, Activation)
                    : new LocallyConnectedSpec(geometry, Activation));
                (channels, height, width) = (geometry.OutputChannels, geometry.OutputHeight, geometry.OutputWidth);
            }

            inputs = layers.Count > 0 ? layers[^1].Outputs : inputs;
        }

        for (int i = 0; i < HiddenWidths.Length; i++)
        {
            layers.Add(new LinearSpec(inputs, HiddenWidths[i], LinearLayers.Contains(i + 1) ? Activation.Identity : Activation));
            inputs = HiddenWidths[i];
        }

        layers.Add(new LinearSpec(inputs, shape.Outputs, Activation.Identity));
        return new SupervisedNetworkSpec(layers)
        { Objective = classification ? Objective.CrossEntropy : Objective.MeanSquaredError, Initialization = Initialization };
    }
}
