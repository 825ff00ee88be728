using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Engram.Experiments.Tests;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Tasks.Tests.Data;

public sealed class DownloadTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 200_000).Select(i => (byte)((i * 7) ^ (i >> 8)))];
    private static readonly PublishedFile Published = new("file.bin", null)
    { Sha256 = Convert.ToHexStringLower(SHA256.HashData(Content)), MostBytes = 1 << 20 };

    private readonly SmallImages images = new();
    private readonly HttpClient client = new();

    private string Target => images.At("file.bin");

    [Fact]
    public void Fetch_AWholeFile_LandsUnderItsName()
    {
        using var server = new LoopbackServer((r, _) => LoopbackServer.Serve(r, Content));
        Fetch(server);

        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal("/files/file.bin", Assert.Single(server.Requests).Path);
        AssertNoLeftovers();
    }

    [Fact]
    public void Fetch_FromAServerThatBreaksOff_GoesOnWhereItStopped()
    {
        using var server =
            new LoopbackServer((r, n) => n < 3 ? LoopbackServer.BreakOff(r, Content, 50_000) : LoopbackServer.Serve(r, Content));
        Fetch(server);

        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal([null, 50_000, 100_000, 150_000], server.Requests.Select(r => r.RangeFrom));
        Assert.All(server.Requests.Skip(1), r => Assert.Equal("\"1\"", r.Headers["if-range"]));
        AssertNoLeftovers();
    }

    [Fact]
    public void Fetch_InALaterProcess_GoesOnWhereTheEarlierStopped()
    {
        using (var failing = new LoopbackServer(
            (r, n) =>
            n == 0 ? LoopbackServer.BreakOff(r, Content, 60_000) : new LoopbackResponse("HTTP/1.1 503 Busy\r\nContent-Length: 0", [])))
        {
            string error = Assert.Throws<EngramException>(() => Fetch(failing, failing.Address)).Message;
            Assert.Contains("in 3 attempts (60000 bytes came): the server answers 503 (Busy)", error, StringComparison.Ordinal);
            Assert.False(File.Exists(Target));
        }

        // Another server's file is another file: it starts afresh.
        using var server = new LoopbackServer((r, _) => LoopbackServer.Serve(r, Content));
        Fetch(server);
        Assert.Null(server.Requests[0].RangeFrom);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Fact]
    public void Fetch_AFileThatChangedInBetween_StartsAfresh()
    {
        byte[] older = [.. Content.Reverse()];
        using var server = new LoopbackServer(
            (r, n) => n == 0 ? LoopbackServer.BreakOff(r, older, 50_000, "\"old\"") : LoopbackServer.Serve(r, Content, "\"new\""));
        Fetch(server);

        Assert.Equal(50_000, server.Requests[1].RangeFrom);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Fact]
    public void Fetch_FromAServerWithoutVersions_NeverPutsPiecesTogether()
    {
        using var server = new LoopbackServer(
            (_, n) => new LoopbackResponse($"HTTP/1.1 200 OK\r\nContent-Length: {Content.Length}", n == 0 ? Content[..1000] : Content));
        Fetch(server);

        Assert.Null(server.Requests[1].RangeFrom);
        Assert.Equal(Content, File.ReadAllBytes(Target));
    }

    [Fact]
    public void Fetch_PiecesThatDoNotFit_AreFetchedOnceMoreFromTheStart()
    {
        // A server that keeps its tag for another file.
        byte[] older = [.. Content.Reverse()];
        using var server =
            new LoopbackServer((r, n) => n == 0 ? LoopbackServer.BreakOff(r, older, 50_000) : LoopbackServer.Serve(r, Content));
        Fetch(server);

        Assert.Equal([null, 50_000, null], server.Requests.Select(r => r.RangeFrom));
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Contains(images.Notes, n => n.Contains("has a wrong checksum; downloading it from the start", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("wrong bytes", "the server sends something else than was published", 1)]
    [InlineData("shorter length", "the server sends something else than was published", 1)]
    [InlineData("longer length", "in 3 attempts (200000 bytes came)", 3)]
    [InlineData("404", "Found status 404 (Not Found)", 1)]
    [InlineData("403", "Found status 403 (Forbidden)", 1)]
    [InlineData("500", "the server answers 500 (Oops)", 3)]
    [InlineData("absurd length", "Found 10000000 bytes and more", 1)]
    [InlineData("endless", "expected at most 1048576; the server sends something else", 1)]
    [InlineData("not http", "in 3 attempts (0 bytes came)", 3)]
    [InlineData("nobody", "in 3 attempts (0 bytes came)", 0)]
    public void Fetch_FromAServerThatDoesNotServe_SaysSoAndLandsNothing(string what, string expected, int requests)
    {
        using var server = new LoopbackServer((r, _) => what switch
        {
            "wrong bytes" => LoopbackServer.Serve(r, [.. Content[..^1], 0]),
            "shorter length" => new LoopbackResponse("HTTP/1.1 200 OK\r\nContent-Length: 1000", Content),
            "longer length" => new LoopbackResponse($"HTTP/1.1 200 OK\r\nContent-Length: {Content.Length + 1}", Content),
            "404" => new LoopbackResponse("HTTP/1.1 404 Not Found\r\nContent-Length: 0", []),
            "403" => new LoopbackResponse("HTTP/1.1 403 Forbidden\r\nContent-Length: 0", []),
            "500" => new LoopbackResponse("HTTP/1.1 500 Oops\r\nContent-Length: 0", []),
            "absurd length" => new LoopbackResponse("HTTP/1.1 200 OK\r\nContent-Length: 10000000", Content),
            "endless" => new LoopbackResponse("HTTP/1.1 200 OK", new byte[(1 << 20) + 1000]),
            _ => new LoopbackResponse("SSH-2.0-nonsense", []),
        });
        Uri address = what == "nobody" ? new Uri("http://127.0.0.1:1/files/") : server.Address;

        string error = Assert.Throws<EngramException>(() => Fetch(server, address)).Message;

        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.Equal(requests, server.Requests.Length);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void Fetch_FromASilentServer_GivesUpInTime()
    {
        // Silent for as long as the test runs: a server that only slept could answer before a busy machine gives up on it.
        using var over = new ManualResetEventSlim();
        using var server = new LoopbackServer((r, _) =>
        {
            over.Wait(TimeSpan.FromMinutes(1));
            return LoopbackServer.Serve(r, Content);
        });
        var download = new Download(client, images.Context)
        { Attempts = 2, Pause = TimeSpan.Zero, Silence = TimeSpan.FromMilliseconds(100) };

        Assert.Contains(
            "the server was silent",
            Assert.Throws<EngramException>(() => download.Fetch(Published, new Uri(server.Address, "file.bin"), Target)).Message,
            StringComparison.Ordinal);
        over.Set();
    }

    [Fact]
    public void Get_ADataset_TakesEveryFileFromTheMirror()
    {
        using var server = new LoopbackServer((r, _) => LoopbackServer.Serve(r, Content));

        // The bytes are not those published, and the first file that arrives says so.
        Assert.Contains(
            "SHA-256", Assert.Throws<EngramException>(
            () => DatasetDownload.Get("mini-imagenet", server.Address, Quick(), images.Context)).Message, StringComparison.Ordinal);
        Assert.Equal("/files/train.csv", Assert.Single(server.Requests).Path);
        Assert.Empty(Directory.GetFiles(Path.Combine(images.Root, "mini-imagenet")));

        images.Write("data/mini-imagenet/train.csv", [1]);
        Assert.Throws<EngramException>(() => DatasetDownload.Get("mini-imagenet", server.Address, Quick(), images.Context));
        Assert.Contains("train.csv is there already.", images.Notes);
    }

    [Fact]
    public void Get_WhereALinkLeadsNowhere_DownloadsTheFile()
    {
        using var server = new LoopbackServer((r, _) => LoopbackServer.Serve(r, Content));
        Directory.CreateDirectory(Path.Combine(images.Root, "mini-imagenet"));
        File.CreateSymbolicLink(Path.Combine(images.Root, "mini-imagenet", "train.csv"), images.At("gone.csv"));

        // What comes is not what was published, so that it gets no further than its download.
        Assert.Contains(
            "SHA-256", Assert.Throws<EngramException>(
            () => DatasetDownload.Get("mini-imagenet", server.Address, Quick(), images.Context)).Message, StringComparison.Ordinal);
        Assert.Equal("/files/train.csv", Assert.Single(server.Requests).Path);
        Assert.Empty(images.Notes);
    }

    [Fact]
    public void Get_WhileTheSetIsImported_IsRefusedAndDownloadsNothing()
    {
        using var server = new LoopbackServer((r, _) => LoopbackServer.Serve(r, Content));
        Directory.CreateDirectory(images.Root);
        using (new FileStream(
            Path.Combine(images.Root, "mini-imagenet.importing.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Contains(
                "Found another import or download of the data set 'mini-imagenet'",
                Assert.Throws<EngramException>(
                () => DatasetDownload.Get("mini-imagenet", server.Address, Quick(), images.Context)).Message, StringComparison.Ordinal);
        }

        Assert.Empty(server.Requests);
    }

    [SharedDataFact("data")]
    public void Get_AsPublished_Lands()
    {
        string shared = Path.Combine(SharedData.Find("data")!, "mini-imagenet");
        using var server =
            new LoopbackServer((r, n) => n == 0 ? LoopbackServer.BreakOff(r, Read(r), 100_000) : LoopbackServer.Serve(r, Read(r)));
        DatasetDownload.Get("mini-imagenet", server.Address, Quick(), images.Context);

        Assert.Equal(
            ["test.csv", "train.csv", "val.csv"],
            Directory.GetFiles(Path.Combine(images.Root, "mini-imagenet")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.Equal(4, server.Requests.Length);

        byte[] Read(LoopbackRequest request) => File.ReadAllBytes(Path.Combine(shared, Path.GetFileName(request.Path)));
    }

    [Fact]
    public void Fetch_FromAServerThatSendsOnToAFile_IsRefusedInOneLine()
    {
        using var server = new LoopbackServer((_, _) => new LoopbackResponse("HTTP/1.1 302 Found\r\nLocation: file:///etc/hostname", []));
        string error = Assert.Throws<EngramException>(() => Fetch(server, server.Address)).Message;

        Assert.Contains("sends on to 'file:///etc/hostname', expected an address of http or https", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.False(File.Exists(Target));
    }

    [Theory]
    [InlineData("https://mirror.example/mnist", "https://mirror.example/mnist/")]
    [InlineData("../shared", null)]
    [InlineData("file:///etc", null)]
    public void FolderAddress_OfWhatSomebodyTyped_IsHttpOrRefused(string text, string? expected)
    {
        if (expected is not null)
        {
            Assert.Equal(expected, DatasetDownload.FolderAddress(text).ToString());
        }
        else
        {
            Assert.Contains(
                "expected the http or https address", Assert.Throws<EngramException>(() => DatasetDownload.FolderAddress(text)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fetch_FromAServerWhoseCertificateIsUnknown_SaysWhyAtOnce()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 own = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int asked = 0;
        Task serve = Task.Run(async () =>
        {
            while (true)
            {
                using TcpClient caller = await listener.AcceptTcpClientAsync();
                asked++;
                using var secure = new SslStream(caller.GetStream());
                try
                {
                    await secure.AuthenticateAsServerAsync(certificate);
                    await secure.ReadExactlyAsync(new byte[1]);
                }
                catch (Exception e) when (e is IOException or AuthenticationException)
                {
                    // It is refused.
                }
            }
        });

        string error = Assert.Throws<EngramException>(
            () =>
            Quick().Fetch(Published, new Uri($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/file.bin"), Target)).Message;
        Assert.StartsWith(
            "Found that the certificate of localhost cannot be trusted (The remote certificate", error, StringComparison.Ordinal);
        Assert.Contains("a mirror with --from", error, StringComparison.Ordinal);
        Assert.DoesNotContain("inner exception", error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, asked);
        Assert.False(File.Exists(Target));
    }

    public void Dispose()
    {
        client.Dispose();
        images.Dispose();
    }

    private Download Quick() => new(client, images.Context) { Attempts = 3, Pause = TimeSpan.Zero };

    private void Fetch(LoopbackServer server, Uri? address = null)
    {
        var download = new Download(client, images.Context) { Attempts = address is null ? 5 : 3, Pause = TimeSpan.Zero };
        download.Fetch(Published, new Uri(address ?? server.Address, "file.bin"), Target);
    }

    private void AssertNoLeftovers() => Assert.Equal([Target], Directory.GetFiles(Path.GetDirectoryName(Target)!));
}
