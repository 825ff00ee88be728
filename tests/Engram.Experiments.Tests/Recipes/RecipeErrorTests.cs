using Engram.Experiments.Recipes;
using Engram.Numerics.Text;

namespace Engram.Experiments.Tests.RecipeFiles;

public class RecipeErrorTests
{
    private const string Good = "network: {plastic-layers: 2}\nlearner: {name: flp}\n";

    [Theory]
    [InlineData("meta-trainin: {seed: 1}", "r.yaml:3: found the unknown key 'meta-trainin' at the top", "did you mean 'meta-training'?")]
    [InlineData(
        "meta-training:\n  outer-stepz: 1", "r.yaml:4: found the unknown key 'outer-stepz' in 'meta-training'",
        "did you mean 'outer-steps'?")]
    [InlineData("outer-steps: 1", "r.yaml:3: found the unknown key 'outer-steps' at the top", "did you mean 'meta-training.outer-steps'?")]
    [InlineData(
        "meta-training: {outer-steps: many}", "r.yaml:3: meta-training.outer-steps: found 'many', expected a whole number from 1",
        "outer steps")]
    [InlineData("meta-training: {outer-steps: 1.5}", "found '1.5'", "a whole number")]
    [InlineData("meta-training: {outer-steps: 0}", "found '0'", "from 1 to")]
    [InlineData("meta-training: {outer-steps: -3}", "found '-3'", "from 1 to")]
    [InlineData("meta-training: {outer-steps: \"10\"}", "found the text '10'", "a whole number")]
    [InlineData("meta-training: {outer-steps: 99999999999999999999}", "found '99999999999999999999'", "from 1 to")]
    [InlineData("meta-training: {outer-steps: [1]}", "found a list of 1", "a whole number")]
    [InlineData("meta-training: {outer-steps: {a: 1}}", "found a section of 1 keys", "a whole number")]
    [InlineData("meta-training: {outer-steps: }", "found nothing", "a whole number")]
    [InlineData("meta-training: {rates: {feedforward: 1e-4 s}}", "found '1e-4 s'", "a number")]
    [InlineData("meta-training: {rates: {feedforward: .nan}}", "found '.nan'", "a number")]
    [InlineData("meta-training: {rates: {feedforward: 1e999}}", "found '1e999'", "a number")]
    [InlineData("meta-training: {rates: {feedforward: -1}}", "found '-1'", "from 0")]
    [InlineData(
        "meta-training: {rates: 1e-4}", "r.yaml:3: meta-training.rates: found '1e-4'", "a section with keys such as 'feedforward:'")]
    [InlineData("meta-training: [1, 2]", "r.yaml:3: meta-training: found a list of 2", "expected a section")]
    [InlineData("meta-training: {clip-norm: 0}", "found '0'", "above 0, or none")]
    [InlineData(
        "meta-training: {curriculum: {lengths: [0.5]}}", "r.yaml: found no meta-training.curriculum.until",
        "expected a list of whole numbers")]
    [InlineData(
        "meta-training: {curriculum: {until: [5]}}", "r.yaml:3: found meta-training.curriculum.until",
        "meta-training.curriculum.lengths is none")]
    [InlineData(
        "meta-training: {curriculum: {lengths: [0.5, 0.7], until: [5]}}",
        "r.yaml:3: meta-training.curriculum.until: found 1 ends of the 2 stages", "expected as many")]
    [InlineData("meta-training: {curriculum: {lengths: [0.5, 0.7], until: [5, 5]}}", "found 5 after 5", "expected each stage to end later")]
    [InlineData(
        "meta-training: {curriculum: {lengths: [0], until: [5]}}", "r.yaml:3: meta-training.curriculum.lengths: found", "numbers above 0")]
    [InlineData(
        "meta-training: {curriculum: {lengths: [900], until: [5]}}\ntask: {batches-per-sine: 1000}",
        "r.yaml:3: meta-training.curriculum.lengths: found lifetimes of 288000000 examples", "expected at most")]
    [InlineData("initialization: {feedback: align}", "found 'align'", "did you mean 'aligned'?")]
    [InlineData("initialization: {plasticity-unit: synapses}", "found 'synapses'", "did you mean 'synapse'?")]
    [InlineData("meta-training: {optimizer: adamm}", "found 'adamm', expected one of adam", "did you mean 'adam'?")]
    [InlineData("task: {ordering: random}", "found 'random'", "one of iid, continual")]
    [InlineData("task: {family: cosines}", "found 'cosines'", "did you mean 'sines'?")]
    [InlineData("task: {pool: 3}", "r.yaml:3: task.pool: found a pool of 3 sines for lifetimes of 10", "at least 10")]
    [InlineData("task: {sines: 1000, batches-per-sine: 100000, batch-size: 100000}", "examples in all", "at most")]
    [InlineData("initialization: {hidden-plasticity: yes}", "found 'yes'", "a number")]
    [InlineData(
        "meta-training: {schedule: {kind: step, period-steps: 5}}", "r.yaml: found no meta-training.schedule.decay",
        "expected a number above 0, at most 1")]
    [InlineData(
        "meta-training: {schedule: {floor: 0.1}}", "r.yaml:3: found meta-training.schedule.floor",
        "meta-training.schedule.kind is constant")]
    [InlineData("evaluation: {split: meta-train}", "found 'meta-train'", "one of meta-test, meta-validation")]
    [InlineData("expected: {tolerance: 1}", "found no expected.value beside it", "a number")]
    [InlineData("expected: {value: 1}", "found no expected.source beside it", "comes from")]
    [InlineData(
        "expected: {metric: query-error, value: 1, source: x}",
        "r.yaml:3: expected.metric: found query-error with the task 'sines', which is regression", "expected query-loss")]
    [InlineData("network: {plastic-layers: 1}", "r.yaml:3: found the key 'network' a second time (first in line 1)", "remove one")]
    [InlineData("task: &t {sines: 3}", "found the anchor '&t'", "extends")]
    [InlineData("task: *t", "found the alias '*t'", "extends")]
    [InlineData("task: !!map {sines: 3}", "found a tag", "plain value")]
    [InlineData("? [a]\n: 1", "found a list or a section as a key", "a name")]
    [InlineData("---\ntask: {}", "found a second document", "one recipe")]
    [InlineData("task: {sines: 3", "that is not YAML", "expected a recipe")]
    [InlineData("\ttask: 1", "that is not YAML", "expected a recipe")]
    [InlineData("task:\n\tsines: 3", "r.yaml:4: found text that is not YAML", "expected a recipe")]
    [InlineData("task:\n  sines: 3\n\tpool: 4", "r.yaml:5: found text that is not YAML", "expected a recipe")]
    [InlineData("a: {b: {c: {d: {e: {f: {g: {h: {i: {j: 1}}}}}}}}}", "nested deeper than 8", "sections")]
    public void Parse_WrongText_SaysWhereWhatAndWhatInstead(string added, string found, string expected)
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse(Good + added + "\n", "r.yaml"));

        Assert.StartsWith("r.yaml", error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Null(Record.Exception(() => RecipeReader.Parse(Good, "r.yaml")));
    }

    [Theory]
    [InlineData("learner: {name: flp, rul: oja}", "did you mean 'rule'?")]
    [InlineData("learner: {name: flp, rule: ojja}", "did you mean 'oja'?")]
    [InlineData("learner: {name: flq}", "did you mean 'flp'?")]
    [InlineData("learner: {name: flp, rectified-feedback: 1}", "expected true or false")]
    [InlineData(
        "learner: {name: flp, order: second}",
        "which has a meaning only where learner.name is gradient, gradient-first-order or oml; here learner.name is flp")]
    [InlineData(
        "learner: {name: gradient, rule: oja}",
        "which has a meaning only where learner.name is feature-reuse, flp, hebb or parallel; here learner.name is gradient")]
    [InlineData(
        "learner: {name: gradient}\ninitialization: {feedback: aligned}",
        "which has a meaning only where the learner is a local one; here learner.name is gradient")]
    [InlineData(
        "learner: {name: flp, feedback-layers: 2}\ninitialization: {feedback: aligned}",
        "initialization.feedback: found feedback that is to start aligned in layer 7")]
    [InlineData("learner: {name: flp, output-clamped: true}", "only classification clamps")]
    [InlineData("learner: {name: flp, detached-signal: true}", "always differentiated exactly")]
    [InlineData("learner: {}", "found no learner.name, expected one of")]
    public void Parse_WrongLearner_SaysWhatInstead(string learner, string expected)
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse("network: {plastic-layers: 2}\n" + learner + "\n", "r.yaml"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dataset: omniglott", "task.dataset: found 'omniglott'", "did you mean 'omniglot'?")]
    [InlineData("ways: 0", "task.ways: found '0'", "from 1 to 2000 (classes)")]
    [InlineData("ways: 1001", "task.ways: found 1000 outputs in few-shot classification", "expected 1001")]
    [InlineData("image-size: 4096", "task.image-size: found '4096'", "from 1 to 512 (pixels)")]
    [InlineData("colour: gray", "task.colour: found 'gray'", "did you mean 'grey'?")]
    [InlineData("class-split: authors", "task.class-split: found 'authors'", "honest, authors-code")]
    [InlineData("query-draws: both", "task.query-draws: found 'both'", "apart, overlapping")]
    [InlineData("sines: 5", "found task.sines, which has a meaning only where task.family is sines", "here task.family is few-shot")]
    [InlineData("ways: 2000, shots: 10000, outputs: none", "use fewer ways", "r.yaml:3: task.shots")]
    [InlineData("ways: 2000, query-per-class: 10000, outputs: none", "use fewer ways", "r.yaml:3: task.query-per-class")]
    [InlineData("ways: 5, outputs: 4", "found 4 outputs in few-shot classification, expected 5", "r.yaml:3: task.outputs")]
    [InlineData("image-size: 8, shift: 8", "found 8 pixels of shift in few-shot classification, expected 0 to 7", "r.yaml:3: task.shift")]
    public void Parse_WrongFewShotTask_SaysWhatInstead(string task, string found, string expected)
    {
        string good = "network: {plastic-layers: 2, strides: none}\nlearner: {name: flp}\ntask: {family: few-shot";
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse($"{good}, {task}}}\n", "r.yaml"));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Null(Record.Exception(() => RecipeReader.Parse(good + "}\n", "r.yaml")));
    }

    [Theory]
    [InlineData(
        "network: {plastic-layers: 10}", "r.yaml:1: network.plastic-layers: found 10 plastic layers in a network of 9, expected 1 to 9.")]
    [InlineData("network: {plastic-layers: 3, hidden-widths: [4]}", "found 3 plastic layers in a network of 2")]
    [InlineData("network: {plastic-layers: 1, hidden-widths: [4, x]}", "expected a list of whole numbers from 1")]
    [InlineData("network: {plastic-layers: 1, hidden-widths: []}", "expected a list of whole numbers from 1")]
    [InlineData(
        "network: {plastic-layers: 1, hidden-widths: [4], width: 5}",
        "found network.width, which has a meaning only where network.hidden-widths is none")]
    [InlineData("network: {width: 5}", "found no network.plastic-layers")]
    public void Parse_WrongNetwork_SaysWhatInstead(string network, string expected)
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse(network + "\nlearner: {name: flp}\n", "r.yaml"));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "found an empty file")]
    [InlineData("# nothing\n", "found an empty file")]
    [InlineData("- a\n- b\n", "found a list of 2")]
    [InlineData("just words\n", "found 'just words'")]
    [InlineData("}", "found text that is not YAML")]
    [InlineData("\0\0\0\0", "found the control character U+0000")]
    public void Parse_NoRecipeAtAll_SaysSo(string text, string expected)
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse(text, "r.yaml"));

        Assert.StartsWith("r.yaml:1: " + expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seed=1", "did you mean 'meta-training.seed'?")]
    [InlineData("meta-training.seeed=1", "did you mean 'meta-training.seed'?")]
    [InlineData("meta-training.seed", "expected key.path=value")]
    [InlineData("=1", "expected key.path=value")]
    [InlineData("meta-training.seed=x", "--set: meta-training.seed: found 'x', expected a whole number")]
    [InlineData("network.hidden-widths=[1,b]", "expected a list of whole numbers")]
    [InlineData("extends=x", "unknown key 'extends'")]
    public void Parse_WrongSetting_SaysWhatInstead(string setting, string expected)
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Parse(Good, "r.yaml", [setting]));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownName_NamesTheNearest()
    {
        var error = Assert.Throws<EngramException>(() => RecipeReader.Load("quick-start/flpp"));

        Assert.Contains("did you mean 'quick-start/flp'?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HugeFile_IsRefusedWithoutReadingIt()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "huge.yaml");
        using (FileStream stream = File.Create(path))
        {
            stream.SetLength(1L << 33);
        }

        var error = Assert.Throws<EngramException>(() => RecipeReader.Load(path));
        Assert.Contains("more than 256 KiB", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_BytesThatAreNotText_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "bytes.yaml");
        File.WriteAllBytes(path, [0xFF, 0xFE, 0x00, 0xC3, 0x28]);

        var error = Assert.Throws<EngramException>(() => RecipeReader.Load(path));
        Assert.Contains("not text in UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Folder_IsRefused()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<EngramException>(() => RecipeReader.Load(folder.Path));
        Assert.Contains("neither a built-in recipe nor a recipe's file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ExtensionsInACircle_AreRefused()
    {
        using var folder = new TemporaryFolder();
        folder.File("a.yaml", "extends: b.yaml\n");
        string path = folder.File("b.yaml", "extends: a.yaml\n");

        var error = Assert.Throws<EngramException>(() => RecipeReader.Load(path));
        Assert.Contains("leads back here", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("extends: nowhere.yaml", "neither a file beside this one nor a built-in recipe")]
    [InlineData("extends: [a]", "expected another recipe's file")]
    [InlineData("extends:", "expected another recipe's file")]
    public void Load_ExtensionOfNothing_IsRefused(string text, string expected)
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<EngramException>(() => RecipeReader.Load(folder.File("a.yaml", text + "\n")));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
