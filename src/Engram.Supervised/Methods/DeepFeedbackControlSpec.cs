using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>What a synapse under feedback control learns from.</summary>
public enum ControlRule
{
    /// <summary>Firing rates with the controller and without: σ(v) − σ(W r + b). As published trainings have it.</summary>
    Rates,

    /// <summary>Voltages: v − (W r + b), the apical dendrite's own. As the theorems have it.</summary>
    Voltages,
}

/// <summary>How feedback weights of a controller start.</summary>
public enum FeedbackStart
{
    /// <summary>Drawn as weights of their shape are.</summary>
    Random,

    /// <summary>Products of the transposed initial weights above, W_{l+1}ᵀ … W_Lᵀ.</summary>
    WeightProducts,
}

/// <summary>Deep feedback control in steady state: a controller pushes all layers at once until the output is nearer to its target, and
/// synapses learn from how far they were pushed.</summary>
/// <remarks>
/// <para>Equation: δ = −λ ∂ℓ/∂ŷ of each example's loss ℓ; the settled controller u = (J Q + α I)⁻¹ δ, J = [∂ŷ/∂v_1 … ∂ŷ/∂v_L],
/// Q = [Q_1; …; Q_L]; apical voltages Q_l u; v_l = W_l r_{l−1} + b_l + Q_l u, r_l = σ(v_l), from the input up;
/// ∂W_l = −⟨(σ(v_l) − σ(v_l − Q_l u)) r_{l−1}ᵀ⟩ / λ (<see cref="ControlRule.Rates"/>) or −⟨Q_l u r_{l−1}ᵀ⟩ / λ
/// (<see cref="ControlRule.Voltages"/>), the means over examples. J is that of the network without the controller; u is found by
/// minimal residuals, whose steps send activity forward alone. With Q = Jᵀ and λ → 0 the pushes are the least ones that move the output by
/// δ (a Gauss-Newton step in the activities, α its damping), and α ∂W goes to the gradient of the loss as α grows.</para>
/// <para>Feedback learns from noise, in a phase before W: every layer's voltage gets ε σ_ε, the output deviates by d σ_ε, the controller
/// answers u = −d, and ∂Q_l = −⟨(ε_l − Q_l d) dᵀ⟩ + γ Q_l: the apical voltage times the controller's signal. It rests where
/// Q = Jᵀ(J Jᵀ + γ I)⁻¹, for one J: there DFC is Gauss-Newton's. Q_L is the identity unless <see cref="OutputFeedbackLearns"/>.</para>
/// <para>Shapes: J_l [K, units], Q_l [units, K], u, δ and d [K, n], v_l, r_l and ε_l [units, n]. Errors: none beyond those of settings; a
/// controller that no u settles gives large ones, and the trainer stops where numbers are not finite. Source: Meulemans, Tristany Farinha,
/// García Ordóñez, Vilimelis Aceituno, Sacramento and Grewe 2021, equations 5 to 13 and theorems 2 to 5 (their DFC-SSA). Deviations: the
/// feedback phase is in steady state too (theirs is simulated, with a slow controller); directions are divided by λ as their rates
/// are; nothing is clipped.</para>
/// </remarks>
public sealed record DeepFeedbackControlSpec : CreditAssignmentSpec
{
    /// <summary>λ, how far the output's target lies down the gradient of each example's loss.</summary>
    [Setting(0, 1e6, "λ, how far the output's target lies down the gradient of each example's loss.", AboveMinimum = true)]
    public double TargetRate { get; init; } = 0.1;

    /// <summary>α, the controller's leak: how much it spares its own signal.</summary>
    [Setting(0, 1e9, "α, the leak of the controller: the larger, the weaker it pushes.")]
    public double Leak { get; init; } = 1e-3;

    /// <summary>What synapses learn from.</summary>
    [Setting("What synapses learn from: firing rates with and without the controller, or the apical voltage.")]
    public ControlRule Rule { get; init; } = ControlRule.Rates;

    /// <summary>Whether Q learns; else it stays as it starts.</summary>
    [Setting("Whether feedback weights learn, from noise; else they stay as they start.")]
    public bool FeedbackLearns { get; init; } = true;

    /// <summary>Whether Q_L learns too.</summary>
    [Setting("Whether the output's own feedback weights learn too; else they are the identity.")]
    public bool OutputFeedbackLearns { get; init; }

    /// <summary>How Q starts.</summary>
    [Setting("How feedback weights start: drawn at random, or as products of the transposed initial weights above.")]
    public FeedbackStart FeedbackStart { get; init; } = FeedbackStart.WeightProducts;

    /// <summary>σ_ε of the noise that feedback learns from.</summary>
    [Setting(0, 1e6, "σ, the standard deviation of the noise in voltages that feedback learns from.", AboveMinimum = true)]
    public double FeedbackNoise { get; init; } = 0.05;

    /// <summary>γ, the decay of Q in its own rule.</summary>
    [Setting(0, 1e6, "γ, the decay of feedback weights in their own rule, which damps what they come to.")]
    public double FeedbackDecay { get; init; } = 1;

    /// <summary>Steps in which feedback alone learns, before W does.</summary>
    [Setting(0, 1e9, "Steps at the start in which feedback alone learns.", Unit = "steps")]
    public int WarmUpSteps { get; init; }

    /// <summary>Most steps in which u is found.</summary>
    [Setting(1, 10_000, "Most steps in which the settled controller is found; never more than there are outputs.", Unit = "steps")]
    public int ControlSteps { get; init; } = 24;

    /// <summary>The error of u at which it is good enough.</summary>
    [Setting(0, 1, "Error of the settled controller, as a share of δ, at which no more steps are done.")]
    public double ControlTolerance { get; init; } = 1e-3;

    /// <summary>The last layer learns from where the controller has brought the layer below.</summary>
    public override bool LastLayerDescendsLoss => false;

    /// <inheritdoc/>
    public override double OwnNumbers(SupervisedNetworkSpec network) => network.Layers.Sum(l => (double)l.Outputs * network.Outputs);

    /// <inheritdoc/>
    public override void Validate(SupervisedNetworkSpec network)
    {
        base.Validate(network);
        if (!Enum.IsDefined(Rule) || !Enum.IsDefined(FeedbackStart))
        {
            throw new SettingException(
                $"Found {this}, expected a rule and a start of feedback that there are.", nameof(Rule), nameof(FeedbackStart));
        }

        if (WarmUpSteps > 0 && !FeedbackLearns)
        {
            throw new SettingException(
                $"Found {WarmUpSteps} steps in which feedback alone learns, expected 0 where feedback does not learn.",
                nameof(WarmUpSteps), nameof(FeedbackLearns));
        }
    }

    /// <inheritdoc/>
    public override ICreditAssignment<T> Create<T>(SupervisedNetwork<T> network, RandomStream random) =>
        new DeepFeedbackControl<T>(network, this, random);
}
