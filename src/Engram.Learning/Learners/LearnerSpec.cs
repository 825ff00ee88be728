using Engram.Learning.Births;
using Engram.Learning.Networks;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>A learner: what changes in life, and what of it is meta-learned. Its settings are <c>init</c> properties with
/// <see cref="SettingAttribute"/>.</summary>
/// <remarks>One of your own derives from this, is registered in <see cref="LearnerSpecs.Registry"/>, and makes an <see cref="ILearner"/>
/// for a network.</remarks>
public abstract record LearnerSpec
{
    /// <summary>What the query is judged by: that of the task.</summary>
    public Objective Objective { get; init; } = Objective.MeanSquaredError;

    /// <summary>How a life's first weights follow from the meta-parameters.</summary>
    [Setting("How the weights that a life begins with follow from the meta-learned ones.")]
    public IBirth Birth { get; init; } = new PointBirth();

    /// <summary>The length that features are scaled to before the plastic layers see them; null where they stay as they are.</summary>
    /// <remarks>
    /// a ← ρ a / √(‖a‖² + 1e-12), for each example, in stream and query. A readout whose rows are class means, as Oja's rule with a clamped
    /// output makes them, then answers with the nearest of them: what it lacks against that is −½‖μ‖², nearly the same for all classes.
    /// </remarks>
    [Setting(0, 1e6, "Length that each example's features are scaled to before the plastic layers; none to leave them as they are.",
        AboveMinimum = true)]
    public double? FeatureLength { get; init; }

    /// <summary>The learner on a network.</summary>
    /// <exception cref="EngramException">The settings do not fit the network, or contradict each other.</exception>
    public abstract ILearner Create(NetworkSpec network);
}
