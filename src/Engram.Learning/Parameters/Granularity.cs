namespace Engram.Learning.Parameters;

/// <summary>How many numbers a quantity of synapses has: one a synapse, a neuron, a layer, or one for all plastic layers.</summary>
public enum Granularity
{
    /// <summary>One per synapse: [out, in].</summary>
    Synapse,

    /// <summary>One per output unit: [out].</summary>
    Neuron,

    /// <summary>One per layer.</summary>
    Layer,

    /// <summary>One for all plastic layers.</summary>
    Network,

    /// <summary>None: α is 1, and no parameter.</summary>
    None,
}
