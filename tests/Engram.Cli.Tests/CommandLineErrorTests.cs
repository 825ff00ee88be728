using System.CommandLine;
using Engram.Cli.Terminal;
using Engram.Experiments.Runs;

namespace Engram.Cli.Tests;

public sealed class CommandLineErrorTests : IDisposable
{
    private readonly CommandLine command = new();

    public void Dispose() => command.Dispose();

    [Theory]
    [InlineData("trian", "did you mean 'train'?")]
    [InlineData("frobnicate", "choose one of: train, evaluate")]
    [InlineData("train --sede 1", "Found the option '--sede', which 'engram train' does not have; did you mean '--seed'?")]
    [InlineData("train --seed=x", "Found 'x' for --seed, expected a whole number.")]
    [InlineData("train --seed x", "Found 'x' for --seed, expected a whole number.")]
    [InlineData("train --seed -1", "Found -1 for --seed, expected 0 or more.")]
    [InlineData("train --seed", "--seed")]
    [InlineData("train --seed 99999999999999999", "Found 99999999999999999 for --seed, expected 9007199254740991 or less.")]
    [InlineData(
        "train --seeds 3 --seed 9007199254740991",
        "Found --seed 9007199254740991 with --seeds 3, whose last seed would be 9007199254740993, expected 9007199254740991 or less")]
    [InlineData("train --seed 3 --set meta-training.seed=4", "Found meta-training.seed in --set beside --seed, expected one of the two")]
    [InlineData("train --seeds 2 --set meta-training.seed=9", "Found meta-training.seed in --set beside --seeds, expected one of the two")]
    [InlineData(
        "train --outer-steps 3 --set meta-training.outer-steps=7",
        "Found meta-training.outer-steps in --set beside --outer-steps, expected one of the two")]
    [InlineData(
        "train --outer-steps 99999999999999999999",
        "Found '99999999999999999999' for --outer-steps, expected a whole number up to 9223372036854775807.")]
    [InlineData("train --outer-steps 2000000000", "Found 2000000000 for --outer-steps, expected 1000000000 or less.")]
    [InlineData("train --outer-steps 1e3", "Found '1e3' for --outer-steps, expected a whole number.")]
    [InlineData(
        "train --outer-steps 5 --outer-steps 6", "Found --outer-steps 2 times ('5', '6'), expected it once; leave out all but one.")]
    [InlineData("train --run a --run b", "Found --run 2 times ('a', 'b'), expected it once")]
    [InlineData("train --threads -99999999999", "Found '-99999999999' for --threads, expected a whole number from -2147483648 on.")]
    [InlineData("train --threads 0", "Found 0 for --threads, expected 1 or more.")]
    [InlineData("train --threads 99999", "expected at most")]
    [InlineData("train --outer-steps 0", "Found 0 for --outer-steps, expected 1 or more.")]
    [InlineData("train quick-start/flpp", "did you mean 'quick-start/flp'?")]
    [InlineData("train quick-start/flp extra", "Found the argument 'extra' too many")]
    [InlineData("train quick-start/flp --set learner.rul=oja", "did you mean 'learner.rule'?")]
    [InlineData("train quick-start/flp --set learner.rule=ojja", "did you mean 'oja'?")]
    [InlineData(
        "train quick-start/flp --set learner=flp",
        "--set: found the section 'learner', expected one of its keys, such as learner.name, ")]
    [InlineData(
        "train quick-start/flp --set meta-training.rates=1",
        "--set: found the section 'meta-training.rates', expected one of its keys, such as meta-training.rates.feedforward, ")]
    [InlineData("train quick-start --set learner.granularity=atom", "expected one of synapse, neuron, layer, network")]
    [InlineData("train --resume", "Found no interrupted run 'quick-start-…'")]
    [InlineData("train --resume --run nope", "Found no run 'nope'")]
    [InlineData("train --resume --seed 2", "resumes with its own recipe")]
    [InlineData("train --resume --seeds 2", "resumes with its own recipe")]
    [InlineData("train --seeds 0", "Found 0 for --seeds, expected 1 or more.")]
    [InlineData("train --seeds 2000", "Found 2000 for --seeds, expected 1000 or less.")]
    [InlineData("train quick-start/flp --run a/b", "Found 'a/b' as the name of a new run, expected a plain name")]
    [InlineData("train quick-start/flp --run ../x", "Found '../x' as the name of a new run, expected a plain name")]
    [InlineData("runs shwo x", "did you mean 'show'?")]
    [InlineData("runs show nope", "Found no run 'nope'")]
    [InlineData("runs compare nope", "Found no run 'nope'")]
    [InlineData("runs export nope", "Found no run 'nope'")]
    [InlineData("runs export --format xml", "Found 'xml' for --format, expected csv, json or parquet.")]
    [InlineData("list ruls", "did you mean 'rules'?")]
    [InlineData("list pathway", "did you mean 'pathways'?")]
    [InlineData("gradcheck ojaa", "did you mean 'oja'?")]
    [InlineData("recipe shwo quick-start/flp", "did you mean 'show'?")]
    [InlineData("recipe", "expected one of: show, check, schema")]
    [InlineData("recipe show nope", "Found 'nope', which is neither")]
    [InlineData("recipe check nope", "Found 'nope', which is neither")]
    [InlineData("recipe show /", "a folder of recipes")]
    [InlineData(
        "bench records --recipe quick-start", "Found 'quick-start', which is a group of recipes, expected one of them: quick-start/")]
    [InlineData("train -- --sede", "Found '--sede', which is neither a built-in recipe")]
    [InlineData("evaluate -- -x", "Found no run '-x'")]
    [InlineData("evaluate -- nope -y", "Found the argument '-y' too many")]
    [InlineData("evaluate -y -- nope", "Found the option '-y', which 'engram evaluate' does not have")]
    [InlineData("export nope --out ", "Found an empty path for --out, expected a file or a folder; 'engram export --help' says which.")]
    [InlineData("analyze nope --out ", "Found an empty path for --out")]
    [InlineData("report nope --out ", "Found an empty path for --out")]
    [InlineData("runs export --out ", "Found an empty path for --out")]
    [InlineData("data import mnist ", "Found an empty path for 'path'")]
    [InlineData("sweep ", "Found an empty path for 'sweep'")]
    [InlineData("evaluate nope", "Found no run 'nope'")]
    [InlineData("evaluate nope --lifetimes 1", "Found 1 for --lifetimes, expected 2 or more.")]
    [InlineData("analyze nope", "Found no run 'nope'")]
    [InlineData("analyze", "Required argument")]
    [InlineData("analyze nope --figure interferense", "did you mean 'interference'?")]
    [InlineData("analyze nope --size slied", "did you mean 'slide'?")]
    [InlineData("analyze nope --lifetimes 0", "Found 0 for --lifetimes, expected 1 or more.")]
    [InlineData("analyze nope --figur all", "did you mean '--figure'?")]
    [InlineData("report nope", "Found no run 'nope'")]
    [InlineData("report", "Required argument")]
    [InlineData("report nope --figure nome", "did you mean 'none'?")]
    [InlineData("report nope --lifetimes 0", "Found 0 for --lifetimes, expected 1 or more.")]
    [InlineData("gradcheck oija", "Found no gradient check named 'oija'")]
    [InlineData("verify /no/such/folder", "/no/such/folder")]
    [InlineData("@file", "Found '@file', which is not a command")]
    [InlineData("zzzzzzzz", "serve, help, completion.")]
    [InlineData("live", "'engram export RUN --life 0' writes one whole life.")]
    [InlineData("resume my-run", "'engram train --resume --run RUN' resumes a run.")]
    [InlineData("runs life", "which is not a command of 'engram runs'")]
    public void Run_WrongInput_SaysSoInOneLineAndEndsWithTwo(string line, string expected)
    {
        CommandOutcome outcome = command.Call(line.Split(' '));

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Contains(expected, outcome.Messages, StringComparison.Ordinal);
        Assert.StartsWith("engram: ", outcome.Messages, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Messages.Count(c => c == '\n'));
        Assert.Empty(outcome.Results);
        Assert.False(
            Directory.Exists(command.Runs) && Directory.EnumerateFileSystemEntries(command.Runs).Any(),
            "a wrong command left something behind");
    }

