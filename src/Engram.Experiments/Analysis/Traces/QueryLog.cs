using System.Collections.Immutable;
using System.Numerics;
using Engram.Figures.Summaries;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Analysis.Traces;

/// <summary>Judges the network's answers to the query after each inner step, in double precision: losses, errors, and how they change from
/// task to task.</summary>
internal sealed class QueryLog<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Objective objective;
    private readonly Tensor<T> targets;
    private readonly int[] queryTasks;
    private readonly int taskCount;
    private readonly ImmutableArray<int> order;
    private readonly ImmutableArray<int> ends;
    private readonly int firstStart;
    private readonly ImmutableArray<double>.Builder losses = ImmutableArray.CreateBuilder<double>();
    private readonly ImmutableArray<double>.Builder accuracies = ImmutableArray.CreateBuilder<double>();
    private readonly ImmutableArray<double>.Builder[] taskLosses;
    private readonly ImmutableArray<double>.Builder interference = ImmutableArray.CreateBuilder<double>();
    private double[]? before;

    public QueryLog(Objective objective, Tensor<T> targets, ReadOnlySpan<int> queryTasks, int[] streamTasks)
    {
        (this.objective, this.targets, this.queryTasks) = (objective, targets, queryTasks.ToArray());
        taskCount = Math.Max(streamTasks.DefaultIfEmpty(-1).Max(), this.queryTasks.DefaultIfEmpty(-1).Max()) + 1;
        taskLosses = [.. Enumerable.Range(0, taskCount).Select(_ => ImmutableArray.CreateBuilder<double>())];
        (order, ends) = Blocks(streamTasks);
        firstStart = ends.IsEmpty ? -1 : ends[0];
    }

    /// <summary>The answers after that many inner steps.</summary>
    public void Add(int stepsDone, Tensor<T> outputs)
    {
        var sums = new double[taskCount];
        var counts = new int[taskCount];
        (double total, int right) = (0, 0);
        for (int r = 0; r < outputs.Rows; r++)
        {
            double loss = LossOf(outputs.Row(r), targets.Row(r));
            total += loss;
            sums[queryTasks[r]] += loss;
            counts[queryTasks[r]]++;
            right += objective == Objective.CrossEntropy && Largest(outputs.Row(r)) == Largest(targets.Row(r)) ? 1 : 0;
        }

        losses.Add(total / outputs.Rows);
        accuracies.Add(objective == Objective.CrossEntropy ? right / (double)outputs.Rows : double.NaN);
        for (int task = 0; task < taskCount; task++)
        {
            taskLosses[task].Add(sums[task] / counts[task]);
        }

        int learnt = ends.IndexOf(stepsDone);
        if (learnt < 0)
        {
            return;
        }

        double[] after = TensorNumbers.ToDoubles(outputs);
        if (stepsDone != firstStart)
        {
            interference.Add(Change(before!, after, outputs.Columns, order.AsSpan(0, learnt)));
        }

        before = after;
    }

    /// <summary>What was seen.</summary>
    public LifetimeTrace ToTrace(ulong index, LifetimeOutcome outcome) => new(index, outcome)
    {
        QueryLoss = losses.ToImmutable(),
        QueryAccuracy = accuracies.ToImmutable(),
        TaskLoss = losses.Count == 0 ? [] : [.. taskLosses.Select(t => t.ToImmutable())],
        TaskOrder = order,
        TaskEnds = ends,
        Interference = interference.ToImmutable(),
    };

    // Nothing where a task comes back after another: then there is no “before” and “after” it.
    private static (ImmutableArray<int> Order, ImmutableArray<int> Ends) Blocks(int[] streamTasks)
    {
        var tasks = new List<int>();
        var stepsDone = new List<int>();
        for (int t = 0; t < streamTasks.Length; t++)
        {
            if (t > 0 && streamTasks[t] == streamTasks[t - 1])
            {
                stepsDone[^1] = t + 1;
                continue;
            }

            if (tasks.Contains(streamTasks[t]))
            {
                return ([], []);
            }

            tasks.Add(streamTasks[t]);
            stepsDone.Add(t + 1);
        }

        return ([.. tasks], [.. stepsDone]);
    }

    private static int Largest(ReadOnlySpan<T> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    private double LossOf(ReadOnlySpan<T> outputs, ReadOnlySpan<T> wanted)
    {
        double sum = 0;
        if (objective == Objective.MeanSquaredError)
        {
            for (int k = 0; k < outputs.Length; k++)
            {
                double error = double.CreateChecked(wanted[k]) - double.CreateChecked(outputs[k]);
                sum += error * error;
            }

            return sum / outputs.Length;
        }

        double largest = double.CreateChecked(outputs[Largest(outputs)]);
        double expected = 0;
        double share = 0;
        for (int k = 0; k < outputs.Length; k++)
        {
            double output = double.CreateChecked(outputs[k]) - largest;
            double target = double.CreateChecked(wanted[k]);
            sum += Math.Exp(output);
            expected += target * output;
            share += target;
        }

        return (share * Math.Log(sum)) - expected;
    }

    private double Change(double[] from, double[] to, int columns, ReadOnlySpan<int> tasks)
    {
        (double sum, int count) = (0, 0);
        for (int r = 0; r < queryTasks.Length; r++)
        {
            if (!tasks.Contains(queryTasks[r]))
            {
                continue;
            }

            for (int k = 0; k < columns; k++)
            {
                double change = to[(r * columns) + k] - from[(r * columns) + k];
                sum += change * change;
                count++;
            }
        }

        return sum / count;
    }
}
