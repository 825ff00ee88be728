using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;
using Engram.Tasks.Tests.Data;

namespace Engram.Tasks.Tests.FewShot;

public sealed class FewShotEpisodesTests
{
    private static readonly FewShotSpec Spec = NumberedImages.Spec;

    [Fact]
    public void Shape_OfThePaper_IsTwentyFiveStepsOfOneImage()
    {
        EpisodeShape shape = new FewShotSpec { ImageSize = 84, Colour = ImageColour.Rgb }.Shape;

        Assert.Equal(new EpisodeShape(25, 1, 3 * 84 * 84, 1000, 25) { Image = new ImageShape(3, 84, 84) }, shape);
        Assert.Equal(5, new FewShotSpec { Outputs = null }.Shape.Outputs);
    }

    [Fact]
    public void Create_WithADataFolder_TakesTheImagesThatLieThere()
    {
        using var images = new SmallImages();
        images.WriteFolder(Path.Combine("data", "image-folder"), SmallImages.Classes());
        ITaskFamily family = new FewShotSpec
        { Dataset = "image-folder", ImageSize = 2, Ways = 1, Shots = 1, QueryPerClass = 1, Outputs = null }.Create(images.Context);
        using var episode = new Episode<float>(family.Shape);
        family.Fill(1, Split.MetaTrain, 0, episode);

        Assert.InRange(episode.StreamInputs[0, 0] * 255, 9.9, 12.1);
    }

    [Theory]
    [InlineData(Ordering.Iid)]
    [InlineData(Ordering.Continual)]
    public void Fill_EveryLifetime_ShowsEachImageOnceAndAsksAboutOthers(Ordering ordering)
    {
        foreach (Split split in Enum.GetValues<Split>())
        {
            for (ulong index = 0; index < 50; index++)
            {
                using Episode<float> episode = Lifetime(Spec with { Ordering = ordering }, split, index);
                (int Class, int Image)[] seen = Images(episode.StreamInputs);
                (int Class, int Image)[] asked = Images(episode.QueryInputs);

                Assert.Equal(12, seen.Distinct().Count());
                Assert.Equal(8, asked.Distinct().Count());
                Assert.Empty(seen.Intersect(asked));
                Assert.All(seen.GroupBy(i => i.Class), g => Assert.Equal(3, g.Count()));
                Assert.Equal(seen.Select(i => i.Class).Distinct().Order(), asked.Select(i => i.Class).Distinct().Order());
            }
        }
    }

    [Fact]
    public void Fill_Targets_AreOneHotAndAgreeBetweenStreamAndQuery()
    {
        using Episode<float> episode = Lifetime(Spec with { Ordering = Ordering.Iid }, Split.MetaTrain, 3);
        var labelOf = new Dictionary<int, int>();
        foreach ((int row, (int cls, _)) in Images(episode.StreamInputs).Index())
        {
            int label = OneHot(episode.StreamTargets.Row(row));
            Assert.Equal(label, labelOf.GetValueOrDefault(cls, label));
            labelOf[cls] = label;
        }

        Assert.Equal(4, labelOf.Values.Distinct().Count());
        Assert.All(Images(episode.QueryInputs).Index(),
            q => Assert.Equal(labelOf[q.Item.Class], OneHot(episode.QueryTargets.Row(q.Index))));
    }

