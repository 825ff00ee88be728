using System.Numerics;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Experiments.Parity;

/// <summary>How a parity case came out on one engine, in one precision.</summary>
/// <param name="Case">Name of the case.</param>
/// <param name="Engine">Name of the engine.</param>
/// <param name="Precision"><c>float64</c> or <c>float32</c>.</param>
/// <param name="LargestError">Largest |found − expected| of any tensor, over the largest |expected| in that tensor.</param>
/// <param name="WorstTensor">Which tensor had it.</param>
/// <param name="Tolerance">Largest error that passes.</param>
public sealed record ParityResult(string Case, string Engine, string Precision, double LargestError, string WorstTensor, double Tolerance)
{
    /// <summary>Whether every tensor agrees; a NaN does not.</summary>
    public bool Passed => LargestError <= Tolerance;
}

/// <summary>Runs parity cases and compares what comes out.</summary>
public static class ParityVerifier
{
    /// <summary>Largest relative error in float64.</summary>
    public const double DoubleTolerance = 1e-9;

    /// <summary>Largest relative error in float32.</summary>
    public const double SingleTolerance = 2e-4;

    /// <summary>Runs a case in float64, then in float32.</summary>
    /// <param name="parityCase">The case.</param>
    /// <param name="engine">Name of the engine; null for the fastest that runs the learner.</param>
    /// <exception cref="EngramException">There is no engine of that name, or it does not run the learner.</exception>
    public static IReadOnlyList<ParityResult> Verify(ParityCase parityCase, string? engine = null) =>
        [Verify<double>(parityCase, engine), Verify<float>(parityCase, engine)];

    /// <summary>Runs a case in one precision; numbers of the file are rounded to it first.</summary>
    /// <typeparam name="T"><see cref="double"/> or <see cref="float"/>.</typeparam>
    /// <param name="parityCase">The case.</param>
    /// <param name="engine">Name of the engine; null for the fastest that runs the learner.</param>
    /// <exception cref="EngramException">There is no engine of that name, or it does not run the learner.</exception>
    public static ParityResult Verify<T>(ParityCase parityCase, string? engine = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (string precision, double tolerance) = typeof(T) == typeof(double) ? ("float64", DoubleTolerance) : ("float32", SingleTolerance);
        string engineName = engine ?? "default";
        var worst = new WorstError();
        try
        {
            Run<T>(parityCase, engine, worst);
        }
        catch (NonFiniteException failure)
        {
            return new ParityResult(parityCase.Name, engineName, precision, double.PositiveInfinity, failure.Quantity, tolerance);
        }

        return new ParityResult(parityCase.Name, engineName, precision, worst.Error, worst.Tensor, tolerance);
    }

    private static void Run<T>(ParityCase parityCase, string? engineName, WorstError worst)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ParameterLayout layout = parityCase.Layout;
        NetworkSpec network = layout.Network;
        using var arena = new Arena();
        using var parameters = new MetaParameters<T>(layout);
        using var gradient = new MetaParameters<T>(layout);
        using ILifetimeEngine<T> engine = LifetimeEngines.Create<T>(layout, engineName);
        foreach ((string name, double[] values) in parityCase.Initial)
        {
            Fill(parameters[name], values);
        }

        int rows = parityCase.Steps * parityCase.Batch;
        Tensor<T> queryInputs = Make<T>(arena, parityCase.Queries, network.Inputs, parityCase.QueryInputs);
        Tensor<T> queryTargets = Make<T>(arena, parityCase.Queries, network.Outputs, parityCase.QueryTargets);
        var lifetime = new Lifetime<T>(
            parityCase.Steps,
            parityCase.Batch,
            Make<T>(arena, rows, network.Inputs, parityCase.StreamInputs),
            Make<T>(arena, rows, network.Outputs, parityCase.StreamTargets),
            queryInputs,
            queryTargets)
        {
            Noise = new GivenNoise(parityCase),
        };
        Lifetime<T> unborn = lifetime with
        {
            InnerSteps = 0,
            StreamInputs = arena.Allocate<T>(0, network.Inputs),
            StreamTargets = arena.Allocate<T>(0, network.Outputs),
        };