    [Fact]
    public void Run_MistypedRecipeKey_NamesFileLineKeyAndNearest()
    {
        string path = command.Write("mine.yaml", CommandLine.TinyRecipe + "\nevaluatoin: {lifetimes: 3}\n");

        CommandOutcome outcome = command.Call("train", path);

        Assert.Equal(ExitCodes.WrongInput, outcome.ExitCode);
        Assert.Equal(
            $"engram: {path}:10: found the unknown key 'evaluatoin' at the top, expected a key that recipes have; did you mean " +
            $"'evaluation'?\n", outcome.Messages);
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("train")]
    [InlineData("train quick-start/flp --run a")]
    [InlineData("evaluate a")]
    [InlineData("analyze a")]
    [InlineData("runs show a")]
    public void Run_FolderOfRunsThatIsAFile_IsOneLine(string line)
    {
        string file = command.Write("file", "no folder");
        using var messages = new StringWriter();
        using var results = new StringWriter();
        int code = EngramCommand.Run(line.Split(' '), new Output(results, messages, plain: true), new RunStore(file));

        Assert.Equal(ExitCodes.WrongInput, code);
        Assert.Equal(
            $"engram: Found the file '{file}' where runs should lie, expected a folder; set ENGRAM_RUNS to a folder, or unset it for " +
            $"'runs' in the working folder.\n", messages.ToString());
    }

