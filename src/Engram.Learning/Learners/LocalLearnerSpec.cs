using Engram.Learning.Feedback;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>What feedback carries from the output.</summary>
public enum FeedbackSignal
{
    /// <summary>s = y − ŷ; in classification −∂ℓ/∂ŷ = (y − softmax(ŷ)) / n.</summary>
    Error,

    /// <summary>s = y.</summary>
    Target,
}

/// <summary>Which activity counts as presynaptic.</summary>
public enum PresynapticActivity
{
    /// <summary>a = x_{i−1}.</summary>
    PreFeedback,

    /// <summary>a = x̃_{i−1}; the input of the first plastic layer has no feedback of its own and stays x_{i−1}.</summary>
    PostFeedback,
}

/// <summary>
/// Feedback and local plasticity: f_i = φ(s B_iᵀ + c_i), x̃_i = (1 − β_i) x_i + β_i f_i, and a plasticity rule on pre- and postsynaptic
/// activity.
/// </summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 4. Defaults are the paper's for incremental sines.</remarks>
[SettingsName("local", "LocalLearnerSpec")]
public record LocalLearnerSpec : LearnerSpec
{
    /// <summary>The plasticity rule.</summary>
    [Setting("Plasticity rule.")]
    public IPlasticityRule Rule { get; init; } = new OjaRule();

    /// <summary>The feedback pathway.</summary>
    [Setting("How the signal reaches the plastic layers.")]
    public IFeedbackPathway Pathway { get; init; } = new DirectFeedback();

    /// <summary>The rule by which B changes in life; null where B stands still.</summary>
    /// <remarks>
    /// B of each plastic layer: presynaptic activity s (of a deeper feedback layer the one before it), postsynaptic x̃_i; α of B is a
    /// parameter of its own, [out, in], which starts at 0. c stands still.
    /// </remarks>
    [Setting("Plasticity rule of the feedback weights B, which then change in life too; none where they stand still.")]
    public IPlasticityRule? FeedbackRule { get; init; }

    /// <summary>What feedback carries.</summary>
    [Setting("What feedback carries from the output.")]
    public FeedbackSignal Signal { get; init; } = FeedbackSignal.Error;

    /// <summary>
    /// Classification with an error signal: whether the meta-gradient counts that signal as a constant, as the authors' code does.
    /// Regression is always differentiated exactly.
    /// </summary>
    [Setting("Classification with an error signal: whether the meta-gradient counts the signal as a constant.")]
    public bool DetachedSignal { get; init; }

    /// <summary>Layers of the feedback pathway: 1 is direct; K &gt; 1 puts K − 1 hidden layers in it, each as wide as the input of the
    /// output layer.</summary>
    [Setting(1, 100, "Layers of the feedback pathway; 1 is direct.", Unit = "layers")]
    public int FeedbackLayers { get; init; } = 1;

    /// <summary>Whether every feedback layer is rectified: φ = ReLU, else φ = identity.</summary>
    [Setting("Whether every feedback layer is rectified.")]
    public bool RectifiedFeedback { get; init; } = true;

    /// <summary>Whether |s| is fed back instead of s.</summary>
    [Setting("Whether the signal's magnitude is fed back instead of the signal.")]
    public bool RectifiedSignal { get; init; }

    /// <summary>Whether every feedback layer's activity is multiplied by sign(x_i).</summary>
    [Setting("Whether feedback activity is multiplied by the sign of the layer's activity.")]
    public bool FeedbackTimesSign { get; init; }

    /// <summary>Whether feedback reaches the output layer alone; x̃_i = x_i in hidden layers.</summary>
    [Setting("Whether feedback reaches the output layer alone.")]
    public bool FeedbackOnlyAtOutput { get; init; }

    /// <summary>Classification: whether the output's postsynaptic activity is the signal itself (x̃_L = s), which leaves its β, B and c
    /// unused.</summary>
    [Setting("Classification: whether the output's postsynaptic activity is the signal itself.")]
    public bool OutputClamped { get; init; }

    /// <summary>Which activity counts as presynaptic.</summary>
    [Setting("Which activity counts as presynaptic.")]
    public PresynapticActivity Presynaptic { get; init; } = PresynapticActivity.PreFeedback;

    /// <summary>How many α there are.</summary>
    [Setting("How many plasticity coefficients there are.")]
    public Granularity Granularity { get; init; } = Granularity.Synapse;

    /// <summary>m: a fixed multiplier of the updates of all plastic layers but the last.</summary>
    [Setting(0, 1e6, "Factor on the updates of all plastic layers but the last (m).")]
    public double HiddenPlasticityMultiplier { get; init; } = 1;

    /// <summary>ρ: what bounds the change of a unit's synapses in one inner step; null where nothing does.</summary>
    /// <remarks>
    /// ΔW_j is divided by √(1 + ‖ΔW_j‖² / ρ²), j a postsynaptic unit and ΔW_j the row of its synapses, [in]: α is normalised by what it
    /// would do. A row then never changes by ρ or more, and W at most in proportion to a life's length. Changes that are small
    /// against ρ stay as they are. B of <see cref="FeedbackRule"/> is bounded in the same way.
    /// </remarks>
    [Setting(
        0, 1e6, "Bound on the length of the change of a unit's synapses in an inner step, which normalises α where it would change more.",
        AboveMinimum = true)]
    public double? ChangeLimit { get; init; }

    /// <summary>λ: the share of each plastic weight that an inner step takes off: W ← (1 − λ) W + ΔW; B of <see cref="FeedbackRule"/>
    /// likewise.</summary>
    [Setting(0, 1, "Share of each plastic weight that an inner step takes off (decay).")]
    public double WeightDecay { get; init; }

    /// <summary>c: the bound that plastic weights are clipped to after each inner step, −c ≤ W ≤ c; null for none.</summary>
    [Setting(0, 1e6, "Bound that plastic weights are clipped to after each inner step.", AboveMinimum = true)]
    public double? WeightLimit { get; init; }

    /// <summary>What pathways heed of it.</summary>
    internal FeedbackOptions Options => new(FeedbackLayers, RectifiedFeedback, RectifiedSignal, FeedbackTimesSign);

    /// <summary>Whether weights change by the rule alone, without bound or decay: what fused kernels know of.</summary>
    internal bool IsUnbounded => ChangeLimit is null && WeightDecay == 0 && WeightLimit is null;

    /// <inheritdoc/>
    public override ILearner Create(NetworkSpec network) => new LocalLearner(network, this);

    /// <summary>Whether feedback reaches a plastic layer: neither clamped nor left out by the options.</summary>
    internal bool HasFeedback(NetworkSpec network, int layer) =>
        layer == network.Layers.Length - 1 ? !(Objective == Objective.CrossEntropy && OutputClamped) : !FeedbackOnlyAtOutput;
}
