using System.Collections.Immutable;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Learning.Feedback;

/// <summary>The options of feedback that every pathway heeds.</summary>
/// <param name="Layers">Layers of the pathway; 1 is direct.</param>
/// <param name="Rectified">Whether every feedback layer is rectified: φ = ReLU, else φ = identity.</param>
/// <param name="RectifiedSignal">Whether |s| is fed back instead of s.</param>
/// <param name="TimesSign">Whether every feedback layer's activity is multiplied by sign(x_i).</param>
public readonly record struct FeedbackOptions(int Layers, bool Rectified, bool RectifiedSignal, bool TimesSign)
{
    /// <summary>φ of a feedback layer's input.</summary>
    public Var Activate(Var input) => Rectified ? input.Relu() : input;
}

/// <summary>The place that a pathway leads to.</summary>
/// <param name="Network">The network.</param>
/// <param name="Layer">The plastic layer that is reached.</param>
/// <param name="Options">The options of feedback.</param>
public readonly record struct FeedbackPlace(NetworkSpec Network, int Layer, FeedbackOptions Options)
{
    /// <summary>Units of the layer that is reached.</summary>
    public int Units => Network.Layers[Layer].Outputs;

    /// <summary>Whether it is the output layer.</summary>
    public bool IsOutput => Layer == Network.Layers.Length - 1;
}

/// <summary>What a feedback pathway to one plastic layer works with in one inner step.</summary>
public readonly struct FeedbackInputs
{
    private readonly PartView own;
    private readonly Func<string, Var> weights;

    internal FeedbackInputs(
        FeedbackPlace place, Var signal, Var activity, ImmutableArray<AfterFeedback> above, PartView own, Func<string, Var> weights) =>
        (Place, Signal, Activity, Above, this.own, this.weights) = (place, signal, activity, above, own, weights);

    /// <summary>Which layer is reached, and by which options.</summary>
    public FeedbackPlace Place { get; }

    /// <summary>s, [n, K].</summary>
    public Var Signal { get; }

    /// <summary>x_i of the layer that is reached, before feedback, [n, out].</summary>
    public Var Activity { get; }

    /// <summary>x̃_j of all plastic layers above, from the top down: they have had their feedback already.</summary>
    public ImmutableArray<AfterFeedback> Above { get; }

    /// <summary>The value of a parameter that the pathway declares; of feedback weights that are plastic, their value now.</summary>
    /// <exception cref="EngramException">It declares none of that name.</exception>
    public Var Parameter(string name) => weights(name);

    /// <summary>The value of a state that the pathway declares, before the step.</summary>
    /// <exception cref="EngramException">It declares none of that name.</exception>
    public Var State(string name) => own.State(name);
}

/// <summary>A plastic layer's activity after feedback.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Activity">x̃_j, [n, out].</param>
public readonly record struct AfterFeedback(int Layer, Var Activity);

/// <summary>The presynaptic activity of feedback weights, and their postsynaptic one.</summary>
/// <param name="Weights">Name of the weights among the pathway's parameters, one of <see cref="Parts.Plastic"/>.</param>
/// <param name="Pre">Presynaptic activity, [n, in].</param>
/// <param name="Post">Postsynaptic activity, [n, out]; null for the layer's x̃_i.</param>
public readonly record struct FeedbackConnection(string Weights, Var Pre, Var? Post);

/// <summary>What a pathway makes of an inner step.</summary>
/// <param name="Feedback">f_i, [n, out]: the activity that feedback alone would cause in the layer.</param>
public readonly record struct FeedbackStep(Var Feedback)
{
    /// <summary>Where plastic feedback weights see their activity.</summary>
    public ImmutableArray<FeedbackConnection> Connections { get; private init; } = [];

    /// <summary>New values of states by name; those that are not there stay as they are.</summary>
    public ImmutableArray<(string Name, Var Value)> States { get; private init; } = [];

    /// <summary>Feedback alone.</summary>
    public static implicit operator FeedbackStep(Var feedback) => new(feedback);

    /// <summary>The same with a new value of one state.</summary>
    public FeedbackStep With(string state, Var value) => this with { States = States.Add((state, value)) };

    /// <summary>The same, telling what weights of <see cref="Parts.Plastic"/> connect.</summary>
    public FeedbackStep Connect(string weights, Var pre, Var? post = null) => this
        with
    { Connections = Connections.Add(new(weights, pre, post)) };
}

/// <summary>How the signal at the output reaches a plastic layer.</summary>
/// <remarks>
/// A pure function of what it is given. Layers are visited from the top down, so that a pathway sees all plastic layers above the one it
/// leads to, after their feedback. Its settings are
/// <c>init</c> properties with <see cref="SettingAttribute"/>; its weights, parameters and state are declared in <see cref="Parts"/>.
/// </remarks>
public interface IFeedbackPathway
{
    /// <summary>The weights, other parameters and states that it has on the way to a layer.</summary>
    /// <exception cref="EngramException">The options do not fit the network.</exception>
    Parts Parts(FeedbackPlace place);

    /// <summary>f_i in one inner step.</summary>
    FeedbackStep Step(in FeedbackInputs inputs);

    /// <summary>Whether fused kernels do what it does: straight from the output, with these options.</summary>
    bool HasFusedForm(FeedbackOptions options) => false;
}

/// <summary>Declares what feedback layers have: B [out, in] and c [out].</summary>
public static class FeedbackParts
{
    /// <summary>B, which starts as the recipe says.</summary>
    public static ParameterPart Weights(string name, int outputs, int inputs) => new(name, Granularity.Layer)
    { Shape = [outputs, inputs], Role = ParameterRoles.FeedbackWeights, Start = null };

    /// <summary>c, which starts at zero.</summary>
    public static ParameterPart Biases(string name, int outputs) => new(name, Granularity.Layer)
    { Shape = [outputs], Role = ParameterRoles.FeedbackBiases, Start = null };
}

/// <summary>The feedback pathways there are, by name.</summary>
public static class FeedbackPathways
{
    /// <summary>All pathways, each with its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IFeedbackPathway> Registry { get; } = WithBuiltIns();

    private static Registry<IFeedbackPathway> WithBuiltIns()
    {
        var registry = new Registry<IFeedbackPathway>("feedback pathway");
        registry.Register(
            "direct", new DirectFeedback(), "straight from the output to every plastic layer, through one or more layers: f = φ(s Bᵀ + c)");
        registry.Register(
            "chain", new ChainFeedback(),
            "from each plastic layer to the one below it: f_i = φ(x̃_{i+1} B_iᵀ + c_i), at the output φ(s Bᵀ + c)");
        registry.Register(
            "from-hidden", new HiddenFeedback(),
            "from the output and all hidden plastic layers above: f_i = φ(s B_iᵀ + Σ_j x̃_j B_ijᵀ + c_i)");
        return registry;
    }
}
