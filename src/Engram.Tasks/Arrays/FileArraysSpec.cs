using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Families;
using Engram.Tasks.Splits;

namespace Engram.Tasks.Arrays;

/// <summary>
/// Settings of lifetimes that are made of arrays in files: whole lifetimes, or one long pool of examples that lifetimes are drawn from.
/// docs/TASKS.md says what the files hold.
/// </summary>
public abstract record FileArraysSpec : TaskFamilySpec
{
    /// <summary>A <c>.csv</c>, <c>.safetensors</c> or <c>.npz</c> file, or a folder of <c>.npy</c> files.</summary>
    [Setting("What the arrays lie in: a .csv, .safetensors or .npz file, or a folder of .npy files.")]
    public string? Data { get; init; }

    /// <summary>
    /// Names of a CSV file's input columns, with commas between; null for those whose names begin with <c>x</c> or <c>input</c>.
    /// </summary>
    [Setting("Names of a CSV file's input columns, with commas between; none for those whose names begin with x or input.")]
    public string? InputColumns { get; init; }

    /// <summary>
    /// Names of a CSV file's target columns, with commas between; null for those whose names begin with <c>y</c>, <c>target</c> or
    /// <c>label</c>.
    /// </summary>
    [Setting("Names of a CSV file's target columns, with commas between; none for those whose names begin with y, target or label.")]
    public string? TargetColumns { get; init; }

    /// <summary>
    /// Name of a CSV file's column that says which group an example belongs to; null for <c>group</c>, where there is one.
    /// </summary>
    [Setting("Name of a CSV file's column of groups; none for the column group, where there is one.")]
    public string? GroupColumn { get; init; }

    /// <summary>Groups of a pool in one lifetime, 1 to 1,000.</summary>
    [Setting(1, 1000, "Groups of a pool of examples in one lifetime; without use where the file has whole lifetimes.", Unit = "groups")]
    public int Groups { get; init; } = 1;

    /// <summary>Batches of each group, each one inner step, 1 to 100,000.</summary>
    [Setting(1, 100_000, "Batches of each group in a lifetime's stream; without use where the file has whole lifetimes.", Unit = "batches")]
    public int BatchesPerGroup { get; init; } = 40;

    /// <summary>Examples in a batch, 1 to 100,000.</summary>
    [Setting(1, 100_000, "Examples in a batch (n); whole lifetimes have their own.", Unit = "examples")]
    public int BatchSize { get; init; } = 1;

    /// <summary>Examples of each group in the query, which the stream does not show, 1 to 100,000.</summary>
    [Setting(1, 100_000, "Examples of each group in the query, apart from the stream's; whole lives have their own.", Unit = "examples")]
    public int QueryPerGroup { get; init; } = 10;

    /// <summary>Order of the batches.</summary>
    [Setting("Order of the batches of several groups: shuffled, or one group after the other.")]
    public Ordering Ordering { get; init; } = Ordering.Continual;

    /// <inheritdoc/>
    public override Ordering? StreamOrdering => Groups > 1 ? Ordering : null;

    /// <inheritdoc/>
    public override ITaskFamily Create(DataContext context)
    {
        Validate();
        return ArrayData.Load(this) switch
        {
            WholeLives lives => new LifetimeArrays(this, lives),
            var pool => new PooledArrays(this, (ExamplePool)pool),
        };
    }

    /// <inheritdoc/>
    public override TaskFamilySpec? WithLength(double factor) =>
        ArrayData.Load(this) is ExamplePool ? this with { BatchesPerGroup = Times(BatchesPerGroup, factor) } : null;

    /// <inheritdoc/>
    public override TaskFamilySpec? WithTasks(double factor) =>
        ArrayData.Load(this) is ExamplePool { HasGroups: true } ? this with { Groups = Times(Groups, factor) } : null;

    /// <inheritdoc/>
    public override string? WhyTasksAreFixed() => ArrayData.Load(this) switch
    {
        WholeLives => "The file has whole lifetimes, which are taken as they are.",
        ExamplePool { HasGroups: false } => "The file's examples belong to no groups, so a lifetime has one task.",
        _ => null,
    };

    /// <summary>Checks every setting's range.</summary>
    /// <exception cref="SettingException">One is out of it.</exception>
    public virtual void Validate()
    {
        SettingAttribute.Check(this, "arrays from files");
        if (!Enum.IsDefined(Ordering))
        {
            throw new SettingException(
                $"Found {Ordering} as {nameof(Ordering)} of arrays from files, expected {nameof(Ordering.Iid)} or "
                + $"{nameof(Ordering.Continual)}.", nameof(Ordering));
        }

        if (string.IsNullOrWhiteSpace(Data))
        {
            throw new SettingException(
                "Found no file to take the arrays of this task from, expected the path of a .csv, .safetensors or .npz file, or of a "
                + "folder of .npy files; set task.data.", nameof(Data));
        }
    }

    /// <summary>Outputs of the network for what the file has.</summary>
    /// <param name="data">What the file has.</param>
    /// <exception cref="EngramException">A label lies outside of them.</exception>
    internal abstract int OutputsFor(ArrayData data);

    private static int Times(int number, double factor) => Math.Max(1, (int)Math.Round(number * factor, MidpointRounding.AwayFromZero));
}

/// <summary>Lifetimes whose targets are numbers, from arrays in files; judged by squared error.</summary>
public sealed record ArraysSpec : FileArraysSpec
{
    /// <inheritdoc/>
    internal override int OutputsFor(ArrayData data) => data.TargetWidth;
}

/// <summary>Lifetimes whose targets are labels, whole numbers from 0, from arrays in files; judged by cross-entropy.</summary>
public sealed record LabelledArraysSpec : FileArraysSpec
{
    /// <summary>Outputs of the network, more than the greatest label; null for just as many.</summary>
    [Setting(1, 1_000_000, "Outputs of the network, more than the greatest label; none for just as many.", Unit = "outputs")]
    public int? Outputs { get; init; }

    /// <summary>
    /// Whether which output stands for which label is drawn afresh in every lifetime of a pool, so that nothing can be known of a label
    /// before life, as in few-shot learning.
    /// </summary>
    [Setting("Whether which output stands for which label is drawn afresh in every lifetime of a pool, as in few-shot learning.")]
    public bool DrawnLabels { get; init; }

    /// <inheritdoc/>
    public override bool IsClassification => true;

    /// <inheritdoc/>
    internal override int OutputsFor(ArrayData data) => Outputs is not { } outputs ? Math.Max(1, data.GreatestLabel + 1)
        : outputs > data.GreatestLabel ? outputs
        : throw new SettingException(
            $"Found label {data.GreatestLabel} in '{data.File}', expected 0 to {outputs - 1}, as there are {outputs} outputs; raise "
            + "task.outputs or correct the labels.", nameof(Outputs));
}
