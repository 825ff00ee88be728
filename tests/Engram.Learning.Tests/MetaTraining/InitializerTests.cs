using Engram.Numerics;

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

        using MetaParameters<double> one = Made(ParameterLayout.For(Toy.Layout.Network, new LocalLearnerSpec { Granularity = Granularity.Network }));
        Assert.Equal(0.125, one["network.alpha"][0, 0]);

        using MetaParameters<double> gradient = Made(ParameterLayout.For(Toy.Layout.Network, new GradientLearnerSpec()));
        Assert.All(gradient["layer1.alpha_bias"].ToArray(), v => Assert.Equal(1e-5, v));
        Assert.All(gradient["layer2.alpha_bias"].ToArray(), v => Assert.Equal(0.125, v));
    }

    [Fact]
    public void Initialize_SameSeed_GivesEveryLearnerTheSameNetwork()
    {
        using MetaParameters<double> local = Made(Toy.Layout), again = Made(Toy.Layout), gradient = Made(ParameterLayout.For(Toy.Layout.Network, new GradientLearnerSpec()));
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
        Assert.Throws<SettingException>(() => Initializer.Initialize(p, new InitializationSpec { HiddenPlasticity = double.NaN }, new RandomStream(1)));
        Assert.Throws<SettingException>(() => Initializer.Initialize(p, new InitializationSpec { FeedbackScale = -1 }, new RandomStream(1)));
    }

    private static MetaParameters<double> Made(ParameterLayout layout)
    {
        var parameters = new MetaParameters<double>(layout);
        for (int i = 0; i < layout.Parameters.Length; i++)
        {
            parameters[i].Fill(7);
        }

        Initializer.Initialize(parameters, Settings, new RandomStream(3));
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
