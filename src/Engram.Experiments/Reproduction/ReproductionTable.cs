using System.Collections.Immutable;

namespace Engram.Experiments.Reproduction;

/// <summary>A row of a table.</summary>
/// <param name="Id">Its name in recipes and on the command line.</param>
/// <param name="Label">Its name in print.</param>
public sealed record TableHeading(string Id, string Label);

/// <summary>A column of a table.</summary>
/// <param name="Id">Its name on the command line.</param>
/// <param name="Label">Its name in print.</param>
/// <param name="Folder">Where its recipes lie, with FORM in place of the form: paper, authors-code, best, desktop, or laptop.</param>
public sealed record TableColumn(string Id, string Label, string Folder)
{
    /// <summary>Name of a cell's recipe.</summary>
    public string RecipeOf(string form, TableHeading row) => $"{Folder.Replace("FORM", form, StringComparison.Ordinal)}/{row.Id}";
}

/// <summary>A published number.</summary>
/// <param name="Column">Identifier of the column.</param>
/// <param name="Row">Identifier of the row.</param>
/// <param name="Value">The number.</param>
/// <param name="StandardError">Its standard error; null where none was published.</param>
public sealed record PublishedNumber(string Column, string Row, double Value, double? StandardError);

/// <summary>A cell's result, or its ratio to another's.</summary>
/// <param name="Cell">The cell, as <c>column/row</c>.</param>
/// <param name="Over">The cell that it is divided by; null for none.</param>
public sealed record ContrastTerm(string Cell, string? Over = null)
{
    /// <summary>The term in a formula.</summary>
    public override string ToString() => Over is null ? Cell : $"{Cell} ÷ {Over}";
}

/// <summary>A claim of the paper: one quantity is below another, at least so many times.</summary>
/// <param name="Claim">The claim in words.</param>
/// <param name="Low">What is lower.</param>
/// <param name="High">What is higher.</param>
/// <param name="Factor">How many times higher, at least; 1 for any difference that its 95 % confidence interval leaves.</param>
public sealed record TableContrast(string Claim, ContrastTerm Low, ContrastTerm High, double Factor = 1);

/// <summary>A published table: its numbers, its claims, and where the recipes of its cells lie.</summary>
public sealed record ReproductionTable
{
    /// <summary>Name on the command line.</summary>
    public required string Name { get; init; }

    /// <summary>What it shows, and where it was published.</summary>
    public required string Title { get; init; }

    /// <summary>The publication.</summary>
    public required string Source { get; init; }

    /// <summary>What was measured.</summary>
    public required ResultMetric Metric { get; init; }

    /// <summary>Networks of each cell, as published.</summary>
    public required int Networks { get; init; }

    /// <summary>Networks of each cell at the scales of a laptop and a desktop.</summary>
    public required int LaptopNetworks { get; init; }

    /// <summary>What is set over the <c>laptop</c> recipes for a run of seconds.</summary>
    public required ImmutableArray<string> SmokeSettings { get; init; }

    /// <summary>The columns.</summary>
    public required ImmutableArray<TableColumn> Columns { get; init; }

    /// <summary>The rows.</summary>
    public required ImmutableArray<TableHeading> Rows { get; init; }

    /// <summary>The numbers.</summary>
    public required ImmutableArray<PublishedNumber> Published { get; init; }

    /// <summary>The claims.</summary>
    public required ImmutableArray<TableContrast> Contrasts { get; init; }

    /// <summary>All cells, as <c>column/row</c>, column by column.</summary>
    public IEnumerable<(string Cell, TableColumn Column, TableHeading Row)> Cells =>
        Columns.SelectMany(_ => Rows, (c, r) => ($"{c.Id}/{r.Id}", c, r));

    /// <summary>What was published for a cell; null for nothing.</summary>
    public PublishedNumber? PublishedFor(string cell) => Published.FirstOrDefault(p => $"{p.Column}/{p.Row}" == cell);
}
