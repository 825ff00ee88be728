using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Engram.Cli.Terminal;

/// <summary>Adds examples to the help of every command.</summary>
internal static class Help
{
    private const int LeastWidth = 40;

    private static readonly string[] ExitCodeLines =
    [
        "0 done · 1 a check failed · 2 wrong input · 3 a number that is not finite · 70 a fault of Engram · 130 stopped, can be resumed",
    ];

    /// <summary>The examples of each command, by its full name.</summary>
    public static IReadOnlyDictionary<string, string[]> Examples { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["engram"] =
        [
            "engram train", "engram list recipes", "engram train sines/laptop/iid/flp-2 --seed 2",
            "engram export my-run --life 0",
        ],
        ["engram train"] =
        [
            "engram train",
            "engram train sines/laptop/iid/flp-2 --seed 2 --run my-run",
            "engram train quick-start/flp --seeds 5",
            "engram train my-recipe.yaml --set learner.rule=hebb --set meta-training.outer-steps=500",
            "engram train --resume --run my-run",
        ],
        ["engram evaluate"] = ["engram evaluate my-run", "engram evaluate quick-start-001/flp --lifetimes 500 --json",
            "engram evaluate my-run --each lives.parquet"],
        ["engram analyze"] =
        [
            "engram analyze my-run",
            "engram analyze flp-seed-1 flp-seed-2 gradient-seed-1 --figure interference --lifetimes 100 --out results/figures",
            "engram analyze quick-start-001 --figure longer-lives --json",
        ],
        ["engram report"] =
        [
            "engram report my-run",
            "engram report flp-seed-1 flp-seed-2 gradient-seed-1 --out results/report.html",
            "engram report quick-start-001 --figure none --json",
        ],
        ["engram transplant"] =
        [
            "engram transplant my-feature-reuse --plastic-layers 3",
            "engram transplant my-feature-reuse --plastic-layers 2 --outer-steps 5000 --run transplant-2",
        ],
        ["engram reproduce"] = ["engram reproduce table1", "engram reproduce table1 --only continual --seeds 5",
            "engram reproduce table1 --scale paper --recipes authors-code --plan", "engram reproduce sequence --scale smoke"],
        ["engram sweep"] = ["engram sweep my-sweep.yaml", "engram sweep my-sweep.yaml --set meta-training.outer-steps=500 --run search",
            "engram sweep --resume --run search"],
        ["engram compare"] =
        [
            "engram compare quick",
            "engram compare mnist-5x256 --only backprop --only feedback-alignment --run mnist",
            "engram compare my-comparison.yaml --set training.seeds=5 --json",
            "engram compare --resume --run mnist",
        ],
        ["engram export"] = ["engram export my-run --out weights.safetensors",
            "engram export my-run --life 0 --split meta-test --out life.safetensors",
            "engram export my-run --life 0 --parts states,answers --every 10"],
        ["engram runs"] = ["engram runs", "engram runs --json", "engram runs --tag pilot"],
        ["engram runs list"] = ["engram runs list", "engram runs list --json"],
        ["engram runs tag"] = ["engram runs tag my-run --add pilot", "engram runs tag quick-start-001 --add baseline --remove pilot"],
        ["engram runs note"] = ["engram runs note my-run \"beta starts too low\"", "engram runs note my-run \"\""],
        ["engram runs show"] = ["engram runs show my-run", "engram runs show quick-start-001 --json"],
        ["engram runs compare"] = ["engram runs compare my-run other-run", "engram runs compare quick-start-001"],
        ["engram runs export"] = ["engram runs export --out runs.csv", "engram runs export my-run --metrics --format json",
            "engram runs export --out runs.parquet", "engram runs export --describe"],
        ["engram data"] = ["engram data list", "engram data get omniglot"],
        ["engram data list"] = ["engram data list", "engram data list --json"],
        ["engram data info"] = ["engram data info omniglot", "engram data info mini-imagenet --json"],
        ["engram data get"] = ["engram data get omniglot", "engram data get mnist --from https://mirror.example/mnist/"],
        ["engram data import"] =
            ["engram data import omniglot ../shared/data/omniglot", "engram data import mini-imagenet /media/disk/mini-imagenet --link"],
        ["engram data check"] = ["engram data check omniglot", "engram data check image-folder my-images.zip --json"],
        ["engram recipe"] = ["engram recipe show quick-start/flp"],
        ["engram recipe show"] = ["engram recipe show quick-start/flp", "engram recipe show my-recipe.yaml --set learner.rule=hebb"],
        ["engram recipe check"] = ["engram recipe check my-recipe.yaml other-recipe.yaml"],
        ["engram recipe schema"] =
            ["engram recipe schema > recipe.schema.json", "engram recipe schema --table", "engram recipe schema --comparison"],
        ["engram list"] = ["engram list rules", "engram list births --json", "engram list recipes --json"],
        ["engram gradcheck"] = ["engram gradcheck", "engram gradcheck hebb", "engram gradcheck --engine fused-256"],
        ["engram bench"] = ["engram bench lifetime"],
        ["engram bench images"] = ["engram bench images", "engram bench images --image-size 28 --channels 64 --padding 1 --outputs 5"],
        ["engram bench lifetime"] = ["engram bench lifetime", "engram bench lifetime --learner gradient --plastic-layers 3",
            "engram bench lifetime --width 64 --batches-per-sine 10 --lifetimes 2"],
        ["engram bench rules"] = ["engram bench rules", "engram bench rules --threads 1 --repetitions 3"],
        ["engram bench records"] = ["engram bench records", "engram bench records --recipe sines/laptop/iid/flp-2 --rounds 10"],
        ["engram bench supervised"] = ["engram bench supervised --threads 1",
            "engram bench supervised --comparison mnist-local --method dtp",
            "engram bench supervised --method feedback-alignment --batch-size 128 --json"],
        ["engram bench kernels"] = ["engram bench kernels", "engram bench kernels --width 64 --json"],
        ["engram serve"] = ["engram serve --stdio"],
        ["engram demonstrate"] = ["engram demonstrate universality", "engram demonstrate parallel"],
        ["engram demonstrate parallel"] =
            ["engram demonstrate parallel", "engram demonstrate parallel --out figures --json"],
        ["engram demonstrate universality"] =
            ["engram demonstrate universality", "engram demonstrate universality --lives 1000 --out figures --json"],
        ["engram recover"] =
        [
            "engram recover oja",
            "engram recover hebb --seen 0.1 --noise 0.01 --observations observed.safetensors",
            "engram recover observed.safetensors --json",
        ],
        ["engram studio"] = ["engram studio", "engram studio --runs results --port 8000", "engram studio --no-open --port 0"],
        ["engram help"] = ["engram help train", "engram help runs export"],
        ["engram completion"] = ["engram completion bash > ~/.local/share/bash-completion/completions/engram",
            "engram completion zsh > ~/.zsh/completions/_engram", "engram completion fish > ~/.config/fish/completions/engram.fish"],
        ["engram complete"] = ["engram complete -- train --se"],
        ["engram verify"] =
            ["engram verify ../shared/parity", "engram verify case.safetensors --json", "engram verify ../shared/parity --engine tape"],
    };

