using Engram.Learning.Lives;
using Engram.Numerics.Memory;

namespace Engram.Learning.Tests.Learners;

/// <summary>Keeps the last activity that a life shows of each name.</summary>
internal sealed class Activities : ILifetimeObserver<double>
{
    public Dictionary<string, double[]> Shown { get; } = new(StringComparer.Ordinal);

    public bool WantsActivity => true;

    public void OnState(int innerStep, LifeTensors<double> state)
    {
    }

    public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<double>> activity)
    {
        foreach ((string name, Tensor<double> values) in activity)
        {
            Shown[name] = values.ToArray();
        }
    }
}
