using System.Text;
using System.Text.Json;
using Engram.Learning.Births;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Parity;

/// <summary>Reads the metadata of a parity case: every value checked, every message with the file and the key.</summary>
internal sealed class ParityMetadata
{
    private readonly SafetensorsFile file;

    /// <summary>Reads all of it.</summary>
    /// <exception cref="EngramException">A key is missing or has a value that is not one of its values.</exception>
    public ParityMetadata(SafetensorsFile file)
    {
        this.file = file;
        if (!file.Metadata.ContainsKey("problem") && !file.Tensors.Keys.Any(t => t.StartsWith("expect.", StringComparison.Ordinal)))
        {
            throw new EngramException(
                $"Found no parity case in '{file.Path}', which has neither metadata 'problem' nor a tensor 'expect.…', expected a " +
                $"lifetime with what must come out of it; check that this is the right file.");
        }

        Objective = Choice("problem", null, ("regression", Objective.MeanSquaredError), ("classification", Objective.CrossEntropy));
        Objective loss = Choice("loss", null, ("mse", Objective.MeanSquaredError), ("cross_entropy", Objective.CrossEntropy));
        if (loss != Objective)
        {
            throw Bad("loss",
                $"expected '{(Objective == Objective.CrossEntropy ? "cross_entropy" : "mse")}', since problem is '{Of("problem")}'");
        }

        Steps = Whole("steps", null, least: 0);
        Batch = Whole("batch", null, least: 1);
        ReadLayers();
        FrozenLayers = Whole("frozen_layers", null, least: 0);
        Learner = ReadLearner();
    }

    /// <summary>What the query is judged by.</summary>
    public Objective Objective { get; }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>n.</summary>
    public int Batch { get; }

    /// <summary>The layers, first first.</summary>
    public IReadOnlyList<LayerSpec> Layers { get; private set; } = [];

    /// <summary>How many of the first layers don't change in life.</summary>
    public int FrozenLayers { get; }

    /// <summary>The learner.</summary>
    public LearnerSpec Learner { get; }

    /// <summary>The metadata string of a key that every case has.</summary>
    private string Of(string key) => file.Metadata.TryGetValue(key, out string? value)
        ? value
        : throw new EngramException(
            $"Found no metadata '{key}' in '{file.Path}', expected it in a parity case; " +
            (NearestName.Find(key, file.Metadata.Keys) is { } near ? $"rename '{near}' if that is it." : "write the case again with it."));

    private LearnerSpec ReadLearner()
    {
        string rule = Choice("rule", null, ("flp", "oja"), ("hebb", "hebb"), ("gradient", "gradient"), ("polynomial", "polynomial"));
        IBirth birth = Choice<IBirth>("birth", () => new PointBirth(), [("point", new PointBirth()), ("gaussian", new GaussianBirth())]);
        if (rule == "gradient")
        {
            return new GradientLearnerSpec
            {
                Objective = Objective,
                Birth = birth,
                Order = Choice(
                    "gradient_order", null, ("first", GradientOrder.First), ("second", GradientOrder.Second),
                    ("none", GradientOrder.First)),
                FixedInnerRate = Of("inner_rate") == "per_parameter" ? null : Number("inner_rate", null, "'per_parameter' or a number"),
            };
        }

        // The authors' code, which the first cases come from, counts a classifier's error signal as a constant; cases that name a birth
        // come from a program that differentiates it.
        FeedbackSignal signal = Choice("feedback_signal", null, ("error", FeedbackSignal.Error), ("target", FeedbackSignal.Target));
        return new LocalLearnerSpec
        {
            Objective = Objective,
            Birth = birth,
            Rule = rule == "polynomial" ? Polynomial() : PlasticityRules.Registry.Get(rule),
            Pathway = Flag("feedback_from_hidden", false) ? new HiddenFeedback() : new DirectFeedback(),
            FeedbackRule =
                Choice<IPlasticityRule?>("feedback_rule", () => null, [("none", null), ("oja", new OjaRule()), ("hebb", new HebbRule())]),
            Signal = signal,
            DetachedSignal = Objective == Objective.CrossEntropy && signal == FeedbackSignal.Error
                && Flag("signal_detached", !file.Metadata.ContainsKey("birth")),
            OutputClamped = Objective == Objective.CrossEntropy && Flag("output_clamped", true),
            FeedbackLayers = Whole("feedback_layers", 1, least: 1, most: 100),
            RectifiedFeedback = Flag("feedback_rectified", true),
            FeedbackTimesSign = Flag("feedback_times_sign", false),
            FeedbackOnlyAtOutput = Flag("feedback_only_at_output", false),
            RectifiedSignal = Flag("rectify_signal", false),
            Presynaptic = Choice(
                "presynaptic", PresynapticActivity.PreFeedback, ("pre_feedback", PresynapticActivity.PreFeedback),
                ("post_feedback", PresynapticActivity.PostFeedback)),
            Granularity = Choice(
                "plasticity_level", Granularity.Synapse, ("synapse", Granularity.Synapse), ("neuron", Granularity.Neuron),
                ("layer", Granularity.Layer), ("network", Granularity.Network), ("none", Granularity.None)),
            HiddenPlasticityMultiplier = Number("hidden_plasticity_multiplier", 1, "a number"),
            ChangeLimit = file.Metadata.ContainsKey("change_limit") ? Number("change_limit", 1, "a number") : null,
            WeightDecay = Number("weight_decay", 0, "a number"),
            WeightLimit = file.Metadata.ContainsKey("weight_limit") ? Number("weight_limit", 1, "a number") : null,
        };
    }

