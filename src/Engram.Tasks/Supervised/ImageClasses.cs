using Engram.Numerics.Memory;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Supervised;

/// <summary>All images of a data set: inputs are pixels, [channel][row][column], targets are one-hot classes or, where images are to be
/// given back, the same pixels.</summary>
/// <remarks>
/// Where parts of a set have a class in common (train and test, as MNIST and CIFAR-10 are published), they are the splits, and validation
/// examples are drawn from the training part where there is
/// no part for them. Where they have none (classes for meta-learning; one folder), classes of all parts are classes, and of each a fifth of
/// the images, drawn at random, are test examples.
/// The draws depend on <see cref="ImageProblemSpec.SplitSeed"/> alone.
/// </remarks>
internal sealed class ImageClasses : ISupervisedProblem
{
    private readonly ImageSet images;
    private readonly int[][] examples;
    private readonly int[] labels;
    private readonly float[] values;
    private readonly int classes;
    private readonly bool reconstructs;

    /// <summary>Makes the problem over images that are there.</summary>
    /// <param name="spec">The settings.</param>
    /// <param name="images">The images.</param>
    /// <param name="reconstructs">Whether targets are the images themselves; else they are classes.</param>
    /// <exception cref="EngramException">They do not have the classes or examples that the settings ask for.</exception>
    public ImageClasses(ImageProblemSpec spec, ImageSet images, bool reconstructs = false)
    {
        (this.images, this.reconstructs) = (images, reconstructs);
        string[] names = [.. images.Parts.SelectMany(p => p.Classes).Select(c => c.Name).Distinct(StringComparer.Ordinal)];
        if (names.Length < Math.Max(2, spec.Classes ?? 2))
        {
            throw new SettingException(
                $"Found {names.Length} classes in the data set '{images.Name}', expected {spec.Classes ?? 2} or more; lower the number " +
                $"of classes or use another set.", nameof(spec.Classes), nameof(spec.Dataset));
        }

        classes = spec.Classes ?? names.Length;
        Dictionary<string, int> label = names.Take(classes).Select((n, i) => (n, i))
            .ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        labels = new int[images.Count];
        Array.Fill(labels, -1);
        foreach (ImageClass one in images.Parts.SelectMany(p => p.Classes).Where(c => label.ContainsKey(c.Name)))
        {
            labels.AsSpan(one.First, one.Count).Fill(label[one.Name]);
        }

        examples = Shares(spec, names);
        Shape = new ExampleShape(
            images.Format.Samples, reconstructs ? images.Format.Samples : classes,
            new ImageShape(images.Format.Channels, images.Format.Side, images.Format.Side));
        values = spec.Scale == PixelScale.Unit ? [.. Enumerable.Range(0, 256 * images.Format.Channels).Select(i => (i % 256) / 255f)]
            : Standardized();
    }

    /// <inheritdoc/>
    public ExampleShape Shape { get; }

    /// <inheritdoc/>
    public ILabelledExamples Examples(ExampleSplit split) => new Part(this, examples[(int)split]);

