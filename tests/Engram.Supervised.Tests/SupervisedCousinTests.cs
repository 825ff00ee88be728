using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;

namespace Engram.Supervised.Tests;

/// <summary>What is proved of deep feedback control, forward-forward and counter-current learning.</summary>
public class SupervisedCousinTests
{
    private static readonly SupervisedNetworkSpec Deep = SupervisedNetworkSpec.Dense([7, 9, 8, 6, 4], Activation.Tanh);
    private static readonly SupervisedNetworkSpec Rectified = SupervisedNetworkSpec.Dense([9, 12, 8, 3], Activation.Relu);

    [Theory]
    [InlineData(ControlRule.Voltages)]
    [InlineData(ControlRule.Rates)]
    public void DeepFeedbackControl_TransposedJacobianWeaklyPushed_IsBackpropagation(ControlRule rule)
    {
        // u = (J Jᵀ + α)⁻¹ δ → δ / α: pushes are the gradient's own, and rates see them through one more σ'.
        const double Leak = 1e6;
        using Bench truth = new(Deep, new BackpropagationSpec(), examples: 1), bench = new(
            Deep, new DeepFeedbackControlSpec { FeedbackLearns = false, Rule = rule, Leak = Leak, TargetRate = 1e-3 }, examples: 1);
        _ = truth.Step();
        _ = bench.Step();
        SetJacobians(bench);
        _ = bench.Step();
        for (int l = 0; l < Deep.Layers.Length; l++)
        {
            Tensor<double> gradient = truth.Directions.Weights(l), found = bench.Directions.Weights(l);
            double worst = 0, largest = 0;
            for (int i = 0; i < gradient.Rows; i++)
            {
                double slope = rule == ControlRule.Rates && l < Deep.Layers.Length - 1 ? Slope(bench, l, i, 0) : 1;
                for (int j = 0; j < gradient.Columns; j++)
                {
                    worst = Math.Max(worst, Math.Abs((Leak * found[i, j]) - (slope * gradient[i, j])));
                    largest = Math.Max(largest, Math.Abs(gradient[i, j]));
                }
            }

            Assert.True(worst < 1e-4 * largest, FormattableString.Invariant($"layer {l}: off by {worst} of {largest}"));
        }
    }

    [Fact]
    public void DeepFeedbackControl_TransposedJacobianWithoutLeak_IsGaussNewton()
    {
        const double Rate = 1e-4;
        using var bench = new Bench(
            Deep,
            new DeepFeedbackControlSpec
            { FeedbackLearns = false, Rule = ControlRule.Voltages, Leak = 0, TargetRate = Rate, ControlTolerance = 0 },
            examples: 1);
        _ = bench.Step();
        double[][,] jacobians = SetJacobians(bench);
        ForwardPass<double> pass = bench.Step().Pass;
        var method = (DeepFeedbackControl<double>)bench.Method;
        int last = Deep.Layers.Length - 1, outputs = Deep.Outputs;
        double[] delta = [.. Enumerable.Range(0, outputs).Select(k => -Rate * pass.Error[k, 0])];

        // The least change of all voltages that moves the output by δ: Jᵀ (J Jᵀ)⁻¹ δ, solved by elimination.
        var gram = new double[outputs, outputs];
        for (int a = 0; a < outputs; a++)
        {
            for (int b = 0; b < outputs; b++)
            {
                gram[a, b] = jacobians.Sum(j => Enumerable.Range(0, j.GetLength(0)).Sum(i => j[i, a] * j[i, b]));
            }
        }

        double[] u = Solve(gram, delta);
        for (int l = 0; l <= last; l++)
        {
            for (int i = 0; i < Deep.Layers[l].Outputs; i++)
            {
                double expected = Enumerable.Range(0, outputs).Sum(k => jacobians[l][i, k] * u[k]);
                Assert.Equal(expected, method.Push(pass, l)[i, 0], 1e-12);
            }
        }

        // And so the output arrives at its target, to first order in λ.
        for (int k = 0; k < outputs; k++)
        {
            Assert.Equal(delta[k], method.Settled(pass, last)[k, 0] - pass.Activity(last + 1)[k, 0], 1e-2 * Rate);
        }
    }

