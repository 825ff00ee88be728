using Engram.Experiments.Parity;
using Engram.Learning.Engines;

namespace Engram.Experiments.Tests.Parity;

/// <summary>Runs the shared parity cases on every engine.</summary>
public sealed class ParityTests
{
    public static TheoryData<string, string> Cases => CasesOf("parity");

    public static TheoryData<string, string> Extensions => CasesOf("parity-extensions");

    [SharedDataTheory("parity")]
    [MemberData(nameof(Cases))]
    public void Engine_OnAParityCase_Agrees(string file, string engine) => Agree("parity", file, engine);

    [SharedDataTheory("parity-extensions")]
    [MemberData(nameof(Extensions))]
    public void Engine_OnACaseOfTheExtensions_Agrees(string file, string engine) => Agree("parity-extensions", file, engine);

    private static TheoryData<string, string> CasesOf(string name)
    {
        var data = new TheoryData<string, string>();
        string? folder = SharedData.Find(name);
        foreach (string file in folder is null ? [] : ParityCase.Files(folder))
        {
            foreach (string engine in LifetimeEngines.Registry.Names)
            {
                data.Add(Path.GetFileName(file), engine);
            }
        }

        if (data.Count == 0)
        {
            data.Add("", "");
        }

        return data;
    }

    private static void Agree(string folder, string file, string engine)
    {
        ParityCase parityCase = ParityCase.Load(Path.Combine(SharedData.Find(folder)!, file));
        if (!LifetimeEngines.Registry.Get(engine).Supports(parityCase.Layout))
        {
            return;
        }

        foreach (ParityResult result in ParityVerifier.Verify(parityCase, engine))
        {
            Assert.True(result.Passed, result.ToString());
        }
    }
}
