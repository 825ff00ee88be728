using Engram.Learning.Learners;

namespace Engram.Learning.Tests.Lifetimes;

/// <summary>Numbers of two engines, beside the largest of them.</summary>
internal static class Close
{
    public static void Assert(MetaParameters<double> expected, MetaParameters<double> found, double tolerance)
    {
        for (int i = 0; i < expected.Layout.Parameters.Length; i++)
        {
            Assert(expected[i].ToArray(), found[i].ToArray(), tolerance);
        }
    }

    public static void Assert(IReadOnlyList<double> expected, IReadOnlyList<double> found, double tolerance)
    {
        Xunit.Assert.Equal(expected.Count, found.Count);
        double scale = Math.Max(1e-3, expected.Select(Math.Abs).DefaultIfEmpty().Max());
        for (int i = 0; i < expected.Count; i++)
        {
            Xunit.Assert.Equal(expected[i], found[i], tolerance * scale);
        }
    }
}
