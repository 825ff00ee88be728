using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>A run as it stands: its recipe and the meta-parameters of its newest checkpoint that is whole, or of the file that
/// <see cref="WeightExport"/> made of it. Reading takes no lock, so somebody may be training it.</summary>
public sealed class TrainedRun : IDisposable
{
    private TrainedRun(
        string folder, Recipe recipe, RunEnvironment environment, MetaParameters<float> parameters, long outerStepsDone,
        RunningMean mean) =>
        (Folder, Recipe, Environment, Parameters, OuterStepsDone, Mean) = (folder, recipe, environment, parameters, outerStepsDone, mean);

    /// <summary>The run's folder, or the file of its meta-parameters.</summary>
    public string Folder { get; }

    /// <summary>Its name, for lists and figures: the folder's, unless it was opened by another.</summary>
    public string Name { get; private init; } = string.Empty;

    /// <summary>Its recipe.</summary>
    public Recipe Recipe { get; }

    /// <summary>What it ran on; of a file, no more than it says.</summary>
    public RunEnvironment Environment { get; }

    /// <summary>The meta-parameters.</summary>
    public MetaParameters<float> Parameters { get; }

    /// <summary>Outer steps that led to them.</summary>
    public long OuterStepsDone { get; }

    /// <summary>How far it has come.</summary>
    public RunState State =>
        !WeightExport.IsFile(Folder) ? RunDirectory.StateOf(Folder) : OuterStepsDone < Recipe.MetaTraining.OuterSteps
        ? RunState.Interrupted : RunState.Finished;

    /// <summary>What metrics carry on; of a file, not known.</summary>
    internal RunningMean Mean { get; }

    /// <summary>Opens the run in a folder, or in a file of its meta-parameters.</summary>
    /// <param name="folder">The folder, or the file.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over, and of files that are not as the run wrote them; null for
    /// nobody.</param>
    /// <param name="name">What to call it; null for the folder's name.</param>
    /// <exception cref="EngramException">There is no run, or no checkpoint that can be read; or the file is damaged.</exception>
    public static TrainedRun Open(string folder, Action<string>? note = null, string? name = null)
    {
        SafetensorsFile? file = WeightExport.IsFile(folder) ? WeightExport.Read(folder) : null;
        Recipe recipe = file is null ? RunDirectory.ReadRecipe(folder) : WeightExport.RecipeOf(file);
        var parameters = new MetaParameters<float>(recipe.Layout());
        try
        {
            if (file is not null)
            {
                MetaParameterFiles.CopyTo(file, parameters);
                return new TrainedRun(
                    folder, recipe, WeightExport.EnvironmentOf(file, recipe), parameters, WeightExport.OuterStepsOf(file),
                    RunningMean.Unknown)
                { Name = name ?? folder };
            }

            foreach (string change in RunDirectory.ChangesOf(folder))
            {
                note?.Invoke(change);
            }

            (TrainerState state, RunningMean mean) = RunDirectory.ReadCheckpoint(folder, path =>
            {
                TrainerState read = TrainerState.Read(path);
                MetaParameterFiles.CopyTo(SafetensorsFile.Read(path), parameters);
                return ((TrainerState State, RunningMean Mean)?)(read, RunningMean.Load(path));
            }, note) ?? throw new EngramException(
                $"Found no checkpoint in '{folder}', expected at least one; resume the run with --resume first.");
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

    /// <summary>The recipe of the run in a folder, or of a file of meta-parameters.</summary>
    /// <exception cref="EngramException">It cannot be read.</exception>
    internal static Recipe ReadRecipe(string folder) =>
        WeightExport.IsFile(folder) ? WeightExport.RecipeOf(WeightExport.Read(folder)) : RunDirectory.ReadRecipe(folder);

    /// <summary>Opens runs, all runs of groups, and files of meta-parameters, each once.</summary>
    /// <param name="store">Where they lie.</param>
    /// <param name="names">Names of runs or groups, or files.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over; null for nobody.</param>
    /// <exception cref="EngramException">There is none of that name, or no checkpoint that can be read.</exception>
    public static ImmutableArray<TrainedRun> OpenAll(RunStore store, IEnumerable<string> names, Action<string>? note = null)
    {
        var opened = ImmutableArray.CreateBuilder<TrainedRun>();
        try
        {
            foreach (string folder in store.FindAllTrained(names))
            {
                opened.Add(Open(folder, note, WeightExport.IsFile(folder) ? folder : store.NameOf(folder)));
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
