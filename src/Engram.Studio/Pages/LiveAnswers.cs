using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Engram.Experiments.Runs;
using Engram.Studio.Http;
using Engram.Studio.Runs;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>Server-sent events: what changes in runs, as it does.</summary>
internal sealed class LiveAnswers(RunIndex index, MetricsShelf shelf, TimeSpan look)
{
    private const int MostListeners = 60;
    private const int MostPoints = 400;
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private int listeners;

    /// <summary>Runs of the list that have changed, event <c>runs</c>; event <c>gone</c> where one that was there is not, so that the list
    /// is asked for anew.</summary>
    public Task RunsAsync(HttpContext context, CancellationToken stop)
    {
        _ = new RequestQuery(context.Request.Query);
        ImmutableArray<RunCard> before = index.Cards();
        return ListenAsync(context, async send =>
        {
            ImmutableArray<RunCard> now = index.Cards();
            var known = before.ToDictionary(c => c.Name, StringComparer.Ordinal);
            RunCard[] changed = [.. now.Where(c => !known.TryGetValue(c.Name, out RunCard? old) || !ReferenceEquals(old, c))];
            bool gone = now.Length - changed.Count(c => !known.ContainsKey(c.Name)) < before.Length;
            before = now;
            if (gone)
            {
                await send("gone", "{}").ConfigureAwait(false);
            }
            else if (changed.Length > 0)
            {
                await send("runs", Text(changed, StudioJson.Default.RunCardArray)).ConfigureAwait(false);
            }
        }, stop);
    }

    /// <summary>One run: event <c>run</c> with its line of the list, event <c>curve</c> with what its curve has gained.</summary>
    public Task RunAsync(HttpContext context, CancellationToken stop)
    {
        var query = new RequestQuery(context.Request.Query, "run", "quantity", "from");
        (string folder, RunCard card) = RunAnswers.Find(index, query.Text("run"));
        string quantity = query.OneOf("quantity", "loss", "error", "gradient"), path = Path.Combine(folder, MetricsLog.FileName);
        long last = query.Number("from", 0, 0, long.MaxValue - 1);
        RunCard? shown = null;
        int generation = -1;
        return ListenAsync(context, async send =>
        {
            RunCard? now = index.CardOf(card.Name);
            if (now is null)
            {
                await send("gone", "{}").ConfigureAwait(false);
                return;
            }

            CurvePayload gained = shelf.Read(path, columns =>
            {
                // What was trained anew from an earlier step is drawn anew.
                last = generation >= 0 && generation != columns.Generation ? 0 : last;
                generation = columns.Generation;
                return RunAnswers.PayloadOf(now.Name, quantity, columns, last + 1, long.MaxValue, MostPoints);
            });
            if (!gained.Curve.Steps.IsEmpty)
            {
                last = gained.Curve.Steps[^1];
                await send("curve", Text(gained, StudioJson.Default.CurvePayload)).ConfigureAwait(false);
            }

            if (!ReferenceEquals(now, shown))
            {
                shown = now;
                await send("run", Text(now, StudioJson.Default.RunCard)).ConfigureAwait(false);
            }
        }, stop);
    }

    private static string Text<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    private async Task ListenAsync(HttpContext context, Func<Func<string, string, Task>, Task> lookOnce, CancellationToken stop)
    {
        if (Interlocked.Increment(ref listeners) > MostListeners)
        {
            Interlocked.Decrement(ref listeners);
            throw new RequestException(
                StatusCodes.Status429TooManyRequests,
                string.Create(
                CultureInfo.InvariantCulture, $"Found more than {MostListeners} pages that watch, expected fewer; close some."));
        }

        try
        {
            Reply.SetHeaders(context.Response, Reply.PagePolicy);
            context.Response.ContentType = "text/event-stream; charset=utf-8";
            if (HttpMethods.IsHead(context.Request.Method))
            {
                return;
            }

            await context.Response.StartAsync(stop).ConfigureAwait(false);
            DateTime said = DateTime.UtcNow;
            while (!stop.IsCancellationRequested)
            {
                await lookOnce(Send).ConfigureAwait(false);
                if (DateTime.UtcNow - said > Silence)
                {
                    // A line that says nothing tells whether somebody still listens.
                    await WriteAsync(": \n\n").ConfigureAwait(false);
                }

                await Task.Delay(look, stop).ConfigureAwait(false);
            }

            Task Send(string name, string data) => WriteAsync($"event: {name}\ndata: {data}\n\n");

            async Task WriteAsync(string text)
            {
                said = DateTime.UtcNow;
                await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), stop).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(stop).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref listeners);
        }
    }
}
