using System.Collections.Immutable;
using Engram.Experiments.Recipes;
using Engram.Learning.Networks;
using Engram.Numerics.Text;
using Engram.Supervised;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;

namespace Engram.Experiments.Comparisons;

/// <summary>Makes the typed comparison of resolved values, and checks what concerns several of them.</summary>
internal static class ComparisonBinder
{
    /// <summary>The methods' labels, in the order of the file.</summary>
    public static IEnumerable<string> LabelsOf(RecipeValues v) =>
        v.All.Where(x => x.Key.Section.StartsWith(ComparisonSchema.Methods + ".", StringComparison.Ordinal) && x.Key.Leaf == "method")
        .Select(x => x.Key.Section.Split('.')[1]);

    public static Comparison Bind(RecipeValues v)
    {
        SupervisedProblemSpec problem = RecipeSettings.Bind("problem", SupervisedProblems.Registry.Get(v.Text("problem.name")), v);
        ComparisonNetwork network = Network(v);
        int seeds = v.Count("training.seeds");
        if (v.Count("training.selection-seeds") > seeds)
        {
            throw v.Error(
                "training.selection-seeds",
                $"found {v.Count("training.selection-seeds")} seeds to choose rates with, expected at most the {seeds} of training.seeds.");
        }

        return new Comparison
        {
            Name = v.TextOrNone("name") ?? Path.GetFileNameWithoutExtension(v.Source),
            Description = v.TextOrNone("description"),
            ProblemName = v.Text("problem.name"),
            Problem = problem,
            Network = network,
            Methods = [.. LabelsOf(v).Select(l => Method(l, v, problem.IsClassification))],
            Seeds = [.. Enumerable.Range(0, seeds).Select(i => (ulong)v.Integer("training.seed") + (ulong)i)],
            SelectionSeeds = v.Count("training.selection-seeds"),
            Patience = (int?)v.IntegerOrNone("training.patience"),
            MeasuredSteps = v.Count("training.measured-steps"),
            PublishedOrder = v.NumberOrNone("published.order"),
            Values = v,
        };
    }

    /// <summary>The problem with its examples.</summary>
    /// <exception cref="EngramException">A setting does not fit, or data are missing or damaged; the line names its place.</exception>
    public static ISupervisedProblem Problem(Comparison comparison, DataContext context)
    {
        ISupervisedProblem? problem = null;
        comparison.Values.Located("problem.name", () => problem = comparison.Problem.Create(context));
        return problem!;
    }

    /// <summary>Checks network and methods on a problem, whose shape is known once its data are read, and that runs side by side fit into
    /// memory.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="problem">Its problem.</param>
    /// <param name="threads">Threads, each of which has a run.</param>
    /// <exception cref="EngramException">A setting does not fit; the line names its place.</exception>
    public static void Check(Comparison comparison, ISupervisedProblem problem, int threads)
    {
        RecipeValues v = comparison.Values;
        SupervisedNetworkSpec? network = null;
        v.Located("network.kind", () => network = comparison.Network.For(problem.Shape, comparison.IsClassification));
        int atOnce = Math.Min(threads, comparison.Methods.Sum(m => ComparisonTraining.RunsOf(comparison, m))),
            examples = problem.Examples(ExampleSplit.Train).Count;
        foreach (ComparedMethod method in comparison.Methods)
        {
            v.Located($"{ComparisonSchema.Methods}.{method.Label}.method", () => method.Method.Validate(network!));
            v.Located(v.Has("network.channels") ? "network.channels" : "network.hidden-widths",
                () => SupervisedMemory.Expect(network!, method.Method, method.Training, examples, atOnce));
        }
    }

    private static ComparisonNetwork Network(RecipeValues v)
    {
        var network = new ComparisonNetwork
        {
            Kind = v.Choice<NetworkKind>("network.kind"),
            HiddenWidths = v.ListOrNone("network.hidden-widths") ?? [],
            LinearLayers = v.ListOrNone("network.linear-layers") ?? [],
            Activation = v.Choice<Activation>("network.activation"),
            Initialization = v.Choice<WeightInitialization>("network.initialization"),
        };
        if (network.LinearLayers.Any(l => l > network.HiddenWidths.Length))
        {
            throw v.Error(
                "network.linear-layers",
                $"found layer {network.LinearLayers.Max()} among {network.HiddenWidths.Length} of network.hidden-widths, expected " +
                "one of them.");
        }

        if (network.Kind == NetworkKind.FullyConnected)
        {
            return network;
        }

        network = network with
        {
            Channels = v.ListOrNone("network.channels")!.Value,
            Strides = v.ListOrNone("network.strides")!.Value,
            Kernel = v.Count("network.kernel"),
            Padding = v.Count("network.padding"),
        };
        return network.Channels.Length == network.Strides.Length ? network
            : throw v.Error(
                "network.strides",
                $"found {network.Strides.Length} strides for {network.Channels.Length} layers of network.channels, expected as many.");
    }

