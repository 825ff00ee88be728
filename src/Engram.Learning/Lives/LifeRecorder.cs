using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Lives;

/// <summary>Records one life step by step: what it is shown, everything that changes, every activity and feedback, and what it answers at
/// each moment. Works for every learner, rule and network.</summary>
/// <remarks>
/// Names, with T inner steps of n examples, K outputs and S moments kept: <c>stream.input</c> [T, n, inputs], <c>state.NAME</c> [S, …],
/// <c>step.NAME</c> [S − 1, n, units], <c>answers.output</c>
/// [S, queries, K]. The activity of a step belongs to the weights before it. What a learner shows is known to engines that keep activities
/// by name, so that the life is lived
/// by the compiled engine, whose numbers are the fused one's up to rounding, whatever is kept of it.
/// </remarks>
public static class LifeRecorder
{
    /// <summary>Lives one lifetime and records it.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="engine">What lives it; not disposed of.</param>
    /// <param name="parameters">The meta-parameters; not changed.</param>
    /// <param name="lifetime">The stream and the query.</param>
    /// <param name="options">What is kept; null for all of it.</param>
    /// <exception cref="EngramException">The record would need more memory than it may take, the lifetime does not fit the network, or what
    /// the learner shows changes its shape.</exception>
    /// <exception cref="NonFiniteException">A number of the life is not finite.</exception>
    public static LifeRecord<T> Record<T>(
        ILifetimeEngine<T> engine, MetaParameters<T> parameters, Lifetime<T> lifetime, LifeRecorderOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        options ??= new LifeRecorderOptions();
        lifetime.Validate(parameters.Layout.Network);
        ExpectMemory(parameters.Layout, lifetime.InnerSteps, lifetime.BatchSize, lifetime.QueryInputs.Rows, options, Unsafe.SizeOf<T>());
        using var recording = new Recording<T>(parameters, lifetime, options);
        LifetimeOutcome outcome = engine.Live(parameters, lifetime, metaGradient: null, recording);
        return recording.Finish(outcome);
    }

    /// <summary>How many moments of a life are kept: birth, every so many steps, and the end.</summary>
    internal static int Moments(int innerSteps, int every) => 1 + (innerSteps / every) + (innerSteps % every == 0 ? 0 : 1);

    /// <summary>Refuses a record that would need more memory than there is, or than it may take.</summary>
    /// <remarks>What learners show of a step is not known before it: three activities of each plastic layer, signal and error are what
    /// those of Engram show.</remarks>
    /// <param name="layout">The learner and the network.</param>
    /// <param name="innerSteps">T.</param>
    /// <param name="batchSize">n.</param>
    /// <param name="queries">Examples in the query.</param>
    /// <param name="options">What is kept.</param>
    /// <param name="bytesPerNumber">Size of the element type.</param>
    /// <exception cref="EngramException">It would.</exception>
    public static void ExpectMemory(
        ParameterLayout layout, int innerSteps, int batchSize, int queries, LifeRecorderOptions options, int bytesPerNumber = sizeof(float))
    {
        if (options.Every < 1 || options.MemoryBytes < 1)
        {
            throw new EngramException(
                $"Found {options.Every} inner steps from one moment of a life to the next and " +
                    $"{options.MemoryBytes?.ToString(CultureInfo.InvariantCulture) ?? "any number of"} bytes for them, expected 1 or " +
                    $"more of each.");
        }

        (LifeParts parts, int every) = (options.Parts, options.Every);
        (NetworkSpec network, double moments, double rows) =
            (layout.Network, Moments(innerSteps, every), ((double)innerSteps * batchSize) + queries);
        double Asked(LifeParts part, double numbers) => parts.HasFlag(part) ? numbers : 0;

        // Features stand in the arena and in the record; so do all other examples.
        double numbers = (2 * rows * (network.Inputs + network.Outputs)) + layout.Count
            + Asked(LifeParts.States, moments * layout.State.Specs.Sum(s => (double)s.Rows * s.Columns))
            + Asked(LifeParts.Activities,
                moments * batchSize * ((3.0 * network.Layers.Skip(network.FrozenLayers).Sum(l => (double)l.Outputs))
                + (2.0 * network.Outputs)))
            + Asked(LifeParts.Answers, moments * queries * network.Outputs)
            + Asked(LifeParts.Features, 2 * rows * network.Layers.Take(network.FrozenLayers).Sum(l => (double)l.Outputs));
        string remedy = $"keep fewer moments, such as every {10L * every}th, with --every {10L * every}.";
        var (name, largest) = Tensors(layout, innerSteps, batchSize, moments).Where(t => parts.HasFlag(t.Part))
            .Select(t => (t.Name, Bytes: t.Numbers * bytesPerNumber)).DefaultIfEmpty().MaxBy(t => t.Bytes);
        if (largest > Array.MaxLength)
        {
            throw new EngramException(string.Create(
                CultureInfo.InvariantCulture,
                    $"Found {name}, {Size(largest)}, expected at most {Size(Array.MaxLength)} of one tensor; {remedy}"));
        }

        string what = FormattableString.Invariant($"{moments:N0} moments of a life of {innerSteps:N0} inner steps");
        if (numbers * bytesPerNumber > options.MemoryBytes)
        {
            throw new EngramException(string.Create(
                CultureInfo.InvariantCulture,
                $"Found a need of {Size(numbers * bytesPerNumber)} of memory for {what}, expected at most the " +
                    $"{Size(options.MemoryBytes.Value)} that were allowed; {remedy}"));
        }

        MemoryLimit.Expect(numbers * bytesPerNumber, what, remedy);
    }

