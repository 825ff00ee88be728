using System.Diagnostics;

namespace Engram.Numerics.Files;

/// <summary>Processes of this machine, by number.</summary>
internal static class Processes
{
    /// <summary>Whether a process of that number is there.</summary>
    public static bool IsAlive(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
