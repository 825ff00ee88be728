using System.Globalization;
using System.Text;
using Engram.Numerics.Text;

namespace Engram.Cli.Terminal;

/// <summary>Standard output, of text that steers no terminal: where it takes nothing, that is told as such, for no path that the user gave
/// is at fault.</summary>
/// <param name="inner">What it writes to.</param>
internal sealed class ResultWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) =>
        Try(() => inner.Write(char.IsSurrogate(value) ? value.ToString() : CleanText.Lines(value.ToString())));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(Clean(value)));

    /// <inheritdoc/>
    public override void WriteLine() => Try(inner.WriteLine);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(Clean(value)));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private static string? Clean(string? text) => text is null ? null : CleanText.Lines(text);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The second is how a closed one is told.
            string why = e is IOException ? e.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.')
                : "it is closed, or open for reading alone";
            throw new EngramException(
                $"Could not write to standard output: {why}; send it to a terminal, a pipe, or a file on a disk that has room.", e);
        }
    }
}
