namespace Engram.Tasks.Splits;

/// <summary>Order of a lifetime's batches.</summary>
public enum Ordering
{
    /// <summary>All tasks' batches in random order.</summary>
    Iid,

    /// <summary>One task after the other.</summary>
    Continual,
}
