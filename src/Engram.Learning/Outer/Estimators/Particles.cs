using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer.Estimators;

/// <summary>Lives that go on from outer step to outer step, one for each of its lifetimes: where each stands, saved with the run.</summary>
/// <remarks>
/// A particle's life takes a window of inner steps in each outer step, and where it has ended the next begins. At the first outer step
/// particle k of K begins k / K of its life in, so that windows of all ages stand
/// in each estimate. A particle is written to by whoever has its item of the outer step, nobody else.
/// </remarks>
internal sealed class Particles : IDisposable
{
    private const int StepsInLow = 1 << 20;
    private const int Window = 0, BeganHigh = 1, BeganLow = 2, Difference = 3, Diverged = 4, Columns = 5;
    private readonly EstimationContext context;
    private readonly Arena arena = new();
    private readonly Tensor<float> clock;
    private readonly int window;

    /// <param name="context">What they are for.</param>
    /// <param name="window">Inner steps of a window.</param>
    /// <param name="states">Names of the states that each particle has.</param>
    /// <param name="noise">Positions of the parameters for which it keeps a sum of noise.</param>
    public Particles(EstimationContext context, int window, ImmutableArray<string> states, ImmutableArray<int> noise)
    {
        (this.context, this.window) = (context, window);
        int count = context.LifetimesPerOuterStep;
        ParameterLayout layout = context.Layout;
        double numbers = layout.State.Specs.Sum(s => (double)s.Rows * s.Columns * states.Length)
            + noise.Sum(i => (double)layout.Parameters[i].Rows * layout.Parameters[i].Columns);
        MemoryLimit.Expect(
            3 * sizeof(float) * numbers * count,
            FormattableString.Invariant($"{count} particles of {numbers:N0} numbers, their copies and checkpoints"),
            "lower meta-training.lifetimes-per-outer-step.");

        var saved = ImmutableArray.CreateBuilder<SavedTensor>();
        Tensor<float> Keep(string name, ImmutableArray<int> shape, int rows, int columns)
        {
            Tensor<float> values = arena.Allocate<float>(count * rows, columns);
            saved.Add(new SavedTensor(name, [count, .. shape], values));
            return values;
        }

        clock = Keep("particles", [Columns], 1, Columns);
        var tensors = states.Select(
            name => layout.State.Specs.Select(s => (s.Rows, Values: Keep($"{name}.{s.Name}", s.Shape, s.Rows, s.Columns))).ToArray())
            .ToArray();
        var sums = noise.ToDictionary(
            i => i, i =>
            Keep($"noise.{layout.Parameters[i].Name}", layout.Parameters[i].Shape, layout.Parameters[i].Rows,
            layout.Parameters[i].Columns));
        States = [.. Enumerable.Range(0, count)
            .Select(k => tensors.Select(t => new LifeTensors<float>(layout, [.. t.Select(s => s.Values.Slice(k * s.Rows, s.Rows))], null))
            .ToImmutableArray())];
        Noise = (k, i) => sums[i].Slice(k * layout.Parameters[i].Rows, layout.Parameters[i].Rows);
        State = saved.ToImmutable();
    }

    /// <summary>What is saved.</summary>
    public ImmutableArray<SavedTensor> State { get; }

    /// <summary>The states of each particle.</summary>
    public ImmutableArray<ImmutableArray<LifeTensors<float>>> States { get; }

    /// <summary>The sum of noise of a particle for a parameter.</summary>
    public Func<int, int, Tensor<float>> Noise { get; }

    /// <summary>Where a particle stands in its life.</summary>
    /// <param name="Item">The particle.</param>
    /// <param name="Index">Index of the lifetime that it lives.</param>
    /// <param name="Lifetime">That lifetime.</param>
    /// <param name="Next">The window that it lives next, from 0.</param>
    /// <param name="Windows">How many windows the life has.</param>
    /// <param name="Ahead">Windows to live before that one without an estimate.</param>
    public readonly record struct Place(int Item, ulong Index, Lifetime<float> Lifetime, int Next, int Windows, int Ahead);

    /// <summary>Where the particle of a lifetime of the outer step stands, or begins.</summary>
    public Place Find(ulong lifetime, int slot)
    {
        ulong count = (ulong)context.LifetimesPerOuterStep, step = lifetime / count;
        int item = (int)(lifetime % count), next = (int)clock[item, Window];
        ulong began = next == 0 ? step : ((ulong)clock[item, BeganHigh] * StepsInLow) + (ulong)clock[item, BeganLow];
        ulong index = (began * count) + (ulong)item;
        Lifetime<float> life = context.Source.Get(index, slot);
        int windows = Math.Max(1, (life.InnerSteps + window - 1) / window);
        int ahead = next == 0 && step == 0 ? (int)((long)item * windows / (int)count) : 0;
        (clock[item, BeganHigh], clock[item, BeganLow]) = (began / StepsInLow, began % StepsInLow);
        return new Place(item, index, life, next + ahead, windows, ahead);
    }

    /// <summary>The inner steps of one window.</summary>
    public Lifetime<float> Part(in Place place, int number) =>
        place.Lifetime.Part(number * window, Math.Min(window, place.Lifetime.InnerSteps - (number * window)));

    /// <summary>The difference of losses at the end of the window before; 0 before the first.</summary>
    public ref float DifferenceOf(int item) => ref clock[item, Difference];

    /// <summary>The particle has lived a window; after the last one its next life begins.</summary>
    public void Lived(in Place place)
    {
        bool ended = place.Next + 1 >= place.Windows;
        clock[place.Item, Window] = ended ? 0 : place.Next + 1;
        clock[place.Item, Difference] = ended ? 0 : clock[place.Item, Difference];
    }

    /// <summary>The particle has diverged: its next life begins with the next outer step.</summary>
    public void Drop(int item)
    {
        (clock[item, Window], clock[item, Difference]) = (0, 0);
        clock[item, Diverged]++;
    }

    public void Dispose() => arena.Dispose();
}

/// <summary>Copies the state at the end of a part of a life.</summary>
internal sealed class StateAtEnd(LifeTensors<float> copy) : ILifetimeObserver<float>
{
    public int LastStep { get; set; }

    public void OnState(int innerStep, LifeTensors<float> state)
    {
        if (innerStep == LastStep)
        {
            copy.CopyFrom(state);
        }
    }
}
