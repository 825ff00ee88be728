using Engram.Experiments.Runs;
using Engram.Tasks.Data;

namespace Engram.Studio;

/// <summary>How a studio is opened.</summary>
public sealed record StudioOptions
{
    /// <summary>The port that is asked for where nobody names one; the next that is free where it is taken.</summary>
    public const int UsualPort = 7411;

    /// <summary>Where runs lie.</summary>
    public RunStore Store { get; init; } = RunStore.Default();

    /// <summary>Where data sets lie, from which lifetimes of images are made.</summary>
    public DataContext Data { get; init; } = DataContext.Default();

    /// <summary>The port on the loopback address; 0 for any that is free, null for <see cref="UsualPort"/> or one of the next that are
    /// free.</summary>
    public int? Port { get; init; }

    /// <summary>Threads that figures and lifetimes are computed on.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>From one look at the files of runs to the next, while somebody watches.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(500);
}
