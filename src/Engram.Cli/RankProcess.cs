using System.Runtime.InteropServices;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Learning.Outer.Crews;
using Engram.Numerics.Text;
using Engram.Tasks.Data;

namespace Engram.Cli;

/// <summary>The command under <c>mpiexec</c>: rank 0 is the command, prints and writes; the others live the lifetimes that it hands
/// out.</summary>
internal static class RankProcess
{
    public static int Run(string[] args, Output output, RunStore store)
    {
        MpiRanks ranks;
        try
        {
            ranks = MpiRanks.Join();
        }
        catch (EngramException e)
        {
            output.Error(e.Message);
            return ExitCodes.WrongInput;
        }

        using (ranks)
        {
            if (ranks.Rank > 0)
            {
                return Serve(ranks, output);
            }

            using IDisposable ending = StopSignal.EndUnlessListening(output);
            int code = EngramCommand.Run(args, output, store, ranks);
            if (code == ExitCodes.InternalError)
            {
                // Where the others stand is not known any more.
                ranks.Abort(code);
            }

            RankWorker.Quit(ranks);
            return code;
        }
    }

    private static int Serve(MpiRanks ranks, Output output)
    {
        // A launcher hands Ctrl-C to all; rank 0 ends the training with a checkpoint, and then the others.
        PosixSignalRegistration[] signals =
        [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(
                s => PosixSignalRegistration.Create(s, c => c.Cancel = true)),
        ];
        try
        {
            RankWorker.Serve(ranks, (training, threads) => RankTrainings.Prepare(
                training, new TrainingOptions { Threads = threads, Data = DataContext.Default() }));
            return ExitCodes.Success;
        }
        catch (Exception e)
        {
            output.Error($"Rank {ranks.Rank}: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            ranks.Abort(ExitCodes.InternalError);
            return ExitCodes.InternalError;
        }
        finally
        {
            foreach (PosixSignalRegistration signal in signals)
            {
                signal.Dispose();
            }
        }
    }
}
