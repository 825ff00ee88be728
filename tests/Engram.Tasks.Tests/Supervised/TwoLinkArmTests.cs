using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;

namespace Engram.Tasks.Tests.Supervised;

public sealed class TwoLinkArmTests
{
    private static readonly TwoLinkArm Arm = new(2, 1.5, 0.35, 0.3, 9.81);

    /// <summary>Along any motion, τ · q̇ = dE/dt: the torques' power is the change of kinetic and potential energy.</summary>
    [Fact]
    public void Torques_AlongAMotion_HaveThePowerThatTheEnergyTakesUp()
    {
        for (double t = 0; t < 6; t += 0.37)
        {
            (double First, double Second) q = Angles(t), velocity = Rate(Angles, t), acceleration = Rate(s => Rate(Angles, s), t);
            (double shoulder, double elbow) = Arm.Torques(q, velocity, acceleration);
            double power = (Energy(t + 1e-4) - Energy(t - 1e-4)) / 2e-4;
            Assert.Equal(power, (shoulder * velocity.First) + (elbow * velocity.Second), 1e-4);
        }

        static double Energy(double t) => Arm.Energy(Angles(t), Rate(Angles, t));
    }

    [Fact]
    public void Torques_OfAnArmHeldOutLevel_AreTheWeightsTimesTheirDistances()
    {
        (double shoulder, double elbow) = Arm.Torques((0, 0), (0, 0), (0, 0));
        Assert.Equal(1.5 * 9.81 * 0.15, elbow, 1e-12);
        Assert.Equal((2 * 9.81 * 0.175) + (1.5 * 9.81 * 0.5), shoulder, 1e-12);
    }

    [Fact]
    public void Torques_OfAnArmThatTurnsAsOneRodWithoutGravity_AreThoseOfItsMomentOfInertia()
    {
        // Two rods of one density end to end, stretched, are one rod: m l² / 3 about the shoulder.
        var rod = new TwoLinkArm(2, 2, 0.5, 0.5, 0);
        (double shoulder, _) = rod.Torques((0.3, 0), (2, 0), (1, 0));
        Assert.Equal(4.0 / 3, shoulder, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TrainingTargets_HaveMean0AndVariance1(int outputs)
    {
        ISupervisedProblem problem = new TwoLinkArmSpec { Outputs = outputs, TrainExamples = 500 }.Create(DataContext.Default());
        using var arena = new Arena();
        (Tensor<float> x, Tensor<float> y) = (arena.Allocate<float>(500, 6), arena.Allocate<float>(500, outputs));
        problem.Examples(ExampleSplit.Train).Read([.. Enumerable.Range(0, 500)], x, y);
        for (int k = 0; k < outputs; k++)
        {
            double[] torques = [.. Enumerable.Range(0, 500).Select(n => (double)y[n, k])];
            Assert.Equal(0, torques.Average(), 1e-5);
            Assert.Equal(1, torques.Average(t => t * t), 1e-5);
        }

        Assert.All(x.ToArray(), v => Assert.InRange(v, -1.7321f, 1.7321f));
        Assert.Equal(1, x.ToArray().Average(v => v * v), 0.1);
    }

    [Fact]
    public void Splits_OfOneSeed_AreTheSameEveryTimeAndShareNoState()
    {
        float[] Inputs(ulong seed, ExampleSplit split)
        {
            ISupervisedProblem problem = new TwoLinkArmSpec
            { StateSeed = seed, TrainExamples = 100, ValidationExamples = 100, TestExamples = 100 }.Create(DataContext.Default());
            using var arena = new Arena();
            (Tensor<float> x, Tensor<float> y) = (arena.Allocate<float>(100, 6), arena.Allocate<float>(100, 2));
            problem.Examples(split).Read([.. Enumerable.Range(0, 100)], x, y);
            return x.ToArray();
        }

        Assert.Equal(Inputs(4, ExampleSplit.Train), Inputs(4, ExampleSplit.Train));
        Assert.Empty(Inputs(4, ExampleSplit.Train).Intersect(Inputs(4, ExampleSplit.Test)));
        Assert.Empty(Inputs(4, ExampleSplit.Train).Intersect(Inputs(5, ExampleSplit.Train)));
    }

    [Fact]
    public void Spec_WithoutAMass_SaysWhich()
    {
        var spec = new TwoLinkArmSpec { Arm = Arm with { Mass2 = 0 } };
        Assert.Contains(
            "second mass 0", Assert.Throws<SettingException>(() => spec.Create(DataContext.Default())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Spec_OutOfItsRange_NamesTheSetting()
    {
        foreach ((TwoLinkArmSpec spec, string setting, string expected) in new[]
        {
            (new TwoLinkArmSpec
                { Outputs = 3 }, nameof(TwoLinkArmSpec.Outputs), "Found 3 for Outputs of the two-link arm, expected 1 to 2."),
            (new TwoLinkArmSpec { LargestAngle = double.NaN }, nameof(TwoLinkArmSpec.LargestAngle), "Found NaN for LargestAngle"),
            (new TwoLinkArmSpec { TestExamples = 1 }, nameof(TwoLinkArmSpec.TestExamples), "Found 1 for TestExamples"),
        })
        {
            SettingException wrong = Assert.Throws<SettingException>(spec.Validate);
            Assert.Equal([setting], wrong.Settings);
            Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
        }
    }

    private static (double First, double Second) Angles(double t) => (Math.Sin(1.3 * t) + (0.4 * t), 1.7 * Math.Cos(0.9 * t));

    private static (double First, double Second) Rate(Func<double, (double First, double Second)> motion, double t)
    {
        ((double, double) after, (double, double) before) = (motion(t + 1e-4), motion(t - 1e-4));
        return ((after.Item1 - before.Item1) / 2e-4, (after.Item2 - before.Item2) / 2e-4);
    }
}
