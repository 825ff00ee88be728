using System.Collections.Immutable;
using System.Globalization;
using Engram.Experiments.Recipes;
using Engram.Learning.Learners;
using Engram.Learning.Outer;
using Engram.Tasks.FewShot;
using Engram.Tasks.Sines;

namespace Engram.Experiments.Reproduction;

/// <summary>What a recipe does otherwise than Lindsey and Litwin-Kumar (2020) and their code: what must stand where its number
/// stands.</summary>
internal static class PaperDifferences
{
    private const int PublishedOutputs = 1000;

    /// <summary>Each difference in a few words; empty for none.</summary>
    public static ImmutableArray<string> Of(Recipe recipe)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        MetaTrainingSpec training = recipe.MetaTraining;
        if (recipe.Task is SinesSpec { Pool: null })
        {
            found.Add("fresh sines in every lifetime (the authors' code has a pool of 400)");
        }

        if (recipe.Task is FewShotSpec images && (images.Outputs ?? images.Ways) != PublishedOutputs)
        {
            found.Add(Text($"{images.Outputs ?? images.Ways} outputs (the paper 1,000, the answer the largest of all)"));
        }

        if (recipe.Learner is LocalLearnerSpec && recipe.Initialization.Feedback == FeedbackStart.Aligned)
        {
            found.Add("B starts along the path back through W (the paper's at random)");
        }

        // As the authors have it β starts half way, or is fixed.
        if (recipe.Learner is LocalLearnerSpec && recipe.Network.PlasticLayers > 1 && training.Rates.FeedbackStrength != 0
            && recipe.Initialization.HiddenFeedbackStrength != new InitializationSpec().HiddenFeedbackStrength)
        {
            found.Add(Text($"hidden β starts at {recipe.Initialization.HiddenFeedbackStrength:0.##} and may leave [0, 1]"));
        }

        if (training.LifetimesPerOuterStep != 1)
        {
            found.Add(Text($"{training.LifetimesPerOuterStep} lifetimes an outer step (the paper one)"));
        }

        if (recipe.Curriculum != Curriculum.None)
        {
            found.Add("shorter lifetimes first (the paper whole ones)");
        }

        if (recipe.InitialRun is not null)
        {
            found.Add("starts from another run's network, whose lifetimes do not count here");
        }

        return found.ToImmutable();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
