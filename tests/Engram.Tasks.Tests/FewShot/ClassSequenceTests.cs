using Engram.Numerics.Memory;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Data.Sets;
using Engram.Tasks.Families;
using Engram.Tasks.FewShot;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Tests.FewShot;

/// <summary>Facts of the protocol of classes in sequence. Twelve known classes of six images; outputs 0 to 11 are theirs.</summary>
public sealed class ClassSequenceTests
{
    private const int Known = 12;
    private static readonly FewShotSpec Meta =
        NumberedImages.Spec with { Ways = 3, Shots = 2, QueryPerClass = 2, Remember = 8, Outputs = 17, Ordering = Ordering.Continual };

    private static readonly FewShotSpec Test = Meta with { Ways = 6, Remember = 0, Outputs = 6 };

    [Fact]
    public void Family_IsRegistered_WithOneClassInTheStreamAndARememberSet()
    {
        FewShotSpec spec = Assert.IsType<FewShotSpec>(TaskFamilies.Registry.Get("class-sequence"));

        Assert.Equal((1, 15, 5, 64, 1000), (spec.Ways, spec.Shots, spec.QueryPerClass, spec.Remember, spec.Outputs));
        Assert.Equal((ClassSplit.Sequence, Ordering.Continual), (spec.ClassSplit, spec.Ordering));
        Assert.True(spec.Shape.MaskedQuery);
    }

    [Theory]
    [InlineData(Ordering.Continual)]
    [InlineData(Ordering.Iid)]
    public void Stream_OfEveryLife_ShowsEachDrawingOnceAndNoneThatIsAskedAbout(Ordering ordering)
    {
        FewShotEpisodes family = NumberedImages.Family(Test with { Ordering = ordering });
        for (ulong index = 0; index < 30; index++)
        {
            DrawnLife life = family.Draw(1, Split.MetaTest, index);

            Assert.Equal(12, life.StreamImages.Distinct().Count());
            Assert.Empty(life.StreamImages.Intersect(life.QueryImages));
            Assert.Equal(Enumerable.Range(0, 6), life.StreamLabels.Distinct().Order());
            Assert.All(life.StreamImages, i => Assert.Contains(family.PoolOf(Split.MetaTest).Classes, c => c.Learnt.Contains(i)));
        }
    }

    [Fact]
    public void Stream_InSequence_EndsOneClassBeforeTheNext()
    {
        DrawnLife life = NumberedImages.Family(Test).Draw(1, Split.MetaTest, 3);

        Assert.Equal(6, 1 + life.StreamLabels.Zip(life.StreamLabels.Skip(1)).Count(pair => pair.First != pair.Second));
    }

    [Fact]
    public void Stream_OfTheOracle_IsThePermutedStreamOfTheSequence()
    {
        for (ulong index = 0; index < 10; index++)
        {
            DrawnLife sequence = NumberedImages.Family(Test).Draw(1, Split.MetaTest, index);
            DrawnLife oracle = NumberedImages.Family(Test with { Ordering = Ordering.Iid }).Draw(1, Split.MetaTest, index);

            Assert.Equal(
                sequence.StreamImages.Zip(sequence.StreamLabels).Order(), oracle.StreamImages.Zip(oracle.StreamLabels).Order());
            Assert.Equal(sequence.QueryImages, oracle.QueryImages);
            Assert.Equal(sequence.QueryLabels, oracle.QueryLabels);
            Assert.NotEqual(sequence.StreamImages, oracle.StreamImages);

            // Of one class the drawings keep their order, so that a readout of drifting means ends as it does in sequence.
            Assert.All(Enumerable.Range(0, 6), label => Assert.Equal(Of(sequence, label), Of(oracle, label)));
        }

        static IEnumerable<int> Of(DrawnLife life, int label) =>
            life.StreamImages.Zip(life.StreamLabels).Where(p => p.Second == label).Select(p => p.First);
    }

    [Fact]
    public void RememberSet_InMetaTraining_AsksAboutKnownClassesThatTheStreamDoesNotHave()
    {
        FewShotEpisodes family = NumberedImages.Family(Meta with { RotatedClasses = true, MirroredClasses = true });
        for (ulong index = 0; index < 50; index++)
        {
            DrawnLife life = family.Draw(1, Split.MetaTrain, index);
            int[] learnt = [.. life.StreamImages.Select(i => i / 6).Distinct()];
            (int Image, int Label)[] remembered = [.. life.QueryImages.Zip(life.QueryLabels).Skip(6)];

            Assert.All(life.StreamLabels, label => Assert.InRange(label, Known, 16));
            Assert.Equal(8, remembered.Length);
            Assert.All(remembered, r => Assert.Equal(r.Label, r.Image / 6));
            Assert.All(remembered, r => Assert.DoesNotContain(r.Label, learnt));
        }
    }

