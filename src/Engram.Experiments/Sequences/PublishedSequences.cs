using System.Collections.Immutable;

namespace Engram.Experiments.Sequences;

/// <summary>A published share of right answers after 600 classes in sequence.</summary>
/// <param name="Method">The method.</param>
/// <param name="Percent">Right answers, in percent.</param>
/// <param name="Source">Where it stands.</param>
/// <param name="Differs">What is done otherwise there than here.</param>
public sealed record PublishedSequence(string Method, string Percent, string Source, string Differs);

/// <summary>What others published of 600 Omniglot classes in sequence.</summary>
public static class PublishedSequences
{
    private const string Larger =
        "images of 84×84; meta-trained on 963 classes, here on 763; rates at meta-test chosen on images of the test classes; the papers " +
        "say SGD, their code uses Adam at meta-test; meta-gradients of first order by oversight (issue 15 of OML's repository)";

    private const string Prototypes = "images of 84×84; meta-trained on 963 classes, here on 763";

    /// <summary>All of them.</summary>
    public static ImmutableArray<PublishedSequence> All { get; } =
    [
        new("OML", "18.2", "Beaulieu et al. 2020", Larger),
        new("ANML", "63.8", "Beaulieu et al. 2020", Larger),
        new("ANML, i.i.d. order", "71", "Beaulieu et al. 2020", Larger),
        new("OML, its repository run again by others", "55", "reported by others", Larger),
        new("ANML, its repository run again by others", "64 to 66", "reported by others", Larger),
        new("Class means on random convolutional features", "36.2", "GeMCL's repository", Prototypes),
        new("Class means on pretrained convolutional features", "74.0", "GeMCL's repository", Prototypes),
        new("Class means on meta-trained convolutional features", "83.7", "GeMCL's repository", Prototypes),
        new("GeMCL", "86.8", "Banayeeanzade et al. 2021", Prototypes),
    ];
}
