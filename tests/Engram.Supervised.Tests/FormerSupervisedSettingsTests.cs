using Engram.Learning.Networks;
using Engram.Learning.Outer;
using Engram.Numerics.Text;
using Engram.Supervised.Methods;
using Engram.Supervised.Training;

namespace Engram.Supervised.Tests;

/// <summary>Settings of supervised trainings as the version before wrote them into checkpoints: records as they printed
/// themselves.</summary>
public class FormerSupervisedSettingsTests
{
    [Fact]
    public void DifferenceFrom_SupervisedSettingsAsTheyPrint_ReadsThem()
    {
        SupervisedNetworkSpec network = SupervisedNetworkSpec.Dense([4, 3, 2], Activation.Tanh);
        Assert.Null(SettingsContent.Of(network).DifferenceFrom(network.ToString()));
        Assert.NotNull(SettingsContent.Of(network with { Biases = false }).DifferenceFrom(network.ToString()));

        var training = new SupervisedTrainingSpec { Rate = 1e-4, Schedule = new StepSchedule(5, 0.5) };
        Assert.Null(SettingsContent.Of(training).With("examples", "70").DifferenceFrom($"{training}, Examples = 70"));
        Assert.Equal(
            ("examples = 70", "examples = 71"),
            SettingsContent.Of(training).With("examples", "71").DifferenceFrom($"{training}, Examples = 70"));
        foreach (string name in CreditAssignments.Registry.Names)
        {
            CreditAssignmentSpec method = CreditAssignments.Registry.Get(name);
            Assert.Null(SettingsContent.Of(method).DifferenceFrom(method.ToString()));
            Assert.Equal(name, SettingsContent.Of(method).Text);
        }
    }
}
