using CsCheck;
using Engram.Numerics.Text;
using Engram.Tasks.Data.Reading.Structure;

namespace Engram.Tasks.Tests.Data;

/// <summary>How folders around images are understood: layouts as public data sets have them.</summary>
public class FolderStructureTests
{
    /// <summary>Layouts; what is in braces stands for each of its words. Then parts with their classes, and how many images are left
    /// out.</summary>
    public static TheoryData<string, string, string> Understood => new()
    {
        // Parts, as they are spelled.
        { "torchvision", "{train,val,test}/{cat,dog}/{1,2}.png", "train: cat dog | val: cat dog | test: cat dog" },
        { "capitals", "{Train,TEST}/{cat,dog}/{1,2}.png", "train: cat dog | test: cat dog" },
        { "brain tumours", "{Training,Testing}/{glioma,no tumor}/{1,2}.png", "train: glioma no tumor | test: glioma no tumor" },
        { "street view numbers", "{train,test,extra}/{0,1,2}/{1,2}.png", "train: 0 1 2 | test: 0 1 2 | extra: 0 1 2" },
        { "cats and dogs, two wrappers", "dataset/{training_set/training_set,test_set/test_set}/{cats,dogs}/{1,2}.png",
            "train: cats dogs | test: cats dogs" },
        { "Intel scenes", "{seg_train/seg_train,seg_test/seg_test}/{sea,forest}/{1,2}.png seg_pred/seg_pred/{7,8}.png",
            "train: forest sea | test: forest sea | -2" },
        { "a competition, test without labels", "{train/{nok,ok},test}/{1,2}.png", "train: nok ok | -2" },
        { "Tiny ImageNet", "tiny/{train/{n01,n02}/images,val/images,test/images}/{1,2}.png", "train: n01 n02 | -4" },
        { "ImageNet", "ILSVRC/Data/CLS-LOC/{train/{n01,n02},val,test}/{1,2}.png", "train: n01 n02 | -4" },
        { "a hundred of ImageNet in shards", "{train.X1/n01,train.X2/n02,val.X/n01,val.X/n02}/{1,2}.png", "train: n01 n02 | val: n01 n02" },
        { "names with years", "{train2017,val2017}/{cat,dog}/{1,2}.png", "train: cat dog | val: cat dog" },
        { "names with the set's", "{cifar10_train,cifar10_test}/{cat,dog}/{1,2}.png", "train: cat dog | test: cat dog" },
        { "Omniglot", "{images_background,images_evaluation}/{Greek,Latin}/{c1,c2}/{1,2}.png",
            "train: Greek/c1 Greek/c2 Latin/c1 Latin/c2 | test: Greek/c1 Greek/c2 Latin/c1 Latin/c2" },
        { "industrial inspection, parts inside", "{bottle,cable}/{train/good,test/good,test/broken}/{1,2}.png",
            "train: bottle/good cable/good | test: bottle/broken bottle/good cable/broken cable/good" },
        { "parts inside classes", "x/{cat,dog}/{train,test}/{1,2}.png", "train: cat dog | test: cat dog" },
        { "wrappers inside parts", "{Train,Valid}/images/{cat,dog}/{1,2}.png", "train: cat dog | valid: cat dog" },
        { "test in a folder for want of classes", "{train/{cat,dog},test/unknown}/{1,2}.png", "train: cat dog | -2" },
        { "an unknown class in both", "{train,test}/{yes,unknown}/{1,2}.png", "train: unknown yes | test: unknown yes" },
        { "capitals of classes", "train/{Cat,Dog}/1.png test/{cat,dog}/1.png", "train: Cat Dog | test: Cat Dog" },
        { "letters", "{train,test}/{a,A,b}/{1,2}.png", "train: A a b | test: A a b" },
        { "few-shot", "{train/{a,b},val/{c,d},test/{e,f}}/{1,2}.png", "train: a b | val: c d | test: e f" },
        { "two spellings of one part", "{val/{a,b},validation/{c,d},train/{a,b,c,d}}/1.png", "train: a b c d | val: a b c d" },
        { "classes that few-shot learning parts", "{base/{a,b},val/c,novel/d}/{1,2}.png", "train: a b | val: c | test: d" },
        { "one part alone", "test/{a,b}/{1,2}.png", "test: a b" },

        // None.
        { "classes", "{cat,dog}/{1,2}.png", "all: cat dog" },
        { "wrapped", "pets/images/{cat,dog}/{1,2}.png", "all: cat dog" },
        { "classes of classes", "{b,a}/{cat,dog}/{1,2}.png", "all: a/cat a/dog b/cat b/dog" },
        { "vehicles", "{train,bus,car}/{1,2}.png", "all: bus car train" },
        { "valid and invalid", "{valid,invalid}/{1,2}.png", "all: invalid valid" },
        { "names that hold a part's", "{train station,test tube,latest}/{1,2}.png", "all: latest test tube train station" },
        { "digits", "{0,1,2}/{1,2}.png", "all: 0 1 2" },
        { "one class", "cat/{1,2}.png", "all: cat" },
    };

