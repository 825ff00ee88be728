using System.Collections.Immutable;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Learning.Learners;
using Engram.Numerics.Text;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Analysis;

/// <summary>One meta-trained network, and what was seen of its lifetimes.</summary>
/// <param name="Name">The run.</param>
/// <param name="Seed">Its seed, which its lifetimes have too.</param>
/// <param name="Parameters">Its meta-parameters.</param>
/// <param name="Traces">Its lifetimes.</param>
public sealed record RunAnalysis(string Name, ulong Seed, MetaParameters<float> Parameters, ImmutableArray<LifetimeTrace> Traces)
{
    /// <summary>What meta-training made of the meta-parameters on its way, in the order of outer steps; empty where nothing is known of
    /// it.</summary>
    public ImmutableArray<ParameterLine> Training { get; init; } = [];
}

/// <summary>One learner on one task: the networks that differ in nothing but the seed.</summary>
/// <param name="Label">What figures call it; no two learners of a figure have the same.</param>
/// <param name="Runs">Its networks, at least one.</param>
public sealed record LearnerAnalysis(string Label, ImmutableArray<RunAnalysis> Runs)
{
    /// <summary>What it is called beside learners of the same <see cref="Ordering"/>: the label without the ordering.</summary>
    public string ShortLabel { get; init; } = Label;

    /// <summary>Order of the stream, as recipes name it; empty where the task has none.</summary>
    public string Ordering { get; init; } = string.Empty;

    /// <summary>Where its lifetimes come from; null for lifetimes from elsewhere.</summary>
    public TaskFamilySpec? Task { get; init; }

    /// <summary>Which split they come from.</summary>
    public Split Split { get; init; } = Split.MetaTest;

    /// <summary>Network and learner.</summary>
    public ParameterLayout Layout => Runs[0].Parameters.Layout;

    /// <summary>Plastic layers by index, input side first.</summary>
    public IEnumerable<int> PlasticLayers => Enumerable.Range(Layout.Network.FrozenLayers, Layout.Network.PlasticLayers);

    /// <summary>The first lifetime of the first network: all have its shape.</summary>
    internal LifetimeTrace Example => Runs[0].Traces[0];
}

/// <summary>Lives the lifetimes of runs and sorts runs into learners.</summary>
public static class Analyses
{
    private static readonly string[] OrderingSuffixes = [", i.i.d.", ", continual", " i.i.d.", " continual"];

    /// <summary>Lives each run's first lifetimes of its evaluation split, and gathers what figures need.</summary>
    /// <remarks>The result does not depend on the number of threads.</remarks>
    /// <param name="runs">The runs; those whose recipes differ in the seed alone become one learner.</param>
    /// <param name="lifetimes">How many lifetimes of each, 1 or more.</param>
    /// <param name="parts">What to measure.</param>
    /// <param name="options">Threads, and who is told.</param>
    /// <exception cref="EngramException">Fewer than one lifetime, one that meets a number that is not finite, or one network
    /// twice.</exception>
    public static ImmutableArray<LearnerAnalysis> Gather(
        IReadOnlyList<TrainedRun> runs, int lifetimes, TraceParts parts, TrainingOptions options)
    {
        string[] labels = Labels(runs);
        return
        [
            .. runs.Select((run, i) => (Run: run, Label: labels[i])).GroupBy(r => r.Label, StringComparer.Ordinal).Select(group =>
            {
                Recipe recipe = group.First().Run.Recipe;
                if (group.GroupBy(r => r.Run.Recipe.Seed).FirstOrDefault(s => s.Count() > 1) is { } twice)
                {
                    throw new EngramException(
                        $"Found the same network twice, in '{string.Join("' and '", twice.Select(r => r.Run.Name))}' (one recipe, seed " +
                        $"{twice.Key}), expected networks of other seeds; leave one out.");
                }

                return new LearnerAnalysis(group.Key, [.. group.Select(r => Trace(r.Run, lifetimes, parts, options))])
                {
                    ShortLabel = Short(group.Key),
                    Ordering = recipe.Values.Has("task.ordering") ? recipe.Values.Text("task.ordering") : string.Empty,
                    Task = recipe.Task,
                    Split = recipe.Evaluation.Split,
                };
            }),
        ];
    }

    /// <summary>The recipe's values but those that repetitions differ in.</summary>
    private static string Identity(Recipe recipe) =>
        string.Join('\n', recipe.Values.All.Where(v => IsOfTheLearner(v.Key)).Select(v => $"{v.Key.Path}: {v.Text}"));

    /// <summary>Whether a key's value makes another learner, and not another repetition of the same one.</summary>
    internal static bool IsOfTheLearner(RecipeKey key) => LearnerNames.IsOfTheLearner(key);

    // One label for each learner: the recipe's name, with the settings that differ where two learners share it; with the run's name, or its
    // path, where those do not tell them apart.
    internal static string[] Labels(IReadOnlyList<TrainedRun> runs)
    {
        string[] identities = [.. runs.Select(r => Identity(r.Recipe))];
        var learners = Enumerable.Range(0, runs.Count).GroupBy(i => identities[i], StringComparer.Ordinal).ToList();
        ImmutableArray<string> names = LearnerNames.Of([.. runs.Select(r => r.Recipe)]);
        Func<int, string>[] forms =
            [i => names[i], i => $"{runs[i].Recipe.Name} ({runs[i].Name})", i => $"{runs[i].Recipe.Name} ({runs[i].Folder})"];
        var labels = new string[runs.Count];
        foreach (IGrouping<string, int> learner in learners)
        {
            int first = learner.First();
            int[] others = [.. learners.Where(other => other.Key != learner.Key).Select(other => other.First())];
            string label = forms.Select(form => others.Any(o => form(o) == form(first)) ? null : form(first))
                .FirstOrDefault(l => l is not null) ?? forms[^1](first);
            foreach (int i in learner)
            {
                labels[i] = label;
            }
        }

        return labels;
    }

    private static string Short(string label) =>
        OrderingSuffixes.FirstOrDefault(s => label.EndsWith(s, StringComparison.OrdinalIgnoreCase)) is { } suffix ? label[..^suffix.Length]
            : label;

    private static RunAnalysis Trace(TrainedRun run, int lifetimes, TraceParts parts, TrainingOptions options)
    {
        var source = new TraceSource(run.Recipe.Task.Create(options.Data), run.Recipe.Seed, run.Recipe.Evaluation.Split);
        try
        {
            return new RunAnalysis(
                run.Name, run.Recipe.Seed, run.Parameters,
                LifetimeTracing.Trace(run.Parameters, source, lifetimes, parts, options.Threads, stop: options.Stop))
            {
                Training = Directory.Exists(run.Folder) ? ParameterLog.Read(run.Folder) : [],
            };
        }
        catch (NonFiniteException e)
        {
            string where = e.Layer >= 0 ? $"the {e.Quantity}, layer {e.Layer}, inner step {e.InnerStep + 1}" : $"the {e.Quantity}";
            throw new EngramException(
                $"Found a lifetime of the run '{run.Name}' that diverges ({where}), expected finite numbers; train the run further or " +
                $"leave it out.", e);
        }
    }
}
