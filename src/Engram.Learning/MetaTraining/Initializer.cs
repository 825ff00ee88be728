using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>Gives meta-parameters the values that meta-training starts from.</summary>
public static class Initializer
{
    /// <summary>
    /// W and B: normal, standard deviation √(2 / fan_in), B's times <see cref="InitializationSpec.FeedbackScale"/>, fan_in the number of columns;
    /// b = c = 0; α and β as the settings say.
    /// </summary>
    /// <remarks>
    /// Every tensor draws from a stream of its own name, so that learners that share a network start from the same W for the same seed.
    /// Source: He et al. 2015 for the deviation.
    /// </remarks>
    /// <param name="parameters">What is overwritten.</param>
    /// <param name="initialization">The settings.</param>
    /// <param name="random">Where the numbers come from; only its splits are read.</param>
    /// <exception cref="EngramException">A setting is not finite.</exception>
    public static void Initialize<T>(MetaParameters<T> parameters, InitializationSpec initialization, RandomStream random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        initialization.Validate();
        int readout = parameters.Layout.Network.Layers.Length - 1;
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            ParameterInfo info = parameters.Layout.Parameters[i];
            bool hidden = info.Layer >= 0 && info.Layer != readout;
            switch (info.Group)
            {
                case ParameterGroup.FeedforwardWeights:
                    Kaiming(parameters[i], 1, random.Split(info.Name));
                    break;
                case ParameterGroup.FeedbackWeights:
                    Kaiming(parameters[i], initialization.FeedbackScale, random.Split(info.Name));
                    break;
                case ParameterGroup.Plasticity:
                    parameters[i].Fill(T.CreateTruncating(hidden ? initialization.HiddenPlasticity : initialization.ReadoutPlasticity));
                    break;
                case ParameterGroup.FeedbackStrength:
                    parameters[i].Fill(T.CreateTruncating(hidden ? initialization.HiddenFeedbackStrength : initialization.ReadoutFeedbackStrength));
                    break;
                default:
                    parameters[i].Clear();
                    break;
            }
        }
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
