using Engram.Experiments.Runs;

namespace Engram.Experiments.Serving;

/// <summary>Answers requests of one client, one after the other, until it closes its end.</summary>
/// <remarks>
/// A line in, <c>{"id": 1, "method": "runs", "params": {…}}</c>; lines out: any number of <c>{"id": 1, "progress": {…}}</c> and <c>{"id":
/// 1, "note": "…"}</c>, then <c>{"id": 1, "result": {…}}</c> or
/// <c>{"id": 1, "error": {"kind": …, "message": …}}</c>. The first request is <c>hello</c>, which says which version of the protocol the
/// client speaks. Requests are done in their order by one thread;
/// another one reads on, so that <c>cancel</c> reaches one that is under way. Nothing that a client sends ends the session but the end of
/// its input.
/// </remarks>
public static class ServeSession
{
    /// <summary>Serves until the input ends; what trains then stops after its outer step, with a checkpoint.</summary>
    /// <param name="input">Requests.</param>
    /// <param name="output">Answers.</param>
    /// <param name="store">Where runs lie.</param>
    /// <param name="stop">Ends it as the end of the input does.</param>
    public static void Run(Stream input, Stream output, RunStore store, CancellationToken stop = default)
    {
        using var client = new ServeClient(input, output, store);
        client.Run(stop);
    }
}
