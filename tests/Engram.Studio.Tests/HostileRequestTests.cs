using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Engram.Studio.Tests;

/// <summary>Requests that no page of the studio makes are answered with a status of the fours, and nothing is written for them.</summary>
[Collection(StudioCollection.Name)]
public class HostileRequestTests(SampleStudio studio)
{
    private static readonly string[] Paths = ["/", "/run", "/api/runs", "/api/run", "/api/curve", "/api/compare", "/api/film", "/figure",
        "/picture", "/live/runs", "/assets/app.js"];

    [Fact]
    public void HostileRequests_AllOfThem_AreRefusedAndWriteNothing()
    {
        string host = $"localhost:{studio.Address.Port}";
        string[] requests = [.. Hostile(host)];
        string before = studio.Fingerprint();

        (string Request, int Status)[] answers = [.. requests.Select(r => (r, Send(r)))];

        Assert.True(requests.Length >= 200, $"only {requests.Length} requests");
        Assert.Equal(requests.Length, requests.Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(answers.Where(a => a.Status is < 400 or > 499).Select(a => $"{a.Status}: {a.Request.Split('\r')[0]} …"));
        Assert.Equal(before, studio.Fingerprint());
        Assert.Equal(200, Send(Request("GET", "/api/runs", host)));
        Assert.Equal(200, Send(Request("HEAD", "/", host)));
        Assert.Equal(200, Send(Request("GET", "/", host, $"Origin: http://{host}")));
    }

    private static IEnumerable<string> Hostile(string host)
    {
        // Verbs.
        foreach (string verb in (string[])["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "LOCK",
            "get", "FOO"])
        {
            yield return Request(verb, "/", host);
            yield return Request(verb, "/api/run?run=pair%2Fseed-1", host);
        }

        // Hosts that are no names of this machine, as a name that was made to lead here has.
        foreach (string name in (string[])
        [
            "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.2", "192.168.0.1", "0.0.0.0",
                "[::2]", "localhost:80:80", "localhost:", "localhost:x",
            "localhost:999999", "localhost@evil.example", "user@localhost", "xn--localhost-", "localhost evil", "[::1", "2130706433",
                "0x7f000001", "localhost/evil", "localhost,evil.example",
        ])
        {
            yield return Request("GET", "/api/runs", name);
        }

        yield return "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
        yield return "GET / HTTP/1.0\r\n\r\n";
        yield return $"GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
        yield return $"GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";

        // Pages of other sites.
        foreach (string path in Paths)
        {
            foreach (string origin in (string[])["http://evil.example", "null", "https://" + host, "http://localhost:1"])
            {
                yield return Request("GET", path, host, "Origin: " + origin);
            }

            yield return Request("GET", path, host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image");
            yield return Request("GET", path, host, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty");
            yield return Request("GET", path, host, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe");
        }

        // Ways out of the folder, in paths and in names.
        foreach (string path in (string[])
        [
            "/../etc/passwd", "/../../../../etc/passwd", "/assets/../../etc/passwd", "/assets/..%2f..%2fetc%2fpasswd",
                "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..\\..\\etc\\passwd", "/%2e%2e%2f", "//etc/passwd",
            "/assets//etc/passwd", "/etc/passwd", "/assets/index.html", "/assets/", "/api", "/api/", "/api/runs/", "/api/../api/runs",
                "/.git/config", "/runs/pair/seed-1/recipe.yaml", "/%00", "/assets/app.js%00.css",
            "/api/runs%0d%0aX: y", "/api/runs;a=b", "/favicon.ico", "/robots.txt", "/API/RUNS", "/a%E2%80%AE", "/~", "/assets/app.js/",
                "/..;/", "/%c0%ae%c0%ae/",
        ])
        {
            yield return Request("GET", path, host);
        }

        string[] names =
        [
            "..", "../..", "../../etc", "/etc", "/etc/passwd", "pair/../pair/seed-1", "pair/seed-1/", "./pair/seed-1", "pair\\seed-1",
                "pair/seed-1\0", "pair/seed-1/recipe.yaml", "~", "", ".", "*", "%2e%2e", "pair//seed-1",
            "<script>alert(1)</script>", "' OR 1=1 --", "\"><svg onload=alert(1)>", "pair/seed-1\r\nX: y", "PAIR/SEED-1",
                new string('a', 700), "\u202epair", "file:///etc/passwd",
        ];
        foreach (string name in names)
        {
            string escaped = Uri.EscapeDataString(name);
            yield return Request("GET", "/api/run?run=" + escaped, host);
            yield return Request("GET", "/picture?name=methods&file=" + escaped, host);
            yield return Request("GET", "/live/run?run=" + escaped, host);
        }

        yield return Request("GET", "/picture?name=methods&file=comparison.yaml", host);
        yield return Request("GET", "/picture?name=..&file=learning-curves.svg", host);
        yield return Request("GET", "/api/run?run=damaged", host);
        yield return Request("GET", "/api/tensor?run=pair%2Fseed-1&tensor=..", host);

        // What addresses say that none of the studio's does.
        foreach (string query in (string[])["run=pair/seed-1&run=glyphs", "run=pair/seed-1&folder=/etc", "RUN=pair/seed-1", "run", "",
            "run[]=pair/seed-1", "run=pair/seed-1&__proto__=1"])
        {
            yield return Request("GET", "/api/run?" + query, host);
        }

        foreach (string query in (string[])["points=0", "points=-1", "points=9999999", "points=1e3", "from=x", "from=-5",
            "to=99999999999999999999", "quantity=all", "quantity=loss&quantity=loss"])
        {
            yield return Request("GET", "/api/curve?run=pair/seed-1&" + query, host);
        }

        foreach (string query in (string[])["seed=-1", "seed=x", "seed=99999999999999999999999", "life=-1", "life=10000000000",
            "split=all", "split=../"])
        {
            yield return Request("GET", "/api/film?run=pair/seed-1&" + query, host);
        }

        foreach (string query in (string[])["figure=none", "figure=../x", "figure=plasticity&lifetimes=0",
            "figure=plasticity&lifetimes=1000000", "figure=plasticity&theme=red", "figure=plasticity&size=huge"])
        {
            yield return Request("GET", "/figure?run=pair/seed-1&" + query, host);
        }

        yield return Request("GET", "/figure?figure=plasticity", host);
        yield return Request("GET", "/api/compare?run=pair/seed-1", host);
        yield return Request(
            "GET", "/api/compare?"
            + string.Join('&', Enumerable.Range(0, 60).Select(i => $"run=r{i.ToString(CultureInfo.InvariantCulture)}")), host);
        yield return Request("GET", "/assets/app.js?v=1", host);

        // Sizes and other protocols.
        yield return Request("GET", "/?" + new string('a', 10_000), host);
        yield return Request("GET", "/" + new string('a', 3000), host);
        yield return Request("GET", "/", host, "X-Long: " + new string('a', 40_000));
        yield return Request(
            "GET", "/", host, [.. Enumerable.Range(0, 100).Select(i => $"X-{i.ToString(CultureInfo.InvariantCulture)}: a")]);
        yield return Request("GET", "/", host, "Content-Length: 5") + "hello";
        yield return Request("GET", "/", host, "Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n";
        yield return Request("GET", "/", host, "Upgrade: websocket", "Sec-WebSocket-Version: 13");
        yield return Request("GET", "/", host, "Content-Length: 99999999999999999999");
        yield return "GARBAGE\r\n\r\n";
        yield return "GET /\r\n\r\n";
        yield return $"GET /a b HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n";
    }

    private static string Request(string verb, string target, string host, params string[] headers) =>
        $"{verb} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n";

    private int Send(string request)
    {
        using var client = new TcpClient("127.0.0.1", studio.Address.Port) { ReceiveTimeout = 20_000, SendTimeout = 20_000 };
        using NetworkStream stream = client.GetStream();
        byte[] buffer = new byte[64];
        int read = 0;
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(request));
            while (read < 12 && stream.Read(buffer, read, buffer.Length - read) is > 0 and var more)
            {
                read += more;
            }
        }
        catch (IOException) when (read >= 12)
        {
            // The answer was there before the rest of the request was refused.
        }

        string text = Encoding.ASCII.GetString(buffer, 0, read);
        return text.StartsWith("HTTP/1.", StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(9, 3), CultureInfo.InvariantCulture, out int status) ? status : 0;
    }
}
