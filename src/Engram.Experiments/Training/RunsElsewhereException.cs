namespace Engram.Experiments.Training;

/// <summary>What this process could take is done, and other processes still have runs; the last of them writes the results.</summary>
public sealed class RunsElsewhereException : Exception
{
    /// <summary>Makes it.</summary>
    /// <param name="folder">Folder of the group or comparison.</param>
    /// <param name="runs">How many runs other processes have.</param>
    public RunsElsewhereException(string folder, int runs)
        : base(
            $"{runs} run{(runs == 1 ? " of" : "s of")} '{folder}' {(runs == 1 ? "is" : "are")} with other processes; the last one " +
            "writes the results.")
        => (Folder, Runs) = (folder, runs);

    /// <summary>Folder of the group or comparison.</summary>
    public string Folder { get; }

    /// <summary>How many runs other processes have.</summary>
    public int Runs { get; }
}