    private int[][] Shares(ImageProblemSpec spec, string[] names)
    {
        RandomStream random = new RandomStream(spec.SplitSeed).Split("supervised images");
        bool shared = images.Parts.SelectMany(p => p.Classes.Select(c => c.Name).Distinct(StringComparer.Ordinal))
            .GroupBy(n => n, StringComparer.Ordinal).Any(g => g.Count() > 1);
        List<int> train = [], validation = [], test = [];
        foreach (ImagePart part in images.Parts)
        {
            List<int> own = !shared || ClassShares.SplitOf(part.Name) is not { } split ? train : split == Split.MetaTest ? test
                : split == Split.MetaValidation ? validation : train;
            own.AddRange(Enumerable.Range(part.FirstImage, part.Count).Where(i => labels[i] >= 0));
        }

        var learnt = train.Select(i => labels[i]).ToHashSet();
        if (Enumerable.Range(0, classes).FirstOrDefault(k => !learnt.Contains(k), -1) is var unknown and >= 0)
        {
            throw new SettingException(
                $"Found no training examples of the class '{names[unknown]}' in the data set '{images.Name}', whose parts have other " +
                    $"classes in common, expected some of every class; give the training part images of it, or leave the class out.",
                nameof(spec.Dataset), nameof(spec.DatasetPath));
        }

        if (test.Count == 0)
        {
            RandomStream draw = random.Split("test");
            int[] order = [.. train];
            draw.Shuffle(order.AsSpan());
            int[] size = new int[classes], taken = new int[classes];
            Array.ForEach(order, i => size[labels[i]]++);
            test = [.. order.Where(i => ++taken[labels[i]] * 5 <= size[labels[i]]).Order()];
            train = [.. train.Except(test)];
        }

        if (validation.Count == 0)
        {
            int count = spec.ValidationExamples ?? train.Count / 6;
            if (count < 1 || count >= train.Count)
            {
                throw new SettingException(
                    $"Found {count} validation examples to be drawn from {train.Count} training examples of the data set " +
                    $"'{images.Name}', expected 1 to {train.Count - 1}; set their number.", nameof(spec.ValidationExamples));
            }

            RandomStream draw = random.Split("validation");
            int[] order = [.. train];
            draw.Shuffle(order.AsSpan());
            (validation, train) = ([.. order[..count].Order()], [.. order[count..].Order()]);
        }

        return test.Count > 0 && train.Count > 0 ? [[.. train], [.. validation], [.. test]]
            : throw new SettingException(
                $"Found {train.Count} training and {test.Count} test examples in the data set '{images.Name}', expected at least one of " +
                $"each; use a set with more images.", nameof(spec.Dataset));
    }

    private float[] Standardized()
    {
        (int channels, int pixels) = (images.Format.Channels, images.Format.Side * images.Format.Side);
        var counts = new long[256 * channels];
        foreach (int image in examples[(int)ExampleSplit.Train])
        {
            ReadOnlySpan<byte> bytes = images.Pixels(image);
            for (int i = 0; i < bytes.Length; i++)
            {
                counts[(i / pixels * 256) + bytes[i]]++;
            }
        }

        var result = new float[256 * channels];
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, squares = 0, count = 0;
            for (int b = 0; b < 256; b++)
            {
                (sum, squares, count) = (sum + ((double)counts[(c * 256) + b] * b), squares + ((double)counts[(c * 256) + b] * b * b),
                    count + counts[(c * 256) + b]);
            }

            double mean = sum / count, deviation = Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)));
            if (deviation == 0)
            {
                throw new SettingException(
                    $"Found channel {c} of the data set '{images.Name}' with the same value in every pixel, expected values that " +
                    $"differ; do not standardize it.", nameof(ImageProblemSpec.Scale));
            }

            for (int b = 0; b < 256; b++)
            {
                result[(c * 256) + b] = (float)((b - mean) / deviation);
            }
        }

        return result;
    }

    private sealed class Part(ImageClasses problem, int[] members) : ILabelledExamples
    {
        public int Count => members.Length;

        public void Read(ReadOnlySpan<int> examples, Tensor<float> inputs, Tensor<float> targets)
        {
            int pixels = problem.images.Format.Side * problem.images.Format.Side;
            for (int n = 0; n < examples.Length; n++)
            {
                int image = members[examples[n]];
                ReadOnlySpan<byte> bytes = problem.images.Pixels(image);
                Span<float> input = inputs.Row(n);
                for (int first = 0, table = 0; first < bytes.Length; first += pixels, table += 256)
                {
                    ReadOnlySpan<float> values = problem.values.AsSpan(table, 256);
                    for (int i = first; i < first + pixels; i++)
                    {
                        input[i] = values[bytes[i]];
                    }
                }

                Span<float> target = targets.Row(n);
                if (problem.reconstructs)
                {
                    input.CopyTo(target);
                    continue;
                }

                target.Clear();
                target[problem.labels[image]] = 1;
            }
        }
    }
}
