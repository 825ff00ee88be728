using System.Collections.Immutable;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Numerics.Text;

namespace Engram.Experiments.Analysis.Figures;

/// <summary>What a figure of runs is made of.</summary>
/// <param name="Learners">The learners to compare, at least one, with what the figure's <see cref="IRunFigure.Needs"/> name.</param>
public sealed record RunFigureRequest(ImmutableArray<LearnerAnalysis> Learners)
{
    /// <summary>Size on the page.</summary>
    public FigureSize Size { get; init; } = FigureSize.PaperPage;

    /// <summary>How many lifetimes of each run there are, for figures that live more of their own.</summary>
    public int Lifetimes { get; init; } = 1;

    /// <summary>Whether lines carry the numbers of single lifetimes, for the CSV.</summary>
    public bool Each { get; init; }

    /// <summary>How figures work that live lifetimes of their own: threads, where data sets lie, and what ends it.</summary>
    public TrainingOptions Work { get; init; } = new() { Threads = 1 };
}

/// <summary>One number behind a figure.</summary>
/// <param name="Learner">The learner.</param>
/// <param name="Quantity">What it is, with its unit.</param>
/// <param name="Where">The layer, task or moment it belongs to; empty for the whole.</param>
/// <param name="Value">The value, a mean over lifetimes or networks; NaN where it is undefined.</param>
/// <param name="StandardError">Its standard error; NaN where there is none.</param>
public sealed record SummaryRow(string Learner, string Quantity, string Where, double Value, double StandardError);

/// <summary>A figure of runs.</summary>
/// <param name="Figure">The picture.</param>
/// <param name="Summary">Its message in numbers.</param>
public sealed record RunFigure(Figure Figure, ImmutableArray<SummaryRow> Summary);

/// <summary>A way to look at runs: what it needs of their lifetimes, and what it draws of that.</summary>
public interface IRunFigure
{
    /// <summary>What of each lifetime must be measured.</summary>
    TraceParts Needs { get; }

    /// <summary>Whether it is drawn where all figures are asked for; false for one that lives many lifetimes of its own.</summary>
    bool IsInAll => true;

    /// <summary>Draws it.</summary>
    /// <exception cref="EngramException">It has no meaning for these runs.</exception>
    RunFigure Draw(RunFigureRequest request);
}

/// <summary>The figures of runs there are, by name: what <c>engram analyze --figure</c> takes.</summary>
public static class RunFigures
{
    /// <summary>All figures; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IRunFigure> Registry { get; } = WithBuiltIns();

    /// <summary>The figures of a name, or those of <c>all</c>.</summary>
    /// <param name="name">A name, or <c>all</c>.</param>
    /// <param name="others">What else the caller takes, for the hint.</param>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public static IReadOnlyList<string> Named(string name, params ReadOnlySpan<string> others) => name == "all"
        ? [.. Registry.Names.Where(n => Registry.Get(n).IsInAll)]
        : Registry.Contains(name) ? [name]
        : throw new EngramException($"Found no figure named '{name}'; {NearestName.Hint(name, [.. Registry.Names, "all", .. others])}");

    private static Registry<IRunFigure> WithBuiltIns()
    {
        var registry = new Registry<IRunFigure>("figure");
        registry.Register(
            "readout-probe", new ReadoutProbeFigure(),
            "error of the learner, and of a readout fitted to its features at birth (Figure 2A)");
        registry.Register(
            "interference", new InterferenceFigure(),
            "how much learning a task changes answers about earlier ones, and what is forgotten (Figure 2B)");
        registry.Register("forgetting", new ForgettingFigure(), "loss on each task over the lifetime");
        registry.Register(
            "gradient-alignment", new AlignmentFigure(inDegrees: false),
            "cosine between each layer's update and the negative gradient (Figure 2C)");
        registry.Register("gradient-angle", new AlignmentFigure(inDegrees: true), "the same as an angle in degrees; 90° is no alignment");
        registry.Register(
            "update-magnitude", new UpdateMagnitudeFigure(),
            "size of each layer's updates, absolute and relative to its weights (Figure 2D)");
        registry.Register("trajectory", new TrajectoryFigure(), "query loss or error after each inner step (appendix C)");
        registry.Register(
            "plasticity", new PlasticityFigure(), "distributions of α, β and B in each layer; sparse and anti-Hebbian shares");
        registry.Register(
            "weights-in-life", new WeightsInLifeFigure(), "singular values of what a life changes in each layer, and its rank");
        registry.Register(
            "meta-training", new MetaTrainingFigure(),
            "how θ of learnt rules, β, and the sizes of α, W and B come to be, over meta-training");
        registry.Register(
            "feedback-in-life", new FeedbackInLifeFigure(),
            "angle between B and the way back through the weights over the lifetime, and how far B has come from birth");
        registry.Register(
            "rate-traces", new RateTracesFigure(), "rates of single units over one presentation, before the signal and with it");
        registry.Register(
            "compression", new CompressionFigure(), "error after life against how few numbers the weights at birth follow from");
        registry.Register(
            "longer-lives", new LongerLivesFigure(),
            "error on lifetimes shorter and up to 20 times longer than those of meta-training (section 8.2)");
        return registry;
    }
}
