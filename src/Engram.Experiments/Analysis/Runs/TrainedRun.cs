using System.Collections.Immutable;
using Engram.Learning;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>A run as it stands: its recipe and the meta-parameters of its newest checkpoint that is whole. Reading takes no lock, so somebody may be training it.</summary>
public sealed class TrainedRun : IDisposable
{
    private TrainedRun(string folder, Recipe recipe, RunEnvironment environment, MetaParameters<float> parameters, long outerStepsDone, RunningMean mean) =>
        (Folder, Recipe, Environment, Parameters, OuterStepsDone, Mean) = (folder, recipe, environment, parameters, outerStepsDone, mean);

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>Its name, for lists and figures: the folder's, unless it was opened by another.</summary>
    public string Name { get; private init; } = string.Empty;

    /// <summary>Its recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>What it ran on.</summary>
    public RunEnvironment Environment { get; }

    /// <summary>The meta-parameters.</summary>
    public MetaParameters<float> Parameters { get; }

    /// <summary>Outer steps that led to them.</summary>
    public long OuterStepsDone { get; }

    /// <summary>What metrics carry on.</summary>
    internal RunningMean Mean { get; }

    /// <summary>Opens the run in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over; null for nobody.</param>
    /// <param name="name">What to call it; null for the folder's name.</param>
    /// <exception cref="EngramException">There is no run, or no checkpoint that can be read.</exception>
    public static TrainedRun Open(string folder, Action<string>? note = null, string? name = null)
    {
        Recipe recipe = RunDirectory.ReadRecipe(folder);
        var parameters = new MetaParameters<float>(recipe.Layout());
        try
        {
            (TrainerState state, RunningMean mean) = RunDirectory.ReadCheckpoint(folder, path =>
            {
                TrainerState read = TrainerState.Read(path);
                MetaParameterFiles.CopyTo(SafetensorsFile.Read(path), parameters);
                return ((TrainerState State, RunningMean Mean)?)(read, RunningMean.Load(path));
            }, note) ?? throw new EngramException($"Found no checkpoint in '{folder}', expected at least one; go on with the run with --resume first.");
            return new TrainedRun(folder, recipe, RunDirectory.ReadEnvironment(folder), parameters, state.OuterStepsDone, mean)
            {
                Name = name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            };
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>Opens runs, and all runs of groups, each once.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="names">Names of runs or groups.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over; null for nobody.</param>
    /// <exception cref="EngramException">There is none of that name, or no checkpoint that can be read.</exception>
    public static ImmutableArray<TrainedRun> OpenAll(RunStore store, IEnumerable<string> names, Action<string>? note = null)
    {
        var opened = ImmutableArray.CreateBuilder<TrainedRun>();
        try
        {
            foreach (string folder in store.FindAll(names))
            {
                opened.Add(Open(folder, note, store.NameOf(folder)));
            }

            return opened.ToImmutable();
        }
        catch
        {
            foreach (TrainedRun run in opened)
            {
                run.Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();
}
