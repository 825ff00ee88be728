using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>A life that was exported.</summary>
/// <param name="Path">The file.</param>
/// <param name="Life">Index of the life.</param>
/// <param name="Split">Its split, as recipes name it.</param>
/// <param name="InnerSteps">How many inner steps it has.</param>
/// <param name="Moments">How many moments of it are kept.</param>
/// <param name="Tensors">How many tensors the file has.</param>
/// <param name="QueryLoss">The objective on the query after life.</param>
/// <param name="QueryAccuracy">Share of query examples that are answered right; null in regression.</param>
public sealed record ExportedLife(
    string Path, ulong Life, string Split, int InnerSteps, int Moments, int Tensors, double QueryLoss, double? QueryAccuracy);

/// <summary>A life of a run, in memory.</summary>
/// <param name="Record">What was recorded.</param>
/// <param name="StreamTasks">Which of the lifetime's tasks each inner step belongs to.</param>
/// <param name="QueryTasks">Which task each query example belongs to.</param>
public sealed record RecordedLife(LifeRecord<float> Record, ImmutableArray<int> StreamTasks, ImmutableArray<int> QueryTasks);

/// <summary>Writes one whole life to a safetensors file: what it was shown, everything that changed, every activity, and what came of
/// it.</summary>
/// <remarks>
/// The life is lived by the compiled engine, which knows activities by name; a run's own engine gives the same numbers up to rounding.
/// Names and shapes: docs/INTERCHANGE.md.
/// </remarks>
public static class LifeExport
{
    private const string Format = "engram-life-1";

    /// <summary>Names of what can be chosen of a life.</summary>
    public static ImmutableArray<string> PartNames { get; } = [.. Parts.Select(p => RecipeSchema.Name(p))];

    private static IEnumerable<LifeParts> Parts => Enum.GetValues<LifeParts>().Where(p => p is not (LifeParts.None or LifeParts.All));

    /// <summary>The part of a name.</summary>
    /// <param name="name">One of <see cref="PartNames"/>.</param>
    /// <exception cref="EngramException">There is none of that name.</exception>
    public static LifeParts PartOf(string name) => PartNames.Contains(name)
        ? Parts.First(p => RecipeSchema.Name(p) == name)
        : throw new EngramException(
            $"Found '{name}' as a part of a life, expected some of {string.Join(", ", PartNames)}; {NearestName.Hint(name, PartNames)}");

    /// <summary>Lives one lifetime of a run and writes it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="life">Index of the lifetime.</param>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="context">Where data sets lie, and who is told.</param>
    /// <param name="split">The split it comes from; null for that of the recipe's evaluation.</param>
    /// <param name="options">What of it is kept; null for all.</param>
    /// <exception cref="EngramException">It does not fit into memory, or the file cannot be written.</exception>
    /// <exception cref="NonFiniteException">A number of the life is not finite.</exception>
    public static ExportedLife Write(
        TrainedRun run, ulong life, string path, DataContext context, Split? split = null, LifeRecorderOptions? options = null)
    {
        options ??= new LifeRecorderOptions();
        Recipe recipe = run.Recipe;
        Split from = split ?? recipe.Evaluation.Split;
        RecordedLife recorded = Record(run, life, context, from, options);
        LifeRecord<float> record = recorded.Record;

        var writer = new SafetensorsWriter();
        foreach (RecordedTensor<float> tensor in record.Tensors.Values)
        {
            writer.AddShared(tensor.Name, TensorType.F32, tensor.Shape.AsSpan(), tensor.Bytes);
        }

        writer.Add<int>("stream.task", [recorded.StreamTasks.Length], recorded.StreamTasks.AsSpan());
        writer.Add<int>("query.task", [recorded.QueryTasks.Length], recorded.QueryTasks.AsSpan());
        writer.Add<int>("moments", [record.Moments.Length], record.Moments.AsSpan());
        writer.Add<double>("query.loss", [2], [record.QueryLoss[0], record.QueryLoss[^1]]);
        int more = 4;
        if (options.Parts.HasFlag(LifeParts.Answers))
        {
            writer.Add<double>("answers.loss", [record.QueryLoss.Length], record.QueryLoss.AsSpan());
            more++;
        }

        MetaParameterFiles.AddTo(writer, run.Parameters, "meta.");
        AddMetadata(writer, run, record,
        [
            ("life", life.ToString(CultureInfo.InvariantCulture)),
            ("split", RecipeSchema.Name(from)),
            ("every", options.Every.ToString(CultureInfo.InvariantCulture)),
        ]);
        writer.Write(path, checksum: true);
        return new ExportedLife(
            path,
            life,
            RecipeSchema.Name(from),
            record.InnerSteps,
            record.Moments.Length,
            record.Tensors.Count + more + run.Parameters.Layout.Parameters.Length,
            record.Outcome.QueryLoss,
            recipe.IsClassification ? record.Outcome.QueryAccuracy : null);
    }

