using Engram.Numerics.Memory;

namespace Engram.Supervised;

/// <summary>Labelled examples that can be read again and again: one part (training, validation or test) of a problem.</summary>
/// <remarks>Data sets implement it over whatever they hold; reading is what each step does, so it allocates nothing.</remarks>
public interface IExamples
{
    /// <summary>How many.</summary>
    int Count { get; }

    /// <summary>Width of an input.</summary>
    int Inputs { get; }

    /// <summary>Width of a target: K, the number of classes in classification.</summary>
    int Outputs { get; }

    /// <summary>Writes some examples, one a row.</summary>
    /// <param name="examples">Indices, 0 … <see cref="Count"/> − 1.</param>
    /// <param name="inputs">[n, <see cref="Inputs"/>], every element of which is written.</param>
    /// <param name="targets">[n, <see cref="Outputs"/>], likewise; one-hot in classification.</param>
    void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets);
}
