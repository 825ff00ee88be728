using Engram.Learning.Learners;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Tests;

/// <summary>Clouds of points around one centre for each class: a problem that any method should get better at.</summary>
internal sealed class Blobs(int count, int inputs, int outputs, ulong seed) : IExamples
{
    public int Count => count;

    public int Inputs => inputs;

    public int Outputs => outputs;

    public void Read(ReadOnlySpan<int> examples, Tensor<float> inputRows, Tensor<float> targets)
    {
        for (int i = 0; i < examples.Length; i++)
        {
            int kind = examples[i] % outputs;
            RandomStream centre = new RandomStream(seed).Split("centre").Split((ulong)kind),
                noise = new RandomStream(seed).Split("noise").Split((ulong)examples[i]);
            targets.Row(i).Clear();
            targets[i, kind] = 1;
            foreach (ref float x in inputRows.Row(i))
            {
                x = (float)(centre.NextNormal() + (0.5 * noise.NextNormal()));
            }
        }
    }
}

/// <summary>A network in float64 with a batch on it and a method that has made a step: what theorems are checked on.</summary>
internal sealed class Bench : IDisposable
{
    private readonly WorkerTeam team = new(1);
    private readonly Arena arena = new();

    public Bench(SupervisedNetworkSpec spec, CreditAssignmentSpec method, int examples = 6, ulong seed = 7, double biases = 0.3)
    {
        var random = new RandomStream(seed);
        Network = new SupervisedNetwork<double>(spec, examples, random.Split("network"), team);
        for (int l = 0; l < spec.Layers.Length; l++)
        {
            RandomStream b = random.Split("bias").Split((ulong)l);
            b.FillNormal(Network.Layers[l].Biases.Row(0), biases);
        }

        Pass = new ForwardPass<double>(spec, examples);
        Directions = new LayerDirections<double>(spec);
        Method = method.Create(Network, random.Split("method"));

        // Biases of 0 would leave a rectified unit that hears nothing at its kink, where there is no gradient to compare with.
        foreach (MethodParameter<double> parameter in Method.Parameters.Where(p => p.Name.EndsWith("bias", StringComparison.Ordinal)))
        {
            RandomStream b = random.Split("bias").Split(parameter.Name);
            b.FillNormal(parameter.Values.Row(0), biases);
        }

        Tensor<double> x = arena.Allocate<double>(examples, spec.Inputs), y = arena.Allocate<double>(examples, spec.Outputs);
        RandomStream draws = random.Split("data");
        for (int i = 0; i < examples; i++)
        {
            draws.FillNormal(x.Row(i), 1);
            if (spec.Objective == Objective.CrossEntropy)
            {
                y[i, draws.NextInt32(spec.Outputs)] = 1;
            }
            else
            {
                draws.FillNormal(y.Row(i), 1);
            }
        }

        Pass.Load(x, y);
    }

    public SupervisedNetwork<double> Network { get; }

    public ForwardPass<double> Pass { get; }

    public LayerDirections<double> Directions { get; }

    public ICreditAssignment<double> Method { get; }

    /// <summary>Forward, then all phases of a step without any update.</summary>
    public CreditStep<double> Step(long index = 0)
    {
        Network.Forward(Pass);
        CreditStep<double> step = default;
        for (int phase = 0; phase < Method.Phases; phase++)
        {
            step = new CreditStep<double>(Pass, Directions, index, 0, phase, new RandomStream(3).Split((ulong)index));
            _ = Method.Step(step);
        }

        return step;
    }

    public void Dispose()
    {
        Method.Dispose();
        Directions.Dispose();
        Pass.Dispose();
        Network.Dispose();
        arena.Dispose();
        team.Dispose();
    }
}
