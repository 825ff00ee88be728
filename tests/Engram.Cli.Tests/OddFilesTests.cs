using System.Net.Sockets;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;
using Engram.Numerics.Files;

namespace Engram.Cli.Tests;

/// <summary>Whatever stands in the place of whatever file that a command opens, the command ends soon, and tells of it in lines of its
/// own.</summary>
/// <remarks>
/// Every file has another thing in its place, for another command, in turn; with <c>ENGRAM_ODD_FILES=all</c> all of them.
/// </remarks>
public sealed class OddFilesTests : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private static readonly bool All = Environment.GetEnvironmentVariable("ENGRAM_ODD_FILES") == "all";

    private readonly CommandLine command = new();
    private int turn;

    private string Root => Path.GetDirectoryName(command.Runs)!;

    public void Dispose() => command.Dispose();

    [LinuxFact]
    public void FilesOfARun_ThatAreNoFiles_AreToldInLines()
    {
        Good("train", command.Tiny(), "--run", "a", "--quiet", "--seeds", "2");
        Good("analyze", "a", "--lifetimes", "1", "--figure", "interference");
        string export = Path.Combine(Root, "a.safetensors");
        string seed = Path.GetFileName(RunGroup.RunsOf(command.Run("a"))[0]);
        Try("a", [seed, string.Empty], [
            ["runs"], ["runs", "show", "a"], ["runs", "compare", "a"], ["runs", "export", "--metrics"],
            ["evaluate", "a", "--lifetimes", "2"], ["export", $"a/{seed}", "--out", export],
            ["report", "a", "--lifetimes", "1", "--figure", "interference"], ["train", "--resume", "--run", "a", "--quiet"],
        ]);
    }

    [LinuxFact]
    public void FilesOfASweep_ThatAreNoFiles_AreToldInLines()
    {
        string sweep = command.Write(
            "sweep.yaml", $"recipe: {command.Tiny()}\nvary: {{meta-training.rates.feedforward: [1e-4]}}\nvalidation: {{lifetimes: 2}}\n");
        Good("sweep", sweep, "--run", "s", "--quiet");
        Try("s", [string.Empty, "trial-001-seed-1"], [["runs"], ["sweep", "--resume", "--run", "s", "--quiet"]]);
    }

    [LinuxFact]
    public void FilesOfAComparison_ThatAreNoFiles_AreToldInLines()
    {
        string comparison = command.Write("c.yaml", """
            problem: {name: images, dataset: glyphs, image-size: 8, classes: 6}
            network: {hidden-widths: [4]}
            training: {epochs: 2, batch-size: 16, rates: [1e-3], seeds: 1, patience: none, measured-steps: 1}
            methods: {backprop: }
            """);
        Good("compare", comparison, "--run", "c", "--quiet");
        string run = Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(command.Run("c"))));
        Try("c", [string.Empty, run], [["runs"], ["compare", "--resume", "--run", "c", "--quiet"]]);
    }

    /// <summary>A shell's pipe has a writer; this one has none.</summary>
    [LinuxFact]
    public void Recipe_PipeThatNobodyWritesTo_IsRefused()
    {
        string pipe = NamedPipe.Make(Path.Combine(Root, "pipe"));

        Ends(["recipe", "check", pipe], isWrong: true, "pipe");
        Assert.Contains("that nobody writes to", command.Call("train", pipe).Messages, StringComparison.Ordinal);
    }

    [LinuxFact]
    public void FilesThatCommandsAreGiven_ThatAreNoFiles_AreToldInLines()
    {
        string given = Path.Combine(Root, "given");
        foreach (string ending in (string[])[string.Empty, ".yaml", ".safetensors", ".csv", ".npz", ".zip", ".tar.gz"])
        {
            foreach (Action<string> put in All ? Puts : [Next(1)])
            {
                string path = given + ending;
                put(path);
                foreach (string[] args in (string[][])[
                    ["train", path], ["sweep", path], ["compare", path], ["recipe", "show", path], ["recipe", "check", path],
                    ["verify", path], ["recover", path], ["evaluate", path], ["export", path], ["analyze", path],
                    ["data", "check", "image-folder", path],
                    ["train", command.Tiny(), "--set", $"initialization.from-run={path}"],
                ])
                {
                    Ends(args, isWrong: true, $"{FileKinds.Of(path)}");
                }

                Remove(path);
            }
        }
    }

    private static readonly Action<string>[] Puts =
    [
        p => NamedPipe.Make(p),
        p => File.CreateSymbolicLink(p, "/dev/zero"),
        p => Directory.CreateDirectory(p),
        p => File.CreateSymbolicLink(p, Path.GetFileName(p)),
        p => File.CreateSymbolicLink(p, "nowhere"),
        p =>
        {
            // Bound by a short name: that of a socket has 108 bytes at most.
            string name = Path.Combine("/tmp", Guid.NewGuid().ToString("N"));
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(name));
            File.Move(name, p);
        },
        p => File.WriteAllBytes(p, []),
        p =>
        {
            using FileStream holes = File.Create(p);
            holes.SetLength(1L << 36);
        },
    ];

    private Action<string> Next(int first) => Puts[first + (turn++ % (Puts.Length - first))];

    private void Try(string name, string[] folders, string[][] commands)
    {
        string aside = Path.Combine(Root, "aside"), run = command.Run(name);
        Directory.Move(run, aside);
        foreach (string folder in folders)
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(aside, folder)).ToArray())
            {
                foreach (Action<string> put in All ? Puts : [Next(0)])
                {
                    Copy(aside, run);
                    string odd = Path.Combine(run, Path.GetRelativePath(aside, file));
                    File.Delete(odd);
                    put(odd);
                    string what = $"{Path.GetRelativePath(run, odd)} {FileKinds.Of(odd)}";
                    string[][] asked = All ? commands : [commands[0], commands[1 + (turn % (commands.Length - 1))]];
                    Array.ForEach(asked, c => Ends(c, isWrong: false, what));
                    Directory.Delete(run, recursive: true);
                }
            }
        }
    }

    private void Ends(string[] args, bool isWrong, string what)
    {
        CommandOutcome? outcome = null;
        var work = new Thread(() => outcome = command.Call(args)) { IsBackground = true };
        work.Start();
        Assert.True(work.Join(Longest), $"never ends: {string.Join(' ', args)}, {what}");
        Assert.True(
            outcome!.ExitCode == ExitCodes.WrongInput || (!isWrong && outcome.ExitCode is ExitCodes.Success or ExitCodes.Interrupted),
            $"{string.Join(' ', args)}, {what}: {outcome.ExitCode}: {outcome.Messages}");
        Assert.DoesNotContain("   at ", outcome.Messages, StringComparison.Ordinal);
    }

    private void Good(params string[] args)
    {
        CommandOutcome outcome = command.Call(args);
        Assert.True(outcome.ExitCode == ExitCodes.Success, outcome.Messages);
    }

    private static void Remove(string path)
    {
        if (new DirectoryInfo(path) is { Exists: true, LinkTarget: null })
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (string folder in Directory.EnumerateDirectories(from))
        {
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
        }
    }
}
