using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

/// <summary>What the papers prove of each method.</summary>
public class CreditAssignmentTheoremTests
{
    private static readonly SupervisedNetworkSpec Deep = SupervisedNetworkSpec.Dense([7, 9, 8, 6, 4], Activation.Tanh);

    [Fact]
    public void FeedbackAlignment_WithTransposedWeights_IsBackpropagation()
    {
        using Bench truth = new(Deep, new BackpropagationSpec()), bench = new(Deep, new FeedbackAlignmentSpec());
        _ = truth.Step();
        _ = bench.Step();
        Assert.True(Angle(truth.Directions.Weights(0), bench.Directions.Weights(0)) > 30, "random feedback should not be the gradient");

        for (int l = 1; l < Deep.Layers.Length; l++)
        {
            bench.Method.Memory[l - 1].Values.CopyFrom(bench.Network.Layers[l].Weights);
        }

        _ = bench.Step();
        for (int l = 0; l < Deep.Layers.Length; l++)
        {
            Assert.Equal(truth.Directions.Weights(l).ToArray(), bench.Directions.Weights(l).ToArray());
            Assert.Equal(truth.Directions.Biases(l).ToArray(), bench.Directions.Biases(l).ToArray());
        }
    }

    [Fact]
    public void DirectFeedbackAlignment_OneHiddenLayer_IsFeedbackAlignment()
    {
        // B_1 of the one is [units, K], that of the other is kept transposed.
        SupervisedNetworkSpec shallow = SupervisedNetworkSpec.Dense([7, 9, 4], Activation.Tanh);
        using Bench direct = new(shallow, new DirectFeedbackAlignmentSpec()), layered = new(shallow, new FeedbackAlignmentSpec());
        Tensor<double> b = direct.Method.Memory[0].Values, turned = layered.Method.Memory[0].Values;
        for (int r = 0; r < b.Rows; r++)
        {
            for (int c = 0; c < b.Columns; c++)
            {
                b[r, c] = turned[c, r];
            }
        }

        _ = direct.Step();
        _ = layered.Step();
        for (int l = 0; l < 2; l++)
        {
            Assert.True(Distance(direct.Directions.Weights(l), layered.Directions.Weights(l)) < 1e-14);
        }
    }

    [Fact]
    public void Pepita_WithoutFeedback_TeachesTheLastLayerAlone()
    {
        using Bench truth = new(Deep, new BackpropagationSpec()), bench = new(Deep, new PepitaSpec { FeedbackScale = 0 });
        _ = truth.Step();
        _ = bench.Step();
        int last = Deep.Layers.Length - 1;

        Assert.Equal(truth.Directions.Weights(last).ToArray(), bench.Directions.Weights(last).ToArray());
        Assert.All(Enumerable.Range(0, last), l => Assert.All(bench.Directions.Weights(l).ToArray(), d => Assert.Equal(0, d)));
    }

    [Fact]
    public void Pepita_OfSmallFeedback_SendsTheErrorThroughTheFirstLayer()
    {
        // To first order h − h° of the first layer is −σ'(z) ∘ W F ε.
        const double Scale = 1e-7;
        using var bench = new Bench(Deep, new PepitaSpec { FeedbackScale = Scale });
        ForwardPass<double> pass = bench.Step().Pass;
        Tensor<double> w = bench.Network.Layers[0].Weights, f = bench.Method.Memory[0].Values, h = pass.Activity(1), x = pass.Activity(0);
        double worst = 0, largest = 0;
        for (int j = 0; j < w.Rows; j++)
        {
            for (int i = 0; i < w.Columns; i++)
            {
                double sum = 0;
                for (int n = 0; n < pass.Examples; n++)
                {
                    double through = 0;
                    for (int k = 0; k < f.Columns; k++)
                    {
                        for (int m = 0; m < f.Rows; m++)
                        {
                            through += w[j, m] * f[m, k] * pass.Error[k, n];
                        }
                    }

                    sum -= (1 - (h[j, n] * h[j, n])) * through * x[i, n];
                }

                worst = Math.Max(worst, Math.Abs(sum - bench.Directions.Weights(0)[j, i]));
                largest = Math.Max(largest, Math.Abs(sum));
            }
        }

        Assert.True(largest > 0);
        Assert.True(worst < 1e-4 * largest, FormattableString.Invariant($"{worst} of {largest}"));
    }

