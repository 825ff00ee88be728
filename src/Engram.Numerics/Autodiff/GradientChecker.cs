using Engram.Numerics.Memory;

namespace Engram.Numerics.Autodiff;

/// <summary>A tensor whose gradient is to be checked.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Values">Where the function reads it; changed and put back.</param>
/// <param name="Gradient">The gradient in question.</param>
public readonly record struct CheckedTensor(string Name, Tensor<double> Values, Tensor<double> Gradient);

/// <summary>One element's derivative, twice.</summary>
/// <param name="Tensor">Name of the tensor.</param>
/// <param name="Row">Row of the element.</param>
/// <param name="Column">Column of the element.</param>
/// <param name="Analytic">The gradient in question.</param>
/// <param name="Numeric">Its estimate by central differences.</param>
/// <param name="RelativeError">|analytic − numeric| / max(floor, largest |numeric| of the tensor).</param>
public readonly record struct CheckedElement(string Tensor, int Row, int Column, double Analytic, double Numeric, double RelativeError)
{
    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Tensor}[{Row}, {Column}]: analytic {Analytic:g9}, numeric {Numeric:g9}, relative error {RelativeError:e1}");
}

/// <summary>How a gradient compares with central differences.</summary>
/// <param name="Tolerance">Largest relative error that passes.</param>
/// <param name="Elements">How many elements were compared.</param>
/// <param name="Worst">The element with the largest relative error.</param>
/// <param name="Kinks">Elements along which the function has a kink so near that no step was small enough; their numeric derivative means
/// nothing.</param>
/// <param name="Flat">Tensors that the function does not depend on, by central differences.</param>
public sealed record GradientCheckReport(double Tolerance, long Elements, CheckedElement Worst, long Kinks, IReadOnlyList<string> Flat)
{
    /// <summary>Whether every element agrees (a NaN does not) and none has a kink.</summary>
    public bool Passed => Kinks == 0 && Worst.RelativeError <= Tolerance;
}

/// <summary>Compares gradients with central differences, in float64.</summary>
/// <remarks>
/// Equation: D(h) = (f(x + h) − f(x − h)) / 2h, extrapolated: (4 D(h/2) − D(h)) / 3, whose error is O(h⁴).
/// A kink is told by second differences S(h) = f(x + h) − 2 f(x) + f(x − h): where f is smooth S(h) = 4 S(h/2) + O(h⁴), at a kink S(h) ≈ 2
/// S(h/2).
/// Then h is divided by 8, up to three times, until no kink shows. The choice looks at the function alone, never at the gradient in
/// question.
/// </remarks>
public static class GradientChecker
{
    private const double FirstStep = 1e-3;
    private const int Attempts = 4;

    /// <summary>Checks gradients.</summary>
    /// <param name="function">The function, which reads the tensors' values.</param>
    /// <param name="tensors">What it depends on, and the gradients in question.</param>
    /// <param name="tolerance">Largest relative error that passes.</param>
    /// <param name="floor">Least scale that errors are relative to: a tensor whose gradient is smaller is compared in absolute
    /// terms.</param>
    public static GradientCheckReport Check(
        Func<double> function, IEnumerable<CheckedTensor> tensors, double tolerance = 1e-6, double floor = 1e-8) =>
        Check(function, tensors, long.MaxValue, int.MaxValue, tolerance, floor);

    /// <summary>The same, given up after the tensor at which there are more kinks or more flat tensors than are of use.</summary>
    /// <param name="function">The function, which reads the tensors' values.</param>
    /// <param name="tensors">What it depends on, and the gradients in question.</param>
    /// <param name="mostKinks">Elements with a kink that are of use.</param>
    /// <param name="mostFlat">Tensors without an effect that are of use.</param>
    /// <param name="tolerance">Largest relative error that passes.</param>
    /// <param name="floor">Least scale that errors are relative to.</param>
    /// <returns>The report; of what was given up, a part that has more of the two than was asked for.</returns>
    internal static GradientCheckReport Check(
        Func<double> function, IEnumerable<CheckedTensor> tensors, long mostKinks, int mostFlat, double tolerance = 1e-6,
        double floor = 1e-8)
    {
        double center = function();
        long elements = 0;
        long kinks = 0;
        CheckedElement worst = default;
        var flat = new List<string>();
        foreach (CheckedTensor tensor in tensors)
        {
            (double[] numeric, double scale, int tensorKinks) = Differentiate(function, tensor.Values, center, tolerance, floor);
            kinks += tensorKinks;
            if (scale <= floor)
            {
                flat.Add(tensor.Name);
            }

            if (kinks > mostKinks || flat.Count > mostFlat)
            {
                return new GradientCheckReport(tolerance, elements, worst, kinks, flat);
            }

            for (int i = 0; i < numeric.Length; i++)
            {
                (int row, int column) = (i / tensor.Values.Columns, i % tensor.Values.Columns);
                double analytic = tensor.Gradient[row, column];
                double error = Math.Abs(analytic - numeric[i]) / Math.Max(floor, scale);
                if (elements++ == 0 || double.IsNaN(error) || error > worst.RelativeError)
                {
                    worst = new CheckedElement(tensor.Name, row, column, analytic, numeric[i], error);
                }

                if (double.IsNaN(error))
                {
                    return new GradientCheckReport(tolerance, elements, worst, kinks, flat);
                }
            }
        }

        return new GradientCheckReport(tolerance, elements, worst, kinks, flat);
    }

    // All derivatives of one tensor, the largest of them, and along how many elements there is a kink at every step tried.
    private static (double[] Derivatives, double Scale, int Kinks) Differentiate(
        Func<double> function, Tensor<double> values, double center, double tolerance, double floor)
    {
        var derivatives = new double[values.Count];
        var kinks = new double[values.Count];
        double scale = 0;
        double step = FirstStep;
        for (int attempt = 0; attempt < Attempts; attempt++, step /= 8)
        {
            bool again = false;
            for (int i = 0; i < derivatives.Length; i++)
            {
                if (attempt == 0 || kinks[i] > Allowed(scale))
                {
                    (derivatives[i], kinks[i]) = Differentiate(function, ref values[i / values.Columns, i % values.Columns], center, step);
                    again = true;
                }
            }

            scale = derivatives.Length == 0 ? 0 : derivatives.Max(Math.Abs);
            if (!again)
            {
                break;
            }
        }

        return (derivatives, scale, kinks.Count(k => k > Allowed(scale)));

        double Allowed(double of) => tolerance * Math.Max(floor, of);
    }

    private static (double Derivative, double Kink) Differentiate(Func<double> function, ref double value, double center, double step)
    {
        double original = value;
        double At(ref double place, double offset)
        {
            place = original + offset;
            return function();
        }

        (double up, double down) = (At(ref value, step), At(ref value, -step));
        (double halfUp, double halfDown) = (At(ref value, step / 2), At(ref value, -step / 2));
        value = original;
        double whole = (up - down) / (2 * step);
        double half = (halfUp - halfDown) / step;
        double second = up - (2 * center) + down;
        double halfSecond = halfUp - (2 * center) + halfDown;
        return (((4 * half) - whole) / 3, Math.Abs(second - (4 * halfSecond)) / step);
    }
}
