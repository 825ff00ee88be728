using System.Collections.Immutable;
using Engram.Learning.Births;
using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>A learner on a network: which meta-parameters it has, in a fixed order, and what changes in life.</summary>
/// <remarks>
/// Per layer i: <c>weight [out, in]</c> ([output channels, channels, k, k] of a convolution), <c>bias [out]</c>; plastic layers of a local
/// learner also <c>alpha</c> (by granularity),
/// <c>beta [1]</c> and, for k = 0 … K − 1, <c>feedbackK.weight</c> and <c>feedbackK.bias</c>; of a gradient learner with a meta-learned
/// rate
/// <c>alpha</c> of W's shape and <c>alpha_bias</c> of b's; then what rules, pathways and births declare. Parameters that a learner's
/// options leave without effect are not there.
/// </remarks>
public sealed class ParameterLayout
{
    private ParameterLayout(NetworkSpec network, LearnerSpec learner, ILearner dynamics)
    {
        (Network, Learner, Dynamics) = (network, learner, dynamics);
        Index = new ParameterIndex(dynamics.Parameters);
        State = new StateLayout(dynamics.State);
    }

    /// <summary>The network.</summary>
    public NetworkSpec Network { get; }

    /// <summary>The learner's settings.</summary>
    public LearnerSpec Learner { get; }

    /// <summary>What the learner does on the network.</summary>
    public ILearner Dynamics { get; }

    /// <summary>All parameters, in order.</summary>
    public ImmutableArray<ParameterSpec> Parameters => Index.Specs;

    /// <summary>Where parameters stand.</summary>
    public ParameterIndex Index { get; }

    /// <summary>What changes in life.</summary>
    public StateLayout State { get; }

    /// <summary>How many numbers there are.</summary>
    public long Count => Parameters.Sum(p => (long)p.Rows * p.Columns);

    /// <summary>Lists what the learner has on the network.</summary>
    /// <exception cref="EngramException">The settings do not fit the network, or declarations contradict each other.</exception>
    public static ParameterLayout For(NetworkSpec network, LearnerSpec learner)
    {
        SettingAttribute.Check(learner, "the learner");
        if (learner is LocalLearnerSpec local)
        {
            SettingAttribute.Check(local.Rule, PlasticityRules.Registry.Describe(local.Rule));
            SettingAttribute.Check(local.Pathway, FeedbackPathways.Registry.Describe(local.Pathway));
            if (local.FeedbackRule is { } feedbackRule)
            {
                SettingAttribute.Check(feedbackRule, PlasticityRules.Registry.Describe(feedbackRule));
            }
        }

        SettingAttribute.Check(learner.Birth, BirthDistributions.Registry.Describe(learner.Birth));
        ILearner dynamics = learner.Create(network);
        Purity.Check(learner, "the learner's settings");
        return new ParameterLayout(network, learner, dynamics);
    }

    /// <summary>Position of a parameter, or −1.</summary>
    public int IndexOf(string name) => Index.IndexOf(name);
}
