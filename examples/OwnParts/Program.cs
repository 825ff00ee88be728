using Engram.Cli;
using Engram.Experiments.Analysis.Figures;
using Engram.Learning.Births;
using Engram.Learning.Engines;
using Engram.Learning.Feedback;
using Engram.Learning.Learners;
using Engram.Learning.Outer.Estimators;
using Engram.Learning.Outer.Optimizers;
using Engram.Learning.Rules;
using Engram.Supervised.Methods;
using Engram.Tasks;
using Engram.Tasks.Data;
using Engram.Tasks.Supervised;
using OwnParts;

PlasticityRules.Registry.Register("threshold", new ThresholdRule(), "a threshold: ΔW = α ∘ (p ∘ (p − θ))ᵀa");
PlasticityRules.Registry.Register("gated-trace", new GatedTraceRule(), "on a trace: e ← λ e + a, ΔW = |s| α ∘ pᵀe");
FeedbackPathways.Registry.Register("relay", new RelayPathway(), "layer to layer: f_i = φ(g x̃_{i+1} Bᵀ + c)");
BirthDistributions.Registry.Register("log-normal", new LogNormalBirth(), "of fixed signs: W = μ ∘ exp(σ ε)");
LearnerSpecs.Registry.Register(
    "elman",
    new LearnerEntry(_ => new ElmanSpec(), PlasticLayers: 2),
    "a recurrent layer, and a readout that learns by the delta rule");
TaskFamilies.Registry.Register("delayed-cues", new DelayedCuesSpec(), "values of cues, told some steps later");
Datasets.Registry.Register("stripes", new Stripes(), "60 kinds of stripes × 20");
MetaGradientEstimators.Registry.Register("evolution-strategy", new EvolutionStrategy(), "antithetic pairs of lives");
MetaOptimizers.Registry.Register("lion", new LionOptimizer(), "Lion: steps of one size, in the direction of a mean");
LifetimeEngines.Registry.Register("checked", new CheckedEngineFactory(), "two engines that must agree");
RunFigures.Registry.Register("learnt-share", new LearntShareFigure(), "how much of the loss a life takes away");
SupervisedProblems.Registry.Register("most-bits", new MostBitsSpec(), "are most bits ones?");
CreditAssignments.Registry.Register("noisy-backprop", new NoisyBackpropSpec(), "errors return through W and noise");
return EngramCommand.Run(args);
