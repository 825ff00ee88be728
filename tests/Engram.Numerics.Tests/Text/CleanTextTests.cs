using Engram.Numerics.Text;

namespace Engram.Numerics.Tests.Text;

public class CleanTextTests
{
    [Theory]
    [InlineData("plain α ≤ 1 — 日本語 😀", "plain α ≤ 1 — 日本語 😀")]
    [InlineData("\u001b[2J\u001b]0;pwned\u0007x", "\\u001b[2J\\u001b]0;pwned\\u0007x")]
    [InlineData("a\u009bb\u007f", "a\\u009bb\\u007f")]
    [InlineData("no\uffffcharacter\ufffe\ufdd0", "no\\uffffcharacter\\ufffe\\ufdd0")]
    [InlineData("turned\u202egnp.exe\u2066", "turned\\u202egnp.exe\\u2066")]
    [InlineData("tag \U000e0041 \U0001ffff", "tag \\U000e0041 \\U0001ffff")]
    [InlineData("over\rwritten\r\nnext\tcolumn", "over\\u000dwritten\r\nnext\tcolumn")]
    [InlineData("from https://me:pa@ss@host.example/a/b?x=y@z.", "from https://…@host.example/a/b?x=y@z.")]
    [InlineData("ftp://token@host and http://h/@x and a@b.c", "ftp://…@host and http://h/@x and a@b.c")]
    public void Lines_TextFromAnywhere_IsFit(string text, string expected) => Assert.Equal(expected, CleanText.Lines(text));

    [Fact]
    public void Lines_HalvesOfPairs_AreEscaped() => Assert.Equal("a \\ud800 b \\udc00", CleanText.Lines($"a {'\ud800'} b {'\udc00'}"));

    [Fact]
    public void Line_SeveralLines_AreOne() => Assert.Equal("a b c d \\u001b", CleanText.Line("a\nb\r\nc\td\r\u001b"));

    [Fact]
    public void Line_SixtyThousandCharacters_KeepItsBeginningAndEnd()
    {
        string line = CleanText.Line("Found " + new string('x', 60_000) + "; do this.");

        Assert.InRange(line.Length, CleanText.MostOfMessage, CleanText.MostOfMessage + 40);
        Assert.StartsWith("Found xxx", line, StringComparison.Ordinal);
        Assert.EndsWith("; do this.", line, StringComparison.Ordinal);
        Assert.Contains(" … (56,016 characters) … ", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_EveryCharacter_LeavesNoneThatSteersATerminal()
    {
        string all = new([.. Enumerable.Range(0, 0x10000).Select(c => (char)c)]);

        string line = CleanText.Line(all, int.MaxValue);

        Assert.DoesNotContain(line, c => char.IsControl(c) || c is >= '\ufffe' or (>= '\u202a' and <= '\u202e'));
        Assert.Contains("é", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Line_CutInsideAPair_KeepsPairsWhole()
    {
        string line = CleanText.Line(string.Concat(Enumerable.Repeat("😀", 40)), 41);

        Assert.DoesNotContain("\\ud", CleanText.Lines(line), StringComparison.Ordinal);
        Assert.EndsWith("😀", line, StringComparison.Ordinal);
    }

    /// <summary>Also for programs that show it themselves.</summary>
    [Theory]
    [InlineData("a\nb", "a b")]
    [InlineData("a\u001b[31mb", "a\\u001b[31mb")]
    [InlineData("http://me:secret@host/x", "http://…@host/x")]
    public void Message_OfAnError_IsOneCleanLine(string message, string expected)
    {
        Assert.Equal(expected, new EngramException(message).Message);
        Assert.Equal(expected, new EngramException(message, new IOException()).Message);
        Assert.Equal(expected, new SettingException(message).Message);
    }
}
