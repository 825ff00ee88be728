using System.Collections.Immutable;
using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Runs;
using Engram.Figures;
using Engram.Learning.Births;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Tasks.Sines;

namespace Engram.Experiments.Tests;

/// <summary>Figures of rules over meta-training, of feedback and rates in life, and of compression: their numbers on small
/// cases.</summary>
public sealed class DynamicsFigureTests : IDisposable
{
    private readonly HandLifetime hand = new();

    public void Dispose() => hand.Dispose();

    [Fact]
    public void FeedbackInLife_AngleAndChange_AreThoseOfTheWeightsOfThatMoment()
    {
        var learner = new LocalLearnerSpec { FeedbackRule = new HebbRule() };
        MetaParameters<double> parameters = hand.Random(
            NetworkSpec.Feedforward([2, 4, 3, 2], 2), learner, 3, ("alpha", 0.01), ("beta", 0.5), ("feedback0.alpha", 0.1));
        var lifetime = new Lifetime<double>(
            3, 1, hand.Arena.Normal(1, 3, 2, 1), hand.Arena.Normal(2, 3, 2, 1), hand.Arena.Normal(3, 1, 2, 1),
            hand.Arena.Normal(4, 1, 2, 1));
        var states = new States();
        using (var engine = Learning.Engines.LifetimeEngines.Create<double>(parameters.Layout))
        {
            engine.Live(parameters, lifetime, observer: states);
        }

        LifetimeTrace trace = HandLifetime.Trace(parameters, lifetime, [0, 0, 0], [0]);

        Assert.Equal(4, trace.Layers[1].FeedbackAngleDegrees.Length);
        Assert.Empty(trace.Layers[0].FeedbackAngleDegrees);
        for (int t = 0; t < 4; t++)
        {
            // The way back to layer 1, the hidden one, is W of the readout, transposed; to the readout itself the identity.
            double[] readout = states.Seen[t]["layer2.weight"];
            double[] back = [.. Enumerable.Range(0, 6).Select(i => readout[((i % 2) * 3) + (i / 2)])];
            Assert.Equal(Angle(states.Seen[t]["layer1.feedback0.weight"], back), trace.Layers[1].FeedbackAngleDegrees[t], 1e-9);
            Assert.Equal(Angle(states.Seen[t]["layer2.feedback0.weight"], [1, 0, 0, 1]), trace.Layers[2].FeedbackAngleDegrees[t], 1e-9);
            double[] birth = states.Seen[0]["layer1.feedback0.weight"];
            Assert.Equal(
                Norm([.. states.Seen[t]["layer1.feedback0.weight"].Zip(birth, (a, b) => a - b)]) / Norm(birth),
                trace.Layers[1].FeedbackChange[t], 1e-12);
        }

        Assert.True(trace.Layers[1].FeedbackChange[^1] > 0);
    }

    [Fact]
    public void Compression_OfEveryBirth_IsWeightsOverTheNumbersTheyFollowFrom()
    {
        NetworkSpec network = NetworkSpec.Feedforward([4, 8, 8], 1);
        double Of(IBirth birth) => CompressionFigure.Of(ParameterLayout.For(network, new LocalLearnerSpec { Birth = birth }));

        Assert.Equal(1, Of(new PointBirth()));
        Assert.Equal(0.5, Of(new GaussianBirth()));
        Assert.Equal(5, Of(new SparseBirth { Density = 0.2 }), 1e-12);
        Assert.Equal(96 / (2 * 2 * 4.0), Of(new TypesBirth { Types = 2 }));

        // Two hidden units: 2 (3 + 2 + 2) + 1 and 2 (3 + 3 + 2) + 1 numbers.
        Assert.Equal(96 / 32.0, Of(new GenomeBirth { HiddenUnits = 2 }));
        Assert.Equal(double.PositiveInfinity, Of(new RandomBirth()));
        Assert.Equal(96 / 32.0, Of(new RandomBirth { FrozenKept = true }));
    }