    [Fact]
    public void Fill_Tasks_SayWhichClassEachRowIsOf()
    {
        using Episode<float> episode = Lifetime(Spec with { Ordering = Ordering.Iid }, Split.MetaTest, 1);
        int[] streamClasses = [.. Images(episode.StreamInputs).Select(i => i.Class)];
        int[] queryClasses = [.. Images(episode.QueryInputs).Select(i => i.Class)];

        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 3], episode.QueryTasks);
        Assert.All(streamClasses.Index(), s => Assert.Equal(queryClasses[2 * episode.StreamTasks[s.Index]], s.Item));
    }

    [Fact]
    public void Fill_Continual_ShowsClassAfterClassAndIidDoesNot()
    {
        using Episode<float> continual = Lifetime(Spec with { Ordering = Ordering.Continual }, Split.MetaTrain, 0);
        using Episode<float> iid = Lifetime(Spec with { Ordering = Ordering.Iid }, Split.MetaTrain, 0);

        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], continual.StreamTasks);
        Assert.NotEqual(continual.StreamTasks, iid.StreamTasks);
        Assert.Equal(Images(continual.StreamInputs).Order(), Images(iid.StreamInputs).Order());
        Assert.Equal(continual.QueryInputs.ToArray(), iid.QueryInputs.ToArray());
    }

    [Fact]
    public void Fill_Splits_ShareNoClass()
    {
        HashSet<int>[] classes = [.. Enum.GetValues<Split>().Select(split => Enumerable.Range(0, 60)
            .SelectMany(i =>
            {
                using Episode<float> episode = Lifetime(Spec, split, (ulong)i);
                return Images(episode.StreamInputs).Select(x => x.Class);
            }).ToHashSet())];

        Assert.Equal([12, 5, 7], classes.Select(c => c.Count));
        Assert.Equal(24, classes.SelectMany(c => c).Distinct().Count());
    }

    [Fact]
    public void Fill_LabelsAndClasses_AreEachAsOften()
    {
        var labels = new int[9];
        var classes = new int[12];
        using var episode = new Episode<float>(Spec.Shape);
        FewShotEpisodes family = NumberedImages.Family(Spec);
        for (ulong index = 0; index < 900; index++)
        {
            family.Fill(7, Split.MetaTrain, index, episode);
            for (int task = 0; task < 4; task++)
            {
                labels[OneHot(episode.StreamTargets.Row(3 * task))]++;
                classes[Images(episode.StreamInputs)[3 * task].Class]++;
            }
        }

        // 400 and 300 are expected; the deviation is below 20, so six of them never happen.
        Assert.All(labels, n => Assert.InRange(n, 290, 510));
        Assert.All(classes, n => Assert.InRange(n, 200, 400));
    }

    [Fact]
    public void Fill_Overlapping_AsksAboutLearntImagesInMetaTrainingOnly()
    {
        FewShotSpec spec = Spec with { QueryDraws = QueryDraws.Overlapping };

        Assert.InRange(Shared(Split.MetaTrain), 0.3, 0.7);
        Assert.Equal(0, Shared(Split.MetaValidation));
        Assert.Equal(0, Shared(Split.MetaTest));

        double Shared(Split split) => Enumerable.Range(0, 60).Average(i =>
        {
            using Episode<float> episode = Lifetime(spec, split, (ulong)i);
            (int, int)[] asked = Images(episode.QueryInputs);
            return asked.Intersect(Images(episode.StreamInputs)).Count() / (double)asked.Length;
        });
    }

    [Fact]
    public void Fill_FixedPools_LearnFromTheOneAndAskAboutTheOther()
    {
        ImageSet set = NumberedImages.Set();
        ClassPool pool = new("all", [.. set.Parts[2].Classes.Select(c => new PoolClass(c.Name, c.Images(0, 3), c.Images(4, 2)))]);
        using var episode = new Episode<float>(Spec.Shape);
        NumberedImages.Family(Spec, set, _ => pool).Fill(1, Split.MetaTest, 0, episode);

        Assert.All(Images(episode.StreamInputs), i => Assert.InRange(i.Image, 0, 2));
        Assert.All(Images(episode.QueryInputs), i => Assert.InRange(i.Image, 4, 5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fill_Pixels_AreBytesOver255(bool inverted)
    {
        using Episode<float> episode = Lifetime(Spec with { Inverted = inverted }, Split.MetaTrain, 0);
        for (int row = 0; row < 12; row++)
        {
            Assert.Equal(inverted ? [0f, 1f] : [1f, 0f], episode.StreamInputs.Row(row)[2..].ToArray());
            float first = episode.StreamInputs[row, 0];
            Assert.InRange(inverted ? 1 - first : first, 0, 11 / 255f + 1e-6f);
        }
    }

    [Fact]
    public void Fill_RotatedClasses_TurnsMetaTrainingsClassesByQuartersAndNoOthers()
    {
        FewShotSpec spec = Spec with { RotatedClasses = true };
        var turns = new HashSet<int>();
        for (ulong index = 0; index < 40; index++)
        {
            Episode<float> life = Lifetime(spec, Split.MetaTrain, index);
            foreach (IGrouping<int, int> rows in Enumerable.Range(0, life.StreamInputs.Rows).GroupBy(r => life.StreamTasks[r]))
            {
                // The third sample of an image is 255, and the fourth 0: where they are now says how the image was turned; all images of a
                // class are turned alike.
                int[] found = [.. rows.Select(r => TurnOf(life.StreamInputs.Row(r))).Distinct()];
                turns.Add(Assert.Single(found));
            }

            Assert.All(Enumerable.Range(0, life.QueryInputs.Rows), r => Assert.Equal(1f, life.QueryInputs.Row(r).ToArray().Max()));
            Episode<float> test = Lifetime(spec, Split.MetaTest, index);
            Assert.All(Enumerable.Range(0, test.StreamInputs.Rows), r => Assert.Equal(0, TurnOf(test.StreamInputs.Row(r))));
        }

        Assert.Equal([0, 1, 2, 3], turns.Order());
    }

    [Fact]
    public void Fill_Shift_MovesMetaTrainingsImagesAndRepeatsTheEdge()
    {
        FewShotSpec spec = Spec with { Shift = 1 };
        var seen = new HashSet<(int, int)>();
        for (ulong index = 0; index < 40; index++)
        {
            Episode<float> plain = Lifetime(Spec, Split.MetaTrain, index);
            Episode<float> life = Lifetime(spec, Split.MetaTrain, index);
            for (int r = 0; r < life.StreamInputs.Rows; r++)
            {
                float[] image = plain.StreamInputs.Row(r).ToArray();
                float[] found = life.StreamInputs.Row(r).ToArray();
                (int, int)[] fitting = [.. from down in Enumerable.Range(-1, 3) from right in Enumerable.Range(-1, 3) where Shifted(
                    image, down, right).SequenceEqual(found) select (down, right)];
                Assert.NotEmpty(fitting);
                if (fitting.Length == 1)
                {
                    seen.Add(fitting[0]);
                }
            }

            Assert.Equal(
                Lifetime(Spec, Split.MetaValidation, index).StreamInputs.ToArray(),
                Lifetime(spec, Split.MetaValidation, index).StreamInputs.ToArray());
        }

        Assert.Equal(9, seen.Count);
    }

    [Fact]
    public void Fill_MirroredClasses_MirrorsSomeOfMetaTrainingsClassesAndNoOthers()
    {
        FewShotSpec spec = Spec with { MirroredClasses = true };
        var mirrored = new HashSet<bool>();
        for (ulong index = 0; index < 20; index++)
        {
            Episode<float> life = Lifetime(spec, Split.MetaTrain, index);
            foreach (IGrouping<int, int> rows in Enumerable.Range(0, life.StreamInputs.Rows).GroupBy(r => life.StreamTasks[r]))
            {
                // The third sample of an image is 255: mirrored, it is the fourth.
                mirrored.Add(Assert.Single(rows.Select(r => life.StreamInputs.Row(r)[3] == 1).Distinct()));
            }

            Episode<float> test = Lifetime(spec, Split.MetaTest, index);
            Assert.All(Enumerable.Range(0, test.StreamInputs.Rows), r => Assert.Equal(1f, test.StreamInputs.Row(r)[2]));
        }

        Assert.Equal(2, mirrored.Count);
    }

    [Fact]
    public void Fill_TurnStretchAndShear_ChangeMetaTrainingsImagesAlone_TheSameForTheSameSeed()
    {
        FewShotSpec spec = Spec with { Turn = 15, Stretch = 0.2, Shear = 0.2 };
        Assert.Equal(Lifetime(spec, Split.MetaTrain, 3).StreamInputs.ToArray(), Lifetime(spec, Split.MetaTrain, 3).StreamInputs.ToArray());
        Assert.NotEqual(
            Lifetime(Spec, Split.MetaTrain, 3).StreamInputs.ToArray(), Lifetime(spec, Split.MetaTrain, 3).StreamInputs.ToArray());
        Assert.NotEqual(Lifetime(Spec, Split.MetaTrain, 3).QueryInputs.ToArray(), Lifetime(spec, Split.MetaTrain, 3).QueryInputs.ToArray());
        foreach (Split split in (Split[])[Split.MetaValidation, Split.MetaTest])
        {
            Assert.Equal(Lifetime(Spec, split, 3).StreamInputs.ToArray(), Lifetime(spec, split, 3).StreamInputs.ToArray());
            Assert.Equal(Lifetime(Spec, split, 3).QueryInputs.ToArray(), Lifetime(spec, split, 3).QueryInputs.ToArray());
        }
    }

    [Fact]
    public void Fill_SixHundredClasses_UsesSixHundredOutputs()
    {
        ImageSet set = NumberedImages.Set(images: 2, train: 600);
        FewShotSpec spec = Spec with { Ways = 600, Shots = 1, QueryPerClass = 1, Outputs = 1000 };
        using var episode = new Episode<float>(spec.Shape);
        NumberedImages.Family(spec, set).Fill(1, Split.MetaTrain, 0, episode);

        Assert.Equal(600, Enumerable.Range(0, 600).Select(r => OneHot(episode.StreamTargets.Row(r))).Distinct().Count());
    }

    [Theory]
    [InlineData(8, 3, 2, "Found 8 ways (N) but only 7 classes for meta-test in 'numbered' (the 7 classes of 'test')")]
    [InlineData(4, 5, 2, "Found a class with 6 images for meta-test, 'class017' of 'numbered', expected 5 shots (k) and 2 for the query")]
    public void Check_TooFewClassesOrImages_SaysWhich(int ways, int shots, int queries, string expected)
    {
        FewShotSpec spec = Spec with { Ways = ways, Shots = shots, QueryPerClass = queries };
        FewShotEpisodes family = NumberedImages.Family(spec);

        Assert.Contains(expected, Assert.Throws<EngramException>(() => family.Check(Split.MetaTest)).Message, StringComparison.Ordinal);
        using var episode = new Episode<float>(spec.Shape);
        Assert.Throws<EngramException>(() => family.Fill(1, Split.MetaTest, 0, episode));
    }

    [Fact]
    public void Check_OverlappingDraws_NeedsNoMoreThanEitherTakes()
    {
        FewShotEpisodes family = NumberedImages.Family(Spec with { Shots = 5, QueryPerClass = 5, QueryDraws = QueryDraws.Overlapping });

        family.Check(Split.MetaTrain);
        Assert.Throws<EngramException>(() => family.Check(Split.MetaTest));
    }

    [Fact]
    public void WithTasks_GrowsAsFarAsOutputsReach()
    {
        Assert.Equal(8, Assert.IsType<FewShotSpec>(Spec.WithTasks(2)).Ways);
        Assert.Null(Spec.WithTasks(3));
        Assert.Null((Spec with { Outputs = null }).WithTasks(2));
        Assert.NotNull((Spec with { Outputs = null }).WhyTasksAreFixed());
        Assert.Null(Spec.WhyTasksAreFixed());
        Assert.Equal(6, Assert.IsType<FewShotSpec>(Spec.WithLength(2)).Shots);
    }

    public static TheoryData<FewShotSpec, string> BadSettings { get; } = new()
    {
        { Spec with { Ways = 0 }, "Found 0 ways (N)" },
        { Spec with { Shots = 0 }, "Found 0 shots (k)" },
        { Spec with { QueryPerClass = 0 }, "Found 0 query examples" },
        { Spec with { ImageSize = 100_000 }, "Found 100000 image size" },
        { Spec with { Ways = 10 }, "Found 9 outputs in few-shot classification, expected 10" },
        { Spec with { Ordering = (Ordering)7 }, "Found 7 as Ordering in few-shot classification, expected one of Iid" },
        { new FewShotSpec { Ways = 2000, Shots = 5000, Outputs = null }, "use fewer ways" },
    };

    [Theory]
    [MemberData(nameof(BadSettings))]
    public void Validate_SettingOutOfRange_SaysWhich(FewShotSpec spec, string expected) =>
        Assert.Contains(expected, Assert.Throws<SettingException>(spec.Validate).Message, StringComparison.Ordinal);

    // Quarter turns of a 2×2 image whose third sample (left, below) was 255.
    private static int TurnOf(ReadOnlySpan<float> image) => (image[2], image[3], image[1], image[0]) switch
    {
        (1, _, _, _) => 0,
        (_, 1, _, _) => 1,
        (_, _, 1, _) => 2,
        _ => 3,
    };

    private static float[] Shifted(float[] image, int down, int right) =>
        [.. from y in Enumerable.Range(0, 2) from x in Enumerable.Range(0, 2) select image[
            (Math.Clamp(y - down, 0, 1) * 2) + Math.Clamp(x - right, 0, 1)]];

    private static Episode<float> Lifetime(FewShotSpec spec, Split split, ulong index)
    {
        var episode = new Episode<float>(spec.Shape);
        NumberedImages.Family(spec).Fill(1, split, index, episode);
        return episode;
    }

    private static (int Class, int Image)[] Images(Tensor<float> inputs) =>
        [.. Enumerable.Range(0, inputs.Rows).Select(r => ((int)MathF.Round(inputs[r, 0] * 255), (int)MathF.Round(inputs[r, 1] * 255)))];

    private static int OneHot(ReadOnlySpan<float> target)
    {
        int label = target.IndexOf(1f);
        Assert.True(label >= 0);
        Assert.Equal(target.Length - 1, target.Count(0f));
        return label;
    }
}