    [Theory]
    [InlineData(FeedbackMagnitude.Fixed)]
    [InlineData(FeedbackMagnitude.BatchRandom)]
    [InlineData(FeedbackMagnitude.Unit)]
    public void SignSymmetry_Feedback_HasTheSignsOfWeights(FeedbackMagnitude magnitude)
    {
        using var bench = new Bench(Deep, new SignSymmetrySpec { Magnitude = magnitude });
        _ = bench.Step(0);
        double[] first = bench.Method.Feedback(1).ToArray();
        Tensor<double> w = bench.Network.Layers[1].Weights;
        w[0, 0] = -w[0, 0];
        _ = bench.Step(1);
        double[] second = bench.Method.Feedback(1).ToArray(), weights = w.ToArray();

        Assert.Equal(weights.Select(Math.Sign), second.Select(Math.Sign));
        Assert.Equal(magnitude != FeedbackMagnitude.BatchRandom, first.Select(Math.Abs).SequenceEqual(second.Select(Math.Abs)));
        Assert.Equal(magnitude == FeedbackMagnitude.Unit, second.Select(Math.Abs).Distinct().Count() == 1);
    }

    [Theory]
    [InlineData("adam", false)]
    [InlineData("sgd", false)]
    [InlineData("momentum", false)]
    [InlineData("adam", true)]
    public void KolenPollack_EveryStep_ShrinksTheDifferenceByItsDecay(string optimizer, bool cosine)
    {
        // γ_t = 1 − s_t (1 − γ), s_t the schedule's factor: 1 − γ falls as the rate does.
        const int Steps = 12;
        var method = new KolenPollackSpec { Decay = 0.9 };
        RateSchedule schedule = cosine ? new CosineSchedule(0, 0.01) : new ConstantSchedule();
        var training = new SupervisedTrainingSpec { BatchSize = 25, Epochs = 3, Optimizer = optimizer, Rate = 1e-3, Schedule = schedule };
        using var trainer = new SupervisedTrainer(
            SupervisedNetworkSpec.Dense([20, 30, 24, 3], Activation.Tanh), method, training, new Blobs(100, 20, 3, 1), seed: 2, threads: 1);
        double[] before = Difference(trainer, 1);
        double moved = 0;
        for (int i = 0; i < Steps; i++)
        {
            double gamma = 1 - (schedule.Factor(i, Steps) * 0.1);
            double[] weights = [.. trainer.Network.Layers[1].Weights.ToArray()];
            _ = trainer.Step();
            double[] after = Difference(trainer, 1);

            // Both are rounded to float32 at a size of at most 1 in each step.
            Assert.All(after.Zip(before), p => Assert.Equal(gamma * p.Second, p.First, 2.4e-7));
            moved += trainer.Network.Layers[1].Weights.ToArray().Zip(weights).Sum(p => Math.Abs(p.First - (gamma * p.Second)));
            before = after;
        }

        Assert.True(moved > 0, "nothing was learnt meanwhile");
        Assert.True(Norm(before) > 0);
    }

