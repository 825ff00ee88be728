using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer.Crews;

/// <summary>Makes crews of several processes: rank 0 has the trainer, the others <see cref="RankWorker"/>.</summary>
/// <param name="ranks">The processes.</param>
/// <param name="training">What the others make their part of the crew from, such as a recipe.</param>
/// <param name="told">Told at the end what communication cost; null for nobody.</param>
public sealed class RankCrewFactory(IRanks ranks, string training, Action<string>? told = null) : ILifeCrewFactory
{
    /// <inheritdoc/>
    public ILifeCrew Create(CrewContext context) => new RankCrew(ranks, training, context, told);
}

/// <summary>Several processes: the lifetimes of an outer step are shared out in runs by their index.</summary>
/// <remarks>The same bits as one process: see <see cref="RankShare"/>. One training at a time has the ranks; others wait.</remarks>
internal sealed class RankCrew : ILifeCrew
{
    private static readonly SemaphoreSlim Turn = new(1);
    private readonly IRanks ranks;
    private readonly RankShare share;
    private readonly MetaParameters<float> total;
    private readonly Action<string>? told;
    private readonly long begin = Stopwatch.GetTimestamp();
    private LifetimeOutcome[] outcomes;
    private long steps;
    private TimeSpan communication;
    private bool ended;

    public RankCrew(IRanks ranks, string training, CrewContext context, Action<string>? told)
    {
        (this.ranks, this.told) = (ranks, told);
        outcomes = new LifetimeOutcome[context.Estimation.LifetimesPerOuterStep];
        Turn.Wait();
        try
        {
            share = new RankShare(ranks, context);
            total = new MetaParameters<float>(context.Estimation.Layout);
        }
        catch
        {
            share?.Dispose();
            Turn.Release();
            throw;
        }

        try
        {
            Begin(training, context);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public WorkerTeam Team => share.Team;

    /// <inheritdoc/>
    public ImmutableArray<SavedTensor> State => [];

    /// <inheritdoc/>
    public CrewEstimate Estimate(MetaParameters<float> parameters, ulong firstLifetime, int count)
    {
        if (count > outcomes.Length)
        {
            outcomes = new LifetimeOutcome[count];
        }

        long at = Stopwatch.GetTimestamp();
        RankMessages.Command(ranks, RankCommand.Estimate, firstLifetime, count);
        share.Share(parameters);
        communication += Stopwatch.GetElapsedTime(at);
        share.Live(parameters, firstLifetime, count);
        at = Stopwatch.GetTimestamp();
        (int dropped, Exception? failure) = share.Collect(count, outcomes);
        Span<byte> verdict = [failure is null ? (byte)1 : (byte)0];
        ranks.Broadcast(verdict);
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        share.Sum(count, total);
        communication += Stopwatch.GetElapsedTime(at);
        steps++;
        return new CrewEstimate(total, outcomes.AsMemory(0, count - dropped)) { Dropped = dropped };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ended)
        {
            return;
        }

        ended = true;
        RankMessages.Command(ranks, RankCommand.End);
        if (steps > 0)
        {
            double part = communication / Stopwatch.GetElapsedTime(begin);
            told?.Invoke(string.Create(
                CultureInfo.InvariantCulture,
                $"{ranks.Count} ranks: {share.Bytes / steps / 1e6:0.00} MB an outer step through rank 0, {100 * part:0.0} % of its time " +
                    $"in communication and waiting."));
        }

        share.Dispose();
        total.Dispose();
        Turn.Release();
    }

    // Nobody begins before all are ready: what is wrong on one rank is told in one line, and all end.
    private void Begin(string training, CrewContext context)
    {
        RankMessages.Command(ranks, RankCommand.Begin, count: context.Threads);
        _ = RankMessages.BroadcastText(ranks, training);
        string own = FormattableString.Invariant($"{RankShare.FingerprintOf(context.Estimation.Source.Get(0, 0)):x16}");
        string? wrong = null;
        for (int rank = 1; rank < ranks.Count; rank++)
        {
            string[] answer = RankMessages.ReceiveText(ranks, rank).Split('\n', 2);
            if (answer is ["ready", var theirs])
            {
                wrong ??= theirs == own ? null
                    : $"Found other lifetimes on rank {rank} than on rank 0, expected the same data set on all ranks; compare what " +
                        $"'engram data check' says there.";
            }
            else
            {
                wrong ??= $"Rank {rank}: {answer[^1]}";
            }
        }

        if (wrong is not null)
        {
            throw new EngramException(wrong);
        }
    }
}

/// <summary>What the ranks other than 0 do: they wait for trainings, and live their share of each outer step.</summary>
public static class RankWorker
{
    /// <summary>Serves until rank 0 ends.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="prepare">
    /// Makes this rank's part of a crew from what <see cref="RankCrewFactory"/> was given, and the number of threads; disposed of after the
    /// training. Its
    /// <see cref="EngramException"/>s are told on rank 0.
    /// </param>
    public static void Serve(IRanks ranks, Func<string, int, RankTraining> prepare)
    {
        while (true)
        {
            (RankCommand command, _, long threads) = RankMessages.NextCommand(ranks);
            if (command == RankCommand.Quit)
            {
                return;
            }

            if (command == RankCommand.Begin)
            {
                ServeTraining(ranks, RankMessages.BroadcastText(ranks, string.Empty), (int)threads, prepare);
            }
        }
    }

    /// <summary>Ends the other ranks' <see cref="Serve"/>; on rank 0.</summary>
    public static void Quit(IRanks ranks) => RankMessages.Command(ranks, RankCommand.Quit);

    private static void ServeTraining(IRanks ranks, string training, int threads, Func<string, int, RankTraining> prepare)
    {
        RankTraining? made = null;
        RankShare? share = null;
        try
        {
            try
            {
                made = prepare(training, threads);
                share = new RankShare(ranks, made.Context);
                RankMessages.SendText(
                    ranks, FormattableString.Invariant($"ready\n{RankShare.FingerprintOf(made.Context.Estimation.Source.Get(0, 0)):x16}"));
            }
            catch (Exception e) when (e is EngramException or IOException or UnauthorizedAccessException or OutOfMemoryException)
            {
                RankMessages.SendText(ranks, $"wrong\n{e.Message.ReplaceLineEndings(" ")}");
            }

            // Without a part of its own a rank still hears that the training ends.
            using MetaParameters<float>? parameters = made is null ? null : new MetaParameters<float>(made.Context.Estimation.Layout);
            Span<byte> verdict = stackalloc byte[1];
            while (RankMessages.NextCommand(ranks) is (RankCommand.Estimate, var first, var count))
            {
                share!.Share(parameters!);
                share.Live(parameters!, first, (int)count);
                share.Report((int)count);
                ranks.Broadcast(verdict);
                if (verdict[0] != 0)
                {
                    share.Sum((int)count, null);
                }
            }
        }
        finally
        {
            share?.Dispose();
            made?.Dispose();
        }
    }
}

/// <summary>A rank's part of a crew, with what must be disposed of after it.</summary>
/// <param name="Context">What it is made for.</param>
/// <param name="Owned">What is disposed of with it, in order.</param>
public sealed record RankTraining(CrewContext Context, ImmutableArray<IDisposable> Owned) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable each in Owned)
        {
            each.Dispose();
        }
    }
}
