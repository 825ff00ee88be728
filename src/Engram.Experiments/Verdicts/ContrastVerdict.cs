namespace Engram.Experiments.Verdicts;

/// <summary>Whether a claim holds.</summary>
public enum ContrastVerdict
{
    /// <summary>It holds: the 95 % confidence interval of the ratio, or difference, is on its side.</summary>
    Holds,

    /// <summary>It does not: the interval is on the other side.</summary>
    Fails,

    /// <summary>The interval has both sides in it.</summary>
    Unclear,

    /// <summary>A cell has one network, and how far another would be from it is not known.</summary>
    OneNetwork,

    /// <summary>A cell has not learnt: against an error near the variance of the targets anything looks good.</summary>
    NotTrained,

    /// <summary>A cell has no result, or diverged.</summary>
    NotMeasured,

    /// <summary>A smoke run, whose numbers mean nothing.</summary>
    NotJudged,
}

/// <summary>Verdicts in words, the same in every table.</summary>
internal static class ContrastVerdicts
{
    /// <summary>What a table says of it.</summary>
    public static string Describe(ContrastVerdict verdict) => verdict switch
    {
        ContrastVerdict.Holds => "holds",
        ContrastVerdict.Fails => "does not hold",
        ContrastVerdict.Unclear => "unclear: within its 95 % confidence interval",
        ContrastVerdict.OneNetwork => "not judged: a cell of one network",
        ContrastVerdict.NotTrained => "not judged: a cell that is not trained",
        ContrastVerdict.NotMeasured => "not measured",
        _ => "not judged",
    };
}
