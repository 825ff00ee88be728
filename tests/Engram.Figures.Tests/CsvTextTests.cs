using Engram.Figures.Text;

namespace Engram.Figures.Tests;

public class CsvTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a, \"b\"", "\"a, \"\"b\"\"\"")]
    [InlineData("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0")]
    [InlineData("-2+3", "'-2+3")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("-1.5e-7", "-1.5e-7")]
    [InlineData("+3", "+3")]
    [InlineData("-Infinity", "-Infinity")]
    [InlineData("", "")]
    [InlineData("a\u001b[31mb\uffff", "a\\u001b[31mb\\uffff")]
    [InlineData("https://me:secret@host/", "https://…@host/")]
    public void Field_Text_IsHarmlessAndReadsBack(string text, string expected) => Assert.Equal(expected, CsvText.Field(text));
}
