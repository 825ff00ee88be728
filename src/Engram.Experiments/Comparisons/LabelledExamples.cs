using Engram.Numerics.Memory;
using Engram.Supervised;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>A split of a problem, as a trainer reads it.</summary>
internal sealed class LabelledExamples(ISupervisedProblem problem, ExampleSplit split) : IExamples
{
    private readonly ILabelledExamples examples = problem.Examples(split);

    public int Count => examples.Count;

    public int Inputs => problem.Shape.Inputs;

    public int Outputs => problem.Shape.Outputs;

    public void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets) =>
        this.examples.Read(examples, inputs, targets);
}