    // The largest of each part.
    private static IEnumerable<(LifeParts Part, string Name, double Numbers)> Tensors(
        ParameterLayout layout, int innerSteps, int batchSize, double moments)
    {
        if (layout.State.Specs.MaxBy(s => (double)s.Rows * s.Columns) is { } state)
        {
            yield return (LifeParts.States, FormattableString.Invariant($"{moments:N0} moments of the state {state.Name}"),
                moments * state.Rows * state.Columns);
        }

        NetworkSpec network = layout.Network;
        for (int i = 0; i < network.Layers.Length; i++)
        {
            // What frozen layers do is the same at every moment, and is kept of all inner steps.
            (LifeParts part, double steps) = i < network.FrozenLayers ? (LifeParts.Features, innerSteps)
                : (LifeParts.Activities, moments - 1);
            yield return (part, FormattableString.Invariant($"{steps:N0} inner steps of the activity of layer {i}"),
                steps * batchSize * network.Layers[i].Outputs);
        }
    }

    private static string Size(double bytes) => bytes < 1 << 29
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 20):0.0} MiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (1 << 30):0.0} GiB");

    /// <summary>Keeps what a life shows, in the form in which files have it.</summary>
    private sealed class Recording<T> : ILifetimeObserver<T>, IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly MetaParameters<T> parameters;
        private readonly Lifetime<T> lifetime;
        private readonly LifeRecorderOptions options;
        private readonly Arena arena = new();
        private readonly int kept;
        private readonly List<int> moments = [];
        private readonly List<double> losses = [];
        private readonly byte[][] states;
        private readonly byte[] answers;
        private readonly OrderedDictionary<string, (int Rows, int Columns, byte[] Numbers)> activities = new(StringComparer.Ordinal);
        private readonly Tensor<T> queryFeatures;
        private byte[] atBirth = [], atTheEnd = [];

        public Recording(MetaParameters<T> parameters, Lifetime<T> lifetime, LifeRecorderOptions options)
        {
            (this.parameters, this.lifetime, this.options) = (parameters, lifetime, options);
            kept = Moments(lifetime.InnerSteps, options.Every);
            states = Asked(LifeParts.States) ? [.. parameters.Layout.State.Specs.Select(s => Bytes((long)kept * s.Rows * s.Columns))] : [];
            answers = Asked(LifeParts.Answers) ? Bytes((long)kept * lifetime.QueryTargets.Count) : [];
            queryFeatures = LifeAnswers.Features(parameters, lifetime, lifetime.QueryInputs, arena);
        }

        // Always, so that the numbers are the same whatever is kept: other engines round otherwise.
        public bool WantsActivity => true;

        public void OnState(int innerStep, LifeTensors<T> state)
        {
            int done = innerStep + 1;
            bool isEnd = done == lifetime.InnerSteps, keeps = IsKept(done);
            if (keeps)
            {
                for (int i = 0; i < states.Length; i++)
                {
                    Copy(state[i], states[i], moments.Count);
                }
            }

            if (done == 0 || isEnd || (keeps && answers.Length > 0))
            {
                Arena.Mark mark = arena.Position;
                (Tensor<T> output, double loss) = LifeAnswers.OfFeatures(parameters, lifetime, state, queryFeatures, arena);
                losses.Add(loss);
                if (answers.Length > 0)
                {
                    Copy(output, answers, moments.Count);
                }

                if (done == 0)
                {
                    atBirth = BytesOf(output);
                }

                if (isEnd)
                {
                    atTheEnd = BytesOf(output);
                }

                arena.Release(mark);
            }

            if (keeps)
            {
                moments.Add(done);
            }
        }

        public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<T>> activity)
        {
            if (!IsKept(innerStep + 1) || !Asked(LifeParts.Activities))
            {
                return;
            }

            foreach ((string name, Tensor<T> values) in activity)
            {
                if (!activities.TryGetValue(name, out var found))
                {
                    // What is not shown in some step is not a number there.
                    found = (values.Rows, values.Columns, Bytes((long)(kept - 1) * values.Rows * values.Columns));
                    MemoryMarshal.Cast<byte, T>(found.Numbers.AsSpan()).Fill(T.NaN);
                    activities.Add(name, found);
                }

                if ((found.Rows, found.Columns) != (values.Rows, values.Columns))
                {
                    throw new EngramException(
                        $"Found '{name}' of {values.Rows}×{values.Columns} in inner step {innerStep + 1}, expected " +
                            $"{found.Rows}×{found.Columns} as in the step before: what a learner shows keeps its shape.");
                }

                Copy(values, found.Numbers, moments.Count - 1);
            }
        }

        /// <summary>All that was seen.</summary>
        public LifeRecord<T> Finish(LifetimeOutcome outcome)
        {
            var tensors = new OrderedDictionary<string, RecordedTensor<T>>(StringComparer.Ordinal);
            if (Asked(LifeParts.Examples))
            {
                AddExamples(tensors);
            }

            if (Asked(LifeParts.Features))
            {
                AddFeatures(tensors);
            }

            for (int i = 0; i < states.Length; i++)
            {
                StateSpec spec = parameters.Layout.State.Specs[i];
                Add(tensors, "state." + spec.Name, [moments.Count, .. spec.Shape], states[i]);
            }

            foreach ((string name, (int rows, int columns, byte[] numbers)) in activities)
            {
                Add(tensors, "step." + name, [moments.Count - 1, rows, columns], numbers);
            }

            (int queries, int outputs) = (lifetime.QueryTargets.Rows, lifetime.QueryTargets.Columns);
            Add(tensors, "query.output_at_birth", [queries, outputs], atBirth);
            Add(tensors, "query.output", [queries, outputs], atTheEnd);
            if (answers.Length > 0)
            {
                Add(tensors, "answers.output", [moments.Count, queries, outputs], answers);
            }

            return new LifeRecord<T>(lifetime.InnerSteps, lifetime.BatchSize, [.. moments], outcome, [.. losses], tensors);
        }

        public void Dispose() => arena.Dispose();

        private static void Add(
            OrderedDictionary<string, RecordedTensor<T>> tensors, string name, ImmutableArray<int> shape, byte[] bytes) =>
            tensors.Add(name, new RecordedTensor<T>(name, shape, bytes));

        private static byte[] Bytes(long numbers) => new byte[checked(numbers * Unsafe.SizeOf<T>())];

        private static byte[] BytesOf(Tensor<T> values)
        {
            byte[] bytes = Bytes(values.Count);
            Copy(values, bytes, 0);
            return bytes;
        }

        private static void Copy(Tensor<T> values, byte[] numbers, int moment)
        {
            Span<T> target = MemoryMarshal.Cast<byte, T>(numbers.AsSpan())
                .Slice(moment * values.Rows * values.Columns, values.Rows * values.Columns);
            for (int r = 0; r < values.Rows; r++)
            {
                values.Row(r).CopyTo(target[(r * values.Columns)..]);
            }
        }

        private bool Asked(LifeParts part) => options.Parts.HasFlag(part);

        private bool IsKept(int stepsDone) => stepsDone % options.Every == 0 || stepsDone == lifetime.InnerSteps;

        private void AddExamples(OrderedDictionary<string, RecordedTensor<T>> tensors)
        {
            (int steps, int n) = (lifetime.InnerSteps, lifetime.BatchSize);
            foreach ((string name, Tensor<T> values) in ((string, Tensor<T>)[])
                [("stream.input", lifetime.StreamInputs), ("stream.target", lifetime.StreamTargets), ("stream.mask", lifetime.StreamMask)])
            {
                if (!values.IsEmpty || name != "stream.mask")
                {
                    Add(tensors, name, [steps, n, values.Columns], BytesOf(values));
                }
            }

            foreach ((string name, Tensor<T> values) in ((string, Tensor<T>)[])
                [("query.input", lifetime.QueryInputs), ("query.target", lifetime.QueryTargets), ("query.mask", lifetime.QueryMask)])
            {
                if (!values.IsEmpty)
                {
                    Add(tensors, name, [values.Rows, values.Columns], BytesOf(values));
                }
            }
        }

        // Features of a life that is born with weights of its own are known as a whole alone.
        private void AddFeatures(OrderedDictionary<string, RecordedTensor<T>> tensors)
        {
            int frozen = parameters.Layout.Network.FrozenLayers;
            if (frozen == 0)
            {
                return;
            }

            foreach ((string part, Tensor<T> inputs, ImmutableArray<int> rows) in ((string, Tensor<T>, ImmutableArray<int>)[])
                [("stream", lifetime.StreamInputs, [lifetime.InnerSteps, lifetime.BatchSize]),
                    ("query", lifetime.QueryInputs, [lifetime.QueryInputs.Rows])])
            {
                Arena.Mark mark = arena.Position;
                bool isPoint = parameters.Layout.Learner.Birth.IsPoint;
                Tensor<T>[] features = isPoint ? FeedforwardPass.RunFrozen(parameters, inputs, arena)
                    : [LifeAnswers.Features(parameters, lifetime, inputs, arena)];
                for (int i = 0; i < features.Length; i++)
                {
                    Add(tensors, $"{part}.layer{frozen - features.Length + i}.activity", [.. rows, features[i].Columns],
                        BytesOf(features[i]));
                }

                arena.Release(mark);
            }
        }
    }
}