    /// <summary>Lives one lifetime of a run and keeps it in memory.</summary>
    /// <param name="run">The run.</param>
    /// <param name="life">Index of the lifetime.</param>
    /// <param name="context">Where data sets lie, and who is told.</param>
    /// <param name="split">The split it comes from; null for that of the recipe's evaluation.</param>
    /// <param name="options">What of it is kept; null for all.</param>
    /// <exception cref="EngramException">It does not fit into memory.</exception>
    /// <exception cref="NonFiniteException">A number of the life is not finite.</exception>
    public static RecordedLife Record(
        TrainedRun run, ulong life, DataContext context, Split? split = null, LifeRecorderOptions? options = null)
    {
        Recipe recipe = run.Recipe;
        ParameterLayout layout = run.Parameters.Layout;
        ITaskFamily family = recipe.Task.Create(context);

        // Before the episode's own buffers are taken.
        LifeRecorder.ExpectMemory(
            layout, family.Shape.InnerSteps, family.Shape.BatchSize, family.Shape.Queries, options ?? new LifeRecorderOptions());
        using var lifetimes = new EvaluationLifetimes<float>(family, recipe.Seed, split ?? recipe.Evaluation.Split);
        Lifetime<float> lifetime = lifetimes.Get(life, 0);
        Episode<float> episode = lifetimes.EpisodeOf(0);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(layout);
        return new RecordedLife(
            LifeRecorder.Record(engine, run.Parameters, lifetime, options), [.. episode.StreamTasks], [.. episode.QueryTasks]);
    }

    private static void AddMetadata(
        SafetensorsWriter writer, TrainedRun run, LifeRecord<float> record, ImmutableArray<(string Key, string Value)> more)
    {
        NetworkSpec network = run.Parameters.Layout.Network;
        foreach ((string key, string value) in more.AddRange(
            ("format", Format),
            ("engram", RunEnvironment.InformationalVersion),
            ("recipe", run.Recipe.ToYaml()),
            ("seed", run.Recipe.Seed.ToString(CultureInfo.InvariantCulture)),
            ("outer_steps", run.OuterStepsDone.ToString(CultureInfo.InvariantCulture)),
            ("inner_steps", record.InnerSteps.ToString(CultureInfo.InvariantCulture)),
            ("batch_size", record.BatchSize.ToString(CultureInfo.InvariantCulture)),
            ("frozen_layers", network.FrozenLayers.ToString(CultureInfo.InvariantCulture)),
            ("plastic_layers", network.PlasticLayers.ToString(CultureInfo.InvariantCulture)),
            ("objective", RecipeSchema.Name(run.Recipe.Learner.Objective)),
            ("query_loss", record.Outcome.QueryLoss.ToString("R", CultureInfo.InvariantCulture)),
            ("query_accuracy", record.Outcome.QueryAccuracy.ToString("R", CultureInfo.InvariantCulture))))
        {
            writer.AddMetadata(key, value);
        }
    }
}
