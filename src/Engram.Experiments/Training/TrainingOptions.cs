using Engram.Experiments.Runs;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer.Crews;
using Engram.Tasks.Data;

namespace Engram.Experiments.Training;

/// <summary>What a run is doing.</summary>
public enum TrainingPhase
{
    /// <summary>Outer steps.</summary>
    MetaTraining,

    /// <summary>Lifetimes of the evaluation.</summary>
    Evaluation,

    /// <summary>Nothing more.</summary>
    Done,
}

/// <summary>How far a run has come, for whoever watches.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Run">The recipe's own name.</param>
/// <param name="Phase">What it is doing.</param>
/// <param name="OuterStep">Outer steps done.</param>
/// <param name="OuterSteps">Outer steps in all.</param>
/// <param name="Lifetimes">Lifetimes lived.</param>
/// <param name="RunningQueryLoss">Running mean of the query loss; NaN before the first outer step.</param>
/// <param name="RunningQueryErrorPercent">Running mean of the query error, in %; NaN before the first outer step, and in
/// regression.</param>
/// <param name="LifetimesPerSecond">Since this process took the run up; 0 at first.</param>
/// <param name="Left">Time left in meta-training; null where it is not known yet.</param>
public sealed record TrainingProgress(
    string Folder, string Run, TrainingPhase Phase, long OuterStep, long OuterSteps, long Lifetimes, double RunningQueryLoss,
    double RunningQueryErrorPercent, double LifetimesPerSecond, TimeSpan? Left);

/// <summary>How to run: nothing here changes a result.</summary>
public sealed record TrainingOptions
{
    private const double FewOperations = 2e7;

    /// <summary>Threads.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether other processes may be working on the same group or comparison: runs that they have are left to them, and taken up
    /// where they were killed.</summary>
    public bool Shared { get; init; }

    /// <summary>Where a run that starts from another one looks for it.</summary>
    public RunStore Store { get; init; } = RunStore.Default();

    /// <summary>Where data sets lie unless a recipe says where, who is told of reading them, and what ends it.</summary>
    public DataContext Data { get; init; } = DataContext.Default();

    /// <summary>Told of progress, several times a second, from the threads that work; null for nobody.</summary>
    public Action<TrainingProgress>? Progress { get; init; }

    /// <summary>Told what the user should know, such as a damaged checkpoint that was passed over; null for nobody.</summary>
    public Action<string>? Note { get; init; }

    /// <summary>Ends the run after the outer step it is at, with a checkpoint.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Makes the engines, from the layout and the number of threads; null for the fastest there is.</summary>
    public Func<ParameterLayout, int, ILifetimeEngine<float>>? EngineFactory { get; init; }

    /// <summary>The processes that share an outer step's lifetimes, of which this one is rank 0; null for this process alone.</summary>
    public IRanks? Ranks { get; init; }

    // Threads that meet several times in a step cost more than they save where a step is short.
    internal Func<ParameterLayout, int, ILifetimeEngine<float>> EnginesFor(int batchSize) => EngineFactory
        ?? ((layout, threads) => LifetimeEngines.Create<float>(layout, options: new EngineOptions
        { Threads = HasShortSteps(layout, batchSize) ? 1 : threads }));

    // Threads that a run can use: those of its lifetimes, which live side by side, where one lifetime uses one.
    internal int MostThreads(ParameterLayout layout, int batchSize, int lifetimesPerOuterStep) =>
        HasShortSteps(layout, batchSize) ? Math.Min(Threads, lifetimesPerOuterStep) : Threads;

    private static bool HasShortSteps(ParameterLayout layout, int batchSize) => OperationsPerStep(layout, batchSize) < FewOperations;

    // Seven products of out × in × n in each plastic layer.
    private static double OperationsPerStep(ParameterLayout layout, int batchSize) =>
        14.0 * batchSize * layout.Network.Layers.Skip(layout.Network.FrozenLayers).Sum(l => (double)l.Inputs * l.Outputs);
}

/// <summary>A run was stopped by whoever started it; its last checkpoint is written, where it came that far.</summary>
public sealed class RunStoppedException : OperationCanceledException
{
    /// <summary>Makes it.</summary>
    /// <param name="folder">Folder of the run or group.</param>
    public RunStoppedException(string folder)
        : base($"Stopped '{folder}'; its last checkpoint is written.") => Folder = folder;

    /// <summary>Folder of the run or group.</summary>
    public string Folder { get; }

    /// <summary>Whether there is anything to go on from in the folder, or in that of one of its runs: a checkpoint or a result. A run that
    /// is stopped while it reads its data has neither.</summary>
    public bool HasCheckpoint => Directory.Exists(Folder)
        && Directory.EnumerateDirectories(Folder).Prepend(Folder)
            .Any(f => Checkpoints.AreIn(f) || File.Exists(Path.Combine(f, RunDirectory.ResultName)));
}
