using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.Autodiff;
using Engram.Numerics.Text;

/// <summary>
/// Registers rules of tests in a process of their own: the runtime calls this before the program of a test that names this assembly as a
/// startup hook.
/// </summary>
#pragma warning disable MA0047 // The runtime looks for a type of this name without a namespace.
internal static class StartupHook
#pragma warning restore MA0047
{
    /// <summary>Called by the runtime.</summary>
    public static void Initialize()
    {
        PlasticityRules.Registry.Register("test-faulty", new Engram.Cli.Tests.FaultyRule(), "a rule that does what its setting says");
        PlasticityRules.Registry.Register("test-counting", new Engram.Cli.Tests.CountingRule(), "a rule that keeps a count in itself");
        PlasticityRules.Registry.Register("leaky-hebb", new Engram.Cli.Tests.LeakyHebbRule(), "Hebb with a leak: ΔW = α ∘ (pᵀa − λ W)");
    }
}

namespace Engram.Cli.Tests
{
    /// <summary>What is wrong with a <see cref="FaultyRule"/>.</summary>
    public enum RuleFault
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>Two parameters of one name.</summary>
        TwoOfOneName,

        /// <summary>A start of another length.</summary>
        StartThatDoesNotFit,

        /// <summary>A start that is not a number.</summary>
        StartThatIsNoNumber,

        /// <summary>A state that has another shape after a step.</summary>
        StateThatGrows,
    }

    /// <summary>A rule with a fault that a recipe chooses.</summary>
    public sealed record FaultyRule : IPlasticityRule
    {
        /// <summary>The fault.</summary>
        [Setting("What is wrong.")]
        public RuleFault Fault { get; init; }

        /// <summary>A number with a range.</summary>
        [Setting(1, 100, "A number.", Unit = "inner steps")]
        public double Window { get; init; } = 20;

        /// <inheritdoc/>
        public Parts Parts(LayerShape layer) => new()
        {
            Parameters = Fault switch
            {
                RuleFault.TwoOfOneName => [ParameterPart.PerLayer("gain", 1), ParameterPart.PerNeuron("gain", 1)],
                RuleFault.StartThatDoesNotFit => [ParameterPart.PerLayer("gain", new ListedStart([1, 2]))],
                RuleFault.StartThatIsNoNumber => [ParameterPart.PerLayer("gain", double.NaN)],
                _ => [ParameterPart.PerLayer("gain", 1)],
            },
            State = [StatePart.PerLayer("trace")],
        };

        /// <inheritdoc/>
        public RuleStep Step(in Synapses s)
        {
            Var trace = Fault == RuleFault.StateThatGrows ? s.Post.Mean(axis: 0) : s.State("trace");
            return new RuleStep(s.Parameter("gain") * s.Plasticity * s.Post.Transpose().MatMul(s.Pre)).With("trace", trace);
        }
    }

    /// <summary>A rule that remembers in a field.</summary>
    public sealed record CountingRule : IPlasticityRule
    {
        private int count;

        /// <inheritdoc/>
        public RuleStep Step(in Synapses s)
        {
            count++;
            return new RuleStep(s.Plasticity * count * s.Post.Transpose().MatMul(s.Pre));
        }
    }
}
