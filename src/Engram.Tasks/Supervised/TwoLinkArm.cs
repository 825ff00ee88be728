using Engram.Numerics.RandomNumbers;

namespace Engram.Tasks.Supervised;

/// <summary>A planar arm of two rigid links in a vertical plane, hanging from a fixed shoulder: its inverse dynamics.</summary>
/// <remarks>
/// <para>q₁ is the angle of the upper link from the horizontal, q₂ that of the lower link from the upper one; τ the torques at shoulder and
/// elbow:
/// M(q) q̈ + C(q, q̇) q̇ + g(q) = τ, with c₂ = cos q₂, r the distance of a link's centre of mass from its joint, I its inertia about that
/// centre,
/// h = m₂ l₁ r₂ sin q₂:</para>
/// <para>M₁₁ = I₁ + I₂ + m₁ r₁² + m₂ (l₁² + r₂² + 2 l₁ r₂ c₂), M₁₂ = M₂₁ = I₂ + m₂ (r₂² + l₁ r₂ c₂), M₂₂ = I₂ + m₂ r₂²;</para>
/// <para>C q̇ = (−h (2 q̇₁ q̇₂ + q̇₂²), h q̇₁²); g = ((m₁ r₁ + m₂ l₁) G cos q₁ + m₂ r₂ G cos(q₁ + q₂), m₂ r₂ G cos(q₁ + q₂)).</para>
/// <para>No friction. Links are uniform rods: r = l/2, I = m l²/12. Source: Spong, Hutchinson and Vidyasagar 2006, "Robot Modeling and
/// Control", section 7.4.</para>
/// </remarks>
/// <param name="Mass1">m₁, kg.</param>
/// <param name="Mass2">m₂, kg.</param>
/// <param name="Length1">l₁, m.</param>
/// <param name="Length2">l₂, m.</param>
/// <param name="Gravity">G, m/s².</param>
public readonly record struct TwoLinkArm(double Mass1, double Mass2, double Length1, double Length2, double Gravity)
{
    private double Centre2 => Length2 / 2;

    private double Inertia1 => (Mass1 * Length1 * Length1 / 12) + (Mass1 * Length1 * Length1 / 4);

    private double Inertia2 => (Mass2 * Length2 * Length2 / 12) + (Mass2 * Centre2 * Centre2);

    /// <summary>τ, N m, that gives accelerations q̈ (rad/s²) at angles q (rad) and velocities q̇ (rad/s).</summary>
    public (double Shoulder, double Elbow) Torques(
        (double First, double Second) q, (double First, double Second) velocity, (double First, double Second) acceleration)
    {
        (double m11, double m12, double m22) = Inertia(q.Second);
        double h = Mass2 * Length1 * Centre2 * DeterministicMath.Sin(q.Second);
        (double upper, double lower) = (DeterministicMath.Cos(q.First), DeterministicMath.Cos(q.First + q.Second));
        double elbowWeight = Mass2 * Centre2 * Gravity * lower;
        return (
            (m11 * acceleration.First)
                + (m12 * acceleration.Second) - (h * ((2 * velocity.First * velocity.Second) + (velocity.Second * velocity.Second)))
                + (((Mass1 * Length1 / 2) + (Mass2 * Length1)) * Gravity * upper) + elbowWeight,
            (m12 * acceleration.First) + (m22 * acceleration.Second) + (h * velocity.First * velocity.First) + elbowWeight);
    }

    /// <summary>½ q̇ᵀ M q̇ + G Σ m × height, J.</summary>
    public double Energy((double First, double Second) q, (double First, double Second) velocity)
    {
        (double m11, double m12, double m22) = Inertia(q.Second);
        double kinetic = 0.5 * ((m11 * velocity.First * velocity.First) + (2 * m12 * velocity.First * velocity.Second)
            + (m22 * velocity.Second * velocity.Second));
        (double upper, double lower) = (DeterministicMath.Sin(q.First), DeterministicMath.Sin(q.First + q.Second));
        return kinetic + (Gravity * ((Mass1 * Length1 / 2 * upper) + (Mass2 * ((Length1 * upper) + (Centre2 * lower)))));
    }

    private (double M11, double M12, double M22) Inertia(double elbow)
    {
        double coupling = Mass2 * Length1 * Centre2 * DeterministicMath.Cos(elbow);
        return (Inertia1 + Inertia2 + (Mass2 * Length1 * Length1) + (2 * coupling), Inertia2 + coupling, Inertia2);
    }
}
