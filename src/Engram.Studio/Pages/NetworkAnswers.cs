using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Figures.Summaries;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Studio.Http;
using Engram.Studio.Lives;
using Engram.Studio.Runs;
using Engram.Tasks.Splits;
using Microsoft.AspNetCore.Http;

namespace Engram.Studio.Pages;

/// <summary>Answers about a run's network: its meta-parameters as pictures, and its lives as films.</summary>
internal sealed class NetworkAnswers(RunIndex index, Workshop workshop, SiteSettings settings)
{
    private const int SmallPicture = 72;
    private const int LargePicture = 512;
    private const int Bins = 41;

    /// <summary>All meta-parameters, as small pictures with their distributions.</summary>
    public Reply Weights(IQueryCollection asked)
    {
        (string folder, RunCard card) = RunAnswers.Find(index, new RequestQuery(asked, "run").Text("run"));
        using TrainedRun run = TrainedRun.Open(folder, null, card.Name);
        var reply = new BinaryReply();
        var tensors = ImmutableArray.CreateBuilder<TensorPayload>();
        ImmutableArray<ParameterSpec> specs = run.Parameters.Layout.Parameters;
        for (int i = 0; i < specs.Length; i++)
        {
            tensors.Add(Describe(specs[i], run.Parameters[i], reply));
        }

        return Reply.Binary(reply.Finish(
            new WeightsHeader(
                card.Name, run.OuterStepsDone, run.Parameters.Layout.Network.FrozenLayers, tensors.ToImmutable(), reply.Sections),
            StudioJson.Default.WeightsHeader));
    }

    /// <summary>One of them, number by number where it has few enough.</summary>
    public Reply Tensor(IQueryCollection asked)
    {
        var query = new RequestQuery(asked, "run", "tensor");
        (string folder, RunCard card) = RunAnswers.Find(index, query.Text("run"));
        string name = query.Text("tensor");
        using TrainedRun run = TrainedRun.Open(folder, null, card.Name);
        Tensor<float> tensor = run.Parameters.Find(name);
        if (tensor.IsEmpty)
        {
            throw new RequestException(StatusCodes.Status404NotFound, $"There is no tensor '{CleanText.Line(name, 200)}' in this run.");
        }

        int rows = FilmPictures.Cells(tensor.Rows, LargePicture), columns = FilmPictures.Cells(tensor.Columns, LargePicture);
        float[] picture = new float[rows * columns];
        FilmPictures.Shrink(tensor, rows, columns, picture);
        var reply = new BinaryReply();
        reply.Add("values", picture);
        return Reply.Binary(
            reply.Finish(
            new TensorHeader(card.Name, name, tensor.Rows, tensor.Columns, rows, columns, reply.Sections),
            StudioJson.Default.TensorHeader));
    }

    /// <summary>One life.</summary>
    public async Task<Reply> FilmAsync(IQueryCollection asked, CancellationToken stop)
    {
        var query = new RequestQuery(asked, "run", "seed", "split", "life");
        (string folder, RunCard card) = RunAnswers.Find(index, query.Text("run"));
        Recipe recipe = RunDirectory.ReadRecipe(folder);
        string usual = RecipeSchema.Name(recipe.Evaluation.Split);
        string split = query.OneOf("split", [usual, .. Enum.GetValues<Split>().Select(s => RecipeSchema.Name(s)).Where(n => n != usual)]);
        ulong seed = query.TextOrNone("seed") is not { } text ? recipe.Seed
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number
            : throw new RequestException(StatusCodes.Status400BadRequest, "Found a value of 'seed' that is not a whole number from 0.");
        ulong life = (ulong)query.Number("life", 0, 0, 1_000_000_000);
        string newest = RunDirectory.CheckpointsOf(folder) is [var first, ..] ? $"{first} {File.GetLastWriteTimeUtc(first).Ticks}"
            : string.Empty;
        string key = string.Create(CultureInfo.InvariantCulture, $"film\n{card.Name}\n{newest}\n{split}\n{seed}\n{life}");
        return await workshop.MakeAsync(key, Make, stop).ConfigureAwait(false);

        Reply Make()
        {
            using TrainedRun run = TrainedRun.Open(folder, null, card.Name);
            var request = new FilmRequest(
                card.Name, seed, Enum.GetValues<Split>().First(s => RecipeSchema.Name(s) == split), life, run.OuterStepsDone);
            return Reply.Binary(FilmMaker.Make(run, request, settings.Data, settings.Threads, stop));
        }
    }

    private static TensorPayload Describe(ParameterSpec spec, Tensor<float> tensor, BinaryReply reply)
    {
        int rows = FilmPictures.Cells(tensor.Rows, SmallPicture), columns = FilmPictures.Cells(tensor.Columns, SmallPicture);
        float[] picture = new float[rows * columns];
        FilmPictures.Shrink(tensor, rows, columns, picture);
        sbyte[] steps = new sbyte[picture.Length];
        float scale = FilmPictures.Quantize(picture, steps);
        reply.Add(spec.Name, steps);
        double[] values = TensorNumbers.ToDoubles(tensor);
        Distribution found = Statistics.Describe(values);
        Histogram histogram = Histogram.Count(values, Bins);
        return new TensorPayload(
            spec.Name, spec.Role, spec.Layer, spec.Shape, rows, columns, scale, Finite(found.Mean), Finite(found.StandardDeviation),
                Finite(found.Minimum), Finite(found.Maximum),
            Finite(found.ShareZero), Finite(found.ShareNegative), histogram.Edges, histogram.Counts);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