    [Theory]
    [InlineData(Split.MetaTrain)]
    [InlineData(Split.MetaTest)]
    public void Mask_OfTheQuery_LeavesTheOutputsThatTheLifeCanKnow(Split split)
    {
        FewShotEpisodes family = NumberedImages.Family(Meta);
        using var episode = new Episode<float>(family.Shape);
        for (ulong index = 0; index < 20; index++)
        {
            family.Fill(1, split, index, episode);
            DrawnLife life = family.Draw(1, split, index);
            var expected = new HashSet<int>(life.StreamLabels);
            if (split == Split.MetaTrain)
            {
                expected.UnionWith(Enumerable.Range(0, Known).Except(life.StreamImages.Select(i => i / 6)));
            }

            for (int row = 0; row < family.Shape.Queries; row++)
            {
                Assert.Equal(expected.Order(), Ones(episode.QueryMask.Row(row)));
                Assert.Equal([life.QueryLabels[row]], Ones(episode.QueryTargets.Row(row)));
                Assert.Contains(life.QueryLabels[row], expected);
            }
        }
    }

    [Fact]
    public void Query_OutsideOfMetaTraining_AsksAboutTheStreamsClassesAlone()
    {
        DrawnLife life = NumberedImages.Family(Meta).Draw(1, Split.MetaValidation, 0);

        Assert.Equal(14, life.QueryImages.Length);
        Assert.Empty(life.StreamImages.Intersect(life.QueryImages));
        Assert.All(life.QueryLabels, label => Assert.Contains(label, life.StreamLabels));
    }

    [Theory]
    [InlineData(Split.MetaTrain)]
    [InlineData(Split.MetaTest)]
    public void Fill_OfALife_ShowsTheImagesThatDrawNames(Split split)
    {
        FewShotEpisodes family = NumberedImages.Family(Meta);
        using var episode = new Episode<double>(family.Shape);
        family.Fill(7, split, 2, episode);
        DrawnLife life = family.Draw(7, split, 2);

        Assert.Equal(life.StreamImages, Images(episode.StreamInputs));
        Assert.Equal(life.QueryImages, Images(episode.QueryInputs));
        Assert.Equal(life.StreamTasks, episode.StreamTasks);

        static int[] Images(Tensor<double> rows) =>
            [.. Enumerable.Range(0, rows.Rows).Select(r => (int)Math.Round(255 * ((6 * rows[r, 0]) + rows[r, 1])))];
    }

    [Fact]
    public void Pools_OfOmniglotInSequence_ShareNoClass()
    {
        ImageSet images = new ImageSetBuilder("omniglot", new ImageFormat(1, ImageColour.Grey))
            .Add("background", Enumerable.Range(0, 964).Select(c => ($"b{c}", 1)), new byte[964])
            .Add("evaluation", Enumerable.Range(0, 659).Select(c => ($"e{c}", 1)), new byte[659])
            .Build();
        string[][] names = [.. Enum.GetValues<Split>()
            .Select(s => (string[])[.. new Omniglot().PoolOf(images, s, ClassSplit.Sequence).Classes.Select(c => c.Name)])];

        Assert.Equal([763, 200, 659], names.Select(n => n.Length));
        Assert.Equal(1622, names.SelectMany(n => n).Distinct().Count());
        Assert.Equal(("b0", "b763", "b962", "e0"), (names[0][0], names[1][0], names[1][^1], names[2][0]));
    }

    [Theory]
    [InlineData(14, 3, "Found 14 outputs for 12 known classes")]
    [InlineData(40, 12, "Found 12 known classes")]
    public void Check_WithTooFewOutputsOrClasses_SaysWhatToChange(int outputs, int ways, string expected)
    {
        FewShotEpisodes family = NumberedImages.Family(Meta with { Outputs = outputs, Ways = ways, Shots = 1, QueryPerClass = 1 });

        Assert.Contains(
            expected, Assert.Throws<EngramException>(() => family.Check(Split.MetaTrain)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "set task.outputs", Assert.Throws<SettingException>((Meta with { Outputs = null }).Validate).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Ones<T>(ReadOnlySpan<T> row)
        where T : struct, IEquatable<T>
    {
        var ones = new List<int>();
        for (int i = 0; i < row.Length; i++)
        {
            if (!row[i].Equals(default))
            {
                ones.Add(i);
            }
        }

        return ones;
    }
}
