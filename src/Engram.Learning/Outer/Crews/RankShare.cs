using System.Runtime.InteropServices;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer.Crews;

/// <summary>One rank's part in an outer step: it lives a run of its lifetimes, and adds their meta-gradients to the sum where their turn
/// comes.</summary>
/// <remarks>
/// The sum goes from rank to rank, each adding its lifetimes in their order, and from the last one to rank 0. So it is the very sum that
/// one process
/// takes, whatever the number of ranks. It goes in pieces, so that all ranks add at once.
/// </remarks>
internal sealed class RankShare : IDisposable
{
    private const int PieceElements = 1 << 16;
    private const int BytesPerOutcome = 3 * sizeof(double);
    private readonly IRanks ranks;
    private readonly EngineTeam engines;
    private readonly IEstimation estimation;
    private readonly IEstimationWorker[] workers;
    private readonly MetaParameters<float>[] slotGradients;
    private readonly ParameterChunks learnt, all;
    private readonly float[] sum, parameters;
    private readonly Action<int, int, ILifetimeEngine<float>> estimateOne;
    private float[][] gradients = [];
    private LifetimeOutcome[] outcomes = [];
    private NonFiniteException?[] failures = [];
    private Exception? fault;
    private MetaParameters<float>? living;
    private ulong first;

    public RankShare(IRanks ranks, CrewContext context)
    {
        EstimationContext about = context.Estimation;
        if (about.LifetimesPerOuterStep < ranks.Count)
        {
            throw new EngramException(
                $"Found {ranks.Count} ranks for {about.LifetimesPerOuterStep} lifetimes an outer step, expected at most one rank a " +
                $"lifetime; start fewer, or raise meta-training.lifetimes-per-outer-step.");
        }

        this.ranks = ranks;
        int most = (about.LifetimesPerOuterStep + ranks.Count - 1) / ranks.Count;
        engines = new EngineTeam(about.Layout, most, context.Threads, context.EngineFactory);
        try
        {
            estimation = context.Estimator.Begin(about);
            if (estimation.LivesAllFirst || !estimation.State.IsEmpty)
            {
                string name = MetaGradientEstimators.Registry.Describe(context.Estimator);
                throw new EngramException(
                    $"Found {name} on {ranks.Count} ranks, expected an estimator whose lifetimes know nothing of each other, such as " +
                    $"backpropagation; start it as one process.");
            }
        }
        catch
        {
            engines.Dispose();
            throw;
        }

        workers = [.. Enumerable.Range(0, engines.Slots).Select(slot => estimation.CreateWorker(engines.EngineOf(slot), slot))];
        slotGradients = [.. Enumerable.Range(0, engines.Slots).Select(_ => new MetaParameters<float>(about.Layout))];
        (learnt, all) = (new ParameterChunks(about.Layout, about.Frozen), new ParameterChunks(about.Layout, FrozenParameters.None));
        sum = new float[Elements(learnt, slotGradients[0])];
        parameters = new float[Elements(all, slotGradients[0])];
        estimateOne = EstimateOne;
    }

    /// <summary>The threads of this process.</summary>
    public WorkerTeam Team => engines.Team;

    /// <summary>Bytes that this rank has sent and received.</summary>
    public long Bytes { get; private set; }

    /// <summary>Gives rank 0's meta-parameters to all.</summary>
    public void Share(MetaParameters<float> values)
    {
        if (ranks.Rank == 0)
        {
            Copy(all, values, parameters, back: false);
        }

        ranks.Broadcast(MemoryMarshal.AsBytes(parameters.AsSpan()));
        Bytes += (long)parameters.Length * sizeof(float);
        if (ranks.Rank > 0)
        {
            Copy(all, values, parameters, back: true);
        }
    }

