using System.Collections.Frozen;

namespace Engram.Figures;

/// <summary>The colour, dashes and marker of each learner and method, the same in all figures of the project.</summary>
/// <remarks>
/// A style is a number that a <see cref="Series"/> takes: seven colours, six dashes and six markers, so that 42 styles differ. Kin have
/// kindred colours:
/// FLP is blue, gradient descent orange and yellow, what learns by its readout alone grey. Methods that are not named here take what is
/// free.
/// </remarks>
public static class MethodStyles
{
    /// <summary>Colours of the palette: styles that differ by it have one colour, and other dashes and markers.</summary>
    public const int Colours = 7;

    /// <summary>How many styles look different.</summary>
    public const int Count = 42;

    private static readonly FrozenDictionary<string, int> Known = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        // Learners; where layers matter, with the number of plastic ones.
        ["flp"] = 0,
        ["flp-3"] = 13,
        ["parallel"] = 28,
        ["gradient"] = 1,
        ["gradient-first-order"] = 4,
        ["oml"] = 3,
        ["hebb"] = 2,
        ["feature-reuse"] = 12,

        // Controls of classes in sequence, which learn a mean of each class.
        ["class-means-pretrained"] = 26,
        ["class-means-random"] = 33,

        // Methods of credit assignment.
        ["backprop"] = 12,
        ["feedback-alignment"] = 1,
        ["direct-feedback-alignment"] = 2,
        ["sign-symmetry"] = 34,
        ["kolen-pollack"] = 9,
        ["weight-mirrors"] = 18,
        ["local-plasticity"] = 0,
        ["target-propagation"] = 24,
        ["dtp"] = 3,
        ["sdtp"] = 4,
        ["ao-sdtp"] = 13,
        ["kickback"] = 17,
        ["pepita"] = 6,
        ["dfc"] = 19,
        ["dfc-fixed"] = 40,
        ["forward-forward"] = 20,
        ["counter-current"] = 11,

        // A published number beside one's own.
        ["paper"] = 5,
        ["ours"] = 0,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The style of a learner or method; null where it has none of its own.</summary>
    /// <param name="method">Its name, as recipes have it.</param>
    public static int? Of(string method) => Known.TryGetValue(method, out int style) ? style : null;

    /// <summary>Styles for methods of one figure: each its own where it has one, in other dashes where that is taken, and what is free
    /// otherwise.</summary>
    /// <param name="methods">Their names, in the order in which they are compared; null for one that has no name here.</param>
    public static int[] For(IReadOnlyList<string?> methods)
    {
        var taken = new HashSet<int>();
        var styles = new int[methods.Count];
        for (int i = 0; i < styles.Length; i++)
        {
            styles[i] = methods[i] is { } name && Of(name) is { } own ? Take(own, Colours) : -1;
        }

        for (int i = 0; i < styles.Length; i++)
        {
            styles[i] = styles[i] < 0 ? Take(0, 1) : styles[i];
        }

        return styles;

        int Take(int first, int step)
        {
            int style = first;
            for (int tried = 0; !taken.Add(style) && tried < Count; tried++)
            {
                style = (style + step) % Count;
            }

            return style;
        }
    }
}
