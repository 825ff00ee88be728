using Engram.Numerics.Autodiff;
using Engram.Numerics.Convolutions;
using Engram.Numerics.Memory;

namespace Engram.Numerics.Tests.Autodiff;

/// <summary>Walks the derivative table: first and second derivatives of every operation against central differences.</summary>
public sealed class DerivativeTableTests
{
    private const double Tolerance = 1e-7;

    /// <summary>Twelve positions of a 2×2 kernel on an image of 3×2 pixels and its edge of zeros.</summary>
    private static readonly ConvolutionShape Window = new(1, 3, 2, 1, 2, 1, 1);

    /// <summary>How to record each operation on x and y, both of them away from kinks and poles.</summary>
    private static readonly Dictionary<OperationKind,
        (string Name, Func<Var, Var, Var> Build, (int Rows, int Columns) X, (int Rows, int Columns) Y)[]> Examples = new()
        {
            [OperationKind.Leaf] = [("leaf", (x, _) => x, (3, 4), (1, 1))],
            [OperationKind.StopGradient] = [("stop", (x, _) => x.StopGradient() * x, (3, 4), (1, 1))],
            [OperationKind.Add] = Broadcasts((x, y) => x + y),
            [OperationKind.Subtract] = Broadcasts((x, y) => x - y),
            [OperationKind.Multiply] = Broadcasts((x, y) => x * y),
            [OperationKind.Divide] = Broadcasts((x, y) => x / y),
            [OperationKind.Negate] = [("negate", (x, _) => -x, (3, 4), (1, 1))],
            [OperationKind.Scale] = [("scale", (x, _) => 0.7 * x, (3, 4), (1, 1))],
            [OperationKind.Offset] = [("offset", (x, _) => 0.7 - x, (3, 4), (1, 1))],
            [OperationKind.MatMul] =
        [
            ("plain", (x, y) => x.MatMul(y), (3, 4), (4, 2)),
            ("left transposed", (x, y) => x.Transpose().MatMul(y), (4, 3), (4, 2)),
            ("right transposed", (x, y) => x.MatMul(y.Transpose()), (3, 4), (2, 4)),
            ("both transposed", (x, y) => x.Transpose().MatMul(y.Transpose()), (4, 3), (2, 4)),
        ],
            [OperationKind.Transpose] = [("transpose", (x, y) => x.Transpose() * y, (3, 4), (4, 3))],
            [OperationKind.Reshape] =
                [("column", (x, y) => x.Column() * y, (3, 4), (12, 1)), ("row", (x, y) => x.Row() * y, (3, 4), (1, 12)),
            ("other", (x, y) => x.Reshape(2, 6) * y, (3, 4), (2, 6))],
            [OperationKind.SumTo] = [("all", (x, _) => x.Sum(), (3, 4), (1, 1)), ("rows", (x, y) => x.Sum(axis: 0) * y, (3, 4), (1, 4)),
            ("columns", (x, y) => x.SumOfSquares(axis: 1) * y, (3, 4), (3, 1))],
            [OperationKind.BroadcastTo] = [("row", (x, y) => x.BroadcastTo(3, 4) * y, (1, 4), (3, 4)),
            ("column", (x, y) => x.BroadcastTo(3, 4) * y, (3, 1), (3, 4)), ("scalar", (x, y) => x.BroadcastTo(3, 4) * y, (1, 1), (3, 4))],
            [OperationKind.SliceRows] = [("slice", (x, y) => x.SliceRows(1, 2) * y, (4, 3), (2, 3))],
            [OperationKind.PadRows] = [("pad", (x, y) => x.PadRows(1, 4) * y, (2, 3), (4, 3))],
            [OperationKind.Relu] = [("relu", (x, _) => x.Relu(), (3, 4), (1, 1))],
            [OperationKind.Step] = [("step", (x, _) => x.Step() * x, (3, 4), (1, 1))],
            [OperationKind.Abs] = [("abs", (x, _) => x.Abs(), (3, 4), (1, 1))],
            [OperationKind.Sign] = [("sign", (x, y) => x.Sign() * y, (3, 4), (3, 4))],
            [OperationKind.Exp] = [("exp", (x, _) => x.Exp(), (3, 4), (1, 1))],
            [OperationKind.Log] = [("log", (x, _) => x.Square().Log(), (3, 4), (1, 1))],
            [OperationKind.Sqrt] = [("sqrt", (x, _) => x.Square().Sqrt(), (3, 4), (1, 1))],
            [OperationKind.Tanh] = [("tanh", (x, _) => x.Tanh(), (3, 4), (1, 1))],
            [OperationKind.Square] =
            [("square", (x, _) => x.Square(), (3, 4), (1, 1)), ("mean squared error", (x, y) => x.MeanSquaredError(y), (3, 4), (3, 4))],
            [OperationKind.LogSoftmax] = [("log-softmax", (x, _) => x.LogSoftmax(), (3, 4), (1, 1)),
            ("softmax", (x, _) => x.Softmax(), (3, 4), (1, 1)), ("cross-entropy", (x, y) => x.CrossEntropy(y), (3, 4), (3, 4))],
            [OperationKind.GatherPatches] = [("gather", (x, y) => x.GatherPatches(Window) * y, (2, 6), (24, 4))],
            [OperationKind.ScatterPatches] = [("scatter", (x, y) => x.ScatterPatches(Window) * y, (24, 4), (2, 6))],
            [OperationKind.ChannelsFirst] = [("channels first", (x, y) => x.ChannelsFirst(2) * y, (6, 2), (2, 6))],
            [OperationKind.ChannelsLast] = [("channels last", (x, y) => x.ChannelsLast(2) * y, (2, 6), (6, 2))],
        };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach ((OperationKind kind, var examples) in Examples)
            {
                foreach (var example in examples)
                {
                    data.Add(kind.ToString(), example.Name);
                }
            }

