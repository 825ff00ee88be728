using System.Globalization;
using Engram.Tasks.Data;

namespace Engram.Cli.Terminal;

/// <summary>Shows how reading and fetching data sets come on: one line that is written over on a terminal, nothing elsewhere.</summary>
internal sealed class DataView
{
    private readonly Output output;
    private string shown = string.Empty;

    private DataView(Output output) => this.output = output;

    /// <summary>The user's data folder, with notes and progress on standard error.</summary>
    public static DataContext Context(Output output, bool quiet = false, CancellationToken stop = default)
    {
        var view = new DataView(output);
        return DataContext.Default() with
        {
            Note = view.Note,
            Progress = output.MessagesToTerminal && !quiet ? view.Show : null,
            Stop = stop,
        };
    }

    private void Note(string message)
    {
        Show(string.Empty);
        output.Note(message);
    }

    private void Show(DataProgress progress)
    {
        string done = progress.Unit == "bytes"
            ? $"{Megabytes(progress.Done)}{(progress.Expected is { } all ? $" of {Megabytes(all)}" : string.Empty)} MB"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.Done:N0}{(progress.Expected is null ? string.Empty : " of ")}{progress.Expected:N0} {progress.Unit}");
        Show(progress.Done == progress.Expected ? string.Empty : $"{progress.Activity}: {done}");
    }

    private void Show(string line)
    {
        if (shown.Length > 0 || line.Length > 0)
        {
            shown = output.WriteOver(line, shown);
        }
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
}
