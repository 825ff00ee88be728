using System.Globalization;
using System.Net;
using System.Text.Json;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Runs;
using Engram.Learning.Lives;
using Engram.Tasks.Data;
using Engram.Tasks.Splits;

namespace Engram.Studio.Tests;

/// <summary>What pages are told is what runs hold.</summary>
[Collection(StudioCollection.Name)]
public sealed class StudioAnswersTests(SampleStudio studio) : IDisposable
{
    private const string Seed1 = "pair/seed-1";

    private readonly HttpClient client = new() { BaseAddress = studio.Address };

    public void Dispose() => client.Dispose();

    [Fact]
    public async Task Runs_List_HasEveryRunWithStateProgressAndCurve()
    {
        JsonElement[] runs = [.. (await Json("/api/runs")).GetProperty("runs").EnumerateArray()];
        JsonElement run = Assert.Single(runs, r => r.GetProperty("name").GetString() == Seed1);
        RunResult result = RunDirectory.ReadResult(Path.Combine(studio.Store.Root, Seed1))!;

        Assert.Equal("finished", run.GetProperty("state").GetString());
        Assert.Equal(60, run.GetProperty("outerStep").GetInt64());
        Assert.Equal(60, run.GetProperty("outerSteps").GetInt64());
        Assert.Equal("FLP & <b>friends</b>", run.GetProperty("recipe").GetString());
        Assert.Equal("1", run.GetProperty("seed").GetString());
        Assert.Equal(result.Evaluation!.QueryLoss, run.GetProperty("result").GetDouble());
        Assert.Equal(
            MetricsLog.Read(Path.Combine(studio.Store.Root, Seed1))[^1].RunningQueryLoss,
            run.GetProperty("spark").EnumerateArray().Last().GetDouble(), 1e-9);
        Assert.Contains(
            runs, r =>
            r.GetProperty("name").GetString() == SampleStudio.Damaged
            && r.GetProperty("problem").GetString()!.Contains("damaged run", StringComparison.Ordinal));
        Assert.Contains(runs, r => r.GetProperty("name").GetString() == SampleStudio.Hostile);
        Assert.DoesNotContain(runs, r => r.GetProperty("name").GetString()!.StartsWith(SampleStudio.Methods, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Curve_OfARun_HasItsExtremesAndRunningMeans()
    {
        var metrics = MetricsLog.Read(Path.Combine(studio.Store.Root, Seed1));
        JsonElement whole = (await Json($"/api/curve?run={Seed1}&points=2000")).GetProperty("curve"),
            few = (await Json($"/api/curve?run={Seed1}&points=4&from=11&to=30")).GetProperty("curve");

        Assert.Equal(metrics.Select(m => (float)m.RunningQueryLoss), whole.GetProperty("line").EnumerateArray().Select(v => v.GetSingle()));
        Assert.Equal([15, 20, 25, 30], few.GetProperty("steps").EnumerateArray().Select(v => v.GetInt64()));
        Assert.Equal((float)metrics.Skip(10).Take(5).Max(m => m.QueryLoss), few.GetProperty("high").EnumerateArray().First().GetSingle());
        Assert.Equal((float)metrics.Skip(10).Take(5).Min(m => m.QueryLoss), few.GetProperty("low").EnumerateArray().First().GetSingle());
    }

    [Fact]
    public async Task Compare_TwoSeeds_NamesWhatDiffers()
    {
        JsonElement found = await Json($"/api/compare?run={Seed1}&run=pair/seed-2&run={Uri.EscapeDataString(SampleStudio.Hostile)}");

        Assert.Contains(Rows(found.GetProperty("settings")), r => r[0] == "meta-training.seed" && r[1] == "1" && r[2] == "2");
        string[] difference = Assert.Single(Rows(found.GetProperty("differences")));
        Assert.Matches(@"^[+−].* \[[+−].*, [+−].*\]$", difference[1]);
        Assert.Equal("lifetimes of one network", difference[3]);
        Assert.Equal([0, 1, 2], found.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("style").GetInt32()));
    }

    [Fact]
    public async Task Film_OfALife_IsWhatTheRecorderSays()
    {
        (JsonElement header, byte[] numbers) = Binary(await client.GetByteArrayAsync($"/api/film?run={Seed1}&life=3"));
        using TrainedRun run = TrainedRun.Open(Path.Combine(studio.Store.Root, Seed1));
        LifeRecord<float> record = LifeExport.Record(run, 3, DataContext.Default(), Split.MetaTest).Record;
        float[] weights = [.. Floats(record.Tensors["state.layer1.weight"])];
        int size = weights.Length / record.Moments.Length;

        Assert.Equal("sines", header.GetProperty("kind").GetString());
        Assert.Equal(12, header.GetProperty("innerSteps").GetInt32());
        Assert.Equal(13, header.GetProperty("frames").GetInt32());
        Assert.Equal(record.Moments, Ints(header, numbers, "step"));
        float[] change = Floats(header, numbers, "layer1.changeNorm"), since = Floats(header, numbers, "layer1.sinceBirthNorm");
        for (int t = 1; t < record.Moments.Length; t++)
        {
            Assert.Equal(Distance(weights, t * size, (t - 1) * size, size), change[t], 1e-5);
            Assert.Equal(Distance(weights, t * size, 0, size), since[t], 1e-5);
        }

        Assert.True(since[^1] > 0);
        Assert.All(Floats(header, numbers, "ask.loss"), l => Assert.True(float.IsFinite(l)));
        Assert.Contains("layer1.feedback", header.GetProperty("sections").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Film_OfImages_AnswersEveryQuestionAtEveryFrame()
    {
        (JsonElement header, byte[] numbers) = Binary(await client.GetByteArrayAsync($"/api/film?run={SampleStudio.Glyphs}"));
        int frames = header.GetProperty("frames").GetInt32();

        Assert.Equal("images", header.GetProperty("kind").GetString());
        Assert.Equal(10, frames);
        Assert.Equal(9, header.GetProperty("queries").GetInt32());
        int[] choices = Ints(header, numbers, "ask.choice"), classes = Ints(header, numbers, "ask.class");
        float[] accuracy = Floats(header, numbers, "ask.accuracy");
        for (int f = 0; f < frames; f++)
        {
            Assert.Equal(Enumerable.Range(0, 9).Count(q => choices[(f * 9) + q] == classes[q]) / 9f, accuracy[f], 1e-5);
        }
    }

    [Fact]
    public async Task Weights_OfARun_AreThoseOfItsCheckpoint()
    {
        (JsonElement header, _) = Binary(await client.GetByteArrayAsync($"/api/weights?run={Seed1}"));
        using TrainedRun run = TrainedRun.Open(Path.Combine(studio.Store.Root, Seed1));
        JsonElement[] tensors = [.. header.GetProperty("tensors").EnumerateArray()];

        Assert.Equal(run.Parameters.Layout.Parameters.Select(p => p.Name), tensors.Select(t => t.GetProperty("name").GetString()));
        (JsonElement one, byte[] numbers) = Binary(await client.GetByteArrayAsync($"/api/tensor?run={Seed1}&tensor=layer1.weight"));
        Assert.Equal(run.Parameters["layer1.weight"].ToArray(), Floats(one, numbers, "values"));
    }

    [Fact]
    public async Task Verdicts_OfAReproductionAndAComparison_AreInWords()
    {
        JsonElement table = await Json($"/api/reproduction?name={SampleStudio.Table}"),
            methods = await Json($"/api/comparison?name={SampleStudio.Methods}");

        Assert.Contains(Rows(table.GetProperty("contrasts")), r => r[^1].StartsWith("holds", StringComparison.Ordinal));
        Assert.Contains(
            Rows(table.GetProperty("cells")), r => r[0] == "iid/flp-2" && r[^1].StartsWith("as expected", StringComparison.Ordinal));
        Assert.Equal("finished", methods.GetProperty("state").GetString());
        Assert.Equal(4, methods.GetProperty("ended").GetInt32());
        Assert.Equal(["backprop", "fa"], Rows(methods.GetProperty("methods")).Select(r => r[0]));
        Assert.NotEmpty(Rows(methods.GetProperty("claims")));
        Assert.StartsWith(
            "<svg", await client.GetStringAsync($"/picture?name={SampleStudio.Methods}&file=learning-curves.svg"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figure_OfARun_ComesFromTheFigureModule()
    {
        string svg = await client.GetStringAsync($"/figure?run={Seed1}&run=pair/seed-2&figure=learning-curves");

        Assert.StartsWith("<svg id=\"engram-", svg, StringComparison.Ordinal);
        Assert.Contains("Query loss (MSE)", svg, StringComparison.Ordinal);
        Assert.StartsWith(
            "<svg id=\"engram-", await client.GetStringAsync($"/figure?run={Seed1}&figure=interference&lifetimes=2&theme=dark"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_LinesThatAreAdded_AreTold()
    {
        using RunDirectory begun = studio.Begin("live-one");
        while ((await client.GetAsync("/api/run?run=live-one")).StatusCode == HttpStatusCode.NotFound)
        {
            await Task.Delay(50);
        }

        using HttpResponseMessage reply = await client.GetAsync("/live/run?run=live-one", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync());
        using MetricsLog log = MetricsLog.Continue(begun.Folder, 0);
        for (int step = 1; step <= 5; step++)
        {
            log.Add(new MetricsLine(step, 2 * step, 1.0 / step, 1.0 / step, 1, 0.1 * step));
            while (!(await reader.ReadLineAsync())!.Contains(
                $"\"last\":{step.ToString(CultureInfo.InvariantCulture)},", StringComparison.Ordinal))
            {
            }
        }

        JsonElement run = (await Json("/api/runs")).GetProperty("runs").EnumerateArray()
            .Single(r => r.GetProperty("name").GetString() == "live-one");
        Assert.Equal("running", run.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Answers_AllOfThem_SayWhatAPageMayDo()
    {
        foreach (string path in (string[])["/", "/assets/app.js", "/api/runs", "/nowhere", $"/figure?run={Seed1}&figure=learning-curves"])
        {
            using HttpResponseMessage reply = await client.GetAsync(path);
            string policy = Assert.Single(reply.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src '", policy, StringComparison.Ordinal);
            Assert.DoesNotContain(
                "unsafe-inline", path.StartsWith("/figure", StringComparison.Ordinal) ? string.Empty : policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
            Assert.False(reply.Headers.Contains("Access-Control-Allow-Origin"));
        }

        using var again = new HttpRequestMessage(HttpMethod.Get, "/assets/app.js");
        using HttpResponseMessage first = await client.GetAsync("/assets/app.js");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(again)).StatusCode);
    }

    [Fact]
    public async Task Start_AtAPortThatIsTaken_SaysSo()
    {
        var error = await Assert.ThrowsAsync<Numerics.Text.EngramException>(
            () => StudioServer.StartAsync(new StudioOptions { Store = studio.Store, Port = studio.Address.Port }));

        Assert.StartsWith($"Could not serve at port {studio.Address.Port}: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    private static IEnumerable<string[]> Rows(JsonElement table) =>
        table.GetProperty("rows").EnumerateArray()
            .Select(r => r.GetProperty("cells").EnumerateArray().Select(c => c.GetString()!).ToArray());

    private static (JsonElement Header, byte[] Numbers) Binary(byte[] reply)
    {
        int length = BitConverter.ToInt32(reply);
        return (JsonDocument.Parse(reply.AsMemory(4, length)).RootElement, reply[(4 + length)..]);
    }

    private static float[] Floats(JsonElement header, byte[] numbers, string name) =>
        [.. Find(header, numbers, name, "f32").Chunk(4).Select(b => BitConverter.ToSingle(b))];

    private static int[] Ints(JsonElement header, byte[] numbers, string name) =>
        [.. Find(header, numbers, name, "i32").Chunk(4).Select(b => BitConverter.ToInt32(b))];

    private static byte[] Find(JsonElement header, byte[] numbers, string name, string type)
    {
        JsonElement section = header.GetProperty("sections").EnumerateArray().Single(s => s.GetProperty("name").GetString() == name);
        Assert.Equal(type, section.GetProperty("type").GetString());
        return numbers.AsSpan(section.GetProperty("offset").GetInt32(), 4 * section.GetProperty("count").GetInt32()).ToArray();
    }

    private static IEnumerable<float> Floats(RecordedTensor<float> tensor) =>
        tensor.Bytes.ToArray().Chunk(4).Select(b => BitConverter.ToSingle(b));

    private static double Distance(float[] values, int a, int b, int count) =>
        Math.Sqrt(Enumerable.Range(0, count).Sum(i => Math.Pow(values[a + i] - values[b + i], 2)));

    private async Task<JsonElement> Json(string path) => JsonDocument.Parse(await client.GetByteArrayAsync(path)).RootElement;
}
