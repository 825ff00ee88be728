using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Experiments.Runs;
using Engram.Numerics.Text;

namespace Engram.Experiments.Reproduction;

/// <summary>How much of an experiment is repeated.</summary>
public enum ReproductionScale
{
    /// <summary>Seconds: whether everything runs. The numbers mean nothing.</summary>
    Smoke,

    /// <summary>Less than an hour on two cores: smaller problems, on which the contrasts can be seen.</summary>
    Laptop,

    /// <summary>Half an hour a network at most on two cores: Table 1 with as many sines as published, each a quarter as long, on a network
    /// a third as wide.</summary>
    Desktop,

    /// <summary>The published problems.</summary>
    Paper,
}

/// <summary>Which recipes the published problems are run with.</summary>
public enum RecipeForm
{
    /// <summary>As the paper states them.</summary>
    Paper,

    /// <summary>As the authors' released code runs them.</summary>
    AuthorsCode,

    /// <summary>With the best settings known here; the paper's where nothing better is known.</summary>
    Best,
}

/// <summary>One cell of a table that is to be reproduced.</summary>
/// <param name="Cell">The cell, as <c>column/row</c>.</param>
/// <param name="RecipeName">Its recipe.</param>
/// <param name="Runs">Its networks, one for each seed.</param>
public sealed record PlannedCell(string Cell, string RecipeName, ImmutableArray<GroupMember> Runs);

/// <summary>Which runs reproduce a table.</summary>
/// <param name="Table">The table.</param>
/// <param name="Scale">The scale.</param>
/// <param name="Form">Which recipes; of meaning at the scale of the paper.</param>
/// <param name="Cells">The cells.</param>
/// <param name="WithoutRecipe">Cells that have no recipe of that form, with the recipe's name that was looked for.</param>
public sealed record ReproductionPlan(
    ReproductionTable Table, ReproductionScale Scale, RecipeForm Form,
    ImmutableArray<PlannedCell> Cells, ImmutableArray<string> WithoutRecipe)
{
    /// <summary>All runs.</summary>
    public IEnumerable<GroupMember> Runs => Cells.SelectMany(c => c.Runs);

    /// <summary>What its runs are called before their own name.</summary>
    public string Stem =>
        $"{Table.Name}-{RecipeSchema.Name(Scale)}" +
        (Scale == ReproductionScale.Paper && Form != RecipeForm.Paper ? "-" + RecipeSchema.Name(Form) : string.Empty);

    /// <summary>Plans a reproduction.</summary>
    /// <param name="table">The table.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="form">Which recipes, at the scale of the paper.</param>
    /// <param name="only">Parts of cells' names, such as <c>continual</c> or <c>iid/flp-2</c>; empty for all cells.</param>
    /// <param name="seeds">Networks of each cell; null for the scale's.</param>
    /// <exception cref="EngramException">No cell has a part of that name, or no recipe of the form; or a form is asked for at another scale
    /// than the paper's.</exception>
    public static ReproductionPlan Of(
        ReproductionTable table, ReproductionScale scale, RecipeForm form, IReadOnlyCollection<string> only, int? seeds)
    {
        string[] all = [.. table.Cells.Select(c => c.Cell)];
        foreach (string part in only.Where(p => !all.Any(c => Matches(c, p))))
        {
            throw new EngramException(
                $"Found '{part}' for --only, expected a cell of {table.Name}, or a part of its name; " +
                $"{NearestName.Hint(part, [.. all, .. table.Columns.Select(c => c.Id), .. table.Rows.Select(r => r.Id)])}");
        }

        if (scale != ReproductionScale.Paper && form != RecipeForm.Paper)
        {
            throw new EngramException(
                $"Found --recipes {RecipeSchema.Name(form)} at the scale {RecipeSchema.Name(scale)}, expected it with --scale paper: " +
                $"the other scales have recipes of their own.");
        }

        string[] settings = scale == ReproductionScale.Smoke ? [.. table.SmokeSettings] : [];
        int networks = seeds
            ?? (scale switch
            {
                ReproductionScale.Smoke => 1,
                ReproductionScale.Laptop or ReproductionScale.Desktop => table.LaptopNetworks,
                _ => table.Networks
            });
        // The paper's recipe stands in where no better one is known.
        string[] folders = scale == ReproductionScale.Paper && form == RecipeForm.Best
            ? [FolderOf(scale, form), RecipeSchema.Name(RecipeForm.Paper)] : [FolderOf(scale, form)];
        var cells = ImmutableArray.CreateBuilder<PlannedCell>();
        var missing = ImmutableArray.CreateBuilder<string>();
        foreach ((string cell, TableColumn column, TableHeading row) in table.Cells.Where(
            c => only.Count == 0 || only.Any(p => Matches(c.Cell, p))))
        {
            string[] candidates = [.. folders.Select(f => column.RecipeOf(f, row))];
            string? recipe = candidates.FirstOrDefault(BuiltInRecipes.Names.Contains);
            if (recipe is null)
            {
                missing.Add(candidates[^1]);
                continue;
            }

            cells.Add(new PlannedCell(cell, recipe,
            [
                .. Enumerable.Range(1, networks).Select(seed => new GroupMember(
                    NameOf(cell, seed),
                    recipe,
                    RecipeReader.Load(recipe, [.. settings, string.Create(CultureInfo.InvariantCulture, $"meta-training.seed={seed}")]))),
            ]));
        }

        return cells.Count > 0
            ? new ReproductionPlan(table, scale, form, cells.ToImmutable(), missing.ToImmutable())
            : throw new EngramException(
                $"Found no recipe for {table.Name} at the scale {RecipeSchema.Name(scale)}, expected one such as '{missing[0]}'; choose " +
                $"another scale, other recipes, or other cells.");
    }

    /// <summary>Which recipes it takes: the folder they lie in.</summary>
    public string RecipeFolder => FolderOf(Scale, Form);

    /// <summary>Whether a run of that name is a network of one of the table's cells, planned or not.</summary>
    internal bool IsNetwork(string run) =>
        int.TryParse(run.AsSpan(run.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int seed)
            && Table.Cells.Any(c => NameOf(c.Cell, seed) == run);

    private static string NameOf(string cell, int seed) =>
        string.Create(CultureInfo.InvariantCulture, $"{cell.Replace('/', '-')}-seed-{seed}");

    private static string FolderOf(ReproductionScale scale, RecipeForm form) => scale switch
    {
        ReproductionScale.Smoke => RecipeSchema.Name(ReproductionScale.Laptop),
        ReproductionScale.Paper => RecipeSchema.Name(form),
        _ => RecipeSchema.Name(scale),
    };

    // A part is a whole name, or the column or the row.
    private static bool Matches(string cell, string part) => cell == part || cell.Split('/').Contains(part, StringComparer.Ordinal);
}
