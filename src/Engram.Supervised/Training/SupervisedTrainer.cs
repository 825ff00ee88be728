using System.Globalization;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Kernels;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Numerics.Threads;

namespace Engram.Supervised.Training;

/// <summary>What a step did.</summary>
/// <param name="Step">Its index, from 0.</param>
/// <param name="Epoch">Index of the epoch it belongs to, from 0.</param>
/// <param name="Loss">Loss of its batch, before the update.</param>
/// <param name="Correct">In classification, how many of the batch's examples the network had right before the update.</param>
/// <param name="Examples">Examples of its batch.</param>
public readonly record struct SupervisedStepReport(long Step, int Epoch, double Loss, int Correct, int Examples);

/// <summary>How a network does on some examples.</summary>
/// <param name="Loss">The objective, mean over examples.</param>
/// <param name="ErrorPercent">In classification, the share of examples whose largest output is another class's, in %; NaN in
/// regression.</param>
public readonly record struct SupervisedScore(double Loss, double ErrorPercent);

/// <summary>Looks at a step of training between the method's directions and the update, and changes nothing.</summary>
public interface IStepObserver
{
    /// <summary>Called once in a step, before anything of its phase is applied: in the phase that fills the directions of W and b, or in
    /// the last where none does. W and b are those that the pass was computed with.</summary>
    /// <param name="network">The network.</param>
    /// <param name="method">The method.</param>
    /// <param name="step">What the method was given.</param>
    /// <param name="directed">Whether the directions of W and b are filled; else only what the method learns of its own moves.</param>
    void Observe(SupervisedNetwork<float> network, ICreditAssignment<float> method, in CreditStep<float> step, bool directed);
}

/// <summary>Trains a network by a method of credit assignment, on minibatches of labelled examples.</summary>
/// <remarks>
/// Each epoch goes through the training examples once, in an order drawn from the seed and the epoch's index. The same seed gives the same
/// bits whatever the number of threads, and a
/// trainer that was restored those of one that never stopped. Initial weights depend on seed and network alone, so that methods start from
/// the same W; what a method changes in them it changes there.
/// A step that fails leaves weights and moments as they happen to be: restore a state. Not for use by several threads at once.
/// </remarks>
public sealed class SupervisedTrainer : IDisposable
{
    private readonly Arena arena = new();
    private readonly WorkerTeam team;
    private readonly IExamples examples;
    private readonly LayerDirections<float> directions;
    private readonly ForwardPass<float> pass;
    private readonly OptimizedTensors forward, own;
    private readonly Tensor<float> inputs, targets;
    private readonly int[] order, consecutive;
    private readonly RandomStream random;
    private int orderedEpoch = -1;

    /// <summary>Makes the network, the method and everything a step needs.</summary>
    /// <param name="networkSpec">Layers, objective, initialisation.</param>
    /// <param name="methodSpec">How credit is assigned.</param>
    /// <param name="spec">Batches, optimizers, rates.</param>
    /// <param name="examples">What is learnt from.</param>
    /// <param name="seed">The run's seed: initial weights, order of examples, the method's random numbers.</param>
    /// <param name="threads">Threads that share the work of each step.</param>
    /// <param name="width">Vector width; null for <see cref="VectorWidths.Current"/>.</param>
    /// <exception cref="EngramException">A setting is out of its range, or network, method and examples do not fit.</exception>
    public SupervisedTrainer(
        SupervisedNetworkSpec networkSpec, CreditAssignmentSpec methodSpec, SupervisedTrainingSpec spec, IExamples examples, ulong seed,
            int threads, VectorWidth? width = null)
    {
        MetaTrainingSpec.Expect("threads", threads, threads >= 1, "1 or more");
        spec.Validate();
        methodSpec.Validate(networkSpec);
        Expect(networkSpec, examples);
        (MethodSpec, Spec, Seed, this.examples) = (methodSpec, spec, seed, examples);
        random = new RandomStream(seed).Split("supervised");
        try
        {
            team = new WorkerTeam(threads);
            int capacity = Math.Min(spec.BatchSize, examples.Count);
            Network = new SupervisedNetwork<float>(networkSpec, capacity, random.Split("initialization"), team, width);
            Method = methodSpec.Create(Network, random.Split("method"));
            directions = new LayerDirections<float>(networkSpec);
            pass = new ForwardPass<float>(networkSpec, capacity);
            (inputs, targets) = (arena.Allocate<float>(capacity, networkSpec.Inputs), arena.Allocate<float>(capacity, networkSpec.Outputs));
            (order, consecutive) = (new int[examples.Count], new int[capacity]);
            forward = new OptimizedTensors(spec.Optimizer, [.. ForwardTensors(), .. MethodTensors(ParameterPace.Forward)], team);
            own = new OptimizedTensors(spec.OwnOptimizer, MethodTensors(ParameterPace.Own), team);
        }
        catch
        {
            // What was made so far, such as a network before the method that found no memory.
            Dispose();
            throw;
        }
    }

