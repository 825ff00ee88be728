using System.Collections.Immutable;
using Engram.Numerics.Memory;

namespace Engram.Learning.Outer;

/// <summary>A tensor that is saved with a run and restored when it is resumed.</summary>
/// <param name="Name">Its name in checkpoints.</param>
/// <param name="Shape">Its shape there.</param>
/// <param name="Values">Where its values stand, from the first step to the last.</param>
public readonly record struct SavedTensor(string Name, ImmutableArray<int> Shape, Tensor<float> Values);
