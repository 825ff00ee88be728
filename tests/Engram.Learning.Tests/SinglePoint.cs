using Engram.Learning.Checks;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;

namespace Engram.Learning.Tests;

/// <summary>A random point, rounded to float32.</summary>
internal sealed class SinglePoint : IDisposable
{
    private readonly Arena arena = new();

    public SinglePoint(RandomPoint point)
    {
        Parameters = new MetaParameters<float>(point.Parameters.Layout);
        for (int i = 0; i < point.Parameters.Layout.Parameters.Length; i++)
        {
            Round(point.Parameters[i], Parameters[i]);
        }

        Lifetime<double> life = point.Lifetime;
        Lifetime = new Lifetime<float>(
            life.InnerSteps, life.BatchSize, Round(life.StreamInputs), Round(life.StreamTargets), Round(life.QueryInputs),
            Round(life.QueryTargets));
    }

    public MetaParameters<float> Parameters { get; }

    public Lifetime<float> Lifetime { get; }

    public void Dispose()
    {
        Parameters.Dispose();
        arena.Dispose();
    }

    private Tensor<float> Round(Tensor<double> values)
    {
        Tensor<float> result = arena.Allocate<float>(values.Rows, values.Columns);
        Round(values, result);
        return result;
    }

    private static void Round(Tensor<double> values, Tensor<float> result) => result.CopyFrom([.. values.ToArray().Select(v => (float)v)]);
}