    private static ComparedMethod Method(string label, RecipeValues v, bool classification)
    {
        string section = $"{ComparisonSchema.Methods}.{label}", name = v.Text($"{section}.method");
        ImmutableArray<double> rates = v.NumbersOrNone($"{section}.rates") ?? v.NumbersOrNone("training.rates")!.Value;
        string ratesKey = v.NumbersOrNone($"{section}.rates") is null ? "training.rates" : $"{section}.rates";
        if (rates.Distinct().Count() < rates.Length)
        {
            throw v.Error(ratesKey, "found a rate twice, expected each once.");
        }

        var training = new SupervisedTrainingSpec
        {
            BatchSize = v.Count("training.batch-size"),
            Epochs = (int)(v.IntegerOrNone($"{section}.epochs") ?? v.Integer("training.epochs")),
            Optimizer = v.TextOrNone($"{section}.optimizer") ?? CreditAssignments.Registry.Get(name).DefaultOptimizer
                ?? v.Text("training.optimizer"),
            Rate = rates[0],
            OwnOptimizer = v.TextOrNone($"{section}.own-optimizer") ?? v.Text("training.own-optimizer"),
            OwnRate = v.NumberOrNone($"{section}.own-rate") ?? v.Number("training.own-rate"),
            WeightDecay = v.NumberOrNone($"{section}.weight-decay") ?? v.Number("training.weight-decay"),
            Schedule = RecipeBinder.Schedule(v, "training.schedule"),
        };
        foreach (double rate in rates)
        {
            v.Located(ratesKey, () => (training with { Rate = rate }).Validate());
        }

        return new ComparedMethod(
            label, name, RecipeSettings.Bind(section, CreditAssignments.Registry.Get(name), v), training, rates,
            Published(section, v, classification))
        { Reference = Reference(label, section, v) };
    }

    private static MethodReference? Reference(string label, string section, RecipeValues v)
    {
        string? against = v.TextOrNone($"{section}.against");
        double? within = v.NumberOrNone($"{section}.within");
        if (against is null || within is null)
        {
            return against is null && within is null ? null
                : throw v.Error(
                    against is null ? $"{section}.within" : $"{section}.against",
                    $"found no '{(against is null ? "against" : "within")}' beside it, expected both: the other method's name, and how " +
                    $"far above its error this one's may be.");
        }

        string[] others = [.. LabelsOf(v).Where(l => l != label)];
        if (others.Length == 0)
        {
            throw v.Error(
                $"{section}.against",
                $"found {RecipeNode.Quote(against)} in a comparison of one method, expected another one to hold it against; add that to " +
                $"'{ComparisonSchema.Methods}', or remove 'against' and 'within'.");
        }

        return others.Contains(against, StringComparer.Ordinal) ? new MethodReference(against, within.Value)
            : throw v.Error(
                $"{section}.against",
                $"found {RecipeNode.Quote(against)}, expected another of the comparison's methods: {string.Join(", ", others)}; " +
                $"{NearestName.Hint(against, others)}");
    }

    private static PublishedResult? Published(string section, RecipeValues v, bool classification)
    {
        if (v.NumberOrNone($"{section}.published") is not { } value)
        {
            return v.NumberOrNone($"{section}.tolerance") is null ? null
                : throw v.Error($"{section}.tolerance", "found no 'published' beside it, expected a number.");
        }

        if (classification && value is < 0 or > 100)
        {
            throw v.Error($"{section}.published", $"found {RecipeNumbers.Format(value)}, expected a test error in %, from 0 to 100.");
        }

        string source = v.TextOrNone("published.source")
            ?? throw v.Error($"{section}.published", "found no published.source, expected where the number comes from.");
        return new PublishedResult(value, v.NumberOrNone($"{section}.tolerance") ?? v.NumberOrNone("published.tolerance"), source);
    }
}
