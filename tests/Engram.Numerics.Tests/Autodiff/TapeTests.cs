using Engram.Numerics.Autodiff;
using Engram.Numerics.Memory;
using Engram.Numerics.Text;

namespace Engram.Numerics.Tests.Autodiff;

public sealed class TapeTests : IDisposable
{
    private readonly Tape<double> tape = new();

    public void Dispose() => tape.Dispose();

    [Fact]
    public void MatMul_OfShapesThatDoNotFit_NamesTheOperationAndBothShapes()
    {
        EngramException error = Assert.Throws<EngramException>(() => tape.Constant(2, 3, 1).MatMul(tape.Constant(4, 5, 1)));
        Assert.Contains("MatMul", error.Message, StringComparison.Ordinal);
        Assert.Contains("2×3", error.Message, StringComparison.Ordinal);
        Assert.Contains("4×5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Add_OfShapesThatDoNotBroadcast_NamesTheOperationAndBothShapes()
    {
        EngramException error = Assert.Throws<EngramException>(() => tape.Constant(2, 3, 1) + tape.Constant(2, 2, 1));
        Assert.StartsWith("Add: found shapes 2×3 and 2×2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradient_OfALossThatIsNotOneNumber_IsAnError() =>
        Assert.Throws<EngramException>(() => tape.Gradient(tape.Constant(2, 1, 1), tape.Constant(1)));

    [Fact]
    public void Var_FromBeforeClear_IsRefused()
    {
        Var x = tape.Constant(1);
        tape.Clear();
        Assert.Throws<InvalidOperationException>(() => x + x);
    }

    [Fact]
    public void Var_OfAnotherTape_IsRefused()
    {
        using var other = new Tape<double>();
        Assert.Throws<InvalidOperationException>(() => tape.Constant(1) + other.Constant(1));
    }

    [Fact]
    public void Gradient_WithRespectToAnIntermediateValue_IsItsAdjoint()
    {
        Var x = tape.Constant(3);
        Var y = x.Square();
        Var[] gradient = tape.Gradient(y.Square() + x, y, x);
        Assert.Equal(18, tape.ScalarOf(gradient[0]));
        Assert.Equal((2 * 9 * 6) + 1, tape.ScalarOf(gradient[1]));
    }

    [Fact]
    public void Gradient_OfAVariableWithoutEffect_IsZero()
    {
        Var x = tape.Constant(2, 3, 1);
        Var gradient = tape.Gradient(tape.Constant(1), x)[0];
        Assert.Equal((2, 3), (gradient.Rows, gradient.Columns));
        Assert.Equal(0, tape.ScalarOf(gradient.SumOfSquares()));
    }

    [Fact]
    public void VectorJacobianProduct_OfAnOutputThatIsItselfAVariable_PassesTheSeedThrough()
    {
        Var x = tape.Constant(2);
        Var?[] result = tape.VectorJacobianProduct([x, x.Square()], [tape.Constant(10), tape.Constant(1)], [x]);
        Assert.Equal(14, tape.ScalarOf(result[0]!.Value));
    }

    [Fact]
    public void ThirdDerivative_OfAPower_IsExact()
    {
        Var x = tape.Constant(2);
        Var y = x * x * x * x;
        for (int i = 0; i < 3; i++)
        {
            y = tape.Gradient(y, x)[0];
        }

        Assert.Equal(48, tape.ScalarOf(y));
    }

    [Theory]
    [InlineData(double.NaN)]
    public void ReluAndSign_OfNaN_AreNaN(double value)
    {
        Assert.True(double.IsNaN(tape.ScalarOf(tape.Constant(value).Relu())));
        Assert.True(double.IsNaN(tape.ScalarOf(tape.Constant(value).Sign())));
    }

    [Fact]
    public void LogSoftmax_OfLargeInputs_DoesNotOverflow()
    {
        using var arena = new Arena();
        Tensor<double> logits = arena.Allocate<double>(1, 2);
        logits.CopyFrom([1000, 999]);
        Tensor<double> result = tape.ValueOf(tape.Leaf(logits).LogSoftmax());
        Assert.Equal(-Math.Log(1 + Math.Exp(-1)), result[0, 0], 12);
    }

    [Fact]
    public void GradientChecker_OfAWrongGradient_NamesTheWorstElement()
    {
        using var arena = new Arena();
        Tensor<double> x = arena.Allocate<double>(1, 3);
        Tensor<double> gradient = arena.Allocate<double>(1, 3);
        x.CopyFrom([1, 2, 3]);
        gradient.CopyFrom([2, 4.001, 6]);
        GradientCheckReport report = GradientChecker.Check(() => x.ToArray().Sum(v => v * v), [new("x", x, gradient)]);
        Assert.False(report.Passed);
        Assert.Equal(("x", 0, 1), (report.Worst.Tensor, report.Worst.Row, report.Worst.Column));
        Assert.Equal(0.001 / 6, report.Worst.RelativeError, 6);
    }

    [Fact]
    public void GradientChecker_AtAKink_SaysSo()
    {
        using var arena = new Arena();
        Tensor<double> x = arena.Allocate<double>(1, 1);
        Tensor<double> gradient = arena.Allocate<double>(1, 1);
        GradientCheckReport report = GradientChecker.Check(() => Math.Abs(x[0, 0]), [new("x", x, gradient)]);
        Assert.Equal(1, report.Kinks);
        Assert.False(report.Passed);
    }

    [Fact]
    public void GradientChecker_NearAKink_ComesCloser()
    {
        using var arena = new Arena();
        Tensor<double> x = arena.Allocate<double>(1, 1);
        Tensor<double> gradient = arena.Allocate<double>(1, 1);
        x[0, 0] = 1e-4;
        gradient[0, 0] = 1;
        Assert.True(GradientChecker.Check(() => Math.Abs(x[0, 0]), [new("x", x, gradient)]).Passed);
    }

    [Fact]
    public void GradientChecker_OfANaN_Fails()
    {
        using var arena = new Arena();
        Tensor<double> x = arena.Allocate<double>(1, 1);
        Tensor<double> gradient = arena.Allocate<double>(1, 1);
        gradient[0, 0] = double.NaN;
        Assert.False(GradientChecker.Check(() => x[0, 0], [new("x", x, gradient)]).Passed);
    }
}
