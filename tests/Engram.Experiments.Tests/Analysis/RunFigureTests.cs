using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Engram.Experiments.Analysis;
using Engram.Experiments.Analysis.Figures;
using Engram.Experiments.Analysis.Traces;
using Engram.Experiments.Recipes;
using Engram.Experiments.Training;
using Engram.Figures;
using Engram.Figures.Rendering;
using Engram.Figures.Summaries;
using Engram.Learning.Births;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Learning.Outer;
using Engram.Learning.Parameters;
using Engram.Learning.Rules;
using Engram.Numerics.RandomNumbers;
using Engram.Numerics.Text;
using Engram.Tasks.Data;
using Engram.Tasks.Sines;
using Engram.Tasks.Splits;

namespace Engram.Experiments.Tests;

/// <summary>What every registered figure of runs owes, and the numbers of each on cases worked by hand.</summary>
public sealed class RunFigureTests : IDisposable
{
    private static readonly int[] Chain = [1, 1, 1];
    private static readonly GradientLearnerSpec Quarter = new() { FixedInnerRate = 0.25 };
    private readonly HandLifetime hand = new();

    public static TheoryData<string> Names { get; } = [.. RunFigures.Registry.Names];

    public void Dispose() => hand.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Figure_Summary_IsOneLine(string name) => Assert.Matches("^[^\n]{10,200}$", RunFigures.Registry.SummaryOf(name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Figure_LearnersOfEveryKind_AreDrawnWithTheirNumbers(string name)
    {
        LearnerAnalysis[] learners = [.. EveryKind()];
        foreach (FigureSize size in (FigureSize[])[FigureSize.PaperColumn, FigureSize.PaperPage, FigureSize.Slide])
        {
            RunFigure drawn = RunFigures.Registry.Get(name)
                .Draw(new RunFigureRequest([.. learners]) { Size = size, Lifetimes = 2, Work = new TrainingOptions { Threads = 2 } });

            Assert.Equal("svg", XDocument.Parse(FigureSvg.Render(drawn.Figure)).Root!.Name.LocalName);
            Assert.True(FigureCsv.Render(drawn.Figure).Count(c => c == '\n') > 3, "no numbers");
            Assert.NotEmpty(drawn.Figure.Description);
            JsonObject json = RunAnalyzer.Json(new DrawnFigure(name, drawn, [.. learners], 2));
            Assert.Equal(drawn.Figure.Panels.Length, JsonNode.Parse(json.ToJsonString())!["figure"]!["panels"]!.AsArray().Count);
            Assert.All(learners, l => Assert.Contains(drawn.Summary, row => row.Learner == l.Label));
            Assert.All(drawn.Summary, row => Assert.DoesNotContain("\n", row.Quantity + row.Where, StringComparison.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Figure_OneLifetimeOfOneLearner_IsDrawnWithoutBands(string name)
    {
        LearnerAnalysis learner = Sines("FLP", new LocalLearnerSpec(), 2, Ordering.Continual, seeds: 1, lifetimes: 1);

        RunFigure drawn = RunFigures.Registry.Get(name).Draw(new RunFigureRequest([learner]));

        Assert.NotEmpty(FigureSvg.Render(drawn.Figure));
        Assert.All(drawn.Figure.Panels.SelectMany(p => p.Series).OfType<LineSeries>(),
            s => Assert.All(s.Low, low => Assert.Equal(double.NaN, low)));
        Assert.All(drawn.Summary, row => Assert.Equal(double.NaN, row.StandardError));
    }

    [Fact]
    public void Bands_NetworkThatIsUndefinedInAllItsLifetimes_IsLeftOutAndCounted()
    {
        LearnerAnalysis learner = Sines("FLP", new LocalLearnerSpec(), 2, Ordering.Iid, seeds: 2, lifetimes: 3);
        LifetimeTrace[] second = [.. learner.Runs[1].Traces];
        var bands = new Bands();

        MeanAndError found = bands.Value(learner, t => second.Contains(t) ? double.NaN : 2);

        Assert.Equal((2.0, 1), (found.Mean, found.Count));
        Assert.EndsWith(
            "Undefined in single lifetimes and left out of means: 3 of 6 values.", bands.Describe([learner]), StringComparison.Ordinal);
    }

    [Fact]
    public void Interference_TwoStepsByHand_IsTheSquaredChangeOfTheFirstTasksAnswer()
    {
        RunFigure drawn = Draw("interference", Quarter, 2);

        Assert.Equal(0.51953125 * 0.51953125, Line(drawn, 0, "hand").Y[0], 1e-6);
        Assert.Equal(2, Line(drawn, 0, "hand").X[0]);

        // Just learnt: ¼ and 0.0309; one task later: the first task alone.
        Assert.Equal((0.25 + (0.17578125 * 0.17578125)) / 2, Line(drawn, 1, "hand").Y[0], 1e-6);
        Assert.Equal(0.01953125 * 0.01953125, Line(drawn, 1, "hand").Y[1], 1e-6);
    }

    [Fact]
    public void Alignment_TwoStepsByHand_IsOneInPlasticLayersAndUndefinedInFrozenOnes()
    {
        RunFigure drawn = Draw("gradient-alignment", Quarter, 1);

        Assert.Equal([1.0, 1.0], Line(drawn, 0, "Layer 1 (readout)").Y.Select(y => Math.Round(y, 6)));
        Assert.All(Line(drawn, 0, "Frozen layers").Y, y => Assert.True(double.IsNaN(y)));
        Assert.Contains("Frozen layers: undefined throughout", FigureSvg.Render(drawn.Figure), StringComparison.Ordinal);
        Assert.Contains(drawn.Summary, r => r.Where == "Layer 0, frozen" && double.IsNaN(r.Value));
        Assert.Equal(0, Line(Draw("gradient-angle", Quarter, 1), 0, "Layer 1 (readout)").Y[0], 1e-4);
    }

    [Fact]
    public void UpdateMagnitude_TwoStepsByHand_IsTheNormAndItsShare()
    {
        RunFigure drawn = Draw("update-magnitude", Quarter, 2);

        Assert.Equal([0.5, 0.0625], Line(drawn, 1, "hand").Y.Select(y => Math.Round(y, 6)));
        Assert.Equal(0.0625 / 1.5, Line(drawn, 3, "hand").Y[1], 1e-6);
    }

    [Fact]
    public void TrajectoryReadoutProbeAndWeights_TwoStepsByHand_AreWhatWasWorkedOut()
    {
        Assert.Equal([2.5, 0.15625], Line(Draw("trajectory", Quarter, 2), 0, "hand").Y.Take(2).Select(y => Math.Round(y, 6)));
        Assert.Equal(0.5, Line(Draw("readout-probe", Quarter, 2), 0, "readout fitted to features at birth").Y[0], 1e-6);
        Assert.Equal([1.0, 1.0], Line(Draw("weights-in-life", Quarter, 2), 0, "hand").Y.Select(y => Math.Round(y, 6)));
        Assert.Contains(
            Draw("weights-in-life", Quarter, 2).Summary, r =>
            r.Quantity.StartsWith("Largest", StringComparison.Ordinal) && Math.Abs(r.Value - 0.4375) < 1e-6);
        HeatMap map = Assert.IsType<HeatMap>(Draw("forgetting", Quarter, 2).Figure.Panels[0].Series[0]);
        Assert.Equal([4, 0.25], map.Values.Take(2).Select(y => Math.Round(y, 6)));
    }

    [Fact]
    public void Plasticity_KnownRates_HaveTheirShares()
    {
        var learner = new LocalLearnerSpec();
        LearnerAnalysis analysis = hand.Learner("hand", learner, 1, [4, 1], new LifetimeTrace(0, default));
        analysis.Runs[0].Parameters["layer0.alpha"].CopyFrom([-3, 4, 0, 0]);
        analysis.Runs[0].Parameters["layer0.beta"].Fill(0.5f);

        RunFigure drawn = RunFigures.Registry.Get("plasticity").Draw(new RunFigureRequest([analysis]));

        Assert.Equal(25, Value("Anti-Hebbian share, α < 0 (%)"));
        Assert.Equal(50, Value("Exactly zero (%)"));
        Assert.Equal(50, Value("Silent share, |α| < 1 % of its size (%)"));
        Assert.Equal(2.5, Value("α, root mean square"));
        Assert.Equal(0.25, Value("α, mean"));
        Assert.Equal(0.5, Value("β"));

        double Value(string quantity) => drawn.Summary.Single(r => r.Quantity == quantity).Value;
    }

    [Fact]
    public void Plasticity_DeclaredParameters_HavePanelsOfTheirOwn()
    {
        LearnerAnalysis polynomial = Sines("Learnt rule", new LocalLearnerSpec { Rule = new PolynomialRule() }, 2, Ordering.Iid, seeds: 2);
        LearnerAnalysis bcm = Sines("BCM", new LocalLearnerSpec
        { Rule = new BcmRule(), Birth = new PointBirth(), FeedbackRule = new OjaRule() }, 2, Ordering.Continual, seeds: 1);
        ParameterSpec theta = polynomial.Layout.Parameters.First(p => p.Role == ParameterRoles.Rule);
        bcm.Runs[0].Parameters["layer1.kappa"].Fill(0.25f);

        RunFigure drawn = RunFigures.Registry.Get("plasticity").Draw(new RunFigureRequest([polynomial, bcm]));

        string[] titles = [.. drawn.Figure.Panels.Select(p => p.Title)];
        Assert.Contains($"{theta.LocalName} (rule)", titles);
        Assert.Contains("kappa (rule)", titles);
        Assert.Contains("feedback0.alpha (feedback-plasticity)", titles);
        Assert.Equal(
            theta.Rows * theta.Columns,
            drawn.Summary.Count(
            r =>
            r.Learner == "Learnt rule"
            && r.Quantity.StartsWith(theta.LocalName + "[", StringComparison.Ordinal)) / polynomial.Layout.Parameters.Count(
            p => p.LocalName == theta.LocalName));
        Assert.Equal(0.25, drawn.Summary.First(r => r.Quantity == "kappa[0]" && r.Where == "Layer 1").Value);
    }

    [Fact]
    public void Trajectory_EachLifetime_IsInTheCsvBesideTheMean()
    {
        LearnerAnalysis learner = Sines("FLP", new LocalLearnerSpec(), 2, Ordering.Iid, seeds: 1, lifetimes: 3);

        RunFigure drawn = RunFigures.Registry.Get("trajectory").Draw(new RunFigureRequest([learner]) { Each = true });
        var lines = FigureCsv.Render(drawn.Figure).Split('\n').Select(l => l.Split(',')).Where(l => l.Length > 4).ToList();

        // A name with a comma in it is quoted, and so two fields here.
        double[][] lives = [.. Enumerable.Range(0, 3)
            .Select(life => lines.Where(l => l[1] == "\"FLP" && l[2] == $" life {life}\"")
            .Select(l => double.Parse(l[4], CultureInfo.InvariantCulture)).ToArray())];
        double[] mean = [.. lines.Where(l => l[1] == "FLP").Select(l => double.Parse(l[3], CultureInfo.InvariantCulture))];
        Assert.Equal(7, mean.Length);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(learner.Runs[0].Traces[i].QueryLoss.AsEnumerable(), lives[i]));
        Assert.All(mean.Select((m, t) => (m, t)), x => Assert.Equal(lives.Average(l => l[x.t]), x.m, 1e-12));
        Assert.Equal(
            FigureSvg.Render(drawn.Figure).Length,
            FigureSvg.Render(RunFigures.Registry.Get("trajectory").Draw(new RunFigureRequest([learner])).Figure).Length);
    }

    [Fact]
    public void LongerLives_Sines_HaveTheLengthsAndSayThatTheirNumberIsFixed()
    {
        LearnerAnalysis learner =
            Sines("Gradient", new GradientLearnerSpec { FixedInnerRate = 1e-3 }, 1, Ordering.Iid, seeds: 1, lifetimes: 2, batches: 4);

        RunFigure drawn = RunFigures.Registry.Get("longer-lives").Draw(new RunFigureRequest([learner]) { Lifetimes = 2 });

        Assert.Equal([0.25, 0.5, 1, 2, 5, 10, 20], Line(drawn, 0, "Gradient").X.AsEnumerable());
        double asTrained = learner.Runs[0].Traces.Average(t => t.Outcome.QueryLoss);
        Assert.Equal(asTrained, Line(drawn, 0, "Gradient").Y[2], 1e-9);
        Assert.Contains("one unit for each sine", drawn.Figure.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void LongerLives_LearnerThatExplodes_IsInfinite()
    {
        LearnerAnalysis learner = Sines("Gradient", new GradientLearnerSpec
        { FixedInnerRate = 3 }, 1, Ordering.Iid, seeds: 1, lifetimes: 1, batches: 1, parts: TraceParts.None);

        RunFigure drawn = RunFigures.Registry.Get("longer-lives").Draw(new RunFigureRequest([learner]) { Lifetimes = 2 });

        Assert.Equal(double.PositiveInfinity, Line(drawn, 0, "Gradient").Y[^1]);
        Assert.Contains("2 of 2 lifetimes diverged", drawn.Figure.Description, StringComparison.Ordinal);

        // Those that it lived, not those that the learner came with.
        Assert.Contains("one standard error over 2 lifetimes", drawn.Figure.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Bands_Networks_AreOverNetworksAndNotLifetimes()
    {
        LifetimeTrace Lived(double loss) => new(0, new LifetimeOutcome(loss, double.NaN)) { QueryLoss = [loss, loss] };
        MetaParameters<float> parameters = hand.Parameters<float>(Quarter, 2, Chain);
        var learner = new LearnerAnalysis(
            "two", [new RunAnalysis("a", 1, parameters, [Lived(1), Lived(3)]), new RunAnalysis("b", 2, parameters, [Lived(4), Lived(8)])]);

        LineSeries line = Line(RunFigures.Registry.Get("trajectory").Draw(new RunFigureRequest([learner])), 0, "two");

        // Means 2 and 6: mean 4, standard error √8 / √2.
        Assert.Equal(4, line.Y[0]);
        Assert.Equal(2, line.Low[0], 1e-12);
    }

    [Fact]
    public void Bands_ValueUndefinedInOneLifetime_IsLeftOutAndCounted()
    {
        LifetimeTrace Lived(double loss) => new(0, default) { QueryLoss = [loss] };
        var learner = new LearnerAnalysis(
            "one", [new RunAnalysis("a", 1, hand.Parameters<float>(Quarter, 2, Chain), [Lived(1), Lived(double.NaN), Lived(3)])]);

        var bands = new Bands();
        LineSeries line = bands.Line("one", [0], learner, t => t.QueryLoss);

        Assert.Equal(2, line.Y[0]);
        Assert.Contains("1 of 3 values", bands.Describe([learner]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("interferense", "did you mean 'interference'?")]
    [InlineData("al", "did you mean 'all'?")]
    public void Named_Misspelt_SaysWhatWasMeant(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<EngramException>(() => RunFigures.Named(name)).Message, StringComparison.Ordinal);

    private static LineSeries Line(RunFigure drawn, int panel, string name) =>
        drawn.Figure.Panels[panel].Series.OfType<LineSeries>().Single(s => s.Name == name);

    private RunFigure Draw(string name, LearnerSpec learner, int plasticLayers)
    {
        LifetimeTrace trace = HandLifetime.Trace(hand.Parameters<double>(learner, plasticLayers, Chain), hand.TwoSteps, [0, 1], [0, 1]);
        return RunFigures.Registry.Get(name).Draw(new RunFigureRequest([hand.Learner("hand", learner, plasticLayers, Chain, trace)]));
    }

    private IEnumerable<LearnerAnalysis> EveryKind() =>
    [
        Sines("FLP (2), i.i.d.", new LocalLearnerSpec(), 2, Ordering.Iid, seeds: 2),
        Sines("FLP (2), continual", new LocalLearnerSpec { Granularity = Granularity.Layer }, 2, Ordering.Continual, seeds: 1),
        Sines("Feature reuse (1), continual", new LocalLearnerSpec { Granularity = Granularity.Network }, 1, Ordering.Continual, seeds: 1),
        Sines("Gradient (3), continual", new GradientLearnerSpec(), 3, Ordering.Continual, seeds: 3),
        Sines("OML (3), i.i.d.", new GradientLearnerSpec { FixedInnerRate = 1e-3 }, 3, Ordering.Iid, seeds: 1),
        Sines("Parallel (2), i.i.d.", new ParallelLearnerSpec { FeedbackRule = new OjaRule() }, 2, Ordering.Iid, seeds: 1),
    ];

    private LearnerAnalysis Sines(
        string label, LearnerSpec learner, int plasticLayers, Ordering ordering, int seeds, int lifetimes = 2, int batches = 2,
            TraceParts parts = TraceParts.All)
    {
        var task = new SinesSpec { Sines = 3, BatchesPerSine = batches, BatchSize = 4, QueryPerSine = 3, Ordering = ordering };
        var runs = new List<RunAnalysis>();
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            MetaParameters<float> parameters = hand.Parameters<float>(learner, plasticLayers, [4, 6, 5, 1]);
            Initializer.Initialize(parameters, new InitializationSpec
            { HiddenPlasticity = 1e-3, ReadoutPlasticity = 1e-3 }, new RandomStream(seed));
            runs.Add(new RunAnalysis(
                $"run-{seed.ToString(CultureInfo.InvariantCulture)}", seed, parameters,
                LifetimeTracing.Trace(
                parameters, new TraceSource(task.Create(DataContext.Default()), seed, Split.MetaTest), lifetimes, parts, 2)));
        }

        return new LearnerAnalysis(label, [.. runs])
        {
            ShortLabel = label.Split(',')[0],
            Ordering = RecipeSchema.Name(ordering),
            Task = task,
        };
    }
}