    public static TheoryData<string, string, string> Refused => new()
    {
        { "a part of an unknown name", "{train,test,golden}/{a,b}/{1,2}.png", "which is named as a part of a data set, beside 'golden'" },
        { "predictions with classes", "{train,test,pred}/{a,b}/{1,2}.png", "Found folders of classes in 'pred'" },
        { "test among classes", "{cat,dog,test}/{1,2}.png", "'test', which is named as a part of a data set, beside" },
        { "unlabelled among classes", "{cat,dog,unlabeled}/{1,2}.png", "'unlabeled', which is named" },
        { "samples beside parts", "{train/cat,test/cat,samples}/{1,2}.png", "beside 'samples'" },
        { "val beside other classes", "{val/{a,b},birds/{c,d}}/1.png", "'val', which is named as a part of a data set, beside 'birds'" },
        { "test beside other classes", "{one/a,two/b,test/c}/1.png", "'test', which is named as a part of a data set, beside 'one'" },
        { "train beside a folder of images", "{train/cat,train/dog,more}/{1,2}.png",
            "'train', which is named as a part of a data set, beside 'more'" },
        { "a copy beside itself", "{chest/train,chest/test,train,test}/{a,b}/1.png", "beside 'chest'" },
        { "parts in some classes", "{cat/train,cat/test,dog}/{1,2}.png",
            "'cat/test', which is named as a part of a data set, beside 'dog/1.png'" },
        { "parts without classes", "{train,test}/{1,2}.png", "Found images directly in 'test', 'train'" },
        { "detection", "{train,valid,test}/images/{1,2}.png", "Found images directly in" },
        { "an image outside classes", "train/{cat,dog}/1.png train/9.png test/{cat,dog}/1.png",
            "Found the image 'train/9.png' outside the folders of classes" },
        { "an image outside all", "{cat,dog}/1.png 9.png", "Found the image '9.png' outside any folder" },
        { "parts in parts", "{trainval/train,trainval/val,test}/{cat,dog}/1.png", "inside another part" },
        { "nothing", "", "Found no image" },
    };

