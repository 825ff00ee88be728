using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Sources;
using Engram.Learning.Engines;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Studio.Http;
using Engram.Tasks.Data;
using Engram.Tasks.Families;

namespace Engram.Studio.Lives;

/// <summary>Lives one lifetime of a run and makes the film of it that the player shows.</summary>
internal static class FilmMaker
{
    private const int MostFrames = 400;
    private const int MostShown = 64;
    private const double MostBytes = 96 << 20;

    /// <summary>The film.</summary>
    /// <param name="run">The run.</param>
    /// <param name="request">Which life.</param>
    /// <param name="data">Where data sets lie.</param>
    /// <param name="threads">Threads of the engine.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="EngramException">The life does not fit into memory, its data are not there, or a number in it is not
    /// finite.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static byte[] Make(TrainedRun run, FilmRequest request, DataContext data, int threads, CancellationToken stop)
    {
        Recipe recipe = run.Recipe;
        ITaskFamily family = recipe.Task.Create(data with { Stop = stop });
        using var arena = new Arena();
        using var lifetimes = new EvaluationLifetimes<float>(family, request.Seed, request.Split);
        Lifetime<float> lifetime = lifetimes.Get(request.Life, 0);
        Episode<float> episode = lifetimes.EpisodeOf(0);
        FilmQuestions questions = FilmQuestions.Of(family, request, lifetime, episode, arena);
        using var recorder = new FilmRecorder(run.Parameters, lifetime, questions, EveryOf(run, lifetime, questions), stop);
        using (ILifetimeEngine<float> engine =
            LifetimeEngines.Create<float>(run.Parameters.Layout, options: new EngineOptions { Threads = threads }))
        {
            engine.Live(run.Parameters, lifetime, metaGradient: null, recorder);
        }

        var reply = new BinaryReply();
        int shown = Math.Min(lifetime.BatchSize, MostShown);
        reply.Add("step", recorder.StepOf);
        AddStream(reply, questions.Kind, recorder, lifetime, episode, shown);
        AddAnswers(reply, recipe.IsClassification, recorder, questions);
        recorder.AddTo(reply);
        var header = new FilmHeader
        {
            Run = request.Run,
            Recipe = recipe.Name,
            Learner = recipe.LearnerName,
            Seed = request.Seed.ToString(CultureInfo.InvariantCulture),
            Split = RecipeSchema.Name(request.Split),
            Life = request.Life.ToString(CultureInfo.InvariantCulture),
            OuterSteps = run.OuterStepsDone,
            Kind = questions.Kind,
            IsClassification = recipe.IsClassification,
            InnerSteps = lifetime.InnerSteps,
            Every = recorder.Every,
            Frames = recorder.Frames,
            BatchSize = lifetime.BatchSize,
            Shown = shown,
            Tasks = questions.Tasks,
            AllTasks = episode.QueryTasks.Length == 0 ? 0 : episode.QueryTasks.Max() + 1,
            Grid = questions.Grid,
            Queries = questions.Grid > 0 ? 0 : questions.Count,
            Image = family.Shape.Image is { } image ? [image.Channels, image.Height, image.Width] : [],
            Layers = recorder.Layers,
            Sections = reply.Sections,
        };
        return reply.Finish(header, FilmJson.Default.FilmHeader);
    }

    // As many frames as somebody can look at, and as fit.
    private static int EveryOf(TrainedRun run, Lifetime<float> lifetime, FilmQuestions questions)
    {
        var network = run.Parameters.Layout.Network;
        double frame = sizeof(float) * (((double)questions.Count * network.Outputs)
            + network.Layers.Sum(l => 2.0 * FilmPictures.Cells(l.Outputs, FilmPictures.MostUnits))
            + network.Layers.Skip(network.FrozenLayers)
                .Sum(l => 2.0 * FilmPictures.Cells(l.WeightRows, FilmPictures.MostCells) * FilmPictures.Cells(
                l.WeightColumns, FilmPictures.MostCells)));
        double most = Math.Min(MostFrames, MostBytes / frame);
        return most < 2
            ? throw new EngramException(
                $"Found a network of {network.Layers.Length} layers and {questions.Count} questions, expected less than what a film has " +
                $"room for.")
            : Math.Max(1, (int)Math.Ceiling(lifetime.InnerSteps / most));
    }

