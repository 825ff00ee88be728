using System.Globalization;
using System.Text.Json;
using Engram.Learning.Checks;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Files;
using Engram.Numerics.Memory;

namespace Engram.Experiments.Tests.Parity;

/// <summary>A parity case of our own making: a random lifetime, with what the whole lifetime on one tape gives for it. Open to tampering
/// before it is written.</summary>
internal sealed class ParityCaseBuilder
{
    public ParityCaseBuilder(NetworkSpec network, LearnerSpec learner, ulong seed = 1, int steps = 4, int batch = 2)
    {
        ParameterLayout layout = ParameterLayout.For(network, learner);
        using var point = new RandomPoint(layout, seed, steps, batch, 5, 0.05);
        using var gradient = new MetaParameters<double>(layout);
        using var engine = new WholeLifetimeEngine<double>(layout);
        var states = new StateLog(this, network);
        LifetimeOutcome outcome = engine.Live(point.Parameters, point.Lifetime, gradient, states);
        using var arena = new Arena();
        Lifetime<double> unborn = point.Lifetime with
        {
            InnerSteps = 0,
            StreamInputs = arena.Allocate<double>(0, network.Inputs),
            StreamTargets = arena.Allocate<double>(0, network.Outputs),
        };

        Describe(network, learner, steps, batch);
        AddLifetime(point.Lifetime, learner.Objective);
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            ParameterSpec parameter = layout.Parameters[i];
            Tensors[$"init.{parameter.Name}"] = ([.. parameter.Shape], point.Parameters[i].ToArray());
            Tensors[$"expect.grad.{parameter.Name}"] = ([.. parameter.Shape], gradient[i].ToArray());
        }

        Tensors["expect.query_loss"] = ([1], [outcome.QueryLoss]);
        Tensors["expect.query_loss_before"] = ([1], [engine.Live(point.Parameters, unborn).QueryLoss]);
        if (learner.Objective == Objective.CrossEntropy)
        {
            Tensors["expect.query_accuracy"] = ([1], [outcome.QueryAccuracy]);
        }
    }

    public Dictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, (int[] Shape, double[] Values)> Tensors { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, (int[] Shape, long[] Values)> Labels { get; } = new(StringComparer.Ordinal);

    public string Write(string folder, string name = "case")
    {
        var writer = new SafetensorsWriter();
        foreach ((string key, string value) in Metadata)
        {
            writer.AddMetadata(key, value);
        }

        foreach ((string key, (int[] shape, double[] values)) in Tensors)
        {
            writer.Add<double>(key, shape, values);
        }

        foreach ((string key, (int[] shape, long[] values)) in Labels)
        {
            writer.Add<long>(key, shape, values);
        }

        string path = Path.Combine(folder, name + ".safetensors");
        writer.Write(path);
        return path;
    }

    private static string Flag(bool value) => value ? "true" : "false";

    private void Describe(NetworkSpec network, LearnerSpec learner, int steps, int batch)
    {
        bool regression = learner.Objective == Objective.MeanSquaredError;
        Metadata["problem"] = regression ? "regression" : "classification";
        Metadata["loss"] = regression ? "mse" : "cross_entropy";
        Metadata["layers"] = JsonSerializer.Serialize(network.Layers.Select(l =>
            new Dictionary<string, object>
            {
                ["kind"] = "linear",
                ["inputs"] = l.Inputs,
                ["outputs"] = l.Outputs,
                ["activation"] = l.Activation == Activation.Relu ? "relu" : "identity"
            }));
        Metadata["frozen_layers"] = network.FrozenLayers.ToString(CultureInfo.InvariantCulture);
        Metadata["steps"] = steps.ToString(CultureInfo.InvariantCulture);
        Metadata["batch"] = batch.ToString(CultureInfo.InvariantCulture);
        switch (learner)
        {
            case GradientLearnerSpec gradient:
                Metadata["rule"] = "gradient";
                Metadata["gradient_order"] = gradient.Order == GradientOrder.First ? "first" : "second";
                Metadata["inner_rate"] = gradient.FixedInnerRate?.ToString(CultureInfo.InvariantCulture) ?? "per_parameter";
                break;
            case LocalLearnerSpec local:
                Metadata["rule"] = local.Rule is OjaRule ? "flp" : PlasticityRules.NameOf(local.Rule);
                Metadata["feedback_signal"] = local.Signal == FeedbackSignal.Error ? "error" : "target";
                Metadata["output_clamped"] = Flag(local.OutputClamped);
                Metadata["feedback_layers"] = local.FeedbackLayers.ToString(CultureInfo.InvariantCulture);
                Metadata["feedback_rectified"] = Flag(local.RectifiedFeedback);
                Metadata["feedback_times_sign"] = Flag(local.FeedbackTimesSign);
                Metadata["feedback_only_at_output"] = Flag(local.FeedbackOnlyAtOutput);
                Metadata["rectify_signal"] = Flag(local.RectifiedSignal);
                Metadata["presynaptic"] = local.Presynaptic == PresynapticActivity.PostFeedback ? "post_feedback" : "pre_feedback";
                Metadata["plasticity_level"] = local.Granularity.ToString().ToLowerInvariant();
                Metadata["hidden_plasticity_multiplier"] = local.HiddenPlasticityMultiplier.ToString(CultureInfo.InvariantCulture);
                break;
        }
    }

    private void AddLifetime(Lifetime<double> life, Objective objective)
    {
        (int t, int n, int q) = (life.InnerSteps, life.BatchSize, life.QueryInputs.Rows);
        Tensors["stream.input"] = ([t, n, life.StreamInputs.Columns], life.StreamInputs.ToArray());
        Tensors["query.input"] = ([q, life.QueryInputs.Columns], life.QueryInputs.ToArray());
        if (objective == Objective.MeanSquaredError)
        {
            Tensors["stream.target"] = ([t, n, life.StreamTargets.Columns], life.StreamTargets.ToArray());
            Tensors["query.target"] = ([q, life.QueryTargets.Columns], life.QueryTargets.ToArray());
        }
        else
        {
            Labels["stream.label"] = ([t, n], LabelsOf(life.StreamTargets));
            Labels["query.label"] = ([q], LabelsOf(life.QueryTargets));
        }
    }

    private static long[] LabelsOf(Tensor<double> oneHot)
    {
        var labels = new long[oneHot.Rows];
        for (int r = 0; r < labels.Length; r++)
        {
            labels[r] = oneHot.Row(r).IndexOf(1.0);
        }

        return labels;
    }

    private sealed class StateLog(ParityCaseBuilder owner, NetworkSpec network) : ILifetimeObserver<double>
    {
        public void OnState(int innerStep, LifeTensors<double> state)
        {
            Tensor<double>[] weights = state.Weights;
            for (int j = 0; innerStep >= 0 && j < weights.Length; j++)
            {
                owner.Tensors[$"expect.after{innerStep}.layer{network.FrozenLayers + j}.weight"] =
                    ([weights[j].Rows, weights[j].Columns], weights[j].ToArray());
            }
        }
    }
}
