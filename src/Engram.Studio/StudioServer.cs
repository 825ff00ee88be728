using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Engram.Numerics.Text;
using Engram.Studio.Http;
using Engram.Studio.Pages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Engram.Studio;

/// <summary>The pages of runs, served to this machine alone. It reads runs and writes nothing.</summary>
public sealed class StudioServer : IAsyncDisposable
{
    private const int PortsToTry = 20;

    private readonly WebApplication application;
    private readonly StudioSite site;

    private StudioServer(WebApplication application, StudioSite site, int port)
    {
        (this.application, this.site) = (application, site);
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/"));
    }

    /// <summary>Where its pages are.</summary>
    public Uri Address { get; }

    /// <summary>Starts to serve.</summary>
    /// <param name="options">Where runs lie, and which port.</param>
    /// <exception cref="EngramException">The port is taken or may not be used, or where runs should lie there is a file.</exception>
    public static async Task<StudioServer> StartAsync(StudioOptions options)
    {
        options.Store.Validate();
        int first = options.Port ?? StudioOptions.UsualPort;
        for (int port = first; ; port++)
        {
            var pages = new StudioSite(new SiteSettings(options.Store, options.Data, options.Threads, options.Look));
            WebApplication built = Build(port, pages);
            try
            {
                await built.StartAsync().ConfigureAwait(false);
                return new StudioServer(built, pages, PortOf(built));
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                await built.DisposeAsync().ConfigureAwait(false);
                pages.Dispose();
                if (options.Port is not null || port == first + PortsToTry)
                {
                    throw new EngramException(
                        $"Could not serve at port {port}: {Reason(e)} Choose another one with --port, or 0 for any that is free.", e);
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        site.Close();
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await application.StopAsync(atOnce.Token).ConfigureAwait(false);
        await application.DisposeAsync().ConfigureAwait(false);
        site.Dispose();
    }

    private static string Reason(Exception e) => (e.GetBaseException().Message.TrimEnd('.') + ".").ReplaceLineEndings(" ");

    private static WebApplication Build(int port, StudioSite pages)
    {
        // An empty builder: neither a file of settings in the working folder nor a variable of the environment changes where or how it
        // serves.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        { ApplicationName = "engram", ContentRootPath = AppContext.BaseDirectory });
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = 0;
            server.Limits.MaxRequestLineSize = RequestGuard.MostRequestLine;
            server.Limits.MaxRequestHeadersTotalSize = RequestGuard.MostHeaderBytes;
            server.Limits.MaxRequestHeaderCount = RequestGuard.MostHeaders;
            server.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            server.Limits.MaxConcurrentConnections = 200;
            server.Listen(IPAddress.Loopback, port);
        });
        WebApplication built = builder.Build();
        built.Run(pages.AnswerAsync);
        return built;
    }

    private static int PortOf(WebApplication started) => new Uri(started.Urls.First()).Port;

    /// <summary>Signals belong to whoever started the studio.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
