using Engram.Learning.Births;
using Engram.Learning.Networks;
using Engram.Learning.Parameters;
using Engram.Numerics.Text;

namespace Engram.Learning.Learners;

/// <summary>What a birth has in a layer, beside the layer's W and b.</summary>
internal static class BirthDeclarations
{
    /// <summary>The parameters, checked.</summary>
    /// <exception cref="EngramException">It declares state, or keeps some.</exception>
    public static IEnumerable<ParameterSpec> Of(IBirth birth, LayerSpec layer, int index)
    {
        var shape = new LayerShape(index, layer.WeightShape);
        string owner = BirthDistributions.Registry.Describe(birth);
        Purity.Check(birth, owner);
        Parts parts = birth.Parts(shape);
        return !parts.State.IsEmpty
            ? throw new EngramException(
            $"Found the state '{parts.State[0].Name}' of {owner}, expected parameters alone: a birth happens once.")
            : parts.Parameters.FirstOrDefault(p => p.Level == Granularity.Network) is { } shared
                ? throw new EngramException(
                    $"Found the parameter '{shared.Name}' of {owner} for the whole network, expected one per synapse, neuron or layer.")
                : parts.Parameters.Select(p => p.In(shape, string.Empty, owner, ParameterRoles.Birth));
    }
}
