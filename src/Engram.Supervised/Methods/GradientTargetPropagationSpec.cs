using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>What the forms of target propagation share whose last hidden layer's target lies down the gradient: ĥ_{L−1} = h_{L−1} − α
/// ∂L/∂h_{L−1}, which goes through W_Lᵀ.</summary>
/// <remarks>The loss is each example's own, so that α does not depend on the batch's size.</remarks>
public abstract record GradientTargetPropagationSpec : TargetPropagationSpec
{
    /// <summary>α, how far the last hidden layer's target lies down the gradient.</summary>
    [Setting(0, 1e6, "α, how far the last hidden layer's target lies down the gradient of each example's loss.", AboveMinimum = true)]
    public double TargetRate { get; init; } = 0.1;
}
