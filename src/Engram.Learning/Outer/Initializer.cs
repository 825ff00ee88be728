using System.Numerics;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Outer;

/// <summary>Gives meta-parameters the values that meta-training starts from.</summary>
public static class Initializer
{
    /// <summary>
    /// W and B: normal, standard deviation √(2 / fan_in), B's times <see cref="InitializationSpec.FeedbackScale"/>, fan_in the number of
    /// columns;
    /// or B along the path back through W, at the same root mean square; b = c = 0; α and β as the settings say; all else as its
    /// declaration says, or
    /// <see cref="InitializationSpec.Starts"/>.
    /// </summary>
    /// <remarks>
    /// Every tensor draws from a stream of its own name, so that learners that share a network start from the same W for the same seed.
    /// Source: He et al. 2015 for the deviation.
    /// </remarks>
    /// <param name="parameters">What is overwritten.</param>
    /// <param name="initialization">The settings.</param>
    /// <param name="random">Where the numbers come from; only its splits are read.</param>
    /// <exception cref="EngramException">A setting is not finite, or B is to be aligned where no one B leads from the output to each
    /// layer.</exception>
    public static void Initialize<T>(MetaParameters<T> parameters, InitializationSpec initialization, RandomStream random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Validate(parameters.Layout, initialization);
        int readout = parameters.Layout.Network.Layers.Length - 1;
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = parameters.Layout.Parameters[i];
            bool hidden = info.Layer >= 0 && info.Layer != readout;
            if ((initialization.Starts.Find(info) is { } given ? given : info.Start) is { } own)
            {
                own.Fill(parameters[i], random.Split(info.Name));
                continue;
            }

            switch (info.Role)
            {
                case ParameterRoles.FeedforwardWeights:
                    Kaiming(parameters[i], 1, random.Split(info.Name));
                    break;
                case ParameterRoles.FeedbackWeights:
                    Kaiming(parameters[i], initialization.FeedbackScale, random.Split(info.Name));
                    break;
                case ParameterRoles.Plasticity:
                    double plasticity = initialization.PlasticityOf(info, parameters.Layout.Network);
                    int inputs = initialization.PlasticityUnit == PlasticityUnit.Neuron && info.Layer >= 0
                        ? parameters.Layout.Network.Layers[info.Layer].WeightColumns : 1;
                    parameters[i].Fill(T.CreateTruncating(plasticity / inputs));
                    break;
                case ParameterRoles.FeedbackStrength:
                    parameters[i]
                        .Fill(T.CreateTruncating(hidden ? initialization.HiddenFeedbackStrength : initialization.ReadoutFeedbackStrength));
                    break;
                default:
                    parameters[i].Clear();
                    break;
            }
        }

        if (initialization.Feedback == FeedbackStart.Aligned)
        {
            AlignFeedback(parameters, initialization.FeedbackScale);
        }
    }

    /// <summary>Checks the settings, by themselves and for a network and learner.</summary>
    /// <exception cref="EngramException">One is out of its range, or B is to be aligned where no one B leads from the output to each
    /// layer.</exception>
    public static void Validate(ParameterLayout layout, InitializationSpec initialization)
    {
        initialization.Validate();
        initialization.Starts.Validate(
            layout, "initial values",
            [ParameterRoles.FeedforwardWeights, ParameterRoles.FeedbackWeights, ParameterRoles.Plasticity,
            ParameterRoles.FeedbackStrength]);
        if (initialization.Feedback != FeedbackStart.Aligned)
        {
            return;
        }

        if (layout.Learner is not LocalLearnerSpec local)
        {
            throw new EngramException("Found feedback that is to start aligned for a learner without feedback, expected random.");
        }

        for (int l = layout.Network.FrozenLayers; l < layout.Network.Layers.Length; l++)
        {
            if (!local.HasFeedback(layout.Network, l))
            {
                continue;
            }

            string name = $"layer{l}.feedback0.weight";
            (int rows, int columns) = (layout.Network.Layers[l].Outputs, layout.Network.Outputs);
            if (layout.Network.Layers[l] is ConvolutionSpec || layout.IndexOf($"layer{l}.feedback1.weight") >= 0
                || layout.IndexOf(name) is not (>= 0 and var index)
                    || (layout.Parameters[index].Rows, layout.Parameters[index].Columns) != (rows, columns))
            {
                throw new EngramException(
                    $"Found feedback that is to start aligned in layer {l}, which no single B [{rows}, {columns}] leads to, expected " +
                    $"one direct feedback layer to fully connected layers, or random.");
            }
        }
    }

    /// <summary>B_i ← (W_L ⋯ W_{i+1})ᵀ at the root mean square of a random one; the identity at the output.</summary>
    /// <param name="parameters">Where W is read, and B written.</param>
    /// <param name="scale"><see cref="InitializationSpec.FeedbackScale"/>.</param>
    /// <param name="stays">Says of a tensor by its name that it is left as it is; null for none.</param>
    public static void AlignFeedback<T>(MetaParameters<T> parameters, double scale, Func<string, bool>? stays = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ParameterLayout layout = parameters.Layout;
        int outputs = layout.Network.Outputs, last = layout.Network.Layers.Length - 1;
        var path = new double[outputs, outputs];
        for (int k = 0; k < outputs; k++)
        {
            path[k, k] = 1;
        }

        for (int l = last; l >= layout.Network.FrozenLayers; l--)
        {
            string name = $"layer{l}.feedback0.weight";
            if (layout.IndexOf(name) is >= 0 and var index && stays?.Invoke(name) != true)
            {
                WriteTransposed(path, scale * Math.Sqrt(2.0 / outputs), parameters[index]);
            }

            if (l > layout.Network.FrozenLayers)
            {
                path = Product(path, parameters[layout.IndexOf($"layer{l}.weight")]);
            }
        }
    }

    private static void WriteTransposed<T>(double[,] path, double deviation, Tensor<T> feedback)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double squares = 0;
        foreach (double value in path)
        {
            squares += value * value;
        }

        double factor = deviation / Math.Sqrt(squares / path.Length);
        for (int unit = 0; unit < feedback.Rows; unit++)
        {
            Span<T> row = feedback.Row(unit);
            for (int k = 0; k < row.Length; k++)
            {
                row[k] = T.CreateTruncating(path[k, unit] * factor);
            }
        }
    }

    private static double[,] Product<T>(double[,] left, Tensor<T> right)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var product = new double[left.GetLength(0), right.Columns];
        for (int k = 0; k < left.GetLength(0); k++)
        {
            for (int j = 0; j < right.Rows; j++)
            {
                ReadOnlySpan<T> row = right.Row(j);
                for (int i = 0; i < row.Length; i++)
                {
                    product[k, i] += left[k, j] * double.CreateTruncating(row[i]);
                }
            }
        }

        return product;
    }

    private static void Kaiming<T>(Tensor<T> tensor, double scale, RandomStream random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double deviation = scale * Math.Sqrt(2.0 / tensor.Columns);
        for (int r = 0; r < tensor.Rows; r++)
        {
            random.FillNormal(tensor.Row(r), deviation);
        }
    }
}