    [Fact]
    public void DeepFeedbackControl_FeedbackThatLearnsFromNoise_ComesToTheDampedPseudoinverse()
    {
        // Linear units have one J for all examples: Q rests at Jᵀ (J Jᵀ + γ)⁻¹.
        const double Decay = 0.5;
        SupervisedNetworkSpec linear = SupervisedNetworkSpec.Dense([5, 7, 6, 3], Activation.Identity);
        using var bench = new Bench(
            linear, new DeepFeedbackControlSpec { OutputFeedbackLearns = true, FeedbackDecay = Decay, WarmUpSteps = 100_000 },
            examples: 64);
        for (int i = 0; i < 1500; i++)
        {
            _ = bench.Step(i);
            double rate = i < 1000 ? 0.03 : 0.004;
            foreach (MethodParameter<double> q in bench.Method.Parameters)
            {
                for (int r = 0; r < q.Values.Rows; r++)
                {
                    for (int c = 0; c < q.Values.Columns; c++)
                    {
                        q.Values[r, c] -= rate * q.Direction[r, c];
                    }
                }
            }
        }

        double[][,] jacobians = Jacobians(bench);
        double[,] gram = new double[3, 3];
        for (int a = 0; a < 3; a++)
        {
            for (int b = 0; b < 3; b++)
            {
                gram[a, b] = jacobians.Sum(j => Enumerable.Range(0, j.GetLength(0)).Sum(i => j[i, a] * j[i, b])) + (a == b ? Decay : 0);
            }
        }

        double worst = 0, largest = 0;
        foreach (MethodParameter<double> q in bench.Method.Parameters)
        {
            for (int i = 0; i < q.Values.Rows; i++)
            {
                double[] expected = Solve(gram, [.. Enumerable.Range(0, 3).Select(k => jacobians[q.Layer][i, k])]);
                worst = Math.Max(worst, expected.Select((e, k) => Math.Abs(e - q.Values[i, k])).Max());
                largest = Math.Max(largest, expected.Max(Math.Abs));
            }
        }

        Assert.Equal(3, bench.Method.Parameters.Length);
        Assert.True(worst < 0.06 * largest, FormattableString.Invariant($"off by {worst} of {largest}"));
    }

