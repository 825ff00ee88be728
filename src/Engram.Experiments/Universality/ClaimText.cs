using System.Globalization;
using Engram.Figures.Text;

namespace Engram.Experiments.Universality;

/// <summary>Numbers in claims.</summary>
internal static class ClaimText
{
    /// <summary>As it is.</summary>
    public static string N(double value) => value.ToString(CultureInfo.InvariantCulture).Replace('-', '−');

    /// <summary>Three significant digits.</summary>
    public static string Short(double value) => Numbers.Short(value).Replace('-', '−');
}
