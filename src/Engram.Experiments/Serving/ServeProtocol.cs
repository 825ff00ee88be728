using Engram.Numerics.Text;

namespace Engram.Experiments.Serving;

/// <summary>The protocol of <c>engram serve</c>: requests and answers as lines of JSON, arrays in files. docs/PYTHON.md describes
/// it.</summary>
public static class ServeProtocol
{
    /// <summary>The version that this program speaks. It changes where a client of an earlier one would misunderstand.</summary>
    public const int Version = 1;

    /// <summary>Most bytes of a line.</summary>
    public const int MostLineBytes = 1 << 20;

    /// <summary>Most requests that wait for their turn.</summary>
    public const int MostWaiting = 64;

    internal const string WrongInput = "wrong-input", NonFinite = "non-finite", Stopped = "stopped", Protocol = "protocol", Fault = "fault";
}

/// <summary>A request that is no request of this protocol, or comes at the wrong time.</summary>
internal sealed class ServeProtocolException(string message) : EngramException(message);
