using System.Collections.Immutable;
using Engram.Studio.Http;

namespace Engram.Studio.Pages;

/// <summary>A tensor of a run's meta-parameters.</summary>
/// <param name="Name">Its name in files.</param>
/// <param name="Role">What it is in the model.</param>
/// <param name="Layer">The layer; −1 for what layers share.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="PictureRows">Rows of its small picture.</param>
/// <param name="PictureColumns">Columns of it.</param>
/// <param name="Scale">What the darkest colours of it stand for.</param>
/// <param name="Mean">Mean of its numbers.</param>
/// <param name="Deviation">Their standard deviation.</param>
/// <param name="Minimum">The least.</param>
/// <param name="Maximum">The greatest.</param>
/// <param name="ShareZero">Share of those that are 0.</param>
/// <param name="ShareNegative">Share of those below 0.</param>
/// <param name="Edges">Edges of the bins of their histogram.</param>
/// <param name="Counts">How many are in each.</param>
internal sealed record TensorPayload(
    string Name, string Role, int Layer, ImmutableArray<int> Shape, int PictureRows, int PictureColumns, double Scale, double? Mean,
        double? Deviation,
    double? Minimum, double? Maximum, double? ShareZero, double? ShareNegative, ImmutableArray<double> Edges, ImmutableArray<long> Counts);

/// <summary>What stands before the pictures of a run's meta-parameters.</summary>
internal sealed record WeightsHeader(
    string Run, long OuterSteps, int FrozenLayers, ImmutableArray<TensorPayload> Tensors, IReadOnlyList<BinarySection> Sections);

/// <summary>What stands before the numbers of one tensor.</summary>
/// <param name="Run">The run.</param>
/// <param name="Name">Its name.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="PictureRows">Rows that are sent.</param>
/// <param name="PictureColumns">Columns that are sent.</param>
/// <param name="Sections">Where they are.</param>
internal sealed record TensorHeader(
    string Run, string Name, int Rows, int Columns, int PictureRows, int PictureColumns, IReadOnlyList<BinarySection> Sections);
