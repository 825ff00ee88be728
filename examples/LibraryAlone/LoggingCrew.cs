using System.Collections.Immutable;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Crews;
using Engram.Numerics.Threads;

namespace LibraryAlone;

/// <summary>Has another crew live the lifetimes, and tells of some. A cluster would send them out here.</summary>
public sealed class LoggingCrewFactory(string inner) : ILifeCrewFactory
{
    public ILifeCrew Create(CrewContext context) => new LoggingCrew(LifeCrews.Registry.Get(inner).Create(context));

    private sealed class LoggingCrew(ILifeCrew inner) : ILifeCrew
    {
        public WorkerTeam Team => inner.Team;

        public ImmutableArray<SavedTensor> State => inner.State;

        public CrewEstimate Estimate(MetaParameters<float> parameters, ulong firstLifetime, int count)
        {
            CrewEstimate found = inner.Estimate(parameters, firstLifetime, count);
            if (firstLifetime % 400 == 0)
            {
                string losses = string.Join(", ", found.Outcomes.ToArray().Select(o => $"{o.QueryLoss:F4}"));
                Console.WriteLine($"lifetimes from {firstLifetime}: query losses {losses}");
            }

            return found;
        }

        public void Dispose() => inner.Dispose();
    }
}
