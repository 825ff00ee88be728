using System.Globalization;
using Engram.Experiments.Runs;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Engram.Studio.Tests;

/// <summary>Pages in a real browser: what somebody does with each, by mouse and by keys.</summary>
[Collection(StudioCollection.Name)]
public class StudioPagesTests(SampleStudio studio, Browser browser) : IClassFixture<Browser>
{
    private const string Seed1 = "pair/seed-1";

    public static TheoryData<string, string> Pages => new()
    {
        { "runs", "/" },
        { "run", "/run?run=pair/seed-1" },
        { "compare", "/compare?run=pair/seed-1&run=pair/seed-2&run=" + Uri.EscapeDataString(SampleStudio.Hostile) },
        { "choose", "/compare" },
        { "player", "/player?run=pair/seed-1&step=7" },
        { "player-images", "/player?run=glyphs&step=5" },
        { "weights", "/weights?run=pair/seed-1" },
        { "verdicts", "/verdicts" },
        { "reproduction", "/reproduction?name=table1-laptop" },
        { "comparison", "/comparison?name=methods" },
        { "keys", "/help" },
    };

    [BrowserTheory]
    [MemberData(nameof(Pages))]
    public async Task Page_LightDarkAndNarrow_IsSound(string name, string path)
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, path);
        await SettledAsync(page);
        await page.AssertSoundAsync();
        await page.KeepAsync(name + "-light");
        Assert.Equal("rgb(246, 245, 241)", await page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));

        await page.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await page.Page.WaitForTimeoutAsync(150);
        await page.KeepAsync(name + "-dark");
        Assert.Equal("rgb(15, 17, 20)", await page.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));

        await page.Page.SetViewportSizeAsync(360, 740);
        await page.Page.WaitForTimeoutAsync(250);
        await page.AssertSoundAsync();
        await page.KeepAsync(name + "-narrow");
    }

    [BrowserFact]
    public async Task Runs_AreFilteredChosenAndCompared()
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, "/");
        ILocator rows = page.Page.Locator(".run-row");
        await Expect(rows.Locator("a.open", new() { HasTextString = SampleStudio.Hostile })).ToHaveCountAsync(1);
        Assert.Equal(0, await page.Page.Locator(".run-row img").CountAsync());
        Assert.DoesNotContain("owned", await page.Page.TitleAsync(), StringComparison.Ordinal);
        await Expect(page.Page.Locator("[data-run=damaged] .run-problem")).ToContainTextAsync("damaged run");

        // By keys: filter, walk down, choose two, compare.
        await page.Page.Keyboard.PressAsync("/");
        await page.Page.Keyboard.TypeAsync("pair seed");
        await Expect(rows).ToHaveCountAsync(2);
        await page.Page.Keyboard.PressAsync("Tab");
        await page.Page.Locator("a.open").First.FocusAsync();
        await page.Page.Keyboard.PressAsync("x");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        await page.Page.Keyboard.PressAsync("x");
        await Expect(page.Page.Locator(".dock")).ToContainTextAsync("2 chosen");
        await page.Page.ClickAsync(".dock a.main");
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("2 runs compared");
        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Run_ItsCurve_ReadsOutAndZooms()
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, $"/run?run={Seed1}");
        ILocator canvas = page.Page.Locator(".chart canvas"), read = page.Page.Locator(".chart .read");
        await page.Page.WaitForFunctionAsync("() => document.querySelector('.chart canvas').height > 100");
        await page.Page.WaitForTimeoutAsync(300);
        await canvas.FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(read).ToContainTextAsync("Outer step 2");
        double value = MetricsLog.Read(Path.Combine(studio.Store.Root, Seed1))[1].RunningQueryLoss;
        await Expect(read).ToContainTextAsync(Figures.Text.Numbers.Short(value));
        await page.Page.Keyboard.PressAsync("+");
        await page.Page.Keyboard.PressAsync("+");
        await page.Page.Keyboard.PressAsync("End");
        Assert.DoesNotContain("Outer step 60", await read.InnerTextAsync(), StringComparison.Ordinal);
        await page.Page.Keyboard.PressAsync("0");
        await page.Page.Keyboard.PressAsync("End");
        await Expect(read).ToContainTextAsync("Outer step 60");

        // By mouse: marking a part shows it.
        LocatorBoundingBoxResult box = (await canvas.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.4f), box.Y + 60);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + 80, new() { Steps = 4 });
        await page.Page.Mouse.UpAsync();
        await page.Page.Mouse.MoveAsync(box.X + 64, box.Y + 60);
        await Expect(read).Not.ToContainTextAsync("Outer step 1");
        await page.Page.Mouse.DblClickAsync(box.X + 300, box.Y + 60);

        await page.Page.ClickAsync("[data-figure=plasticity]");
        await page.Page.WaitForFunctionAsync("() => document.querySelector('.figure img')?.naturalWidth > 100");
        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Run_ThatIsTrained_ShowsItsCurveAsItComes()
    {
        using RunDirectory begun = studio.Begin("live-two");
        using MetricsLog log = MetricsLog.Continue(begun.Folder, 0);
        await using StudioPage page = await browser.OpenAsync(studio.Address, "/run?run=live-two");
        await Expect(page.Page.Locator(".state.running")).ToHaveCountAsync(1);
        for (int step = 1; step <= 4; step++)
        {
            log.Add(new MetricsLine(step, 2 * step, 1.0 / step, 1.0 / step, 1, 0.1 * step));
            await page.Page.WaitForSelectorAsync($"[data-last='{step.ToString(CultureInfo.InvariantCulture)}']");
        }

        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Compare_Runs_HasCurvesDifferencesAndIntervals()
    {
        await using StudioPage page = await browser.OpenAsync(
            studio.Address, $"/compare?run={Seed1}&run=pair/seed-2&run={Uri.EscapeDataString(SampleStudio.Hostile)}");
        await Expect(
            page.Page.Locator("[aria-label='Settings that differ'] tbody tr th").Filter(new() { HasTextString = "meta-training.seed" }))
            .ToHaveCountAsync(1);
        await Expect(page.Page.Locator("[aria-label=Differences] tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Page.Locator(".interval .dot")).ToHaveCountAsync(1);
        Assert.Equal(3, await page.Page.Locator(".legend button").CountAsync());
        await page.Page.Locator(".legend button").First.ClickAsync();
        await Expect(page.Page.Locator(".legend button").First).ToHaveAttributeAsync("aria-pressed", "false");
        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Player_PlaysALife()
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, $"/player?run={Seed1}");
        ILocator player = page.Page.Locator(".player");
        await Expect(player).ToHaveAttributeAsync("data-frame", "0");
        await Expect(page.Page.Locator("#clock")).ToHaveTextAsync("at birth");
        double atBirth = await LossAsync(player);

        await page.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(player).ToHaveAttributeAsync("data-frame", "1");
        await Expect(page.Page.Locator("#clock")).ToHaveTextAsync("step 1 of 12");
        await page.Page.Keyboard.PressAsync("]");
        await page.Page.Keyboard.PressAsync(" ");
        await Expect(player).ToHaveAttributeAsync("data-frame", "12");
        await Expect(page.Page.Locator("#play")).ToHaveAttributeAsync("aria-label", "Play");
        Assert.NotEqual(atBirth, await LossAsync(player));

        // Scrubbing, by the slider's own keys and by dragging.
        await page.Page.Locator("#scrub").FocusAsync();
        await page.Page.Keyboard.PressAsync("Home");
        await Expect(player).ToHaveAttributeAsync("data-frame", "0");
        await page.Page.Locator("#scrub").FillAsync("6");
        await Expect(player).ToHaveAttributeAsync("data-frame", "6");
        string change = (await page.Page.Locator("[data-layer='2']").GetAttributeAsync("data-change"))!;
        await page.Page.ClickAsync("#since-birth");
        await Expect(page.Page.Locator("[data-layer='2']")).Not.ToHaveAttributeAsync("data-change", change);
        await Expect(page.Page.Locator(".small-sines button")).ToHaveCountAsync(3);
        await page.Page.Locator(".small-sines button").Nth(2).ClickAsync();
        await Expect(page.Page.Locator(".stage h2").First).ToHaveTextAsync("Sine 3 of 3");

        await page.Page.ClickAsync("#next-life");
        await page.Page.WaitForFunctionAsync("() => location.search.includes('life=1')");
        await Expect(player).ToHaveAttributeAsync("data-frame", "0");
        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Player_OfImages_ShowsWhatIsAnswered()
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, $"/player?run={SampleStudio.Glyphs}");
        await Expect(page.Page.Locator(".images figure")).ToHaveCountAsync(9);
        await page.Page.Keyboard.PressAsync("End");
        await Expect(page.Page.Locator(".player")).ToHaveAttributeAsync("data-frame", "9");
        await Expect(page.Page.Locator("#life-loss")).ToContainTextAsync("% right");
        await Expect(page.Page.Locator(".shown .big")).ToContainTextAsync("class ");
        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Weights_AreReadNumberByNumber()
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, $"/weights?run={Seed1}");
        using (TrainedRun run = TrainedRun.Open(Path.Combine(studio.Store.Root, Seed1)))
        {
            await Expect(page.Page.Locator(".tensor")).ToHaveCountAsync(run.Parameters.Layout.Parameters.Length);
            await page.Page.ClickAsync("[data-tensor='layer1.weight']");
            await page.Page.WaitForSelectorAsync("dialog .pixels");
            await page.Page.Keyboard.PressAsync("ArrowRight");
            await Expect(page.Page.Locator("dialog p.mono").Last)
                .ToHaveTextAsync($"[0, 1] = {Figures.Text.Numbers.Short(run.Parameters["layer1.weight"][0, 1])}");
        }

        await page.KeepAsync("tensor-light");
        await page.Page.Keyboard.PressAsync("Escape");
        await Expect(page.Page.Locator("dialog")).Not.ToBeVisibleAsync();
        await page.AssertSoundAsync();
    }

    [BrowserFact]
    public async Task Verdicts_LeadToTablesInWords()
    {
        await using StudioPage page = await browser.OpenAsync(studio.Address, "/");
        await page.Page.Keyboard.PressAsync("g");
        await page.Page.Keyboard.PressAsync("v");
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Verdicts");
        await page.Page.ClickAsync("a.tile[href*='table1-laptop']");
        await Expect(page.Page.Locator("h1")).ToContainTextAsync("Table 1");
        await Expect(page.Page.Locator("[aria-label=Claims] .verdict.good").First).ToContainTextAsync("holds");
        await page.Page.GoBackAsync();
        await page.Page.ClickAsync("a.tile[href*='methods']");
        await Expect(page.Page.Locator("[aria-label=Methods] tbody tr")).ToHaveCountAsync(2);
        await page.Page.WaitForFunctionAsync("() => document.querySelector('.figure img')?.naturalWidth > 100");
        await page.AssertSoundAsync();
    }

    private static async Task<double> LossAsync(ILocator player) =>
        double.Parse((await player.GetAttributeAsync("data-loss"))!, CultureInfo.InvariantCulture);

    // What is asked for after a page is there has come, and is drawn.
    private static async Task SettledAsync(StudioPage page)
    {
        await page.Page.WaitForFunctionAsync("() => !document.querySelector('main .waiting')");
        await page.Page.WaitForTimeoutAsync(500);
    }
}