    // Terms [a, e, c]: exponents of presynaptic activity, postsynaptic activity and weight.
    private PolynomialRule Polynomial()
    {
        if (ParityJson.Terms.ParseOrNull(Encoding.UTF8.GetBytes(Of("terms"))) is not { } terms)
        {
            throw Bad("terms", "expected a list of terms [a, e, c], each an exponent from 0 to 2");
        }

        return new PolynomialRule
        {
            Terms = string.Join(' ', terms.Select(t => string.Concat(t))),
            Level = Choice("theta_level", null, ("network", PolynomialLevel.Network), ("layer", PolynomialLevel.Layer)),
        };
    }

    private void ReadLayers()
    {
        var layers = new List<LayerSpec>();
        try
        {
            using JsonDocument document =
                JsonDocument.Parse(Of("layers"), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Array || document.RootElement.GetArrayLength() == 0)
            {
                throw Bad("layers", "expected a list of one or more layers");
            }

            foreach (JsonElement layer in document.RootElement.EnumerateArray())
            {
                int index = layers.Count;
                string kind = Text(layer, index, "kind");
                if (kind is not ("linear" or "conv2d"))
                {
                    throw Bad("layers", $"layer {index} is of kind '{kind}', expected 'linear' or 'conv2d'");
                }

                string activation = Text(layer, index, "activation");
                if (activation is not ("relu" or "identity"))
                {
                    throw Bad("layers", $"layer {index} has the activation '{activation}', expected 'relu' or 'identity'");
                }

                Activation sigma = activation == "relu" ? Activation.Relu : Activation.Identity;
                (int inputs, int outputs) = (Width(layer, index, "inputs"), Width(layer, index, "outputs"));
                if (kind == "linear")
                {
                    layers.Add(new LinearSpec(inputs, outputs, sigma));
                    continue;
                }

                (int height, int width) = index == 0 ? Image(inputs) : layers[^1] is ConvolutionSpec before
                    ? (before.Shape.OutputHeight, before.Shape.OutputWidth)
                    : throw Bad("layers", $"layer {index} is a convolution after a linear layer, expected convolutions first");
                var shape = new ConvolutionShape(
                    inputs, height, width, outputs, Width(layer, index, "kernel"), Width(layer, index, "stride"),
                    Width(layer, index, "padding", least: 0));
                layers.Add(new ConvolutionSpec(shape, sigma));
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // The second: an escaped character that is none.
            throw new EngramException(Message("layers", "expected a list in JSON"), failure);
        }

        Layers = layers;
    }

    private string Text(JsonElement layer, int index, string key) =>
        layer.ValueKind == JsonValueKind.Object && layer.TryGetProperty(key, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Bad("layers", $"expected a string '{key}' in layer {index}");

    private int Width(JsonElement layer, int index, string key, int least = 1) =>
        layer.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double width)
            && IsWhole(width, least, int.MaxValue)
            ? (int)width
            : throw Bad("layers", $"expected a whole number '{key}' of {least} or more in layer {index}");

    /// <summary>Height and width of the images, from metadata <c>image</c>: [channels, height, width].</summary>
    private (int Height, int Width) Image(int channels)
    {
        int[]? image = ParityJson.Image.ParseOrNull(Encoding.UTF8.GetBytes(Of("image")))
            ?.Select(d => IsWhole(d, 1, int.MaxValue) ? (int)d : 0).ToArray();
        return image is [var found, > 0 and var height, > 0 and var width] && found == channels
            ? (height, width)
            : throw Bad("image", $"expected [channels, height, width] with the {channels} channels that the first layer reads");
    }

    private T Choice<T>(string key, T? absent, params (string Name, T Value)[] choices)
        where T : struct => Choice(key, absent is { } value ? () => value : null, choices);

    private string Choice(string key, string? absent, params (string Name, string Value)[] choices) =>
        Choice<string>(key, absent is null ? null : () => absent, choices);

    private T Choice<T>(string key, Func<T>? absent, (string Name, T Value)[] choices)
    {
        if (absent is not null && !file.Metadata.ContainsKey(key))
        {
            return absent();
        }

        string found = Of(key);
        foreach ((string name, T value) in choices)
        {
            if (name == found)
            {
                return value;
            }
        }

        throw Bad(key, NearestName.Hint(found, [.. choices.Select(c => c.Name)]).TrimEnd('.'));
    }

    private bool Flag(string key, bool absent) => !file.Metadata.TryGetValue(key, out string? found) ? absent
        : bool.TryParse(found, out bool value) ? value
        : found is "0" or "1" ? found == "1"
        : throw Bad(key, "expected 'true' or 'false'");

    /// <summary>Some writers spell whole numbers as 12.0.</summary>
    private static bool IsWhole(double number, int least, int most) => number >= least && number <= most && number == Math.Floor(number);

    private int Whole(string key, int? absent, int least, int most = int.MaxValue)
    {
        if (absent is { } value && !file.Metadata.ContainsKey(key))
        {
            return value;
        }

        return NumberText.TryRead(Of(key), out double number) && IsWhole(number, least, most)
            ? (int)number
            : throw Bad(
                key, most < int.MaxValue ? $"expected a whole number from {least} to {most}"
                : $"expected a whole number of {least} or more");
    }

    private double Number(string key, double? absent, string expected)
    {
        if (absent is { } value && !file.Metadata.ContainsKey(key))
        {
            return value;
        }

        return NumberText.TryRead(Of(key), out double number)
            ? number
            : throw Bad(key, $"expected {expected}");
    }

    private EngramException Bad(string key, string expected) => new(Message(key, expected));

    private string Message(string key, string expected)
    {
        string found = Of(key);
        return $"Found metadata {key} = '{(found.Length > 60 ? found[..60] + "…" : found)}' in '{file.Path}'; {expected}.";
    }
}
