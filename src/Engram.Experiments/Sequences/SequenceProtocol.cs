using System.Collections.Immutable;
using System.Globalization;

namespace Engram.Experiments.Sequences;

/// <summary>How networks are measured on classes in sequence: the meta-test of OML and ANML.</summary>
/// <remarks>
/// A life learns n classes of the evaluation set, <see cref="Shots"/> drawings of each, one at a time and each once, class after class.
/// Then it is asked about <see cref="Queries"/> other drawings of each. The oracle has the same drawings in random order. Classes, drawings
/// and order are drawn for each life, the same for all networks.
/// Source: Javed and White 2019; Beaulieu et al. 2020.
/// </remarks>
public sealed record SequenceProtocol
{
    /// <summary>The published one, of 10 to 600 classes in ten orders.</summary>
    public static SequenceProtocol Published { get; } = new();

    /// <summary>A short one on a small set, which shows that everything runs.</summary>
    public static SequenceProtocol Smoke { get; } =
        new() { Classes = [5, 10, 20], Shots = 5, Queries = 2, Orders = 2, ValidationClasses = 10, ValidationOrders = 1 };

    /// <summary>Numbers of classes, ascending.</summary>
    public ImmutableArray<int> Classes { get; init; } = [10, 50, 100, 200, 300, 400, 500, 600];

    /// <summary>Drawings of each class that are learnt.</summary>
    public int Shots { get; init; } = 15;

    /// <summary>Drawings of each class that are asked about.</summary>
    public int Queries { get; init; } = 5;

    /// <summary>Lives of each number of classes.</summary>
    public int Orders { get; init; } = 10;

    /// <summary>Classes of meta-validation by which the factor on plasticity is chosen.</summary>
    public int ValidationClasses { get; init; } = 200;

    /// <summary>Lives by which it is chosen.</summary>
    public int ValidationOrders { get; init; } = 3;

    /// <summary>The factors that are tried.</summary>
    public ImmutableArray<double> Factors { get; init; } = [0.05, 0.1, 0.2, 0.5, 1, 2, 5];

    /// <summary>Seed of the lives.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The whole protocol on a line: numbers of the same line can be compared.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"classes {string.Join(' ', Classes)}; {Shots} learnt, {Queries} asked; {Orders} orders; factors {string.Join(' ', Factors)} on " +
        $"{ValidationClasses} classes, {ValidationOrders} orders; seed {Seed}");
}
