using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

/// <summary>Settings as the version before wrote them into checkpoints: records as they printed themselves.</summary>
public class FormerSettingsTests
{
    private const string Learner =
        "LocalLearnerSpec { Objective = MeanSquaredError, Rule = oja, Pathway = direct, Signal = Error, DetachedSignal = False, " +
            "FeedbackLayers = 1, RectifiedFeedback = True, RectifiedSignal = False, "
        + "FeedbackTimesSign = False, FeedbackOnlyAtOutput = False, OutputClamped = False, Presynaptic = PreFeedback, Granularity = " +
            "Neuron, HiddenPlasticityMultiplier = 1 }";

    private const string MetaTraining =
        "MetaTrainingSpec { OuterSteps = 12, LifetimesPerOuterStep = 2, Optimizer = adam, Estimator = backpropagation, Rates = " +
            "MetaRates { Feedforward = 0.003, Feedback = 0.003, HiddenPlasticity = 1E-06, "
        + "LowerPlasticity = , ReadoutPlasticity = 1E-06, FeedbackStrength = 0.003 }, Schedule = CosineSchedule { DependsOnOuterSteps = " +
            "True, WarmupSteps = 50, Floor = 0.05 }, ClipNorm = 1, RestartEvery = 5 }";

    private const string OneLayer =
        "LinearSpec { Activation = Identity, Inputs = 3, Outputs = 6, WeightShape = " +
            "System.Collections.Immutable.ImmutableArray`1[System.Int32], WeightRows = 6, WeightColumns = 3, FanOut = 6, Geometry =  }, " +
            "PlasticLayers = 1";

    private static readonly MetaTrainingSpec Spec = new()
    {
        OuterSteps = 12,
        LifetimesPerOuterStep = 2,
        Rates = new MetaRates
        { Feedforward = 3e-3, Feedback = 3e-3, HiddenPlasticity = 1e-6, ReadoutPlasticity = 1e-6, FeedbackStrength = 3e-3 },
        Schedule = new CosineSchedule(50, 0.05),
        ClipNorm = 1,
        RestartEvery = 5,
    };

    [Fact]
    public void DifferenceFrom_FormerLearnerAndMetaTraining_IsWhatDiffers()
    {
        var learner = new LocalLearnerSpec { Granularity = Granularity.Neuron };
        Assert.Null(SettingsContent.Of<LearnerSpec>(learner).DifferenceFrom(Learner));
        Assert.Equal(
            ("granularity = Neuron", "granularity = layer"),
            SettingsContent.Of<LearnerSpec>(learner with { Granularity = Granularity.Layer }).DifferenceFrom(Learner));
        Assert.Equal(("LocalLearnerSpec", "gradient"), SettingsContent.Of<LearnerSpec>(new GradientLearnerSpec()).DifferenceFrom(Learner));
        Assert.Null(
            SettingsContent.Of<LearnerSpec>(new GradientLearnerSpec
            { Objective = Objective.CrossEntropy, Order = GradientOrder.First, FixedInnerRate = 0.03 })
            .DifferenceFrom("GradientLearnerSpec { Objective = CrossEntropy, Order = First, FixedInnerRate = 0.03 }"));

        Assert.Null(SettingsContent.Of(Spec).DifferenceFrom(MetaTraining));
        Assert.Equal(
            ("optimizer = adam", "optimizer = momentum"),
            SettingsContent.Of(Spec with { Optimizer = new MomentumOptimizer() }).DifferenceFrom(MetaTraining));
        Assert.Equal(
            ("optimizer.first-decay = 0.9", "optimizer.first-decay = 0.8"),
            SettingsContent.Of(Spec with { Optimizer = new AdamOptimizer { FirstDecay = 0.8 } }).DifferenceFrom(MetaTraining));
        Assert.Equal(
            ("rates.lower-plasticity = ", "rates.lower-plasticity = 1"),
            SettingsContent.Of(Spec with { Rates = Spec.Rates with { LowerPlasticity = 1 } }).DifferenceFrom(MetaTraining));
    }

    [Fact]
    public void DifferenceFrom_FormerNetworks_ReadsLayersOneByOne()
    {
        NetworkSpec network = new([new LinearSpec(3, 6, Activation.Identity)], 1);
        Assert.Null(SettingsContent.Of(network).DifferenceFrom(OneLayer));
        Assert.Equal(
            ("layers.0.outputs = 6", "layers.0.outputs = 7"),
            SettingsContent.Of(new NetworkSpec([new LinearSpec(3, 7, Activation.Identity)], 1)).DifferenceFrom(OneLayer));
        Assert.Equal(
            ("layers.1 = nothing", "layers.1 = linear"),
            SettingsContent.Of(new NetworkSpec([new LinearSpec(3, 6, Activation.Identity), new LinearSpec(6, 1, Activation.Identity)], 1))
            .DifferenceFrom(OneLayer));
        Assert.NotNull(
            SettingsContent.Of(NetworkSpec.Feedforward([3, 6], 1))
            .DifferenceFrom(OneLayer.Replace("}, ", "}, " + OneLayer.Split(", PlasticLayers")[0] + ", ", StringComparison.Ordinal)));
    }
}
