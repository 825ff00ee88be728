using Engram.Numerics.Text;

namespace Engram.Supervised.Methods;

/// <summary>What methods share whose errors come down through weights of their own that start at random.</summary>
public abstract record RandomFeedbackSpec : CreditAssignmentSpec
{
    /// <summary>What B's random weights are multiplied by, at the start where B learns.</summary>
    [Setting(-1e6, 1e6, "What the random feedback weights are multiplied by, at the start where they learn.")]
    public double FeedbackScale { get; init; } = 1;
}
