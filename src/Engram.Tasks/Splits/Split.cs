namespace Engram.Tasks.Splits;

/// <summary>Named splits that share nothing: no task of one turns up in another.</summary>
public enum Split
{
    /// <summary>What meta-parameters are learnt from.</summary>
    MetaTrain,

    /// <summary>What settings are chosen by.</summary>
    MetaValidation,

    /// <summary>What results are reported on. Training code cannot reach it.</summary>
    MetaTest,
}

/// <summary>What splits are called.</summary>
public static class SplitNames
{
    /// <summary>A split's name in sentences, such as "meta-training".</summary>
    public static string Words(this Split split) => split switch
    {
        Split.MetaTrain => "meta-training",
        Split.MetaValidation => "meta-validation",
        _ => "meta-test",
    };
}