    /// <summary>Makes the help of a command and of all below it end with examples.</summary>
    public static void AddExamples(RootCommand root)
    {
        foreach (HelpOption option in root.Options.OfType<HelpOption>())
        {
            option.Action = new HelpWithExamples();
        }
    }

    /// <summary>A command's name with those of the commands above it.</summary>
    public static string FullName(Command command)
    {
        var names = new List<string>();
        for (Command? current = command; current is not null; current = current.Parents.OfType<Command>().FirstOrDefault())
        {
            names.Insert(0, current is RootCommand ? "engram" : current.Name);
        }

        return string.Join(' ', names);
    }

    /// <summary>Prints help without examples.</summary>
    public static void Print(HelpAction help, ParseResult parsed)
    {
        // Below some width the builder of lines never comes to an end; a terminal that narrow folds them itself.
        help.MaxWidth = Math.Max(help.MaxWidth, LeastWidth);
        help.Invoke(parsed);
    }

    private sealed class HelpWithExamples : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            Print(new HelpAction(), parseResult);
            TextWriter output = parseResult.InvocationConfiguration.Output;
            Command command = parseResult.CommandResult.Command;
            if (command is RootCommand)
            {
                WriteSection(output, "Exit codes:", ExitCodeLines);
            }

            if (Examples.TryGetValue(FullName(command), out string[]? examples))
            {
                WriteSection(output, examples.Length == 1 ? "Example:" : "Examples:", examples);
            }

            return ExitCodes.Success;
        }

        private static void WriteSection(TextWriter output, string title, string[] lines)
        {
            output.WriteLine(title);
            foreach (string line in lines)
            {
                output.WriteLine("  " + line);
            }

            output.WriteLine();
        }
    }
}
