using System.IO.Compression;
using Engram.Tasks.Data.Folders;
using Engram.Tasks.Data.Transfer;

namespace Engram.Tasks.Tests.Data;

/// <summary>Data sets of one's own on the disk, in layouts that public sets have: the line that says what was understood is right, and so
/// are the numbers beside it.</summary>
public sealed class TwelveLayoutsTests : IDisposable
{
    private const string Both = " of them in more than one part";

    private readonly SmallImages images = new();

    /// <summary>What it is like, its images, the line about its structure, and its parts as name:classes×images.</summary>
    public static TheoryData<string, string[], string, string> Layouts => new()
    {
        // Alphabets of characters, drawings in each: the alphabet is in the class's name.
        {
            "Omniglot",
                [.. Images("images_background/Greek/character01", 2), .. Images("images_background/Greek/character02", 2),
                .. Images("images_evaluation/Tagalog/character01", 2)],
            ": part train ('images_background'), part test ('images_evaluation'); 3 classes ('Greek/character01', 'Greek/character02', " +
                "'Tagalog/character01'), 0" + Both + ", 6 images.",
            "train:2×4 test:1×2"
        },
        {
            "mini-ImageNet in folders of its splits",
                [.. Images("mini/train/n01532829", 3), .. Images("mini/val/n01855672", 3), .. Images("mini/test/n01930112", 3)],
            " below 'mini': part train, part val, part test; 3 classes ('n01532829', 'n01855672', 'n01930112'), 0" + Both + ", 9 images.",
            "train:1×3 val:1×3 test:1×3"
        },
        {
            "CIFAR in folders",
                [.. Images("cifar/train/airplane", 2), .. Images("cifar/train/cat", 2), .. Images("cifar/test/airplane", 1),
                .. Images("cifar/test/cat", 1)],
            " below 'cifar': part train, part test; 2 classes ('airplane', 'cat'), 2" + Both + ", 6 images.",
            "train:2×4 test:2×2"
        },
        {
            "EMNIST in folders",
                [.. Images("emnist_letters/Train/A", 2), .. Images("emnist_letters/Train/a", 2), .. Images("emnist_letters/Test/A", 1),
                .. Images("emnist_letters/Test/a", 1)],
            " below 'emnist_letters': part train ('Train'), part test ('Test'); 2 classes ('A', 'a'), 2" + Both + ", 6 images.",
            "train:2×4 test:2×2"
        },
        {
            "digits by writer", [.. Images("by_class/4a/hsf_0", 1), .. Images("by_class/4a/hsf_1", 1), .. Images("by_class/4b/hsf_0", 1)],
            " below 'by_class': no parts, folders are classes; 3 classes ('4a/hsf_0', '4a/hsf_1', '4b/hsf_0'), 3 images; "
            + "'4a/hsf_0', '4b/hsf_0' are different classes; if the folders around them are parts, name them train, val and test.",
            "all:3×3"
        },
        {
            "train, val and test",
                [.. Images("train/ants", 2), .. Images("train/bees", 2), .. Images("val/ants", 1), .. Images("val/bees", 1),
                .. Images("test/ants", 1), .. Images("test/bees", 1)],
            ": part train, part val, part test; 2 classes ('ants', 'bees'), 2" + Both + ", 8 images.",
            "train:2×4 val:2×2 test:2×2"
        },
        {
            "traffic signs, Train and Test",
                [.. Images("GTSRB/Train/0", 2), .. Images("GTSRB/Train/14", 2), .. Images("GTSRB/Test/0", 1),
                .. Images("GTSRB/Test/14", 1)],
            " below 'GTSRB': part train ('Train'), part test ('Test'); 2 classes ('0', '14'), 2" + Both + ", 6 images.",
            "train:2×4 test:2×2"
        },
        {
            "a competition's flat test", [.. Images("train/nok", 2), .. Images("train/ok", 2), .. Images("test", 3)],
            ": part train; 2 classes ('nok', 'ok'), 4 images; 3 images of 'test' left out, since no folder says of what class, such as " +
                "'test/0.png'.",
            "train:2×4"
        },
        {
            "Tiny ImageNet",
                [.. Images("tiny/train/n01443537/images", 2), .. Images("tiny/train/n01629819/images", 2), .. Images("tiny/val/images", 1),
                .. Images("tiny/test/images", 1)],
            " below 'tiny': part train; 2 classes ('n01443537', 'n01629819'), 4 images; 1 image of 'val' left out, since no folder says " +
                "of what class, such as "
            + "'tiny/val/images/0.png'; 1 image of 'test' left out, since no folder says of what class, such as 'tiny/test/images/0.png'.",
            "train:2×4"
        },
        {
            "house numbers, with extra",
                [.. Images("train/1", 1), .. Images("train/2", 1), .. Images("test/1", 1), .. Images("test/2", 1), .. Images("extra/1", 2),
                .. Images("extra/2", 2)],
            ": part train, part test, part extra; 2 classes ('1', '2'), 2" + Both + ", 8 images.",
            "train:2×2 test:2×2 extra:2×4"
        },
        {
            "Caltech, one folder a class",
                [.. Images("101_ObjectCategories/accordion", 2), .. Images("101_ObjectCategories/anchor", 2),
                .. Images("101_ObjectCategories/ant", 2)],
            " below '101_ObjectCategories': no parts, folders are classes; 3 classes ('accordion', 'anchor', 'ant'), 6 images.",
            "all:3×6"
        },
        {
            "industrial inspection, parts inside",
                [.. Images("bottle/train/good", 2), .. Images("bottle/test/good", 1), .. Images("bottle/test/broken", 1),
                .. Images("cable/train/good", 2), .. Images("cable/test/good", 1)],
            ": part train, part test; 3 classes ('bottle/broken', 'bottle/good', 'cable/good'), 2" + Both + ", 7 images.",
            "train:2×4 test:3×3"
        },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Check_OfALayoutOfPublicSets_SaysWhatItIs(string what, string[] files, string line, string parts)
    {
        string folder = images.WriteFolder("set", files.Select((f, i) => (f, SmallImages.Png(i))));
        string zip = images.At("set.zip");
        ZipFile.CreateFromDirectory(folder, zip);
        foreach (string place in (string[])[folder, zip])
        {
            DatasetCheck check = new DatasetStore(images.Context).Check("image-folder", place);

            Assert.True(check.Notes.Contains($"Structure of '{place}'{line}"), $"{what}: {string.Join('\n', check.Notes)}");
            Assert.Equal(parts, string.Join(' ', check.Parts.Select(p => $"{p.Part}:{p.Classes}×{p.Images}")));
        }
    }


    public void Dispose() => images.Dispose();

    private static IEnumerable<string> Images(string folder, int count) => Enumerable.Range(0, count).Select(i => $"{folder}/{i}.png");
}
