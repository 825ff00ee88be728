using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Engram.Tasks.Tests.Data;

/// <summary>One request as it came.</summary>
/// <param name="Path">The path.</param>
/// <param name="Headers">The headers, by name in lower case.</param>
internal sealed record LoopbackRequest(string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Where the asked range begins; null for the whole file.</summary>
    public int? RangeFrom =>
        Headers.TryGetValue("range", out string? range) ? int.Parse(range["bytes=".Length..].TrimEnd('-'), null) : null;
}

/// <summary>What is sent, to the byte: a server that keeps none of the rules it is not told to keep.</summary>
/// <param name="Head">Status line and headers, without the empty line.</param>
/// <param name="Body">The bytes that follow before the connection is closed.</param>
internal sealed record LoopbackResponse(string Head, byte[] Body);

/// <summary>A server on this machine that answers as a test wants, one request to a connection.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Func<LoopbackRequest, int, LoopbackResponse> answer;
    private readonly List<LoopbackRequest> requests = [];
    private readonly Task work;

    /// <summary>Starts.</summary>
    /// <param name="answer">Answers a request, given its number from 0.</param>
    public LoopbackServer(Func<LoopbackRequest, int, LoopbackResponse> answer)
    {
        this.answer = answer;
        listener.Start();
        work = Task.Run(Serve);
    }

    /// <summary>Address of the server's folder.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/files/");

    /// <summary>What was asked for.</summary>
    public LoopbackRequest[] Requests
    {
        get
        {
            lock (requests)
            {
                return [.. requests];
            }
        }
    }

    /// <summary>A whole file, or the rest of one where a range is asked for and the version is still the same.</summary>
    public static LoopbackResponse Serve(LoopbackRequest request, byte[] file, string tag = "\"1\"")
    {
        bool continues = request.RangeFrom is not null && request.Headers.GetValueOrDefault("if-range") == tag;
        int from = continues ? request.RangeFrom!.Value : 0;
        string head = continues
            ? $"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{file.Length - 1}/{file.Length}"
            : "HTTP/1.1 200 OK";
        return new LoopbackResponse($"{head}\r\nETag: {tag}\r\nContent-Length: {file.Length - from}", file[from..]);
    }

    /// <summary>The same, broken off after some bytes.</summary>
    public static LoopbackResponse BreakOff(LoopbackRequest request, byte[] file, int bytes, string tag = "\"1\"")
    {
        LoopbackResponse whole = Serve(request, file, tag);
        return whole with { Body = whole.Body[..Math.Min(bytes, whole.Body.Length)] };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        listener.Stop();
        work.Wait(TimeSpan.FromSeconds(5));
    }

    private async Task Serve()
    {
        while (true)
        {
            try
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await Answer(client.GetStream());
                client.Client.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                if (!listener.Server.IsBound)
                {
                    return;
                }
            }
        }
    }

    private async Task Answer(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        string path = (await reader.ReadLineAsync())?.Split(' ')[1] ?? string.Empty;
        var headers = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
        {
            headers[line.Split(':')[0].ToLowerInvariant()] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        var request = new LoopbackRequest(path, headers);
        int number;
        lock (requests)
        {
            number = requests.Count;
            requests.Add(request);
        }

        LoopbackResponse response = answer(request, number);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(response.Head + "\r\nConnection: close\r\n\r\n"));
        await stream.WriteAsync(response.Body);
    }
}
