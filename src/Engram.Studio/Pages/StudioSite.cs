using Engram.Experiments.Runs;
using Engram.Numerics.Text;
using Engram.Studio.Http;
using Engram.Studio.Runs;
using Engram.Tasks.Data;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>What a site is made with.</summary>
/// <param name="Store">Where runs lie.</param>
/// <param name="Data">Where data sets lie.</param>
/// <param name="Threads">Threads that lives and figures are computed on.</param>
/// <param name="Look">From one look at files to the next, while somebody watches.</param>
internal sealed record SiteSettings(RunStore Store, DataContext Data, int Threads, TimeSpan Look);

/// <summary>What the studio answers: a handful of addresses, each known by its exact path. Names of runs stand behind the question mark,
/// and only those that the index has found lead to files.</summary>
internal sealed class StudioSite : IDisposable
{
    private static readonly string[] PagePaths =
        ["/", "/run", "/compare", "/weights", "/player", "/verdicts", "/comparison", "/reproduction", "/help"];

    private readonly CancellationTokenSource closing = new();
    private readonly Workshop workshop;
    private readonly Dictionary<string, Func<HttpContext, CancellationToken, Task>> answers = new(StringComparer.Ordinal);

    public StudioSite(SiteSettings settings)
    {
        var index = new RunIndex(settings.Store);
        var shelf = new MetricsShelf();
        workshop = new Workshop();
        var runs = new RunAnswers(index, shelf);
        var lives = new NetworkAnswers(index, workshop, settings);
        var figures = new FigureAnswers(index, workshop, settings);
        var verdicts = new VerdictAnswers(index);
        var live = new LiveAnswers(index, shelf, settings.Look);

        // While somebody's browser opens, the list is read for the first time.
        _ = Task.Run(index.Cards);
        foreach (string page in PagePaths)
        {
            Add(page, PageOf);
        }

        foreach (string name in Assets.Names.Where(n => n != Assets.Page))
        {
            Reply asset = Assets.Find(name)!;
            Add("/assets/" + name, query =>
            {
                _ = new RequestQuery(query);
                return asset;
            });
        }

        Add("/assets/palette.css", StudioPalette.Css);
        Add("/assets/palette.js", StudioPalette.Script);
        Add("/api/runs", runs.List);
        Add("/api/run", runs.Details);
        Add("/api/curve", runs.Curve);
        Add("/api/compare", runs.Compare);
        Add("/api/weights", lives.Weights);
        Add("/api/tensor", lives.Tensor);
        Add("/api/comparisons", verdicts.Comparisons);
        Add("/api/comparison", verdicts.Comparison);
        Add("/api/reproductions", verdicts.Reproductions);
        Add("/api/reproduction", verdicts.Reproduction);
        Add("/picture", verdicts.Picture);
        AddWork("/api/film", lives.FilmAsync);
        AddWork("/figure", figures.DrawAsync);
        answers.Add("/live/runs", live.RunsAsync);
        answers.Add("/live/run", live.RunAsync);
    }

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, closing.Token);
        try
        {
            if (RequestGuard.Look(context) is { } refusal)
            {
                await Reply.Error(refusal.Status, refusal.Reason).SendAsync(context).ConfigureAwait(false);
            }
            else if (!answers.TryGetValue(context.Request.Path.Value ?? string.Empty, out var answer))
            {
                await Reply.Error(StatusCodes.Status404NotFound, "There is no such page.").SendAsync(context).ConfigureAwait(false);
            }
            else
            {
                await answer(context, stop.Token).ConfigureAwait(false);
            }
        }
        catch (RequestException e)
        {
            await FailAsync(context, e.Status, e.Message).ConfigureAwait(false);
        }
        catch (NonFiniteException e)
        {
            await FailAsync(context, StatusCodes.Status422UnprocessableEntity, $"Found a life that diverges: {e.Message}")
                .ConfigureAwait(false);
        }
        catch (EngramException e)
        {
            await FailAsync(context, StatusCodes.Status422UnprocessableEntity, e.Message).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked is gone, or the studio closes.
            context.Abort();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await FailAsync(context, StatusCodes.Status404NotFound, $"Could not read the run: {e.Message}").ConfigureAwait(false);
        }
        catch (OutOfMemoryException)
        {
            await FailAsync(
                context, StatusCodes.Status422UnprocessableEntity,
                "Found too little memory for this life, expected enough; choose a run with a smaller network or shorter lives.")
                .ConfigureAwait(false);
        }
    }

    /// <summary>Ends what is under way; the rest is disposed of when nobody is answered any more.</summary>
    public void Close() => closing.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        closing.Dispose();
        workshop.Dispose();
    }

    private static Task FailAsync(HttpContext context, int status, string line)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        context.Response.Clear();
        return Reply.Error(status, CleanText.Line(line, 1000)).SendAsync(context);
    }

    private static Reply PageOf(IQueryCollection query)
    {
        // What a page's address may say; its script asks for the rest.
        _ = new RequestQuery(query, "name", "run*", "seed", "split", "life", "step", "quantity", "tensor");
        return Assets.Find(Assets.Page)!;
    }

    private void Add(string path, Func<IQueryCollection, Reply> answer) =>
        answers.Add(path, (context, _) => answer(context.Request.Query).SendAsync(context));

    private void AddWork(string path, Func<IQueryCollection, CancellationToken, Task<Reply>> answer) =>
        answers.Add(
            path, async (context, stop) =>
            await (await answer(context.Request.Query, stop).ConfigureAwait(false)).SendAsync(context).ConfigureAwait(false));
}