            return data;
        }
    }

    [Fact]
    public void Table_EveryOperation_HasRulesAndAnExample()
    {
        foreach (OperationKind kind in Enum.GetValues<OperationKind>())
        {
            Assert.True(DerivativeTable.Rules.ContainsKey(kind), $"no derivative of {kind}");
            Assert.True(Examples.ContainsKey(kind), $"no example of {kind}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_OfEveryOperation_MatchesCentralDifferences(string kind, string name)
    {
        using var point = new Point(Find(kind, name), seed: 1);
        var holdsConstant = kind == nameof(OperationKind.StopGradient);
        GradientCheckReport report = point.Check(holdsConstant ? point.StoppedLoss : point.Loss, point.Gradient(point.Loss));
        Assert.True(report.Passed, report.ToString());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void SecondDerivative_OfEveryOperation_MatchesCentralDifferences(string kind, string name)
    {
        using var point = new Point(Find(kind, name), seed: 2);
        GradientCheckReport report = point.Check(point.DirectionalDerivative, point.Gradient(point.DirectionalDerivative));
        Assert.True(report.Passed || kind == nameof(OperationKind.StopGradient), report.ToString());
    }

    [Fact]
    public void Gradient_OfStopGradient_TreatsTheValueAsConstant()
    {
        using var tape = new Tape<double>();
        Var x = tape.Constant(3);
        Assert.Equal(3, tape.ScalarOf(tape.Gradient(x.StopGradient() * x, x)[0]));
    }

    [Fact]
    public void Gradient_AtAKink_IsZero()
    {
        using var tape = new Tape<double>();
        Var x = tape.Constant(0);

        Assert.Equal(0, tape.ScalarOf(tape.Gradient(x.Abs(), x)[0]));
        Assert.Equal(0, tape.ScalarOf(tape.Gradient(x.Relu(), x)[0]));
    }

    private static (string Name, Func<Var, Var, Var> Build, (int Rows, int Columns) X, (int Rows, int Columns) Y)[] Broadcasts(
        Func<Var, Var, Var> build) =>
    [
        ("same shape", build, (3, 4), (3, 4)),
        ("row right", build, (3, 4), (1, 4)),
        ("row left", build, (1, 4), (3, 4)),
        ("column right", build, (3, 4), (3, 1)),
        ("column left", build, (3, 1), (3, 4)),
        ("scalar right", build, (3, 4), (1, 1)),
        ("scalar left", build, (1, 1), (3, 4)),
        ("outer", build, (3, 1), (1, 4)),
        ("same operand", (x, _) => build(x, x + 1), (3, 4), (1, 1)),
        ("wide", build, (2, 37), (1, 37)),
    ];

    private static (string Name, Func<Var, Var, Var> Build, (int Rows, int Columns) X, (int Rows, int Columns) Y) Find(
        string kind, string name) =>
        Examples[Enum.Parse<OperationKind>(kind)].Single(e => e.Name == name);

    /// <summary>Random x and y, a random weighting of the result, and a random direction.</summary>
    private sealed class Point : IDisposable
    {
        private readonly Arena arena = new();
        private readonly Tape<double> tape = new();
        private readonly Func<Var, Var, Var> build;
        private readonly Tensor<double> x;
        private readonly Tensor<double> y;
        private readonly Tensor<double> heldX;
        private readonly Tensor<double> directionX;
        private readonly Tensor<double> directionY;
        private readonly Random random;
        private Tensor<double> weighting;

        public Point((string Name, Func<Var, Var, Var> Build, (int Rows, int Columns) X, (int Rows, int Columns) Y) example, int seed)
        {
            random = new Random(seed);
            build = example.Build;
            x = Draw(example.X);
            y = Draw(example.Y);
            heldX = arena.Allocate<double>(x.Rows, x.Columns);
            heldX.CopyFrom(x);
            directionX = Draw(example.X);
            directionY = Draw(example.Y);
        }

        public Var Loss(Var a, Var b)
        {
            Var result = build(a, b);
            return (Weighting(result) * (result + (0.3 * result.Square()))).Sum();
        }

        public Var StoppedLoss(Var a, Var b)
        {
            Var result = tape.Leaf(heldX) * a;
            return (Weighting(result) * (result + (0.3 * tape.Leaf(heldX).Square() * a.Square()))).Sum();
        }

        public Var DirectionalDerivative(Var a, Var b)
        {
            Var[] gradient = tape.Gradient(Loss(a, b), a, b);
            return (gradient[0] * tape.Leaf(directionX)).Sum() + (gradient[1] * tape.Leaf(directionY)).Sum();
        }

        public (Tensor<double> X, Tensor<double> Y) Gradient(Func<Var, Var, Var> loss)
        {
            tape.Clear();
            (Var a, Var b) = (tape.Leaf(x), tape.Leaf(y));
            Var[] gradient = tape.Gradient(loss(a, b), a, b);
            Tensor<double> gx = arena.Allocate<double>(x.Rows, x.Columns);
            Tensor<double> gy = arena.Allocate<double>(y.Rows, y.Columns);
            gx.CopyFrom(tape.ValueOf(gradient[0]));
            gy.CopyFrom(tape.ValueOf(gradient[1]));
            return (gx, gy);
        }

        public GradientCheckReport Check(Func<Var, Var, Var> loss, (Tensor<double> X, Tensor<double> Y) gradient)
        {
            double Evaluate()
            {
                tape.Clear();
                return tape.ScalarOf(loss(tape.Leaf(x), tape.Leaf(y)));
            }

            return GradientChecker.Check(Evaluate, [new("x", x, gradient.X), new("y", y, gradient.Y)], Tolerance);
        }

        public void Dispose()
        {
            tape.Dispose();
            arena.Dispose();
        }

        private Var Weighting(Var result)
        {
            if (weighting.IsEmpty)
            {
                weighting = Draw((result.Rows, result.Columns));
            }

            return tape.Leaf(weighting);
        }

        // Away from 0, where there are kinks and poles: 0.4 ≤ |x| ≤ 1.4.
        private Tensor<double> Draw((int Rows, int Columns) shape)
        {
            Tensor<double> tensor = arena.Allocate<double>(shape.Rows, shape.Columns);
            for (int r = 0; r < shape.Rows; r++)
            {
                foreach (ref double value in tensor.Row(r))
                {
                    value = (random.Next(2) == 0 ? -1 : 1) * (0.4 + random.NextDouble());
                }
            }

            return tensor;
        }
    }
}
