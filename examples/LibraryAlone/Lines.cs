using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace LibraryAlone;

/// <summary>Lifetimes made by hand: a straight line is shown, eight points at a time, then asked for.</summary>
public sealed class Lines : IMetaTrainingSource<float>, IDisposable
{
    private const int Steps = 6, Batch = 8, Queries = 16;
    private readonly Arena arena = new();
    private readonly Lifetime<float>[] slots;

    public Lines(int slots) => this.slots = [.. Enumerable.Range(0, slots).Select(_ => new Lifetime<float>(
        Steps, Batch, New(Steps * Batch), New(Steps * Batch), New(Queries), New(Queries)))];

    // The same index, the same lifetime, whoever asks for it: a slot is one thread's buffers.
    public Lifetime<float> Get(ulong index, int slot)
    {
        RandomStream random = new RandomStream(seed: 5).Split(index);
        (double slope, double height) = (random.NextNormal(), random.NextNormal());
        Lifetime<float> life = slots[slot];
        Draw(life.StreamInputs, life.StreamTargets);
        Draw(life.QueryInputs, life.QueryTargets);
        return life;

        void Draw(Tensor<float> inputs, Tensor<float> targets)
        {
            for (int i = 0; i < inputs.Rows; i++)
            {
                double x = (2 * random.NextUniform()) - 1;
                (inputs[i, 0], targets[i, 0]) = ((float)x, (float)((slope * x) + height));
            }
        }
    }

    public void Dispose() => arena.Dispose();

    private Tensor<float> New(int rows) => arena.Allocate<float>(rows, 1);
}
