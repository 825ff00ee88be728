using System.Globalization;
using Engram.Learning.Births;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Text;

namespace Engram.Learning.Checks;

/// <summary>The meta-gradient checks there are: every registered rule, pathway and learner with every option.</summary>
/// <remarks>
/// Names: <c>rule/pathway/signal/objective/granularity/feedback</c> such as <c>oja/direct/error/mse/synapse/linear</c>,
/// <c>plastic-feedback/rule/pathway/…</c>, <c>birth/name/…</c>, <c>missing-targets/…</c>, <c>feature-length/…</c>,
/// <c>parallel/option/objective</c>,
/// <c>gradient/order/rate or pull/objective</c>,
/// <c>learner/name/objective</c>, and <c>convolution/plastic layers/rule or gradient/…</c> for networks that see images: with two plastic
/// layers the convolutions are frozen, with three one of them is plastic. What is registered before <see cref="All"/> is called is checked.
/// </remarks>
public static class GradientCheckSuite
{
    private static readonly int[] Widths = [2, 4, 3, 3];
    private const int PlasticLayers = 2;

    private static readonly (string Name, LocalLearnerSpec Options)[] Outputs =
    [
        ("mse", new() { Objective = Objective.MeanSquaredError }),
        ("cross-entropy", new() { Objective = Objective.CrossEntropy }),
        ("cross-entropy-clamped", new() { Objective = Objective.CrossEntropy, OutputClamped = true }),
    ];

    private static readonly (string Name, Func<LocalLearnerSpec, LocalLearnerSpec> Set, bool OnlyClassification)[] Signals =
    [
        ("error", l => l with { Signal = FeedbackSignal.Error }, false),
        ("error-detached", l => l with { Signal = FeedbackSignal.Error, DetachedSignal = true }, true),
        ("target", l => l with { Signal = FeedbackSignal.Target }, false),
    ];

    private static readonly (string Name, Func<LocalLearnerSpec, LocalLearnerSpec> Set)[] Feedback =
    [
        ("default", l => l),
        ("linear", l => l with { RectifiedFeedback = false }),
        ("two-layers", l => l with { FeedbackLayers = 2 }),
        ("two-linear-layers", l => l with { FeedbackLayers = 2, RectifiedFeedback = false }),
        ("only-at-output", l => l with { FeedbackOnlyAtOutput = true }),
        ("rectified-signal", l => l with { RectifiedSignal = true }),
        ("times-sign", l => l with { FeedbackTimesSign = true }),
        ("post-feedback-presynaptic", l => l with { Presynaptic = PresynapticActivity.PostFeedback }),
        ("hidden-multiplier", l => l with { HiddenPlasticityMultiplier = 1.7 }),
        ("bounded-weights", l => l with { ChangeLimit = 0.4, WeightDecay = 0.05, WeightLimit = 0.5 }),
        ("everything", l => l with
        {
            FeedbackLayers = 2,
            RectifiedSignal = true,
            FeedbackTimesSign = true,
            Presynaptic = PresynapticActivity.PostFeedback,
            HiddenPlasticityMultiplier = 0.6,
        }),
    ];

    /// <summary>All checks, in a fixed order.</summary>
    public static IReadOnlyList<GradientCheck> All() =>
        [.. LocalLearners(), .. PlasticFeedback(), .. BornLives(), .. MissingTargets(), .. ScaledFeatures(), .. ParallelLearners(),
        .. GradientLearners(), .. PulledLearners(), .. RegisteredLearners(), .. Convolutions()];

    /// <summary>The check of that name, or those whose names begin with it and a slash.</summary>
    /// <exception cref="EngramException">There is none.</exception>
    public static IReadOnlyList<GradientCheck> Matching(string name)
    {
        IReadOnlyList<GradientCheck> all = All();
        GradientCheck[] found = [.. all.Where(c => c.Name == name || c.Name.StartsWith(name + "/", StringComparison.Ordinal))];
        if (found.Length > 0)
        {
            return found;
        }

        // A part of a name is taken too, such as a rule: one that is misspelt is nearer to it than to any whole name.
        IEnumerable<string> parts = all.SelectMany(c => c.Name.Split('/')).Distinct(StringComparer.Ordinal);
        string hint = NearestName.Find(name, parts.Concat(all.Select(c => c.Name))) is { } near
            ? $"did you mean '{near}'?"
            : $"names begin with one of: {string.Join(", ", all.Select(c => c.Name.Split('/')[0]).Distinct(StringComparer.Ordinal))}.";
        throw new EngramException($"Found no gradient check named '{name}'; {hint}");
    }

