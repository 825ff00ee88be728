using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Engram.Numerics.Text;
using Xunit.Abstractions;

namespace Engram.Experiments.Tests;

/// <summary>Fuzz tests run alone: they measure time and memory.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class FuzzCollection
{
    public const string Name = "fuzz";
}

/// <summary>Reads damaged files of one kind: each is read, or refused with one line, soon, and in little memory.</summary>
/// <remarks>
/// Inputs are those of a corpus with some edits, drawn by CsCheck, which names the seed of a failure, to repeat it with
/// <c>CsCheck_Seed</c>, and makes it smaller.
/// <see cref="Variable"/> says how many inputs all kinds get together. With <see cref="Seconds"/>, every kind is read for so long instead,
/// and inputs that come where none was are edited further: the library must be instrumented by SharpFuzz, as <c>tests/fuzz.sh</c> does.
/// </remarks>
internal sealed class Fuzzing(ITestOutputHelper output)
{
    /// <summary>The environment variable that says how many inputs all kinds get together.</summary>
    public const string Variable = "ENGRAM_FUZZ_INPUTS";

    /// <summary>The environment variable that says how many seconds each kind is searched, led by what is covered.</summary>
    public const string Seconds = "ENGRAM_FUZZ_SECONDS";

    private const int Branches = 1 << 16, Usual = 10_000, MostKept = 20_000, MostKeptBytes = 1 << 16;
    private const long MostBytes = 512L << 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    // What waits takes no time of a processor; what is one of many on a machine waits, too.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    // Numbers, words and marks that readers stumble over.
    private static readonly string[] Odd =
    [
        "-1", "0", "1", "2147483647", "2147483648", "-9223372036854775808", "9223372036854775808", "18446744073709551616", "1e308",
            "1e999", "-1e999", "1e-400", "0.5", "NaN", "\"NaN\"", "\"Infinity\"",
        "null", "none", "true", "[]", "{}", "\"\"", "\"..\"", "\"/\"", "\"a\\u0000b\"", "\"\\ud800\"", "[null]",
            "[[[[[[[[[[[[]]]]]]]]]]]]", "\"2026-13-45\"", "finished", "\"diverged, finished\"", "x: y", "&a", "*a", "!t", "'", "\t",
    ];

    // Characters that mean something to YAML, CSV or a terminal.
    private const string Marks = "{}[]:,&*!|>'\"%@`#?-\t\n\0 ~\u2028\uFFFF0e.\u001b=";

    private static readonly Regex Token = new(
        "\"[^\"\n]*\"|-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|[A-Za-z][\\w-]*", RegexOptions.Compiled | RegexOptions.CultureInvariant,
        TimeSpan.FromMinutes(1));

    private static readonly Gen<Edit[]> Edits = Gen.Select(
        Gen.Int[0, 21], Gen.UInt, Gen.Int[1, 40], Gen.UInt, (kind, at, length, value) => new Edit(kind, at, length, value)).Array[1, 3];

    private static int Total =>
        int.TryParse(Environment.GetEnvironmentVariable(Variable), NumberStyles.None, CultureInfo.InvariantCulture, out int total) ? total
        : Usual;

    /// <summary>Reads inputs of a kind.</summary>
    /// <param name="kind">What they are.</param>
    /// <param name="share">Which share of all inputs they are.</param>
    /// <param name="corpus">Sound ones.</param>
    /// <param name="read">Reads one, and uses what was read as the program does.</param>
    /// <param name="isText">Whether to edit lines and tokens, too.</param>
    /// <param name="repair">Makes checksums right again, so that damage comes further; of every other input.</param>
    public void Run(
        string kind, double share, IReadOnlyList<byte[]> corpus, Action<byte[]> read, bool isText = false,
        Func<byte[], byte[]>? repair = null)
    {
        Assert.All(corpus, good => read(good));
        int inputs = Math.Max(20, (int)(Total * share)), refused = 0, done = 0;
        string led = string.Empty;
        long longest = 0, most = 0, began = 0;
        byte[] current = [];
        Exception? failure = null;
        var clock = Stopwatch.StartNew();
        var worker = new Thread(() =>
        {
            try
            {
                if (SecondsOfEach is { } seconds)
                {
                    led = Search(TimeSpan.FromSeconds(seconds), corpus, isText, repair, One);
                    return;
                }

                Gen.Select(Gen.Int[0, corpus.Count - 1], Edits, Gen.Bool).Sample(
                    (which, edits, repaired) =>
                    {
                        byte[] input = edits.Aggregate(corpus[which], (bytes, edit) => edit.Apply(bytes, corpus, isText));
                        One(repair is not null && repaired ? repair(input) : input);
                    },
                    iter: inputs,
                    threads: 1,
                    print: found =>
                        $"{kind} {found.Item1}, " +
                        $"{string.Join("; ", found.Item2.Select(e => e.ToString()))}{(found.Item3 ? ", repaired" : string.Empty)}");
            }
            catch (Exception e)
            {
                failure = e;
            }
        })
        { IsBackground = true };
        long memory = Environment.WorkingSet, grown = 0, seen = 0;
        TimeSpan spent = TimeSpan.Zero;
        worker.Start();
        while (!worker.Join(20))
        {
            grown = Math.Max(grown, Environment.WorkingSet - memory);
            long start = Volatile.Read(ref began);
            (spent, seen) = start == seen ? (spent, seen) : (Environment.CpuUsage.TotalTime, start);
            TimeSpan waited = start == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(start);
            bool hangs = waited > LongestWait || (waited > Longest && Environment.CpuUsage.TotalTime - spent > Longest);
            Assert.False(hangs, $"{kind}: an input takes {waited}: {Convert.ToBase64String(current)}");
            Assert.True(grown <= MostBytes, $"{kind}: the process grew by {grown} bytes, last with: {Convert.ToBase64String(current)}");
        }

        string line = string.Create(
            CultureInfo.InvariantCulture,
            $"fuzz {kind}: {done} inputs, {refused} refused, {done - refused} read, longest {1000.0 * longest / Stopwatch.Frequency:0} " +
                $"ms, most {most >> 20} MB an input, grown {grown >> 20} MB, {clock.Elapsed.TotalSeconds:0.0} s{led}");
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable(Variable + "_LOG") is { Length: > 0 } log)
        {
            File.AppendAllText(log, line + "\n");
        }