    [Fact]
    public void RateTraces_OfParallelDynamics_GoFromSilenceThroughTheSignal()
    {
        LearnerAnalysis learner = Sines(new ParallelLearnerSpec { TimeStep = 5, BeforeSignal = 20, WithSignal = 10 });

        RunFigure drawn = RunFigures.Registry.Get("rate-traces").Draw(new RunFigureRequest([learner]));

        LineSeries line = drawn.Figure.Panels[0].Series.OfType<LineSeries>().First();
        Assert.Equal([-20.0, -15, -10, -5, 0, 5, 10], line.X.AsEnumerable());
        Assert.Equal(0, line.Y[0]);
        Assert.Equal(2, drawn.Figure.Panels.Length);

        // The first plastic layer's input stands still: rates go half of the way at each step before the signal.
        LineSeries largest = drawn.Figure.Panels[0].Series.OfType<LineSeries>().MaxBy(s => s.Y[4])!;
        Assert.Equal(largest.Y[1] * (1 + 0.5 + 0.25 + 0.125), largest.Y[4], 1e-4 * largest.Y[4]);
    }

    [Fact]
    public void MetaTraining_OfALearntRule_HasItsLargestTermsByName()
    {
        var rule = new PolynomialRule { Terms = "110 021", Level = PolynomialLevel.Network };
        LearnerAnalysis learner = Sines(new LocalLearnerSpec { Rule = rule });
        MetaParameters<float> parameters = learner.Runs[0].Parameters;
        var lines = ImmutableArray.CreateBuilder<ParameterLine>();
        foreach (long step in (long[])[0, 5, 10])
        {
            parameters["network.theta"].Row(0)[1] = -step;
            lines.Add(ParameterLine.Of(step, parameters));
        }

        learner = learner with { Runs = [learner.Runs[0] with { Training = lines.ToImmutable() }] };

        RunFigure drawn = RunFigures.Registry.Get("meta-training").Draw(new RunFigureRequest([learner]));

        LineSeries line = drawn.Figure.Panels.SelectMany(p => p.Series).OfType<LineSeries>().Single(s => s.Name == "θ 021, all layers");
        Assert.Equal([0.0, 5, 10], line.X.AsEnumerable());
        Assert.Equal([0.0, -5, -10], line.Y.AsEnumerable());
        Assert.Contains(drawn.Summary, r => r.Quantity == "θ 021, in the end" && r.Value == -10);
    }

    [Fact]
    public void ParameterLog_OfARunThatIsResumed_HasEachLineOnceAndNoneOfTheFuture()
    {
        using var folder = new TemporaryFolder();
        MetaParameters<float> parameters = Sines(new LocalLearnerSpec()).Runs[0].Parameters;
        void Write(long after, params long[] steps)
        {
            using ParameterLog log = ParameterLog.Continue(folder.Path, after, outerSteps: 400);
            foreach (long step in steps)
            {
                log.Add(step, isLast: step == 401, parameters);
            }
        }

        Write(0, 0, 1, 2, 3, 4, 6);
        Write(4, 5, 6, 401);

        ImmutableArray<ParameterLine> read = ParameterLog.Read(folder.Path);
        Assert.Equal([0L, 2, 4, 6, 401], read.Select(l => l.OuterStep));
        Assert.Equal(0.5, read[^1].Numbers["layer2.beta"].Single());
        Assert.True(read[^1].Sizes["layer1.weight"] > 0);
        Assert.DoesNotContain("layer1.bias", read[^1].Numbers.Keys);
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(v => v * v));

    private static double Angle(double[] a, double[] b) =>
        Math.Acos(Math.Clamp(a.Zip(b, (x, y) => x * y).Sum() / (Norm(a) * Norm(b)), -1, 1)) * 180 / Math.PI;

    private LearnerAnalysis Sines(LearnerSpec learner)
    {
        MetaParameters<float> parameters = hand.Parameters<float>(learner, 2, [4, 6, 5, 1]);
        Learning.Outer.Initializer.Initialize(
            parameters, new Learning.Outer.InitializationSpec { HiddenPlasticity = 1e-3, ReadoutPlasticity = 1e-3 },
            new Numerics.RandomNumbers.RandomStream(1));
        var trace = new LifetimeTrace(0, new LifetimeOutcome(1, double.NaN));
        return new LearnerAnalysis("sines", [new RunAnalysis("run", 1, parameters, [trace])])
        {
            Task = new SinesSpec { Sines = 3, BatchesPerSine = 2, BatchSize = 4, QueryPerSine = 3 },
        };
    }

    private sealed class States : ILifetimeObserver<double>
    {
        public List<Dictionary<string, double[]>> Seen { get; } = [];

        public void OnState(int innerStep, LifeTensors<double> state) =>
            Seen.Add(state.Layout.Specs.ToDictionary(s => s.Name, s => state[s.Name].ToArray(), StringComparer.Ordinal));
    }
}
