using System.Collections.Immutable;
using System.Diagnostics;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Learning.Births;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Sequences;

/// <summary>Measures a meta-trained network on hundreds of classes, one after the other.</summary>
/// <remarks>
/// Features of frozen layers are computed once for each image. A life then has the plastic layers alone, with an output for each class.
/// Memory is that of one life's features and targets. One factor on all plasticity is chosen, on meta-validation, before any image of
/// meta-test is seen.
/// </remarks>
public static class SequenceEvaluation
{
    /// <summary>Where a run keeps what was measured.</summary>
    public const string FileName = "sequence.json";

    /// <summary>Measures a run's newest checkpoint.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="protocol">How.</param>
    /// <param name="options">Threads, data, and what ends it.</param>
    /// <exception cref="EngramException">The run is of another task, its features change from life to life, or its data have too few
    /// classes or drawings.</exception>
    public static SequenceScores Run(string folder, SequenceProtocol protocol, TrainingOptions options)
    {
        using var run = TrainedRun.Open(folder, options.Note);
        if (run.Recipe.Task is not FewShotSpec task)
        {
            throw new EngramException(
                $"Found a run of the task '{run.Recipe.TaskName}' in '{folder}', expected one of images in classes, such as " +
                $"class-sequence.");
        }

        if (run.Parameters.Layout is { Network.FrozenLayers: 0 } or { Learner.Birth: not PointBirth })
        {
            throw new EngramException(
                $"Found a network in '{folder}' whose features are not the same in every life, expected frozen layers and the birth " +
                $"'point'.");
        }

        var clock = Stopwatch.StartNew();
        int known = task.Remember > 0 ? FamilyOf(task, options).PoolOf(Split.MetaTrain).Classes.Length : 0;
        var measured = new Measured(run.Parameters, known, task, protocol, options);
        ImmutableArray<FactorScore> factors = measured.TryFactors();
        double factor = factors.Where(f => f.Percent is not null).OrderByDescending(f => f.Percent).ThenBy(f => f.Factor)
            .Select(f => (double?)f.Factor).FirstOrDefault() ?? 1;
        ImmutableArray<SequencePoint> points, means, randomMeans;
        using (ImageFeatures features = measured.Features(Split.MetaTest))
        {
            points = measured.Points(features, factor);
            means = measured.Means(features);
        }

        using (MetaParameters<float> untrained = Untrained(run.Recipe))
        using (ImageFeatures features = new Measured(untrained, known, task, protocol, options).Features(Split.MetaTest))
        {
            randomMeans = measured.Means(features);
        }

        ParameterLayout part = PlasticPart.LayoutOf(run.Parameters.Layout, protocol.Classes[^1]);
        return new SequenceScores(
            run.OuterStepsDone, protocol.Text, factor, factors, points, means, randomMeans, run.Parameters.Layout.Count,
            part.State.Specs.Sum(s => (long)s.Rows * s.Columns), Math.Round(clock.Elapsed.TotalSeconds, 1));
    }

    /// <summary>The family of lives of so many classes, which have nothing to remember, and outputs of their own.</summary>
    /// <param name="task">The task that networks were meta-trained on.</param>
    /// <param name="protocol">How lives are.</param>
    /// <param name="classes">How many classes.</param>
    /// <param name="ordering">Class after class, or the oracle's random order.</param>
    /// <param name="options">Where data lie.</param>
    internal static FewShotEpisodes LivesOf(
        FewShotSpec task, SequenceProtocol protocol, int classes, Ordering ordering, TrainingOptions options) =>
        FamilyOf(task with
        {
            Ways = classes,
            Shots = protocol.Shots,
            QueryPerClass = protocol.Queries,
            Remember = 0,
            Outputs = classes,
            Ordering = ordering,
        }, options);

    private static FewShotEpisodes FamilyOf(FewShotSpec task, TrainingOptions options) => (FewShotEpisodes)task.Create(options.Data);

    private static MetaParameters<float> Untrained(Recipe recipe)
    {
        var parameters = new MetaParameters<float>(recipe.Layout());
        Initializer.Initialize(parameters, recipe.Initialization, new RandomStream(recipe.Seed).Split("untrained"));
        return parameters;
    }

    private sealed class Measured(
        MetaParameters<float> parameters, int known, FewShotSpec task, SequenceProtocol protocol, TrainingOptions options)
    {
        public ImageFeatures Features(Split split) =>
            ImageFeatures.Of(parameters, LivesOf(task, protocol, 1, Ordering.Continual, options), split, options.Threads, options.Stop);

        public ImmutableArray<FactorScore> TryFactors()
        {
            if (!PlasticPart.HasPlasticity(parameters.Layout))
            {
                return [];
            }

            FewShotEpisodes lives = LivesOf(task, protocol, protocol.ValidationClasses, Ordering.Continual, options);
            using ImageFeatures features = Features(Split.MetaValidation);
            return
            [
                .. protocol.Factors.Select(factor =>
                {
                    SequencePoint point = Point(lives, features, Split.MetaValidation, factor, protocol.ValidationOrders);
                    return new FactorScore(factor, point.Diverged > 0 ? null : point.Percents.Average());
                }),
            ];
        }

        public ImmutableArray<SequencePoint> Points(ImageFeatures features, double factor) =>
        [
            .. protocol.Classes.Select(n => Point(
                LivesOf(task, protocol, n, Ordering.Continual, options), features, Split.MetaTest, factor, protocol.Orders)),

            // Of the oracle, the most classes tell what order costs.
            Point(
                LivesOf(task, protocol, protocol.Classes[^1], Ordering.Iid, options), features, Split.MetaTest, factor, protocol.Orders),
        ];

        public ImmutableArray<SequencePoint> Means(ImageFeatures features) =>
        [
            .. protocol.Classes.Select(n =>
            {
                FewShotEpisodes lives = LivesOf(task, protocol, n, Ordering.Continual, options);
                return new SequencePoint(n, Ordering.Continual, [.. Enumerable.Range(0, protocol.Orders).Select(order =>
                {
                    options.Stop.ThrowIfCancellationRequested();
                    using var life = new FeatureLife(lives.Draw(protocol.Seed, Split.MetaTest, (ulong)order), features, n);
                    return ClassMeans.Percent(life);
                })], 0);
            }),
        ];

        private SequencePoint Point(FewShotEpisodes lives, ImageFeatures features, Split split, double factor, int orders)
        {
            int classes = lives.Spec.Ways;
            using MetaParameters<float> part = PlasticPart.Of(parameters, known, classes, factor);
            using ILifetimeEngine<float>? engine =
                DriftingMeans.Describes(part.Layout) ? null : options.EnginesFor(1)(part.Layout, options.Threads);
            var percents = ImmutableArray.CreateBuilder<double>();
            for (int order = 0; order < orders; order++)
            {
                options.Stop.ThrowIfCancellationRequested();
                using var life = new FeatureLife(lives.Draw(protocol.Seed, split, (ulong)order), features, classes);
                try
                {
                    percents.Add(
                        engine is null ? DriftingMeans.Percent(part, life)
                        : 100 * engine.Live(part, life.AsLifetime()).QueryAccuracy);
                }
                catch (NonFiniteException)
                {
                    // That a life explodes is a result; the others say the rest.
                }
            }

            return new SequencePoint(classes, lives.Spec.Ordering, percents.ToImmutable(), orders - percents.Count);
        }
    }
}
