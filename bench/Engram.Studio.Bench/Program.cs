using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Engram.Experiments.Runs;
using Engram.Studio;
using Engram.Studio.Bench;

// What the studio costs: how soon its list is there, how much memory it takes, how far a live curve is behind.
//   dotnet run -c Release --project bench/Engram.Studio.Bench -- [runs] [steps] [file of results] [an installed engram, to measure that]
//   dotnet run -c Release --project bench/Engram.Studio.Bench -- serve FOLDER [port]
if (args is ["serve", var served, ..])
{
    await using StudioServer studio = await StudioServer.StartAsync(new StudioOptions
    { Store = new RunStore(served), Port = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 0 });
    Console.WriteLine(studio.Address);
    await Task.Delay(Timeout.Infinite);
}

int runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 500, steps = args.Length > 1
    ? int.Parse(args[1], CultureInfo.InvariantCulture) : 20_000;
string folder = Directory.CreateTempSubdirectory("engram-studio-bench-").FullName;
var said = new StringBuilder();
Process? watched = null;
try
{
    var clock = Stopwatch.StartNew();
    SyntheticRuns.Make(folder, runs, steps);
    long bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
    Say($"{runs} runs of {steps} outer steps, {bytes / 1048576.0:0} MiB, made in {clock.Elapsed.TotalSeconds:0.0} s");
    clock.Restart();
    ProcessStartInfo start = args.Length > 3 ? new(args[3], ["studio", "--runs", folder, "--port", "0", "--no-open"])
        : new(Environment.ProcessPath!, ["serve", folder]);
    (start.UseShellExecute, start.RedirectStandardOutput) = (false, true);
    using Process server = Process.Start(start)!;
    watched = server;
    try
    {
        using var client = new HttpClient { BaseAddress = new Uri(server.StandardOutput.ReadLine()!), Timeout = TimeSpan.FromMinutes(1) };
        Say($"process up and listening: {clock.ElapsedMilliseconds} ms, of the processor {1000 * ProcessorSeconds():0} ms");
        await Timed("page, scripts and list, first time", async () =>
        {
            await client.GetByteArrayAsync("/");
            foreach (string asset in (string[])["app.js", "dom.js", "runs.js", "studio.css", "palette.css", "mark.svg"])
            {
                await client.GetByteArrayAsync("/assets/" + asset);
            }

            await client.GetByteArrayAsync("/api/runs");
        });
        Say($"from the command to the list, in all: {clock.ElapsedMilliseconds} ms, of the processor {1000 * ProcessorSeconds():0} ms");
        await Task.Delay(400);
        await Timed("list, again", () => client.GetByteArrayAsync("/api/runs"));
        Say($"memory after the list: {Memory(server)}");
        await Timed("curve of one run, first time", () => client.GetByteArrayAsync("/api/curve?run=group-001/seed-1&points=900"));
        await Timed("the same, zoomed in", () => client.GetByteArrayAsync("/api/curve?run=group-001/seed-1&points=900&from=5000&to=6000"));
        for (int run = 0; run < Math.Min(60, runs); run++)
        {
            await client.GetByteArrayAsync(
                string.Create(CultureInfo.InvariantCulture, $"/api/curve?run=group-{run / 5:000}/seed-{(run % 5) + 1}&points=900"));
        }

        Say($"memory after 60 curves: {Memory(server)}");
        string compared = string.Join(
            '&', Enumerable.Range(0, Math.Min(12, runs))
            .Select(r => string.Create(CultureInfo.InvariantCulture, $"run=group-{r / 5:000}/seed-{(r % 5) + 1}")));
        await Timed("comparison of 12 runs", () => client.GetByteArrayAsync("/api/compare?" + compared));
        await Timed("their learning curves as a figure", () => client.GetByteArrayAsync("/figure?figure=learning-curves&" + compared));
        Say($"memory after a comparison and a figure: {Memory(server)}");
        await Live(client);
        Say($"memory at the end: {Memory(server)}");
    }
    finally
    {
        server.Kill();
        server.WaitForExit();
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}

if (args.Length > 2)
{
    File.WriteAllText(args[2], said.ToString());
}

void Say(FormattableString line)
{
    string text = FormattableString.Invariant(line);
    Console.WriteLine(text);
    said.Append(text).Append('\n');
}

async Task Timed(string what, Func<Task> work)
{
    var clock = Stopwatch.StartNew();
    double before = ProcessorSeconds();
    await work();
    Say($"{what}: {clock.Elapsed.TotalMilliseconds:0} ms, of the processor {1000 * (ProcessorSeconds() - before):0} ms");
}

// What the server has used of the processor: on a machine that others use too, that is what it costs.
double ProcessorSeconds()
{
    watched!.Refresh();
    return watched.TotalProcessorTime.TotalSeconds;
}

static string Memory(Process server)
{
    string[] lines = [.. File.ReadLines($"/proc/{server.Id.ToString(CultureInfo.InvariantCulture)}/status")
        .Where(l => l.StartsWith("VmRSS", StringComparison.Ordinal) || l.StartsWith("VmHWM", StringComparison.Ordinal))];
    return string.Join(
        ", ", lines.Select(
        l =>
        l.Split(':') is [var name, var kilobytes]
        ? string.Create(
        CultureInfo.InvariantCulture,
        $"{(name == "VmHWM" ? "at most" : "now")} " +
        $"{double.Parse(kilobytes.Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024:0} MiB")
        : l));
}

// Lines are added to a run's metrics as a training does; how long until a page that watches is told of each.
async Task Live(HttpClient client)
{
    string metrics = Path.Combine(folder, "group-000", "seed-1", "metrics.jsonl");
    using Stream stream =
        await client.GetStreamAsync(string.Create(CultureInfo.InvariantCulture, $"/live/run?run=group-000/seed-1&from={steps}"));
    using var reader = new StreamReader(stream);
    var delays = new List<double>();
    for (int step = steps + 1; step <= steps + 20; step++)
    {
        await Task.Delay(137);
        var clock = Stopwatch.StartNew();
        File.AppendAllText(metrics, SyntheticRuns.Line(0, step));
        while (true)
        {
            string line = await reader.ReadLineAsync() ?? throw new InvalidOperationException("The stream ended.");
            if (line.StartsWith("data: {\"run\":", StringComparison.Ordinal)
                && JsonDocument.Parse(line[6..]).RootElement.GetProperty("last").GetInt64() >= step)
            {
                break;
            }
        }

        delays.Add(clock.Elapsed.TotalMilliseconds);
    }

    Say($"live curve behind the file, 20 times: {delays.Average():0} ms on average, {delays.Max():0} ms at most");
}
