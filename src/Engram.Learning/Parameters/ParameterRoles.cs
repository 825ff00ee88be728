namespace Engram.Learning.Parameters;

/// <summary>The roles that Engram's own parameters have. Roles are open names: a rule or learner of one's own may have others, without an
/// edit here.</summary>
/// <remarks>Initial values, meta-rates, freezing, figures and gradient checks go by name and role; see
/// <see cref="ParameterSpec.Role"/>.</remarks>
public static class ParameterRoles
{
    /// <summary>W, frozen layers' too.</summary>
    public const string FeedforwardWeights = "feedforward-weights";

    /// <summary>b.</summary>
    public const string Biases = "biases";

    /// <summary>B.</summary>
    public const string FeedbackWeights = "feedback-weights";

    /// <summary>c.</summary>
    public const string FeedbackBiases = "feedback-biases";

    /// <summary>α of W and, for gradient learners, of b.</summary>
    public const string Plasticity = "plasticity";

    /// <summary>α of B, where feedback is plastic.</summary>
    public const string FeedbackPlasticity = "feedback-plasticity";

    /// <summary>β.</summary>
    public const string FeedbackStrength = "feedback-strength";

    /// <summary>λ of the pull back to what a life was born with.</summary>
    public const string Pull = "pull";

    /// <summary>What a plasticity rule has of its own, such as θ of a polynomial rule.</summary>
    public const string Rule = "rule";

    /// <summary>What a feedback pathway has of its own, beside weights and biases.</summary>
    public const string Pathway = "pathway";

    /// <summary>What a life's first weights are drawn with, such as their spread.</summary>
    public const string Birth = "birth";
}
