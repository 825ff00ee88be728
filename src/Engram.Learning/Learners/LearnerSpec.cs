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

    /// <summary>The learner on a network.</summary>
    /// <exception cref="EngramException">The settings do not fit the network, or contradict each other.</exception>
    public abstract ILearner Create(NetworkSpec network);
}