    [Fact]
    public void Recipe_Folder_IsToldWithWhatItHolds()
    {
        string empty = Path.GetDirectoryName(command.Write("empty/_base.yaml", CommandLine.TinyRecipe))!;
        string full = command.Write("full/below/tiny.yaml", CommandLine.TinyRecipe);
        string folder = Path.GetDirectoryName(Path.GetDirectoryName(full))!;

        CommandOutcome none = command.Call("recipe", "check", empty);
        CommandOutcome one = command.Call("bench", "records", "--recipe", folder);

        Assert.Equal((ExitCodes.WrongInput, ""), (none.ExitCode, none.Results));
        Assert.StartsWith("engram: Found the folder ", none.Messages, StringComparison.Ordinal);
        Assert.Contains("and holds none: no file whose name ends with .yaml", none.Messages, StringComparison.Ordinal);
        Assert.Equal(1, none.Messages.Count(c => c == '\n'));
        Assert.Equal($"{full}: good (tiny)\n", command.Call("recipe", "check", folder).Results);
        Assert.Equal(ExitCodes.WrongInput, one.ExitCode);
        Assert.Contains(
            $"which is a folder of recipes, expected one recipe; name a file, such as '{full}'.", one.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FaultOfTheProgram_IsOneLineThatSaysHowToReport()
    {
        using var messages = new StringWriter();
        int code = EngramCommand.Run(["list", "rules"], new Output(new FailingWriter(), messages, plain: true), new RunStore(command.Runs));

        Assert.Equal(ExitCodes.InternalError, code);
        Assert.Contains("A fault of Engram", messages.ToString(), StringComparison.Ordinal);
        Assert.Contains("report", messages.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, messages.ToString().Count(c => c == '\n'));
    }

    [Fact]
    public void Help_OfEveryCommand_EndsWithAnExample()
    {
        using var nothing = new StringWriter();
        RootCommand root = EngramCommand.Build(new Output(nothing, nothing, plain: true), new RunStore(command.Runs));
        string[][] names =
            [[], .. root.Subcommands.SelectMany(c => c.Subcommands.Select(s => (string[])[c.Name, s.Name]).Prepend([c.Name]))];
        foreach (string[] name in names)
        {
            CommandOutcome outcome = command.Call([.. name, "--help"]);

            Assert.Equal(ExitCodes.Success, outcome.ExitCode);
            string example = outcome.Results[(outcome.Results.LastIndexOf("\nExample", StringComparison.Ordinal) + 1)..];
            Assert.StartsWith("engram " + string.Join(' ', name), example.Split('\n')[1].Trim() + " ", StringComparison.Ordinal);
            Assert.All(outcome.Results.Split('\n'), l => Assert.True(l.Length < 200, l));
        }
    }

    [Fact]
    public void Help_Examples_AreCommandLinesThatParse()
    {
        using var nothing = new StringWriter();
        RootCommand root = EngramCommand.Build(new Output(nothing, nothing, plain: true), new RunStore(command.Runs));
        foreach (string example in Help.Examples.Values.SelectMany(e => e))
        {
            ParseResult parsed = root.Parse(example["engram ".Length..].Split('>')[0].Trim());
            Assert.Null(ParseErrors.Describe(parsed));
        }
    }

    [Fact]
    public void Version_Option_PrintsTheVersion() => Assert.Matches(@"^\d+\.\d+\.\d+", command.Call("--version").Results);

    [Theory]
    [InlineData("rules", "oja")]
    [InlineData("feedback", "direct")]
    [InlineData("learners", "feature-reuse")]
    [InlineData("tasks", "sines")]
    [InlineData("recipes", "quick-start/flp")]
    [InlineData("optimizers", "adam")]
    [InlineData("estimators", "backpropagation")]
    [InlineData("engines", "tape")]
    public void List_Registry_HasItsEntries(string what, string name)
    {
        Assert.Contains(name, command.Call("list", what).Results, StringComparison.Ordinal);
        Assert.Contains(command.Call("list", what, "--json").Json.EnumerateArray(), e => e.GetProperty("name").GetString() == name);
    }

    [Fact]
    public void List_WithoutAKind_NamesAll_AndPathwaysAreFeedback()
    {
        Assert.Contains("engram list feedback", command.Call("list").Results, StringComparison.Ordinal);
        Assert.Equal(command.Call("list", "feedback").Results, command.Call("list", "pathways").Results);
    }

    [Fact]
    public void List_InAPipe_AlignsColumnsAndEndsNoLineWithSpaces()
    {
        string[] lines = command.Call("list", "rules").Results.Split('\n');

        Assert.All(lines, l => Assert.Equal(l.TrimEnd(), l));
        int column = lines.Single(l => l.TrimStart().StartsWith("Name", StringComparison.Ordinal))
            .IndexOf("What it is", StringComparison.Ordinal);
        string[] rows = [.. lines.Where(l => l.Contains("oja", StringComparison.Ordinal) || l.Contains("hebb", StringComparison.Ordinal))];
        Assert.True(column > 0 && rows.Length > 1, string.Join('\n', lines));
        Assert.All(rows, r => Assert.True(r[column - 1] == ' ' && r[column] != ' ', r));
    }

    [Fact]
    public void Recipe_ShowCheckSchema_PrintWhatTheySay()
    {
        Assert.Contains(
            "# recipes/quick-start/flp.yaml:", command.Call("recipe", "show", "quick-start/flp").Results, StringComparison.Ordinal);
        Assert.Contains(
            "rule: hebb", command.Call("recipe", "show", "quick-start/flp", "--plain", "--set", "learner.rule=hebb").Results,
            StringComparison.Ordinal);
        Assert.Contains("good", command.Call("recipe", "check", "quick-start/flp", command.Tiny()).Results, StringComparison.Ordinal);
        Assert.Equal(3, command.Call("recipe", "check", "quick-start").Results.Count(c => c == '\n'));
        Assert.Contains("# quick-start/gradient\n", command.Call("recipe", "show", "quick-start").Results, StringComparison.Ordinal);
        Assert.Equal($"{command.Tiny()}: good (tiny)\n", command.Call("recipe", "check", Path.GetDirectoryName(command.Tiny())!).Results);
        Assert.Equal("object", command.Call("recipe", "schema").Json.GetProperty("type").GetString());
        Assert.Contains("| `learner.rule` |", command.Call("recipe", "schema", "--table").Results, StringComparison.Ordinal);
    }

    private sealed class FailingWriter : StringWriter
    {
        public override void Write(char value) => throw new InvalidOperationException("made to fail");

        public override void Write(string? value) => throw new InvalidOperationException("made to fail");
    }
}
