using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Engram.Numerics.Files;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;

namespace Engram.Tasks.Data.Transfer;

/// <summary>Downloads a file: goes on where it broke off, verifies the checksum, and lands whole or not at all.</summary>
/// <remarks>
/// What has come so far lies in <c>NAME.download</c>, with <c>NAME.download.json</c> saying of which version it is. It is continued only if
/// the server confirms the version (If-Range);
/// else it starts afresh. Never more than <see cref="PublishedFile.MostBytes"/> are taken. What has a wrong checksum is deleted, and
/// fetched once more from the start if it was put together of pieces.
/// </remarks>
/// <param name="client">Sends the requests.</param>
/// <param name="context">Who is told, and what ends it.</param>
public sealed class Download(HttpClient client, DataContext context)
{
    private const int BufferBytes = 1 << 16;

    /// <summary>How often a server that breaks off is asked to go on.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Pause before the second attempt; it doubles from one to the next.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest silence of a server.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Downloads a file.</summary>
    /// <param name="published">The file.</param>
    /// <param name="address">Where from.</param>
    /// <param name="target">Where to.</param>
    /// <exception cref="EngramException">The server does not have it, keeps breaking off, or sends something else.</exception>
    public void Fetch(PublishedFile published, Uri address, string target) =>
        FetchAsync(published, address, target).GetAwaiter().GetResult();

    private async Task FetchAsync(PublishedFile published, Uri address, string target)
    {
        string partial = target + ".download";
        bool pieced = File.Exists(partial);
        for (bool again = false; ; again = true)
        {
            pieced |= await Complete(published, address, partial).ConfigureAwait(false);
            if (FileChecksum.Difference(partial, published) is not { } difference)
            {
                break;
            }

            Delete(partial);
            if (!pieced || again)
            {
                throw new EngramException(
                    $"Found {difference} for '{published.Name}' from {address}: the server sends something else than was published. " +
                    $"Nothing was kept; try a mirror with --from, or import a copy with 'engram data import'.");
            }

            context.Note?.Invoke($"{published.Name}, put together of pieces, has a wrong checksum; downloading it from the start.");
        }

        File.Move(partial, target, overwrite: true);
        Delete(partial);
    }

    // Returns whether it is put together of pieces.
    private async Task<bool> Complete(PublishedFile published, Uri address, string partial)
    {
        bool pieced = File.Exists(partial);
        string problem = string.Empty;
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            if (attempt > 1)
            {
                context.Note?.Invoke($"{published.Name}: {problem} Trying again, attempt {attempt} of {Attempts}.");
                await Task.Delay(Pause * Math.Pow(2, attempt - 2), context.Stop).ConfigureAwait(false);
            }

            try
            {
                if (await Attempt(published, address, partial).ConfigureAwait(false))
                {
                    return pieced || attempt > 1;
                }

                problem = "the server broke off.";
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException
                && !context.Stop.IsCancellationRequested)
            {
                if (e is IOException and not HttpIOException && e.InnerException is null)
                {
                    throw new EngramException(
                        $"Could not write '{partial}': {AtomicFile.OneLine(e.Message)} Make room, or let ${DataFolder.Variable} name " +
                        $"another folder; the download resumes where it stopped.", e);
                }

                if (IsRefusedCertificate(e))
                {
                    throw new EngramException(
                        $"Found that the certificate of {address.Host} cannot be trusted " +
                        $"({AtomicFile.OneLine(Reasons.Of(e)).TrimEnd('.')}), expected one that this machine knows, for " +
                        $"'{published.Name}'; look at the address and at the machine's clock, name a mirror with --from, or import a " +
                        $"copy with 'engram data import'.", e);
                }

                problem = e is OperationCanceledException
                    ? FormattableString.Invariant($"the server was silent for {Silence.TotalSeconds:0} seconds.")
                    : AtomicFile.OneLine(Reasons.Of(e));
            }
        }

