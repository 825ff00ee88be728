using System.Collections.Immutable;
using Engram.Tasks.Families;

namespace Engram.Experiments.Recipes;

/// <summary>A stage of a curriculum.</summary>
/// <param name="Until">Outer step at which it ends; the first has index 0.</param>
/// <param name="Length">Length of its lifetimes, as a multiple of the task's.</param>
public readonly record struct CurriculumStage(long Until, double Length);

/// <summary>Lifetimes of other lengths that meta-training begins with, such as short ones, which cost less; after the last stage they are
/// the task's own.</summary>
/// <param name="Stages">The stages, in the order of their ends.</param>
public sealed record Curriculum(ImmutableArray<CurriculumStage> Stages)
{
    /// <summary>All lifetimes are the task's own.</summary>
    public static Curriculum None { get; } = new([]);

    /// <summary>The families of the stages, with the outer step at which each ends.</summary>
    /// <param name="task">The task.</param>
    public IEnumerable<(long Until, TaskFamilySpec Task)> Families(TaskFamilySpec task) =>
        Stages.Select(s => (s.Until, task.WithLength(s.Length)!));

    /// <summary>Work of outer steps, in lifetimes of the task's own length: what time goes by.</summary>
    /// <param name="first">The first outer step.</param>
    /// <param name="end">The one after the last.</param>
    public double Work(long first, long end)
    {
        double work = 0;
        long start = 0;
        foreach (CurriculumStage stage in Stages)
        {
            work += stage.Length * Math.Max(0, Math.Min(end, stage.Until) - Math.Max(first, start));
            start = stage.Until;
        }

        return work + Math.Max(0, end - Math.Max(first, start));
    }

    /// <inheritdoc/>
    public bool Equals(Curriculum? other) => other is not null && Stages.SequenceEqual(other.Stages);

    /// <inheritdoc/>
    public override int GetHashCode() => Stages.Aggregate(0, HashCode.Combine);

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(", ", Stages.Select(s => FormattableString.Invariant($"{s.Length} times as long until outer step {s.Until}")));
}
