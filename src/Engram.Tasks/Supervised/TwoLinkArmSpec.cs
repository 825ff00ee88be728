using Engram.Numerics;

namespace Engram.Tasks;

/// <summary>Settings of <see cref="TwoLinkDynamics"/>. The arm is about a person's: 2 and 1.5 kg, 0.35 and 0.3 m.</summary>
/// <remarks>Stands in for the robot data of Balduzzi, Vanchinathan and Buhmann 2014, which are not to be had.</remarks>
public sealed record TwoLinkArmSpec : SupervisedProblemSpec
{
    /// <summary>The arm.</summary>
    public TwoLinkArm Arm { get; init; } = new(2, 1.5, 0.35, 0.3, 9.81);

    /// <summary>Torques that are predicted: 1 (shoulder) or 2 (and elbow).</summary>
    public int Outputs { get; init; } = 2;

    /// <summary>Angles are uniform within ± this, rad.</summary>
    public double LargestAngle { get; init; } = Math.PI;

    /// <summary>Velocities are uniform within ± this, rad/s.</summary>
    public double LargestVelocity { get; init; } = 4;

    /// <summary>Accelerations are uniform within ± this, rad/s².</summary>
    public double LargestAcceleration { get; init; } = 20;

    /// <summary>Training examples, 2 or more.</summary>
    public int TrainExamples { get; init; } = 20_000;

    /// <summary>Validation examples, 2 or more.</summary>
    public int ValidationExamples { get; init; } = 4_000;

    /// <summary>Test examples, 2 or more.</summary>
    public int TestExamples { get; init; } = 4_000;

    /// <summary>Seed of the states. One for all runs that are to be compared.</summary>
    public ulong StateSeed { get; init; }

    /// <inheritdoc/>
    public override bool IsClassification => false;

    /// <inheritdoc/>
    public override ISupervisedProblem Create(DataContext context) => new TwoLinkDynamics(this);

    /// <summary>Checks every setting's range.</summary>
    /// <exception cref="EngramException">One is out of it.</exception>
    public void Validate()
    {
        foreach ((string what, double value) in new[]
        {
            ("first mass", Arm.Mass1), ("second mass", Arm.Mass2), ("first length", Arm.Length1), ("second length", Arm.Length2), ("largest angle", LargestAngle),
            ("largest velocity", LargestVelocity), ("largest acceleration", LargestAcceleration),
        })
        {
            Expect(what, value, 1e-6, 1e4);
        }

        Expect("gravity", Arm.Gravity, 0, 1e4);
        Expect("outputs", Outputs, 1, 2);
        Expect("training examples", TrainExamples, 2, 10_000_000);
        Expect("validation examples", ValidationExamples, 2, 10_000_000);
        Expect("test examples", TestExamples, 2, 10_000_000);
    }

    private static void Expect(string what, double found, double least, double most)
    {
        if (!(found >= least && found <= most))
        {
            throw new EngramException($"Found {what} {found} of the two-link arm, expected {least} to {most}.");
        }
    }
}
