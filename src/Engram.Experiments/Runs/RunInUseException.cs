using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>Another process has a run, a group or a comparison.</summary>
public sealed class RunInUseException : EngramException
{
    /// <summary>Makes it.</summary>
    /// <param name="message">Its line: which folder, who has it, what to do.</param>
    public RunInUseException(string message)
        : base(message)
    {
    }
}
