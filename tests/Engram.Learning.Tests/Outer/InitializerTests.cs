using Engram.Learning.Learners;
using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

public sealed class InitializerTests
{
    private static readonly InitializationSpec Settings = new()
    {
        FeedbackScale = 0.5,
        HiddenFeedbackStrength = 0.9,
        ReadoutFeedbackStrength = 0.25,
        HiddenPlasticity = 1e-5,
        ReadoutPlasticity = 0.125,
    };

    [Fact]
    public void Initialize_WeightsAndFeedback_AreKaimingNormal()
    {
        using MetaParameters<double> p = Made(ParameterLayout.For(NetworkSpec.Feedforward([40, 200, 300, 40], 2), new LocalLearnerSpec()));
        AssertNormal(p["layer0.weight"], Math.Sqrt(2.0 / 40));
        AssertNormal(p["layer1.weight"], Math.Sqrt(2.0 / 200));
        AssertNormal(p["layer2.weight"], Math.Sqrt(2.0 / 300));
        AssertNormal(p["layer1.feedback0.weight"], 0.5 * Math.Sqrt(2.0 / 40));
        AssertNormal(p["layer2.feedback0.weight"], 0.5 * Math.Sqrt(2.0 / 40));
        foreach (string zero in (string[])["layer0.bias", "layer1.bias", "layer2.bias", "layer1.feedback0.bias", "layer2.feedback0.bias"])
        {
            Assert.All(p[zero].ToArray(), v => Assert.Equal(0, v));
        }
    }

    [Fact]
    public void Initialize_PlasticityAndFeedbackStrength_GoByLayer()
    {
        using MetaParameters<double> p = Made(Toy.Layout);
        Assert.All(p["layer1.alpha"].ToArray(), v => Assert.Equal(1e-5, v));
        Assert.All(p["layer2.alpha"].ToArray(), v => Assert.Equal(0.125, v));
        Assert.Equal(0.9, p["layer1.beta"][0, 0]);
        Assert.Equal(0.25, p["layer2.beta"][0, 0]);

        using MetaParameters<double> one =
            Made(ParameterLayout.For(Toy.Layout.Network, new LocalLearnerSpec { Granularity = Granularity.Network }));
        Assert.Equal(0.125, one["network.alpha"][0, 0]);

        using MetaParameters<double> gradient = Made(ParameterLayout.For(Toy.Layout.Network, new GradientLearnerSpec()));
        Assert.All(gradient["layer1.alpha_bias"].ToArray(), v => Assert.Equal(1e-5, v));
        Assert.All(gradient["layer2.alpha_bias"].ToArray(), v => Assert.Equal(0.125, v));
    }

