using Engram.Learning.Engines;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Universality;

/// <summary>One life of a demonstration: examples shown one at a time, then questions.</summary>
/// <param name="Inputs">x of the examples.</param>
/// <param name="Targets">y of each, a row of outputs.</param>
/// <param name="Questions">x* of the questions.</param>
/// <param name="Answers">What is right, a row of outputs each; zeros where only the output matters.</param>
internal sealed record DemonstratedLife(double[] Inputs, double[][] Targets, double[] Questions, double[][] Answers);

/// <summary>What came of a life.</summary>
/// <param name="Accuracy">Share of right answers; NaN in regression.</param>
/// <param name="Weights">The plastic synapses at its end, unit after unit.</param>
/// <param name="Outputs">The outputs at the questions, a row each.</param>
internal sealed record LivedLife(double Accuracy, double[] Weights, double[][] Outputs);

/// <summary>Lives lives of a constructed network on the ordinary engine.</summary>
internal sealed class LifeRunner : IDisposable
{
    private readonly UniversalNetwork network;
    private readonly ILifetimeEngine<double> engine;
    private readonly Arena arena = new();

    /// <summary>Takes the network, which stays the caller's.</summary>
    public LifeRunner(UniversalNetwork network)
    {
        this.network = network;
        engine = LifetimeEngines.Create<double>(network.Layout);
    }

    /// <summary>The share of right answers.</summary>
    public double Accuracy(DemonstratedLife life)
    {
        arena.Reset();
        return engine.Live(network.Parameters, Lifetime(life)).QueryAccuracy;
    }

    /// <summary>All that came of it.</summary>
    public LivedLife Live(DemonstratedLife life)
    {
        arena.Reset();
        Lifetime<double> lifetime = Lifetime(life);
        using ILife<double> lived = engine.Begin(network.Parameters, lifetime);
        lived.Advance(lived.StepsLeft);
        LifeTensors<double> state = lived.State;
        Tensor<double> weights = state[$"layer{network.PlasticLayer}.weight"];
        double[] plastic = [.. network.Sources.Select((from, unit) => weights[unit, from])];
        Tensor<double> outputs = LifeAnswers.Of(network.Parameters, lifetime, state, arena).Output;
        return new LivedLife(double.NaN, plastic, [.. Enumerable.Range(0, outputs.Rows).Select(r => outputs.Row(r).ToArray())]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        engine.Dispose();
        arena.Dispose();
    }

    private Lifetime<double> Lifetime(DemonstratedLife life) => new(
        life.Inputs.Length, 1, Column(life.Inputs), Rows(life.Targets), Column(life.Questions), Rows(life.Answers));

    private Tensor<double> Column(double[] values)
    {
        Tensor<double> column = arena.Allocate<double>(values.Length, 1);
        for (int r = 0; r < values.Length; r++)
        {
            column[r, 0] = values[r];
        }

        return column;
    }

    // Targets may be shorter than the outputs: the rest are 0.
    private Tensor<double> Rows(double[][] values)
    {
        Tensor<double> rows = arena.Allocate<double>(values.Length, network.Layout.Network.Outputs);
        rows.Clear();
        for (int r = 0; r < values.Length; r++)
        {
            values[r].CopyTo(rows.Row(r));
        }

        return rows;
    }
}
