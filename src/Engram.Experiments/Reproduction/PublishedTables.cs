using System.Collections.Immutable;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reproduction;

/// <summary>The tables of Lindsey and Litwin-Kumar (2020).</summary>
public static class PublishedTables
{
    private const string Paper = "Lindsey and Litwin-Kumar 2020";

    /// <summary>Table 1: incremental sines.</summary>
    public static ReproductionTable Table1 { get; } = new()
    {
        Name = "table1",
        Title = "Table 1: mean squared error on incremental sines",
        Source = Paper + ", Table 1",
        Metric = ResultMetric.SquaredError,
        Networks = 2,
        LaptopNetworks = 2,
        SmokeSettings = ["meta-training.outer-steps=12", "meta-training.checkpoint-every=6", "evaluation.lifetimes=4"],
        Columns = [new("iid", "i.i.d.", "sines/FORM/iid"), new("continual", "continual", "sines/FORM/continual")],
        Rows =
        [
            new("feature-reuse", "Feature reuse (1)"),
            new("flp-2", "FLP (2)"),
            new("flp-3", "FLP (3)"),
            new("gradient-3", "Gradient (3)"),
            new("gradient-first-order-3", "Gradient (3), first order"),
            new("oml-3", "Original OML (3)"),
        ],
        Published =
        [
            new("iid", "feature-reuse", 0.050, 7e-3),
            new("iid", "flp-2", 0.00093, 3e-5),
            new("iid", "flp-3", 0.00051, 8e-5),
            new("iid", "gradient-3", 0.00057, 2e-5),
            new("iid", "gradient-first-order-3", 0.00057, 2e-5),
            new("iid", "oml-3", 0.072, null),
            new("continual", "feature-reuse", 0.035, 3e-3),
            new("continual", "flp-2", 0.0016, 6e-5),
            new("continual", "flp-3", 0.0068, 2e-3),
            new("continual", "gradient-3", 0.069, 0.02),
            new("continual", "gradient-first-order-3", 0.069, 0.02),
            new("continual", "oml-3", 0.40, null),
        ],
        Contrasts =
        [
            new("FLP (2) is far below feature reuse, i.i.d.", new("iid/flp-2"), new("iid/feature-reuse"), 5),
            new("FLP (3) is far below feature reuse, i.i.d.", new("iid/flp-3"), new("iid/feature-reuse"), 5),
            new("FLP (2) is far below feature reuse, continual", new("continual/flp-2"), new("continual/feature-reuse"), 5),
            new("FLP (3) is below feature reuse, continual", new("continual/flp-3"), new("continual/feature-reuse")),
            new("Gradient (3) is far below feature reuse, i.i.d.", new("iid/gradient-3"), new("iid/feature-reuse"), 5),
            new("FLP (2) is below gradient (3), continual", new("continual/flp-2"), new("continual/gradient-3")),
            new("FLP (3) is below gradient (3), continual", new("continual/flp-3"), new("continual/gradient-3")),
            new("FLP (2) is below first-order gradient (3), continual", new("continual/flp-2"), new("continual/gradient-first-order-3")),
            new("FLP (3) is below first-order gradient (3), continual", new("continual/flp-3"), new("continual/gradient-first-order-3")),
            new("Going continual costs FLP (2) less than gradient (3)", new("continual/flp-2", "iid/flp-2"),
                new("continual/gradient-3", "iid/gradient-3")),
            new("Gradient (3) is below the original OML, i.i.d.", new("iid/gradient-3"), new("iid/oml-3")),
            new("Gradient (3) is below the original OML, continual", new("continual/gradient-3"), new("continual/oml-3")),
        ],
    };

