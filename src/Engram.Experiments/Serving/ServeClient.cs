using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Experiments.Training;
using Engram.Numerics.Text;

namespace Engram.Experiments.Serving;

/// <summary>One client: its requests, and what is told it.</summary>
internal sealed class ServeClient : IDisposable
{
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(200);
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private readonly Stream input;
    private readonly Stream output;
    private readonly RunStore store;
    private readonly Lock gate = new();
    private readonly Dictionary<string, CancellationTokenSource> open = new(StringComparer.Ordinal);
    private readonly BlockingCollection<Request> waiting = new(ServeProtocol.MostWaiting);
    private readonly CancellationTokenSource ended = new();
    private bool greeted;
    private bool gone;

    public ServeClient(Stream input, Stream output, RunStore store) => (this.input, this.output, this.store) = (input, output, store);

    /// <summary>Answers until the input ends, or <paramref name="stop"/> does it.</summary>
    public void Run(CancellationToken stop)
    {
        using var over = new ManualResetEventSlim();
        var worker = new Thread(Work) { Name = "requests", IsBackground = true };

        // On a thread of its own: a read of a pipe cannot be ended by anything but its other end.
        var reader = new Thread(() => ReadAll(over, stop)) { Name = "lines", IsBackground = true };
        worker.Start();
        reader.Start();
        try
        {
            over.Wait(stop);
        }
        catch (OperationCanceledException)
        {
            // What is under way is stopped below.
        }

        waiting.CompleteAdding();
        ended.Cancel();
        worker.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        waiting.Dispose();
        ended.Dispose();
    }

    private void ReadAll(ManualResetEventSlim over, CancellationToken stop)
    {
        try
        {
            Read(stop);
            over.Set();
        }
        catch (ObjectDisposedException)
        {
            // A line came after the session had ended.
        }
    }

    private void Read(CancellationToken stop)
    {
        using var lines = new RequestLines(input);
        while (!stop.IsCancellationRequested && !gone && lines.Next(stop) is { } line)
        {
            if (line.Length == 0)
            {
                continue;
            }

            string id = "null";
            try
            {
                if (line.Length > ServeProtocol.MostLineBytes)
                {
                    throw new ServeProtocolException(
                        $"Found a request of more than {ServeProtocol.MostLineBytes} bytes, expected at most as many; hand over arrays " +
                        $"in files.");
                }

                Request request = Parse(line, ref id);
                Take(request);
            }
            catch (ServeProtocolException e)
            {
                Refuse(id, ServeProtocol.Protocol, e.Message);
            }
            catch (EngramException e)
            {
                Refuse(id, ServeProtocol.WrongInput, e.Message);
            }
        }
    }

