using System.Collections.Immutable;
using System.Numerics;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Sources;

/// <summary>A task family as a source of lifetimes, bound to one seed and split: lifetimes are views of the episodes' buffers, nothing is
/// copied.</summary>
/// <remarks>
/// Training code gets <see cref="MetaTrainingLifetimes{T}"/>, the only kind that <see cref="MetaTrainer"/> takes; it has no way to another
/// split.
/// Evaluation makes <see cref="EvaluationLifetimes{T}"/>. Each slot has buffers of its own, made when it is first used.
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
public abstract class TaskLifetimes<T> : ILifetimeSource<T>, IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Lock gate = new();
    private readonly ITaskFamily family;
    private readonly ImmutableArray<LifetimeStage> stages;
    private readonly ulong seed;
    private readonly Split split;
    private readonly RandomStream noise;
    private (Episode<T> Episode, Lifetime<T> Lifetime)?[] slots = [];

    private protected TaskLifetimes(ITaskFamily family, ulong seed, Split split, ImmutableArray<LifetimeStage> stages)
    {
        foreach (ITaskFamily each in (IEnumerable<ITaskFamily>)[family, .. stages.Select(s => s.Family)])
        {
            each.Check(split);
        }

        (this.family, this.seed, this.split, this.stages) = (family, seed, split, stages);
        noise = new RandomStream(seed).Split("birth").Split(split.ToString());
    }

    /// <summary>Shape of the lifetimes, those of earlier stages aside.</summary>
    public EpisodeShape Shape => family.Shape;

    /// <inheritdoc/>
    public Lifetime<T> Get(ulong index, int slot)
    {
        ITaskFamily current = FamilyOf(index);
        (Episode<T> episode, Lifetime<T> lifetime) = SlotAt(slot, current.Shape);
        current.Fill(seed, split, index, episode);
        ((SeededLifeNoise)lifetime.Noise!).Stream = noise.Split(index);
        return lifetime;
    }

    /// <summary>The episode that stands in a slot: which task each row belongs to.</summary>
    /// <exception cref="InvalidOperationException">Nothing was put there yet.</exception>
    public Episode<T> EpisodeOf(int slot)
    {
        lock (gate)
        {
            return slot >= 0 && slot < slots.Length && slots[slot] is { } found
                ? found.Episode
                : throw new InvalidOperationException($"Slot {slot} is empty; get a lifetime into it first.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (var slot in slots)
            {
                slot?.Episode.Dispose();
            }

            slots = [];
        }

        GC.SuppressFinalize(this);
    }

    private ITaskFamily FamilyOf(ulong index)
    {
        foreach (LifetimeStage stage in stages)
        {
            if (index < stage.Until)
            {
                return stage.Family;
            }
        }

        return family;
    }

    private (Episode<T> Episode, Lifetime<T> Lifetime) SlotAt(int slot, EpisodeShape shape)
    {
        lock (gate)
        {
            if (slot >= slots.Length)
            {
                Array.Resize(ref slots, slot + 1);
            }

            if (slots[slot] is not { } found || found.Episode.Shape != shape)
            {
                slots[slot]?.Episode.Dispose();
                slots[slot] = null;
                var episode = new Episode<T>(shape);
                found = (episode, new Lifetime<T>(
                    shape.InnerSteps,
                    shape.BatchSize,
                    episode.StreamInputs,
                    episode.StreamTargets,
                    episode.QueryInputs,
                    episode.QueryTargets)
                {
                    Noise = new SeededLifeNoise(noise),
                    StreamMask = episode.StreamMask,
                    QueryMask = episode.QueryMask,
                });
                slots[slot] = found;
            }

            return found;
        }
    }
}

/// <summary>The meta-training lifetimes of a family: what meta-parameters are learnt from.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class MetaTrainingLifetimes<T> : TaskLifetimes<T>, IMetaTrainingSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Binds a family and a seed to the meta-training split.</summary>
    /// <param name="family">The family.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="stages">Families whose lifetimes come first, in the order of their ends.</param>
    /// <exception cref="EngramException">The split lacks what a family's lifetimes need.</exception>
    public MetaTrainingLifetimes(ITaskFamily family, ulong seed, params ImmutableArray<LifetimeStage> stages)
        : base(family, seed, Split.MetaTrain, stages)
    {
    }
}

/// <summary>A stage of meta-training, with lifetimes of its own.</summary>
/// <param name="Until">Index of the first lifetime after it.</param>
/// <param name="Family">What its lifetimes are made of.</param>
public sealed record LifetimeStage(ulong Until, ITaskFamily Family);

/// <summary>Lifetimes to measure meta-parameters on; never to learn them from, which <see cref="MetaTrainer"/>'s types see to.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class EvaluationLifetimes<T> : TaskLifetimes<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Binds a family and a seed to a split.</summary>
    /// <exception cref="EngramException">The split lacks what the family's lifetimes need.</exception>
    public EvaluationLifetimes(ITaskFamily family, ulong seed, Split split)
        : base(family, seed, split, [])
    {
    }
}