    [Theory]
    [MemberData(nameof(Understood))]
    public void Of_ALayoutOfPublicSets_UnderstandsIt(string what, string layout, string expected)
    {
        string[] names = Names(layout);

        FolderStructure structure = FolderStructure.Of(names, "PLACE");

        IEnumerable<string> ClassesOf(string part) => Enumerable.Range(0, names.Length).Select(i => structure[i]).OfType<ImagePlace>()
            .Where(p => p.Part == part).Select(p => p.Class).Distinct().Order(StringComparer.Ordinal);
        IEnumerable<string> parts = structure.Parts.Select(p => $"{p}: {string.Join(' ', ClassesOf(p))}");
        int without = Enumerable.Range(0, names.Length).Count(i => structure[i] is null);
        Assert.True(expected == string.Join(" | ", without == 0 ? parts : [.. parts, $"-{without}"]), $"{what}: {structure.Line}");
        Assert.StartsWith("Structure of 'PLACE'", structure.Line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', structure.Line);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Of_ALayoutThatIsNotPlain_IsRefusedWithWhatWasTakenForWhat(string what, string layout, string expected)
    {
        string message = Assert.Throws<EngramException>(() => FolderStructure.Of(Names(layout), "PLACE")).Message;

        Assert.True(message.Contains(expected, StringComparison.Ordinal), $"{what}: {message}");
        Assert.Contains("'PLACE'", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData(
        "x/{Training,Testing}/{a,b}/{1,2}.png",
        " below 'x': part train ('Training'), part test ('Testing'); 2 classes ('a', 'b'), 2 of them in more than one part, 8 images.")]
    [InlineData(
        "{train/{nok,ok},test}/{1,2}.png",
        ": part train; 2 classes ('nok', 'ok'), 4 images; 2 images of 'test' left out, since no folder says of what class, such as " +
            "'test/1.png'.")]
    [InlineData("{a,b,c,d}/1.png", ": no parts, folders are classes; 4 classes ('a', 'b', 'c', …), 4 images.")]
    [InlineData(
        "{a,a/b,c}/1.png",
        ": no parts, folders are classes; 3 classes ('a', 'a/b', 'c'), 3 images; 'a' is a class, and so is 'a/b' in it.")]
    [InlineData(
        "{x,y}/a/1.png",
        ": no parts, folders are classes; 2 classes ('x/a', 'y/a'), 2 images; 'x/a', 'y/a' are different classes; "
        + "if the folders around them are parts, name them train, val and test.")]
    public void Line_OfALayout_SaysWhatWasUnderstood(string layout, string expected) =>
        Assert.Equal("Structure of 'PLACE'" + expected, FolderStructure.Of(Names(layout), "PLACE").Line);

    /// <summary>Layouts at random: no class is left with a folder of a part in its name, and no image in two parts.</summary>
    [Fact]
    public void Of_LayoutsAtRandom_NeverMakesAClassOfAPart()
    {
        string[] folders = ["train", "Test", "VAL", "extra", "cat", "dog", "images", "x", "pred", "0"];
        int understood = 0;
        Gen.Int[0, folders.Length - 1].Select(i => folders[i]).Array[1, 3].Array[1, 8].Sample(paths =>
        {
            string[] names = [.. paths.Select((path, i) => $"{string.Join('/', path)}/{i}.png")];
            try
            {
                FolderStructure structure = FolderStructure.Of(names, "PLACE");
                understood++;
                for (int i = 0; i < names.Length; i++)
                {
                    string[] segments = structure[i]?.Class.Split('/') ?? [];
                    Assert.True(segments.Length == 0 || segments.All(s => s.Length > 0), string.Join(' ', names));
                    Assert.True(structure[i] is not { } at || structure.Parts.Contains(at.Part), string.Join(' ', names));
                }

                // Two folders of different roles in classes of one level would be parts taken for classes.
                var roles = Enumerable.Range(0, names.Length).Select(i => structure[i]).OfType<ImagePlace>()
                    .Select(p => PartName.RoleOf(p.Class.Split('/')[0])).Where(r => r is not null).Distinct();
                Assert.True(roles.Count() <= 1, $"{string.Join(' ', names)}: {structure.Line}");
            }
            catch (EngramException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }, iter: 3000, threads: 1);
        Assert.InRange(understood, 200, 2900);
    }

    // a/{b,c}/1 is a/b/1 and a/c/1; braces may hold braces.
    private static string[] Names(string layout)
    {
        var names = new List<string>();
        var open = new Queue<string>(SplitOutside(layout, ' ').Where(p => p.Length > 0));
        while (open.TryDequeue(out string? next))
        {
            int from = next.IndexOf('{', StringComparison.Ordinal);
            if (from < 0)
            {
                names.Add(next);
                continue;
            }

            int to = from, depth = 0;
            do
            {
                depth += next[to] == '{' ? 1 : next[to] == '}' ? -1 : 0;
                to++;
            }
            while (depth > 0);
            foreach (string choice in SplitOutside(next[(from + 1)..(to - 1)], ','))
            {
                open.Enqueue(next[..from] + choice + next[to..]);
            }
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> SplitOutside(string text, char at)
    {
        int depth = 0, begin = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (text[i] == at && depth == 0)
            {
                yield return text[begin..i];
                begin = i + 1;
            }
        }

        yield return text[begin..];
    }
}
