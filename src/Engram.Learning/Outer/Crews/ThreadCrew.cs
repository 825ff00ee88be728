using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer.Crews;

/// <summary>The threads of this process: lives several lifetimes at once, or one with all threads inside it.</summary>
internal sealed class ThreadCrew : ILifeCrew
{
    private readonly EngineTeam engines;
    private readonly IEstimation estimation;
    private readonly IEstimationWorker[] workers;
    private readonly MetaParameters<float>[] slotGradients;
    private readonly MetaParameters<float> total;
    private readonly GradientSum sum;
    private readonly Action<int, int, ILifetimeEngine<float>> liveOne, estimateOne;
    private LifetimeOutcome[] outcomes;
    private NonFiniteException?[] failures;
    private MetaParameters<float>? living;
    private ulong first;

    public ThreadCrew(CrewContext context)
    {
        EstimationContext about = context.Estimation;
        engines = new EngineTeam(about.Layout, about.LifetimesPerOuterStep, context.Threads, context.EngineFactory);
        try
        {
            estimation = context.Estimator.Begin(about);
        }
        catch
        {
            engines.Dispose();
            throw;
        }

        workers = [.. Enumerable.Range(0, engines.Slots).Select(slot => estimation.CreateWorker(engines.EngineOf(slot), slot))];
        slotGradients = [.. Enumerable.Range(0, engines.Slots).Select(_ => new MetaParameters<float>(about.Layout))];

        // One lifetime's meta-gradient needs no place to be summed in.
        total = about.LifetimesPerOuterStep == 1 ? slotGradients[0] : new MetaParameters<float>(about.Layout);
        sum = new GradientSum(total, new ParameterChunks(about.Layout, about.Frozen), engines.Team);
        outcomes = new LifetimeOutcome[about.LifetimesPerOuterStep];
        failures = new NonFiniteException?[about.LifetimesPerOuterStep];
        (liveOne, estimateOne) = (LiveOne, EstimateOne);
    }

    /// <inheritdoc/>
    public WorkerTeam Team => engines.Team;

    /// <inheritdoc/>
    public ImmutableArray<SavedTensor> State => estimation.State;

    /// <inheritdoc/>
    public CrewEstimate Estimate(MetaParameters<float> parameters, ulong firstLifetime, int count)
    {
        if (count > outcomes.Length)
        {
            (outcomes, failures) = (new LifetimeOutcome[count], new NonFiniteException?[count]);
        }

        (living, first) = (parameters, firstLifetime);
        Array.Clear(failures);
        for (int done = 0; estimation.LivesAllFirst && done < count; done += engines.Slots)
        {
            engines.RunWave(done, Math.Min(engines.Slots, count - done), liveOne);
        }

        for (int done = 0; done < count; done += engines.Slots)
        {
            // Waves as wide as there are engines; each adds its lifetimes in their order, so the width changes no sum.
            int wave = Math.Min(engines.Slots, count - done);
            engines.RunWave(done, wave, estimateOne);
            if (!ReferenceEquals(total, slotGradients[0]))
            {
                sum.Add(slotGradients.AsSpan(0, wave), overwrite: done == 0);
            }
        }

        int dropped = DropFailed(count);
        estimation.Complete();
        return new CrewEstimate(total, outcomes.AsMemory(0, count - dropped)) { Dropped = dropped };
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

        total.Dispose();
    }

    private void LiveOne(int item, int slot, ILifetimeEngine<float> engine)
    {
        try
        {
            workers[slot].Live(living!, first + (ulong)item);
        }
        catch (NonFiniteException failure) when (estimation.MostDropped > 0)
        {
            failures[item] = failure;
        }
    }

    private void EstimateOne(int item, int slot, ILifetimeEngine<float> engine)
    {
        try
        {
            if (failures[item] is null)
            {
                outcomes[item] = workers[slot].Estimate(living!, first + (ulong)item, slotGradients[slot]);
                return;
            }
        }
        catch (NonFiniteException failure) when (estimation.MostDropped > 0)
        {
            failures[item] = failure;
        }

        slotGradients[slot].Clear();
    }

    // Closes the gaps that lifetimes without an outcome leave; throws the first failure where there are too many.
    private int DropFailed(int count)
    {
        int kept = 0;
        NonFiniteException? firstFailure = null;
        for (int item = 0; item < count; item++)
        {
            firstFailure ??= failures[item];
            if (failures[item] is null)
            {
                outcomes[kept++] = outcomes[item];
            }
        }

        int dropped = count - kept;
        return firstFailure is not null && (kept == 0 || dropped > estimation.MostDropped * count) ? throw firstFailure : dropped;
    }
}
