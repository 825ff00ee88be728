using System.Numerics;
using Engram.Numerics;

namespace Engram.Learning;

/// <summary>The plain engine: frozen layers once over everything, plastic layers step by step on a small tape, forward and in the reverse scan.</summary>
/// <remarks>
/// Runs every learner, rule and option. The plastic weights are kept every ⌈√T⌉ inner steps, and recomputed between, so that memory grows
/// with √T. In the reverse scan a step is recorded again from the weights before it, and multiplied with the adjoint of the weights after it.
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
public sealed class TapeLifetimeEngine<T> : ILifetimeEngine<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Arena arena = new();
    private readonly Tape<T> frozenTape = new();
    private readonly Tape<T> stepTape = new();
    private readonly InnerStep step;
    private readonly NetworkSpec network;

    /// <summary>Makes an engine for a learner on a network.</summary>
    /// <exception cref="EngramException">The learner's options name something that is not registered, or do not fit the network.</exception>
    public TapeLifetimeEngine(ParameterLayout layout)
    {
        Layout = layout;
        network = layout.Network;
        step = InnerStep.For(layout);
    }

    /// <inheritdoc/>
    public ParameterLayout Layout { get; }

    /// <summary>Bytes taken for plastic weights, their adjoints and the activities that enter the plastic layers.</summary>
    internal long ReservedBytes => arena.ReservedBytes;

    /// <inheritdoc/>
    public LifetimeOutcome Live(MetaParameters<T> parameters, Lifetime<T> lifetime, MetaParameters<T>? metaGradient = null, ILifetimeObserver<T>? observer = null)
    {
        Query.CheckLayout(parameters, Layout);
        lifetime.Validate(network);
        arena.Reset();
        frozenTape.Clear();
        Var[] frozenMeta = Bind(frozenTape, parameters);
        Var frozen = ThroughFrozenLayers(lifetime, frozenMeta);
        var scan = new Scan(parameters, lifetime, frozenTape.ValueOf(frozen));

        int steps = lifetime.InnerSteps;
        int interval = Math.Max(1, (int)Math.Ceiling(Math.Sqrt(steps)));
        var checkpoints = new List<PlasticState<T>>();
        var state = new PlasticState<T>(network, arena);
        state.CopyFrom(parameters);
        observer?.OnWeights(-1, state.Weights, state.Biases);
        for (int t = 0; t < steps; t++)
        {
            if (metaGradient is not null && t % interval == 0)
            {
                var kept = new PlasticState<T>(network, arena);
                kept.CopyFrom(state);
                checkpoints.Add(kept);
            }

            Advance(scan, t, state, state);
            state.CheckFinite(t, "weights", "biases");
            observer?.OnWeights(t, state.Weights, state.Biases);
        }

        if (metaGradient is null)
        {
            return JudgeQuery(scan, state, null, null, default);
        }

        Query.CheckLayout(metaGradient, Layout);
        metaGradient.Clear();
        var adjoint = new PlasticState<T>(network, arena);
        Tensor<T> frozenAdjoint = arena.Allocate<T>(scan.Activities.Rows, scan.Activities.Columns);
        LifetimeOutcome outcome = JudgeQuery(scan, state, metaGradient, adjoint, frozenAdjoint);
        PlasticState<T>[] between = [.. Enumerable.Range(0, Math.Min(interval, steps)).Select(_ => new PlasticState<T>(network, arena))];
        for (int segment = checkpoints.Count - 1; segment >= 0; segment--)
        {
            int first = segment * interval;
            int last = Math.Min(first + interval, steps) - 1;
            between[0].CopyFrom(checkpoints[segment]);
            for (int t = first; t < last; t++)
            {
                Advance(scan, t, between[t - first], between[t - first + 1]);
            }

            for (int t = last; t >= first; t--)
            {
                Reverse(scan, t, between[t - first], adjoint, metaGradient, frozenAdjoint);
                adjoint.CheckFinite(t, "meta-gradient of weights", "meta-gradient of biases");
            }
        }

        for (int j = 0; j < network.PlasticLayers; j++)
        {
            metaGradient[$"layer{network.FrozenLayers + j}.weight"].CopyFrom(adjoint.Weights[j]);
            metaGradient[$"layer{network.FrozenLayers + j}.bias"].CopyFrom(adjoint.Biases[j]);
        }

        if (network.FrozenLayers > 0)
        {
            Var?[] gradient = frozenTape.VectorJacobianProduct([frozen], [frozenTape.Leaf(frozenAdjoint)], frozenMeta);
            Accumulate(frozenTape, gradient, metaGradient);
        }

        Query.CheckFinite(metaGradient);
        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        frozenTape.Dispose();
        stepTape.Dispose();
    }

    // The stream and the query as one batch, as far as they go without anything plastic.
    private Var ThroughFrozenLayers(Lifetime<T> lifetime, Var[] meta)
    {
        Tensor<T> inputs = arena.Allocate<T>(lifetime.StreamInputs.Rows + lifetime.QueryInputs.Rows, network.Inputs);
        inputs.Slice(0, lifetime.StreamInputs.Rows).CopyFrom(lifetime.StreamInputs);
        inputs.Slice(lifetime.StreamInputs.Rows, lifetime.QueryInputs.Rows).CopyFrom(lifetime.QueryInputs);
        Var x = frozenTape.Leaf(inputs);
        for (int i = 0; i < network.FrozenLayers; i++)
        {
            x = network.Layers[i].Forward(x, meta[Layout.IndexOf($"layer{i}.weight")], meta[Layout.IndexOf($"layer{i}.bias")]);
        }

        return x;
    }

    private void Advance(Scan scan, int t, PlasticState<T> before, PlasticState<T> after)
    {
        stepTape.Clear();
        Var[] meta = Bind(stepTape, scan.Parameters);
        PlasticVariables variables = step.Advance(before.On(stepTape), meta, stepTape.Leaf(scan.InputOf(t)), stepTape.Leaf(scan.TargetOf(t)), StopOnTape.Instance);
        after.CopyFrom(stepTape, variables);
    }

    // The adjoint of the state after step t becomes the adjoint of the state before it.
    private void Reverse(Scan scan, int t, PlasticState<T> before, PlasticState<T> adjoint, MetaParameters<T> metaGradient, Tensor<T> frozenAdjoint)
    {
        stepTape.Clear();
        Var[] meta = Bind(stepTape, scan.Parameters);
        PlasticVariables start = before.On(stepTape);
        Var input = stepTape.Leaf(scan.InputOf(t));
        PlasticVariables end = step.Advance(start, meta, input, stepTape.Leaf(scan.TargetOf(t)), StopOnTape.Instance);
        Var?[] gradient = stepTape.VectorJacobianProduct(end.All, adjoint.On(stepTape).All, [.. start.All, input, .. meta]);
        Distribute(gradient, adjoint, metaGradient, scan.InputOf(t, frozenAdjoint));
    }

    private LifetimeOutcome JudgeQuery(Scan scan, PlasticState<T> state, MetaParameters<T>? metaGradient, PlasticState<T>? adjoint, Tensor<T> frozenAdjoint)
    {
        stepTape.Clear();
        Lifetime<T> lifetime = scan.Lifetime;
        PlasticVariables plastic = state.On(stepTape);
        Var input = stepTape.Leaf(scan.QueryOf(scan.Activities));
        Var output = step.Output(plastic, input);
        Var loss = step.Loss(output, stepTape.Leaf(lifetime.QueryTargets));
        LifetimeOutcome outcome = Query.Judge(stepTape.ValueOf(output), lifetime.QueryTargets, stepTape.ScalarOf(loss), Layout.Learner.Objective);
        if (metaGradient is not null && adjoint is not null)
        {
            Var?[] gradient = stepTape.VectorJacobianProduct([loss], [stepTape.Constant(1)], [.. plastic.All, input]);
            Distribute(gradient, adjoint, metaGradient, scan.QueryOf(frozenAdjoint));
        }

        return outcome;
    }

    // A gradient with respect to the plastic weights, their biases, the input and, after those, the meta-parameters.
    private void Distribute(Var?[] gradient, PlasticState<T> adjoint, MetaParameters<T> metaGradient, Tensor<T> inputAdjoint)
    {
        foreach (Var? value in gradient)
        {
            // Anything that is a view of the old adjoint is computed before the first of them is overwritten.
            _ = value is { } found ? stepTape.ValueOf(found) : default;
        }

        int layers = network.PlasticLayers;
        for (int j = 0; j < layers; j++)
        {
            Assign(adjoint.Weights[j], gradient[j]);
            Assign(adjoint.Biases[j], gradient[layers + j]);
        }

        Assign(inputAdjoint, gradient[2 * layers]);
        Accumulate(stepTape, gradient.AsSpan((2 * layers) + 1), metaGradient);
    }

    private void Assign(Tensor<T> target, Var? value)
    {
        if (value is { } found)
        {
            target.CopyFrom(stepTape.ValueOf(found));
        }
        else
        {
            target.Clear();
        }
    }

    private static void Accumulate(Tape<T> tape, ReadOnlySpan<Var?> gradient, MetaParameters<T> metaGradient)
    {
        for (int i = 0; i < gradient.Length; i++)
        {
            if (gradient[i] is { } found)
            {
                Tensor<T> value = tape.ValueOf(found);
                for (int r = 0; r < value.Rows; r++)
                {
                    Span<T> target = metaGradient[i].Row(r);
                    Span<T> source = value.Row(r);
                    for (int c = 0; c < target.Length; c++)
                    {
                        target[c] += source[c];
                    }
                }
            }
        }
    }

    private static Var[] Bind(Tape<T> tape, MetaParameters<T> parameters) =>
        [.. parameters.Layout.Parameters.Select((_, i) => tape.Leaf(parameters[i]))];

    /// <summary>What stays the same from step to step of one lifetime.</summary>
    /// <param name="Parameters">The meta-parameters.</param>
    /// <param name="Lifetime">The stream and the query.</param>
    /// <param name="Activities">What enters the first plastic layer: rows of the stream, then of the query.</param>
    private sealed record Scan(MetaParameters<T> Parameters, Lifetime<T> Lifetime, Tensor<T> Activities)
    {
        public Tensor<T> InputOf(int t) => InputOf(t, Activities);

        public Tensor<T> InputOf(int t, Tensor<T> rows) => rows.Slice(t * Lifetime.BatchSize, Lifetime.BatchSize);

        public Tensor<T> TargetOf(int t) => InputOf(t, Lifetime.StreamTargets);

        public Tensor<T> QueryOf(Tensor<T> rows) => rows.Slice(Lifetime.StreamInputs.Rows, Lifetime.QueryInputs.Rows);
    }
}