    /// <summary>The network, as it has been trained so far.</summary>
    public SupervisedNetwork<float> Network { get; }

    /// <summary>The method at work.</summary>
    public ICreditAssignment<float> Method { get; }

    /// <summary>The method's settings.</summary>
    public CreditAssignmentSpec MethodSpec { get; }

    /// <summary>Batches, optimizers, rates.</summary>
    public SupervisedTrainingSpec Spec { get; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; }

    /// <summary>How many steps have been done.</summary>
    public long StepsDone { get; private set; }

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch => ((examples.Count - 1) / pass.Capacity) + 1;

    /// <summary>How many whole epochs have been done.</summary>
    public int EpochsDone => checked((int)(StepsDone / StepsPerEpoch));

    /// <summary>Whether all epochs of the settings have been done.</summary>
    public bool IsDone => StepsDone >= TotalSteps;

    private long TotalSteps => (long)Spec.Epochs * StepsPerEpoch;

    /// <summary>Does one step.</summary>
    /// <param name="observer">Who looks at it; null for nobody.</param>
    /// <exception cref="NonFiniteException">The loss, or what the update made of a tensor, is not finite.</exception>
    /// <exception cref="InvalidOperationException">All epochs have been done.</exception>
    public SupervisedStepReport Step(IStepObserver? observer = null)
    {
        if (IsDone)
        {
            throw new InvalidOperationException($"All {Spec.Epochs} epochs have been done.");
        }

        int epoch = EpochsDone, first = (int)(StepsDone % StepsPerEpoch) * pass.Capacity;
        Order(epoch);
        Load(examples, order.AsSpan(first, Math.Min(pass.Capacity, order.Length - first)));
        Network.Forward(pass);
        if (!double.IsFinite(pass.Loss))
        {
            throw NonFiniteException.InTraining("loss", -1, StepsDone, Seed);
        }

        var report = new SupervisedStepReport(
            StepsDone, epoch, pass.Loss, Network.Spec.Objective == Objective.CrossEntropy ? pass.CountCorrect() : 0, pass.Examples);
        double factor = Spec.Schedule.Factor(StepsDone, TotalSteps);
        RandomStream draws = random.Split("steps").Split((ulong)StepsDone);
        bool observed = false;
        for (int phase = 0; phase < Method.Phases; phase++)
        {
            var step = new CreditStep<float>(pass, directions, StepsDone, epoch, phase, draws);
            Updates filled = Method.Step(step);
            bool directed = (filled & Updates.Forward) != Updates.None;
            if (directed || (!observed && phase == Method.Phases - 1))
            {
                observer?.Observe(Network, Method, step, directed);
                observed = true;
            }

            if (directed)
            {
                double rate = Spec.Rate * factor;
                Expect(forward.Update(rate, (1 - (factor * (1 - MethodSpec.StepDecay))) * (1 - (rate * Spec.WeightDecay))));
            }

            if ((filled & Updates.Own) != Updates.None)
            {
                Expect(own.Update(Spec.OwnRate * factor, 1));
            }
        }

        StepsDone++;
        return report;
    }

    /// <summary>How the network does on some examples, as it is.</summary>
    /// <exception cref="EngramException">They do not fit the network.</exception>
    /// <exception cref="NonFiniteException">The loss is not finite.</exception>
    public SupervisedScore Evaluate(IExamples other)
    {
        Expect(Network.Spec, other);
        double loss = 0;
        int correct = 0;
        for (int first = 0; first < other.Count; first += consecutive.Length)
        {
            Span<int> batch = consecutive.AsSpan(0, Math.Min(consecutive.Length, other.Count - first));
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i] = first + i;
            }

