using System.Collections.Immutable;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Tests;

/// <summary>A learner of one row of parameters and one row of state, for engines that know its steps by themselves.</summary>
internal sealed record RowLearnerSpec(int Parameters, int State) : LearnerSpec
{
    public override ILearner Create(NetworkSpec network) => new Learner(
        [new ParameterSpec("network.theta", "rule", -1, [Parameters]) { Start = 0.5 }],
            [new StateSpec("row", StateRoles.Memory, -1, [State])]);

    internal ParameterLayout Layout() => ParameterLayout.For(NetworkSpec.Feedforward([1, 1], 1), this);

    private sealed class Learner(ImmutableArray<ParameterSpec> parameters, ImmutableArray<StateSpec> state) : ILearner
    {
        public ImmutableArray<ParameterSpec> Parameters => parameters;

        public ImmutableArray<StateSpec> State => state;

        public LifeBirth Birth(in BirthInputs inputs) => throw new NotSupportedException();

        public LifeState Step(in StepInputs inputs) => throw new NotSupportedException();

        public Numerics.Autodiff.Var Output(in OutputInputs inputs) => throw new NotSupportedException();
    }
}

/// <summary>Lives a system of one row of state, s ← step(s, θ, t), judged by a loss of its own.</summary>
internal abstract class RowEngine : ILifetimeEngine<float>
{
    private readonly Arena arena = new();
    private readonly LifeTensors<float> state;

    protected RowEngine(int parameters, int stateSize)
    {
        Layout = new RowLearnerSpec(parameters, stateSize).Layout();
        state = new LifeTensors<float>(Layout, arena);
    }

    public ParameterLayout Layout { get; }

    public LifetimeOutcome Live(
        MetaParameters<float> parameters, Lifetime<float> lifetime, MetaParameters<float>? metaGradient = null,
            ILifetimeObserver<float>? observer = null, LifeTensors<float>? start = null)
    {
        Span<float> row = state[0].Row(0);
        if (start is null)
        {
            row.Fill(Birth);
        }
        else
        {
            start[0].Row(0).CopyTo(row);
        }

        observer?.OnState(-1, state);
        int now = 0;
        Begin();
        for (int step = 0; step < lifetime.InnerSteps; step++)
        {
            now = (int)lifetime.StreamInputs[step, 0];
            Step(row, parameters[0].Row(0), now);
            observer?.OnState(step, state);
        }

        double loss = Loss(row, now);
        if (metaGradient is not null)
        {
            Gradient(row, now, metaGradient[0].Row(0));
        }

        return new LifetimeOutcome(loss, double.NaN);
    }

    public void Dispose() => arena.Dispose();

    protected abstract float Birth { get; }

    protected abstract void Begin();

    protected abstract void Step(Span<float> row, ReadOnlySpan<float> theta, int step);

    protected abstract double Loss(ReadOnlySpan<float> row, int step);

    protected abstract void Gradient(ReadOnlySpan<float> row, int step, Span<float> gradient);
}

/// <summary>Losses that are linear in the parameters of each step: L_t = Σ_{τ ≤ t} a_tτ · θ_τ.</summary>
internal sealed class LinearEngine(float[,][] a) : RowEngine(a[0, 0].Length, a.GetLength(0))
{
    private readonly int steps = a.GetLength(0);
    private int firstStep;

    protected override float Birth => 0;

    /// <summary>a_tτ for τ ≤ t, zeros elsewhere.</summary>
    internal static float[,][] Coefficients(int steps, int parameters, ulong seed)
    {
        var random = new RandomStream(seed);
        var a = new float[steps, steps][];
        for (int t = 0; t < steps; t++)
        {
            for (int tau = 0; tau < steps; tau++)
            {
                a[t, tau] = new float[parameters];
                if (tau <= t)
                {
                    random.FillNormal<float>(a[t, tau], 1);
                }
            }
        }

        return a;
    }

    protected override void Begin() => firstStep = -1;

    protected override void Step(Span<float> row, ReadOnlySpan<float> theta, int step)
    {
        firstStep = firstStep < 0 ? step : firstStep;
        for (int t = step; t < steps; t++)
        {
            for (int p = 0; p < theta.Length; p++)
            {
                row[t] += a[t, step][p] * theta[p];
            }
        }
    }

    protected override double Loss(ReadOnlySpan<float> row, int step) => row[step];

    protected override void Gradient(ReadOnlySpan<float> row, int step, Span<float> gradient)
    {
        gradient.Clear();
        for (int tau = firstStep; tau <= step; tau++)
        {
            for (int p = 0; p < gradient.Length; p++)
            {
                gradient[p] += a[step, tau][p];
            }
        }
    }
}