        worst.CompareIfThere(parityCase.QueryLossBefore, engine.Live(parameters, unborn).QueryLoss);
        LifetimeOutcome outcome = engine.Live(parameters, lifetime, gradient, new StateComparer<T>(parityCase, worst));
        worst.CompareIfThere(parityCase.QueryLoss, outcome.QueryLoss);
        worst.CompareIfThere(parityCase.QueryAccuracy, outcome.QueryAccuracy);

        CompareGradients(parityCase, gradient, worst);
    }

    // A parameter that the layout lacks takes no part: its gradient is zero. So is, by the format, the gradient of one without an
    // expectation.
    private static void CompareGradients<T>(ParityCase parityCase, MetaParameters<T> gradient, WorstError worst)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach ((string name, Expectation expected) in parityCase.Gradients)
        {
            Tensor<T> found = gradient.Find(name);
            worst.Compare(expected, found.IsEmpty ? new double[expected.Values.Length] : ToDoubles(found));
        }

        foreach (ParameterSpec parameter in gradient.Layout.Parameters.Where(p => !parityCase.Gradients.ContainsKey(p.Name)))
        {
            double[] found = ToDoubles(gradient[parameter.Name]);
            worst.Compare(new Expectation($"expect.grad.{parameter.Name} (not in the file)", new double[found.Length]), found);
        }
    }

    private static Tensor<T> Make<T>(Arena arena, int rows, int columns, double[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Tensor<T> tensor = arena.Allocate<T>(rows, columns);
        Fill(tensor, values);
        return tensor;
    }

    private static void Fill<T>(Tensor<T> tensor, double[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => tensor.CopyFrom([.. values.Select(T.CreateTruncating)]);

    private static double[] ToDoubles<T>(Tensor<T> tensor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => [.. tensor.ToArray().Select(double.CreateTruncating)];

    /// <summary>The largest error so far.</summary>
    private sealed class WorstError
    {
        public double Error { get; private set; }

        public string Tensor { get; private set; } = "";

        public void CompareIfThere(Expectation? expected, double found)
        {
            if (expected is not null)
            {
                Compare(expected, found);
            }
        }

        public void Compare(Expectation expected, params double[] found)
        {
            double scale = expected.Values.Length == 0 ? 0 : expected.Values.Max(Math.Abs);
            for (int i = 0; i < found.Length; i++)
            {
                double error = Math.Abs(found[i] - expected.Values[i]) / (scale > 0 ? scale : 1);
                if (Tensor.Length == 0 || !(error <= Error))
                {
                    (Error, Tensor) = (double.IsNaN(error) ? double.PositiveInfinity : error, expected.Name);
                }
            }
        }
    }

    /// <summary>Compares what changes in life after each inner step.</summary>
    private sealed class StateComparer<T>(ParityCase parityCase, WorstError worst) : ILifetimeObserver<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ILookup<int, ExpectedState> byStep = parityCase.States.ToLookup(s => s.InnerStep);
        public void OnState(int innerStep, LifeTensors<T> state)
        {
            foreach (ExpectedState expected in byStep[innerStep])
            {
                worst.Compare(expected.Expectation, ToDoubles(state[expected.Name]));
            }
        }
    }

    /// <summary>The noise that a case has for a life's birth.</summary>
    private sealed class GivenNoise(ParityCase parityCase) : ILifeNoise
    {
        public void Fill<TNoise>(string name, Tensor<TNoise> values)
            where TNoise : unmanaged, IBinaryFloatingPointIeee754<TNoise> =>
                ParityVerifier.Fill(values, parityCase.NoiseOf(name, values.Rows * values.Columns));
    }
}