    [Fact]
    public void Initialize_LowerPlasticity_IsThatOfHiddenPlasticLayersBelowTheLast()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([9, 20, 30, 40, 3], 3), new LocalLearnerSpec());
        using MetaParameters<double> p = Made(layout, Settings with { LowerPlasticity = 1e-7 });
        Assert.All(p["layer1.alpha"].ToArray(), v => Assert.Equal(1e-7, v));
        Assert.All(p["layer2.alpha"].ToArray(), v => Assert.Equal(1e-5, v));
        Assert.All(p["layer3.alpha"].ToArray(), v => Assert.Equal(0.125, v));

        var rates = new MetaRates { HiddenPlasticity = 0.3, LowerPlasticity = 0.2, ReadoutPlasticity = 0.1 };
        double[] byLayer = [.. layout.Parameters.Where(i => i.Role == ParameterRoles.Plasticity).OrderBy(i => i.Layer)
            .Select(i => rates.For(i, layout.Network))];
        Assert.Equal([0.2, 0.3, 0.1], byLayer);
        Assert.Equal(0.3, (rates with { LowerPlasticity = null }).For(layout.Parameters[layout.IndexOf("layer1.alpha")], layout.Network));
    }

    [Fact]
    public void Initialize_PlasticityOfNeurons_IsDividedByTheFanIn()
    {
        using MetaParameters<double> p = Made(Toy.Layout, Settings with { PlasticityUnit = PlasticityUnit.Neuron });
        Assert.All(p["layer1.alpha"].ToArray(), v => Assert.Equal(1e-5 / p["layer1.weight"].Columns, v));
        Assert.All(p["layer2.alpha"].ToArray(), v => Assert.Equal(0.125 / p["layer2.weight"].Columns, v));

        using MetaParameters<double> gradient = Made(ParameterLayout.For(Toy.Layout.Network, new GradientLearnerSpec()), Settings
            with
        { PlasticityUnit = PlasticityUnit.Neuron });
        Assert.All(gradient["layer1.alpha_bias"].ToArray(), v => Assert.Equal(1e-5 / gradient["layer1.weight"].Columns, v));

        using MetaParameters<double> one = Made(
            ParameterLayout.For(Toy.Layout.Network, new LocalLearnerSpec { Granularity = Granularity.Network }), Settings
            with
            { PlasticityUnit = PlasticityUnit.Neuron });
        Assert.Equal(0.125, one["network.alpha"][0, 0]);
    }

    [Fact]
    public void Initialize_AlignedFeedback_IsThePathBackAsLargeAsARandomOne()
    {
        ParameterLayout layout = ParameterLayout.For(NetworkSpec.Feedforward([9, 20, 30, 40, 3], 3), new LocalLearnerSpec());
        using MetaParameters<double> aligned = Made(layout, Settings with { Feedback = FeedbackStart.Aligned }),
            random = Made(layout, Settings);
        foreach (ParameterSpec info in layout.Parameters.Where(i => i.Role != ParameterRoles.FeedbackWeights))
        {
            Assert.Equal(random[info.Name].ToArray(), aligned[info.Name].ToArray());
        }

        // (W₃ W₂)ᵀ, an element at a time.
        double expected = 0.5 * Math.Sqrt(2.0 / 3);
        AssertPath(aligned["layer3.feedback0.weight"], (k, unit) => k == unit ? 1 : 0, expected);
        AssertPath(aligned["layer2.feedback0.weight"], (k, unit) => aligned["layer3.weight"][k, unit], expected);
        AssertPath(aligned["layer1.feedback0.weight"],
            (k, unit) => Enumerable.Range(0, 40).Sum(j => aligned["layer3.weight"][k, j] * aligned["layer2.weight"][j, unit]), expected);
    }

    [Fact]
    public void Initialize_AlignedFeedbackWhereNoOneMatrixLeads_IsRefused()
    {
        InitializationSpec aligned = Settings with { Feedback = FeedbackStart.Aligned };
        NetworkSpec network = NetworkSpec.Feedforward([4, 5, 6, 2], 2);
        string deeper = Assert.Throws<EngramException>(
            () => Made(ParameterLayout.For(network, new LocalLearnerSpec { FeedbackLayers = 2 }), aligned)).Message;
        Assert.Contains("no single B [6, 2] leads to", deeper, StringComparison.Ordinal);
        Assert.Contains(
            "without feedback",
            Assert.Throws<EngramException>(() => Made(ParameterLayout.For(network, new GradientLearnerSpec()), aligned)).Message,
            StringComparison.Ordinal);
        using MetaParameters<double> outputAlone =
            Made(ParameterLayout.For(network, new LocalLearnerSpec { FeedbackOnlyAtOutput = true }), aligned);
        AssertPath(outputAlone["layer2.feedback0.weight"], (k, unit) => k == unit ? 1 : 0, 0.5);
    }

    [Fact]
    public void Initialize_SameSeed_GivesEveryLearnerTheSameNetwork()
    {
        using MetaParameters<double> local = Made(Toy.Layout), again = Made(Toy.Layout),
            gradient = Made(ParameterLayout.For(Toy.Layout.Network, new GradientLearnerSpec()));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(local[$"layer{i}.weight"].ToArray(), gradient[$"layer{i}.weight"].ToArray());
            Assert.Equal(local[$"layer{i}.weight"].ToArray(), again[$"layer{i}.weight"].ToArray());
        }

        Assert.NotEqual(local["layer1.weight"][0, 0], local["layer1.feedback0.weight"][0, 0]);
    }

    [Fact]
    public void Initialize_NonFiniteSetting_IsRefused()
    {
        using var p = new MetaParameters<double>(Toy.Layout);
        Assert.Throws<SettingException>(
            () => Initializer.Initialize(p, new InitializationSpec { HiddenPlasticity = double.NaN }, new RandomStream(1)));
        Assert.Throws<SettingException>(
            () => Initializer.Initialize(p, new InitializationSpec { LowerPlasticity = double.NaN }, new RandomStream(1)));
        Assert.Throws<SettingException>(
            () => Initializer.Initialize(p, new InitializationSpec { FeedbackScale = -1 }, new RandomStream(1)));
    }

    private static void AssertPath(Tensor<double> feedback, Func<int, int, double> path, double deviation)
    {
        double dot = 0, squares = 0, pathSquares = 0;
        for (int unit = 0; unit < feedback.Rows; unit++)
        {
            for (int k = 0; k < feedback.Columns; k++)
            {
                (double found, double wanted) = (feedback[unit, k], path(k, unit));
                (dot, squares, pathSquares) = (dot + (found * wanted), squares + (found * found), pathSquares + (wanted * wanted));
            }
        }

        Assert.Equal(1, dot / Math.Sqrt(squares * pathSquares), 1e-12);
        Assert.Equal(deviation, Math.Sqrt(squares / (feedback.Rows * feedback.Columns)), 1e-12);
    }

    private static MetaParameters<double> Made(ParameterLayout layout, InitializationSpec? settings = null)
    {
        var parameters = new MetaParameters<double>(layout);
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            parameters[i].Fill(7);
        }

        Initializer.Initialize(parameters, settings ?? Settings, new RandomStream(3));
        return parameters;
    }

    private static void AssertNormal(Tensor<double> tensor, double deviation)
    {
        double[] values = tensor.ToArray();
        double error = 5 / Math.Sqrt(values.Length);
        Assert.Equal(0, values.Average() / deviation, error);
        Assert.Equal(1, values.Average(v => v * v) / (deviation * deviation), error * Math.Sqrt(2));
    }
}