    [Theory]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Relu)]
    public void WeightMirrors_RandomNetwork_AlignWithinTwentyDegrees(Activation hidden)
    {
        // W stands still; 600 phases of 32 examples with a running mean over 1 / λ = 250 phases.
        SupervisedNetworkSpec network = SupervisedNetworkSpec.Dense([30, 40, 35, 10], hidden);
        var mirrors = new WeightMirrorsSpec { MirrorRate = 4e-3, MirrorDecay = 4e-3 };
        using var bench = new Bench(network, mirrors, examples: 32);
        _ = bench.Step(0);
        Assert.True(
            Angle(bench.Method.Feedback(1), bench.Network.Layers[1].Weights) > 70, "feedback should not be aligned before it has learnt");
        for (int i = 1; i < 600; i++)
        {
            _ = bench.Step(i);
        }

        for (int l = 1; l < network.Layers.Length; l++)
        {
            double angle = Angle(bench.Method.Feedback(l), bench.Network.Layers[l].Weights);
            Assert.True(angle < 20, $"layer {l}: {angle:f1}°");
        }
    }

    [Fact]
    public void WeightMirrors_LinearLayersOnImages_BecomeTheTranspose()
    {
        // η = λ: B is a running mean of x yᵀ, over the positions that share a weight too, and so goes to W itself: its length as well as
        // its direction.
        var network = new SupervisedNetworkSpec(
        [
            new LocallyConnectedSpec(new ConvolutionShape(2, 7, 6, 3, 3, 2, 0), Activation.Identity),
                new ConvolutionSpec(new ConvolutionShape(3, 3, 2, 4, 2, 1, 0), Activation.Identity),
            new LocallyConnectedSpec(new ConvolutionShape(4, 2, 1, 5, 1, 1, 0), Activation.Identity),
                new LinearSpec(10, 3, Activation.Identity),
        ]);
        using var bench = new Bench(network, new WeightMirrorsSpec { MirrorRate = 6e-3, MirrorDecay = 6e-3 }, examples: 32);
        for (int i = 0; i < 800; i++)
        {
            _ = bench.Step(i);
        }

        for (int l = 1; l < network.Layers.Length; l++)
        {
            Tensor<double> b = bench.Method.Feedback(l), w = bench.Network.Layers[l].Weights;
            Assert.True(Angle(b, w) < 20, $"layer {l}: {Angle(b, w):f1}°");
            Assert.InRange(Norm(b.ToArray()) / Norm(w.ToArray()), 0.85, 1.2);
        }
    }

    [Theory]
    [InlineData("feature-reuse")]
    [InlineData("gradient")]
    [InlineData("oml")]
    public void LocalPlasticity_OfALearnerWithoutARuleAtEveryLayer_IsRefused(string learner)
    {
        EngramException failure = Assert.ThrowsAny<EngramException>(() => new LocalPlasticitySpec { Learner = learner }.Validate(Deep));
        Assert.Contains("flp, hebb", failure.Message, StringComparison.Ordinal);
        new LocalPlasticitySpec { Learner = "hebb" }.Validate(Deep);
    }

    [Fact]
    public void LocalPlasticity_OjaWithoutFeedback_TurnsAUnitToTheFirstPrincipalComponent()
    {
        // One linear unit, β = 0: W ← W + r ⟨x (Wx) − (Wx)² W⟩, Oja's rule, whose fixed point is the first principal component, of length
        // 1.
        SupervisedNetworkSpec unit = SupervisedNetworkSpec.Dense([3, 1], Activation.Tanh) with { Objective = Objective.MeanSquaredError };
        using var bench = new Bench(unit, new LocalPlasticitySpec { FeedbackStrength = 0 }, examples: 40);
        bench.Network.Layers[0].Biases.Clear();
        Tensor<double> x = bench.Pass.Activity(0), w = bench.Network.Layers[0].Weights;
        for (int n = 0; n < 40; n++)
        {
            (double u, double v) = (3 * Math.Sin(n * 2.4), 0.3 * Math.Cos(n * 1.7));
            (x[0, n], x[1, n], x[2, n]) = ((0.6 * u) - (0.8 * v), (0.8 * u) + (0.6 * v), 0.1 * Math.Sin(n));
        }

        for (int i = 0; i < 400; i++)
        {
            _ = bench.Step(i);
            for (int c = 0; c < 3; c++)
            {
                w[0, c] -= 0.05 * bench.Directions.Weights(0)[0, c];
            }
        }

        double length = Math.Sqrt(w.ToArray().Sum(v => v * v));
        Assert.Equal(1, length, 1e-6);
        Assert.True(Math.Abs((0.6 * w[0, 0]) + (0.8 * w[0, 1])) > 0.999, $"W = {string.Join(", ", w.ToArray())}");
    }

    [Fact]
    public void Backpropagation_TapeOfTheSameNetwork_GivesTheSameGradient()
    {
        using var bench = new Bench(Deep, new BackpropagationSpec());
        _ = bench.Step();
        using var tape = new Tape<double>();
        Var h = tape.Leaf(bench.Pass.Activity(0)).Transpose();
        Var[] weights = [.. bench.Network.Layers.Select(l => tape.Leaf(l.Weights))],
            biases = [.. bench.Network.Layers.Select(l => tape.Leaf(l.Biases))];
        for (int l = 0; l < weights.Length; l++)
        {
            h = h.MatMul(weights[l].Transpose()) + biases[l];
            h = l == weights.Length - 1 ? h : h.Tanh();
        }

        Var loss = h.CrossEntropy(tape.Leaf(bench.Pass.Targets).Transpose());
        Var[] gradient = tape.Gradient(loss, [.. weights, .. biases]);

        Assert.Equal(tape.ScalarOf(loss), bench.Pass.Loss, 1e-14);
        for (int l = 0; l < weights.Length; l++)
        {
            Assert.True(Distance(tape.ValueOf(gradient[l]), bench.Directions.Weights(l)) < 1e-14);
            Assert.True(Distance(tape.ValueOf(gradient[weights.Length + l]), bench.Directions.Biases(l)) < 1e-14);
        }
    }

    private static double[] Difference(SupervisedTrainer trainer, int layer) =>
        [.. trainer.Network.Layers[layer].Weights.ToArray().Zip(trainer.Method.Feedback(layer).ToArray(), (w, b) => (double)w - b)];

    private static double Norm(IEnumerable<double> values) => Math.Sqrt(values.Sum(v => v * v));

    private static double Distance(Tensor<double> a, Tensor<double> b) => a.ToArray().Zip(b.ToArray(), (x, y) => Math.Abs(x - y)).Max();

    private static double Angle(Tensor<double> a, Tensor<double> b)
    {
        double[] u = a.ToArray(), v = b.ToArray();
        return Math.Acos(u.Zip(v, (x, y) => x * y).Sum() / (Norm(u) * Norm(v))) * 180 / Math.PI;
    }
}
