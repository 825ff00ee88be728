using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Universality;

/// <summary>Writes a network down layer by layer, as weights that are constructed and not trained.</summary>
/// <remarks>
/// Every layer but the output is of ReLU units. One layer is plastic: those of its units that have feedback have one plastic synapse each,
/// with W = 0 at birth.
/// All layers above are plastic to the learner, with α = 0: nothing there changes.
/// </remarks>
internal sealed class CircuitBuilder
{
    private readonly List<(Affine[] Units, Activation Activation)> layers = [];
    private readonly List<PlasticUnit> plastic = [];
    private readonly int inputs;
    private int plasticLayer = -1;

    /// <summary>Begins with the input.</summary>
    public CircuitBuilder(int inputs) => this.inputs = inputs;

    /// <summary>The inputs.</summary>
    public Affine[] Inputs => [.. Enumerable.Range(0, inputs).Select(Affine.Unit)];

    /// <summary>A layer of units max(x, 0); the result is their activity.</summary>
    public Affine[] Relu(IReadOnlyList<Affine> units)
    {
        layers.Add(([.. units], Activation.Relu));
        return [.. Enumerable.Range(0, units.Count).Select(Affine.Unit)];
    }

    /// <summary>The plastic layer: units with one plastic synapse each, then units that pass on what they are given.</summary>
    /// <param name="units">Units with feedback.</param>
    /// <param name="passed">What is passed on, 0 or more.</param>
    public (Affine[] Plastic, Affine[] Passed) PlasticLayer(IReadOnlyList<PlasticUnit> units, IReadOnlyList<Affine> passed)
    {
        plasticLayer = layers.Count;
        plastic.AddRange(units);
        Affine[] all = Relu([.. units.Select(_ => (Affine)0.0), .. passed]);
        return (all[..units.Count], all[units.Count..]);
    }

    /// <summary>max over some values, 0 or more each, of several groups at once: a tree of layers.</summary>
    public Affine[] Largest(Affine[][] groups)
    {
        while (groups.Any(g => g.Length > 1))
        {
            // max(a, b) = a + max(b − a, 0).
            var units = new List<Affine>();
            var parts = new List<int[]>[groups.Length];
            for (int g = 0; g < groups.Length; g++)
            {
                parts[g] = [];
                for (int i = 0; i < groups[g].Length; i += 2)
                {
                    bool paired = i + 1 < groups[g].Length;
                    parts[g].Add(paired ? [units.Count, units.Count + 1] : [units.Count]);
                    units.Add(groups[g][i]);
                    if (paired)
                    {
                        units.Add(groups[g][i + 1] - groups[g][i]);
                    }
                }
            }

            Affine[] active = Relu(units);
            groups = [.. parts.Select(p => p.Select(own => Affine.Sum(own.Select(u => active[u]))).ToArray())];
        }

        return [.. groups.Select(g => g[0])];
    }

    /// <summary>Functions of values, each linear between its nodes and constant below the first: one layer.</summary>
    public Affine[] Interpolate(IReadOnlyList<(Affine Value, double[] Nodes, Func<double, double> Function)> all)
    {
        Affine[] active = Relu([.. all.SelectMany(f => f.Nodes[..^1].Select(t => f.Value - t))]);
        var results = new Affine[all.Count];
        for (int f = 0, first = 0; f < all.Count; first += all[f].Nodes.Length - 1, f++)
        {
            double[] nodes = all[f].Nodes;
            double[] slopes = [.. nodes[1..].Select((t, i) => (all[f].Function(t) - all[f].Function(nodes[i])) / (t - nodes[i]))];
            results[f] = Affine.Sum(slopes.Select((s, i) => active[first + i] * (i == 0 ? s : s - slopes[i - 1])))
                + all[f].Function(nodes[0]);
        }

        return results;
    }

    /// <summary>The network with these outputs, and its meta-parameters.</summary>
    /// <param name="outputs">The outputs.</param>
    /// <param name="options">The rule, what is fed back, and what answers are judged by.</param>
    /// <param name="plasticity">α of the plastic synapses.</param>
    /// <param name="strength">β of the plastic layer.</param>
    /// <param name="feedbackBias">What is added to every c of the plastic layer.</param>
    public UniversalNetwork Build(
        IReadOnlyList<Affine> outputs, CircuitOptions options, double plasticity, double strength = 1, double feedbackBias = 0)
    {
        layers.Add(([.. outputs], Activation.Identity));
        int below = inputs;
        var specs = new List<LayerSpec>();
        foreach ((Affine[] units, Activation activation) in layers)
        {
            specs.Add(new LinearSpec(below, units.Length, activation));
            below = units.Length;
        }

        var network = new NetworkSpec(specs, layers.Count - plasticLayer);
        ParameterLayout layout = ParameterLayout.For(network, new LocalLearnerSpec
        {
            Objective = options.Objective,
            Rule = options.Rule,
            Pathway = new DirectFeedback(),
            Signal = options.Signal,
            Granularity = Granularity.Synapse,
        });
        var parameters = new MetaParameters<double>(layout);
        for (int i = 0; i < layers.Count; i++)
        {
            (Tensor<double> weights, Tensor<double> biases) = (parameters[$"layer{i}.weight"], parameters[$"layer{i}.bias"]);
            for (int u = 0; u < layers[i].Units.Length; u++)
            {
                biases[0, u] = layers[i].Units[u].Constant;
                foreach ((int unit, double weight) in layers[i].Units[u].Weights)
                {
                    weights[u, unit] = weight;
                }
            }
        }

        string place = $"layer{plasticLayer}";
        parameters[$"{place}.beta"][0, 0] = strength;
        for (int u = 0; u < plastic.Count; u++)
        {
            parameters[$"{place}.alpha"][u, plastic[u].From] = plasticity;
            parameters[$"{place}.feedback0.bias"][0, u] = plastic[u].FeedbackBias + feedbackBias;
            parameters[$"{place}.feedback0.weight"][u, plastic[u].SignalFrom] = plastic[u].FeedbackWeight;
        }

        return new UniversalNetwork(layout, parameters, plasticLayer, [.. plastic.Select(p => p.From)]);
    }
}

/// <summary>A unit with one plastic synapse: f = max(B s + c, 0).</summary>
/// <param name="From">The unit below that the synapse comes from.</param>
/// <param name="SignalFrom">The output that its feedback comes from.</param>
/// <param name="FeedbackWeight">B.</param>
/// <param name="FeedbackBias">c.</param>
internal sealed record PlasticUnit(int From, int SignalFrom, double FeedbackWeight, double FeedbackBias);

/// <summary>What a constructed network learns by and is judged by.</summary>
/// <param name="Rule">The plasticity rule.</param>
/// <param name="Objective">What answers are judged by.</param>
/// <param name="Signal">What is fed back.</param>
internal sealed record CircuitOptions(IPlasticityRule Rule, Objective Objective, FeedbackSignal Signal = FeedbackSignal.Target);

/// <summary>A constructed network: an ordinary learner with ordinary meta-parameters.</summary>
/// <param name="Layout">The learner on its network.</param>
/// <param name="Parameters">The meta-parameters.</param>
/// <param name="PlasticLayer">The one layer that changes in life.</param>
/// <param name="Sources">The unit below that each plastic synapse comes from.</param>
internal sealed record UniversalNetwork(ParameterLayout Layout, MetaParameters<double> Parameters, int PlasticLayer, int[] Sources)
    : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Parameters.Dispose();
}
