using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Traces;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Tests;

/// <summary>Lifetimes that a person can work out, and what analyses make of them.</summary>
internal sealed class HandLifetime : IDisposable
{
    private readonly Arena arena = new();
    private readonly List<IDisposable> owned = [];

    /// <summary>
    /// 1 → 1 (ReLU) → 1, weights 1, biases 0, and two inner steps of one example: (x 1, y 2), then (x 0, y 1), each a task of its own. The
    /// query asks for 3 at
    /// x = 1 (task 0) and 1 at x = 0 (task 1).
    /// </summary>
    public Lifetime<double> TwoSteps =>
        new(2, 1, arena.Values(1, 1.0, 0), arena.Values(1, 2.0, 1), arena.Values(1, 1.0, 0), arena.Values(1, 3.0, 1));

    public Arena Arena => arena;

    /// <summary>Meta-parameters of a network of those widths: weights 1, all else 0 but what is set.</summary>
    public MetaParameters<T> Parameters<T>(
        LearnerSpec learner, int plasticLayers, int[] widths, params (string Name, double Value)[] values)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T> =>
            Parameters<T>(NetworkSpec.Feedforward(widths, plasticLayers), learner, values);

    /// <summary>Meta-parameters at random: Kaiming's W and B, small b and c, all else 0 but what is set.</summary>
    public MetaParameters<double> Random(NetworkSpec network, LearnerSpec learner, ulong seed, params (string Name, double Value)[] values)
    {
        MetaParameters<double> parameters = Parameters<double>(network, learner, values);
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = parameters.Layout.Parameters[i];
            if (info.Role is ParameterRoles.FeedforwardWeights or ParameterRoles.FeedbackWeights or ParameterRoles.Biases)
            {
                parameters[i]
                    .CopyFrom(arena.Normal(
                    seed + (ulong)i, info.Rows, info.Columns, info.Role == ParameterRoles.Biases ? 0.1 : Math.Sqrt(2.0 / info.Columns)));
            }
        }

        return parameters;
    }

    private MetaParameters<T> Parameters<T>(NetworkSpec network, LearnerSpec learner, (string Name, double Value)[] values)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var parameters = new MetaParameters<T>(ParameterLayout.For(network, learner));
        owned.Add(parameters);
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = parameters.Layout.Parameters[i];
            double value = info.Role == ParameterRoles.FeedforwardWeights ? 1 : 0;
            foreach ((string name, double given) in values)
            {
                value = info.Name.EndsWith(name, StringComparison.Ordinal) ? given : value;
            }

            parameters[i].Fill(T.CreateChecked(value));
        }

        return parameters;
    }

    /// <summary>What the tracer sees.</summary>
    public static LifetimeTrace Trace<T>(
        MetaParameters<T> parameters, Lifetime<T> lifetime, int[] streamTasks, int[] queryTasks, TraceParts parts = TraceParts.All)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var tracer = new LifetimeTracer<T>(LifetimeEngines.Create<T>(parameters.Layout));
        return tracer.Trace(parameters, lifetime, streamTasks, queryTasks, parts);
    }

    /// <summary>A learner of one network with those lifetimes.</summary>
    public LearnerAnalysis Learner(string label, LearnerSpec learner, int plasticLayers, int[] widths, params LifetimeTrace[] traces) =>
        new(label, [new RunAnalysis("run", 1, Parameters<float>(learner, plasticLayers, widths), [.. traces])]) { Ordering = "continual" };

    public void Dispose()
    {
        arena.Dispose();
        owned.ForEach(o => o.Dispose());
    }
}
