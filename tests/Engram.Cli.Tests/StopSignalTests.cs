using System.Runtime.InteropServices;
using Engram.Cli.Terminal;

namespace Engram.Cli.Tests;

public class StopSignalTests
{
    /// <summary>A command may have heard a signal and come to its end before the handler of a program at rest is asked; its last words
    /// must not be cut off by that one's.</summary>
    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public void IsUnheard_SignalThatACommandHasHeard_IsNot(PosixSignal signal) =>
        Assert.False(StopSignal.IsUnheard(new PosixSignalContext(signal) { Cancel = true }));
}
