using Engram.Learning.Checks;
using Engram.Learning.Engines;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Networks;
using Engram.Learning.Rules;

namespace Engram.Learning.Tests.Lifetimes;

/// <summary>The compiled engine: the same bits for any number of threads and any memory, nothing allocated, batches of every
/// length.</summary>
public sealed class CompiledEngineTests
{
    public static TheoryData<string, int> Cases
    {
        get
        {
            // Every rule in two batches, every batch with half of the rules: how a batch is cut does not depend on the rule.
            var data = new TheoryData<string, int>();
            foreach ((int index, string rule) in PlasticityRules.Registry.Names.Append("gradient").Index())
            {
                foreach (int batch in index % 2 == 0 ? new[] { 1, 5 } : [2, 16])
                {
                    data.Add(rule, batch);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Live_WithAnyNumberOfThreadsAndAnyBudget_HasTheSameBits(string rule, int batch)
    {
        ParameterLayout layout = Layout(rule);
        using var point = new RandomPoint(layout, 3, 13, batch, 20, 1e-3 / batch);
        using var single = new SinglePoint(point);
        using var expected = new MetaParameters<float>(layout);
        double loss = 0;
        foreach ((int threads, long budget) in new[] { (1, 1L << 28), (1, 0L), (2, 1L << 28), (3, 0L), (4, 60_000L) })
        {
            using var found = new MetaParameters<float>(layout);
            using ILifetimeEngine<float> engine =
                LifetimeEngines.Create<float>(layout, "compiled", new EngineOptions { Threads = threads, MemoryBudgetBytes = budget });
            for (int repetition = 0; repetition < (budget > 0 ? 2 : 1); repetition++)
            {
                double lived = engine.Live(single.Parameters, single.Lifetime, found).QueryLoss;
                loss = loss == 0 ? lived : loss;
                Assert.True(loss == lived, $"{threads} threads, {budget} bytes: loss {loss:r}, found {lived:r}");
                for (int i = 0; i < layout.Parameters.Length; i++)
                {
                    if (threads == 1 && budget > 0 && repetition == 0)
                    {
                        expected[i].CopyFrom(found[i]);
                    }

                    Assert.True(
                        expected[i].ToArray().SequenceEqual(found[i].ToArray()),
                        $"{threads} threads, {budget} bytes: {layout.Parameters[i].Name}");
                }
            }
        }
    }

    private static ParameterLayout Layout(string rule)
    {
        NetworkSpec network = NetworkSpec.Feedforward([7, 40, 37, 50, 3], 2);
        return ParameterLayout.For(network, rule == "gradient" ? new GradientLearnerSpec() : new LocalLearnerSpec
        { Rule = PlasticityRules.Registry.Get(rule) });
    }
}
