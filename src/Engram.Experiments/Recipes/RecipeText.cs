using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Engram.Experiments.Recipes;

/// <summary>Reads a recipe's YAML: maps, lists and plain values, each key once. Anchors, aliases and tags have no place in a
/// recipe.</summary>
internal static class RecipeText
{
    /// <summary>Largest recipe, in bytes.</summary>
    public const int MaximumBytes = 1 << 18;

    private const int MaximumDepth = 8;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(3);

    private static readonly SearchValues<char> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 32).Append(127).Select(c => (char)c).Except(['\t', '\n', '\r'])]);

    /// <summary>Reads a file's text.</summary>
    /// <exception cref="EngramException">It cannot be read, is larger than <see cref="MaximumBytes"/>, or is not text in UTF-8.</exception>
    public static string ReadFile(string path)
    {
        try
        {
            using FileStream stream = Open(path);
            var bytes = new byte[MaximumBytes + 1];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > MaximumBytes)
            {
                throw new EngramException(
                    $"{path}: found more than {MaximumBytes / 1024} KiB, expected a recipe (a page of text); check that this is the " +
                    $"right file.");
            }

            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, count)
                .TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new EngramException(
                $"{path}: found bytes that are not text in UTF-8, expected a recipe in YAML; check that this is the right file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EngramException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); expected a recipe in YAML.", e);
        }
    }

    // Whoever gives a pipe writes to it at once: one that nobody writes to would be waited for without end.
    private static FileStream Open(string path)
    {
        if (FileKinds.Of(path) != FileKind.Pipe)
        {
            return Now();
        }

        Task<FileStream> opened = Task.Factory.StartNew(
            Now, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return ((IAsyncResult)opened).AsyncWaitHandle.WaitOne(LongestWait)
            ? opened.GetAwaiter().GetResult()
            : throw new EngramException(
                $"Found a pipe at '{path}' that nobody writes to, expected a recipe in YAML; name a file, or write to the pipe first.");

        FileStream Now() => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Takes a recipe's text apart.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">What messages call it: a file's path.</param>
    /// <exception cref="EngramException">It is not YAML, not a map, or uses what recipes leave out.</exception>
    public static RecipeMap Parse(string text, string source)
    {
        int control = text.AsSpan().IndexOfAny(Controls);
        if (control >= 0)
        {
            throw At(source, 1 + text.AsSpan(0, control).Count('\n'),
                FormattableString.Invariant(
                $"found the control character U+{(int)text[control]:X4}, expected a recipe in YAML; check that this is the right file."));
        }

        var scanner = new Scanner(new StringReader(text));
        var parser = new Parser(scanner);
        try
        {
            parser.Consume<StreamStart>();
            if (parser.Accept<StreamEnd>(out _))
            {
                throw new EngramException(
                    $"{source}:1: found an empty file, expected a recipe; 'engram recipe show quick-start/flp' prints one to start from.");
            }

            parser.Consume<DocumentStart>();
            RecipeNode root = Read(parser, source, depth: 0);
            if (root is not RecipeMap map)
            {
                string found = root is RecipeScalar { Text.Length: 0 } ? "an empty file" : root.Describe();
                throw At(source, root.Line,
                    $"found {found}, expected a recipe: sections such as 'task:' and 'network:', each with keys below it.");
            }

            parser.Consume<DocumentEnd>();
            if (!parser.Accept<StreamEnd>(out _))
            {
                throw At(source, Line(parser.Current!), "found a second document ('---'), expected one recipe in a file.");
            }

            return map;
        }
        catch (YamlException e)
        {
            string reason = e.Message[(e.Message.IndexOf("): ", StringComparison.Ordinal) is >= 0 and var i ? i + 3 : 0)..]
                .ReplaceLineEndings(" ").TrimEnd('.');

            // A tab that indents stands where the scanner stopped: the exception has no place, or that of the value before.
            long line = reason.Contains(" tab ", StringComparison.Ordinal) ? scanner.CurrentPosition.Line : e.Start.Line;
            throw new EngramException($"{source}:{Math.Max(1, line)}: found text that is not YAML ({reason}), expected a recipe.", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException)
        {
            // The parser gives up so on some text that is not YAML, without saying where.
            throw new EngramException(
                $"{source}:{(parser.Current is { } last ? Line(last) : 1)}: found text that is not YAML here or below, expected a recipe.",
                e);
        }
    }

    /// <summary>A message with its place.</summary>
    public static EngramException At(string source, int line, string message) =>
        new(line > 0 ? $"{source}:{line}: {message}" : $"{source}: {message}");

    private static RecipeNode Read(Parser parser, string source, int depth)
    {
        ParsingEvent current = parser.Current ?? throw new EngramException($"{source}: found the end of the file, expected a value.");
        if (depth > MaximumDepth)
        {
            throw At(source, Line(current), $"found values nested deeper than {MaximumDepth}, expected sections of keys.");
        }

        if (current is AnchorAlias alias)
        {
            throw At(source, Line(current),
                $"found the alias {RecipeNode.Quote("*" + alias.Value)}, expected its value written out; recipes share settings with " +
                $"'extends'.");
        }

        if (current is NodeEvent node && (!node.Anchor.IsEmpty || !node.Tag.IsEmpty))
        {
            throw At(source, Line(current),
                $"found {(node.Anchor.IsEmpty ? "a tag ('!')" : $"the anchor {RecipeNode.Quote("&" + node.Anchor.Value)}")}, expected a " +
                $"plain value; recipes share settings with 'extends'.");
        }

        (int line, int column) = (Line(current), (int)current.Start.Column);
        parser.MoveNext();
        switch (current)
        {
            case Scalar scalar:
                return new RecipeScalar(scalar.Value, scalar.Style != ScalarStyle.Plain, line, column);
            case SequenceStart:
                var items = ImmutableArray.CreateBuilder<RecipeNode>();
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    items.Add(Read(parser, source, depth + 1));
                }

                return new RecipeList(items.ToImmutable(), line, column);
            case MappingStart:
                var entries = ImmutableArray.CreateBuilder<RecipeEntry>();
                var lines = new Dictionary<string, int>(StringComparer.Ordinal);
                while (!parser.TryConsume<MappingEnd>(out _))
                {
                    if (Read(parser, source, depth + 1) is not RecipeScalar key)
                    {
                        throw At(source, line, "found a list or a section as a key, expected a name.");
                    }

                    if (!lines.TryAdd(key.Text, key.Line))
                    {
                        throw At(source, key.Line,
                            $"found the key {RecipeNode.Quote(key.Text)} a second time (first in line {lines[key.Text]}), expected each " +
                            $"key once; remove one of the two.");
                    }

                    entries.Add(new RecipeEntry(key.Text, key.Line, key.Column, Read(parser, source, depth + 1)));
                }

                return new RecipeMap(entries.ToImmutable(), line, column);
            default:
                throw At(source, line, "found YAML that recipes do not use, expected keys with values.");
        }
    }

    private static int Line(ParsingEvent e) => (int)e.Start.Line;
}
