using Engram.Learning.Lives;
using Engram.Numerics.Memory;

namespace LibraryAlone;

/// <summary>Prints weights and activities at every inner step of a life.</summary>
public sealed class Onlooker : ILifetimeObserver<float>
{
    // Activities by name; weights are in the state.
    public bool WantsActivity => true;

    public void OnState(int innerStep, LifeTensors<float> state) =>
        Console.WriteLine($"after step {innerStep}: |W| of the readout is {Norm(state["layer2.weight"]):F4}");

    public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<float>> activity) => Console.WriteLine(
        $"in step {innerStep}: {string.Join(", ", activity.Select(a => $"|{a.Key}| {Norm(a.Value):F3}"))}");

    public static double Norm(Tensor<float> values) => Math.Sqrt(values.ToArray().Sum(v => (double)v * v));
}
