using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Sines;

/// <summary>Settings of <see cref="IncrementalSines"/>. Defaults are the paper's.</summary>
/// <remarks>Source: Lindsey and Litwin-Kumar 2020, section 5; Javed and White 2019.</remarks>
public sealed record SinesSpec : TaskFamilySpec
{
    /// <summary>Sines in a lifetime, 1 to 1,000.</summary>
    [Setting(1, 1000, "Sines in a lifetime.", Unit = "sines")]
    public int Sines { get; init; } = 10;

    /// <summary>Batches of each sine, 1 or more; each batch is one inner step.</summary>
    [Setting(1, 100_000, "Batches of each sine in a lifetime's stream.", Unit = "batches")]
    public int BatchesPerSine { get; init; } = 40;

    /// <summary>Examples in a batch, 1 or more.</summary>
    [Setting(1, 100_000, "Examples in a batch (n).", Unit = "examples")]
    public int BatchSize { get; init; } = 32;

    /// <summary>Order of the batches.</summary>
    [Setting("Order of the stream: shuffled, or one sine or class after the other.")]
    public Ordering Ordering { get; init; } = Ordering.Continual;

    /// <summary>New examples of each sine in the query, 1 or more.</summary>
    [Setting(1, 100_000, "Query points of each sine.", Unit = "examples")]
    public int QueryPerSine { get; init; } = 32;

    /// <summary>
    /// Sines that all meta-training lifetimes of a seed draw from, without replacement within a lifetime; null for fresh ones in every
    /// lifetime.
    /// The authors' code has 400. Meta-validation and meta-test always have fresh ones.
    /// </summary>
    [Setting(1, 10_000_000, "Size of a fixed pool that meta-training draws its sines from; none for new sines in every lifetime.",
        Unit = "sines")]
    public int? Pool { get; init; }

    /// <summary>
    /// Inner steps from one with targets to the next, 1 to 100,000: with k, the k-th, 2k-th, … step of a lifetime has targets, the others
    /// show inputs alone. 1 for targets at every step. The query has all its targets.
    /// </summary>
    [Setting(1, 100_000, "Inner steps from one with targets to the next; the others show inputs alone.", Unit = "steps")]
    public int TargetEvery { get; init; } = 1;

    /// <inheritdoc/>
    public override Ordering? StreamOrdering => Ordering;

    /// <inheritdoc/>
    public override ITaskFamily Create(DataContext context) => new IncrementalSines(this);

    /// <inheritdoc/>
    public override TaskFamilySpec WithLength(double factor) => this
        with
    { BatchesPerSine = Math.Max(1, (int)Math.Round(BatchesPerSine * factor, MidpointRounding.AwayFromZero)) };

    /// <inheritdoc/>
    public override string WhyTasksAreFixed() =>
        "The input has one unit for each sine, so their number is fixed by the network and only lives grow longer.";

    /// <summary>Checks every setting's range.</summary>
    /// <exception cref="EngramException">One is out of it.</exception>
    public void Validate()
    {
        Expect(nameof(Sines), Sines, 1, 1000);
        Expect(nameof(BatchesPerSine), BatchesPerSine, 1, 1_000_000);
        Expect(nameof(BatchSize), BatchSize, 1, 1_000_000);
        Expect(nameof(QueryPerSine), QueryPerSine, 1, 1_000_000);
        Expect(nameof(TargetEvery), TargetEvery, 1, 100_000);
        if (!Enum.IsDefined(Ordering))
        {
            throw new EngramException(
                $"Found ordering {Ordering} of sines, expected {nameof(Ordering.Iid)} or {nameof(Ordering.Continual)}.");
        }

        if (Pool is { } pool && (pool < Sines || pool > 1_000_000_000))
        {
            throw new EngramException(
                $"Found a pool of {pool} sines, expected {Sines} (as many as a lifetime has) to 1000000000, or none.");
        }

        if (TargetEvery > (long)Sines * BatchesPerSine)
        {
            throw new SettingException(
                $"Found targets at every {TargetEvery} inner steps in lives of {(long)Sines * BatchesPerSine}, expected at most as many: "
                + "the stream would have none.",
                nameof(TargetEvery), nameof(BatchesPerSine));
        }

        long numbers = Math.Max((long)Sines * BatchesPerSine * BatchSize, (long)Sines * QueryPerSine) * Tensor<float>.StrideFor(Sines + 1);
        if (numbers > int.MaxValue)
        {
            throw new EngramException(
                $"Found a lifetime of {Sines} sines × {BatchesPerSine} batches × {BatchSize} examples, expected at most {int.MaxValue} " +
                $"numbers of input and not {numbers}; use fewer or smaller batches.");
        }
    }

    private static void Expect(string what, int found, int least, int most)
    {
        if (found < least || found > most)
        {
            throw new EngramException($"Found {what} = {found} for incremental sines, expected {least} to {most}.");
        }
    }
}
