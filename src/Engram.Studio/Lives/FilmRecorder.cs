using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Studio.Http;

namespace Engram.Studio.Lives;

/// <summary>Watches a life and keeps of each frame what a player shows: small pictures rather than all numbers, so that a long life of a
/// wide network fits into memory.</summary>
internal sealed class FilmRecorder : ILifetimeObserver<float>, IDisposable
{
    private readonly MetaParameters<float> parameters;
    private readonly Lifetime<float> lifetime, asked;
    private readonly FilmQuestions questions;
    private readonly NetworkSpec network;
    private readonly CancellationToken stop;
    private readonly Arena arena = new();
    private readonly Arena moment = new();
    private readonly Tensor<float> features;
    private readonly LayerFilm[] layers;
    private readonly float[] answers;
    private int frame;

    /// <param name="parameters">The meta-parameters.</param>
    /// <param name="lifetime">The life.</param>
    /// <param name="questions">What is asked at every frame.</param>
    /// <param name="every">Inner steps from one frame to the next.</param>
    /// <param name="stop">Ends it.</param>
    public FilmRecorder(
        MetaParameters<float> parameters, Lifetime<float> lifetime, FilmQuestions questions, int every, CancellationToken stop)
    {
        (this.parameters, this.lifetime, this.questions, Every, this.stop) = (parameters, lifetime, questions, every, stop);
        asked = lifetime with { QueryInputs = questions.Inputs, QueryTargets = questions.Targets, QueryMask = default };
        network = parameters.Layout.Network;
        Frames = FramesOf(lifetime.InnerSteps, every);
        features = LifeAnswers.Features(parameters, lifetime, questions.Inputs, arena);
        answers = new float[Frames * questions.Count * network.Outputs];
        layers = [.. network.Layers.Select((layer, i) => new LayerFilm(layer, i, i >= network.FrozenLayers, Frames, arena))];
        StepOf = new int[Frames];
    }

    /// <inheritdoc/>
    public bool WantsActivity => true;

    /// <summary>Inner steps from one frame to the next.</summary>
    public int Every { get; }

    /// <summary>How many frames there are.</summary>
    public int Frames { get; }

    /// <summary>Inner steps that are done at each frame.</summary>
    public int[] StepOf { get; }

    /// <summary>The layers.</summary>
    public FilmLayer[] Layers => [.. layers.Select(l => l.Describe())];

    /// <summary>How many frames a life has: birth, every so many steps, and the end.</summary>
    public static int FramesOf(int innerSteps, int every) => 1 + (innerSteps / every) + (innerSteps % every == 0 ? 0 : 1);

    /// <summary>What was answered at a frame, [questions, K] row after row.</summary>
    public ReadOnlySpan<float> AnswersAt(int frame) =>
        answers.AsSpan(frame * questions.Count * network.Outputs, questions.Count * network.Outputs);