    /// <summary>Table 2: online few-shot classification of images.</summary>
    public static ReproductionTable Table2 { get; } = new()
    {
        Name = "table2",
        Title = "Table 2: error in online few-shot classification, in percent",
        Source = Paper + ", Table 2",
        Metric = ResultMetric.ErrorPercent,
        Networks = 5,
        LaptopNetworks = 1,
        SmokeSettings =
            ["task.dataset=glyphs", "meta-training.outer-steps=3", "meta-training.checkpoint-every=2", "evaluation.lifetimes=2"],
        Columns = [new("omniglot-iid", "Omniglot, i.i.d.", "omniglot/FORM/iid"),
            new("omniglot-continual", "Omniglot, continual", "omniglot/FORM/continual"),
            new("mini-imagenet", "Mini-ImageNet", "mini-imagenet/FORM")],
        Rows =
        [
            new("feature-reuse", "Feature reuse (1)"),
            new("flp-2", "FLP (2)"),
            new("gradient-2", "Gradient (2)"),
            new("gradient-first-order-2", "Gradient (2), first order"),
            new("oml-2", "Original OML (2)"),
        ],
        Published =
        [
            new("omniglot-iid", "feature-reuse", 4.6, 0.1),
            new("omniglot-iid", "flp-2", 3.0, 0.1),
            new("omniglot-iid", "gradient-2", 3.2, 0.1),
            new("omniglot-iid", "gradient-first-order-2", 3.2, 0.1),
            new("omniglot-iid", "oml-2", 3.5, null),
            new("omniglot-continual", "feature-reuse", 5.0, 0.1),
            new("omniglot-continual", "flp-2", 2.7, 0.1),
            new("omniglot-continual", "gradient-2", 3.4, 0.1),
            new("omniglot-continual", "gradient-first-order-2", 3.4, 0.1),
            new("omniglot-continual", "oml-2", 7.0, null),
            new("mini-imagenet", "feature-reuse", 48.2, 0.1),
            new("mini-imagenet", "flp-2", 42.5, 0.6),
            new("mini-imagenet", "gradient-2", 42.5, null),
            new("mini-imagenet", "gradient-first-order-2", 42.5, null),
            new("mini-imagenet", "oml-2", 52.0, null),
        ],
        Contrasts =
        [
            new("FLP (2) is below feature reuse, Omniglot", new("omniglot-iid/flp-2"), new("omniglot-iid/feature-reuse")),
            new("FLP (2) is below feature reuse, Omniglot continual", new("omniglot-continual/flp-2"),
                new("omniglot-continual/feature-reuse")),
            new("FLP (2) is below feature reuse, Mini-ImageNet", new("mini-imagenet/flp-2"), new("mini-imagenet/feature-reuse")),
            new("FLP (2) is below gradient (2), Omniglot continual", new("omniglot-continual/flp-2"), new("omniglot-continual/gradient-2")),
            new("FLP (2) is below first-order gradient (2), Omniglot continual", new("omniglot-continual/flp-2"),
                new("omniglot-continual/gradient-first-order-2")),
            new("Gradient (2) is below feature reuse, Omniglot", new("omniglot-iid/gradient-2"), new("omniglot-iid/feature-reuse")),
            new("Gradient (2) is below feature reuse, Mini-ImageNet", new("mini-imagenet/gradient-2"), new("mini-imagenet/feature-reuse")),
            new("Gradient (2) is below the original OML, Omniglot continual", new("omniglot-continual/gradient-2"),
                new("omniglot-continual/oml-2")),
            new("Gradient (2) is below the original OML, Mini-ImageNet", new("mini-imagenet/gradient-2"), new("mini-imagenet/oml-2")),
            new("Going continual costs FLP (2) less than the original OML, Omniglot",
                new("omniglot-continual/flp-2", "omniglot-iid/flp-2"), new("omniglot-continual/oml-2", "omniglot-iid/oml-2")),
        ],
    };

    /// <summary>600 classes in sequence: its cells are meta-trained like those of a table, and measured by a protocol of their
    /// own.</summary>
    public static ReproductionTable Sequence { get; } = new()
    {
        Name = "sequence",
        Title = "600 classes in sequence: right answers on Omniglot after learning class after class",
        Source = "Javed and White 2019; Beaulieu et al. 2020; Banayeeanzade et al. 2021",
        Metric = ResultMetric.ErrorPercent,
        Networks = 2,
        LaptopNetworks = 2,
        SmokeSettings =
        [
            "task.dataset=glyphs", "task.image-size=14", "task.outputs=120", "task.ways=2", "task.shots=3", "task.query-per-class=2",
            "task.remember=10", "network.channels=8", "network.hidden-widths=[16]", "meta-training.outer-steps=12",
            "meta-training.checkpoint-every=6", "evaluation.lifetimes=2",
        ],
        Columns = [new("omniglot", "Omniglot", "sequence/FORM")],
        Rows =
        [
            new("feature-reuse", "Feature reuse (1)"),
            new("flp-2", "FLP (2)"),
            new("gradient-2", "Gradient (2)"),
            new("gradient-first-order-2", "Gradient (2), first order"),
            new("oml-2", "Original OML (2)"),
            new("pretrained", "Pretrained features"),
        ],
        Published = [],
        Contrasts = [],
    };

    /// <summary>The tables of the paper, by name.</summary>
    public static ImmutableArray<ReproductionTable> All { get; } = [Table1, Table2];

    /// <summary>All that can be reproduced: the paper's tables and <see cref="Sequence"/>.</summary>
    public static ImmutableArray<ReproductionTable> Everything { get; } = [Table1, Table2, Sequence];

    /// <summary>The table of that name.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public static ReproductionTable Named(string name) => Everything.FirstOrDefault(t => t.Name == name)
        ?? throw new EngramException($"Found no table '{name}'; {NearestName.Hint(name, [.. Everything.Select(t => t.Name)])}");
}
