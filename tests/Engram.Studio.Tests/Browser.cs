using Microsoft.Playwright;

namespace Engram.Studio.Tests;

/// <summary>A fact that needs Chromium, and is skipped where it is absent.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser.Executable is null)
        {
            Skip = "no Chromium on this machine; Debian's package is chromium";
        }
    }
}

/// <summary>A theory that needs Chromium, and is skipped where it is absent.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute()
    {
        if (Browser.Executable is null)
        {
            Skip = "no Chromium on this machine; Debian's package is chromium";
        }
    }
}

/// <summary>A browser for all tests of pages.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Where Chromium is; null where it is not.</summary>
    public static string? Executable { get; } = Array.Find(Places, File.Exists);

    /// <summary>Where pictures of pages go, for somebody to look at; null for nowhere.</summary>
    public static string? Pictures { get; } = Environment.GetEnvironmentVariable("ENGRAM_STUDIO_PICTURES") is { Length: > 0 } folder
        ? folder : null;

    public async Task InitializeAsync()
    {
        if (Executable is null)
        {
            return;
        }

        // A machine that does much else takes longer than Playwright's 5 s now and then.
        Assertions.SetDefaultExpectTimeout(60_000);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Executable,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync"],
        });
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
    }

    /// <summary>A page of its own, that counts what went wrong in it.</summary>
    public async Task<StudioPage> OpenAsync(Uri address, string path, int width = 1280, int height = 860, bool dark = false)
    {
        IBrowserContext context = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            HasTouch = width < 500,
        });
        context.SetDefaultTimeout(60_000);
        var page = new StudioPage(await context.NewPageAsync(), address);
        await page.GoAsync(path);
        return page;
    }
}

/// <summary>A page of the studio in a browser.</summary>
public sealed class StudioPage : IAsyncDisposable
{
    private readonly List<string> faults = [];

    public StudioPage(IPage page, Uri address)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            // Answers that are errors are told there too; those that a test asks for are its own matter.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                faults.Add(message.Text);
            }
        };
        page.PageError += (_, error) => faults.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(address.ToString(), StringComparison.Ordinal))
            {
                faults.Add("asked for " + request.Url);
            }
        };
    }

    public IPage Page { get; }

    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await Page.WaitForSelectorAsync("main[data-ready]");
    }

    /// <summary>Checks that nothing went wrong: no error, nothing that the page's policy forbids, no request to elsewhere, nothing that
    /// reaches beyond the screen's width.</summary>
    public async Task AssertSoundAsync()
    {
        Assert.Empty(faults);
        int beyond = await Page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(beyond <= 0, $"the page is {beyond} pixels wider than the screen");
    }

    /// <summary>Keeps a picture of the page where somebody wants to look at it.</summary>
    public async Task KeepAsync(string name)
    {
        if (Browser.Pictures is { } folder)
        {
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
