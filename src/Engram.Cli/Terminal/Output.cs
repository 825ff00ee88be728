using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Engram.Cli.Terminal;

/// <summary>Where a command writes: results to standard output, all else to standard error.</summary>
internal sealed class Output
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly bool resultsToTerminal;

    /// <param name="results">Standard output.</param>
    /// <param name="messages">Standard error.</param>
    /// <param name="plain">Whether to leave out colours.</param>
    public Output(TextWriter results, TextWriter messages, bool plain)
    {
        (Results, Messages) = (new ResultWriter(results), messages);
        resultsToTerminal = ReferenceEquals(results, Console.Out) && !Console.IsOutputRedirected;
        MessagesToTerminal = ReferenceEquals(messages, Console.Error) && !Console.IsErrorRedirected;
        ResultConsole = MakeConsole(results, resultsToTerminal, plain);
        MessageConsole = MakeConsole(messages, MessagesToTerminal, plain);
    }

    /// <summary>Standard output, for plain text. Where it takes nothing, that is an <see cref="Engram.Numerics.Text.EngramException"/>.</summary>
    public TextWriter Results { get; }

    /// <summary>Standard error, for plain text.</summary>
    public TextWriter Messages { get; }

    /// <summary>Standard output, for tables.</summary>
    public IAnsiConsole ResultConsole { get; }

    /// <summary>Standard error, for progress.</summary>
    public IAnsiConsole MessageConsole { get; }

    /// <summary>Whether standard error is a terminal that somebody looks at.</summary>
    public bool MessagesToTerminal { get; }

    /// <summary>Writes to standard error. What it does not take, where it is closed, its terminal is gone or its disk is full, is left out: that must not end what is under way.</summary>
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
        string line = $"engram: {message}";
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
    public void Note(string message) => TryWrite(() => Messages.WriteLine(message));

    /// <summary>Asks a question on a terminal; off one, where nobody could answer, the answer is yes.</summary>
    /// <returns>Whether the answer is yes, which a plain Enter is too.</returns>
    public bool Confirm(string question)
    {
        if (!MessagesToTerminal || Console.IsInputRedirected)
        {
            return true;
        }

        Messages.Write($"{question} [Y/n] ");
        return Console.ReadLine()?.Trim() is "" or "y" or "Y" or "yes";
    }

    /// <summary>Prints a value as JSON.</summary>
    public void Json<T>(T value) => Results.WriteLine(JsonSerializer.Serialize(value, Readable));

    /// <summary>Prints a table.</summary>
    /// <param name="headings">Headings of the columns; one that starts with &gt; is aligned to the right.</param>
    /// <param name="rows">The rows, as long as the headings.</param>
    public void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = false };
        foreach (string heading in headings)
        {
            bool right = heading.StartsWith('>');
            table.AddColumn(new TableColumn(new Text(heading.TrimStart('>'), new Style(decoration: Decoration.Bold))) { Alignment = right ? Justify.Right : Justify.Left, NoWrap = right });
        }

        foreach (IReadOnlyList<string> row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        if (resultsToTerminal)
        {
            ResultConsole.Write(table);
            return;
        }

        // Aligned as on a terminal, without the spaces that fill its lines up.
        using var text = new StringWriter();
        MakeConsole(text, terminal: false, plain: true).Write(table);
        foreach (string line in text.ToString().TrimEnd().Split('\n'))
        {
            Results.WriteLine(line.TrimEnd());
        }

        Results.WriteLine();
    }

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
