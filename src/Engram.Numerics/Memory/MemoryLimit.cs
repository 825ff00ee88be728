using System.Globalization;
using Engram.Numerics.Text;

namespace Engram.Numerics.Memory;

/// <summary>Refuses what would not fit into memory before it is asked for: a process that asks all the same is killed without a
/// word.</summary>
internal static class MemoryLimit
{
    /// <summary>Checks a need against the memory that this process may use and has not taken for tensors yet.</summary>
    /// <param name="bytes">What is about to be taken, in bytes.</param>
    /// <param name="what">What for, such as "meta-parameters, gradients and moments".</param>
    /// <param name="remedy">What to lower.</param>
    /// <param name="settings">Names of the settings that make it so large, where it is settings of a record; see
    /// <see cref="SettingException"/>.</param>
    /// <exception cref="EngramException">It does not fit.</exception>
    public static void Expect(double bytes, string what, string remedy, params string[] settings)
    {
        double all = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, taken = Arena.TakenBytes;
        if (bytes > all - taken)
        {
            string beside = taken > all / 100 ? $", of which {Gibibytes(taken)} GiB are taken" : string.Empty;
            string line =
                $"Found a need of {Gibibytes(bytes)} GiB of memory for {what}, expected at most the {Gibibytes(all)} GiB there " +
                $"are{beside}; {remedy}";
            throw settings.Length == 0 ? new EngramException(line) : new SettingException(line, settings);
        }
    }

    private static string Gibibytes(double bytes) => (bytes / (1L << 30)).ToString("0.0", CultureInfo.InvariantCulture);
}