        Assert.True(
            failure is null,
            $"{kind}: {failure}\nlast input: {(current.Length < 20_000 ? Convert.ToBase64String(current) : $"{current.Length} bytes")}");
        Assert.InRange(refused, 1, done);

        void One(byte[] input)
        {
            current = input;
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            Volatile.Write(ref began, start);
            try
            {
                read(input);
            }
            catch (EngramException e)
            {
                refused++;
                Assert.False(e.Message.Contains('\n', StringComparison.Ordinal), $"more than one line: {e.Message}");
            }
            finally
            {
                Volatile.Write(ref began, 0);
            }

            long took = Stopwatch.GetTimestamp() - start, allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            (done, longest, most) = (done + 1, Math.Max(longest, took), Math.Max(most, allocated));
            Assert.True(allocated <= MostBytes, $"took {allocated} bytes of memory");
        }
    }

    private static double? SecondsOfEach => double.TryParse(
        Environment.GetEnvironmentVariable(Seconds), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? seconds : null;

    // Code that counts its branches does so from its first line on, long before a search.
#pragma warning disable CA2255 // It is for the code of this assembly alone.
    [System.Runtime.CompilerServices.ModuleInitializer]
#pragma warning restore CA2255
    internal static unsafe void CountBranches()
    {
        if (SecondsOfEach is not null)
        {
            SharpFuzz.Common.Trace.SharedMem = (byte*)System.Runtime.InteropServices.NativeMemory.AllocZeroed(Branches);
        }
    }

    // What American fuzzy lop does, in this process: an input that takes a branch, or takes one twice, four times, … as often as none did
    // before is kept and edited further. SharpFuzz has made the library count its branches.
    private static string Search(
        TimeSpan time, IReadOnlyList<byte[]> corpus, bool isText, Func<byte[], byte[]>? repair, Action<byte[]> read)
    {
        byte[] seen = new byte[Branches];
        var kept = new List<byte[]>();
        foreach (byte[] good in corpus)
        {
            TakesNewBranches(good);
            kept.Add(good);
        }

        Assert.True(Array.Exists(seen, c => c > 0), "the library counts no branches: tests/fuzz.sh makes it do so");
        int first = seen.Count(c => c > 0);
        const int Seed = 1;
        var random = new Random(Seed);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < time;)
        {
            // The newest half of the time: they come where others hardly do.
            int from = random.Next(2) == 0 ? Math.Max(0, kept.Count - 50) : 0;
            byte[] input = kept[random.Next(from, kept.Count)];
            for (int edits = random.Next(1, 6); edits > 0; edits--)
            {
                var edit = new Edit(random.Next(22), (uint)random.Next(), random.Next(1, 41), (uint)random.Next());
                input = edit.Apply(input, kept, isText);
            }

            input = repair is not null && random.Next(2) == 0 ? repair(input) : input;
            if (TakesNewBranches(input) && kept.Count < MostKept && input.Length <= MostKeptBytes)
            {
                kept.Add(input);
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture, $", branches {first} of sound files, {seen.Count(c => c > 0)} in all, {kept.Count} kept");

        unsafe bool TakesNewBranches(byte[] input)
        {
            var counts = new Span<byte>(SharpFuzz.Common.Trace.SharedMem, Branches);
            counts.Clear();
            SharpFuzz.Common.Trace.PrevLocation = 0;
            read(input);
            bool isNew = false;
            for (int i = 0; i < counts.Length; i++)
            {
                if (counts[i] > 0)
                {
                    byte often = (byte)(1 << System.Numerics.BitOperations.Log2(counts[i]));
                    isNew |= (seen[i] & often) == 0;
                    seen[i] |= often;
                }
            }

            return isNew;
        }
    }

    /// <summary>One change of an input.</summary>
    private sealed record Edit(int Kind, uint At, int Length, uint Value)
    {
        public byte[] Apply(byte[] input, IReadOnlyList<byte[]> corpus, bool isText) =>
            isText && (Kind >= 7 || (Value & 3) != 1) ? ToText(input, corpus) : ToBytes(input, corpus);

        private byte[] ToBytes(byte[] input, IReadOnlyList<byte[]> corpus)
        {
            if (input.Length == 0)
            {
                return [(byte)Value];
            }

            // What stands first says what follows: a third of the edits is there.
            int at = (int)(At % (uint)(Value % 3 == 0 ? Math.Min(128, input.Length) : input.Length));
            int length = Math.Min(Length, input.Length - at);
            byte[] bytes = [.. input];
            switch (Kind % 9)
            {
                case 0:
                    bytes[at] ^= (byte)(1 << (int)(Value & 7));
                    return bytes;
                case 1:
                    new Random((int)Value).NextBytes(bytes.AsSpan(at, length));
                    return bytes;
                case 2:
                    bytes.AsSpan(at, length).Fill((Value & 2) == 0 ? (byte)0 : (byte)255);
                    return bytes;
                case 3:
                    return [.. bytes[..at], .. bytes[(at + length)..]];
                case 4:
                    return [.. bytes[..at], .. bytes.AsSpan(at, length), .. bytes[at..]];
                case 5:
                    return bytes[..at];
                case 6:
                    byte[] number = BitConverter.GetBytes(
                        (Value % 8) switch
                        {
                            0 => 0L,
                            1 => -1L,
                            2 => int.MaxValue,
                            3 => int.MinValue,
                            4 => long.MaxValue,
                            5 => 1L << 31,
                            6 => ushort.MaxValue,
                            _ => Length
                        });
                    number = number[..(1 << (Length & 3))];
                    if ((Length & 4) == 0)
                    {
                        Array.Reverse(number);
                    }

                    number.AsSpan(0, Math.Min(number.Length, bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                    return bytes;
                case 7:
                    byte[] other = corpus[(int)(Value % (uint)corpus.Count)];
                    return [.. bytes[..at], .. other[(int)Math.Min(other.Length, (long)other.Length * at / bytes.Length)..]];
                default:
                    return [.. bytes[..at], .. Encoding.UTF8.GetBytes(Odd[Value % Odd.Length]), .. bytes[at..]];
            }
        }

        private byte[] ToText(byte[] input, IReadOnlyList<byte[]> corpus)
        {
            string text = Encoding.UTF8.GetString(input);
            if (Kind is 7 or 8 or > 15 && Token.Matches(text) is { Count: > 0 } tokens)
            {
                Match token = tokens[(int)(At % (uint)tokens.Count)];
                string odd = (Kind & 1) == 1 ? Odd[Value % Odd.Length] : tokens[(int)(Value % (uint)tokens.Count)].Value;
                return Encoding.UTF8.GetBytes(text[..token.Index] + odd + text[(token.Index + token.Length)..]);
            }

            var lines = text.Split('\n').ToList();
            int at = (int)(At % (uint)lines.Count);
            switch (Kind)
            {
                case 9:
                    lines.RemoveAt(at);
                    break;
                case 10:
                    lines.Insert(at, lines[(int)(Value % (uint)lines.Count)]);
                    break;
                case 11:
                    lines[at] = lines[at].Split(':')[0] + ": " + Odd[Value % Odd.Length];
                    break;
                case 12:
                    lines[at] += new string("[{\"-, 9a"[(int)(Value % 8)], 1 << (Length % 17));
                    break;
                case 13:
                    lines[at] = new string(' ', Length % 5) + lines[at].Trim();
                    break;
                case 14:
                    lines = [.. lines[..at], .. Encoding.UTF8.GetString(corpus[(int)(Value % (uint)corpus.Count)]).Split('\n').Skip(at)];
                    break;
                case 15:
                    lines[at] = lines[at].Insert((int)(Value % (uint)(lines[at].Length + 1)), Marks[Length % Marks.Length].ToString());
                    break;
                default:
                    return ToBytes(input, corpus);
            }

            return Encoding.UTF8.GetBytes(string.Join('\n', lines));
        }
    }
}
