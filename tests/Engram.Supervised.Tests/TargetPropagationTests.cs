using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

/// <summary>What is known of target propagation beyond what every method is held to.</summary>
public class TargetPropagationTests
{
    [Fact]
    public void Dtp_WithPerfectInverses_HitsItsTargets()
    {
        // Orthogonal, square, linear: f(h) = W h + b has the inverse Wᵀ (y − b).
        SupervisedNetworkSpec linear = SupervisedNetworkSpec.Dense([5, 6, 6, 6, 3], Activation.Identity);
        using var bench = new Bench(linear, new DifferenceTargetPropagationSpec { TargetRate = 0.5 });
        var method = Assert.IsType<TargetPropagation<double>>(bench.Method);
        Assert.True(WorstMiss(bench, method) > 0.01, "random inverses should miss");
        for (int l = 1; l <= 2; l++)
        {
            Tensor<double> w = bench.Network.Layers[l].Weights, v = Parameter(bench, $"layer{l}.inverse.weight"),
                c = Parameter(bench, $"layer{l}.inverse.bias");
            Orthogonalize(w);
            v.CopyFrom(w);
            for (int j = 0; j < 6; j++)
            {
                c[0, j] = -Enumerable.Range(0, 6).Sum(i => w[i, j] * bench.Network.Layers[l].Biases[0, i]);
            }
        }

        Assert.True(WorstMiss(bench, method) < 1e-13);
        Assert.True(
            method.Measures().Where(m => m.Name == "inverse loss").All(m => m.Value < 0.2), "only noise is left of the inverse loss");
    }

    [Theory]
    [InlineData("dtp", true)]
    [InlineData("sdtp", true)]
    [InlineData("ao-sdtp", true)]
    [InlineData("target-propagation", false)]
    public void Targets_WhereTheOutputIsRight_AreActivitiesInDifferenceFormsAlone(string name, bool still)
    {
        SupervisedNetworkSpec spec = SupervisedNetworkSpec.Dense([5, 6, 7, 4, 3], Activation.Tanh)
            with
        { Objective = Objective.MeanSquaredError };
        using var bench = new Bench(spec, CreditAssignments.Registry.Get(name));
        bench.Network.Forward(bench.Pass);
        bench.Pass.Targets.CopyFrom(bench.Pass.Activity(4));
        _ = bench.Step();
        double largest = Enumerable.Range(0, 3).Max(l => bench.Directions.Weights(l).ToArray().Max(Math.Abs));
        Assert.Equal(still, largest < 1e-14);
    }

    [Fact]
    public void AuxiliaryOutputs_ThatTheInverseDoesNotRead_ChangeNothing()
    {
        SupervisedNetworkSpec spec = SupervisedNetworkSpec.Dense([5, 6, 7, 3], Activation.Tanh);
        using Bench simplified = new(spec, new SimplifiedTargetPropagationSpec()),
            auxiliary = new(spec, new AuxiliaryTargetPropagationSpec { AuxiliaryOutputs = 9 });
        _ = simplified.Step();
        _ = auxiliary.Step();
        Assert.NotEqual(simplified.Directions.Weights(0).ToArray(), auxiliary.Directions.Weights(0).ToArray());
        Parameter(auxiliary, "layer2.inverse.auxiliary").Fill(0);
        _ = auxiliary.Step();
        Assert.Equal(simplified.Directions.Weights(0).ToArray(), auxiliary.Directions.Weights(0).ToArray());
    }

    [Theory]
    [InlineData(TargetSchedule.Parallel, "Forward, Own;Forward, Own")]
    [InlineData(TargetSchedule.AlternatingSteps, "Own|Forward;Own|Forward")]
    [InlineData(TargetSchedule.AlternatingEpochs, "Own;Forward")]
    public void Schedule_InTwoEpochs_MovesWhatItSays(TargetSchedule schedule, string expected)
    {
        SupervisedNetworkSpec spec = SupervisedNetworkSpec.Dense([5, 6, 3], Activation.Tanh);
        using var bench = new Bench(spec, new DifferenceTargetPropagationSpec { Schedule = schedule });
        bench.Network.Forward(bench.Pass);
        string Moved(int epoch) => string.Join('|', Enumerable.Range(0, bench.Method.Phases)
            .Select(phase => bench.Method.Step(
                new CreditStep<double>(bench.Pass, bench.Directions, epoch, epoch, phase, new RandomStream(1)))));
        Assert.Equal(expected, $"{Moved(0)};{Moved(1)}");
    }

