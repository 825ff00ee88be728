using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Supervised;

namespace Engram.Tasks.Tests.Supervised;

public sealed class ImageClassesTests : IDisposable
{
    private const int PerClass = 30;
    private readonly Arena arena = new();

    public void Dispose() => arena.Dispose();

    [Fact]
    public void Splits_OfASetWithTrainAndTest_ShareNoImageAndMissNone()
    {
        var problem = new ImageClasses(new ImageClassesSpec { ValidationExamples = 7, SplitSeed = 3 }, Published());
        int[][] found = [.. Enum.GetValues<ExampleSplit>().Select(s => Images(problem, s))];
        Assert.Equal([(3 * PerClass) - 7, 7, 3 * PerClass], found.Select(f => f.Length));
        Assert.Equal(Enumerable.Range(0, 3 * PerClass), found[0].Concat(found[1]).Order());
        Assert.Equal(Enumerable.Range(3 * PerClass, 3 * PerClass), found[2]);
    }

    [Fact]
    public void Validation_WithoutANumber_IsASixthAndDependsOnTheSeedAlone()
    {
        ImageSet set = Published();
        int[] Drawn(ulong seed) => Images(new ImageClasses(new ImageClassesSpec { SplitSeed = seed }, set), ExampleSplit.Validation);
        Assert.Equal(PerClass / 2, Drawn(1).Length);
        Assert.Equal(Drawn(1), Drawn(1));
        Assert.NotEqual(Drawn(1), Drawn(2));
    }

    [Fact]
    public void Examples_InUnits_AreBytesOver255AndTheOneHotClass()
    {
        var problem = new ImageClasses(new ImageClassesSpec { ValidationExamples = 1 }, Published());
        Assert.Equal(new ExampleShape(12, 3, new ImageShape(3, 2, 2)), problem.Shape);
        (Tensor<float> x, Tensor<float> y) = Read(problem, ExampleSplit.Test, [PerClass + 4, 2]);
        Assert.Equal([Byte(1, 4, 0) / 255f, Byte(1, 4, 5) / 255f, Byte(1, 4, 11) / 255f], [x[0, 0], x[0, 5], x[0, 11]]);
        Assert.Equal([0f, 1, 0, 1, 0, 0], y.ToArray());
        Assert.Equal(Byte(0, 2, 7) / 255f, x[1, 7]);
    }

    [Fact]
    public void Examples_ThatAreToBeGivenBack_AreTheirOwnTargets()
    {
        var spec = new ImageAutoencoderSpec { ValidationExamples = 5 };
        Assert.Equal(PixelScale.Standardized, spec.Scale);
        Assert.False(spec.IsClassification);
        Assert.Equal(new ExampleShape(784, 784, new ImageShape(1, 28, 28)), spec.KnownShape);
        ImageSet set = Published();
        var problem = new ImageClasses(spec, set, reconstructs: true);
        Assert.Equal(new ExampleShape(12, 12, new ImageShape(3, 2, 2)), problem.Shape);
        (Tensor<float> x, Tensor<float> y) = Read(problem, ExampleSplit.Test, [PerClass + 4, 2]);
        Assert.Equal(x.ToArray(), y.ToArray());
        Assert.NotEqual(x.Row(0).ToArray(), x.Row(1).ToArray());

        // The same splits as of the classes.
        Assert.Equal(
            Images(new ImageClasses(new ImageClassesSpec { ValidationExamples = 5 }, set), ExampleSplit.Validation),
            Images(new ImageClasses(spec with { Scale = PixelScale.Unit }, set, reconstructs: true), ExampleSplit.Validation));
    }

    [Fact]
    public void TrainingExamples_Standardized_HaveMean0AndVariance1InEveryChannel()
    {
        var problem = new ImageClasses(new ImageClassesSpec { ValidationExamples = 20, Scale = PixelScale.Standardized }, Published());
        int count = problem.Examples(ExampleSplit.Train).Count;
        (Tensor<float> x, _) = Read(problem, ExampleSplit.Train, [.. Enumerable.Range(0, count)]);
        for (int c = 0; c < 3; c++)
        {
            double[] values = [.. Enumerable.Range(0, count).SelectMany(n => Enumerable.Range(4 * c, 4).Select(i => (double)x[n, i]))];
            Assert.Equal(0, values.Average(), 1e-5);
            Assert.Equal(1, values.Average(v => v * v), 1e-5);
        }
    }

