using Engram.Numerics.Text;
using Engram.Tasks.Arrays;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.FewShot;
using Engram.Tasks.Sines;

namespace Engram.Tasks;

/// <summary>The task families there are, by name.</summary>
public static class TaskFamilies
{
    /// <summary>All families, each by its default settings; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<TaskFamilySpec> Registry { get; } = BuiltIn();

    private static Registry<TaskFamilySpec> BuiltIn()
    {
        var registry = new Registry<TaskFamilySpec>("task family");
        registry.Register(
            "sines", new SinesSpec(),
            "incremental sines: y = A sin(x + φ), each lifetime with sines of its own, told apart by a one-hot index in the input");
        registry.Register(
            "few-shot", new FewShotSpec(),
            "online few-shot classification: k images of each of N classes, one at a time, each seen once; then other images of them");
        registry.Register(
            "class-sequence",
            new FewShotSpec { Ways = 1, Shots = 15, QueryPerClass = 5, Remember = 64, ClassSplit = ClassSplit.Sequence },
            "classes in sequence: new classes, one image at a time, class after class; then other images of them and of known classes");
        const string fromFiles = "such as Python writes: whole lifetimes, or a pool of examples that lifetimes are drawn from";
        registry.Register("arrays", new ArraysSpec(), $"arrays of inputs and targets in files, {fromFiles}");
        registry.Register("labelled-arrays", new LabelledArraysSpec(), $"arrays of inputs and labels in files, {fromFiles}");
        return registry;
    }
}