            Load(other, batch);
            Network.Answer(pass, Method);
            loss += pass.Loss * batch.Length;
            correct += pass.CountCorrect();
        }

        if (!double.IsFinite(loss))
        {
            throw NonFiniteException.InTraining("loss of an evaluation", -1, StepsDone, Seed);
        }

        return new SupervisedScore(
            loss / other.Count, Network.Spec.Objective == Objective.CrossEntropy ? 100.0 * (other.Count - correct) / other.Count
            : double.NaN);
    }

    /// <summary>A copy of all that a later trainer of the same settings needs to go on from here.</summary>
    public SupervisedState Capture() => new(StepsDone, forward.Updates, own.Updates, Seed, Snapshot.Of(Settings(), Places()));

    /// <summary>Goes on from a state: weights, moments, the method's memory and counters become the state's.</summary>
    /// <exception cref="EngramException">The state is another network's, method's, seed's or setting's; nothing has changed
    /// then.</exception>
    public void Restore(SupervisedState state)
    {
        state.Snapshot.CopyTo(Settings(), state.Seed, Seed, Places());
        (StepsDone, forward.Updates, own.Updates) = (state.StepsDone, state.ForwardUpdates, state.OwnUpdates);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        forward?.Dispose();
        own?.Dispose();
        pass?.Dispose();
        directions?.Dispose();
        Method?.Dispose();
        Network?.Dispose();
        team?.Dispose();
        arena.Dispose();
    }

    private static void Expect(SupervisedNetworkSpec network, IExamples examples)
    {
        if (examples.Inputs != network.Inputs || examples.Outputs != network.Outputs || examples.Count < 1)
        {
            throw new EngramException(
                $"Found {examples.Count} examples of {examples.Inputs} inputs and {examples.Outputs} outputs, expected at least one, of " +
                    $"the network's {network.Inputs} inputs and {network.Outputs} outputs.");
        }
    }

    private void Expect(OptimizedTensor? wrong)
    {
        if (wrong is { } tensor)
        {
            throw NonFiniteException.InTraining($"{tensor.Name} or its moments after the update", tensor.Layer, StepsDone, Seed);
        }
    }

    private void Order(int epoch)
    {
        if (orderedEpoch == epoch)
        {
            return;
        }

        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        RandomStream draws = random.Split("order").Split((ulong)epoch);
        draws.Shuffle<int>(order);
        orderedEpoch = epoch;
    }

    private void Load(IExamples from, ReadOnlySpan<int> indices)
    {
        Tensor<float> x = inputs.Slice(0, indices.Length), y = targets.Slice(0, indices.Length);
        from.Read(indices, x, y);
        pass.Load(x, y);
    }

    private IEnumerable<OptimizedTensor> ForwardTensors()
    {
        for (int l = 0; l < Network.Layers.Length; l++)
        {
            LayerSpec spec = Network.Layers[l].Spec;
            yield return new OptimizedTensor(
                $"layer{l}.weight", l, spec.WeightShape, Network.Layers[l].Weights, directions.Weights(l), Decays: true);
            if (Network.Spec.Biases)
            {
                yield return new OptimizedTensor(
                    $"layer{l}.bias", l, [spec.WeightRows], Network.Layers[l].Biases, directions.Biases(l), Decays: false);
            }
        }
    }

    private IEnumerable<OptimizedTensor> MethodTensors(ParameterPace pace) =>
        from p in Method.Parameters
        where p.Pace == pace
        select new OptimizedTensor(
            "method." + p.Name, p.Layer, [p.Values.Rows, p.Values.Columns], p.Values, p.Direction, p.Decays
            && pace == ParameterPace.Forward);

    private IEnumerable<Snapshot.Place> Places() =>
        [.. forward.Places(), .. own.Places(),
            .. Method.Memory.Select(m => new Snapshot.Place("method." + m.Name, [m.Values.Rows, m.Values.Columns], m.Values))];

    private OrderedDictionary<string, SettingsContent> Settings()
    {
        // A run may be made longer, unless its rates depend on its length.
        SupervisedTrainingSpec training = Spec.Schedule.DependsOnOuterSteps ? Spec : Spec with { Epochs = 0 };
        return new OrderedDictionary<string, SettingsContent>(StringComparer.Ordinal)
        {
            ["network"] = SettingsContent.Of(Network.Spec),
            ["method"] = SettingsContent.Of(MethodSpec),
            ["training"] = SettingsContent.Of(training).With("examples", examples.Count.ToString(CultureInfo.InvariantCulture)),
        };
    }
}
