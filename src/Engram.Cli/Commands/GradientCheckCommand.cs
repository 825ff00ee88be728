using System.CommandLine;
using System.Globalization;
using Engram.Cli.Terminal;
using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

namespace Engram.Cli.Commands;

/// <summary><c>engram gradcheck</c>: compares meta-gradients with central differences.</summary>
internal static class GradientCheckCommand
{
    internal sealed record Row(string Name, bool Passed, double LargestRelativeError, string WorstElement);

    public static Command Create(Output output)
    {
        var name = new Argument<string?>("name")
        {
            Description = "A rule, a learner, or any part of a check's name. Default: all checks.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var all = new Option<bool>("--all") { Description = "Print a line for every check, not for every group of them." };
        Option<string?> engine = Arguments.Engine();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command(
            "gradcheck", "Compares meta-gradients of rules and learners with central differences, in float64.") { name, all, engine, json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<GradientCheck> checks = Runnable(Select(parsed.GetValue(name)), parsed.GetValue(engine), output);
            var rows = new Row[checks.Count];
            Parallel.For(
                0, checks.Count, i =>
                rows[i] = Check(checks[i], layout => LifetimeEngines.Create<double>(layout, parsed.GetValue(engine))));
            if (parsed.GetValue(json))
            {
                output.Json(rows, CommandJson.Types.RowArray);
            }
            else
            {
                Print(output, rows, parsed.GetValue(all));
            }

            return rows.All(r => r.Passed) ? ExitCodes.Success : ExitCodes.CheckFailed;
        });
        return command;
    }

    private static IReadOnlyList<GradientCheck> Select(string? name)
    {
        if (name is null)
        {
            return GradientCheckSuite.All();
        }

        GradientCheck[] found = [.. GradientCheckSuite.All().Where(c => c.Name.Contains(name, StringComparison.OrdinalIgnoreCase))];

        // Where nothing has that part, the suite's own error names the nearest.
        return found.Length > 0 ? found : GradientCheckSuite.Matching(name);
    }

    // The checks whose learners the engine runs.
    private static IReadOnlyList<GradientCheck> Runnable(IReadOnlyList<GradientCheck> checks, string? engine, Output output)
    {
        if (engine is null)
        {
            return checks;
        }

        ILifetimeEngineFactory factory = LifetimeEngines.Registry.Get(engine);
        GradientCheck[] found = [.. checks.Where(c => Runs(factory, c))];
        if (found.Length == 0)
        {
            throw new EngramException(
                $"Found no check of a learner that the engine '{engine}' runs among {checks.Count}, expected at least one; 'engram list " +
                $"engines' says what each runs.");
        }

        if (found.Length < checks.Count)
        {
            output.Note(
                $"{checks.Count - found.Length} of {checks.Count} checks are left out: the engine '{engine}' does not run their learners.");
        }

        return found;
    }

    // A check whose options do not fit its network stays, and fails with its reason.
    private static bool Runs(ILifetimeEngineFactory factory, GradientCheck check)
    {
        try
        {
            return factory.Supports(check.Layout);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return true;
        }
    }

    /// <summary>Runs a check; whatever is thrown in it is its outcome.</summary>
    internal static Row Check(GradientCheck check, Func<ParameterLayout, ILifetimeEngine<double>> makeEngine)
    {
        try
        {
            GradientCheckReport report = check.Run(makeEngine);
            string worst = report.Kinks > 0 ? $"{report.Kinks} elements beside a kink" : report.Worst.ToString();
            return new Row(check.Name, report.Passed, report.Worst.RelativeError, worst);
        }
        catch (NonFiniteException e)
        {
            return new Row(check.Name, Passed: false, double.PositiveInfinity, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A rule, pathway or learner of the user's own runs here, and may throw anything.
            return new Row(
                check.Name, Passed: false, double.PositiveInfinity,
                $"threw {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ").Trim()}");
        }
    }

    private static void Print(Output output, Row[] rows, bool all)
    {
        if (all)
        {
            output.Table(
                ["Check", ">Largest error", "Outcome"],
                rows.Select(r => (string[])[r.Name, Error(r.LargestRelativeError), Outcome(r.Passed)]));
        }
        else
        {
            output.Table(
                ["Checks", ">Number", ">Largest error", "Outcome"],
                rows.GroupBy(r => string.Join('/', r.Name.Split('/').Take(3)), StringComparer.Ordinal)
                    .Select(
                        g =>
                        (string[])[g.Key, g.Count().ToString(CultureInfo.InvariantCulture), Error(g.Max(r => r.LargestRelativeError)),
                        Outcome(g.All(r => r.Passed))]));
        }

        foreach (Row row in rows.Where(r => !r.Passed))
        {
            output.Results.WriteLine($"failed: {row.Name}: {row.WorstElement}");
        }

        output.Results.WriteLine(
            string.Create(CultureInfo.InvariantCulture,
            $"{rows.Count(r => r.Passed)} passed, {rows.Count(r => !r.Passed)} failed; an error of {GradientCheck.Tolerance:0e0} of a " +
            $"tensor's largest derivative passes."));
    }

    private static string Outcome(bool passed) => passed ? "passed" : "FAILED";

    private static string Error(double error) => error.ToString("0.0e0", CultureInfo.InvariantCulture);
}
