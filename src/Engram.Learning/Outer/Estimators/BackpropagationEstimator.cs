using Engram.Learning.Learners;
using Engram.Learning.Lives;

namespace Engram.Learning.Outer.Estimators;

/// <summary>The query loss differentiated through the whole lifetime.</summary>
/// <remarks>Exact, up to rounding. Source: Lindsey and Litwin-Kumar 2020, section 4.</remarks>
public sealed record BackpropagationEstimator : IMetaGradientEstimator
{
    /// <inheritdoc/>
    public IEstimation Begin(EstimationContext context) => new Estimation(context);

    private sealed class Estimation(EstimationContext context) : IEstimation
    {
        public IEstimationWorker CreateWorker(ILifetimeEngine<float> engine, int slot) => new Worker(context, engine, slot);

        public void Dispose()
        {
        }
    }

    private sealed class Worker(EstimationContext context, ILifetimeEngine<float> engine, int slot) : IEstimationWorker
    {
        public LifetimeOutcome Estimate(MetaParameters<float> parameters, ulong lifetime, MetaParameters<float> gradient) =>
            engine.Live(parameters, context.Source.Get(lifetime, slot), gradient);

        public void Dispose()
        {
        }
    }
}