    [Fact]
    public void Splits_OfASetWhosePartsHaveOtherClasses_HaveEveryClassInEach()
    {
        var spec = new ImageClassesSpec { Classes = 10, ImageSize = 6, ValidationExamples = 40 };
        ISupervisedProblem problem = spec.Create(DataContext.Default());
        Assert.Equal(new ExampleShape(36, 10, new ImageShape(1, 6, 6)), problem.Shape);
        Assert.Equal(problem.Shape, spec.KnownShape);
        Assert.Null((spec with { Classes = null }).KnownShape);
        Assert.Equal([120, 40, 40], Enum.GetValues<ExampleSplit>().Select(s => problem.Examples(s).Count));
        (_, Tensor<float> y) = Read(problem, ExampleSplit.Test, [.. Enumerable.Range(0, 40)]);
        Assert.All(Enumerable.Range(0, 10), k => Assert.Equal(4, Enumerable.Range(0, 40).Sum(n => y[n, k])));
    }

    [Fact]
    public void Splits_WhereTheTestPartLacksAClass_AreTheParts()
    {
        var problem = new ImageClasses(new ImageClassesSpec { ValidationExamples = 7 }, Published("class0", "class1"));
        Assert.Equal([(3 * PerClass) - 7, 7, 2 * PerClass], Enum.GetValues<ExampleSplit>().Select(s => Images(problem, s).Length));
        Assert.Equal(Enumerable.Range(3 * PerClass, 2 * PerClass), Images(problem, ExampleSplit.Test));
    }

    [Fact]
    public void Problem_WhoseTrainingPartLacksAClass_SaysWhich()
    {
        SettingException wrong = Assert.Throws<SettingException>(
            () => new ImageClasses(new ImageClassesSpec { ValidationExamples = 7 }, Published("class0", "bird")));
        Assert.Contains("Found no training examples of the class 'bird'", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_OfMoreClassesThanThereAre_SaysHowManyThereAre()
    {
        SettingException wrong = Assert.Throws<SettingException>(() => new ImageClasses(new ImageClassesSpec { Classes = 4 }, Published()));
        Assert.Contains("Found 3 classes", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_WithMoreValidationThanTrainingExamples_SaysSo()
    {
        SettingException wrong =
            Assert.Throws<SettingException>(() => new ImageClasses(new ImageClassesSpec { ValidationExamples = 90 }, Published()));
        Assert.Contains("expected 1 to 89", wrong.Message, StringComparison.Ordinal);
    }

    // The image's number, from the two bytes that say it.
    private static int[] Images(ImageClasses problem, ExampleSplit split)
    {
        using var memory = new Arena();
        ILabelledExamples examples = problem.Examples(split);
        Tensor<float> x = memory.Allocate<float>(examples.Count, problem.Shape.Inputs);
        Tensor<float> y = memory.Allocate<float>(examples.Count, problem.Shape.Outputs);
        examples.Read([.. Enumerable.Range(0, examples.Count)], x, y);
        return [.. Enumerable.Range(0, examples.Count).Select(n => (int)Math.Round(x[n, 0] * 255))];
    }

    private static byte Byte(int label, int image, int sample) =>
        (byte)(sample == 0 ? (3 * PerClass) + (label * PerClass) + image : (17 * (sample + 1) * (image + 1)) + (31 * label));

    // Parts train and test of 3 classes (of the test part, those given) × PerClass images of 3 channels of 2 × 2; the first byte is the
    // image's number.
    private static ImageSet Published(params string[] test)
    {
        var builder = new ImageSetBuilder("published", new ImageFormat(2, ImageColour.Rgb));
        for (int part = 0; part < 2; part++)
        {
            string[] classes = part == 1 && test.Length > 0 ? test : ["class0", "class1", "class2"];
            var pixels = new byte[classes.Length * PerClass * 12];
            for (int i = 0; i < pixels.Length; i++)
            {
                (int image, int sample) = int.DivRem(i, 12);
                pixels[i] = sample == 0 ? (byte)((part * 3 * PerClass) + image) : Byte(image / PerClass, image % PerClass, sample);
            }

            builder.Add(part == 0 ? "train" : "test", classes.Select(c => (c, PerClass)), pixels);
        }

        return builder.Build();
    }

    private (Tensor<float> X, Tensor<float> Y) Read(ISupervisedProblem problem, ExampleSplit split, int[] examples)
    {
        (Tensor<float> x, Tensor<float> y) =
            (arena.Allocate<float>(examples.Length, problem.Shape.Inputs), arena.Allocate<float>(examples.Length, problem.Shape.Outputs));
        x.Fill(float.NaN);
        y.Fill(float.NaN);
        problem.Examples(split).Read(examples, x, y);
        return (x, y);
    }
}
