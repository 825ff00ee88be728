using Engram.Learning.Learners;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;

namespace Engram.Learning.Checks;

/// <summary>Stops gradients on the tape, and notes the values in the order in which they were stopped.</summary>
internal sealed class RecordedStops(Tape<double> tape) : IStop
{
    private readonly List<(int Rows, int Columns, double[] Values)> values = [];

    /// <summary>What was stopped, in order.</summary>
    public IReadOnlyList<(int Rows, int Columns, double[] Values)> Values => values;

    /// <inheritdoc/>
    public Var Stop(Var value)
    {
        Tensor<double> numbers = tape.ValueOf(value);
        values.Add((numbers.Rows, numbers.Columns, numbers.ToArray()));
        return value.StopGradient();
    }
}

/// <summary>
/// Puts noted values in the place of what would be stopped: the function whose gradient a learner with stopped quantities follows, since in
/// it they are constants.
/// </summary>
internal sealed class ReplayedStops : IStop, IDisposable
{
    private readonly Arena arena = new();
    private readonly Tape<double> tape;
    private readonly List<Tensor<double>> values = [];
    private int next;

    /// <summary>Takes over what was noted.</summary>
    public ReplayedStops(Tape<double> tape, RecordedStops recorded)
    {
        this.tape = tape;
        foreach ((int rows, int columns, double[] numbers) in recorded.Values)
        {
            Tensor<double> tensor = arena.Allocate<double>(rows, columns);
            tensor.CopyFrom(numbers);
            values.Add(tensor);
        }
    }

    /// <summary>Goes back to the first noted value.</summary>
    public void Restart() => next = 0;

    /// <inheritdoc/>
    public Var Stop(Var value) => tape.Leaf(values[next++]);

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();
}
