using System.Collections.Immutable;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Experiments.Recovery;

/// <summary>A network as it was born, what it was shown, and what was seen of it.</summary>
/// <param name="Parameters">All it was born with but what belongs to the rule, by name.</param>
/// <param name="Inputs">What it was shown, [steps × inputs].</param>
/// <param name="Targets">What it was told, [steps × outputs].</param>
/// <param name="Seen">Which numbers of all that could be seen in a step, in ascending order.</param>
/// <param name="Values">What was seen, step after step.</param>
internal sealed record ObservedNetwork(
    ImmutableDictionary<string, double[]> Parameters, double[] Inputs, double[] Targets, int[] Seen, double[] Values);

/// <summary>Lives lives, and sees them.</summary>
internal sealed class ObservedLives : IDisposable
{
    private readonly RecoverySetting setting;
    private readonly ILifetimeEngine<double> engine;
    private readonly MetaParameters<double> parameters;
    private readonly Arena arena = new();

    public ObservedLives(RecoverySetting setting, IPlasticityRule rule)
    {
        this.setting = setting;
        Layout = setting.LayoutOf(rule);
        engine = LifetimeEngines.Create<double>(Layout);
        parameters = new MetaParameters<double>(Layout);
        foreach ((int i, ParameterSpec spec) in Layout.Parameters.Index())
        {
            if (spec.Role == ParameterRoles.Rule)
            {
                spec.Start?.Fill(parameters[i], new RandomStream(setting.Seed).Split(spec.Name));
            }
        }
    }

    /// <summary>The learner.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Numbers that could be seen in a step.</summary>
    public int PerStep => setting.Observed == ObservedQuantity.Weights
        ? Layout.Network.Layers.Sum(l => l.Inputs * l.Outputs)
        : Layout.Network.Layers.Sum(l => l.Outputs);

    /// <summary>Draws a network and its life.</summary>
    public ObservedNetwork Draw(RandomStream random)
    {
        var drawn = ImmutableDictionary.CreateBuilder<string, double[]>(StringComparer.Ordinal);
        foreach (ParameterSpec spec in Layout.Parameters.Where(p => p.Role != ParameterRoles.Rule))
        {
            var values = new double[spec.Rows * spec.Columns];
            RandomStream own = random.Split(spec.Name);
            switch (spec.Role)
            {
                case ParameterRoles.Plasticity: Array.Fill(values, RecoverySetting.Plasticity); break;
                case ParameterRoles.FeedbackStrength: Array.Fill(values, RecoverySetting.Strength); break;
                case ParameterRoles.FeedforwardWeights or ParameterRoles.FeedbackWeights:
                    own.FillNormal<double>(
                    values, 1 / Math.Sqrt(spec.Columns)); break;
                default: own.FillNormal<double>(values, 0.3); break;
            }

            drawn.Add(spec.Name, values);
        }

        double[] inputs = new double[setting.InnerSteps * setting.Widths[0]], targets = new double[setting.InnerSteps * setting.Widths[^1]];
        RandomStream shown = random.Split("inputs"), told = random.Split("targets");
        shown.FillNormal<double>(inputs, 1);
        told.FillNormal<double>(targets, 1);
        return new ObservedNetwork(
            drawn.ToImmutable(), setting.BinaryInputs ? [.. inputs.Select(x => x > 0 ? 1.0 : 0.0)] : inputs, targets, [], []);
    }

    /// <summary>Sets θ of the rule, where it has one.</summary>
    public void SetTheta(ReadOnlySpan<double> theta) => parameters["network.theta"].CopyFrom(theta);

    /// <summary>Lives a network's life; what can be seen, step after step, all of it. What could be seen at birth comes first where weights
    /// are seen.</summary>
    public double[] Live(ObservedNetwork network)
    {
        arena.Reset();
        foreach ((string name, double[] values) in network.Parameters)
        {
            parameters[name].CopyFrom(values);
        }

        (int steps, int inputs, int outputs) = (network.Inputs.Length / setting.Widths[0], setting.Widths[0], setting.Widths[^1]);
        Tensor<double> x = arena.Allocate<double>(steps, inputs), y = arena.Allocate<double>(steps, outputs);
        x.CopyFrom(network.Inputs);
        y.CopyFrom(network.Targets);
        var eye = new Eye(setting.Observed, Layout.Network.Layers.Length);
        engine.Live(parameters, new Lifetime<double>(steps, 1, x, y, x.Slice(0, 1), y.Slice(0, 1)), observer: eye);
        return [.. eye.All];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        engine.Dispose();
        parameters.Dispose();
        arena.Dispose();
    }

    private sealed class Eye(ObservedQuantity observed, int layers) : ILifetimeObserver<double>
    {
        public List<double> All { get; } = [];

        public bool WantsActivity => observed == ObservedQuantity.Activity;

        public void OnState(int innerStep, LifeTensors<double> state)
        {
            if (observed == ObservedQuantity.Weights)
            {
                All.AddRange(state.Weights.SelectMany(w => w.ToArray()));
            }
        }

        public void OnActivity(int innerStep, IReadOnlyDictionary<string, Tensor<double>> activity)
        {
            for (int i = 0; WantsActivity && i < layers; i++)
            {
                All.AddRange(activity[$"layer{i}.activity"].ToArray());
            }
        }
    }
}
