using System.Globalization;
using System.Text.Json.Nodes;
using Engram.Learning;
using Engram.Numerics;

namespace Engram.Experiments;

/// <summary>What was exported.</summary>
/// <param name="Path">The file.</param>
/// <param name="Tensors">How many meta-parameters.</param>
/// <param name="Numbers">How many numbers they have.</param>
/// <param name="OuterSteps">Outer steps that led to them.</param>
public sealed record ExportedWeights(string Path, int Tensors, long Numbers, long OuterSteps);

/// <summary>Writes a run's meta-parameters for other programs: a safetensors file with documented names, and an example to check a reader by.</summary>
/// <remarks>
/// Meta-parameters stand under their own names (<see cref="ParameterLayout"/>), float32, W as [out, in]. <c>example.input</c> holds the first query points of the first evaluation lifetime, and
/// <c>example.output</c> what the network answers at birth. Metadata: <c>format</c> (engram-weights-1), <c>engram</c>, <c>recipe</c> (YAML), <c>layers</c> (JSON, one object for each
/// layer: kind, activation, and a convolution's geometry), <c>plastic_layers</c>, <c>outer_steps</c>, <c>seed</c>.
/// </remarks>
public static class WeightExport
{
    private const int MostExamples = 8;

    /// <summary>Writes the newest whole checkpoint's meta-parameters.</summary>
    /// <param name="folder">The run's folder; it is only read, so somebody may be training it.</param>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="note">Told of damaged checkpoints that were passed over; null for nobody.</param>
    /// <exception cref="EngramException">There is no run, no checkpoint that can be read, or the file cannot be written.</exception>
    public static ExportedWeights Write(string folder, string path, Action<string>? note = null)
    {
        using var run = TrainedRun.Open(folder, note);
        NetworkSpec network = run.Parameters.Layout.Network;
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "engram-weights-1");
        writer.AddMetadata("engram", RunEnvironment.InformationalVersion);
        writer.AddMetadata("recipe", run.Recipe.ToYaml());
        writer.AddMetadata("layers", new JsonArray([.. network.Layers.Select(l => (JsonNode)Describe(l))]).ToJsonString());
        writer.AddMetadata("plastic_layers", network.PlasticLayers.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("outer_steps", run.OuterStepsDone.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("seed", run.Recipe.Seed.ToString(CultureInfo.InvariantCulture));
        MetaParameterFiles.AddTo(writer, run.Parameters);
        AddExample(writer, run);
        writer.Write(path, checksum: true);
        return new ExportedWeights(path, run.Parameters.Layout.Parameters.Length, run.Parameters.Layout.Count, run.OuterStepsDone);
    }

    private static void AddExample(SafetensorsWriter writer, TrainedRun run)
    {
        using var lifetimes = new EvaluationLifetimes<float>(run.Recipe.Task.Create(), run.Recipe.Seed, run.Recipe.Evaluation.Split);
        Tensor<float> queries = lifetimes.Get(0, 0).QueryInputs;
        using var arena = new Arena();
        Tensor<float> inputs = queries.Slice(0, Math.Min(MostExamples, queries.Rows));
        writer.Add("example.input", inputs);
        writer.Add("example.output", FeedforwardPass.Run(run.Parameters, inputs, arena)[^1]);
    }

    private static JsonObject Describe(LayerSpec layer)
    {
        var result = new JsonObject { ["kind"] = "dense", ["activation"] = RecipeSchema.Name(layer.Activation), ["inputs"] = layer.Inputs, ["outputs"] = layer.Outputs };
        if (layer is ConvolutionSpec { Shape: var shape })
        {
            result["kind"] = "convolution";
            (result["channels"], result["height"], result["width"]) = (shape.Channels, shape.Height, shape.Width);
            (result["kernel"], result["stride"], result["padding"]) = (shape.Kernel, shape.Stride, shape.Padding);
        }

        return result;
    }
}
