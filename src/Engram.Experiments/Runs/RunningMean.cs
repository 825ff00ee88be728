using System.Globalization;
using Engram.Learning.Outer;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Experiments.Runs;

/// <summary>What metrics carry from one outer step to the next; it travels in checkpoints, so that a resumed run goes on with the same
/// numbers.</summary>
/// <param name="QueryLoss">Running mean of the query loss; NaN before the first.</param>
/// <param name="QueryErrorPercent">Running mean of the query error, in %; NaN before the first, and in regression.</param>
/// <param name="ElapsedSeconds">Seconds of meta-training so far.</param>
internal sealed record RunningMean(double QueryLoss, double QueryErrorPercent, double ElapsedSeconds)
{
    /// <summary>How much of the mean is left after one outer step.</summary>
    public const double Decay = 0.98;

    private const string TaskKey = "task";
    private const string LossKey = "running_query_loss";
    private const string ErrorKey = "running_query_error_percent";
    private const string SecondsKey = "elapsed_seconds";

    public static RunningMean Start { get; } = new(double.NaN, double.NaN, 0);

    /// <summary>That of a run of which only the meta-parameters are left.</summary>
    public static RunningMean Unknown { get; } = new(double.NaN, double.NaN, double.NaN);

    public RunningMean With(in OuterStepReport report, double elapsedSeconds) =>
        new(Next(QueryLoss, report.MeanQueryLoss), Next(QueryErrorPercent, report.MeanQueryErrorPercent), elapsedSeconds);

    /// <summary>Writes a checkpoint, with the task that it was trained on.</summary>
    public void Save(TrainerState state, string path, string task) => state.Write(path,
    [
        new(TaskKey, task),
        new(LossKey, QueryLoss.ToString("R", CultureInfo.InvariantCulture)),
        .. double.IsNaN(QueryErrorPercent) ? (KeyValuePair<string, string>[])[]
            : [new(ErrorKey, QueryErrorPercent.ToString("R", CultureInfo.InvariantCulture))],
        new(SecondsKey, ElapsedSeconds.ToString("R", CultureInfo.InvariantCulture)),
    ]);

    /// <summary>The task that a checkpoint was trained on; null where it does not say.</summary>
    public static string? TaskOf(string path) => SafetensorsFile.Read(path).Metadata.TryGetValue(TaskKey, out string? task) ? task : null;

    /// <summary>Reads what a checkpoint carries.</summary>
    public static RunningMean Load(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        return new RunningMean(
            Number(file, LossKey), file.Metadata.ContainsKey(ErrorKey) ? Number(file, ErrorKey) : double.NaN, Number(file, SecondsKey));
    }

    private static double Next(double mean, double value) => double.IsNaN(mean) ? value : (Decay * mean) + ((1 - Decay) * value);

    private static double Number(SafetensorsFile file, string key) =>
        double.TryParse(file.MetadataOf(key), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new EngramException(
                $"Found '{file.MetadataOf(key)}' as {key} in '{file.Path}', expected a number; the checkpoint is damaged.");
}
