using Engram.Learning.Births;
using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Lives;

/// <summary>Records of lives: the same numbers as another engine's, for every kind of learner and network.</summary>
public sealed class LifeRecorderTests
{
    private const int Steps = 7;

    private static readonly Dictionary<string, LearnerSpec> Learners = new(StringComparer.Ordinal)
    {
        ["flp"] = new LocalLearnerSpec(),
        ["gradient"] = new GradientLearnerSpec(),
        ["own state"] = new LocalLearnerSpec { Rule = new OjaTraceRule() },
        ["own birth"] = new LocalLearnerSpec { Birth = new GaussianBirth() },
        ["classes"] = new LocalLearnerSpec { Objective = Objective.CrossEntropy },
        ["classes by gradient"] = new GradientLearnerSpec { Objective = Objective.CrossEntropy },
    };

    public static TheoryData<string, bool, int> Cases
    {
        get
        {
            var data = new TheoryData<string, bool, int>();
            foreach (string learner in Learners.Keys)
            {
                data.Add(learner, false, learner == "flp" ? 3 : 1);
                data.Add(learner, true, 1);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Record_AnyLearner_HasTheStatesAndActivitiesOfTheTape(string learner, bool images, int every)
    {
        ParameterLayout layout = ParameterLayout.For(images ? Images() : NetworkSpec.Feedforward([3, 7, 6, 2], 2), Learners[learner]);
        using var point = new RandomPoint(layout, 5, Steps, 3, 4, 0.02, targetsMissing: learner == "own state");
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout),
            tape = LifetimeEngines.Create<double>(layout, "tape");
        var seen = new Seen();
        LifetimeOutcome expected = tape.Live(point.Parameters, point.Lifetime, null, seen);

        LifeRecord<double> record =
            LifeRecorder.Record(engine, point.Parameters, point.Lifetime, new LifeRecorderOptions { Every = every });

        Assert.Equal(every == 1 ? [0, 1, 2, 3, 4, 5, 6, 7] : [0, 3, 6, 7], record.Moments.ToArray());
        foreach ((int place, int moment) in record.Moments.Index())
        {
            foreach ((int i, var spec) in layout.State.Specs.Index())
            {
                AssertClose(seen.States[moment][i], record.Tensors["state." + spec.Name].At(place));
            }

            foreach ((string name, double[] values) in moment == 0 ? [] : seen.Activities[moment - 1])
            {
                AssertClose(values, record.Tensors["step." + name].At(place - 1));
            }
        }

        int shown = seen.Activities[0].Count;
        Assert.Equal(shown, record.Tensors.Keys.Count(k => k.StartsWith("step.", StringComparison.Ordinal)));
        Assert.Equal(expected.QueryLoss, record.QueryLoss[^1], 1e-11 * (1 + expected.QueryLoss));
        Assert.Equal(record.QueryLoss[^1], record.Outcome.QueryLoss, 1e-11 * (1 + expected.QueryLoss));
        Assert.NotEqual(record.QueryLoss[0], record.QueryLoss[^1]);
        Assert.Equal(record.Tensors["answers.output"].At(0).ToArray(), record.Tensors["query.output_at_birth"].Values.ToArray());
        AssertFeatures(point, record);
    }

    [Fact]
    public void Record_MoreMemoryThanAllowed_IsRefusedBeforeTheLifeBegins()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([3, 700, 600, 2], 2), new LocalLearnerSpec());
        using var point = new RandomPoint(layout, 5, Steps, 3, 4, 1e-5);
        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout);
        var options = new LifeRecorderOptions { MemoryBytes = 1 << 24 };
        string found = Assert.Throws<EngramException>(() => LifeRecorder.Record(engine, point.Parameters, point.Lifetime, options)).Message;

        Assert.Matches(
            @"^Found a need of \d\d\.\d MiB of memory for 8 moments of a life of 7 inner steps, " +
            @"expected at most the 16\.0 MiB that were allowed;",
            found);
        Assert.Contains(
            "stream.input",
            LifeRecorder.Record(engine, point.Parameters, point.Lifetime, options with { Parts = LifeParts.Examples }).Tensors.Keys);
    }

    private static NetworkSpec Images()
    {
        var image = new ConvolutionSpec(new ConvolutionShape(1, 4, 4, 2, 3, 1, 0), Activation.Relu);
        return new NetworkSpec([image, new LinearSpec(image.Outputs, 5, Activation.Relu), new LinearSpec(5, 3, Activation.Identity)], 2);
    }

    // Of a point birth each frozen layer's; of others the last one's, which another life would have otherwise.
    private static void AssertFeatures(RandomPoint point, LifeRecord<double> record)
    {
        using var arena = new Arena();
        Tensor<double> features = LifeAnswers.Features(point.Parameters, point.Lifetime, point.Lifetime.StreamInputs, arena);
        RecordedTensor<double> found = record.Tensors["stream.layer0.activity"];
        Assert.Equal([Steps, 3, features.Columns], found.Shape.AsEnumerable());
        AssertClose(features.ToArray(), found.Values);
        Assert.Equal(point.Lifetime.StreamInputs.ToArray(), record.Tensors["stream.input"].Values.ToArray());
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<double> found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], found[i], 1e-11 * (1 + Math.Abs(expected[i])));
        }
    }

    private sealed class Seen : ILifetimeObserver<double>
    {
        public List<double[][]> States { get; } = [];

        public List<Dictionary<string, double[]>> Activities { get; } = [];

        public bool WantsActivity => true;

        public void OnState(int innerStep, LifeTensors<double> state) =>
            States.Add([.. state.Layout.Specs.Select((_, i) => state[i].ToArray())]);

        public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<double>> activity) =>
            Activities.Add(activity.ToDictionary(a => a.Key, a => a.Value.ToArray(), StringComparer.Ordinal));
    }
}
