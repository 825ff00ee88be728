using System.Collections.Immutable;
using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>A whole lifetime on one tape: the definition of what engines compute, with nothing clever about it.</summary>
/// <param name="Meta">Every meta-parameter, in the order of the layout.</param>
/// <param name="States">The plastic layers before the first inner step and after each.</param>
/// <param name="Output">The network's output on the query.</param>
/// <param name="Loss">The objective on the query.</param>
internal sealed record WholeLifetime(ImmutableArray<Var> Meta, ImmutableArray<PlasticVariables> States, Var Output, Var Loss)
{
    /// <summary>Records a lifetime.</summary>
    public static WholeLifetime Record<T>(Tape<T> tape, ParameterLayout layout, InnerStep step, MetaParameters<T> parameters, Lifetime<T> lifetime, IStop stop)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        NetworkSpec network = layout.Network;
        ImmutableArray<Var> meta = [.. layout.Parameters.Select((_, i) => tape.Leaf(parameters[i]))];
        Var Parameter(string name) => meta[layout.IndexOf(name)];

        Var ThroughFrozenLayers(Tensor<T> inputs)
        {
            Var x = tape.Leaf(inputs);
            for (int i = 0; i < network.FrozenLayers; i++)
            {
                x = network.Layers[i].Forward(x, Parameter($"layer{i}.weight"), Parameter($"layer{i}.bias"));
            }

            return x;
        }

        IEnumerable<int> plastic = Enumerable.Range(network.FrozenLayers, network.PlasticLayers);
        var state = new PlasticVariables([.. plastic.Select(i => Parameter($"layer{i}.weight"))], [.. plastic.Select(i => Parameter($"layer{i}.bias"))]);
        var states = ImmutableArray.CreateBuilder<PlasticVariables>();
        states.Add(state);
        int n = lifetime.BatchSize;
        for (int t = 0; t < lifetime.InnerSteps; t++)
        {
            Var input = ThroughFrozenLayers(lifetime.StreamInputs.Slice(t * n, n));
            state = step.Advance(state, meta.AsSpan(), input, tape.Leaf(lifetime.StreamTargets.Slice(t * n, n)), stop);
            states.Add(state);
        }

        Var output = step.Output(state, ThroughFrozenLayers(lifetime.QueryInputs));
        return new WholeLifetime(meta, states.ToImmutable(), output, step.Loss(output, tape.Leaf(lifetime.QueryTargets)));
    }
}

/// <summary>An engine that keeps a whole lifetime on one tape: what the step-wise engines are tested against.</summary>
/// <remarks>Its memory grows with the number of inner steps times the size of everything computed in one.</remarks>
/// <typeparam name="T">The element type.</typeparam>
public sealed class WholeLifetimeEngine<T> : ILifetimeEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Tape<T> tape = new();
    private readonly Arena arena = new();
    private readonly InnerStep step;

    /// <summary>Makes an engine for a learner on a network.</summary>
    /// <exception cref="EngramException">The learner's options name something that is not registered, or do not fit the network.</exception>
    public WholeLifetimeEngine(ParameterLayout layout)
    {
        Layout = layout;
        step = InnerStep.For(layout);
    }

    /// <inheritdoc/>
    public ParameterLayout Layout { get; }

    /// <inheritdoc/>
    public LifetimeOutcome Live(MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null)
    {
        Query.CheckLayout(parameters, Layout);
        lifetime.Validate(Layout.Network);
        tape.Clear();
        arena.Reset();
        WholeLifetime whole = WholeLifetime.Record(tape, Layout, step, parameters, lifetime, StopOnTape.Instance);
        var state = new PlasticState<T>(Layout.Network, arena);
        for (int t = 0; t < whole.States.Length; t++)
        {
            state.CopyFrom(tape, whole.States[t]);
            state.CheckFinite(t - 1, "weights", "biases");
            observer?.OnWeights(t - 1, state.Weights, state.Biases);
        }

        LifetimeOutcome outcome = Query.Judge(tape.ValueOf(whole.Output), lifetime.QueryTargets, tape.ScalarOf(whole.Loss), Layout.Learner.Objective);
        if (metaGradient is not null)
        {
            Query.CheckLayout(metaGradient, Layout);
            Var[] gradient = tape.Gradient(whole.Loss, whole.Meta.AsSpan());
            for (int i = 0; i < gradient.Length; i++)
            {
                metaGradient[i].CopyFrom(tape.ValueOf(gradient[i]));
            }

            Query.CheckFinite(metaGradient);
        }

        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tape.Dispose();
        arena.Dispose();
    }
}
