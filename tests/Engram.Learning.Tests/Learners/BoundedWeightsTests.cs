using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests.Learners;

/// <summary>What keeps weights within bounds in life: normalised changes, decay and clipping.</summary>
public sealed class BoundedWeightsTests
{
    private const int InnerSteps = 12;

    private static readonly NetworkSpec Network = NetworkSpec.Feedforward([3, 5, 4, 2], 2);

    public static TheoryData<string> Rules { get; } = ["oja", "hebb"];

    [Theory]
    [MemberData(nameof(Rules))]
    public void ChangeLimit_InALifeThatExplodesWithoutIt_BoundsEachRowsChange(string rule)
    {
        const double limit = 0.25;
        LocalLearnerSpec explosive = new() { Rule = PlasticityRules.Registry.Get(rule) };

        Assert.Throws<NonFiniteException>(() => Weights(explosive, plasticity: 50));
        double[][][] limited = Weights(explosive with { ChangeLimit = limit }, plasticity: 50);
        for (int t = 1; t < limited.Length; t++)
        {
            for (int l = 0; l < limited[t].Length; l++)
            {
                int inputs = Network.Layers[Network.FrozenLayers + l].WeightColumns;
                double[] change = [.. limited[t][l].Zip(limited[t - 1][l], (after, before) => after - before)];
                Assert.All(change.Chunk(inputs), row => Assert.InRange(Math.Sqrt(row.Sum(c => c * c)), 0, limit));
            }
        }
    }

    [Fact]
    public void ChangeLimit_OnOneStep_DividesTheRowByWhatTheEquationSays()
    {
        var plain = new LocalLearnerSpec();
        double[][][] free = Weights(plain, 0.3, innerSteps: 1), limited = Weights(plain with { ChangeLimit = 0.1 }, 0.3, innerSteps: 1);
        for (int l = 0; l < free[0].Length; l++)
        {
            int inputs = Network.Layers[Network.FrozenLayers + l].WeightColumns;
            double[][] change = [.. free[1][l].Zip(free[0][l], (after, before) => after - before).Chunk(inputs)];
            double[][] found = [.. limited[1][l].Zip(limited[0][l], (after, before) => after - before).Chunk(inputs)];
            foreach ((double[] row, double[] own) in change.Zip(found))
            {
                double divisor = Math.Sqrt(1 + (row.Sum(c => c * c) / 0.01));
                Assert.All(row.Zip(own), p => Assert.Equal(p.First / divisor, p.Second, 1e-14));
            }
        }
    }

    [Fact]
    public void WeightDecay_WithoutPlasticity_LeavesAPowerOfItsComplement()
    {
        double[][][] weights = Weights(new LocalLearnerSpec { WeightDecay = 0.01 }, plasticity: 0);
        for (int l = 0; l < weights[0].Length; l++)
        {
            Assert.All(weights[0][l].Zip(weights[^1][l]), p => Assert.Equal(p.First * Math.Pow(0.99, InnerSteps), p.Second, 1e-14));
        }
    }

    [Fact]
    public void WeightLimit_ClipsWhatLeavesItAndNothingElse()
    {
        const double bound = 0.4;
        var plain = new LocalLearnerSpec();
        double[][][] free = Weights(plain, 0.5, innerSteps: 1), clipped = Weights(plain with { WeightLimit = bound }, 0.5, innerSteps: 1);
        for (int l = 0; l < free[1].Length; l++)
        {
            Assert.All(free[1][l].Zip(clipped[1][l]), p => Assert.Equal(Math.Clamp(p.First, -bound, bound), p.Second, 1e-14));
            Assert.Contains(free[1][l], w => Math.Abs(w) > bound);
            Assert.Contains(free[1][l].Zip(clipped[1][l]), p => Math.Abs(p.First) < bound && p.First == p.Second);
        }

        double[][][] whole = Weights(plain with { WeightLimit = bound }, plasticity: 0.5);
        Assert.All(whole.Skip(1).SelectMany(layers => layers).SelectMany(w => w), w => Assert.InRange(w, -bound - 1e-12, bound + 1e-12));
    }

    [Fact]
    public void Bounds_ThatNothingReaches_ChangeNothing()
    {
        var plain = new LocalLearnerSpec { FeedbackRule = new OjaRule() };
        double[][][] free = Weights(plain, plasticity: 0.01);
        Assert.Equal(free, Weights(plain with { WeightLimit = 1e6 }, plasticity: 0.01));
        double[][][] limited = Weights(plain with { ChangeLimit = 1e6 }, plasticity: 0.01);
        Assert.All(free[^1].SelectMany(w => w).Zip(limited[^1].SelectMany(w => w)), p => Assert.Equal(p.First, p.Second, 1e-10));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void PlasticFeedback_IsBoundedAsTheWeightsAre(bool change, bool clip)
    {
        var learner = new LocalLearnerSpec
        {
            FeedbackRule = new OjaRule(),
            ChangeLimit = change ? 0.1 : null,
            WeightLimit = clip ? 0.2 : null,
        };
        double[][] feedback = Feedback(learner, plasticity: 5);
        for (int t = 1; t < feedback.Length; t++)
        {
            Assert.All(feedback[t].Zip(feedback[t - 1]), p => Assert.InRange(
                change ? Math.Abs(p.First - p.Second) : Math.Abs(p.First), 0, (change ? 0.1 : 0.2) + 1e-12));
        }
    }

    private static double[][] Feedback(LocalLearnerSpec learner, double plasticity)
    {
        var seen = new List<double[]>();
        Live(learner, plasticity, InnerSteps, state => seen.Add(state["layer2.feedback0.weight"].ToArray()));
        return [.. seen];
    }

    private static double[][][] Weights(LocalLearnerSpec learner, double plasticity, int innerSteps = InnerSteps)
    {
        var seen = new List<double[][]>();
        Live(learner, plasticity, innerSteps, state =>
        {
            var layers = new double[state.Weights.Length][];
            for (int l = 0; l < layers.Length; l++)
            {
                layers[l] = state.Weights[l].ToArray();
            }

            seen.Add(layers);
        });
        Assert.Equal(innerSteps + 1, seen.Count);
        return [.. seen];
    }

    private static void Live(LocalLearnerSpec learner, double plasticity, int innerSteps, Action<LifeTensors<double>> seen)
    {
        ParameterLayout layout = ParameterLayout.For(Network, learner);
        using var point = new RandomPoint(layout, 7, innerSteps, batchSize: 4, queries: 2, plasticityScale: plasticity);
        foreach (ParameterSpec parameter in layout.Parameters)
        {
            if (parameter.Name.EndsWith("alpha", StringComparison.Ordinal))
            {
                point.Parameters[parameter.Name].Fill(plasticity);
            }
        }

        using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(layout, "tape");
        engine.Live(point.Parameters, point.Lifetime, null, new Watcher(seen));
    }

    private sealed class Watcher(Action<LifeTensors<double>> seen) : ILifetimeObserver<double>
    {
        public void OnState(int innerStep, LifeTensors<double> state) => seen(state);
    }
}
