using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;

namespace Engram.Learning.Tests.GradientChecks;

/// <summary>Every engine on the lives of the gradient checks.</summary>
public sealed class EngineSuiteTests
{
    // What is planned does not depend on the width of vectors, which the kernels' own tests walk: of an engine that is another one at
    // another width, every so many checks, other ones at each width. Vectors that the processor has not are some ten times as slow.
    private const int EveryOfAWidth = 23;

    // What lives on one tape come to, once for all engines.
    private static readonly Dictionary<string, (double Loss, double[][] Gradient)> Whole = new(StringComparer.Ordinal);

    public static TheoryData<string> Engines => [.. LifetimeEngines.Registry.Names];

    // What passes GradientCheckSuiteTests for one engine passes for every engine that gives the same numbers.
    [Theory]
    [MemberData(nameof(Engines))]
    public void Engine_OnEveryLearnerAndOption_AgreesWithTheWholeLifetimeOnOneTape(string engineName)
    {
        ILifetimeEngineFactory factory = LifetimeEngines.Registry.Get(engineName);
        int every = IsOfAWidth(engineName) ? EveryOfAWidth : 1;
        int first = LifetimeEngines.Registry.Names.ToList().IndexOf(engineName) % every;
        foreach (GradientCheck check in GradientCheckSuiteTests.Checks.Values
            .Where((c, i) => i % every == first && factory.Supports(c.Layout)))
        {
            // Without α, and with weights that change all the time, a longer life overflows: one step says as much.
            int steps = check.Layout.Learner is LocalLearnerSpec { Granularity: Granularity.None } or ParallelLearnerSpec ? 1 : 5;
            using var point = new RandomPoint(check.Layout, 7, steps, 3, 4, 0.03, check.TargetsMissing);
            using var found = new MetaParameters<double>(check.Layout);
            using ILifetimeEngine<double> engine = LifetimeEngines.Create<double>(check.Layout, engineName);
            (double loss, double[][] expected) = OnOneTape(check, point);
            Assert.Equal(loss, engine.Live(point.Parameters, point.Lifetime, found).QueryLoss, 1e-12 * (1 + loss));
            for (int i = 0; i < check.Layout.Parameters.Length; i++)
            {
                double[] e = expected[i];
                double[] f = found[i].ToArray();
                double tolerance = 1e-10 * Math.Max(1e-3, e.Max(Math.Abs));
                for (int k = 0; k < e.Length; k++)
                {
                    Assert.True(
                        Math.Abs(e[k] - f[k]) <= tolerance,
                        $"{check.Name}, {check.Layout.Parameters[i].Name}[{k}]: expected {e[k]:r}, found {f[k]:r}");
                }
            }
        }
    }

    private static (double Loss, double[][] Gradient) OnOneTape(GradientCheck check, RandomPoint point)
    {
        if (!Whole.TryGetValue(check.Name, out (double Loss, double[][] Gradient) result))
        {
            using var gradient = new MetaParameters<double>(check.Layout);
            using var whole = new WholeLifetimeEngine<double>(check.Layout);
            double loss = whole.Live(point.Parameters, point.Lifetime, gradient).QueryLoss;
            result = (loss, [.. Enumerable.Range(0, check.Layout.Parameters.Length).Select(i => gradient[i].ToArray())]);
            Whole.Add(check.Name, result);
        }

        return result;
    }

    private static bool IsOfAWidth(string engine) =>
        LifetimeEngines.Registry.Names.Any(n => engine.StartsWith(n + "-", StringComparison.Ordinal));
}
