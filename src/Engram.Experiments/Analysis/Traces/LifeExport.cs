using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
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
public sealed record ExportedLife(string Path, ulong Life, string Split, int InnerSteps, int Moments, int Tensors, double QueryLoss, double? QueryAccuracy);

/// <summary>Writes one whole life to a safetensors file: what it was shown, everything that changed, every activity, and what came of it.</summary>
/// <remarks>
/// The life is lived by the compiled engine, which knows activities by name; a run's own engine gives the same numbers up to rounding. Names and shapes: docs/INTERCHANGE.md.
/// </remarks>
public static class LifeExport
{
    private const string Format = "engram-life-1";

    /// <summary>Lives one lifetime of a run and writes it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="life">Index of the lifetime.</param>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="context">Where data sets lie, and who is told.</param>
    /// <param name="split">The split it comes from; null for that of the recipe's evaluation.</param>
    /// <param name="every">Inner steps from one moment that is kept to the next; birth and the end of life are always kept.</param>
    /// <exception cref="EngramException">It does not fit into memory, or the file cannot be written.</exception>
    /// <exception cref="NonFiniteException">A number of the life is not finite.</exception>
    public static ExportedLife Write(TrainedRun run, ulong life, string path, DataContext context, Split? split = null, int every = 1)
    {
        if (every < 1)
        {
            throw new EngramException($"Found {every} inner steps from one moment of a life to the next, expected 1 or more.");
        }

        Recipe recipe = run.Recipe;
        MetaParameters<float> parameters = run.Parameters;
        Split from = split ?? recipe.Evaluation.Split;
        ITaskFamily family = recipe.Task.Create(context);
        ExpectMemory(parameters.Layout, family.Shape, every);
        using var lifetimes = new EvaluationLifetimes<float>(family, recipe.Seed, from);
        Lifetime<float> lifetime = lifetimes.Get(life, 0);
        Episode<float> episode = lifetimes.EpisodeOf(0);
        using var recorder = new Recorder(parameters, lifetime, every);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(parameters.Layout);
        LifetimeOutcome outcome = engine.Live(parameters, lifetime, metaGradient: null, recorder);

        var writer = new SafetensorsWriter();
        int tensors = AddStream(writer, lifetime, episode) + recorder.AddTo(writer);
        MetaParameterFiles.AddTo(writer, parameters, "meta.");
        AddMetadata(writer, run, lifetime, outcome,
        [
            ("life", life.ToString(CultureInfo.InvariantCulture)),
            ("split", RecipeSchema.Name(from)),
            ("every", every.ToString(CultureInfo.InvariantCulture)),
        ]);
        writer.Write(path, checksum: true);
        return new ExportedLife(
            path,
            life,
            RecipeSchema.Name(from),
            lifetime.InnerSteps,
            Moments(lifetime.InnerSteps, every),
            tensors + parameters.Layout.Parameters.Length,
            outcome.QueryLoss,
            recipe.IsClassification ? outcome.QueryAccuracy : null);
    }

    // Birth, every so many steps, and the end.
    private static int Moments(int innerSteps, int every) => 1 + (innerSteps / every) + (innerSteps % every == 0 ? 0 : 1);

    private static bool IsKept(int stepsDone, int innerSteps, int every) => stepsDone % every == 0 || stepsDone == innerSteps;

    // What learners show of a step is not known before it: three activities of each plastic layer, signal and error are what those of Engram show.
    internal static void ExpectMemory(ParameterLayout layout, EpisodeShape shape, int every)
    {
        double moments = Moments(shape.InnerSteps, every);
        double states = layout.State.Specs.Sum(s => (double)s.Rows * s.Columns);
        double activities = shape.BatchSize * ((3.0 * layout.Network.Layers.Skip(layout.Network.FrozenLayers).Sum(l => (double)l.Outputs)) + (2.0 * shape.Outputs));
        double examples = ((double)shape.InnerSteps * shape.BatchSize) + shape.Queries;
        string remedy = $"keep fewer moments, such as every {10L * every}th, with --every {10L * every}.";
        if (layout.State.Specs.OrderByDescending(s => (double)s.Rows * s.Columns).FirstOrDefault() is { } largest
            && moments * largest.Rows * largest.Columns * sizeof(float) is var bytes && bytes > Array.MaxLength)
        {
            throw new EngramException(string.Create(
                CultureInfo.InvariantCulture,
                $"Found {moments:N0} moments of the state {largest.Name}, {bytes / (1L << 30):0.0} GiB, expected at most {Array.MaxLength / (double)(1L << 30):0.0} GiB of one tensor; {remedy}"));
        }

        MemoryLimit.Expect(
            sizeof(float) * ((moments * (states + activities)) + (2 * examples * ((double)shape.Inputs + shape.Outputs)) + layout.Count),
            FormattableString.Invariant($"{moments:N0} moments of a life of {shape.InnerSteps:N0} inner steps"),
            remedy);
    }

    private static int AddStream(SafetensorsWriter writer, Lifetime<float> lifetime, Episode<float> episode)
    {
        (int steps, int n, int count) = (lifetime.InnerSteps, lifetime.BatchSize, 6);
        writer.Add("stream.input", [steps, n, lifetime.StreamInputs.Columns], lifetime.StreamInputs);
        writer.Add("stream.target", [steps, n, lifetime.StreamTargets.Columns], lifetime.StreamTargets);
        writer.Add<int>("stream.task", [steps], episode.StreamTasks);
        writer.Add("query.input", lifetime.QueryInputs);
        writer.Add("query.target", lifetime.QueryTargets);
        writer.Add<int>("query.task", [episode.QueryTasks.Length], episode.QueryTasks);
        if (!lifetime.StreamMask.IsEmpty)
        {
            writer.Add("stream.mask", [steps, n, lifetime.StreamMask.Columns], lifetime.StreamMask);
            count++;
        }

        if (!lifetime.QueryMask.IsEmpty)
        {
            writer.Add("query.mask", lifetime.QueryMask);
            count++;
        }

        return count;
    }