    // Oja's rule along the direct pathway has every option at every granularity. What another rule or pathway adds does not depend on all
    // of them at once: a rule along the direct pathway, and Oja's along another, have every option at one granularity and every granularity
    // with one option; another rule along another pathway has one of each. All of them have every signal and objective. Pathways may
    // refuse some options.
    // Without α a step is as large as activity makes it: what amplifies it further leaves nothing that differences could tell.
    private static IEnumerable<GradientCheck> LocalLearners() =>
        from rule in PlasticityRules.Registry.Names
        from pathway in FeedbackPathways.Registry.Names
        let direct = FeedbackPathways.Registry.Get(pathway) is DirectFeedback
        let oja = PlasticityRules.Registry.Get(rule) is OjaRule
        from signal in Signals
        from output in Outputs
        where !signal.OnlyClassification || (direct && output.Options.Objective == Objective.CrossEntropy)
        from granularity in Enum.GetValues<Granularity>()
        from feedback in Feedback
        let plain = granularity == Granularity.Synapse && feedback.Name == "default"
        let partly = granularity == Granularity.Synapse || feedback.Name == "default"
        where plain || (direct && oja) || (partly && (direct || oja))
        where granularity != Granularity.None || (feedback.Name == "default" && !output.Options.OutputClamped)
        let options = feedback.Set(signal.Set(output.Options)) with
        {
            Rule = PlasticityRules.Registry.Get(rule),
            Pathway = FeedbackPathways.Registry.Get(pathway),
            Granularity = granularity,
            HiddenPlasticityMultiplier = granularity == Granularity.None ? 0.1 : feedback.Set(output.Options).HiddenPlasticityMultiplier,
        }
        where feedback.Name == "default" || Takes(options)
        select Check($"{rule}/{pathway}/{signal.Name}/{output.Name}/{Lower(granularity)}/{feedback.Name}", options);

    // Plastic B by every rule, along every pathway.
    private static IEnumerable<GradientCheck> PlasticFeedback() =>
        from rule in PlasticityRules.Registry.Names
        from pathway in FeedbackPathways.Registry.Names
        from signal in Signals
        from output in Outputs
        where !signal.OnlyClassification || output.Options.Objective == Objective.CrossEntropy
        from layers in (int[])[1, 2]
        let options = signal.Set(output.Options) with
        {
            FeedbackRule = PlasticityRules.Registry.Get(rule),
            Pathway = FeedbackPathways.Registry.Get(pathway),
            FeedbackLayers = layers,
        }
        where layers == 1 || Takes(options)
        select Check($"plastic-feedback/{rule}/{pathway}/{signal.Name}/{output.Name}/{layers}", options);

    // Every birth, with local rules and gradients.
    private static IEnumerable<GradientCheck> BornLives() =>
        from birth in BirthDistributions.Registry.Names
        from output in Outputs.Take(2)
        from learner in new (string Name, LearnerSpec Spec)[]
        {
            ("local", new LocalLearnerSpec { Rule = new OjaTraceRule(), Pathway = new HiddenFeedback() }),
            ("gradient", new GradientLearnerSpec()),
        }
        select Check($"birth/{birth}/{learner.Name}/{output.Name}", learner.Spec
            with
        { Objective = output.Options.Objective, Birth = BirthDistributions.Registry.Get(birth) });

    // Targets at some steps and outputs only.
    private static IEnumerable<GradientCheck> MissingTargets() =>
        from output in Outputs
        from learner in new (string Name, LearnerSpec Spec)[]
        {
            ("error", output.Options with { Signal = FeedbackSignal.Error }),
            ("target", output.Options with { Signal = FeedbackSignal.Target }),
            ("plastic-feedback", output.Options with { FeedbackRule = new OjaRule(), Pathway = new HiddenFeedback() }),
            ("gradient", new GradientLearnerSpec { Objective = output.Options.Objective }),
            ("parallel", new ParallelLearnerSpec
            { Objective = output.Options.Objective, OutputClamped = output.Options.OutputClamped, ClosedLoop = true }),
        }
        select Check($"missing-targets/{learner.Name}/{output.Name}", learner.Spec) with { TargetsMissing = true };

    // Features of a given length, after dense layers and after convolutions.
    private static IEnumerable<GradientCheck> ScaledFeatures()
    {
        LearnerSpec[] learners =
        [
            new LocalLearnerSpec { Objective = Objective.CrossEntropy, OutputClamped = true, Signal = FeedbackSignal.Target },
            new GradientLearnerSpec { Objective = Objective.CrossEntropy },
        ];
        foreach (LearnerSpec learner in learners.Select(l => l with { FeatureLength = 1.5 }))
        {
            string name = learner is LocalLearnerSpec ? "local" : "gradient";
            yield return Check($"feature-length/{name}", learner);
            yield return OfImages($"feature-length/{name}", learner, PlasticLayers);
        }
    }

