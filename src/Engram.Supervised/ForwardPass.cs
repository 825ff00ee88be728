using System.Numerics;
using Engram.Learning.Learners;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Supervised.Layers;

namespace Engram.Supervised;

/// <summary>A batch on its way through a network: inputs and targets, every activity, and how far the output is from the target.</summary>
/// <remarks>One example a column. Activity 0 is the input, activity L the output ŷ = z_L. Buffers are made once; a batch may have any
/// number of examples up to the capacity.</remarks>
/// <typeparam name="T"><see cref="float"/> for work, <see cref="double"/> for checks.</typeparam>
public sealed class ForwardPass<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tensor<T>[] activities;
    private readonly Tensor<T> targets, predictions, error;

    /// <summary>Makes buffers for batches of a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="capacity">Most examples of a batch.</param>
    public ForwardPass(SupervisedNetworkSpec network, int capacity)
    {
        activities = [arena.Allocate<T>(network.Inputs, capacity), .. network.Layers.Select(l => arena.Allocate<T>(l.Outputs, capacity))];
        (targets, predictions, error) = (arena.Allocate<T>(network.Outputs, capacity), arena.Allocate<T>(network.Outputs, capacity),
            arena.Allocate<T>(network.Outputs, capacity));
        (Capacity, Examples) = (capacity, capacity);
    }

    /// <summary>Most examples of a batch.</summary>
    public int Capacity { get; }

    /// <summary>n, examples of the current batch.</summary>
    public int Examples { get; private set; }

    /// <summary>y, [K, n]; one-hot, or any distribution, in classification.</summary>
    public Tensor<T> Targets => Current(targets);

    /// <summary>What is compared with the targets, [K, n]: softmax(ŷ) in classification, ŷ in regression.</summary>
    public Tensor<T> Predictions => Current(predictions);

    /// <summary>e = ∂L/∂ŷ, [K, n]: (softmax(ŷ) − y) / n for cross-entropy, 2 (ŷ − y) / (n K) for mean squared error.</summary>
    public Tensor<T> Error => Current(error);

    /// <summary>L: the objective, mean over examples (and over outputs, for squared error).</summary>
    public double Loss { get; private set; }

    /// <summary>h_l, [units of layer l, n]; 0 for the inputs, L for the output.</summary>
    public Tensor<T> Activity(int layer) => Current(activities[layer]);

    /// <summary>The part of a buffer of <see cref="Capacity"/> columns that the current batch takes.</summary>
    public unsafe Tensor<T> Current(Tensor<T> buffer) => new(buffer.Pointer, buffer.Rows, Examples, buffer.Stride);

    /// <summary>Says how many examples the next batch has; write its inputs and targets then.</summary>
    /// <exception cref="ArgumentOutOfRangeException">None, or more than there is room for.</exception>
    public void Resize(int examples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(examples, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(examples, Capacity);
        Examples = examples;
    }

    /// <summary>Takes a batch with one example a row.</summary>
    /// <param name="inputs">[n, inputs].</param>
    /// <param name="outputs">y, [n, K].</param>
    public unsafe void Load(Tensor<T> inputs, Tensor<T> outputs)
    {
        Shapes.Expect(inputs, outputs.Rows, activities[0].Rows, nameof(inputs));
        Shapes.Expect(outputs, inputs.Rows, targets.Rows, nameof(outputs));
        Resize(inputs.Rows);
        Transposition.Copy(inputs.Pointer, inputs.Stride, inputs.Rows, inputs.Columns, activities[0].Pointer, activities[0].Stride);
        Transposition.Copy(outputs.Pointer, outputs.Stride, outputs.Rows, outputs.Columns, targets.Pointer, targets.Stride);
    }

    /// <summary>How many examples' largest output is at their largest target, the first of equals.</summary>
    public int CountCorrect()
    {
        int correct = 0;
        for (int n = 0; n < Examples; n++)
        {
            correct += Largest(activities[^1], n) == Largest(targets, n) ? 1 : 0;
        }

        return correct;
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    /// <summary>Predictions, loss and error of the output that stands there.</summary>
    internal void Compare(Objective objective)
    {
        double sum = 0;
        for (int n = 0; n < Examples; n++)
        {
            sum += objective == Objective.CrossEntropy ? CompareClasses(n) : CompareNumbers(n);
        }

        Loss = sum;
    }

    private static unsafe int Largest(Tensor<T> outputs, int n)
    {
        int best = 0;
        for (int k = 1; k < outputs.Rows; k++)
        {
            best = outputs.RowPointer(k)[n] > outputs.RowPointer(best)[n] ? k : best;
        }

        return best;
    }

    private unsafe double CompareClasses(int n)
    {
        Tensor<T> output = activities[^1];
        T examples = T.CreateTruncating(Examples), logSum = Softmax<T>.Column(output, predictions, n), loss = T.Zero;
        for (int k = 0; k < output.Rows; k++)
        {
            T y = targets.RowPointer(k)[n], p = predictions.RowPointer(k)[n];
            error.RowPointer(k)[n] = (p - y) / examples;
            loss += y * (logSum - output.RowPointer(k)[n]);
        }

        return double.CreateTruncating(loss) / Examples;
    }

    private unsafe double CompareNumbers(int n)
    {
        Tensor<T> output = activities[^1];
        T scale = T.CreateTruncating(2.0 / ((double)Examples * output.Rows)), squares = T.Zero;
        for (int k = 0; k < output.Rows; k++)
        {
            T y = output.RowPointer(k)[n], d = y - targets.RowPointer(k)[n];
            predictions.RowPointer(k)[n] = y;
            error.RowPointer(k)[n] = scale * d;
            squares += d * d;
        }

        return double.CreateTruncating(squares) / ((double)Examples * output.Rows);
    }
}