/// <summary>Influence balancing: s ← A s + θ (1, …, 1, −1, …, −1), L = ½ (s_0 − 1)²; what acts soon acts against what acts in the
/// end.</summary>
/// <remarks>n = 23, of which 10 positive; A_ii = A_{i,i+1} = ½; s = 1 at first. Fixed point s_0 = −6 θ, so θ* = −1/6. Source: Vicol, Metz,
/// Sohl-Dickstein 2021.</remarks>
internal sealed class InfluenceEngine() : RowEngine(1, Size)
{
    private const int Size = 23, Positive = 10;
    private readonly float[] derivative = new float[Size];

    protected override float Birth => 1;

    protected override void Begin() => Array.Clear(derivative);

    protected override void Step(Span<float> row, ReadOnlySpan<float> theta, int step)
    {
        Advance(row, theta[0]);
        Advance(derivative, 1);
    }

    protected override double Loss(ReadOnlySpan<float> row, int step) => 0.5 * ((double)row[0] - 1) * ((double)row[0] - 1);

    protected override void Gradient(ReadOnlySpan<float> row, int step, Span<float> gradient) => gradient[0] = (row[0] - 1) * derivative[0];

    private static void Advance(Span<float> s, float input)
    {
        for (int i = 0; i < Size; i++)
        {
            s[i] = (0.5f * (s[i] + (i + 1 < Size ? s[i + 1] : 0))) + (i < Positive ? input : -input);
        }
    }
}

/// <summary>A loss that is a function of the parameters.</summary>
internal sealed class FunctionEngine(int parameters, Func<ReadOnlyMemory<float>, double> loss) : RowEngine(parameters, parameters)
{
    protected override float Birth => 0;

    protected override void Begin()
    {
    }

    protected override void Step(Span<float> row, ReadOnlySpan<float> theta, int step) => theta.CopyTo(row);

    protected override double Loss(ReadOnlySpan<float> row, int step) => loss(row.ToArray());

    protected override void Gradient(ReadOnlySpan<float> row, int step, Span<float> gradient) => throw new NotSupportedException();
}

/// <summary>Lifetimes whose stream says nothing but which step it is.</summary>
internal sealed class StepNumbers : IMetaTrainingSource<float>, IDisposable
{
    private readonly Arena arena = new();
    private readonly Lifetime<float> life;

    internal StepNumbers(int steps)
    {
        life = new Lifetime<float>(
            steps, 1, arena.Allocate<float>(steps, 1), arena.Allocate<float>(steps, 1), arena.Allocate<float>(1, 1),
            arena.Allocate<float>(1, 1));
        for (int t = 0; t < steps; t++)
        {
            life.StreamInputs[t, 0] = t;
        }
    }

    public Lifetime<float> Get(ulong index, int slot) => life;

    public void Dispose() => arena.Dispose();
}

/// <summary>Lines to be learnt: lifetimes for real learners.</summary>
internal sealed class LineLifetimes : IMetaTrainingSource<float>, IDisposable
{
    internal const int Steps = 7;
    private const int Batch = 3, Queries = 5;
    private readonly Arena arena = new();
    private readonly Lifetime<float>[] slots;

    internal LineLifetimes() =>
        slots = [.. Enumerable.Range(0, 8)
        .Select(_ => new Lifetime<float>(Steps, Batch, New(Steps * Batch), New(Steps * Batch), New(Queries), New(Queries)))];

    /// <summary>Lifetimes that no learner survives.</summary>
    internal Func<ulong, bool> Deadly { get; init; } = _ => false;

    internal static ParameterLayout Layout { get; } = ParameterLayout.For(NetworkSpec.Feedforward([1, 6, 5, 1], 2), new LocalLearnerSpec());

    internal static InitializationSpec Start { get; } = new() { HiddenPlasticity = 0.01, ReadoutPlasticity = 0.01 };

    public Lifetime<float> Get(ulong index, int slot)
    {
        RandomStream random = new RandomStream(5).Split(index);
        (double slope, double height) = (random.NextNormal(), Deadly(index) ? double.PositiveInfinity : random.NextNormal());
        Draw(slots[slot].StreamInputs, slots[slot].StreamTargets);
        Draw(slots[slot].QueryInputs, slots[slot].QueryTargets);
        return slots[slot];

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

    internal MetaTrainer Trainer(MetaTrainingSpec spec, int threads, FrozenParameters? frozen = null) =>
        new(Layout, Start, spec, this, 3, threads,
            (layout, inside) => LifetimeEngines.Create<float>(layout, options: new EngineOptions { Threads = inside }), frozen);

    private Tensor<float> New(int rows) => arena.Allocate<float>(rows, 1);
}