    // Continuous time, with what changes what a step does.
    private static IEnumerable<GradientCheck> ParallelLearners() =>
        from output in Outputs
        from option in new (string Name, ParallelLearnerSpec Spec)[]
        {
            ("small-steps", new() { TimeStep = 5, BeforeSignal = 15, WithSignal = 10 }),
            ("segregated", new() { Drive = FeedforwardDrive.Segregated, TimeStep = 5, BeforeSignal = 0, WithSignal = 20 }),
            ("closed-loop", new() { ClosedLoop = true, BeforeSignal = 0 }),
            ("trace", new() { Presynaptic = PresynapticActivity.PreFeedback, PlasticTime = PlasticTime.Always }),
            ("plastic-feedback", new() { FeedbackRule = new OjaRule(), Pathway = new ChainFeedback(), Rule = new BcmRule() }),
        }
        select Check($"parallel/{option.Name}/{output.Name}", option.Spec
            with
        { Objective = output.Options.Objective, OutputClamped = output.Options.OutputClamped });

    private static bool Takes(LocalLearnerSpec options)
    {
        try
        {
            _ = ParameterLayout.For(NetworkSpec.Feedforward(Widths, PlasticLayers), options);
            return true;
        }
        catch (EngramException)
        {
            return false;
        }
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLower(CultureInfo.InvariantCulture);

    private static IEnumerable<GradientCheck> GradientLearners() =>
        from order in Enum.GetValues<GradientOrder>()
        from rate in new (string Name, double? Fixed)[] { ("per-parameter", null), ("fixed", 0.1) }
        from output in Outputs.Take(2)
        select Check(
            $"gradient/{Lower(order)}/{rate.Name}/{output.Name}",
            new GradientLearnerSpec { Objective = output.Options.Objective, Order = order, FixedInnerRate = rate.Fixed });

    // Back to birth, by a λ that is given or meta-learned.
    private static IEnumerable<GradientCheck> PulledLearners() =>
        from order in Enum.GetValues<GradientOrder>()
        from learns in (bool[])[false, true]
        from output in Outputs.Take(2)
        select Check(
            $"gradient/{Lower(order)}/{(learns ? "learnt-pull" : "pull")}/{output.Name}",
            new GradientLearnerSpec
            { Objective = output.Options.Objective, Order = order, FixedInnerRate = 0.1, Pull = 0.5, LearnsPull = learns });

    private static IEnumerable<GradientCheck> RegisteredLearners() =>
        from name in LearnerSpecs.Registry.Names
        from output in Outputs.Take(2)
        let entry = LearnerSpecs.Registry.Get(name)
        select Check($"learner/{name}/{output.Name}", entry.Create(output.Options.Objective), entry.PlasticLayers ?? PlasticLayers);

    private static IEnumerable<GradientCheck> Convolutions()
    {
        foreach (int plastic in (int[])[2, 3])
        {
            foreach (GradientOrder order in Enum.GetValues<GradientOrder>())
            {
                yield return OfImages($"gradient/{Lower(order)}", new GradientLearnerSpec
                { Objective = Objective.CrossEntropy, Order = order }, plastic);
            }

            foreach (string rule in PlasticityRules.Registry.Names)
            {
                foreach (Granularity granularity in Enum.GetValues<Granularity>().Where(g => g != Granularity.None))
                {
                    var learner = new LocalLearnerSpec
                    {
                        Objective = Objective.CrossEntropy,
                        OutputClamped = true,
                        Signal = FeedbackSignal.Target,
                        Rule = PlasticityRules.Registry.Get(rule),
                        Granularity = granularity
                    };
                    string name = $"{rule}/{Lower(granularity)}";
                    yield return OfImages(name, learner, plastic);
                    yield return OfImages($"{name}/post-feedback-presynaptic", learner
                        with
                    { Presynaptic = PresynapticActivity.PostFeedback, HiddenPlasticityMultiplier = 1.7 }, plastic);
                }
            }
        }
    }

    // Two channels of 5×4 pixels → 3 channels of 3×2 (stride 2, padding 1) → 2 channels of 2×1 → 3 → 3.
    private static GradientCheck OfImages(string name, LearnerSpec learner, int plasticLayers)
    {
        var first = new ConvolutionShape(2, 5, 4, 3, 3, 2, 1);
        var second = new ConvolutionShape(3, first.OutputHeight, first.OutputWidth, 2, 2, 1, 0);
        LayerSpec[] layers =
        [
            new ConvolutionSpec(first, Activation.Relu),
            new ConvolutionSpec(second, Activation.Relu),
            new LinearSpec(second.Outputs, 3, Activation.Relu),
            new LinearSpec(3, 3, Activation.Identity),
        ];
        return new GradientCheck(
            $"convolution/{plasticLayers}/{name}", () => ParameterLayout.For(new NetworkSpec(layers, plasticLayers), learner));
    }

    private static GradientCheck Check(string name, LearnerSpec learner, int plasticLayers = PlasticLayers) =>
        new(name, () => ParameterLayout.For(
            NetworkSpec.Feedforward(
            [.. Widths, .. Enumerable.Repeat(Widths[^1], Math.Max(0, plasticLayers + 1 - Widths.Length))], plasticLayers), learner));
}
