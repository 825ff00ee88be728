using System.Collections.Immutable;
using Engram.Numerics;

namespace Engram.Experiments;

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
        Folder = "sines",
        SmokeSettings = ["meta-training.outer-steps=12", "meta-training.checkpoint-every=6", "evaluation.lifetimes=4"],
        Columns = [new("iid", "i.i.d."), new("continual", "continual")],
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
            new("Going continual costs FLP (2) less than gradient (3)", new("continual/flp-2", "iid/flp-2"), new("continual/gradient-3", "iid/gradient-3")),
            new("Gradient (3) is below the original OML, i.i.d.", new("iid/gradient-3"), new("iid/oml-3")),
            new("Gradient (3) is below the original OML, continual", new("continual/gradient-3"), new("continual/oml-3")),
        ],
    };

    /// <summary>All tables, by name.</summary>
    public static ImmutableArray<ReproductionTable> All { get; } = [Table1];

    /// <summary>The table of that name.</summary>
    /// <exception cref="EngramException">There is none; the message names the nearest.</exception>
    public static ReproductionTable Named(string name) => All.FirstOrDefault(t => t.Name == name)
        ?? throw new EngramException($"Found no table '{name}'; {NearestName.Hint(name, [.. All.Select(t => t.Name)])}");
}