    /// <summary>Lives this rank's lifetimes of first … first + count − 1. What fails is kept for <see cref="Report"/>.</summary>
    public void Live(MetaParameters<float> values, ulong firstLifetime, int count)
    {
        (int begin, int end) = Of(count, ranks.Rank);
        int own = end - begin;
        if (own > gradients.Length)
        {
            (gradients, outcomes, failures) = (new float[own][], new LifetimeOutcome[own], new NonFiniteException?[own]);
            for (int i = 0; i < own; i++)
            {
                gradients[i] = new float[sum.Length];
            }
        }

        (living, first, fault) = (values, firstLifetime + (ulong)begin, null);
        Array.Clear(failures);
        try
        {
            for (int done = 0; done < own; done += engines.Slots)
            {
                engines.RunWave(done, Math.Min(engines.Slots, own - done), estimateOne);
            }

            estimation.Complete();
        }
        catch (Exception e) when (e is EngramException or OutOfMemoryException or IOException)
        {
            fault = e;
        }
    }

    /// <summary>Tells rank 0 what came of this rank's lifetimes; on the other ranks.</summary>
    public void Report(int count)
    {
        (int begin, int end) = Of(count, ranks.Rank);
        RankMessages.SendText(ranks, fault is null ? string.Empty : Told(fault));
        if (fault is null)
        {
            Span<double> numbers = stackalloc double[3];
            for (int i = 0; i < end - begin; i++)
            {
                (numbers[0], numbers[1], numbers[2]) = (outcomes[i].QueryLoss, outcomes[i].QueryAccuracy, failures[i] is null ? 0 : 1);
                ranks.Send(MemoryMarshal.AsBytes(numbers), 0);
                Bytes += BytesPerOutcome;
            }
        }
    }

    /// <summary>Collects on rank 0 what came of all lifetimes.</summary>
    /// <param name="count">How many there were.</param>
    /// <param name="found">Their outcomes in order, without those that were dropped.</param>
    /// <returns>How many are in neither sum nor outcomes, and the first failure.</returns>
    public (int Dropped, Exception? Failure) Collect(int count, LifetimeOutcome[] found)
    {
        int kept = 0, dropped = 0;
        NonFiniteException? firstFailure = null;
        Exception? failure = fault;
        (int _, int own) = Of(count, 0);
        for (int i = 0; i < own && fault is null; i++)
        {
            firstFailure ??= failures[i];
            Take(outcomes[i], failures[i] is not null);
        }

        Span<double> numbers = stackalloc double[3];
        for (int rank = 1; rank < ranks.Count; rank++)
        {
            if (RankMessages.ReceiveText(ranks, rank) is { Length: > 0 } told)
            {
                failure ??= FromTold(told, rank);
                continue;
            }

            (int begin, int end) = Of(count, rank);
            for (int i = begin; i < end; i++)
            {
                ranks.Receive(MemoryMarshal.AsBytes(numbers), rank);
                Bytes += BytesPerOutcome;
                Take(new LifetimeOutcome(numbers[0], numbers[1]), numbers[2] != 0);
            }
        }

        bool tooMany = dropped > 0 && (kept == 0 || dropped > estimation.MostDropped * count);
        return (dropped, failure ?? (tooMany ? firstFailure ?? new NonFiniteException("query loss", -1, -1) : null));

        void Take(LifetimeOutcome outcome, bool drops)
        {
            if (drops)
            {
                dropped++;
            }
            else
            {
                found[kept++] = outcome;
            }
        }
    }

