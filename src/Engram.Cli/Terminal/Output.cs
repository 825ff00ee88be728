using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Engram.Numerics.Text;
using Spectre.Console;

namespace Engram.Cli.Terminal;

/// <summary>
/// Where a command writes: results to standard output, all else to standard error. All that it writes goes through <see cref="CleanText"/>,
/// wherever it comes from.
/// </summary>
internal sealed class Output
{
    private readonly int? width;
    private readonly bool resultsToTerminal;

    /// <param name="results">Standard output.</param>
    /// <param name="messages">Standard error.</param>
    /// <param name="plain">Whether to leave out colours.</param>
    /// <param name="width">How wide tables may be; the terminal's width where it is left out, and no limit off a terminal.</param>
    public Output(TextWriter results, TextWriter messages, bool plain, int? width = null)
    {
        (Results, Messages, this.width) = (new ResultWriter(results), messages, width);
        resultsToTerminal = ReferenceEquals(results, Console.Out) && !Console.IsOutputRedirected;
        MessagesToTerminal = ReferenceEquals(messages, Console.Error) && !Console.IsErrorRedirected;
        ResultConsole = MakeConsole(results, resultsToTerminal, plain);
        MessageConsole = MakeConsole(messages, MessagesToTerminal, plain);
    }

    /// <summary>How wide results may be, in character cells.</summary>
    public int Width => width ?? (resultsToTerminal ? ResultConsole.Profile.Width : int.MaxValue);

    /// <summary>Standard output, for plain text. Where it takes nothing, that is an <see cref="EngramException"/>.</summary>
    public TextWriter Results { get; }

    /// <summary>Standard error, for plain text.</summary>
    public TextWriter Messages { get; }

    /// <summary>Standard output, for tables.</summary>
    public IAnsiConsole ResultConsole { get; }

    /// <summary>Standard error, for progress.</summary>
    public IAnsiConsole MessageConsole { get; }

    /// <summary>Whether standard error is a terminal that somebody looks at.</summary>
    public bool MessagesToTerminal { get; }

    /// <summary>Writes to standard error. What it does not take, where it is closed, its terminal is gone or its disk is full, is left out:
    /// that must not end what is under way.</summary>
    public static void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is nobody left to tell; the second is how a closed one is told.
        }
    }

    /// <summary>Says what went wrong, in one line.</summary>
    public void Error(string message)
    {
        string line = CleanText.Line($"engram: {message}");
        if (MessagesToTerminal)
        {
            TryWrite(() => MessageConsole.Write(new Text(line + "\n", new Style(Color.Red))));
        }
        else
        {
            // As it is: a console would fold it.
            Note(line);
        }
    }

    /// <summary>Says something that the user should know.</summary>
    public void Note(string message) => TryWrite(() => Messages.WriteLine(CleanText.Line(message)));

    /// <summary>Says something while progress is painted: on a terminal, above it.</summary>
    public void NoteAbove(string message)
    {
        if (MessagesToTerminal)
        {
            TryWrite(() => MessageConsole.Write(new Text(CleanText.Line(message) + "\n")));
        }
        else
        {
            Note(message);
        }
    }

    /// <summary>Writes over the line that the cursor is in.</summary>
    /// <param name="line">The new line; empty to leave none.</param>
    /// <param name="shown">The line that is there.</param>
    /// <returns>What is there now.</returns>
    public string WriteOver(string line, string shown)
    {
        string text = CleanText.Line(line, MessageConsole.Profile.Width);
        string rest = new(' ', Math.Max(0, shown.GetCellWidth() - text.GetCellWidth()));
        TryWrite(() => Messages.Write($"\r{text}{rest}{(text.Length == 0 ? "\r" : string.Empty)}"));
        return text;
    }

    /// <summary>Asks a question on a terminal; off one, where nobody could answer, the answer is yes.</summary>
    /// <returns>Whether the answer is yes, which a plain Enter is too.</returns>
    public bool Confirm(string question)
    {
        if (!MessagesToTerminal || Console.IsInputRedirected)
        {
            return true;
        }

        Messages.Write($"{CleanText.Line(question)} [Y/n] ");
        return Console.ReadLine()?.Trim() is "" or "y" or "Y" or "yes";
    }

    /// <summary>Prints a value as JSON.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">What is in it, of <c>CommandJson.Types</c>.</param>
    public void Json<T>(T value, JsonTypeInfo<T> type) => Results.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Prints a table: rows one below the other where it fits, else each row as a record.</summary>
    /// <param name="headings">Headings of the columns; one that starts with &gt; is aligned to the right.</param>
    /// <param name="rows">The rows, as long as the headings.</param>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new TextTable([.. headings.Select(Cell)], [.. rows.Select(r => (string[])[.. r.Select(Cell)])]);
        Results.WriteLine();
        foreach (TextTable.Line line in table.Lines(Width))
        {
            if (resultsToTerminal && line.IsHeading)
            {
                ResultConsole.Write(new Text(line.Text + "\n", new Style(decoration: Decoration.Bold)));
            }
            else
            {
                Results.WriteLine(line.Text);
            }
        }

        Results.WriteLine();
    }

    /// <summary>Text fit for a cell of a table.</summary>
    public static string Cell(string text) => CleanText.Line(text, CleanText.MostOfCell);

    private static IAnsiConsole MakeConsole(TextWriter writer, bool terminal, bool plain)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = plain || !terminal ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,

            // The default ones overrule all of this where a variable such as GITHUB_ACTIONS is set.
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        if (!terminal)
        {
            // A pipe has no width to fold lines at.
            console.Profile.Width = 1000;
        }

        return console;
    }
}