    private static void AddStream(
        BinaryReply reply, string kind, FilmRecorder recorder, Lifetime<float> lifetime, Episode<float> episode, int shown)
    {
        int n = lifetime.BatchSize, frames = recorder.Frames;
        int[] tasks = new int[frames];
        var marks = new byte[frames * shown];
        int width = kind == "images" ? 1 : shown;
        float[] x = new float[kind == "sines" ? frames * shown : 0], y = new float[kind == "images" ? 0 : frames * shown];
        byte[] images = new byte[kind == "images" ? frames * lifetime.StreamInputs.Columns : 0];
        int[] classes = new int[frames];
        for (int f = 1; f < frames; f++)
        {
            int step = recorder.StepOf[f] - 1;
            tasks[f] = episode.StreamTasks[step];
            for (int i = 0; i < shown; i++)
            {
                int row = (step * n) + i, to = (f * shown) + i;
                marks[to] = (byte)(lifetime.StreamMask.IsEmpty || lifetime.StreamMask.Row(row).ContainsAnyExcept(0f) ? 1 : 0);
                if (kind == "sines")
                {
                    x[to] = lifetime.StreamInputs[row, lifetime.StreamInputs.Columns - 1];
                }

                if (y.Length > 0)
                {
                    y[to] = lifetime.StreamTargets[row, 0];
                }
            }

            classes[f] = FilmPictures.Largest(lifetime.StreamTargets.Row(step * n), default);
            if (images.Length > 0)
            {
                AsBytes(lifetime.StreamInputs.Row(step * n), images.AsSpan(f * lifetime.StreamInputs.Columns));
            }
        }

        tasks[0] = classes[0] = -1;
        reply.Add("stream.task", tasks);
        reply.Add("stream.mask", marks.AsSpan(0, frames * Math.Max(width, shown)));
        reply.Add("stream.class", classes);
        reply.Add("stream.x", x);
        reply.Add("stream.y", y);
        reply.Add("stream.image", images);
    }

    private static void AddAnswers(BinaryReply reply, bool isClassification, FilmRecorder recorder, FilmQuestions questions)
    {
        int frames = recorder.Frames, count = questions.Count, outputs = questions.Targets.Columns;
        var loss = new float[frames];
        var taskLoss = new float[frames * questions.Tasks];
        var accuracy = new float[isClassification ? frames : 0];
        float[] answers = new float[isClassification ? 0 : frames * count], confidence = new float[isClassification ? frames * count : 0];
        int[] choices = new int[isClassification ? frames * count : 0], classes = new int[isClassification ? count : 0];
        int[] perTask = new int[questions.Tasks];
        Array.ForEach(questions.TaskOf, t => perTask[t]++);
        for (int f = 0; f < frames; f++)
        {
            ReadOnlySpan<float> found = recorder.AnswersAt(f);
            for (int q = 0; q < count; q++)
            {
                ReadOnlySpan<float> answer = found.Slice(q * outputs, outputs);
                int task = questions.TaskOf[q];
                float cost;
                if (isClassification)
                {
                    int truth = classes[q] = FilmPictures.Largest(questions.Targets.Row(q), default);
                    (choices[(f * count) + q], confidence[(f * count) + q]) =
                        (FilmPictures.Largest(answer, default), FilmPictures.Probability(answer, truth));
                    cost = -MathF.Log(MathF.Max(confidence[(f * count) + q], 1e-30f));
                    accuracy[f] += choices[(f * count) + q] == truth ? 1f / count : 0;
                }
                else
                {
                    answers[(f * count) + q] = answer[0];
                    cost = SquaredError(answer, questions.Targets.Row(q));
                }

                loss[f] += cost / count;
                taskLoss[(f * questions.Tasks) + task] += cost / perTask[task];
            }
        }

        reply.Add("ask.task", questions.TaskOf);
        reply.Add("ask.loss", loss);
        reply.Add("ask.taskLoss", taskLoss);
        reply.Add("ask.accuracy", accuracy);
        reply.Add("ask.answer", answers);
        reply.Add("ask.choice", choices);
        reply.Add("ask.confidence", confidence);
        reply.Add("ask.class", classes);
        if (questions.Grid > 0)
        {
            reply.Add("ask.x", [.. Enumerable.Range(0, questions.Grid).Select(i => FilmQuestions.At(i, questions.Grid))]);
        }

        if (!isClassification)
        {
            float[] truths = new float[count];
            for (int q = 0; q < count; q++)
            {
                truths[q] = questions.Targets[q, 0];
            }

            reply.Add("ask.truth", truths);
        }

        if (questions.Kind == "images")
        {
            byte[] images = new byte[count * questions.Inputs.Columns];
            for (int q = 0; q < count; q++)
            {
                AsBytes(questions.Inputs.Row(q), images.AsSpan(q * questions.Inputs.Columns));
            }

            reply.Add("ask.image", images);
        }
    }

    private static float SquaredError(ReadOnlySpan<float> answer, ReadOnlySpan<float> target)
    {
        float sum = 0;
        for (int k = 0; k < target.Length; k++)
        {
            sum += (answer[k] - target[k]) * (answer[k] - target[k]);
        }

        return sum / target.Length;
    }

    // Networks see images from 0 to 1, or standardized: then from their darkest to their lightest point.
    private static void AsBytes(ReadOnlySpan<float> image, Span<byte> bytes)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in image)
        {
            (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
        }

        (low, high) = low >= 0 && high <= 1 ? (0, 1) : (low, high > low ? high : low + 1);
        for (int i = 0; i < image.Length; i++)
        {
            bytes[i] = (byte)MathF.Round(255 * (image[i] - low) / (high - low));
        }
    }
}
