namespace Engram.Cli.Tests;

/// <summary>Pages can be read in a hurry, and what they show works; each gate is proved by a bad sample.</summary>
public sealed class ProseTests
{
    public static TheoryData<string> Pages => [.. MarkdownPage.Names(Repository.Root)];

    [Fact]
    public void Pages_OfTheRepository_AreFound()
    {
        string[] names = [.. MarkdownPage.Names(Repository.Root)];
        string[] some = ["README.md", "docs/CLI.md", "docs/tutorials/your-first-rule.md", "results/table1/LOG.md"];

        Assert.All(some, n => Assert.Contains(n, names));
        Assert.DoesNotContain("results/table1-laptop/report.md", names);
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_Lines_FitTheirColumns(string page) => AssertNone(ProseRules.LongLines(Read(page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_Sentences_AreShort(string page) => AssertNone(ProseRules.LongSentences(Read(page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_Idioms_ArePlainEnglish(string page) => AssertNone(ProseRules.Idioms(Read(page)));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_LinksAndAnchors_LeadSomewhere(string page) => AssertNone(ProseRules.BrokenLinks(Read(page), Repository.Root));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_Commands_AreAccepted(string page) => AssertNone(PageCommands.Refused(Read(page)));

    [Fact]
    public void Pages_Commands_AreMany() =>
        Assert.True(MarkdownPage.Names(Repository.Root).Sum(p => PageCommands.Of(Read(p)).Count()) > 60);

    [Theory]
    [InlineData(120, 0)]
    [InlineData(121, 1)]
    public void LongLines_OfALine_CountsCharacters(int columns, int expected)
    {
        // Two bytes each in UTF-8; x̃ is two code points and one character.
        string line = "x\u0303" + new string('α', columns - 1);

        Assert.Equal(expected, ProseRules.LongLines(Sample(line)).Count());
        Assert.Empty(ProseRules.LongLines(Sample($"| {line}{line} |")));
        Assert.Empty(ProseRules.LongLines(Sample($"```bash\n{line}{line}\n```")));
        Assert.Empty(ProseRules.LongLines(Sample($"[a](https://example.org/{line})")));
    }

    [Fact]
    public void LongLines_Fault_NamesPageAndLine() =>
        Assert.Equal(
            "docs/sample.md:3: 130 columns, expected at most 120",
            Assert.Single(ProseRules.LongLines(Sample($"a\n\n{new string('a', 130)}"))));

    [Theory]
    [InlineData(40, 0)]
    [InlineData(41, 1)]
    public void LongSentences_OfASentence_CountsItsWords(int words, int expected)
    {
        string sentence = string.Join('\n', Enumerable.Repeat("word", words)) + ".", line = sentence.ReplaceLineEndings(" ");

        Assert.Equal(expected, ProseRules.LongSentences(Sample(sentence)).Count());
        Assert.Equal(2 * expected, ProseRules.LongSentences(Sample($"{sentence}\n{sentence} Short.\n\n- short")).Count());
        Assert.Equal(expected, ProseRules.LongSentences(Sample($"| {line} | short |")).Count());
        Assert.Empty(ProseRules.LongSentences(Sample($"<!-- schema: begin -->\n| {line} |\n<!-- schema: end -->")));
        Assert.Empty(ProseRules.LongSentences(Sample($"`{line}` is code.")));
    }

    [Fact]
    public void LongSentences_Abbreviation_EndsNoSentence()
    {
        string half = string.Join(' ', Enumerable.Repeat("word", 25));

        Assert.Single(ProseRules.LongSentences(Sample($"{half} i.i.d. {half}")));
        Assert.Empty(ProseRules.LongSentences(Sample($"{half}. {half}")));
    }

    [Theory]
    [InlineData("The same command goes on with the run.", 1)]
    [InlineData("What stands behind the mark is no option.", 2)]
    [InlineData("A page that is not\nto be had.", 1)]
    [InlineData("| The feedback is told what to do | |", 1)]
    [InlineData("The same command resumes the run.", 0)]
    [InlineData("The option `goes on with` is code.", 0)]
    public void Idioms_OfASentence_AreFound(string text, int expected) => Assert.Equal(expected, ProseRules.Idioms(Sample(text)).Count());

    [Theory]
    [InlineData("[gone](GONE.md)", 1)]
    [InlineData("[gone](CLI.md#gone)", 1)]
    [InlineData("[gone](#gone)", 1)]
    [InlineData("![gone](images/gone.svg)", 1)]
    [InlineData("[here](CLI.md#exit-codes), [here](../README.md), [here](tutorials), [here](https://example.org)", 0)]
    [InlineData("# What is `β`?\n\n[here](#what-is-β)", 0)]
    [InlineData("# What does ± mean?\n\n[here](#what-does--mean)", 0)]
    [InlineData("# Twice\n\n# Twice\n\n[here](#twice-1) [gone](#twice-2)", 1)]
    public void BrokenLinks_OfAPage_AreFound(string text, int expected) =>
        Assert.Equal(expected, ProseRules.BrokenLinks(Sample(text), Repository.Root).Count());

    [Theory]
    [InlineData("engram train --sede 3", 1)]
    [InlineData("engram trian", 1)]
    [InlineData("engram train a b", 1)]
    [InlineData("cd x && ENGRAM_VECTOR=256 engram runs shwo RUN", 1)]
    [InlineData("dotnet run -c Release --project examples/OwnRule -- gradchek", 1)]
    [InlineData("engram train \\\n  --nothing", 1)]
    [InlineData("engram train RECIPE --seeds N   # --sede", 0)]
    [InlineData("engram export RUN --out \"my file\" > log; engram runs", 0)]
    [InlineData("exec engram train --seed \"$SLURM_ARRAY_TASK_ID\" --run \"$name\"", 0)]
    [InlineData("dotnet test --nothing", 0)]
    public void Refused_OfABlock_FindsWrongCommands(string shell, int expected)
    {
        Assert.Equal(expected, PageCommands.Refused(Sample($"```bash\n{shell}\n```")).Count());
        Assert.Empty(PageCommands.Refused(Sample($"```text\n{shell}\n```")));
    }

    [Fact]
    public void Of_Block_ReadsWordsAsAShell()
    {
        const string Shell = "engram train 'my file' --set a=\"b c\" # no\n\nengram runs | cat; engram list rules";
        (int Line, string[] Args)[] commands = [.. PageCommands.Of(Sample($"# a\n\n```bash\n{Shell}\n```"))];

        Assert.Equal([4, 6, 6], commands.Select(c => c.Line));
        Assert.Equal(["train", "my file", "--set", "a=b c"], commands[0].Args);
        Assert.Equal(["runs"], commands[1].Args);
        Assert.Equal(["list", "rules"], commands[2].Args);
    }

    private static MarkdownPage Read(string name) => MarkdownPage.Read(Repository.Root, name);

    private static MarkdownPage Sample(string text) => MarkdownPage.Parse("docs/sample.md", text);

    private static void AssertNone(IEnumerable<string> faults)
    {
        string[] found = [.. faults];
        Assert.True(found.Length == 0, string.Join('\n', found));
    }
}
