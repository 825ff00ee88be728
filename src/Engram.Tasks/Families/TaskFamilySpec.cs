using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Families;

/// <summary>The settings of a task family: an immutable record with a default for each.</summary>
public abstract record TaskFamilySpec
{
    /// <summary>Makes the family.</summary>
    /// <param name="context">Where data sets lie, and who is told how reading them comes on. What was read once is not read again.</param>
    /// <exception cref="EngramException">A setting is out of its range, or the family's data are not there.</exception>
    public abstract ITaskFamily Create(DataContext context);

    /// <summary>Shape of every lifetime, known without the family's data.</summary>
    /// <exception cref="EngramException">A setting is out of its range.</exception>
    public virtual EpisodeShape Shape => Create(DataContext.Default()).Shape;

    /// <summary>Whether targets are one-hot classes, which are judged by cross-entropy; else they are numbers, judged by squared
    /// error.</summary>
    public virtual bool IsClassification => false;

    /// <summary>Order of a lifetime's batches; null where the family has none.</summary>
    public virtual Ordering? StreamOrdering => null;

    /// <summary>The same lifetimes with another number of examples of each task.</summary>
    /// <param name="factor">How many times as many, above 0; rounded to whole batches, at least one.</param>
    /// <returns>The settings; null where the family has no longer or shorter lifetimes.</returns>
    public virtual TaskFamilySpec? WithLength(double factor) => null;

    /// <summary>Lifetimes of another number of tasks for the same network.</summary>
    /// <param name="factor">How many times as many, above 0; rounded, at least one.</param>
    /// <returns>The settings; null where the network fixes the number of tasks (<see cref="WhyTasksAreFixed"/>), or has no outputs for so
    /// many.</returns>
    public virtual TaskFamilySpec? WithTasks(double factor) => null;

    /// <summary>Why a network for these lifetimes cannot be given lifetimes of more tasks, in a sentence; null where it can.</summary>
    public virtual string? WhyTasksAreFixed() => null;
}
