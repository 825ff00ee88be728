using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;

namespace Engram.Tasks.Supervised;

/// <summary>Settings of <see cref="TwoLinkDynamics"/>. The arm is about a person's: 2 and 1.5 kg, 0.35 and 0.3 m.</summary>
/// <remarks>Stands in for the robot data of Balduzzi, Vanchinathan and Buhmann 2014, which are not to be had.</remarks>
public sealed record TwoLinkArmSpec : SupervisedProblemSpec
{
    /// <summary>The arm.</summary>
    public TwoLinkArm Arm { get; init; } = new(2, 1.5, 0.35, 0.3, 9.81);

    /// <summary>Torques that are predicted: 1 (shoulder) or 2 (and elbow).</summary>
    [Setting(1, 2, "Torques that are predicted: 1 for the shoulder's, 2 for the elbow's too.", Unit = "torques")]
    public int Outputs { get; init; } = 2;

    /// <summary>Angles are uniform within ± this, rad.</summary>
    [Setting(1e-6, 1e4, "Angles are uniform within ± this.", Unit = "rad")]
    public double LargestAngle { get; init; } = Math.PI;

    /// <summary>Velocities are uniform within ± this, rad/s.</summary>
    [Setting(1e-6, 1e4, "Velocities are uniform within ± this.", Unit = "rad/s")]
    public double LargestVelocity { get; init; } = 4;

    /// <summary>Accelerations are uniform within ± this, rad/s².</summary>
    [Setting(1e-6, 1e4, "Accelerations are uniform within ± this.", Unit = "rad/s²")]
    public double LargestAcceleration { get; init; } = 20;

    /// <summary>Training examples, 2 or more.</summary>
    [Setting(2, 10_000_000, "Training examples.", Unit = "examples")]
    public int TrainExamples { get; init; } = 20_000;

    /// <summary>Validation examples, 2 or more.</summary>
    [Setting(2, 10_000_000, "Validation examples.", Unit = "examples")]
    public int ValidationExamples { get; init; } = 4_000;

    /// <summary>Test examples, 2 or more.</summary>
    [Setting(2, 10_000_000, "Test examples.", Unit = "examples")]
    public int TestExamples { get; init; } = 4_000;

    /// <summary>Seed of the states. One for all runs that are to be compared.</summary>
    [Setting(0, 1e15, "Seed of the states: one for all runs that are to be compared.")]
    public ulong StateSeed { get; init; }

    /// <inheritdoc/>
    public override bool IsClassification => false;

    /// <inheritdoc/>
    public override ExampleShape KnownShape => new(TwoLinkDynamics.Numbers, Outputs);

    /// <inheritdoc/>
    public override ISupervisedProblem Create(DataContext context) => new TwoLinkDynamics(this);

    /// <summary>Checks every setting's range.</summary>
    /// <exception cref="SettingException">One is out of it, or there are more examples than fit into memory.</exception>
    public void Validate()
    {
        SettingAttribute.Check(this, "the two-link arm");
        foreach ((string what, double value, double least) in new[]
        {
            ("first mass", Arm.Mass1, 1e-6), ("second mass", Arm.Mass2, 1e-6), ("first length", Arm.Length1, 1e-6),
                ("second length", Arm.Length2, 1e-6), ("gravity", Arm.Gravity, 0),
        })
        {
            if (!(value >= least && value <= 1e4))
            {
                throw new SettingException(
                    FormattableString.Invariant($"Found {what} {value} of the two-link arm, expected {least} to 10000."), nameof(Arm));
            }
        }

        // States and torques in float64 as they are drawn, and twice in float32 as they are put away.
        double examples = (double)TrainExamples + ValidationExamples + TestExamples;
        MemoryLimit.Expect(
            examples * (TwoLinkDynamics.Numbers + Outputs) * (sizeof(double) + (2 * sizeof(float))),
            FormattableString.Invariant($"{examples:N0} examples of the two-link arm"), "lower their numbers.", nameof(TrainExamples),
            nameof(ValidationExamples), nameof(TestExamples));
    }
}