        long come = File.Exists(partial) ? new FileInfo(partial).Length : 0;
        throw new EngramException(
            $"Found no end of '{published.Name}' from {address} in {Attempts} attempts ({come} bytes came): {problem} What came is " +
            $"kept; try again later, or name a mirror with --from.");
    }

    // Trying again changes nothing about it.
    private static bool IsRefusedCertificate(Exception e)
    {
        Exception? inner = e;
        while (inner is not (null or AuthenticationException))
        {
            inner = inner.InnerException;
        }

        return inner is not null;
    }

    // Returns whether the file is complete.
    private async Task<bool> Attempt(PublishedFile published, Uri address, string partial)
    {
        DownloadVersion? version = Version.Read(partial, address);
        long have = version is not null && File.Exists(partial) ? new FileInfo(partial).Length : 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            request.Headers.TryAddWithoutValidation("If-Range", version!.Mark);
        }

        using var silence = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        silence.CancelAfter(Silence);
        using HttpResponseMessage response = await Send(request, published, address, silence.Token).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Delete(partial);
            return false;
        }

        if (!response.IsSuccessStatusCode)
        {
            if (response.Headers.Location is { } elsewhere && (int)response.StatusCode is >= 300 and < 400)
            {
                throw SendsOn(published, address, elsewhere);
            }

            string status = $"{(int)response.StatusCode} ({AtomicFile.Shown(response.ReasonPhrase ?? string.Empty)})";
            throw (int)response.StatusCode >= 500 || response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
                ? new HttpRequestException($"the server answers {status}")
                : new EngramException(
                    $"Found status {status} for {address}, expected '{published.Name}'; name a mirror with --from, or import a copy " +
                    $"with 'engram data import'.");
        }

        bool continues = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
        long from = continues ? have : 0;
        long? total = continues ? response.Content.Headers.ContentRange?.Length : response.Content.Headers.ContentLength;
        if (total > published.MostBytes)
        {
            throw TooLong(published, address, total.Value);
        }

        Version.Write(partial, address, response);
        await Receive(response, published, address, partial, from, total, silence).ConfigureAwait(false);
        return total is null || new FileInfo(partial).Length == total;
    }

    // A server may send on to an address that is none, or of a file: the client follows it, and throws what is no failure of a connection.
    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, PublishedFile published, Uri address, CancellationToken stop)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is UriFormatException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw SendsOn(published, address, request.RequestUri ?? address, e);
        }
    }

    private static EngramException SendsOn(PublishedFile published, Uri address, Uri elsewhere, Exception? inner = null)
    {
        string line =
            $"Found that {address} sends on to '{AtomicFile.Shown(elsewhere.ToString())}', expected an address of http or https, and of " +
            $"https where it "
            + $"begins as that, for '{published.Name}'; name a mirror with --from, or import a copy with 'engram data import'.";
        return inner is null ? new EngramException(line) : new EngramException(line, inner);
    }

    private async Task Receive(
        HttpResponseMessage response, PublishedFile published, Uri address, string partial, long from, long? total,
        CancellationTokenSource silence)
    {
        using Stream content = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        using FileStream file = RegularFile.OpenToWrite(partial, from > 0 ? FileMode.Append : FileMode.Create, FileShare.Read);
        byte[] buffer = new byte[BufferBytes];
        long come = from;
        while (true)
        {
            silence.CancelAfter(Silence);
            int read = await content.ReadAsync(buffer, silence.Token).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            come += read;
            if (come > published.MostBytes)
            {
                file.Dispose();
                Delete(partial);
                throw TooLong(published, address, come);
            }

            file.Write(buffer.AsSpan(0, read));
            context.Progress?.Invoke(new DataProgress($"downloading {published.Name}", come, total, "bytes"));
        }

        file.Flush(flushToDisk: true);
        context.Progress?.Invoke(new DataProgress($"downloading {published.Name}", come, come, "bytes"));
    }

    private static EngramException TooLong(PublishedFile published, Uri address, long bytes) =>
        new(
            $"Found {bytes} bytes and more for '{published.Name}' from {address}, expected at most {published.MostBytes}; the server " +
            $"sends something else. Nothing was kept; name a mirror with --from.");

    private static void Delete(string partial)
    {
        File.Delete(partial);
        File.Delete(Version.PathOf(partial));
    }

    /// <summary>Which version of a file the bytes that came are of.</summary>
    private static class Version
    {
        public static string PathOf(string partial) => partial + ".json";

        /// <summary>The version of what came so far; null where it is not known, so that it cannot be continued.</summary>
        public static DownloadVersion? Read(string partial, Uri address)
        {
            try
            {
                return TransferJson.Version.Read(PathOf(partial)) is { } found && found.Address == address.ToString() ? found : null;
            }
            catch (EngramException)
            {
                return null;
            }
        }

        /// <summary>Remembers the version of what is about to come. Only a strong mark tells two versions apart for certain.</summary>
        public static void Write(string partial, Uri address, HttpResponseMessage response)
        {
            string? mark = response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : response.Content.Headers.LastModified?.ToString("R");
            if (mark is null)
            {
                File.Delete(PathOf(partial));
            }
            else
            {
                AtomicFile.WriteText(PathOf(partial), TransferJson.Version.Write(new DownloadVersion(address.ToString(), mark)));
            }
        }
    }
}
