using System.Numerics;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.Programs;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Engines.Compiled;

/// <summary>The engine for any learner: birth, inner step and query are recorded once for a shape, planned, compiled, and run by a team of
/// threads.</summary>
/// <remarks>
/// <para>Inner steps are cut into segments of about √(T / 12), as the fused engine cuts them. Forth, the state at each segment's start is
/// kept, and of each step what products made of activity. Back, a segment
/// is replayed from there with what is kept, and every step's adjoint is computed with what the replay recorded. Where memory does not hold
/// what is kept, the replay computes it again.</para>
/// <para>What it must match is TapeLifetimeEngine. A life in which a number is not finite is lived again there, to say where.</para>
/// </remarks>
internal sealed class CompiledLifetimeEngine<TLanes, T> : ILifetimeEngine<T>
    where TLanes : unmanaged, ILanes<TLanes, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const long BlockBytes = 16 << 20;
    private readonly WorkerTeam team;
    private readonly bool ownsTeam;
    private readonly long budgetBytes;
    private readonly Action<int> live;
    private readonly Tensor<T>[] meta;
    private readonly Tensor<T>[] metaGradient;
    private CompiledLives<TLanes, T>? lives;
    private TapeLifetimeEngine<T>? plain;
    private bool readsNumbers;

    private Lifetime<T>? lifetime;
    private LifeTensors<T>? start;
    private ILifetimeObserver<T>? observer;
    private MetaParameters<T>? parameters;
    private bool differentiates;

    /// <summary>Makes an engine for a learner on a network.</summary>
    public CompiledLifetimeEngine(ParameterLayout layout, int threads, long budgetBytes)
        : this(layout, new WorkerTeam(threads), budgetBytes) => ownsTeam = true;

    /// <summary>Makes an engine that works with somebody's team.</summary>
    public CompiledLifetimeEngine(ParameterLayout layout, WorkerTeam team, long budgetBytes)
    {
        (Layout, this.team, this.budgetBytes) = (layout, team, budgetBytes);
        (meta, metaGradient) = (new Tensor<T>[layout.Parameters.Length], new Tensor<T>[layout.Parameters.Length]);
        live = part => lives!.Live(part, meta, metaGradient, lifetime!, start, differentiates, observer, parameters!);
    }

    /// <inheritdoc/>
    public ParameterLayout Layout { get; }

    /// <summary>Bytes of native memory that the engine holds.</summary>
    public long ReservedBytes => lives?.ReservedBytes ?? 0;

    /// <inheritdoc/>
    public LifetimeOutcome Live(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null,
            LifeTensors<T>? start = null)
    {
        Query.CheckLayout(parameters, Layout);
        lifetime.Validate(Layout.Network);
        if (metaGradient is not null)
        {
            Query.CheckLayout(metaGradient, Layout);
        }

        if (!Prepare(lifetime, metaGradient is not null))
        {
            return Plain.Live(parameters, lifetime, metaGradient, observer, start);
        }

        CompiledLives<TLanes, T> memory = lives!;
        for (int i = 0; i < meta.Length; i++)
        {
            meta[i] = parameters[i];
            this.metaGradient[i] = metaGradient is null ? default : metaGradient[i];
        }

        (this.parameters, this.lifetime, this.observer, this.start, differentiates) =
            (parameters, lifetime, observer, start, metaGradient is not null);
        try
        {
            metaGradient?.Clear();
            memory.Compile(differentiates, observer is { WantsActivity: true });
            memory.Draw(lifetime);
            memory.BindConvolutions(meta, this.metaGradient);
            double? count = Query.Count(lifetime, Layout.Learner.Objective);
            memory.Count = count ?? 1;
            team.Run(live);
            double loss = memory.Loss / memory.Count;
            if (!double.IsFinite(loss) || !memory.IsStateFinite || (metaGradient is not null && !IsFinite(metaGradient)))
            {
                throw Locate(parameters, lifetime, metaGradient, start);
            }

            return Query.Judge(memory.Outputs, lifetime, loss, Layout.Learner.Objective);
        }
        finally
        {
            (this.parameters, this.lifetime, this.observer, this.start) = (null, null, null, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ownsTeam)
        {
            team.Dispose();
        }

        plain?.Dispose();
        lives?.Dispose();
    }

    private TapeLifetimeEngine<T> Plain => plain ??= new TapeLifetimeEngine<T>(Layout);

    // A step that reads numbers as it is recorded may compute something else the next time: such a learner runs on tapes.
    private bool Prepare(Lifetime<T> lifetime, bool differentiate)
    {
        if (readsNumbers || lives is { } current && current.Fits(lifetime, differentiate))
        {
            return !readsNumbers;
        }

        lives?.Dispose();
        lives = null;
        try
        {
            lives = new CompiledLives<TLanes, T>(Layout, lifetime, differentiate, team, budgetBytes, new Arena(BlockBytes));
            return true;
        }
        catch (NumberAskedException)
        {
            readsNumbers = true;
            return false;
        }
    }

    private NonFiniteException Locate(
        MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient, LifeTensors<T>? start)
    {
        try
        {
            Plain.Live(parameters, lifetime, metaGradient, null, start);
            return new NonFiniteException("query loss", -1, -1);
        }
        catch (NonFiniteException found)
        {
            return found;
        }
    }

    private static bool IsFinite(MetaParameters<T> values)
    {
        for (int i = 0; i < values.Layout.Parameters.Length; i++)
        {
            if (!RowKernels<TLanes, T>.IsFinite(values[i]))
            {
                return false;
            }
        }

        return true;
    }
}
