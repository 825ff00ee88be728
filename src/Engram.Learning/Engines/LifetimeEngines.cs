using System.Numerics;
using Engram.Learning.Engines.Compiled;
using Engram.Learning.Engines.Fused;
using Engram.Learning.Engines.Tape;
using Engram.Learning.Learners;
using Engram.Learning.Lives;
using Engram.Numerics.Kernels;
using Engram.Numerics.Programs;
using Engram.Numerics.Text;

namespace Engram.Learning.Engines;

/// <summary>What an engine may use of the machine. None of it changes a bit of any result.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that work inside one lifetime.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// Bytes that checkpoints and kept activity may take; what does not fit is computed again in the reverse scan. Weights, gradients and
    /// one segment's scratch come on top.
    /// The default holds a paper-size lifetime without recomputing any activity.
    /// </summary>
    public long MemoryBudgetBytes { get; init; } = 288L << 20;
}

/// <summary>Makes engines of one kind.</summary>
public interface ILifetimeEngineFactory
{
    /// <summary>Of the engines that run a learner the one of the highest rank is taken; below 0 for engines that are taken by name alone.
    /// The engine <c>fused</c> has 100, <c>tape</c> 0.</summary>
    int Rank => 0;

    /// <summary>Whether engines of this kind run that learner on that network.</summary>
    bool Supports(ParameterLayout layout);

    /// <summary>Makes an engine.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <exception cref="EngramException">The learner's options name something that is not registered, or do not fit the
    /// network.</exception>
    ILifetimeEngine<T> Create<T>(ParameterLayout layout, EngineOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>The lifetime engines there are, by name.</summary>
public static class LifetimeEngines
{
    private const int FusedRank = 100;
    private const int CompiledRank = 50;
    private const int ByNameAlone = -1;

    /// <summary>All engines; each must give the same outcome and meta-gradient.</summary>
    public static Registry<ILifetimeEngineFactory> Registry { get; } = WithBuiltIns();

    /// <summary>Makes an engine for a learner on a network.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="layout">The learner and the network.</param>
    /// <param name="name">Name of the engine; null for the fastest that runs the learner.</param>
    /// <param name="options">Threads and memory; null for one thread and the default budget.</param>
    /// <exception cref="EngramException">There is no engine of that name, it does not run the learner, or the learner's options do not
    /// fit.</exception>
    public static ILifetimeEngine<T> Create<T>(ParameterLayout layout, string? name = null, EngineOptions? options = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        name ??= Fastest(layout);
        ILifetimeEngineFactory factory = Registry.Get(name);
        return factory.Supports(layout)
            ? factory.Create<T>(layout, options ?? new EngineOptions())
            : throw new EngramException(
                $"Found a learner that the lifetime engine '{name}' does not run; use the engine 'tape', which runs all.");
    }

    /// <summary>Why lifetimes run on a slow engine, in a sentence; null where they run on a fast one.</summary>
    /// <param name="layout">The learner and the network.</param>
    public static string? WhySlow(ParameterLayout layout)
    {
        const string Any = "compiled";
        string taken = Fastest(layout);
        return Registry.Get(taken).Rank >= CompiledRank ? null
            : $"it runs on the engine '{taken}', which takes many times as long as '{Any}': this program cannot compile code while it " +
                $"runs (it was compiled ahead of time).";
    }

    private static string Fastest(ParameterLayout layout) =>
        Registry.Names.Where(n => Registry.Get(n).Rank >= 0).OrderByDescending(n => Registry.Get(n).Rank)
        .First(n => Registry.Get(n).Supports(layout));

    private static Registry<ILifetimeEngineFactory> WithBuiltIns()
    {
        var registry = new Registry<ILifetimeEngineFactory>("lifetime engine");
        registry.Register(
            "fused", new FusedFactory(null),
            "fused kernels over arenas; Oja, Hebb and gradient rules with direct feedback, at the widest vectors there are");
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            string name = width == VectorWidth.Scalar ? "fused-scalar" : $"fused-{(int)width}";
            registry.Register(
                name, new FusedFactory(width),
                $"the fused engine with {(width == VectorWidth.Scalar ? "no vectors" : $"vectors of {(int)width} bits")}");
        }

        registry.Register(
            "compiled", new CompiledFactory(null),
            "an inner step recorded once, planned and compiled for the widest vectors there are; runs every learner and rule on any " +
            "number of threads");
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            string name = width == VectorWidth.Scalar ? "compiled-scalar" : $"compiled-{(int)width}";
            registry.Register(
                name, new CompiledFactory(width),
                $"the compiled engine with {(width == VectorWidth.Scalar ? "no vectors" : $"vectors of {(int)width} bits")}");
        }

        registry.Register("tape", new TapeFactory(), "step by step on small tapes, memory growing with √T; runs every learner and rule");
        registry.Register(
            "whole-lifetime", new WholeLifetimeFactory(), "a whole lifetime on one tape; the definition the others are tested against");
        return registry;
    }

    private sealed class FusedFactory(VectorWidth? width) : ILifetimeEngineFactory
    {
        public int Rank => width is null ? FusedRank : ByNameAlone;

        public bool Supports(ParameterLayout layout) => FusedLayers.Cover(layout.Network) && layout.Dynamics.Fused is not null;

        public ILifetimeEngine<T> Create<T>(ParameterLayout layout, EngineOptions options)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => (width ?? VectorWidths.Current) switch
            {
                VectorWidth.Bits512 => new FusedLifetimeEngine<Lanes512<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
                VectorWidth.Bits256 => new FusedLifetimeEngine<Lanes256<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
                VectorWidth.Bits128 => new FusedLifetimeEngine<Lanes128<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
                _ => new FusedLifetimeEngine<Lanes1<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
            };
    }

    private sealed class CompiledFactory(VectorWidth? width) : ILifetimeEngineFactory
    {
        public int Rank => width is null ? CompiledRank : ByNameAlone;

        public bool Supports(ParameterLayout layout) => KernelCompiler.IsSupported;

        public ILifetimeEngine<T> Create<T>(ParameterLayout layout, EngineOptions options)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => (width ?? VectorWidths.Current) switch
            {
                VectorWidth.Bits512 => new CompiledLifetimeEngine<Lanes512<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
                VectorWidth.Bits256 => new CompiledLifetimeEngine<Lanes256<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
                VectorWidth.Bits128 => new CompiledLifetimeEngine<Lanes128<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
                _ => new CompiledLifetimeEngine<Lanes1<T>, T>(layout, options.Threads, options.MemoryBudgetBytes),
            };
    }

    private sealed class TapeFactory : ILifetimeEngineFactory
    {
        public bool Supports(ParameterLayout layout) => true;

        public ILifetimeEngine<T> Create<T>(ParameterLayout layout, EngineOptions options)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new TapeLifetimeEngine<T>(layout);
    }

    private sealed class WholeLifetimeFactory : ILifetimeEngineFactory
    {
        public int Rank => ByNameAlone;

        public bool Supports(ParameterLayout layout) => true;

        public ILifetimeEngine<T> Create<T>(ParameterLayout layout, EngineOptions options)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new WholeLifetimeEngine<T>(layout);
    }
}
