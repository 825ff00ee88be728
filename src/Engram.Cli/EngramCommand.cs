using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Runtime.CompilerServices;
using Engram.Cli.Commands;
using Engram.Cli.Commands.Data;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Learning.Outer.Crews;
using Engram.Numerics.Files;
using Engram.Numerics.Kernels;
using Engram.Numerics.Text;

namespace Engram.Cli;

/// <summary>
/// The <c>engram</c> command. A program of your own that registers rules, learners or task families and then calls
/// <see cref="Run(string[])"/> has all of it, with
/// its own entries among the rest.
/// </summary>
public static class EngramCommand
{
    /// <summary>Runs the command line.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static int Run(string[] args) => DescriptorLimit.IsTooLow() ? ExitCodes.WrongInput : RunWithFiles(args);

    // Apart, for what it needs is loaded when it is entered.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int RunWithFiles(string[] args)
    {
        var output = new Output(Console.Out, Console.Error, Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 });
        if (MpiRanks.Launched > 1)
        {
            return RankProcess.Run(args, output, RunStore.Default());
        }

        using IDisposable ending = StopSignal.EndUnlessListening(output);
        return Run(args, output, RunStore.Default());
    }

    /// <summary>Runs the command line with output and runs where it is told.</summary>
    internal static int Run(string[] args, Output output, RunStore store, IRanks? ranks = null)
    {
        // Nothing that is written or read depends on the country, in a program of one's own neither: whatever its threads format is the
        // same everywhere.
        using var culture = new InvariantNumbers();
        try
        {
            // Wrong settings of the environment are told before anything runs on them.
            _ = VectorWidths.Current;
            RootCommand root = Build(output, store, ranks);
            ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (ParseErrors.Describe(parsed) is { } error)
            {
                output.Error(error);
                return ExitCodes.WrongInput;
            }

            return parsed.Invoke(new InvocationConfiguration
            {
                Output = output.Results,
                Error = output.Messages,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (NonFiniteException e)
        {
            output.Error(e.Message);
            return ExitCodes.NonFinite;
        }
        catch (EngramException e)
        {
            output.Error(e.Message);
            return ExitCodes.WrongInput;
        }
        catch (OperationCanceledException e)
        {
            // The framework's own words come from where nothing was begun yet.
            output.Note(
                e.Message == new OperationCanceledException().Message || e is TaskCanceledException ? "Stopped; nothing was written."
                : e.Message);
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.Error($"{AtomicFile.OneLine(Reasons.Of(e))} Check the path, its permissions and the room on the disk.");
            return ExitCodes.WrongInput;
        }
        catch (OutOfMemoryException)
        {
            output.Error(
                "Found too little memory, expected enough for what each thread is at (a lifetime, or a run of a comparison); lower " +
                "--threads, the widths of the network, the batch size or the length of the lifetime.");
            return ExitCodes.WrongInput;
        }
        catch (Exception e)
        {
            string place = e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Engram", StringComparison.Ordinal))?.Trim()
                ?? "no place known";
            output.Error(
                $"A fault of Engram {RunEnvironment.InformationalVersion}: {e.GetType().Name}: {AtomicFile.OneLine(Reasons.Of(e))} " +
                $"({place}). Please report this line and the command that caused it; runs keep their last checkpoint.");
            return ExitCodes.InternalError;
        }
    }

    /// <summary>The commands, for help and tests.</summary>
    internal static RootCommand Build(Output output, RunStore store, IRanks? ranks = null)
    {
        RootCommand? root = null;
        root = new RootCommand("Meta-trains networks that learn during their life by feedback connections and local plasticity.")
        {
            TrainCommand.Create(output, store, ranks),
            EvaluateCommand.Create(output, store),
            AnalyzeCommand.Create(output, store),
            ReportCommand.Create(output, store),
            SweepCommand.Create(output, store),
            CompareCommand.Create(output, store),
            ReproduceCommand.Create(output, store),
            TransplantCommand.Create(output, store),
            RunsCommand.Create(output, store),
#if !NO_STUDIO
            StudioCommand.Create(output, store),
#endif
            DataCommand.Create(output),
            ExportCommand.Create(output, store),
            RecipeCommand.Create(output),
            ListCommand.Create(output),
            GradientCheckCommand.Create(output),
            VerifyCommand.Create(output),
            DemonstrateCommand.Create(output),
            RecoverCommand.Create(output),
            BenchCommand.Create(output),
            ServeCommand.Create(output, store),
            HelpCommand.Create(() => root!),
            CompletionCommand.Create(output),
            CompletionCommand.CreateAnswer(output, store, () => root!),
        };
        root.SetAction(parsed =>
        {
            Help.Print(new HelpAction(), parsed);
            return ExitCodes.Success;
        });
        Help.AddExamples(root);
        return root;
    }

    private sealed class InvariantNumbers : IDisposable
    {
        private readonly (CultureInfo, CultureInfo, CultureInfo?, CultureInfo?) before =
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture, CultureInfo.DefaultThreadCurrentCulture,
                CultureInfo.DefaultThreadCurrentUICulture);

        public InvariantNumbers() =>
            Set((CultureInfo.InvariantCulture, CultureInfo.InvariantCulture, CultureInfo.InvariantCulture, CultureInfo.InvariantCulture));

        public void Dispose() => Set(before);

        private static void Set((CultureInfo, CultureInfo, CultureInfo?, CultureInfo?) to) =>
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture, CultureInfo.DefaultThreadCurrentCulture,
                CultureInfo.DefaultThreadCurrentUICulture) = to;
    }
}
