using Engram.Learning.Outer;
using Engram.Learning.Outer.Optimizers;
using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;

namespace Engram.Learning.Tests;

public sealed class MetaOptimizerTests
{
    public static TheoryData<string> Names { get; } = [.. MetaOptimizers.Registry.Names];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(45)]
    public void Adam_ManyUpdates_MatchesTheScalarReference(int columns)
    {
        const double Rate = 0.01, First = 0.9, Second = 0.999, Epsilon = 1e-8;
        using var arena = new Arena();
        Tensor<float> p = arena.Allocate<float>(2, columns), g = arena.Allocate<float>(2, columns), m = arena.Allocate<float>(2, columns),
            v = arena.Allocate<float>(2, columns);
        var random = new RandomStream((ulong)columns);
        double[] reference = new double[2 * columns], meanReference = new double[2 * columns], squareReference = new double[2 * columns];
        for (int t = 1; t <= 200; t++)
        {
            for (int i = 0; i < reference.Length; i++)
            {
                // Gradients of very different sizes, and some that are zero.
                float gradient = (float)(random.NextNormal() * Math.Pow(10, (i % 7) - 5) * (i % 5 == 0 ? 0 : 1));
                g[i / columns, i % columns] = gradient;
                meanReference[i] = (First * meanReference[i]) + ((1 - First) * gradient);
                squareReference[i] = (Second * squareReference[i]) + ((1 - Second) * gradient * gradient);
                double mean = meanReference[i] / (1 - Math.Pow(First, t)), square = squareReference[i] / (1 - Math.Pow(Second, t));
                reference[i] -= Rate * mean / (Math.Sqrt(square) + Epsilon);
            }

            new AdamOptimizer().Update(new OptimizerStep(t, Rate), p, g, [m, v]);
        }

        float[] found = p.ToArray();
        for (int i = 0; i < found.Length; i++)
        {
            Assert.Equal(reference[i], found[i], 1e-5);
        }

        Assert.All(Enumerable.Range(0, found.Length).Where(i => i % 5 == 0), i => Assert.Equal(0, found[i]));
    }

    [Fact]
    public void Momentum_TwoUpdates_MatchTheEquation()
    {
        using var arena = new Arena();
        Tensor<float> p = arena.Allocate<float>(1, 1), g = arena.Allocate<float>(1, 1), u = arena.Allocate<float>(1, 1);
        g[0, 0] = 2;
        IMetaOptimizer optimizer = MetaOptimizers.Registry.Get("momentum");
        optimizer.Update(new OptimizerStep(1, 0.5), p, g, [u]);
        Assert.Equal(-1, p[0, 0]);
        optimizer.Update(new OptimizerStep(2, 0.5), p, g, [u]);
        Assert.Equal(-1 - (0.5f * ((0.9f * 2) + 2)), p[0, 0]);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Optimizer_Quadratic_Descends(string name)
    {
        // ½ Σ s (θ − 1)², s from 0.5 to 2: every one of them gets there.
        IMetaOptimizer optimizer = MetaOptimizers.Registry.Get(name);
        using var arena = new Arena();
        Tensor<float> p = arena.Allocate<float>(3, 13), g = arena.Allocate<float>(3, 13);
        Tensor<float>[] moments = [.. optimizer.Moments.Select(_ => arena.Allocate<float>(3, 13))];
        double start = Loss(p, g), last = start;
        for (int t = 1; t <= 1000; t++)
        {
            last = Loss(p, g);
            optimizer.Update(new OptimizerStep(t, 0.05), p, g, moments);
        }

        Assert.InRange(last, 0, start * 1e-4);

        static double Loss(Tensor<float> p, Tensor<float> g)
        {
            double loss = 0;
            for (int i = 0; i < 39; i++)
            {
                float stiffness = 0.5f + (i / 26f), difference = p[i / 13, i % 13] - 1;
                g[i / 13, i % 13] = stiffness * difference;
                loss += 0.5 * stiffness * difference * difference;
            }

            return loss;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Optimizer_RowsApart_GiveTheBitsOfRowsTogether(string name)
    {
        IMetaOptimizer optimizer = MetaOptimizers.Registry.Get(name);
        using var arena = new Arena();
        Tensor<float>[] together = Tensors(), apart = Tensors();
        for (int t = 1; t <= 5; t++)
        {
            optimizer.Update(new OptimizerStep(t, 0.05), together[0], together[1], together.AsSpan(2));
            foreach (int r in (int[])[3, 0, 2, 1])
            {
                Tensor<float>[] row = [.. apart.Select(x => x.Slice(r, 1))];
                optimizer.Update(new OptimizerStep(t, 0.05), row[0], row[1], row.AsSpan(2));
            }
        }

        for (int i = 0; i < together.Length; i++)
        {
            Assert.Equal(together[i].ToArray(), apart[i].ToArray());
        }

        Tensor<float>[] Tensors()
        {
            var random = new RandomStream(5);
            Tensor<float>[] tensors = [.. Enumerable.Range(0, 2 + optimizer.Moments.Length).Select(_ => arena.Allocate<float>(4, 19))];
            for (int r = 0; r < 4; r++)
            {
                random.FillNormal(tensors[0].Row(r), 1);
                random.FillNormal(tensors[1].Row(r), 1);
            }

            return tensors;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Optimizer_StoppedAndRestored_GivesTheBitsOfNeverStopping(string name)
    {
        MetaTrainingSpec spec = Toy.Spec with { Optimizer = MetaOptimizers.Registry.Get(name), RestartEvery = 13 };
        string path = Path.GetTempFileName();
        try
        {
            using var source = new ToySource();
            using MetaTrainer whole = Toy.Trainer(source, spec), first = Toy.Trainer(source, spec), second = Toy.Trainer(source, spec);
            for (int i = 0; i < 30; i++) whole.Step();
            for (int i = 0; i < 17; i++) first.Step();
            first.Capture().Write(path);
            second.Restore(TrainerState.Read(path));
            for (int i = 17; i < 30; i++) second.Step();

            Assert.Equal(Toy.Numbers(whole.Parameters), Toy.Numbers(second.Parameters));
            Assert.Equal(30, second.OuterStepsDone);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Optimizer_Entry_HasAOneLineSummaryAndSavableMoments(string name)
    {
        Assert.Matches("^[^\n]{10,200}$", MetaOptimizers.Registry.SummaryOf(name));
        Assert.All(MetaOptimizers.Registry.Get(name).Moments, moment => Assert.Matches("^[a-z_]+$", moment));
        Assert.Distinct(MetaOptimizers.Registry.Get(name).Moments);
    }
}
