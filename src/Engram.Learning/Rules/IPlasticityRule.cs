using Engram.Numerics;

namespace Engram.Learning;

/// <summary>What a local plasticity rule sees: the synapses of one layer during one inner step.</summary>
/// <param name="Pre">a, presynaptic activity, [n, in].</param>
/// <param name="Post">p, postsynaptic activity after feedback, [n, out].</param>
/// <param name="Weights">W before the step, [out, in].</param>
/// <param name="Plasticity">m α: [out, in], [out, 1] or [1, 1] by <see cref="Granularity"/>; it broadcasts over the weights.</param>
public readonly record struct Synapses(Var Pre, Var Post, Var Weights, Var Plasticity);

/// <summary>A local plasticity rule: how synapses change in one inner step.</summary>
/// <remarks>
/// A pure function of what it is given. Written in <see cref="Var"/> operations, it runs in every element type, and its meta-gradient is exact.
/// Registered in <see cref="PlasticityRules.Registry"/>, it is gradient-checked with every option of feedback.
/// </remarks>
public interface IPlasticityRule
{
    /// <summary>ΔW, [out, in]: what is added to the weights.</summary>
    Var Change(in Synapses s);
}
