using System.Collections.Immutable;
using Engram.Experiments.Reproduction;
using Engram.Experiments.Sequences;
using Engram.Experiments.Training;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests.Sequences;

/// <summary>Classes in sequence: the theorem about drifting means, the control, the part of a network that lives, and all of it on a small
/// set.</summary>
public sealed class SequenceTests : IDisposable
{
    private const int Classes = 7;
    private const int Units = 5;
    private readonly TemporaryFolder folder = new();
    private readonly Arena arena = new();

    public void Dispose()
    {
        arena.Dispose();
        folder.Dispose();
    }

    /// <summary>
    /// With Oja's rule and clamped targets a step makes the row of the example's class (1 − α) w + α a, and leaves all other rows as they
    /// are, to the bit.
    /// </summary>
    [Theory]
    [InlineData("tape", Granularity.Synapse)]
    [InlineData("tape", Granularity.Layer)]
    [InlineData("compiled", Granularity.Synapse)]
    [InlineData("compiled", Granularity.Neuron)]
    public void Readout_UnderOjaWithAClampedOutput_IsADriftingMeanOfEachClass(string name, Granularity granularity)
    {
        using MetaParameters<float> parameters = Readout(granularity);
        using FeatureLife life = Life(steps: 40);
        using ILifetimeEngine<float> engine = LifetimeEngines.Create<float>(parameters.Layout, name);
        var watcher = new Rows(arena);
        engine.Live(parameters, life.AsLifetime(), observer: watcher);

        Tensor<float> alpha = parameters["layer0.alpha"];
        for (int t = 0; t < 40; t++)
        {
            (Tensor<float> before, Tensor<float> after) = (watcher.States[t], watcher.States[t + 1]);
            int label = life.Drawn.StreamLabels[t];
            for (int k = 0; k < Classes; k++)
            {
                for (int j = 0; j < Units; j++)
                {
                    float a = alpha[alpha.Rows > 1 ? label : 0, granularity switch
                    {
                        Granularity.Synapse => j,
                        Granularity.Neuron => label,
                        _ => 0,
                    }];
                    if (k == label)
                    {
                        Assert.Equal(((1 - a) * before[k, j]) + (a * life.Stream[t, j]), after[k, j], 1e-5f);
                    }
                    else
                    {
                        Assert.Equal(before[k, j], after[k, j]);
                    }
                }
            }
        }

        Assert.True(DriftingMeans.Describes(parameters.Layout));
        Tensor<float> learnt = DriftingMeans.Learn(parameters, life);
        Assert.All(learnt.ToArray().Zip(watcher.States[^1].ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-5f));
        Assert.Equal(100 * engine.Live(parameters, life.AsLifetime()).QueryAccuracy, DriftingMeans.Percent(parameters, life), 1e-9);
    }

    [Fact]
    public void DriftingMeans_OfOtherLearners_AreNotTaken()
    {
        LocalLearnerSpec learner = Learner(Granularity.Layer);
        NetworkSpec one = NetworkSpec.Feedforward([Units, Classes], 1);
        Assert.False(DriftingMeans.Describes(ParameterLayout.For(NetworkSpec.Feedforward([Units, 4, Classes], 2), learner)));
        Assert.False(DriftingMeans.Describes(ParameterLayout.For(one, learner with { OutputClamped = false })));
        Assert.False(DriftingMeans.Describes(ParameterLayout.For(one, learner with { Rule = new Learning.Rules.HebbRule() })));
        Assert.False(DriftingMeans.Describes(ParameterLayout.For(one, new GradientLearnerSpec { Objective = Objective.CrossEntropy })));
    }

