using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>When inverses learn, and when W.</summary>
public enum TargetSchedule
{
    /// <summary>Both in every step, from the same activities and weights.</summary>
    Parallel,

    /// <summary>In every step first the inverses, then W with targets that the new inverses give.</summary>
    AlternatingSteps,

    /// <summary>The inverses through one epoch, W through the next. W stands still through every other epoch, so give twice as many, and
    /// twice the patience.</summary>
    AlternatingEpochs,
}

/// <summary>
/// What target propagation in all its forms shares: every layer but the first has an approximate inverse g, trained to be one, and W moves
/// activities towards targets that come down through the inverses.
/// In the forms of <see cref="GradientTargetPropagationSpec"/> the last layer has no inverse either.
/// </summary>
/// <remarks>
/// <para>Equation: h_l = σ(W_l h_{l−1} + b_l); g_l(y) = σ(V_lᵀ y + c_l) with V of W's shape, so that locally connected and convolutional
/// layers have inverses of their own kind, and σ that of the layer
/// below. Inverse loss of a layer ⟨‖h_{l−1} − g_l(f_l(h_{l−1} + ε))‖²⟩, ε ~ N(0, σ²), with respect to V and c alone; forward loss of a
/// hidden layer ⟨‖f_l(h_{l−1}) − ĥ_l‖²⟩ with respect to W and b alone,
/// targets held; means over the batch, sums over units. The last layer descends the loss itself. Inverses have an optimizer of their
/// own.</para>
/// <para>Source: Lee, Zhang, Fischer and Bengio 2015; Bartunov, Santoro, Richards, Marris, Hinton and Lillicrap 2018, section 2. Both
/// alternate between epochs of inverse and of forward learning, which is
/// <see cref="TargetSchedule.AlternatingEpochs"/>; Bartunov et al.'s parallel form is <see cref="TargetSchedule.Parallel"/>. Deviations:
/// <see cref="TargetSchedule.AlternatingSteps"/>, the default, alternates
/// within each step, which is what short trainings need: inverses that lag by an epoch are inverses of another network. All layers see the
/// same noise, each its first rows.</para>
/// </remarks>
public abstract record TargetPropagationSpec : CreditAssignmentSpec
{
    /// <summary>σ of the noise that inverses learn from.</summary>
    [Setting(0, 1e6, "σ, the standard deviation of the noise that inverses learn from.")]
    public double Noise { get; init; } = 0.1;

    /// <summary>When inverses learn, and when W.</summary>
    [Setting(
        "When inverses learn, and when W: in each step one after the other, both at once, or in epochs by turns, of which " +
        "training.epochs and training.patience count both kinds.")]
    public TargetSchedule Schedule { get; init; } = TargetSchedule.AlternatingSteps;

    /// <inheritdoc/>
    public override void Validate(SupervisedNetworkSpec network)
    {
        base.Validate(network);
        if (network.Layers.Length < 2)
        {
            throw new EngramException(
                "Found a network of one layer under target propagation, expected hidden layers that can have targets; add one or use " +
                "backprop.");
        }

        if (!Enum.IsDefined(Schedule))
        {
            throw new EngramException(
                $"Found the schedule {Schedule} of target propagation, expected one of " +
                $"{string.Join(", ", Enum.GetNames<TargetSchedule>())}.");
        }
    }
}