    [Fact]
    public void DeepFeedbackControl_WarmUp_LeavesWeightsAlone()
    {
        using var bench = new Bench(Deep, new DeepFeedbackControlSpec { WarmUpSteps = 2 });
        CreditStep<double> step = bench.Step();
        Assert.Equal(Updates.Own, bench.Method.Step(step with { Step = 1, Phase = 0 }));
        Assert.Equal(Updates.None, bench.Method.Step(step with { Step = 1, Phase = 1 }));
        Assert.Equal(Updates.Forward, bench.Method.Step(step with { Step = 2, Phase = 1 }));
        Assert.Equal(
            "Found 5 steps in which feedback alone learns, expected 0 where feedback does not learn.",
            Refusal(new DeepFeedbackControlSpec { WarmUpSteps = 5, FeedbackLearns = false }, Deep));
        Assert.Contains("TargetRate", Refusal(new DeepFeedbackControlSpec { TargetRate = 0 }, Deep), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ForwardForward_SmallStep_RaisesGoodnessOfRightLabelsAboveThatOfWrong(bool hard)
    {
        using var bench = new Bench(Rectified, new ForwardForwardSpec { HardNegatives = hard }, examples: 12, biases: 0.05);
        ForwardPass<double> pass = bench.Step().Pass;
        var method = (ForwardForward<double>)bench.Method;
        for (int l = 0; l < Rectified.Layers.Length - 1; l++)
        {
            double right = method.Goodness(pass, l, positive: true).Sum(), wrong = method.Goodness(pass, l, positive: false).Sum();
            Tensor<double> w = bench.Network.Layers[l].Weights, d = bench.Directions.Weights(l);
            for (int r = 0; r < w.Rows; r++)
            {
                for (int c = 0; c < w.Columns; c++)
                {
                    w[r, c] -= 1e-4 * d[r, c];
                }
            }

            double rise = method.Goodness(pass, l, positive: true).Sum() - right,
                other = method.Goodness(pass, l, positive: false).Sum() - wrong;
            Assert.True(rise > other, FormattableString.Invariant($"layer {l}: {rise} and {other}"));
        }
    }

    [Theory]
    [InlineData(1e3, true)]
    [InlineData(1e-9, false)]
    public void ForwardForward_ThresholdFarAboveOrBelow_TeachesOneKindAlone(double threshold, bool positive)
    {
        using var bench = new Bench(Rectified, new ForwardForwardSpec { Threshold = threshold }, examples: 12, biases: 0.05);
        ForwardPass<double> pass = bench.Step().Pass;
        var method = (ForwardForward<double>)bench.Method;
        double before = method.Goodness(pass, 0, positive).Sum();
        Tensor<double> w = bench.Network.Layers[0].Weights, d = bench.Directions.Weights(0);
        for (int r = 0; r < w.Rows; r++)
        {
            for (int c = 0; c < w.Columns; c++)
            {
                w[r, c] -= 1e-4 * d[r, c];
            }
        }

        double change = method.Goodness(pass, 0, positive).Sum() - before;
        Assert.True(positive ? change > 0 : change < 0, FormattableString.Invariant($"changed by {change}"));
    }

    [Fact]
    public void ForwardForward_Answer_IsTheLabelOfTheGreatestGoodness()
    {
        const double Strength = 1.5;
        using var bench = new Bench(Rectified, new ForwardForwardSpec { LabelStrength = Strength }, examples: 5);
        ForwardPass<double> pass = bench.Pass;
        bench.Network.Answer(pass, bench.Method);
        for (int n = 0; n < pass.Examples; n++)
        {
            for (int k = 0; k < 3; k++)
            {
                double[] h = [.. Enumerable.Range(0, 9).Select(i => i < 3 ? (i == k ? Strength : 0) : pass.Activity(0)[i, n])];
                double goodness = 0;
                for (int l = 0; l < 2; l++)
                {
                    double norm = Math.Sqrt(h.Sum(v => v * v) / h.Length);
                    Tensor<double> w = bench.Network.Layers[l].Weights, b = bench.Network.Layers[l].Biases;
                    h = [.. Enumerable.Range(0, w.Rows)
                        .Select(r => Math.Max(0, b[0, r] + Enumerable.Range(0, w.Columns).Sum(c => w[r, c] * h[c] / norm)))];
                    goodness += l > 0 ? h.Sum(v => v * v) : 0;
                }

                Assert.Equal(goodness, pass.Activity(3)[k, n], 1e-6 * (1 + goodness));
            }
        }

        // An ordinary method answers by the ordinary pass.
        using var plain = new Bench(Rectified, new BackpropagationSpec(), examples: 5);
        plain.Network.Forward(plain.Pass);
        double[] expected = plain.Pass.Activity(3).ToArray();
        plain.Network.Answer(plain.Pass, plain.Method);
        Assert.Equal(expected, plain.Pass.Activity(3).ToArray());
    }

    [Fact]
    public void ForwardForward_WhereItHasNoRule_IsRefusedInALine()
    {
        var method = new ForwardForwardSpec();
        Assert.Contains("set network.activation to relu", Refusal(method, Deep), StringComparison.Ordinal);
        Assert.Contains(
            "expected classification", Refusal(method, Rectified with { Objective = Objective.MeanSquaredError }),
            StringComparison.Ordinal);
        Assert.Contains(
            "Found 4 inputs and 4 labels", Refusal(method, SupervisedNetworkSpec.Dense([4, 6, 4], Activation.Relu)),
            StringComparison.Ordinal);
        Assert.Contains("Threshold", Refusal(method with { Threshold = 0 }, Rectified), StringComparison.Ordinal);
        Assert.Contains("LossScale", Refusal(new CounterCurrentLearningSpec { LossScale = 0 }, Deep), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CounterCurrent_StepsOfBothStreams_BringThemTogether(bool classes)
    {
        using var bench = new Bench(Deep, new CounterCurrentLearningSpec { AgainstClasses = classes }, examples: 20);
        double[] first = Losses(0);
        for (int i = 1; i < 150; i++)
        {
            for (int l = 0; l < Deep.Layers.Length; l++)
            {
                Descend(bench.Network.Layers[l].Weights, bench.Directions.Weights(l));
                Descend(bench.Network.Layers[l].Biases, bench.Directions.Biases(l));
            }

            foreach (MethodParameter<double> b in bench.Method.Parameters)
            {
                Descend(b.Values, b.Direction);
            }

            _ = Losses(i);
        }

        Assert.All(first.Zip(Losses(150)), p => Assert.True(p.Second < 0.8 * p.First, $"{p.First} before, {p.Second} after"));

        double[] Losses(int step)
        {
            _ = bench.Step(step);
            return [.. bench.Method.Measures().Select(m => m.Value)];
        }

        static void Descend(Tensor<double> w, Tensor<double> d)
        {
            for (int r = 0; r < w.Rows; r++)
            {
                for (int c = 0; c < w.Columns; c++)
                {
                    w[r, c] -= 0.1 * d[r, c];
                }
            }
        }
    }

    private static string Refusal(CreditAssignmentSpec method, SupervisedNetworkSpec network)
    {
        string message = Assert.ThrowsAny<EngramException>(() => method.Validate(network)).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private static double Slope(Bench bench, int layer, int unit, int example) =>
        bench.Network.Layers[layer].Spec.Activation == Activation.Identity
            ? 1 : 1 - (bench.Pass.Activity(layer + 1)[unit, example] * bench.Pass.Activity(layer + 1)[unit, example]);

    /// <summary>J_lᵀ of the first example, [units, K]: with ŷ = v_L, J_lᵀ = σ' ∘ W_{l+1}ᵀ J_{l+1}ᵀ.</summary>
    private static double[][,] Jacobians(Bench bench)
    {
        int last = bench.Network.Layers.Length - 1, outputs = bench.Network.Spec.Outputs;
        var result = new double[last + 1][,];
        for (int l = last; l >= 0; l--)
        {
            result[l] = new double[bench.Network.Layers[l].Spec.Outputs, outputs];
            for (int i = 0; i < result[l].GetLength(0); i++)
            {
                for (int k = 0; k < outputs; k++)
                {
                    result[l][i, k] = l == last ? (i == k ? 1 : 0)
                        : Slope(bench, l, i, 0) * Enumerable.Range(0, result[l + 1].GetLength(0))
                            .Sum(j => bench.Network.Layers[l + 1].Weights[j, i] * result[l + 1][j, k]);
                }
            }
        }

        return result;
    }

    private static double[][,] SetJacobians(Bench bench)
    {
        double[][,] jacobians = Jacobians(bench);
        for (int l = 0; l < jacobians.Length; l++)
        {
            Tensor<double> q = ((DeepFeedbackControl<double>)bench.Method).FeedbackOf(l);
            for (int i = 0; i < q.Rows; i++)
            {
                for (int k = 0; k < q.Columns; k++)
                {
                    q[i, k] = jacobians[l][i, k];
                }
            }
        }

        return jacobians;
    }

    private static double[] Solve(double[,] matrix, double[] right)
    {
        int size = right.Length;
        var a = (double[,])matrix.Clone();
        double[] x = [.. right];
        for (int p = 0; p < size; p++)
        {
            for (int r = p + 1; r < size; r++)
            {
                double factor = a[r, p] / a[p, p];
                for (int c = p; c < size; c++)
                {
                    a[r, c] -= factor * a[p, c];
                }

                x[r] -= factor * x[p];
            }
        }

        for (int r = size - 1; r >= 0; r--)
        {
            for (int c = r + 1; c < size; c++)
            {
                x[r] -= a[r, c] * x[c];
            }

            x[r] /= a[r, r];
        }

        return x;
    }
}
