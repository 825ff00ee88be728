using Engram.Experiments.Analysis;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests;

public sealed class LinearReadoutTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Fact]
    public void Fit_PointsOnALine_FindsIt()
    {
        Tensor<float> x = arena.Values(1, 0f, 1, 2);
        Tensor<float> y = arena.Values(1, 1f, 3, 5);
        LinearReadout readout = LinearReadout.Fit(x, y);
        Assert.Equal(2, readout.Weights[0], 1e-14);
        Assert.Equal(1, readout.Biases[0], 1e-14);
        Assert.Equal(0, readout.Score(x, y).MeanSquaredError, 1e-25);
        Assert.True(double.IsNaN(readout.Score(x, y).Accuracy));
    }

    [Fact]
    public void Fit_PointsOffALine_HasTheHandWorkedError()
    {
        // y = 0, 0, 3 at x = 0, 1, 2: slope 3/2, intercept −1/2, residuals ½, −1, ½.
        Tensor<double> x = arena.Values(1, 0.0, 1, 2);
        Tensor<double> y = arena.Values(1, 0.0, 0, 3);
        LinearReadout readout = LinearReadout.Fit(x, y);
        Assert.Equal((1.5, -0.5), (Math.Round(readout.Weights[0], 12), Math.Round(readout.Biases[0], 12)));
        Assert.Equal(1.5 / 3, readout.Score(x, y).MeanSquaredError, 1e-14);
    }

    [Fact]
    public void Fit_Ridge_IsTheHandWorkedShrinkage()
    {
        // Centred: Σx² = 2, Σxy = 3; slope 3 / (2 + λ), and the line still passes through the means (1, 1).
        LinearReadout readout = LinearReadout.Fit(arena.Values(1, 0.0, 1, 2), arena.Values(1, 0.0, 0, 3), ridge: 4);
        Assert.Equal(0.5, readout.Weights[0], 1e-14);
        Assert.Equal(0.5, readout.Biases[0], 1e-14);
    }

    [Fact]
    public void Fit_FeatureTwice_SharesTheWeight()
    {
        LinearReadout readout = LinearReadout.Fit(arena.Values(2, 0.0, 0, 1, 1, 2, 2), arena.Values(1, 1.0, 3, 5));
        Assert.Equal(1, readout.Rank);
        Assert.Equal(1, readout.Weights[0], 1e-13);
        Assert.Equal(1, readout.Weights[1], 1e-13);
    }

    [Fact]
    public void Fit_FeaturesThatNeverChange_AnswersTheMean()
    {
        LinearReadout readout = LinearReadout.Fit(arena.Values(1, 7.0, 7, 7), arena.Values(1, 1.0, 3, 5));
        Assert.Equal((0, 0.0, 3.0), (readout.Rank, readout.Weights[0], readout.Biases[0]));
    }

    [Fact]
    public void Fit_FewerExamplesThanFeatures_PassesThroughThemAll()
    {
        (Tensor<double> x, Tensor<double> y) = (arena.Normal(1, 5, 12), arena.Normal(2, 5, 3));
        LinearReadout readout = LinearReadout.Fit(x, y);
        Assert.Equal(4, readout.Rank);
        Assert.Equal(0, readout.Score(x, y).MeanSquaredError, 1e-24);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.7)]
    [InlineData(1000)]
    public void Fit_RandomProblem_HasNoGradientLeft(double ridge)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            (Tensor<double> x, Tensor<double> y) = (arena.Normal(seed, 50, 9, 3), arena.Normal(seed + 100, 50, 4));
            LinearReadout readout = LinearReadout.Fit(x, y, ridge);
            double[] outputs = readout.Predict(x);
            for (int k = 0; k < 4; k++)
            {
                double[] residuals = [.. Enumerable.Range(0, 50).Select(n => outputs[(n * 4) + k] - y[n, k])];
                Assert.True(Math.Abs(residuals.Sum()) < 1e-10, $"seed {seed}: bias {k}");
                for (int j = 0; j < 9; j++)
                {
                    double gradient = Enumerable.Range(0, 50).Sum(n => residuals[n] * x[n, j]) + (ridge * readout.Weights[(k * 9) + j]);
                    Assert.True(Math.Abs(gradient) < 1e-9, $"seed {seed}: weight {k}, {j}: {gradient}");
                }
            }
        }
    }

    [Fact]
    public void Fit_DependentFeatures_IsWhatGradientDescentConvergesTo()
    {
        // Six examples, two of them alike, of four features of which one is the sum of two others.
        Tensor<double> x = arena.Values(4, 1.0, 0, 1, 2, 0, 1, 1, -1, 1, 1, 2, 0, 2, -1, 1, 1, 1, 1, 2, 0, -1, 0, -1, 3);
        Tensor<double> y = arena.Values(1, 1.0, 2, 0, 4, 1, -2);
        LinearReadout readout = LinearReadout.Fit(x, y);
        double[] w = new double[4];
        double b = 0;
        for (int step = 0; step < 200_000; step++)
        {
            double[] gradient = new double[5];
            for (int n = 0; n < 6; n++)
            {
                double residual = b - y[n, 0] + Enumerable.Range(0, 4).Sum(j => w[j] * x[n, j]);
                for (int j = 0; j < 4; j++)
                {
                    gradient[j] += residual * x[n, j];
                }

                gradient[4] += residual;
            }

            for (int j = 0; j < 4; j++)
            {
                w[j] -= 0.01 * gradient[j];
            }

            b -= 0.01 * gradient[4];
        }

        Assert.Equal(3, readout.Rank);
        for (int j = 0; j < 4; j++)
        {
            Assert.Equal(w[j], readout.Weights[j], 1e-9);
        }

        Assert.Equal(b, readout.Biases[0], 1e-9);
    }

    [Fact]
    public void Score_OneHotTargets_CountsTheLargest()
    {
        Tensor<double> x = arena.Values(1, -2.0, -1, 1, 2);
        Tensor<double> y = arena.Values(2, 1.0, 0, 1, 0, 0, 1, 0, 1);
        LinearReadout readout = LinearReadout.Fit(x, y);
        Assert.Equal(1, readout.Score(x, y).Accuracy);
        Assert.Equal(0.5, readout.Score(x, arena.Values(2, 0.0, 1, 1, 0, 0, 1, 1, 0)).Accuracy);
    }

    [Fact]
    public void Fit_BadInput_SaysWhatIsWrong()
    {
        Assert.Contains(
            "row 1, column 0 of a readout's features",
            Assert.Throws<EngramException>(() => LinearReadout.Fit(arena.Values(1, 1.0, double.NaN), arena.Values(1, 1.0, 2))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "2 examples of features, 1 of targets",
            Assert.Throws<EngramException>(() => LinearReadout.Fit(arena.Values(1, 1.0, 2), arena.Values(1, 1.0))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "a ridge of -1",
            Assert.Throws<EngramException>(() => LinearReadout.Fit(arena.Values(1, 1.0), arena.Values(1, 1.0), -1)).Message,
            StringComparison.Ordinal);
        LinearReadout readout = LinearReadout.Fit(arena.Values(1, 1.0, 2), arena.Values(1, 1.0, 2));
        Assert.Contains(
            "expected the 1 that", Assert.Throws<EngramException>(() => readout.Predict(arena.Values(2, 1.0, 2))).Message,
            StringComparison.Ordinal);
    }
}
