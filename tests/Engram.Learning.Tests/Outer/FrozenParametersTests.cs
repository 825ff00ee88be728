using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Numerics.Files;
using Engram.Numerics.Text;

namespace Engram.Learning.Tests;

public sealed class FrozenParametersTests : IDisposable
{
    private readonly ToySource source = new();
    private readonly string path = Path.GetTempFileName();

    public void Dispose()
    {
        source.Dispose();
        File.Delete(path);
    }

    [Theory]
    [InlineData("feedforward-weights", "layer0.weight layer1.weight layer2.weight")]
    [InlineData("biases", "layer0.bias layer1.bias layer2.bias")]
    [InlineData("feedback-biases", "layer1.feedback0.bias layer2.feedback0.bias")]
    [InlineData("feedback-strength", "layer1.beta layer2.beta")]
    [InlineData("plasticity", "layer1.alpha layer2.alpha")]
    [InlineData("layer2.alpha", "layer2.alpha")]
    [InlineData("layer0.*", "layer0.weight layer0.bias")]
    [InlineData("*.weight", "layer0.weight layer1.weight layer1.feedback0.weight layer2.weight layer2.feedback0.weight")]
    [InlineData("layer*.feedback*.bias", "layer1.feedback0.bias layer2.feedback0.bias")]
    [InlineData("layer1.be*beta", "")]
    [InlineData("layer", "")]
    public void Contains_Name_MeansThese(string name, string expected)
    {
        var frozen = new FrozenParameters([name]);

        Assert.Equal(
            expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(),
            Toy.Layout.Parameters.Where(frozen.Contains).Select(p => p.Name).Order());
    }

    [Theory]
    [InlineData("bises", "did you mean 'biases'?")]
    [InlineData("layer9.weight", "did you mean 'layer")]
    [InlineData("layer7.*", "not a meta-parameter of this learner")]
    [InlineData("*", "Found all meta-parameters frozen")]
    public void Trainer_NameThatMeansNothing_SaysSo(string name, string expected) =>
        Assert.Contains(
            expected, Assert.Throws<EngramException>(() => Toy.Trainer(source, frozen: new FrozenParameters([name]))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Step_FrozenParameters_StayWithTheirMomentsWhileTheOthersMoveAsEver()
    {
        var frozen = new FrozenParameters(["feedforward-weights", "layer1.beta"]);
        using MetaTrainer free = Toy.Trainer(source), held = Toy.Trainer(source, frozen: frozen);
        using var start = new MetaParameters<float>(Toy.Layout);
        start.CopyFrom(held.Parameters);
        (OuterStepReport Free, OuterStepReport Held) first = (free.Step(), held.Step());
        for (int i = 0; i < 5; i++)
        {
            free.Step();
            held.Step();
        }

        held.Capture().Write(path);
        SafetensorsFile file = SafetensorsFile.Read(path);
        for (int i = 0; i < Toy.Layout.Parameters.Length; i++)
        {
            ParameterSpec info = Toy.Layout.Parameters[i];
            Assert.Equal((frozen.Contains(info) ? start : free.Parameters)[i].ToArray(), held.Parameters[i].ToArray());
            foreach (string moment in file.Tensors.Keys.Where(
                k => k.StartsWith("optimizer.", StringComparison.Ordinal) && k.EndsWith("." + info.Name, StringComparison.Ordinal)))
            {
                Assert.Equal(frozen.Contains(info), file[moment].ToArray<float>().All(v => v == 0));
            }
        }

        Assert.True(first.Held.MetaGradientNorm < first.Free.MetaGradientNorm, "what is frozen counts in the norm");
    }

    [Fact]
    public void Step_FrozenParameters_DoNotCountInClipping()
    {
        // Frozen weights are most of the meta-gradient: without them the rest stays below the norm.
        var frozen = new FrozenParameters(["feedforward-weights", "feedback-weights", "plasticity"]);
        using MetaTrainer unclipped = Toy.Trainer(source, frozen: frozen);
        double norm = unclipped.Step().MetaGradientNorm;

        using MetaTrainer held = Toy.Trainer(source, Toy.Spec with { ClipNorm = norm * 1.01 }, frozen: frozen);
        using MetaTrainer free = Toy.Trainer(source, Toy.Spec with { ClipNorm = norm * 1.01 });

        Assert.False(held.Step().Clipped);
        Assert.True(free.Step().Clipped);
    }

    [Fact]
    public void Restore_OtherFrozenParameters_IsRefused()
    {
        using MetaTrainer free = Toy.Trainer(source), held = Toy.Trainer(source, frozen: new FrozenParameters(["biases"])),
            same = Toy.Trainer(source, frozen: new FrozenParameters(["biases"]));

        held.Capture().Write(path);

        Assert.Contains(
            "(biases) than the recipe's (none)", Assert.Throws<EngramException>(() => free.Restore(TrainerState.Read(path))).Message,
            StringComparison.Ordinal);
        same.Restore(TrainerState.Read(path));
        Assert.Contains(
            "(none) than the recipe's (biases)", Assert.Throws<EngramException>(() => held.Restore(free.Capture())).Message,
            StringComparison.Ordinal);
        free.Capture().Write(path);
        Assert.DoesNotContain("frozen", SafetensorsFile.Read(path).Metadata.Keys);
        free.Restore(TrainerState.Read(path));
    }
}