    private static Request Parse(byte[] line, ref string id)
    {
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Strict);
            root = document.RootElement.Clone();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ServeProtocolException(
                $"Found a line that is not JSON in UTF-8 (byte {(e as JsonException)?.BytePositionInLine ?? 0}), expected a request " +
                $"such as {{\"id\": 1, \"method\": \"runs\", \"params\": {{}}}}.");
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ServeProtocolException($"Found {root.ValueKind} as a request, expected an object with id, method and params.");
        }

        try
        {
            if (root.TryGetProperty("id", out JsonElement number)
                && ((number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out _))
                || number is { ValueKind: JsonValueKind.String } && number.GetString()!.Length <= 100))
            {
                id = number.GetRawText();
            }
            else
            {
                throw new ServeProtocolException(
                    "Found a request without an id, expected a whole number or a text of at most 100 characters; answers carry it.");
            }

            string? other = root.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => n is not ("id" or "method" or "params"));
            if (other is not null)
            {
                throw new ServeProtocolException($"Found {RecipeNode.Quote(other)} in a request, expected id, method and params.");
            }

            if (!root.TryGetProperty("method", out JsonElement method) || method.ValueKind != JsonValueKind.String)
            {
                throw new ServeProtocolException("Found a request without a method, expected its name, such as \"runs\".");
            }

            bool asks = root.TryGetProperty("params", out JsonElement parameters);
            if (asks && parameters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
            {
                throw new ServeProtocolException($"Found {parameters.ValueKind} as the params of a request, expected an object.");
            }

            return new Request(id, method.GetString()!, new ServeParameters(method.GetString()!, asks ? parameters : default));
        }
        catch (InvalidOperationException)
        {
            // Such as an escaped character that is none.
            throw new ServeProtocolException("Found text in a request that is none, expected UTF-8.");
        }
    }

    private void Take(Request request)
    {
        if (request.Method == "hello")
        {
            Greet(request);
            return;
        }

        if (!greeted)
        {
            throw new ServeProtocolException(
                $"Found {RecipeNode.Quote(request.Method)} before 'hello', expected {{\"id\": 0, \"method\": \"hello\", \"params\": " +
                $"{{\"protocol\": {ServeProtocol.Version}}}}} first: it says which version of the protocol the client speaks.");
        }

        if (request.Method == "cancel")
        {
            Cancel(request);
            return;
        }

        if (!ServeWork.Methods.ContainsKey(request.Method))
        {
            string[] methods = MethodNames();
            throw new ServeProtocolException(
                $"Found the method {RecipeNode.Quote(request.Method)}, expected one of {string.Join(", ", methods)}; " +
                $"{NearestName.Hint(request.Method, methods)}");
        }

        lock (gate)
        {
            if (!open.TryAdd(request.Id, CancellationTokenSource.CreateLinkedTokenSource(ended.Token)))
            {
                throw new ServeProtocolException(
                    $"Found the id {request.Id} of a request that is not answered yet, expected another one; count up.");
            }
        }

        bool taken;
        try
        {
            taken = waiting.TryAdd(request);
        }
        catch (InvalidOperationException)
        {
            // The session has ended meanwhile.
            return;
        }

        if (!taken)
        {
            Close(request.Id);
            throw new ServeProtocolException(
                $"Found more than {ServeProtocol.MostWaiting} requests that wait, expected fewer; wait for answers.");
        }
    }

    private static string[] MethodNames() => ["hello", "cancel", .. ServeWork.Methods.Keys];

    private void Greet(Request request)
    {
        long? protocol = request.Parameters.WholeOrNone("protocol", 0, int.MaxValue);
        request.Parameters.TextOrNone("client");
        request.Parameters.ExpectNoOther();
        if (protocol != ServeProtocol.Version)
        {
            throw new ServeProtocolException(
                $"Found {(protocol is { } other ? $"version {other}" : "no version")} of the protocol, expected " +
                    $"{ServeProtocol.Version}: this is Engram {RunEnvironment.InformationalVersion}. "
                + "Use the client of that version, or the Engram of the client's.");
        }

        greeted = true;
        Answer(request.Id, "result",
            ServeJson.Write(
            new ServedHello(ServeProtocol.Version, RunEnvironment.InformationalVersion, Path.GetFullPath(store.Root), [.. MethodNames()])));
    }

    private void Cancel(Request request)
    {
        string? text = request.Parameters.IdOrNone("request");
        request.Parameters.ExpectNoOther();
        CancellationTokenSource? found = null;
        lock (gate)
        {
            _ = text is not null && open.TryGetValue(text, out found);
        }

        found?.Cancel();
        Answer(request.Id, "result", ServeJson.Write(new ServedCancel(found is not null)));
    }

    private void Work()
    {
        foreach (Request request in waiting.GetConsumingEnumerable())
        {
            CancellationToken stop;
            lock (gate)
            {
                stop = open[request.Id].Token;
            }

            Do(request, stop);
            Close(request.Id);
        }
    }

    private void Close(string id)
    {
        lock (gate)
        {
            open[id].Dispose();
            open.Remove(id);
        }
    }

    private void Do(Request request, CancellationToken stop)
    {
        var reported = new Dictionary<string, (TrainingPhase Phase, DateTime At)>(StringComparer.Ordinal);
        void Report(TrainingProgress progress)
        {
            lock (reported)
            {
                if (reported.TryGetValue(progress.Folder, out var last) && last.Phase == progress.Phase
                    && DateTime.UtcNow - last.At < BetweenReports)
                {
                    return;
                }

                reported[progress.Folder] = (progress.Phase, DateTime.UtcNow);
            }

            Answer(request.Id, "progress", ServeJson.Write(new ServedProgress(
                progress.Run, progress.Folder, RecipeSchema.Name(progress.Phase), progress.OuterStep, progress.OuterSteps,
                    progress.Lifetimes,
                progress.RunningQueryLoss, progress.LifetimesPerSecond, progress.Left?.TotalSeconds)));
        }

        var context = new ServeContext(
            store, note =>
            Answer(request.Id, "note", JsonSerializer.SerializeToUtf8Bytes(CleanText.Line(note), ServeText.Default.String)), Report, stop);
        try
        {
            Answer(request.Id, "result", ServeWork.Methods[request.Method](request.Parameters, context));
        }
        catch (NonFiniteException e)
        {
            Refuse(request.Id, ServeProtocol.NonFinite, e.Message);
        }
        catch (EngramException e)
        {
            Refuse(request.Id, ServeProtocol.WrongInput, e.Message);
        }
        catch (RunStoppedException e)
        {
            string name = store.NameOf(e.Folder);
            Refuse(request.Id, ServeProtocol.Stopped, $"Stopped with a checkpoint in '{e.Folder}'; resume the run '{name}'.", name);
        }
        catch (OperationCanceledException)
        {
            Refuse(request.Id, ServeProtocol.Stopped, "Stopped; nothing was written.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Refuse(request.Id, ServeProtocol.WrongInput,
                $"{e.Message.TrimEnd('.')}. Check the path, its permissions and the room on the disk.");
        }
        catch (OutOfMemoryException)
        {
            Refuse(request.Id, ServeProtocol.WrongInput,
                "Found too little memory, expected enough for what each thread is at; use fewer threads, or a smaller network, batch or " +
                "lifetime.");
        }
        catch (Exception e)
        {
            Refuse(request.Id, ServeProtocol.Fault,
                $"A fault of Engram {RunEnvironment.InformationalVersion}: {e.GetType().Name}: {e.Message} Please report this line and " +
                $"the request '{request.Method}' that caused it.");
        }
    }

    private void Refuse(string id, string kind, string message, string? run = null) =>
        Answer(id, "error", ServeJson.Write(new ServedError(kind, CleanText.Line(message), run)));

    // Whole lines, from whichever thread. A client that is gone takes none; what it asked for is stopped.
    private void Answer(string id, string kind, byte[] json)
    {
        var line = new ArrayBufferWriter<byte>(json.Length + 64);
        line.Write(Encoding.UTF8.GetBytes($"{{\"id\":{id},\"{kind}\":"));
        line.Write(json);
        line.Write("}\n"u8);
        lock (gate)
        {
            if (gone)
            {
                return;
            }

            try
            {
                output.Write(line.WrittenSpan);
                output.Flush();
                return;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or UnauthorizedAccessException)
            {
                gone = true;
            }
        }

        ended.Cancel();
    }

    private sealed record Request(string Id, string Method, ServeParameters Parameters);
}
