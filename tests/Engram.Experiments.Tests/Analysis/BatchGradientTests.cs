using Engram.Learning;
using Engram.Numerics;

namespace Engram.Experiments.Tests;

public sealed class BatchGradientTests : IDisposable
{
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Theory]
    [InlineData(Objective.MeanSquaredError)]
    [InlineData(Objective.CrossEntropy)]
    public void Of_RandomNetwork_IsTheCentralDifference(Objective objective)
    {
        NetworkSpec network = NetworkSpec.Feedforward([3, 5, 4, 2], 2);
        for (ulong seed = 1; seed <= 5; seed++)
        {
            Tensor<double>[] weights = [arena.Normal(seed, 4, 5), arena.Normal(seed + 100, 2, 4)];
            Tensor<double>[] biases = [arena.Normal(seed + 200, 1, 4), arena.Normal(seed + 300, 1, 2)];
            Tensor<double> features = arena.Normal(seed + 400, 6, 5);
            Tensor<double> targets = objective == Objective.CrossEntropy ? arena.Values(2, 1.0, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1) : arena.Normal(seed + 500, 6, 2);

            (Tensor<double>[] weightGradients, Tensor<double>[] biasGradients) = BatchGradient.Of<double>(network, objective, weights, biases, features, targets, arena);

            foreach ((Tensor<double> values, Tensor<double> gradient) in weights.Zip(weightGradients).Concat(biases.Zip(biasGradients)))
            {
                for (int r = 0; r < values.Rows; r++)
                {
                    for (int c = 0; c < values.Columns; c++)
                    {
                        double kept = values[r, c];
                        values[r, c] = kept + 1e-6;
                        double above = Loss();
                        values[r, c] = kept - 1e-6;
                        double below = Loss();
                        values[r, c] = kept;
                        Assert.True(Math.Abs(((above - below) / 2e-6) - gradient[r, c]) < 1e-7, $"seed {seed}, [{r}, {c}]: {(above - below) / 2e-6} and {gradient[r, c]}");
                    }
                }
            }

            double Loss()
            {
                Tensor<double> outputs = FeedforwardPass.RunPlastic<double>(network, weights, biases, features, arena)[^1];
                double sum = 0;
                for (int r = 0; r < outputs.Rows; r++)
                {
                    double[] y = targets.Row(r).ToArray(), found = outputs.Row(r).ToArray();
                    sum += objective == Objective.MeanSquaredError
                        ? y.Zip(found, (a, b) => (a - b) * (a - b)).Sum() / outputs.Count
                        : -y.Zip(found, (a, b) => a * (b - Math.Log(found.Sum(Math.Exp)))).Sum() / outputs.Rows;
                }

                return sum;
            }
        }
    }
}