    /// <inheritdoc/>
    public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<float>> activity)
    {
        if (!IsKept(innerStep + 1))
        {
            return;
        }

        foreach (LayerFilm layer in layers.Where(l => l.IsPlastic))
        {
            layer.Activity(
                frame, activity.GetValueOrDefault($"layer{layer.Index}.activity"),
                activity.GetValueOrDefault($"layer{layer.Index}.feedback"));
        }
    }

    /// <inheritdoc/>
    public void OnState(int innerStep, LifeTensors<float> state)
    {
        stop.ThrowIfCancellationRequested();
        int done = innerStep + 1;
        bool kept = IsKept(done);
        for (int j = 0; j < network.PlasticLayers; j++)
        {
            layers[network.FrozenLayers + j].Weights(kept ? frame : -1, state.Weights[j]);
        }

        if (!kept)
        {
            return;
        }

        moment.Reset();
        (Tensor<float> found, _) = LifeAnswers.OfFeatures(parameters, asked, state, features, moment);
        Span<float> target = answers.AsSpan(frame * questions.Count * network.Outputs);
        for (int r = 0; r < found.Rows; r++)
        {
            found.Row(r).CopyTo(target[(r * network.Outputs)..]);
        }

        if (done > 0)
        {
            ShowFrozen(lifetime.StreamInputs.Slice(innerStep * lifetime.BatchSize, 1));
        }

        StepOf[frame++] = done;
    }

    /// <summary>Adds what was seen of the layers.</summary>
    public void AddTo(BinaryReply reply)
    {
        foreach (LayerFilm layer in layers)
        {
            layer.AddTo(reply);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        moment.Dispose();
    }

    private bool IsKept(int done) => done % Every == 0 || done == lifetime.InnerSteps;

    // Layers that learn nothing show their activity too, at the step's first example.
    private void ShowFrozen(Tensor<float> input)
    {
        if (network.FrozenLayers == 0 || !parameters.Layout.Learner.Birth.IsPoint)
        {
            return;
        }

        Tensor<float>[] activities = FeedforwardPass.RunFrozen(parameters, input, moment);
        for (int i = 0; i < activities.Length; i++)
        {
            layers[i].Activity(frame, activities[i], default);
        }
    }

    /// <summary>What is kept of a layer.</summary>
    private sealed class LayerFilm
    {
        private readonly LayerSpec spec;
        private readonly int frames, units, rows, columns;
        private readonly float[] activity, feedback, change, sinceBirth, changeNorm, weightNorm, sinceBirthNorm;
        private readonly Tensor<float> birth, before, difference;
        private bool hasFeedback, isBorn, hasActivity;

        public LayerFilm(LayerSpec spec, int index, bool isPlastic, int frames, Arena arena)
        {
            (this.spec, Index, IsPlastic, this.frames) = (spec, index, isPlastic, frames);
            units = FilmPictures.Cells(spec.Outputs, FilmPictures.MostUnits);
            (rows, columns) = isPlastic
                ? (FilmPictures.Cells(spec.WeightRows, FilmPictures.MostCells),
                    FilmPictures.Cells(spec.WeightColumns, FilmPictures.MostCells))
                : (0, 0);
            activity = new float[frames * units];
            feedback = new float[isPlastic ? frames * units : 0];
            change = new float[frames * rows * columns];
            sinceBirth = new float[frames * rows * columns];
            (changeNorm, weightNorm, sinceBirthNorm) = (new float[frames], new float[frames], new float[frames]);
            if (isPlastic)
            {
                (birth, before, difference) = (arena.Allocate<float>(spec.WeightRows, spec.WeightColumns),
                    arena.Allocate<float>(spec.WeightRows, spec.WeightColumns), arena.Allocate<float>(spec.WeightRows, spec.WeightColumns));
            }
        }

        public int Index { get; }

        public bool IsPlastic { get; }

        public FilmLayer Describe() => new(
            Index, spec is LinearSpec ? "dense" : "convolution", IsPlastic, spec.Outputs, hasActivity ? units : 0, IsPlastic
                ? spec.WeightRows : 0, IsPlastic ? spec.WeightColumns : 0, rows, columns)
        {
            HasFeedback = hasFeedback,
        };

        public void Activity(int frame, Tensor<float> values, Tensor<float> fedBack)
        {
            if (!values.IsEmpty)
            {
                hasActivity = true;
                FilmPictures.Shrink(values.Row(0), activity.AsSpan(frame * units, units));
            }

            if (!fedBack.IsEmpty)
            {
                hasFeedback = true;
                FilmPictures.Shrink(fedBack.Row(0), feedback.AsSpan(frame * units, units));
            }
        }

        public void Weights(int frame, Tensor<float> weights)
        {
            if (weights.IsEmpty)
            {
                return;
            }

            if (!isBorn)
            {
                isBorn = true;
                birth.CopyFrom(weights);
                before.CopyFrom(weights);
            }

            if (frame >= 0)
            {
                int cells = rows * columns;
                changeNorm[frame] = Difference(weights, before);
                FilmPictures.Shrink(difference, rows, columns, change.AsSpan(frame * cells, cells));
                sinceBirthNorm[frame] = Difference(weights, birth);
                FilmPictures.Shrink(difference, rows, columns, sinceBirth.AsSpan(frame * cells, cells));
                weightNorm[frame] = Norm(weights);
            }

            before.CopyFrom(weights);
        }

        public void AddTo(BinaryReply reply)
        {
            string name = FormattableString.Invariant($"layer{Index}.");
            if (hasActivity)
            {
                AddSteps(name + "activity", activity);
            }

            if (hasFeedback)
            {
                AddSteps(name + "feedback", feedback);
            }

            if (IsPlastic)
            {
                AddSteps(name + "change", change);
                AddSteps(name + "sinceBirth", sinceBirth);
                reply.Add(name + "changeNorm", changeNorm);
                reply.Add(name + "weightNorm", weightNorm);
                reply.Add(name + "sinceBirthNorm", sinceBirthNorm);
            }

            void AddSteps(string what, float[] values)
            {
                sbyte[] steps = new sbyte[values.Length];
                float scale = FilmPictures.Quantize(values, steps);
                reply.Add(what, steps);
                reply.Add(what + ".scale", [scale]);
            }
        }

        private float Difference(Tensor<float> weights, Tensor<float> other)
        {
            for (int r = 0; r < weights.Rows; r++)
            {
                Span<float> to = difference.Row(r);
                ReadOnlySpan<float> a = weights.Row(r), b = other.Row(r);
                for (int c = 0; c < to.Length; c++)
                {
                    to[c] = a[c] - b[c];
                }
            }

            return Norm(difference);
        }

        private static float Norm(Tensor<float> tensor)
        {
            double sum = 0;
            for (int r = 0; r < tensor.Rows; r++)
            {
                foreach (float value in tensor.Row(r))
                {
                    sum += (double)value * value;
                }
            }

            return (float)Math.Sqrt(sum);
        }
    }
}