    [Fact]
    public void ClassMeans_OfALife_AnswerAsTheNearestMeanDoes()
    {
        for (ulong seed = 0; seed < 5; seed++)
        {
            using FeatureLife life = Life(steps: 35, seed);
            int right = 0;
            for (int q = 0; q < life.Query.Rows; q++)
            {
                int nearest = Enumerable.Range(0, Classes).MinBy(k =>
                {
                    int[] rows = [.. Enumerable.Range(0, 35).Where(t => life.Drawn.StreamLabels[t] == k)];
                    return Enumerable.Range(0, Units).Sum(j =>
                        Math.Pow(life.Query[q, j] - rows.Average(t => (double)life.Stream[t, j]), 2));
                });
                right += nearest == life.Drawn.QueryLabels[q] ? 1 : 0;
            }

            Assert.Equal(100.0 * right / life.Query.Rows, ClassMeans.Percent(life), 1e-9);
        }
    }

    [Fact]
    public void PlasticPart_OfANetwork_BeginsEveryClassAsANewOne()
    {
        // Six inputs, frozen to five, plastic four, nine outputs, of which six are known and three new.
        LocalLearnerSpec learner = Learner(Granularity.Synapse);
        using var whole = new MetaParameters<float>(ParameterLayout.For(NetworkSpec.Feedforward([6, 5, 4, 9], 2), learner));
        Fill(whole);
        using MetaParameters<float> part = PlasticPart.Of(whole, known: 6, outputs: 7, factor: 2);

        Assert.Equal([(5, 4), (4, 7)], part.Layout.Network.Layers.Select(l => (l.Inputs, l.Outputs)));
        Assert.Equal(0, part.Layout.Network.FrozenLayers);
        for (int k = 0; k < 7; k++)
        {
            int from = 6 + (k % 3);
            Assert.Equal(whole["layer2.weight"].Row(from).ToArray(), part["layer1.weight"].Row(k).ToArray());
            Assert.Equal(whole["layer2.alpha"].Row(from).ToArray().Select(a => 2 * a), part["layer1.alpha"].Row(k).ToArray());
            Assert.Equal(whole["layer2.bias"][0, from], part["layer1.bias"][0, k]);
            Assert.Equal(whole["layer1.feedback0.weight"][3, from], part["layer0.feedback0.weight"][3, k]);
        }

        Assert.Equal(whole["layer1.weight"].ToArray(), part["layer0.weight"].ToArray());
        Assert.Equal(whole["layer1.beta"].ToArray(), part["layer0.beta"].ToArray());
    }

    /// <summary>The smallest of all: meta-training, the choice of the factor, lives, controls and the report, on characters that Engram
    /// draws itself.</summary>
    [Fact]
    public void Reproduction_OfASmokeRun_MeasuresAllAndKeepsWhatItMeasured()
    {
        ReproductionPlan plan = ReproductionPlan.Of(
            PublishedTables.Sequence, ReproductionScale.Smoke, RecipeForm.Paper, ["feature-reuse", "gradient-2", "pretrained"], null);
        string group = Path.Combine(folder.Path, "group");
        var options = new TrainingOptions { Threads = 1 };
        SequenceResult result = SequenceReproduction.Run(group, plan, options);
        SequenceScores reuse = result.Cells[0].Networks[0];

        Assert.Equal(["feature-reuse", "gradient-2", "pretrained"], result.Cells.Select(c => c.Id));
        Assert.All(result.Cells, c => Assert.Equal(
            [(5, Ordering.Continual), (10, Ordering.Continual), (20, Ordering.Continual), (20, Ordering.Iid)],
            c.Networks[0].Points.Select(p => (p.Classes, p.Ordering))));
        Assert.Equal(result.Protocol.Factors, reuse.Factors.Select(f => f.Factor));
        Assert.Contains(reuse.Factors, f => f.Factor == reuse.Factor && f.Percent == reuse.Factors.Max(x => x.Percent));

        // Drifting means do not know the order of the classes.
        Assert.Equal(reuse.Points[2].Percents.ToArray(), reuse.Points[3].Percents.ToArray());

        // Class means need no life: those on untrained features are better than guessing already.
        Assert.All(reuse.RandomMeans, p => Assert.True(p.Percents.Average() > 100.0 / p.Classes));

        ReproductionFiles files = SequenceReport.Write(group, result, "engram reproduce sequence --scale smoke");
        Assert.Contains("Control: class means, random features", File.ReadAllText(files.Markdown), StringComparison.Ordinal);
        Assert.Contains("feature-reuse,1,20,iid,2,", File.ReadAllText(files.Csv), StringComparison.Ordinal);
        Assert.All(files.Figures, f => Assert.True(File.Exists(f.Svg)));

        SequenceResult again = SequenceReproduction.Run(group, plan, options);
        Assert.Equal(
            result.Cells.Select(c => c.Networks[0].Seconds), again.Cells.Select(c => c.Networks[0].Seconds));
        Assert.Equal(reuse.Points[0].Percents.ToArray(), again.Cells[0].Networks[0].Points[0].Percents.ToArray());
    }

