using System.Diagnostics;
using Engram.Experiments.Tests;

namespace Engram.Tasks.Tests;

/// <summary>The Python Imaging Library, an independent implementation to compare with.</summary>
internal static class Pil
{
    private const string Python = "/usr/bin/python3";

    private static readonly Lazy<bool> Installed = new(() =>
    {
        try
        {
            return Start("import PIL.Image", []).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });

    /// <summary>Why tests that need it are skipped; null where it is installed.</summary>
    public static string? Absent => Installed.Value ? null : $"{Python} does not import PIL";

    /// <summary>Runs a script with arguments; it must succeed.</summary>
    public static void Run(string script, params string[] arguments)
    {
        (int exitCode, string error) = Start(script, arguments);
        Assert.True(exitCode == 0, error);
    }

    private static (int ExitCode, string Error) Start(string script, string[] arguments)
    {
        var start = new ProcessStartInfo(Python) { UseShellExecute = false, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}

/// <summary>A fact that needs the Python Imaging Library, perhaps with a folder of <c>../shared</c>; skipped where one is absent.</summary>
internal sealed class PilFactAttribute : FactAttribute
{
    public PilFactAttribute(string? folder = null) =>
        Skip = (folder is not null && SharedData.Find(folder) is null ? $"no folder ../shared/{folder} beside the repository"
            : Pil.Absent)!;
}