    private static void AddMetadata(SafetensorsWriter writer, TrainedRun run, Lifetime<float> lifetime, LifetimeOutcome outcome, ImmutableArray<(string Key, string Value)> more)
    {
        NetworkSpec network = run.Parameters.Layout.Network;
        foreach ((string key, string value) in more.AddRange(
            ("format", Format),
            ("engram", RunEnvironment.InformationalVersion),
            ("recipe", run.Recipe.ToYaml()),
            ("seed", run.Recipe.Seed.ToString(CultureInfo.InvariantCulture)),
            ("outer_steps", run.OuterStepsDone.ToString(CultureInfo.InvariantCulture)),
            ("inner_steps", lifetime.InnerSteps.ToString(CultureInfo.InvariantCulture)),
            ("batch_size", lifetime.BatchSize.ToString(CultureInfo.InvariantCulture)),
            ("frozen_layers", network.FrozenLayers.ToString(CultureInfo.InvariantCulture)),
            ("plastic_layers", network.PlasticLayers.ToString(CultureInfo.InvariantCulture)),
            ("objective", RecipeSchema.Name(run.Recipe.Learner.Objective)),
            ("query_loss", outcome.QueryLoss.ToString("R", CultureInfo.InvariantCulture)),
            ("query_accuracy", outcome.QueryAccuracy.ToString("R", CultureInfo.InvariantCulture))))
        {
            writer.AddMetadata(key, value);
        }
    }

    /// <summary>Keeps what a life shows, in the form in which files have it.</summary>
    private sealed class Recorder(MetaParameters<float> parameters, Lifetime<float> lifetime, int every) : ILifetimeObserver<float>, IDisposable
    {
        private readonly Arena arena = new();
        private readonly List<int> moments = [];
        private readonly byte[][] states =
            [.. parameters.Layout.State.Specs.Select(s => new byte[checked(Moments(lifetime.InnerSteps, every) * s.Rows * s.Columns * sizeof(float))])];

        private readonly OrderedDictionary<string, (int Rows, int Columns, byte[] Numbers)> activities = new(StringComparer.Ordinal);
        private Tensor<float> before, after;
        private double lossBefore, lossAfter;

        public bool WantsActivity => true;

        public void OnState(int innerStep, LifeTensors<float> state)
        {
            int done = innerStep + 1;
            if (IsKept(done, lifetime.InnerSteps, every))
            {
                for (int i = 0; i < states.Length; i++)
                {
                    Copy(state[i], states[i], moments.Count);
                }

                moments.Add(done);
            }

            if (done == 0)
            {
                (before, lossBefore) = LifeAnswers.Of(parameters, lifetime, state, arena);
            }

            if (done == lifetime.InnerSteps)
            {
                (after, lossAfter) = LifeAnswers.Of(parameters, lifetime, state, arena);
            }
        }

        public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<float>> activity)
        {
            if (!IsKept(innerStep + 1, lifetime.InnerSteps, every))
            {
                return;
            }

            int kept = Moments(lifetime.InnerSteps, every) - 1;
            foreach ((string name, Tensor<float> values) in activity)
            {
                if (!activities.TryGetValue(name, out var found))
                {
                    // What is not shown in some step is not a number there.
                    found = (values.Rows, values.Columns, new byte[checked(kept * values.Rows * values.Columns * sizeof(float))]);
                    MemoryMarshal.Cast<byte, float>(found.Numbers.AsSpan()).Fill(float.NaN);
                    activities.Add(name, found);
                }

                if ((found.Rows, found.Columns) != (values.Rows, values.Columns))
                {
                    throw new EngramException($"Found '{name}' of {values.Rows}×{values.Columns} in inner step {innerStep + 1}, expected {found.Rows}×{found.Columns} as in the step before: what a learner shows keeps its shape.");
                }

                Copy(values, found.Numbers, moments.Count - 1);
            }
        }

        /// <summary>Adds all of it to a file.</summary>
        /// <returns>How many tensors there are.</returns>
        public int AddTo(SafetensorsWriter writer)
        {
            writer.Add<int>("moments", [moments.Count], [.. moments]);
            ImmutableArray<StateSpec> specs = parameters.Layout.State.Specs;
            for (int i = 0; i < specs.Length; i++)
            {
                writer.AddShared("state." + specs[i].Name, TensorType.F32, [moments.Count, .. specs[i].Shape], states[i]);
            }

            foreach ((string name, (int rows, int columns, byte[] numbers)) in activities)
            {
                writer.AddShared("step." + name, TensorType.F32, [moments.Count - 1, rows, columns], numbers);
            }

            writer.Add("query.output_at_birth", before);
            writer.Add("query.output", after);
            writer.Add<double>("query.loss", [2], [lossBefore, lossAfter]);
            return specs.Length + activities.Count + 4;
        }

        public void Dispose() => arena.Dispose();

        private static void Copy(Tensor<float> values, byte[] numbers, int moment)
        {
            Span<float> target = MemoryMarshal.Cast<byte, float>(numbers.AsSpan()).Slice(moment * values.Rows * values.Columns, values.Rows * values.Columns);
            for (int r = 0; r < values.Rows; r++)
            {
                values.Row(r).CopyTo(target[(r * values.Columns)..]);
            }
        }
    }
}
