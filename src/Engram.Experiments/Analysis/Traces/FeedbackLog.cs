using System.Collections.Immutable;
using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>Follows the feedback weights of a life: where they point against the way back through W, and how far they have
/// come.</summary>
internal sealed class FeedbackLog<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly MetaParameters<T> parameters;
    private readonly NetworkSpec network;
    private readonly bool[] isAngleDefined;
    private readonly double[]?[] births;
    private readonly ImmutableArray<double>.Builder[] angles, changes;

    public FeedbackLog(MetaParameters<T> parameters)
    {
        (this.parameters, network) = (parameters, parameters.Layout.Network);
        births = new double[]?[network.PlasticLayers];
        isAngleDefined = new bool[network.PlasticLayers];
        angles = [.. births.Select(_ => ImmutableArray.CreateBuilder<double>())];
        changes = [.. births.Select(_ => ImmutableArray.CreateBuilder<double>())];
    }

    /// <summary>Angles of a plastic layer, from 0; empty where they have no meaning.</summary>
    public ImmutableArray<double> AnglesOf(int plasticLayer) => isAngleDefined[plasticLayer] ? angles[plasticLayer].ToImmutable() : [];

    /// <summary>Changes of a plastic layer's B; empty where there is none.</summary>
    public ImmutableArray<double> ChangesOf(int plasticLayer) => changes[plasticLayer].ToImmutable();

    /// <summary>A moment, birth first.</summary>
    public void Add(LifeTensors<T> state)
    {
        int outputs = network.Outputs;
        double[] path = [.. Enumerable.Range(0, outputs * outputs).Select(i => i % (outputs + 1) == 0 ? 1.0 : 0)];
        bool isLinear = true;
        for (int j = network.PlasticLayers - 1; j >= 0; j--)
        {
            LayerSpec layer = network.Layers[network.FrozenLayers + j];
            if (Feedback(state, network.FrozenLayers + j) is { } weights)
            {
                double[] now = TensorNumbers.ToDoubles(weights), birth = births[j] ??= now;
                changes[j].Add(TensorNumbers.Norm([.. now.Zip(birth, (a, b) => a - b)]) / TensorNumbers.Norm(birth));
                isAngleDefined[j] = isLinear && (weights.Rows, weights.Columns) == (layer.Outputs, outputs);
                angles[j].Add(isAngleDefined[j] ? AngleDegrees(now, path, outputs) : double.NaN);
            }

            // [K, out] of the layer above times [out, in]; convolutions share weights over places, which a product of matrices does not.
            isLinear &= layer is LinearSpec;
            path = isLinear ? Product(path, state.Weights[j], outputs) : path;
        }
    }

    private Tensor<T>? Feedback(LifeTensors<T> state, int layer)
    {
        // Of several B, one from the output straight to the layer alone is comparable.
        string name = $"layer{layer}.feedback0.weight";
        return parameters.Layout.IndexOf(name) < 0 || parameters.Layout.IndexOf($"layer{layer}.feedback1.weight") >= 0 ? null
            : state.Layout.IndexOf(name) is >= 0 and var at ? state[at] : parameters[name];
    }

    // B [out, K] against the path [K, out], as vectors of all their elements (Kahan 2006, §12).
    private static double AngleDegrees(double[] feedback, double[] path, int outputs)
    {
        int units = feedback.Length / outputs;
        double[] back = new double[feedback.Length];
        for (int unit = 0; unit < units; unit++)
        {
            for (int k = 0; k < outputs; k++)
            {
                back[(unit * outputs) + k] = path[(k * units) + unit];
            }
        }

        (double u, double v) = (TensorNumbers.Norm(feedback), TensorNumbers.Norm(back));
        (double apart, double together) = (0, 0);
        for (int i = 0; i < back.Length; i++)
        {
            double difference = (feedback[i] / u) - (back[i] / v), sum = (feedback[i] / u) + (back[i] / v);
            apart += difference * difference;
            together += sum * sum;
        }

        return 2 * Math.Atan2(Math.Sqrt(apart), Math.Sqrt(together)) * 180 / Math.PI;
    }

    private static double[] Product(double[] path, Tensor<T> weights, int outputs)
    {
        var product = new double[outputs * weights.Columns];
        for (int k = 0; k < outputs; k++)
        {
            for (int j = 0; j < weights.Rows; j++)
            {
                double factor = path[(k * weights.Rows) + j];
                Span<T> row = weights.Row(j);
                for (int i = 0; i < row.Length; i++)
                {
                    product[(k * weights.Columns) + i] += factor * double.CreateChecked(row[i]);
                }
            }
        }

        return product;
    }
}
