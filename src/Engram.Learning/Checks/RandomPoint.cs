using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Checks;

/// <summary>Random meta-parameters and a random lifetime, of sizes such that every part of a learner has an effect.</summary>
internal sealed class RandomPoint : IDisposable
{
    private readonly Arena arena = new();

    /// <summary>Draws a point.</summary>
    /// <param name="layout">The learner and the network.</param>
    /// <param name="seed">The same seed, the same point.</param>
    /// <param name="innerSteps">T.</param>
    /// <param name="batchSize">n.</param>
    /// <param name="queries">Examples in the query.</param>
    /// <param name="plasticityScale">Typical magnitude of α.</param>
    /// <param name="targetsMissing">Whether some examples and outputs have no target.</param>
    public RandomPoint(
        ParameterLayout layout, ulong seed, int innerSteps, int batchSize, int queries, double plasticityScale = 0.1,
        bool targetsMissing = false)
    {
        var stream = new RandomStream(seed);
        Parameters = new MetaParameters<double>(layout);
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            RandomStream own = stream.Split(layout.Parameters[i].Name);
            Fill(Parameters[i], layout.Parameters[i], plasticityScale, ref own);
        }

        NetworkSpec network = layout.Network;
        RandomStream data = stream.Split("lifetime");
        Lifetime = new Lifetime<double>(
            innerSteps,
            batchSize,
            Inputs(innerSteps * batchSize, network.Inputs, ref data),
            Targets(innerSteps * batchSize, network.Outputs, layout.Learner.Objective, ref data),
            Inputs(queries, network.Inputs, ref data),
            Targets(queries, network.Outputs, layout.Learner.Objective, ref data))
        {
            Noise = new SeededLifeNoise(stream.Split("noise")),
            StreamMask = targetsMissing ? Mask(innerSteps * batchSize, network.Outputs, stream.Split("stream mask")) : default,
            QueryMask = targetsMissing ? Mask(queries, network.Outputs, stream.Split("query mask")) : default,
        };
    }

    /// <summary>The meta-parameters.</summary>
    public MetaParameters<double> Parameters { get; }

    /// <summary>The lifetime.</summary>
    public Lifetime<double> Lifetime { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Parameters.Dispose();
        arena.Dispose();
    }

    private static void Fill(Tensor<double> values, ParameterSpec spec, double plasticityScale, ref RandomStream stream)
    {
        if (spec.Start is { } start)
        {
            // Near where it starts, so that what is declared as a decay stays one; the nearer the more numbers add up.
            start.Fill(values, stream.Split("start"));
            double scale = start is ListedStart ? plasticityScale / values.Count : plasticityScale;
            for (int r = 0; r < values.Rows; r++)
            {
                foreach (ref double value in values.Row(r))
                {
                    value += scale * (0.5 + stream.NextUniform());
                }
            }

            return;
        }

        for (int r = 0; r < values.Rows; r++)
        {
            foreach (ref double value in values.Row(r))
            {
                value = spec.Role switch
                {
                    ParameterRoles.FeedforwardWeights => stream.NextNormal() * Math.Sqrt(2.0 / values.Columns),
                    ParameterRoles.FeedbackWeights => stream.NextNormal() * Math.Sqrt(2.0 / values.Columns),
                    ParameterRoles.Plasticity => plasticityScale * (0.5 + stream.NextUniform()),
                    ParameterRoles.FeedbackStrength => 0.3 + (0.4 * stream.NextUniform()),
                    _ => 0.3 * stream.NextNormal() + 0.1,
                };
            }
        }
    }

    // One example in three has no target, and one output in three of the others; the first has all.
    private Tensor<double> Mask(int rows, int columns, RandomStream stream)
    {
        Tensor<double> result = arena.Allocate<double>(rows, columns);
        for (int r = 0; r < rows; r++)
        {
            bool missing = r > 0 && stream.NextInt32(3) == 0;
            for (int c = 0; c < columns; c++)
            {
                result[r, c] = r == 0 || (!missing && stream.NextInt32(3) != 0) ? 1 : 0;
            }
        }

        return result;
    }

    private Tensor<double> Inputs(int rows, int columns, ref RandomStream stream)
    {
        Tensor<double> result = arena.Allocate<double>(rows, columns);
        for (int r = 0; r < rows; r++)
        {
            stream.FillNormal(result.Row(r), 1);
        }

        return result;
    }

    // Numbers in regression, one-hot rows in classification.
    private Tensor<double> Targets(int rows, int columns, Objective objective, ref RandomStream stream)
    {
        if (objective == Objective.MeanSquaredError)
        {
            return Inputs(rows, columns, ref stream);
        }

        Tensor<double> result = arena.Allocate<double>(rows, columns);
        for (int r = 0; r < rows; r++)
        {
            result[r, stream.NextInt32(columns)] = 1;
        }

        return result;
    }
}
