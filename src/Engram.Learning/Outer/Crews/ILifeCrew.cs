using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer.Estimators;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Learning.Outer.Crews;

/// <summary>What came of the lifetimes that a crew lived.</summary>
/// <param name="Sum">Sum of their estimated meta-gradients in the order of their indices; the crew's own, valid until it lives others. What
/// is frozen is left as it is.</param>
/// <param name="Outcomes">Their outcomes, in that order, without those that were dropped.</param>
public readonly record struct CrewEstimate(MetaParameters<float> Sum, ReadOnlyMemory<LifetimeOutcome> Outcomes)
{
    /// <summary>Lifetimes that diverged and are in neither, as many as <see cref="IEstimation.MostDropped"/> allows.</summary>
    public int Dropped { get; init; }
}

/// <summary>Lives the lifetimes of outer steps: the threads of this process, or the processes of a cluster.</summary>
/// <remarks>Sums are taken in the order of the lifetimes, so that the same lifetimes give the same bits whoever lives them. What lies
/// between estimate and apply is this one call.</remarks>
public interface ILifeCrew : IDisposable
{
    /// <summary>The threads of this process, for whoever applies the estimate.</summary>
    WorkerTeam Team { get; }

    /// <summary>What the estimator remembers, to be saved with the run.</summary>
    ImmutableArray<SavedTensor> State { get; }

    /// <summary>Lives lifetimes first … first + count − 1 and sums their estimates.</summary>
    /// <exception cref="NonFiniteException">A state, a loss or a meta-gradient is not finite, of more lifetimes than may be
    /// dropped.</exception>
    CrewEstimate Estimate(MetaParameters<float> parameters, ulong firstLifetime, int count);
}

/// <summary>What a crew is made for.</summary>
/// <param name="Estimator">How meta-gradients are estimated.</param>
/// <param name="Estimation">What the estimator works for.</param>
/// <param name="Threads">Threads in all, in this process.</param>
/// <param name="EngineFactory">Makes an engine for the layout that uses so many threads; the crew disposes of it.</param>
public sealed record CrewContext(
    IMetaGradientEstimator Estimator, EstimationContext Estimation, int Threads,
    Func<ParameterLayout, int, ILifetimeEngine<float>> EngineFactory);

/// <summary>Makes crews of one kind.</summary>
public interface ILifeCrewFactory
{
    /// <summary>Makes a crew.</summary>
    /// <exception cref="EngramException">A setting is out of its range.</exception>
    ILifeCrew Create(CrewContext context);
}

/// <summary>The crews there are, by name.</summary>
public static class LifeCrews
{
    /// <summary>All crews; each must give the same bits.</summary>
    public static Registry<ILifeCrewFactory> Registry { get; } = BuiltIn();

    private static Registry<ILifeCrewFactory> BuiltIn()
    {
        var registry = new Registry<ILifeCrewFactory>("crew");
        registry.Register(
            "threads", new ThreadCrewFactory(),
            "the threads of this process: as many lifetimes at once as an outer step has, and what is left inside each");
        return registry;
    }

    private sealed class ThreadCrewFactory : ILifeCrewFactory
    {
        public ILifeCrew Create(CrewContext context) => new ThreadCrew(context);
    }
}
