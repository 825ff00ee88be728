using Engram.Numerics;

namespace Engram.Learning;

/// <summary>The plasticity rules there are, by name.</summary>
public static class PlasticityRules
{
    /// <summary>All rules; add one of your own with <see cref="Registry{TEntry}.Register"/>.</summary>
    public static Registry<IPlasticityRule> Registry { get; } = new("plasticity rule");
}

/// <summary>A local plasticity rule.</summary>
public interface IPlasticityRule
{
}
