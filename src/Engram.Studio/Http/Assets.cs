using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Engram.Studio.Http;

/// <summary>The studio's own files, which travel inside the assembly. None is made or fetched elsewhere.</summary>
internal static class Assets
{
    /// <summary>The page that all addresses of pages lead to; its script shows what the address names.</summary>
    public const string Page = "index.html";

    private const string Prefix = "assets/";

    private static readonly FrozenDictionary<string, Reply> All = Load();

    /// <summary>Names of the files.</summary>
    public static IEnumerable<string> Names => All.Keys;

    /// <summary>A file; null where there is none of that name.</summary>
    public static Reply? Find(string name) => All.GetValueOrDefault(name);

    private static FrozenDictionary<string, Reply> Load()
    {
        Assembly assembly = typeof(Assets).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(n => n[Prefix.Length..], Read, StringComparer.Ordinal);

        Reply Read(string name)
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return new Reply(KindOf(name), bytes) { Tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"" };
        }
    }

    private static string KindOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"The asset '{name}' is of no kind that is served: {other}."),
    };
}
