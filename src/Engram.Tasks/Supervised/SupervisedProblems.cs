using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;

namespace Engram.Tasks.Supervised;

/// <summary>Parts of the examples of a supervised problem; they share none.</summary>
public enum ExampleSplit
{
    /// <summary>What weights are learnt from, again and again.</summary>
    Train,

    /// <summary>What settings, and the moment to stop, are chosen by.</summary>
    Validation,

    /// <summary>What results are reported on.</summary>
    Test,
}

/// <summary>The shape of a supervised problem's examples.</summary>
/// <param name="Inputs">Width of an input.</param>
/// <param name="Outputs">Width of a target: the number of classes in classification.</param>
/// <param name="Image">What an input is where it is an image, [channel][row][column]; null where it is not.</param>
public sealed record ExampleShape(int Inputs, int Outputs, ImageShape? Image = null);

/// <summary>Labelled examples of one split, read in any order, as often as wanted. Never change; several threads may read.</summary>
public interface ILabelledExamples
{
    /// <summary>How many.</summary>
    int Count { get; }

    /// <summary>Writes some examples, one a row. Allocates nothing.</summary>
    /// <param name="examples">Indices, 0 … <see cref="Count"/> − 1.</param>
    /// <param name="inputs">[n, inputs], every element of which is written.</param>
    /// <param name="targets">[n, outputs], likewise; one-hot in classification.</param>
    void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets);
}

/// <summary>A supervised problem with its examples.</summary>
public interface ISupervisedProblem
{
    /// <summary>Shape of every example.</summary>
    ExampleShape Shape { get; }

    /// <summary>The examples of a split.</summary>
    ILabelledExamples Examples(ExampleSplit split);
}

/// <summary>The settings of a supervised problem: an immutable record with a default for each.</summary>
public abstract record SupervisedProblemSpec
{
    /// <summary>Whether targets are one-hot classes, which are judged by cross-entropy; else they are numbers of mean 0 and variance 1 over
    /// the training examples, judged by squared error.</summary>
    public abstract bool IsClassification { get; }

    /// <summary>The shape of the examples where the settings alone say it; null where only the data do.</summary>
    public virtual ExampleShape? KnownShape => null;

    /// <summary>Makes the problem.</summary>
    /// <param name="context">Where data sets lie, and who is told how reading them comes on.</param>
    /// <exception cref="EngramException">A setting is out of its range, or the problem's data are not there.</exception>
    public abstract ISupervisedProblem Create(DataContext context);
}

/// <summary>The supervised problems there are, by name.</summary>
public static class SupervisedProblems
{
    /// <summary>All problems, each by its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<SupervisedProblemSpec> Registry { get; } = BuiltIn();

    private static Registry<SupervisedProblemSpec> BuiltIn()
    {
        var registry = new Registry<SupervisedProblemSpec>("supervised problem");
        registry.Register("images", new ImageClassesSpec(), "classes of the images of a data set");
        registry.Register("autoencoder", new ImageAutoencoderSpec(), "images of a data set that are to be given back");
        registry.Register(
            "two-link-arm", new TwoLinkArmSpec(),
            "inverse dynamics of a simulated planar arm: torques M(q) q̈ + C(q, q̇) q̇ + g(q) from q, q̇, q̈");
        return registry;
    }
}
