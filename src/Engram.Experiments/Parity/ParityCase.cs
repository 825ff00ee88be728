using System.Collections.Immutable;
using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Parity;

/// <summary>What must come out of a parity case: one tensor of the file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Values">Row-major.</param>
internal sealed record Expectation(string Name, double[] Values);

/// <summary>The value of one state, such as a plastic layer's weights, that must be there after an inner step.</summary>
internal sealed record ExpectedState(int InnerStep, string Name, Expectation Expectation);

/// <summary>One whole lifetime with its meta-gradient, computed elsewhere: what implementations compare themselves with.</summary>
/// <remarks>
/// A safetensors file with metadata (the problem, the network and the learner), the lifetime (<c>stream.…</c>, <c>query.…</c>), the
/// meta-parameters
/// (<c>init.…</c>) and what must come out (<c>expect.…</c>). Its error signal in classification is a constant of the meta-gradient.
/// </remarks>
public sealed class ParityCase
{
    private readonly SafetensorsFile file;
    private readonly Dictionary<string, double[]> initial = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Expectation> gradients = new(StringComparer.Ordinal);
    private readonly List<ExpectedState> states = [];

    private ParityCase(SafetensorsFile file)
    {
        this.file = file;
        Path = file.Path;
        Name = System.IO.Path.GetFileNameWithoutExtension(file.Path);
        var metadata = new ParityMetadata(file);
        (Steps, Batch, Objective) = (metadata.Steps, metadata.Batch, metadata.Objective);
        Layout = InThisFile(() => ParameterLayout.For(
            new NetworkSpec(metadata.Layers, metadata.Layers.Count - metadata.FrozenLayers),
            metadata.Learner));
        foreach (ParameterSpec parameter in Layout.Parameters)
        {
            initial[parameter.Name] = Read($"init.{parameter.Name}", parameter.Shape);
        }

        ReadLifetime(Layout.Network);
        ReadExpectations(Layout);
    }

    /// <summary>The file's name without its ending.</summary>
    public string Name { get; }

    /// <summary>Where it was read from.</summary>
    public string Path { get; }

    /// <summary>The network and the learner.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>n.</summary>
    public int Batch { get; }

    /// <summary>What the query is judged by.</summary>
    public Objective Objective { get; }

    internal double[] StreamInputs { get; private set; } = [];

    internal double[] StreamTargets { get; private set; } = [];

    internal double[] QueryInputs { get; private set; } = [];

    internal double[] QueryTargets { get; private set; } = [];

    internal int Queries { get; private set; }

    internal IReadOnlyDictionary<string, double[]> Initial => initial;

    internal IReadOnlyDictionary<string, Expectation> Gradients => gradients;

    internal IReadOnlyList<ExpectedState> States => states;

    internal Expectation? QueryLoss { get; private set; }

    internal Expectation? QueryLossBefore { get; private set; }

    internal Expectation? QueryAccuracy { get; private set; }

    /// <summary>Reads a case.</summary>
    /// <exception cref="EngramException">The file can't be read or contradicts itself; the message names it and the key.</exception>
    public static ParityCase Load(string path) => new(SafetensorsFile.Read(path));