    [Fact]
    public void Plan_OfEveryScale_HasTheCellsOfClassesInSequence()
    {
        foreach (ReproductionScale scale in (ReproductionScale[])[ReproductionScale.Laptop, ReproductionScale.Paper])
        {
            ReproductionPlan plan = ReproductionPlan.Of(PublishedTables.Sequence, scale, RecipeForm.Paper, [], null);

            Assert.Equal(6, plan.Cells.Length);
            Assert.All(plan.Cells, c => Assert.Equal(2, c.Runs.Length));
            Assert.All(plan.Runs, r => Assert.Equal(("class-sequence", true),
                (r.Recipe.TaskName, ((FewShotSpec)r.Recipe.Task).ClassSplit == Tasks.Data.ClassSplit.Sequence)));
            Assert.All(plan.Runs, r => Assert.Equal(Split.MetaValidation, r.Recipe.Evaluation.Split));
        }
    }

    private static LocalLearnerSpec Learner(Granularity granularity) => new()
    {
        Objective = Objective.CrossEntropy,
        Signal = FeedbackSignal.Target,
        OutputClamped = true,
        Granularity = granularity,
    };

    private static MetaParameters<float> Readout(Granularity granularity)
    {
        var parameters =
            new MetaParameters<float>(ParameterLayout.For(NetworkSpec.Feedforward([Units, Classes], 1), Learner(granularity)));
        Fill(parameters);
        return parameters;
    }

    // α from 0.05 to 0.3, all else normal.
    private static void Fill(MetaParameters<float> parameters)
    {
        RandomStream random = new RandomStream(3).Split("sequence");
        for (int i = 0; i < parameters.Layout.Parameters.Length; i++)
        {
            bool plasticity = parameters.Layout.Parameters[i].Role == ParameterRoles.Plasticity;
            for (int r = 0; r < parameters[i].Rows; r++)
            {
                foreach (ref float value in parameters[i].Row(r))
                {
                    value = plasticity ? (float)(0.05 + (0.25 * random.NextUniform())) : (float)random.NextNormal();
                }
            }
        }
    }

    // Features of made-up images: image i of class k lies about k's own place.
    private static FeatureLife Life(int steps, ulong seed = 1)
    {
        RandomStream random = new RandomStream(seed).Split("life");
        int[] labels = [.. Enumerable.Range(0, steps).Select(t => t * Classes / steps)];
        int[] asked = [.. Enumerable.Range(0, 3 * Classes).Select(q => q / 3)];
        using var features = ImageFeatures.Of(
            [.. labels.Concat(asked).Select(k => (ImmutableArray<float>)
                [.. Enumerable.Range(0, Units).Select(j => (float)((((k * 3) + j) % 4 * 0.5) + (0.6 * random.NextNormal())))])]);
        return new FeatureLife(
            new DrawnLife(
                [.. Enumerable.Range(0, steps)], labels, [.. Enumerable.Range(steps, asked.Length)], asked, new int[steps]),
            features, Classes);
    }

    private sealed class Rows(Arena arena) : ILifetimeObserver<float>
    {
        public List<Tensor<float>> States { get; } = [];

        public void OnState(int innerStep, LifeTensors<float> state)
        {
            Tensor<float> copy = arena.Allocate<float>(Classes, Units);
            copy.CopyFrom(state.Weights[0]);
            States.Add(copy);
        }
    }
}
