namespace Engram.Numerics.Text;

/// <summary>
/// Bad input, told to the person who gave it in one line: what was found, what was expected, where, what to do. The command line ends with
/// code 2.
/// </summary>
/// <remarks>What was found comes from files, servers and names: whatever it holds, the message is one line that is fit for a
/// terminal.</remarks>
public class EngramException : Exception
{
    /// <summary>Makes the error with its line.</summary>
    public EngramException(string message)
        : base(CleanText.Line(message))
    {
    }

    /// <summary>Makes the error with its line and what caused it.</summary>
    public EngramException(string message, Exception inner)
        : base(CleanText.Line(message), inner)
    {
    }
}

/// <summary>Settings that are out of their range or do not go together, by the names of their properties, so that whoever read them from a
/// file can say where they stand.</summary>
/// <param name="message">The line.</param>
/// <param name="settings">Names of the properties, the one to change first first.</param>
public sealed class SettingException(string message, params string[] settings) : EngramException(message)
{
    /// <summary>Names of the properties, the one to change first first.</summary>
    public IReadOnlyList<string> Settings { get; } = settings;
}

/// <summary>
/// A number that is not finite turned up in a computation. Never replaced: the run stops and says where, steps counted from 1 in words and
/// from 0 in properties. The command line ends
/// with code 3.
/// </summary>
public sealed class NonFiniteException : EngramException
{
    /// <summary>Makes the error.</summary>
    /// <param name="quantity">What is not finite, such as "weights" or "meta-gradient".</param>
    /// <param name="layer">Index of the layer, from 0; −1 where it belongs to none.</param>
    /// <param name="innerStep">Index of the inner step, from 0; −1 outside a lifetime's stream (the query, or the meta-gradient).</param>
    /// <param name="outerStep">Index of the outer step, from 0; −1 where the caller knows none.</param>
    /// <param name="seed">The run's seed, where the caller knows it.</param>
    public NonFiniteException(string quantity, int layer, int innerStep, long outerStep = -1, ulong? seed = null)
        : this(quantity, layer, innerStep, outerStep, seed, "Lower the meta-rates, the initial values of α, or clip the meta-gradient.")
    {
    }

    private NonFiniteException(string quantity, int layer, int innerStep, long outerStep, ulong? seed, string advice)
        : base(Describe(quantity, layer, innerStep, outerStep, seed, advice))
    {
        Quantity = quantity;
        Layer = layer;
        InnerStep = innerStep;
        OuterStep = outerStep;
        Seed = seed;
    }

    private NonFiniteException(string message, string quantity, int layer, long step, ulong seed)
        : base(message) => (Quantity, Layer, InnerStep, OuterStep, Seed) = (quantity, layer, -1, step, seed);

    private NonFiniteException(NonFiniteException cause, string remark)
        : base($"{cause.Message} {remark}", cause) =>
        (Quantity, Layer, InnerStep, OuterStep, Seed) = (cause.Quantity, cause.Layer, cause.InnerStep, cause.OuterStep, cause.Seed);

    /// <summary>What is not finite.</summary>
    public string Quantity { get; }

    /// <summary>Index of the layer, from 0; −1 for none.</summary>
    public int Layer { get; }

    /// <summary>Index of the inner step, from 0; −1 for none.</summary>
    public int InnerStep { get; }

    /// <summary>Index of the outer step, from 0; −1 for unknown.</summary>
    public long OuterStep { get; }

    /// <summary>The run's seed.</summary>
    public ulong? Seed { get; }

    /// <summary>The error of ordinary training, which has steps but no lives.</summary>
    /// <param name="quantity">What is not finite, such as "loss".</param>
    /// <param name="layer">Index of the layer, from 0; −1 where it belongs to none.</param>
    /// <param name="step">Index of the step, from 0; it becomes <see cref="OuterStep"/>.</param>
    /// <param name="seed">The run's seed.</param>
    public static NonFiniteException InTraining(string quantity, int layer, long step, ulong seed) => new(
        $"Found a non-finite value in the {quantity}, {(layer >= 0 ? $"layer {layer}, " : string.Empty)}step {step + 1}, seed {seed}; " +
            $"expected finite numbers. Lower the learning rates.",
        quantity, layer, step, seed);

    /// <summary>The same event, with the outer step and seed that only the trainer knows.</summary>
    public NonFiniteException During(long outerStep, ulong seed) => new(Quantity, Layer, InnerStep, outerStep, seed);

    /// <summary>The same event, with what only the trainer knows of it, what to do included.</summary>
    internal NonFiniteException During(long outerStep, ulong seed, string advice) =>
        new(Quantity, Layer, InnerStep, outerStep, seed, advice);

    /// <summary>The same event, with a sentence on what is left of the work.</summary>
    public NonFiniteException With(string remark) => new(this, remark);

    // Steps count from 1, as metrics and checkpoints count them: the properties are indices. Layers are named as their parameters are, from
    // 0.
    private static string Describe(string quantity, int layer, int innerStep, long outerStep, ulong? seed, string advice)
    {
        var parts = new List<string> { $"Found a non-finite value in the {quantity}" };
        if (layer >= 0) parts.Add($"layer {layer}");
        parts.Add(innerStep >= 0 ? $"inner step {innerStep + 1}" : "after the last inner step");
        if (outerStep >= 0) parts.Add($"outer step {outerStep + 1}");
        if (seed is { } s) parts.Add($"seed {s}");
        return string.Join(", ", parts) + $"; expected finite numbers. {advice}";
    }
}
