using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;

namespace OwnParts;

/// <summary>A supervised problem: are most of some bits ones?</summary>
public sealed record MostBitsSpec : SupervisedProblemSpec
{
    [Setting(3, 16, "Bits of an input.", Unit = "bits")]
    public int Bits { get; init; } = 9;

    public override bool IsClassification => true;

    public override ExampleShape KnownShape => new(Bits, 2);

    public override ISupervisedProblem Create(DataContext context)
    {
        SettingAttribute.Check(this, "most bits");
        return new MostBits(this);
    }
}

/// <summary>All numbers of so many bits; of every eight, six are for training and one each for the others.</summary>
internal sealed class MostBits(MostBitsSpec spec) : ISupervisedProblem
{
    public ExampleShape Shape => spec.KnownShape;

    public ILabelledExamples Examples(ExampleSplit split) => new Numbers(spec.Bits, split);

    private sealed class Numbers(int bits, ExampleSplit split) : ILabelledExamples
    {
        public int Count => (1 << bits) / 8 * (split == ExampleSplit.Train ? 6 : 1);

        public void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets)
        {
            for (int i = 0; i < examples.Length; i++)
            {
                int number = NumberOf(examples[i]), ones = 0;
                for (int bit = 0; bit < bits; bit++)
                {
                    ones += number >> bit & 1;
                    inputs[i, bit] = (number >> bit & 1) == 1 ? 1 : -1;
                }

                (targets[i, 0], targets[i, 1]) = 2 * ones > bits ? (1, 0) : (0, 1);
            }
        }

        private int NumberOf(int example) => split switch
        {
            ExampleSplit.Train => (example / 6 * 8) + (example % 6),
            ExampleSplit.Validation => (example * 8) + 6,
            _ => (example * 8) + 7,
        };
    }
}
