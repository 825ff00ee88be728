using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Engram.Experiments.Runs;
using Engram.Experiments.Serving;

namespace Engram.Experiments.Tests.Serving;

/// <summary>Sessions of one client: what is asked is answered, whatever it is, and the end of the input ends them.</summary>
public sealed class ServeSessionTests : IDisposable
{
    private const string Hello = """{"id": 0, "method": "hello", "params": {"protocol": 1}}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_RequestsAndTheEnd_AnswersAllOfThem()
    {
        JsonElement[] answers = Ask(
            Hello, """{"id": "a", "method": "runs"}""",
            """{"id": 2, "method": "recipe", "params": {"recipe": "quick-start/flp", "settings": ["learner.rule=hebb"]}}""",
            """{"id": 3, "method": "cancel", "params": {"request": 99}}""");

        Assert.Equal(ServeProtocol.Version, Result(answers, "0").GetProperty("protocol").GetInt32());
        Assert.Empty(Result(answers, "\"a\"").GetProperty("runs").EnumerateArray());
        Assert.Equal("hebb", Result(answers, "2").GetProperty("settings").GetProperty("learner.rule").GetString());
        Assert.False(Result(answers, "3").GetProperty("cancelled").GetBoolean());
        Assert.Equal(4, answers.Length);
    }

    [Theory]
    [InlineData(
        """{"id": 1, "method": "hello", "params": {"protocol": 9}}""", "Found version 9 of the protocol, expected 1: this is Engram ")]
    [InlineData("""{"id": 1, "method": "runs"}""", "Found 'runs' before 'hello', expected ")]
    public void Run_ClientOfAnotherVersionOrNone_IsRefusedPolitely(string line, string message)
    {
        JsonElement error = Assert.Single(Ask(line)).GetProperty("error");

        Assert.Equal("protocol", error.GetProperty("kind").GetString());
        Assert.StartsWith(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_RandomLines_AreAllAnsweredInOneLineEach()
    {
        var random = new Random(7);
        string[] pieces = ["{", "}", "[", "]", "\"id\"", ":", ",", "1", "\"method\"", "\"runs\"", "\"params\"", "\"live\"", "null",
            "\\ud800", "\"\\ud800\"", "1e999", "\0", "é", "\"out\"", "{}", " ", "true"];
        string[] lines =
        [
            .. Enumerable.Range(0, 400)
                .Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]))),
            .. Enumerable.Range(0, 100).Select(i => Hello.Remove(random.Next(Hello.Length), 1)),
        ];
        JsonElement[] answers = Ask([Hello, .. lines, """{"id": "end", "method": "list"}"""]);

        Assert.InRange(answers.Length, lines.Length / 2, lines.Length + 2);
        Assert.All(answers, a => Assert.True(a.TryGetProperty("result", out _) != a.TryGetProperty("error", out _)));
        Assert.NotEmpty(Result(answers, "\"end\"").GetProperty("names").EnumerateArray());
    }

    [Fact]
    public void Run_LineWithoutAnEnd_IsNoRequest()
    {
        Assert.Single(Ask(Encoding.UTF8.GetBytes(Hello + "\n" + """{"id": 1, "method": "list"}""")));
        Assert.Contains(
            "more than 1048576 bytes", Ask(Hello, new string('x', 3 << 20))[1].GetProperty("error").GetProperty("message").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TrainLiveAndCancel_GiveFilesAndACheckpoint()
    {
        string recipe = folder.File("tiny.yaml", """
            task: {sines: 2, batches-per-sine: 2, batch-size: 4, query-per-sine: 4}
            network: {hidden-widths: [6, 5], plastic-layers: 2}
            learner: {name: flp}
            meta-training: {outer-steps: 5}
            evaluation: {lifetimes: 2}
            """);
        string life = Path.Combine(folder.Path, "life.safetensors");
        using var asks = new AnonymousPipeServerStream(PipeDirection.Out);
        using var requests = new AnonymousPipeClientStream(PipeDirection.In, asks.ClientSafePipeHandle);
        using var told = new AnonymousPipeServerStream(PipeDirection.In);
        using var answers = new AnonymousPipeClientStream(PipeDirection.Out, told.ClientSafePipeHandle);
        var session = new Thread(() => ServeSession.Run(requests, answers, new RunStore(Path.Combine(folder.Path, "runs"))));
        session.Start();
        using var reader = new StreamReader(told);

        Send(asks, Hello);
        Next(reader, "0");
        Send(asks, $$$"""{"id": 1, "method": "train", "params": {"recipe": {{{JsonSerializer.Serialize(recipe)}}}, "run": "a"}}""");
        JsonElement run = Assert.Single(Next(reader, "1").GetProperty("result").GetProperty("runs").EnumerateArray());
        Assert.Equal(
            ("a", "finished", "flp"),
            (run.GetProperty("name").GetString(), run.GetProperty("state").GetString(),
            run.GetProperty("settings").GetProperty("learner.name").GetString()));
        string place = JsonSerializer.Serialize(life), named = JsonSerializer.Serialize(recipe);
        Send(asks, $$$"""{"id": 2, "method": "live", "params": {"run": "a", "out": {{{place}}}, "parts": ["answers"]}}""");
        Assert.Equal(5, Next(reader, "2").GetProperty("result").GetProperty("moments").GetInt32());
        Assert.True(File.Exists(life));

        const string Long = "meta-training.outer-steps=1000000";
        Send(asks, $$$"""{"id": 3, "method": "train", "params": {"recipe": {{{named}}}, "run": "b", "settings": ["{{{Long}}}"]}}""");
        while (JsonDocument.Parse(reader.ReadLine()!).RootElement.TryGetProperty("progress", out JsonElement progress) is false
            || progress.GetProperty("outerStep").GetInt64() < 2)
        {
        }

        Send(asks, """{"id": 4, "method": "cancel", "params": {"request": 3}}""");
        JsonElement error = Next(reader, "3").GetProperty("error");
        Assert.Equal(("stopped", "b"), (error.GetProperty("kind").GetString(), error.GetProperty("run").GetString()));
        Assert.NotEmpty(RunDirectory.CheckpointsOf(Path.Combine(folder.Path, "runs", "b")));

        // The end of the input is the end of the session.
        asks.Dispose();
        Assert.True(session.Join(TimeSpan.FromSeconds(60)));
    }

    private static void Send(Stream to, string line)
    {
        to.Write(Encoding.UTF8.GetBytes(line + "\n"));
        to.Flush();
    }

    private static JsonElement Next(StreamReader answers, string id)
    {
        while (answers.ReadLine() is { } line)
        {
            JsonElement answer = JsonDocument.Parse(line).RootElement;
            if (answer.GetProperty("id").GetRawText() == id && !answer.TryGetProperty("progress", out _)
                && !answer.TryGetProperty("note", out _))
            {
                return answer;
            }
        }

        throw new InvalidOperationException($"Found no answer to {id}.");
    }

    private static JsonElement Result(JsonElement[] answers, string id) =>
        answers.Single(a => a.GetProperty("id").GetRawText() == id).GetProperty("result");

    private JsonElement[] Ask(params string[] lines) => Ask(Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n"))));

    private JsonElement[] Ask(byte[] bytes)
    {
        using var requests = new MemoryStream(bytes);
        using var answers = new MemoryStream();
        ServeSession.Run(requests, answers, new RunStore(Path.Combine(folder.Path, "runs")));
        return [.. Encoding.UTF8.GetString(answers.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)];
    }
}