    /// <summary>The cases of a folder (files ending in .safetensors, by name), or the one file that is named.</summary>
    /// <exception cref="EngramException">There is no such folder or file, or no case in the folder.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        string[] files = Directory.Exists(path) ? Directory.GetFiles(path, "*.safetensors")
            : throw new EngramException($"Found no folder or file '{path}', expected one with parity cases; check the path.");
        Array.Sort(files, StringComparer.Ordinal);
        return files.Length > 0 ? files
            : throw new EngramException($"Found no file ending in .safetensors in '{path}', expected parity cases; check the path.");
    }

    private void ReadLifetime(NetworkSpec network)
    {
        ImmutableArray<int> example = network.Layers[0] is ConvolutionSpec { Shape: var image }
            ? [image.Channels, image.Height, image.Width] : [network.Inputs];
        StreamInputs = Read("stream.input", [Steps, Batch, .. example]);
        TensorEntry query = file["query.input"];
        Queries = query.Shape is [> 0 and var rows, ..] ? rows : throw WrongShape(query, $"[examples, {string.Join(", ", example)}]");
        QueryInputs = Read("query.input", [Queries, .. example]);
        if (Objective == Objective.MeanSquaredError)
        {
            StreamTargets = Read("stream.target", [Steps, Batch, network.Outputs]);
            QueryTargets = Read("query.target", [Queries, network.Outputs]);
        }
        else
        {
            StreamTargets = ReadOneHot("stream.label", [Steps, Batch], network.Outputs);
            QueryTargets = ReadOneHot("query.label", [Queries], network.Outputs);
        }
    }

    private void ReadExpectations(ParameterLayout of)
    {
        foreach ((string name, TensorEntry entry) in file.Tensors)
        {
            string[] parts = name.Split('.');
            if (parts.Any(part => Numbered(part, "layer") >= of.Network.Layers.Length))
            {
                throw new EngramException(
                    $"Found tensor '{name}' in '{Path}', expected layers 0 to {of.Network.Layers.Length - 1} as in metadata layers; the " +
                    $"two must agree.");
            }

            if (name.StartsWith("expect.grad.", StringComparison.Ordinal))
            {
                string parameter = name["expect.grad.".Length..];
                int position = of.IndexOf(parameter);
                gradients[parameter] = new Expectation(name, Read(name, position < 0 ? entry.Shape : of.Parameters[position].Shape));
            }
            else if (parts is ["expect", var after, var layer, ..] && parts.Length > 3 && Numbered(after, "after") is { } step
                && Numbered(layer, "layer") is { } index)
            {
                states.Add(ReadState(of, name, step, index, string.Join('.', parts[2..])));
            }
            else if (name == "expect.query_accuracy")
            {
                QueryAccuracy = new Expectation(name, Read(name, [1]));
            }
            else if (name == "expect.query_loss")
            {
                QueryLoss = new Expectation(name, Read(name, [1]));
            }
            else if (name == "expect.query_loss_before")
            {
                QueryLossBefore = new Expectation(name, Read(name, [1]));
            }
            else if (name.StartsWith("expect.", StringComparison.Ordinal))
            {
                throw new EngramException(
                    $"Found tensor '{name}' in '{Path}', expected names such as expect.query_loss, expect.grad.layer0.weight or " +
                    $"expect.after0.layer1.weight; rename or remove it.");
            }
        }

        if (gradients.Count == 0)
        {
            throw new EngramException(
                $"Found no tensor whose name begins with expect.grad. in '{Path}', expected the meta-gradient of the query loss; a case " +
                $"without one proves nothing.");
        }
    }

    private ExpectedState ReadState(ParameterLayout of, string name, int step, int layer, string state)
    {
        if (step >= Steps || layer < of.Network.FrozenLayers)
        {
            throw new EngramException(
                $"Found tensor '{name}' in '{Path}', expected inner steps 0 to {Steps - 1} and plastic layers {of.Network.FrozenLayers} " +
                $"to {of.Network.Layers.Length - 1}; steps and frozen_layers must agree with the tensors.");
        }

        ImmutableArray<int> shape = of.State.IndexOf(state) is >= 0 and var i ? of.State.Specs[i].Shape
            : of.IndexOf(state) is >= 0 and var p ? of.Parameters[p].Shape
            : throw new EngramException(
                $"Found tensor '{name}' in '{Path}', expected a state of this learner; " +
                $"{NearestName.Hint(state, [.. of.State.Specs.Select(s => s.Name)])}");
        return new ExpectedState(step, state, new Expectation(name, Read(name, shape)));
    }

    /// <summary>The noise of a life's birth that the file has under a name.</summary>
    /// <exception cref="EngramException">It has none of that size.</exception>
    internal double[] NoiseOf(string name, int count)
    {
        TensorEntry entry = file[$"noise.{name}"];
        return entry.Count == count ? entry.ToArray<double>() : throw WrongShape(entry, $"{count} numbers");
    }

    private double[] Read(string name, ImmutableArray<int> shape)
    {
        TensorEntry entry = file[name];
        bool oneNumber = shape is [1] && entry.Shape.IsEmpty;
        double[] values = oneNumber || entry.Shape.SequenceEqual(shape) ? entry.ToArray<double>()
            : throw WrongShape(entry, Describe(shape));
        int wrong = Array.FindIndex(values, v => !double.IsFinite(v));
        return wrong < 0 ? values
            : throw new EngramException(
                string.Create(
                CultureInfo.InvariantCulture,
                $"Found {values[wrong]} at element {wrong} of tensor '{name}' in '{Path}', expected finite numbers; the case says " +
                $"nothing, write it again."));
    }

    private double[] ReadOneHot(string name, ImmutableArray<int> shape, int classes)
    {
        TensorEntry entry = file[name];
        if (!entry.Shape.SequenceEqual(shape))
        {
            throw WrongShape(entry, Describe(shape));
        }

        long[] labels = entry.ToArray<long>();
        var result = new double[labels.Length * classes];
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] < 0 || labels[i] >= classes)
            {
                throw new EngramException(
                    $"Found label {labels[i]} at element {i} of tensor '{name}' in '{Path}', expected 0 to {classes - 1}, since the " +
                    $"last layer has {classes} outputs.");
            }

            result[(i * classes) + (int)labels[i]] = 1;
        }

        return result;
    }

    private EngramException WrongShape(TensorEntry entry, string expected) =>
        new(
            $"Found tensor '{entry.Name}' of shape {Describe(entry.Shape)} in '{Path}', expected {expected}; the metadata (layers, " +
            $"steps, batch, options) and the tensors must agree.");

    private T InThisFile<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (EngramException failure)
        {
            throw new EngramException($"In '{Path}', metadata layers, frozen_layers or feedback: {failure.Message}", failure);
        }
    }

    private static string Describe(ImmutableArray<int> shape) => $"[{string.Join(", ", shape)}]";

    // The number in "layer3", for the word "layer"; null for other words. One too large to read is larger than any index.
    private static int? Numbered(string part, string word) =>
        part.StartsWith(word, StringComparison.Ordinal) && part.AsSpan(word.Length) is { Length: > 0 } digits
            && !digits.ContainsAnyExceptInRange('0', '9')
            ? int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : int.MaxValue
            : null;
}
