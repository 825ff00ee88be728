using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Verdicts;

/// <summary>From what error on a network counts as not trained.</summary>
/// <remarks>
/// The measure is the best that one constant answer does in a lifetime: in regression the variance of the query's targets, in
/// classification the share of the
/// query that is not of its most frequent class. A squared error of a quarter of that variance is half a standard deviation off: the
/// plateau of meta-training, where a
/// network answers by the input alone. An error rate of three quarters of guessing is near it too. Against such a network anything looks
/// good, so it judges nothing.
/// </remarks>
internal static class LearningBound
{
    /// <summary>Share of the constant answer's squared error.</summary>
    public const double ShareOfVariance = 0.25;

    /// <summary>Share of the constant answer's error rate.</summary>
    public const double ShareOfGuessing = 0.75;

    private const int Lifetimes = 100;

    /// <summary>The bound of a recipe's task, on its evaluation split: a squared error, or an error in %.</summary>
    /// <exception cref="EngramException">The task's data are not there.</exception>
    public static double Of(Recipe recipe, DataContext data) => recipe switch
    {
        // Its query has as many images of each class, and images need not be read to know that.
        { IsClassification: true, Task: FewShotSpec { Ways: int ways } } => ShareOfGuessing * 100 * (1 - (1.0 / ways)),
        { IsClassification: true } =>
            ShareOfGuessing * 100 * ConstantError(recipe.Task.Create(data), recipe.Seed, recipe.Evaluation.Split, classes: true),
        _ => ShareOfVariance * ConstantError(recipe.Task.Create(data), recipe.Seed, recipe.Evaluation.Split, classes: false),
    };

    /// <summary>The same; null where the task's data are not there, so that nobody can say.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">Where data sets lie; null for where they lie by default.</param>
    public static double? Find(Recipe recipe, DataContext? data)
    {
        try
        {
            return Of(recipe, data ?? DataContext.Default());
        }
        catch (EngramException)
        {
            return null;
        }
    }

    /// <summary>The error that the bound is of: the query loss, or in classification the query error in %.</summary>
    public static double ErrorOf(Recipe recipe, EvaluationSummary found) =>
        recipe.IsClassification ? found.QueryErrorPercent ?? double.NaN : found.QueryLoss;

    /// <summary>Whether an error, of a network or a mean over networks, is one of learners that are not trained.</summary>
    /// <param name="error">The error.</param>
    /// <param name="bound">The bound; null where nobody can say.</param>
    public static bool IsNotTrained(double error, double? bound) => error >= bound;

    /// <summary>Mean over lifetimes of the least error of one constant answer: a squared error, mean over examples and outputs as the
    /// objective is, or a share of wrong answers.</summary>
    public static double ConstantError(ITaskFamily family, ulong seed, Split split, bool classes)
    {
        using var episode = new Episode<double>(family.Shape);
        double sum = 0;
        for (int life = 0; life < Lifetimes; life++)
        {
            family.Fill(seed, split, (ulong)life, episode);
            sum += classes ? 1 - LargestShare(episode) : Variance(episode);
        }

        return sum / Lifetimes;
    }

    private static double LargestShare(Episode<double> episode)
    {
        int[] counts = new int[episode.Shape.Outputs];
        for (int q = 0; q < episode.Shape.Queries; q++)
        {
            counts[episode.QueryTargets.Row(q).IndexOf(1.0)]++;
        }

        return counts.Max() / (double)episode.Shape.Queries;
    }

    private static double Variance(Episode<double> episode)
    {
        double total = 0;
        long all = 0;
        for (int output = 0; output < episode.Shape.Outputs; output++)
        {
            double sum = 0, squares = 0;
            int count = 0;
            for (int q = 0; q < episode.Shape.Queries; q++)
            {
                if (!episode.Shape.MaskedQuery || episode.QueryMask[q, output] != 0)
                {
                    double value = episode.QueryTargets[q, output];
                    (sum, squares, count) = (sum + value, squares + (value * value), count + 1);
                }
            }

            total += count == 0 ? 0 : squares - (sum / count * sum);
            all += count;
        }

        return all == 0 ? 0 : total / all;
    }
}
