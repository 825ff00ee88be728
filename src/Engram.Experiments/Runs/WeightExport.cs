using System.Globalization;
using System.Text.Json.Nodes;
using Engram.Experiments.Recipes;
using Engram.Experiments.Sources;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;

namespace Engram.Experiments.Runs;

/// <summary>What was exported.</summary>
/// <param name="Path">The file.</param>
/// <param name="Tensors">How many meta-parameters.</param>
/// <param name="Numbers">How many numbers they have.</param>
/// <param name="OuterSteps">Outer steps that led to them.</param>
public sealed record ExportedWeights(string Path, int Tensors, long Numbers, long OuterSteps);

/// <summary>Writes a run's meta-parameters to a file that stands alone, and reads it: safetensors with documented names, and an example to
/// check other programs' readers by.</summary>
/// <remarks>
/// Meta-parameters stand under their own names (<see cref="ParameterLayout"/>), float32 or float16, W as [out, in].
/// <c>example.input</c> holds the first query points of the first evaluation lifetime, and <c>example.output</c> what the network answers
/// at birth. Metadata: <c>format</c> (engram-weights-1), <c>engram</c>, <c>recipe</c> (YAML), <c>layers</c> (JSON, one object for each
/// layer: kind, activation, and a convolution's geometry), <c>plastic_layers</c>, <c>outer_steps</c>, <c>seed</c>.
/// </remarks>
public static class WeightExport
{
    private const string Format = "engram-weights-1";
    private const string FormatKey = "format";
    private const string RecipeKey = "recipe";
    private const string VersionKey = "engram";
    private const string OuterStepsKey = "outer_steps";
    private const string Extension = ".safetensors";
    private const int MostExamples = 8;

    /// <summary>Writes the newest whole checkpoint's meta-parameters.</summary>
    /// <param name="folder">The run's folder; it is only read, so somebody may be training it.</param>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="context">Where data sets lie, of which an example is taken, and who is told of damaged checkpoints that were passed
    /// over.</param>
    /// <param name="half">Whether meta-parameters are rounded to float16 and written so.</param>
    /// <exception cref="EngramException">There is no run, no checkpoint that can be read, or the file cannot be written.</exception>
    public static ExportedWeights Write(string folder, string path, DataContext context, bool half = false)
    {
        using var run = TrainedRun.Open(folder, context.Note);
        NetworkSpec network = run.Parameters.Layout.Network;
        var writer = new SafetensorsWriter();
        writer.AddMetadata(FormatKey, Format);
        writer.AddMetadata(VersionKey, RunEnvironment.InformationalVersion);
        writer.AddMetadata(RecipeKey, run.Recipe.ToYaml());
        writer.AddMetadata("layers", new JsonArray([.. network.Layers.Select(l => (JsonNode)Describe(l))]).ToJsonString());
        writer.AddMetadata("plastic_layers", network.PlasticLayers.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata(OuterStepsKey, run.OuterStepsDone.ToString(CultureInfo.InvariantCulture));
        writer.AddMetadata("seed", run.Recipe.Seed.ToString(CultureInfo.InvariantCulture));
        if (half)
        {
            MetaParameterFiles.AddRoundedTo(writer, run.Parameters);
        }
        else
        {
            MetaParameterFiles.AddTo(writer, run.Parameters);
        }

        AddExample(writer, run, context);
        writer.Write(path, checksum: true);
        return new ExportedWeights(path, run.Parameters.Layout.Parameters.Length, run.Parameters.Layout.Count, run.OuterStepsDone);
    }

    /// <summary>Whether a path leads to a file, which is then read as one that <see cref="Write"/> made, whatever it is called; runs are
    /// folders.</summary>
    public static bool IsFile(string path) => File.Exists(path);

    /// <summary>Whether a name ends as those of such files do unless somebody calls them otherwise.</summary>
    internal static bool HasUsualEnding(string path) => path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EngramException">It is damaged, or no such file.</exception>
    internal static SafetensorsFile Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        string? format = file.Metadata.GetValueOrDefault(FormatKey);
        return format == Format
            ? SafetensorsFile.Read(path, verifyChecksum: true)
            : throw new EngramException(
                $"Found {(format is null ? "no format" : $"the format '{format}'")} in '{path}', expected {Format}: a file that 'engram " +
                $"export' wrote.");
    }

    /// <summary>The recipe that the file's meta-parameters were trained by.</summary>
    internal static Recipe RecipeOf(SafetensorsFile file)
    {
        string text = file.MetadataOf(RecipeKey);
        try
        {
            return RecipeReader.Parse(text, file.Path);
        }
        catch (EngramException e)
        {
            throw OwnParts.Explain(e, RunSettings.TryParse(text, file.Path));
        }
    }

    /// <summary>Outer steps that led to the file's meta-parameters.</summary>
    /// <exception cref="EngramException">It is no number.</exception>
    internal static long OuterStepsOf(SafetensorsFile file) =>
        long.TryParse(file.MetadataOf(OuterStepsKey), NumberStyles.None, CultureInfo.InvariantCulture, out long steps)
            ? steps
            : throw new EngramException(
                $"Found '{file.MetadataOf(OuterStepsKey)}' as {OuterStepsKey} in '{file.Path}', expected a whole number; the file is " +
                $"damaged.");

    /// <summary>What the file tells of the run's environment: version, commit and seed.</summary>
    internal static RunEnvironment EnvironmentOf(SafetensorsFile file, Recipe recipe)
    {
        string[] version = file.MetadataOf(VersionKey).Split('+', 2);
        return new RunEnvironment
        { Version = version[0], Commit = version.Length > 1 ? version[1] : null, Recipe = file.Path, Seed = recipe.Seed };
    }

    private static void AddExample(SafetensorsWriter writer, TrainedRun run, DataContext context)
    {
        using var lifetimes = new EvaluationLifetimes<float>(run.Recipe.Task.Create(context), run.Recipe.Seed, run.Recipe.Evaluation.Split);
        Tensor<float> queries = lifetimes.Get(0, 0).QueryInputs;
        using var arena = new Arena();
        Tensor<float> inputs = queries.Slice(0, Math.Min(MostExamples, queries.Rows));
        writer.Add("example.input", inputs);
        writer.Add("example.output", FeedforwardPass.Run(run.Parameters, inputs, arena)[^1]);
    }

    private static JsonObject Describe(LayerSpec layer)
    {
        var result = new JsonObject
        {
            ["kind"] = "dense",
            ["activation"] = RecipeSchema.Name(layer.Activation),
            ["inputs"] = layer.Inputs,
            ["outputs"] = layer.Outputs
        };
        if (layer is ConvolutionSpec { Shape: var shape })
        {
            result["kind"] = "convolution";
            (result["channels"], result["height"], result["width"]) = (shape.Channels, shape.Height, shape.Width);
            (result["kernel"], result["stride"], result["padding"]) = (shape.Kernel, shape.Stride, shape.Padding);
        }

        return result;
    }
}