    [Fact]
    public void Targets_InParallel_ComeFromTheOldInversesAndAlternatingFromTheNew()
    {
        float[] still = First(TargetSchedule.AlternatingSteps, ownRate: 0, steps: 1),
            parallel = First(TargetSchedule.Parallel, ownRate: 0.1, steps: 1);
        float[] alternating = First(TargetSchedule.AlternatingSteps, ownRate: 0.1, steps: 1),
            afterwards = First(TargetSchedule.Parallel, ownRate: 0.1, steps: 2);
        Assert.Equal(still, parallel);
        Assert.Contains(alternating.Zip(still), p => Math.Abs(p.First - p.Second) > 1e-4);

        // With W at rest, the second step in parallel has the inverses that the first has made; its examples come in another order.
        Assert.All(alternating.Zip(afterwards), p => Assert.Equal(p.First, p.Second, 1e-6f));

        // The direction of the first layer's W in the last of some steps.
        static float[] First(TargetSchedule schedule, double ownRate, int steps)
        {
            var training = new SupervisedTrainingSpec
            { BatchSize = 32, Rate = 0, Optimizer = "sgd", OwnRate = ownRate, OwnOptimizer = "sgd" };
            using var trainer = new SupervisedTrainer(
                SupervisedNetworkSpec.Dense([6, 9, 8, 3], Activation.Tanh), new DifferenceTargetPropagationSpec
                { Schedule = schedule }, training, new Blobs(32, 6, 3, seed: 2), seed: 4, threads: 1);
            var observer = new Copying();
            for (int i = 0; i < steps; i++)
            {
                _ = trainer.Step(observer);
            }

            Assert.Equal(steps, observer.Calls);
            return observer.Direction;
        }
    }

    [Fact]
    public void Observer_InAnEpochOfInverses_SeesAStepWithoutDirections()
    {
        var training = new SupervisedTrainingSpec { BatchSize = 32, Epochs = 2 };
        using var trainer = new SupervisedTrainer(
            SupervisedNetworkSpec.Dense([6, 9, 8, 3], Activation.Tanh), new SimplifiedTargetPropagationSpec
            { Schedule = TargetSchedule.AlternatingEpochs }, training, new Blobs(32, 6, 3, seed: 2), seed: 4, threads: 1);
        var observer = new Copying();
        _ = trainer.Step(observer);
        Assert.Equal((1, 0), (observer.Calls, observer.Direction.Length));
        _ = trainer.Step(observer);
        Assert.Equal((2, 54), (observer.Calls, observer.Direction.Length));
    }

    [Fact]
    public void TargetPropagation_OfOneLayer_IsRefused() =>
        Assert.Contains(
            "one layer",
            Assert.Throws<EngramException>(
            () => new DifferenceTargetPropagationSpec().Validate(SupervisedNetworkSpec.Dense([5, 3], Activation.Tanh))).Message,
            StringComparison.Ordinal);

    private static Tensor<double> Parameter(Bench bench, string name) => bench.Method.Parameters.Single(p => p.Name == name).Values;

    // How far f_l(ĥ_l) is from ĥ_{l+1}.
    private static double WorstMiss(Bench bench, TargetPropagation<double> method)
    {
        _ = bench.Step();
        using var arena = new Arena();
        double worst = 0;
        for (int l = 1; l <= 2; l++)
        {
            Tensor<double> reached = arena.Allocate<double>(6, bench.Pass.Capacity);
            bench.Network.Layers[l].Forward(method.Target(bench.Pass, l), reached);
            worst = Math.Max(worst, reached.ToArray().Zip(method.Target(bench.Pass, l + 1).ToArray(), (a, b) => Math.Abs(a - b)).Max());
        }

        return worst;
    }

    // Gram and Schmidt, row after row.
    private static void Orthogonalize(Tensor<double> w)
    {
        for (int r = 0; r < w.Rows; r++)
        {
            double[] row = w.Row(r).ToArray();
            for (int before = 0; before < r; before++)
            {
                double[] other = w.Row(before).ToArray();
                double along = row.Zip(other, (a, b) => a * b).Sum();
                row = [.. row.Zip(other, (a, b) => a - (along * b))];
            }

            double length = Math.Sqrt(row.Sum(x => x * x));
            row.Select(x => x / length).ToArray().CopyTo(w.Row(r));
        }
    }

    private sealed class Copying : IStepObserver
    {
        public int Calls { get; private set; }

        public float[] Direction { get; private set; } = [];

        public void Observe(SupervisedNetwork<float> network, ICreditAssignment<float> method, in CreditStep<float> step, bool directed) =>
            (Calls, Direction) = (Calls + 1, directed ? step.Directions.Weights(0).ToArray() : []);
    }
}
