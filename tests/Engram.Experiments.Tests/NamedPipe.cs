using System.Diagnostics;

namespace Engram.Experiments.Tests;

/// <summary>Makes named pipes for tests.</summary>
internal static class NamedPipe
{
    internal static string Make(string path)
    {
        using Process program = Process.Start("mkfifo", (string[])[path]);
        program.WaitForExit();
        Assert.Equal(0, program.ExitCode);
        return path;
    }
}

/// <summary>A fact about kinds of files, which Linux tells, and that is skipped elsewhere.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute()
    {
        if (!OperatingSystem.IsLinux())
        {
            Skip = "needs Linux";
        }
    }
}