    /// <summary>Adds this rank's meta-gradients to the sum of the ranks before, and hands it on; on rank 0 the sum of all stands in the
    /// total afterwards.</summary>
    public void Sum(int count, MetaParameters<float>? total)
    {
        (int begin, int end) = Of(count, ranks.Rank);
        int last = ranks.Count - 1;
        for (int at = 0; at < sum.Length; at += PieceElements)
        {
            Span<float> piece = sum.AsSpan(at, Math.Min(PieceElements, sum.Length - at));
            int from = 0;
            if (ranks.Rank == 0)
            {
                gradients[from++].AsSpan(at, piece.Length).CopyTo(piece);
            }
            else
            {
                ranks.Receive(MemoryMarshal.AsBytes(piece), ranks.Rank - 1);
            }

            for (int i = from; i < end - begin; i++)
            {
                GradientSum.AddTo(piece, gradients[i].AsSpan(at, piece.Length));
            }

            if (ranks.Rank < last)
            {
                ranks.Send(MemoryMarshal.AsBytes(piece), ranks.Rank + 1);
            }

            Bytes += (long)piece.Length * sizeof(float);
        }

        // Only when all of it has come does the last rank send: nobody waits in a circle.
        if (ranks.Rank == last)
        {
            ranks.Send(MemoryMarshal.AsBytes(sum.AsSpan()), 0);
        }
        else if (ranks.Rank == 0)
        {
            ranks.Receive(MemoryMarshal.AsBytes(sum.AsSpan()), last);
            Bytes += (long)sum.Length * sizeof(float);
            Copy(learnt, total!, sum, back: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IEstimationWorker worker in workers)
        {
            worker.Dispose();
        }

        estimation.Dispose();
        engines.Dispose();
        foreach (MetaParameters<float> slot in slotGradients)
        {
            slot.Dispose();
        }
    }

    /// <summary>A number that says which lifetimes a rank makes: of the first one's inputs and targets.</summary>
    public static ulong FingerprintOf(Lifetime<float> lifetime)
    {
        ulong hash = 14695981039346656037;
        foreach (Tensor<float> tensor in (Tensor<float>[])[lifetime.StreamInputs, lifetime.StreamTargets, lifetime.QueryInputs,
            lifetime.QueryTargets])
        {
            for (int r = 0; r < tensor.Rows; r++)
            {
                foreach (float value in tensor.Row(r))
                {
                    hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211;
                }
            }
        }

        return hash;
    }

    private (int Begin, int End) Of(int count, int rank) =>
        ((int)((long)count * rank / ranks.Count), (int)((long)count * (rank + 1) / ranks.Count));

    private void EstimateOne(int item, int slot, ILifetimeEngine<float> engine)
    {
        try
        {
            outcomes[item] = workers[slot].Estimate(living!, first + (ulong)item, slotGradients[slot]);
            Copy(learnt, slotGradients[slot], gradients[item], back: false);
        }
        catch (NonFiniteException failure) when (estimation.MostDropped > 0)
        {
            failures[item] = failure;
            Array.Clear(gradients[item]);
        }
    }

    private static int Elements(ParameterChunks chunks, MetaParameters<float> values)
    {
        int elements = 0;
        for (int i = 0; i < chunks.Count; i++)
        {
            Tensor<float> part = chunks[i].Of(values);
            elements = checked(elements + (part.Rows * part.Columns));
        }

        return elements;
    }

    private static void Copy(ParameterChunks chunks, MetaParameters<float> values, float[] flat, bool back)
    {
        int at = 0;
        for (int i = 0; i < chunks.Count; i++)
        {
            Tensor<float> part = chunks[i].Of(values);
            for (int r = 0; r < part.Rows; r++)
            {
                Span<float> row = part.Row(r), place = flat.AsSpan(at, part.Columns);
                (back ? place : row).CopyTo(back ? row : place);
                at += part.Columns;
            }
        }
    }

    private static string Told(Exception fault) => fault is NonFiniteException e
        ? FormattableString.Invariant($"non-finite\n{e.Layer}\n{e.InnerStep}\n{e.Quantity}")
        : $"fault\n{(fault is OutOfMemoryException ? "Found too little memory, expected enough for a lifetime." : fault.Message)}";

    private static Exception FromTold(string told, int rank)
    {
        string[] parts = told.Split('\n');
        return parts is ["non-finite", var layer, var step, var quantity]
            && int.TryParse(layer, System.Globalization.CultureInfo.InvariantCulture, out int l)
            && int.TryParse(step, System.Globalization.CultureInfo.InvariantCulture, out int s)
            ? new NonFiniteException(quantity, l, s)
            : new EngramException($"Rank {rank}: {string.Join(' ', parts.Skip(1))}");
    }
}
