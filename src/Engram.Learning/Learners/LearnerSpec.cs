using Engram.Numerics;

namespace Engram.Learning;

/// <summary>What a lifetime is judged by, and what a gradient learner descends.</summary>
public enum Objective
{
    /// <summary>Regression: squared error, mean over examples and outputs.</summary>
    MeanSquaredError,

    /// <summary>Classification: cross-entropy of the softmax, mean over examples; targets are one-hot.</summary>
    CrossEntropy,
}

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

/// <summary>How many plasticity coefficients α a layer has.</summary>
public enum Granularity
{
    /// <summary>One per synapse: α [out, in].</summary>
    Synapse,

    /// <summary>One per output unit: α [out].</summary>
    Neuron,

    /// <summary>One per layer.</summary>
    Layer,

    /// <summary>One for all plastic layers.</summary>
    Network,
}

/// <summary>How a gradient learner's meta-gradient sees the inner gradient.</summary>
public enum GradientOrder
{
    /// <summary>∂ℓ/∂W counts as a constant.</summary>
    First,

    /// <summary>The meta-gradient goes through ∂ℓ/∂W exactly.</summary>
    Second,
}

/// <summary>A learner: what changes the plastic layers in life, and what of it is meta-learned.</summary>
public abstract record LearnerSpec
{
    /// <summary>What the query is judged by.</summary>
    public Objective Objective { get; init; } = Objective.MeanSquaredError;
}

/// <summary>
/// Feedback and local plasticity: f_i = φ(s B_iᵀ + c_i), x̃_i = (1 − β_i) x_i + β_i f_i, and a plasticity rule on pre- and postsynaptic activity.
/// </summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 4. Defaults are the paper's for incremental sines.</remarks>
[SettingsName("local", "LocalLearnerSpec")]
public sealed record LocalLearnerSpec : LearnerSpec
{
    /// <summary>Name of the plasticity rule in <see cref="PlasticityRules.Registry"/>.</summary>
    [Setting("Plasticity rule.", NamesFrom = nameof(Rules))]
    public string Rule { get; init; } = "oja";

    /// <summary>Name of the feedback pathway in <see cref="FeedbackPathways.Registry"/>.</summary>
    [Setting("How the signal reaches the plastic layers.", NamesFrom = nameof(Pathways))]
    public string Pathway { get; init; } = "direct";

    /// <summary>What feedback carries.</summary>
    [Setting("What feedback carries from the output.")]
    public FeedbackSignal Signal { get; init; } = FeedbackSignal.Error;

    /// <summary>
    /// Classification with an error signal: whether the meta-gradient counts that signal as a constant, as the authors' code does.
    /// Regression is always differentiated exactly.
    /// </summary>
    [Setting("Classification with an error signal: whether the meta-gradient counts the signal as a constant.")]
    public bool DetachedSignal { get; init; }

    /// <summary>Layers of the feedback pathway: 1 is direct; K &gt; 1 puts K − 1 hidden layers in it, each as wide as the input of the output layer.</summary>
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

    /// <summary>Classification: whether the output's postsynaptic activity is the signal itself (x̃_L = s), which leaves its β, B and c unused.</summary>
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

    private static IReadOnlyList<string> Rules => PlasticityRules.Registry.Names;

    private static IReadOnlyList<string> Pathways => FeedbackPathways.Registry.Names;
}

/// <summary>The gradient learner: W ← W − α ∘ ∂ℓ/∂W, and the same for b; ℓ is the batch's <see cref="LearnerSpec.Objective"/>.</summary>
/// <remarks>Source: Javed and White 2019 (OML), with α per parameter and meta-learned as in the paper's baseline, or one fixed rate.</remarks>
[SettingsName("gradient", "GradientLearnerSpec")]
public sealed record GradientLearnerSpec : LearnerSpec
{
    /// <summary>First or second order. The authors' code is first order; second is exact.</summary>
    [Setting("Whether the meta-gradient goes through the inner gradient (second) or counts it as a constant (first).")]
    public GradientOrder Order { get; init; } = GradientOrder.Second;

    /// <summary>One fixed inner rate for weights and biases alike (original OML); null for a meta-learned α per parameter.</summary>
    [Setting(0, 1e6, "One fixed inner rate for all weights and biases; none for a meta-learned one per parameter.", AboveMinimum = true, Name = "inner-rate")]
    public double? FixedInnerRate { get; init; }
}
